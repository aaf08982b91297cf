//! `GET /api/tags`, `GET /api/ps` and `POST /api/show`.
use super::options::model;
use crate::{
    app::{App, Shared},
    moment,
    openai::{Failure, body},
};
use axum::{
    Json,
    extract::{Request, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A moment some 300 years after 1970.
const FAR: u64 = 300 * 365 * 24 * 3600;

#[derive(Deserialize)]
struct Asked {
    /// The older name of `model`.
    #[serde(alias = "name")]
    model: String,
}

pub(super) async fn tags(State(app): State<Shared>) -> Json<Value> {
    let models: Vec<_> = app.ids().iter().map(|(id, parent)| entry(&app, id, *parent)).collect();
    Json(json!({ "models": models }))
}

/// The loaded models; none of them goes by itself, so that its end is far.
pub(super) async fn ps(State(app): State<Shared>) -> Json<Value> {
    let far = moment::at(FAR);
    let models = app.registry.loaded().map(|(name, local)| {
        let mut entry = entry(&app, name, None);
        entry["expires_at"] = far.as_str().into();
        entry["size_vram"] = 0.into();
        entry["context_length"] = local.n_ctx().into();
        entry
    });
    Json(json!({ "models": models.collect::<Vec<_>>() }))
}

pub(super) async fn show(State(app): State<Shared>, request: Request) -> Result<Json<Value>, Failure> {
    let Asked { model: asked } = body::fields(&body::read(request, &app.config).await?)?;
    let name = model(&app, &asked);
    let local = app.config.routes.plan(&app.registry, &name, None)?.local(&app.registry)?;
    let chats = local.as_ref().is_none_or(|local| local.chats());
    let capabilities: &[&str] = if chats { &["completion", "tools"] } else { &["completion"] };
    // clients read the context's length from under the name of the architecture
    let mut info = json!({ "general.architecture": "kinglet", "general.basename": name });
    if let Some(local) = local {
        info["kinglet.context_length"] = local.n_ctx().into();
        info["kinglet.vocab_size"] = local.n_vocab().into();
    }
    Ok(Json(json!({
        "modelfile": format!("FROM {name}\n"),
        "parameters": "",
        "template": "",
        "details": details(None),
        "model_info": info,
        "capabilities": capabilities,
        "modified_at": moment::at(app.registry.created()),
    })))
}

/// Names are told with a tag, as clients of Ollama expect them.
fn entry(app: &App, id: &str, parent: Option<&str>) -> Value {
    let last = id.rsplit('/').next().unwrap_or(id);
    let name = if last.contains(':') { id.to_owned() } else { format!("{id}:latest") };
    json!({
        "name": name,
        "model": name,
        "modified_at": moment::at(app.registry.created()),
        "size": 0,
        "digest": "0".repeat(64), // clients cut it short, so that it must have its length
        "details": details(parent),
    })
}

fn details(parent: Option<&str>) -> Value {
    json!({
        "parent_model": parent.unwrap_or_default(),
        "format": "gguf",
        "family": "",
        "families": [],
        "parameter_size": "",
        "quantization_level": "",
    })
}
