//! Anthropic's API in front of the same answers.
use crate::app::Shared;
use axum::{Router, routing::post};

mod messages;
pub(crate) mod models;
mod reply;
mod request;

/// `routes` and those of this API. Its list of models has the path of OpenAI's, and is told there.
pub(crate) fn routes(routes: Router<Shared>) -> Router<Shared> {
    routes
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/count_tokens", post(messages::count_tokens))
}
