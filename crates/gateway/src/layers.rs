//! What every request passes on its way in and out: its id, the count by status, panics caught, the key.
use crate::{
    account::now,
    admin,
    app::Shared,
    dialect,
    exchange::{Context, Id, Noted},
    openai::Failure,
};
use axum::{
    Router,
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use chat::Error;
use futures_util::FutureExt;
use ledger::Key;
use std::{
    hash::{BuildHasher, RandomState},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Instant,
};
use subtle::{Choice, ConstantTimeEq};

/// `routes` behind all layers, the outermost last.
pub(crate) fn around(routes: Router, app: &Shared) -> Router {
    routes
        .layer(from_fn_with_state(app.clone(), note))
        .layer(from_fn_with_state(app.clone(), key)) // unknown paths too: nothing is learnt without a key
        .layer(from_fn(calm))
        .layer(from_fn(dialect::speak)) // outside `calm`, so that a panic is told in the right words too
        .layer(from_fn_with_state(app.clone(), count)) // outside `calm`, so that a panic counts as its 500
        .layer(from_fn(id))
}

/// A random number, for ids and for seeds that nobody gave.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// Names the request: by the client's own id if it is harmless in a log.
async fn id(mut request: Request, next: Next) -> Response {
    let sane = |v: &&HeaderValue| {
        (1..=128).contains(&v.len()) && v.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
    };
    let given = request.headers().get("x-request-id").filter(sane).cloned();
    let id = given.or_else(|| HeaderValue::try_from(format!("req-{:016x}", random())).ok());
    if let Some(id) = id.as_ref().and_then(|id| id.to_str().ok()) {
        let id = Id(id.to_owned());
        request.extensions_mut().insert(id);
    }
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

/// What was refused before the books heard of it is written down here: they hold all that is asked.
async fn note(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let is_known = request.extensions().get::<MatchedPath>().is_some();
    let Some(accounts) = app.config.accounts.as_ref().filter(|_| is_known && request.method() == Method::POST) else {
        return next.run(request).await;
    };
    let path = request.uri().path().to_owned();
    if path.starts_with(admin::PREFIX) {
        return next.run(request).await;
    }
    let (noted, began) = (Noted::default(), Instant::now());
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(noted.clone());
    let Ok(context) = Context::from_request_parts(&mut parts, &()).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status().as_u16() >= 400 && !noted.get() {
        accounts.refused(context, path, response.status(), began.elapsed()).await;
    }
    response
}

async fn key(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // operators have keys of their own, which are looked at there
    if path == "/health" || path.starts_with(admin::PREFIX) {
        return next.run(request).await;
    }
    let given = given(request.headers()).to_vec();
    match may(&app, &given).await {
        Ok(Some(key)) => {
            request.extensions_mut().insert(key);
            next.run(request).await
        }
        Ok(None) => next.run(request).await,
        Err(refused) => refused,
    }
}

/// The key of the ledger with which a request comes, none if it needs none.
async fn may(app: &Shared, given: &[u8]) -> Result<Option<Arc<Key>>, Response> {
    let keys = &app.config.api_keys;
    if fits(keys, given) {
        return Ok(None);
    }
    let Some(accounts) = &app.config.accounts else {
        return if keys.is_empty() { Ok(None) } else { Err(unknown(given)) };
    };
    let failure = |error: Error| Failure::from(error).into_response();
    if let Ok(secret) = std::str::from_utf8(given)
        && !secret.is_empty()
        && let Some(key) = accounts.find(secret).await.map_err(failure)?
    {
        return match key.check_now(now()) {
            Ok(()) => Ok(Some(key)),
            Err(why) => Err(Failure::new(StatusCode::UNAUTHORIZED, "invalid_request_error", why.to_string())
                .code("invalid_api_key")
                .into_response()),
        };
    }
    // deny by default once a key exists
    let is_open = keys.is_empty() && !accounts.has_keys().await.map_err(failure)?;
    if is_open { Ok(None) } else { Err(unknown(given)) }
}

/// Whether the key in `headers` is one of `keys`.
pub(crate) fn is_one_of(keys: &[String], headers: &HeaderMap) -> bool {
    fits(keys, given(headers))
}

fn fits(keys: &[String], given: &[u8]) -> bool {
    // All keys are compared, whichever fits: the time must not tell.
    let fits = keys.iter().fold(Choice::from(0), |fits, key| fits | key.as_bytes().ct_eq(given));
    bool::from(fits) && !given.is_empty()
}

/// The key as OpenAI's clients send it, or as Anthropic's do.
fn given(headers: &HeaderMap) -> &[u8] {
    let own = || headers.get("x-api-key").map(|key| key.as_bytes().trim_ascii());
    bearer(headers).or_else(own).unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let header = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = header.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
}

fn unknown(given: &[u8]) -> Response {
    let what = if given.is_empty() { "no API key given" } else { "this API key is not known" };
    let message = format!("{what}: send `Authorization: Bearer <key>`, or `x-api-key: <key>`");
    let failure = Failure::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).code("invalid_api_key");
    ([(header::WWW_AUTHENTICATE, "Bearer")], failure).into_response()
}
