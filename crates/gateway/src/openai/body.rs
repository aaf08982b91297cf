//! Reads a request's body: bounded in bytes and time, and with every fault named.
use super::Failure;
use crate::Config;
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};
use chat::Error;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The JSON object in the body of `request`.
pub(crate) async fn read(request: Request, config: &Config) -> Result<Value, Failure> {
    check_type(request.headers())?;
    let bytes = collect(request.into_body(), config).await?;
    let fault = |e| Failure::invalid(StatusCode::BAD_REQUEST, format!("the body is no JSON: {e}"));
    let value: Value = serde_json::from_slice(&bytes).map_err(fault)?;
    if value.is_object() {
        return Ok(value);
    }
    Err(Failure::invalid(StatusCode::BAD_REQUEST, "the body must be a JSON object"))
}

/// The fields of `body` that `T` knows; others are left out.
pub(crate) fn fields<T: DeserializeOwned>(body: &Value) -> Result<T, Error> {
    fields_at(body, "")
}

/// The same of the object at `place` of a body.
pub(crate) fn fields_at<T: DeserializeOwned>(value: &Value, place: &str) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, fault) = (error.path().to_string(), error.inner().to_string());
        // Serde reports a missing field at its parent.
        let missing = fault.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        let path = within(place, if path == "." { "" } else { &path });
        match missing {
            Some(name) => Error::field(within(&path, name), "missing"),
            None => Error::field(path, fault),
        }
    })
}

/// The path of `inner` at `place`.
fn within(place: &str, inner: &str) -> String {
    let dot = if place.is_empty() || inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{place}{dot}{inner}")
}

/// A page of another site can have a browser send text or forms without asking, but not JSON: so from browsers, which
/// tell the origin, only that is read. Others may call it what they like, as `curl -d` does.
fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let given = headers.get(header::CONTENT_TYPE).map_or("nothing", |v| v.to_str().unwrap_or("?"));
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") || !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    let message = format!("content-type: `application/json` expected from a browser, `{given}` found");
    Err(Failure::invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

/// All of `body`, within the limits of bytes and time.
pub(crate) async fn collect(body: Body, config: &Config) -> Result<Bytes, Failure> {
    let limit = config.max_body;
    let collected = tokio::time::timeout(config.read_timeout, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(e)) if e.is::<LengthLimitError>() => {
            let message = format!("the body is longer than {limit} bytes");
            Err(Failure::invalid(StatusCode::PAYLOAD_TOO_LARGE, message).code("body_too_large"))
        }
        Ok(Err(e)) => Err(Failure::invalid(StatusCode::BAD_REQUEST, format!("the body broke off: {e}"))),
        Err(_) => {
            let message = format!("the body did not come within {} s", config.read_timeout.as_secs());
            Err(Failure::invalid(StatusCode::REQUEST_TIMEOUT, message).code("timeout"))
        }
    }
}
