//! The routes of OpenAI's API.
use crate::app::Shared;
use axum::{
    Router,
    routing::{get, post},
};

mod adapters;
pub(crate) mod body;
mod chat;
mod completions;
pub(crate) mod embeddings;
mod error;
mod models;
pub(crate) mod options;
mod prompt;
mod reply;
mod responses;

pub(crate) use error::{Failure, status};

/// `routes` and those of this API, with words for unknown paths and methods.
pub(crate) fn routes(routes: Router<Shared>) -> Router<Shared> {
    routes
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*id}", get(models::show)) // names may hold slashes
        .route("/v1/chat/completions", post(chat::create))
        .route("/v1/completions", post(completions::create))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/responses", post(responses::create))
        .route("/v1/load_lora_adapter", post(adapters::load))
        .route("/v1/unload_lora_adapter", post(adapters::unload))
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
}
