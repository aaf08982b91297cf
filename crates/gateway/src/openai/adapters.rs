//! `POST /v1/load_lora_adapter` and `POST /v1/unload_lora_adapter`, as vLLM has them.
use super::{Failure, body};
use crate::{
    app::Shared,
    local::{aside, error},
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use chat::Error;
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

#[derive(Deserialize)]
struct Load {
    lora_name: String,
    /// In the folder of adapters.
    lora_path: String,
    #[serde(default)]
    base_model_name: Option<String>,
    #[serde(default)]
    scale: Option<f32>,
}

#[derive(Deserialize)]
struct Unload {
    lora_name: String,
    #[serde(default)]
    base_model_name: Option<String>,
}

pub(super) async fn load(State(app): State<Shared>, request: Request) -> Result<String, Failure> {
    let body = body::read(request, &app.config).await?;
    let Load { lora_name, lora_path, base_model_name, scale } = body::fields(&body)?;
    let _working = app.begin()?;
    let Some(dir) = app.config.adapters_dir.clone() else {
        let message = "no folder of adapters is configured on this server: set adapters.dir in its kinglet.toml";
        return Err(Failure::invalid(StatusCode::FORBIDDEN, message).code("adapters_not_configured"));
    };
    let (base, local) = app.registry.base(base_model_name.as_deref())?;
    let id = format!("{base}@{lora_name}");
    aside(move || {
        let file = inside(&dir, &lora_path)?;
        local.load_adapter(&lora_name, &file, scale.unwrap_or(1.0)).map_err(|e| refused(e, &file, &lora_path))
    })
    .await?;
    Ok(format!("Success: LoRA adapter `{id}` added successfully."))
}

pub(super) async fn unload(State(app): State<Shared>, request: Request) -> Result<String, Failure> {
    let body = body::read(request, &app.config).await?;
    let Unload { lora_name, base_model_name } = body::fields(&body)?;
    let _working = app.begin()?;
    let (base, local) = app.registry.base(base_model_name.as_deref())?;
    if !local.unload_adapter(&lora_name) {
        let message = format!("lora_name: no adapter `{lora_name}` of `{base}` is loaded");
        return Err(Failure::invalid(StatusCode::NOT_FOUND, message).code("adapter_not_found"));
    }
    Ok(format!("Success: LoRA adapter `{base}@{lora_name}` removed successfully."))
}

/// The file `path` of the folder `dir`, wherever its links lead as long as it is inside. What is elsewhere is told in
/// the same words as what is nowhere, so that nobody learns what there is.
fn inside(dir: &Path, path: &str) -> Result<PathBuf, Error> {
    let fault = || Error::field("lora_path", format!("a file in the folder of adapters expected, `{path}` is none"));
    // no step outside, not even one that comes back
    if Path::new(path).components().any(|c| matches!(c, Component::ParentDir)) {
        return Err(fault());
    }
    let dir = dir.canonicalize().map_err(|_| fault())?;
    let file = dir.join(path).canonicalize().map_err(|_| fault())?;
    if file.starts_with(&dir) && file.is_file() { Ok(file) } else { Err(fault()) }
}

/// A bad file is the fault of who named it; where the folder lies is not told.
fn refused(fault: engine::Error, file: &Path, path: &str) -> Error {
    let message = fault.message.replace(&file.display().to_string(), path);
    match fault.kind {
        engine::Kind::Internal | engine::Kind::Busy => error(engine::Error::new(fault.kind, message)),
        engine::Kind::Input => Error::field("lora_name", message),
        _ => Error::field("lora_path", message),
    }
}
