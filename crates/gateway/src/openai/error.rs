//! Errors with their status, and in the shape of each API.
use crate::dialect::Dialect;
use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use chat::{Blame, Error, Kind};
use serde_json::{Value, json};

const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

/// An error as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    r#type: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    retry_after: Option<u32>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, r#type: &'static str, message: impl Into<String>) -> Self {
        Self { status, r#type, code: None, param: None, message: message.into(), retry_after: None }
    }

    /// The request cannot be answered as it is.
    pub(crate) fn invalid(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, INVALID, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, SERVER, message)
    }

    pub(crate) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// As the clients of `dialect` read it.
    pub(crate) fn body(&self, dialect: Dialect) -> Value {
        let Self { r#type, code, param, message, .. } = self;
        match dialect {
            Dialect::OpenAi => {
                json!({ "error": { "message": message, "type": r#type, "param": param, "code": code } })
            }
            Dialect::Anthropic => {
                json!({ "type": "error", "error": { "type": self.anthropic_type(), "message": message } })
            }
            Dialect::Ollama => json!({ "error": message }),
        }
    }

    fn anthropic_type(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            408 | 504 => "timeout_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// Seconds to wait before trying again.
    fn retry_after(&self) -> Option<HeaderValue> {
        match self.status {
            _ if self.retry_after.is_some() => self.retry_after.map(HeaderValue::from),
            StatusCode::TOO_MANY_REQUESTS => Some(HeaderValue::from_static("1")),
            StatusCode::SERVICE_UNAVAILABLE => Some(HeaderValue::from_static("5")),
            _ => None,
        }
    }
}

/// The status that goes with `error`.
pub(crate) fn status(error: &Error) -> StatusCode {
    Failure::from(error.clone()).status
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (status, r#type, code) = match error.kind {
            Kind::Input => (StatusCode::BAD_REQUEST, INVALID, None),
            Kind::UnknownModel => (StatusCode::NOT_FOUND, INVALID, Some("model_not_found")),
            Kind::ContextLength { .. } => (StatusCode::BAD_REQUEST, INVALID, Some("context_length_exceeded")),
            Kind::Busy => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", Some("rate_limit_exceeded")),
            Kind::Limit { budget: true, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "insufficient_quota", Some("insufficient_quota"))
            }
            Kind::Limit { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", Some("rate_limit_exceeded")),
            Kind::Forbidden => (StatusCode::FORBIDDEN, INVALID, Some("forbidden")),
            Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, SERVER, Some("unavailable")),
            Kind::Timeout if error.blame == Blame::Upstream => (StatusCode::GATEWAY_TIMEOUT, SERVER, Some("timeout")),
            Kind::Timeout => (StatusCode::REQUEST_TIMEOUT, INVALID, Some("timeout")),
            Kind::Upstream => (StatusCode::BAD_GATEWAY, SERVER, Some("upstream_error")),
            Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, SERVER, None),
        };
        let retry_after = if let Kind::Limit { seconds, .. } = error.kind { seconds } else { None };
        Self { status, r#type, code, param: error.param, message: error.message, retry_after }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body(Dialect::OpenAi))).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(self); // for whoever puts it into other words
        response
    }
}

pub(super) async fn no_route(uri: Uri) -> Failure {
    Failure::invalid(StatusCode::NOT_FOUND, format!("no `{}` here", uri.path())).code("unknown_url")
}

pub(super) async fn no_method(method: Method, uri: Uri) -> Failure {
    let message = format!("`{}` does not take {method}", uri.path());
    Failure::invalid(StatusCode::METHOD_NOT_ALLOWED, message).code("method_not_allowed")
}
