//! What chat and plain replies have in common: their head, their usage, and how they are streamed.
use super::Failure;
use crate::{dialect::Dialect, layers::random, pieces::KEEP_ALIVE, registry::seconds};
use axum::response::{
    IntoResponse, Response, Sse,
    sse::{self, KeepAlive},
};
use chat::{Error, Usage};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use std::{convert::Infallible, future::ready, pin::pin};

/// What is the same in all chunks of a reply.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) object: &'static str,
    pub(super) model: String,
    created: u64,
}

impl Head {
    pub(super) fn new(prefix: &str, object: &'static str, model: &str) -> Self {
        let id = format!("{prefix}-{:016x}{:016x}", random(), random());
        Self { id, object, model: model.to_owned(), created: seconds() }
    }

    /// A reply, or a chunk of one, with `choices`.
    pub(super) fn with(&self, choices: Value) -> Value {
        json!({
            "id": self.id,
            "object": self.object,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": concat!("kinglet-", env!("CARGO_PKG_VERSION")),
            "choices": choices,
        })
    }
}

/// Usage as OpenAI's API tells it.
pub(super) fn usage_json(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": { "cached_tokens": usage.cached },
        "completion_tokens_details": { "reasoning_tokens": usage.reasoning },
    })
}

/// The end of `chunks`: usage if wanted, and the mark that nothing follows.
pub(super) fn end(chunks: &mut Vec<Result<String, Error>>, head: &Head, usage: &Usage, include_usage: bool) {
    if include_usage {
        let mut chunk = head.with(json!([]));
        chunk["usage"] = usage_json(usage);
        chunks.push(Ok(chunk.to_string()));
    }
    chunks.push(Ok("[DONE]".to_owned()));
}

/// Streams `chunks`. Waits for the first, so that an early error still has its own status; a later one ends the stream.
pub(super) async fn stream(
    chunks: impl Stream<Item = Result<String, Error>> + Send + 'static,
) -> Result<Response, Failure> {
    let mut chunks = Box::pin(chunks.peekable());
    if let Some(Err(error)) = pin!(chunks.as_mut().peek()).await {
        return Err(error.clone().into());
    }
    let events = chunks.scan(false, |failed, chunk| {
        if *failed {
            return ready(None);
        }
        let data = chunk.unwrap_or_else(|error| {
            *failed = true;
            Failure::from(error).body(Dialect::OpenAi).to_string()
        });
        ready(Some(Ok::<_, Infallible>(sse::Event::default().data(data))))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}
