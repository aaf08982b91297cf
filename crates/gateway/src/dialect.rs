//! Whose API a request speaks: the answers are the same, but each API has its own shape of errors.
use crate::openai::Failure;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use std::convert::Infallible;

/// Whose API it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenAi,
    Anthropic,
    Ollama,
}

impl Dialect {
    /// By the path; `/v1/models` is in two APIs, and one of them has a header of its own.
    fn of(path: &str, headers: &HeaderMap) -> Self {
        let is_under = |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_under("/v1/messages") || headers.contains_key("anthropic-version") {
            Self::Anthropic
        } else if is_under("/api") {
            Self::Ollama
        } else {
            Self::OpenAi
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Dialect {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.path(), &parts.headers))
    }
}

/// Tells every failure in the words of the API that was asked, wherever in the house it came up.
pub(crate) async fn speak(request: Request, next: Next) -> Response {
    let dialect = Dialect::of(request.uri().path(), request.headers());
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(failure.body(dialect).to_string());
    }
    response
}
