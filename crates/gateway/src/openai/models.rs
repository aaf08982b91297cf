//! `GET /v1/models` and `GET /v1/models/{id}`.
use super::Failure;
use crate::{
    anthropic,
    app::{App, Shared},
    dialect::Dialect,
};
use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

pub(super) async fn list(State(app): State<Shared>, dialect: Dialect) -> Json<Value> {
    let ids = app.ids();
    if dialect == Dialect::Anthropic {
        return Json(anthropic::models::list(&app, ids.iter().map(|(id, _)| id.as_str())));
    }
    let data: Vec<_> = ids.iter().map(|(id, parent)| model(&app, id, *parent)).collect();
    Json(json!({ "object": "list", "data": data }))
}

pub(super) async fn show(
    State(app): State<Shared>,
    dialect: Dialect,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (_, parent) = app
        .ids()
        .into_iter()
        .find(|(listed, _)| *listed == id)
        .ok_or_else(|| app.config.routes.unknown(&app.registry, &id))?;
    Ok(Json(match dialect {
        Dialect::Anthropic => anthropic::models::model(&app, &id),
        _ => model(&app, &id, parent),
    }))
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
