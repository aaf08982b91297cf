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
    let data: Vec<_> = app.registry.names().map(|name| model(&app, name)).collect();
    Json(json!({ "object": "list", "data": data }))
}

pub(super) async fn show(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    match app.registry.get(&id) {
        Err(Error { kind: Kind::UnknownModel, message, .. }) => Err(unknown(message)),
        _ => Ok(Json(model(&app, &id))), // loading or loaded: it is listed
    }
}

fn unknown(message: String) -> Failure {
    Error::new(Kind::UnknownModel, message).about("model").into()
}

fn model(app: &App, name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": app.registry.created(), "owned_by": "kinglet" })
}
