//! The models in Anthropic's form, for its clients, who ask for them on the same path as OpenAI's.
use crate::{app::App, moment};
use serde_json::{Value, json};

/// All of `ids`, which are on one page.
pub(crate) fn list<'a>(app: &App, ids: impl Iterator<Item = &'a str>) -> Value {
    let models: Vec<Value> = ids.map(|id| model(app, id)).collect();
    let end = |model: Option<&Value>| model.map(|model| model["id"].clone());
    json!({ "first_id": end(models.first()), "last_id": end(models.last()), "has_more": false, "data": models })
}

/// The model `id`.
pub(crate) fn model(app: &App, id: &str) -> Value {
    json!({ "type": "model", "id": id, "display_name": id, "created_at": moment::at(app.registry.created()) })
}
