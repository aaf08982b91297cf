//! Ollama's API in front of the same answers.
use crate::app::Shared;
use axum::{
    Json, Router,
    routing::{get, post},
};
use serde_json::{Value, json};

mod chat;
mod embed;
mod generate;
mod models;
mod options;
mod reply;

/// The version of Ollama whose API this is: clients ask, and refuse older ones.
const VERSION: &str = "0.12.0";

/// `routes` and those of this API.
pub(crate) fn routes(routes: Router<Shared>) -> Router<Shared> {
    routes
        .route("/", get(running)) // its command line asks here, with HEAD, before it does anything
        .route("/api/version", get(version))
        .route("/api/tags", get(models::tags))
        .route("/api/ps", get(models::ps))
        .route("/api/show", post(models::show))
        .route("/api/chat", post(chat::create))
        .route("/api/generate", post(generate::create))
        .route("/api/embed", post(embed::create))
}

async fn running() -> &'static str {
    "Ollama is running"
}

async fn version() -> Json<Value> {
    Json(json!({ "version": VERSION }))
}
