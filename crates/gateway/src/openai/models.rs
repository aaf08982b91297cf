//! `GET /v1/models` and `GET /v1/models/{id}`.
use super::Failure;
use crate::app::{App, Shared};
use axum::{
    Json,
    extract::{Path, State},
};
use chat::{Error, Kind};
use serde_json::{Value, json};

pub(super) async fn list(State(app): State<Shared>) -> Json<Value> {
    let ids = app.registry.ids();
    let here = ids.iter().map(|(id, parent)| model(&app, id, *parent));
    let data: Vec<_> = here.chain(app.config.routes.names().map(|name| model(&app, name, None))).collect();
    Json(json!({ "object": "list", "data": data }))
}

pub(super) async fn show(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    if app.config.routes.names().any(|name| name == id) {
        return Ok(Json(model(&app, &id, None)));
    }
    match app.registry.get(&id) {
        Err(Error { kind: Kind::UnknownModel, message, .. }) => Err(unknown(message)),
        // loading or loaded: it is listed
        _ => {
            let parent =
                app.registry.ids().into_iter().find(|(listed, _)| *listed == id).and_then(|(_, parent)| parent);
            Ok(Json(model(&app, &id, parent)))
        }
    }
}

fn unknown(message: String) -> Failure {
    Error::new(Kind::UnknownModel, message).about("model").into()
}

/// An adapter tells its model, as `parent` and in its `root`.
fn model(app: &App, id: &str, parent: Option<&str>) -> Value {
    json!({
        "id": id,
        "object": "model",
        "created": app.registry.created(),
        "owned_by": "kinglet",
        "root": parent.unwrap_or(id),
        "parent": parent,
    })
}
