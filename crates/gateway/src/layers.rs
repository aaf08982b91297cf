//! What every request passes on its way in and out: its id, the count by status, panics caught, the key.
use crate::{app::Shared, openai::Failure};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use std::{
    hash::{BuildHasher, RandomState},
    panic::AssertUnwindSafe,
};
use subtle::{Choice, ConstantTimeEq};

/// `routes` behind all layers, the outermost last.
pub(crate) fn around(routes: Router, app: &Shared) -> Router {
    routes
        .layer(from_fn_with_state(app.clone(), key)) // unknown paths too: nothing is learnt without a key
        .layer(from_fn(calm))
        .layer(from_fn_with_state(app.clone(), count)) // outside `calm`, so that a panic counts as its 500
        .layer(from_fn(id))
}

/// A random number, for ids and for seeds that nobody gave.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// Names the request: by the client's own id if it is harmless in a log.
async fn id(request: Request, next: Next) -> Response {
    let sane = |v: &&HeaderValue| {
        (1..=128).contains(&v.len()) && v.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
    };
    let given = request.headers().get("x-request-id").filter(sane).cloned();
    let id = given.or_else(|| HeaderValue::try_from(format!("req-{:016x}", random())).ok());
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn count(State(app): State<Shared>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    // Not the path itself: whoever guesses paths would grow the metrics without end.
    app.metrics.request(path.as_ref().map_or("none", MatchedPath::as_str), response.status());
    response
}

/// A panic fails its own request alone.
async fn calm(request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| Failure::internal("a defect in this server, please report it").into_response())
}

async fn key(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let keys = &app.config.api_keys;
    if keys.is_empty() || request.uri().path() == "/health" {
        return next.run(request).await;
    }
    let header = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let given = header.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|h| h.1);
    let given = given.unwrap_or_default().trim_ascii();
    // All keys are compared, whichever fits: the time must not tell.
    let fits = keys.iter().fold(Choice::from(0), |fits, key| fits | key.as_bytes().ct_eq(given));
    if bool::from(fits) && !given.is_empty() {
        return next.run(request).await;
    }
    let what = if given.is_empty() { "no API key given" } else { "this API key is not known" };
    let message = format!("{what}: send `Authorization: Bearer <key>`");
    let failure = Failure::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).code("invalid_api_key");
    ([(header::WWW_AUTHENTICATE, "Bearer")], failure).into_response()
}
