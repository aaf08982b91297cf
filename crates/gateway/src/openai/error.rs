//! Errors in OpenAI's shape, each with its status.
use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use chat::{Error, Kind};
use serde_json::{Value, json};

const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

/// An error as it goes out.
#[derive(Debug)]
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

    pub(crate) fn body(&self) -> Value {
        json!({ "error": { "message": self.message, "type": self.r#type, "param": self.param, "code": self.code } })
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
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
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
