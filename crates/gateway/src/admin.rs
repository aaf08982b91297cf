//! What operators do over HTTP: keys, reports, the audit log; and what clients say of answers that they got.
mod making;
mod tools;

pub(crate) use making::Jobs;

use crate::{
    account::{Accounts, failed, now},
    app::Shared,
    exchange::Context,
    openai::{Failure, body},
};
use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use chat::{Error, Kind};
use ledger::{By, Feedback, Key, Limits, Micros, NewKey, Span};
use router::statement::Statement;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Where all of these routes begin.
pub(crate) const PREFIX: &str = "/admin/";
/// Who did it, in the audit log.
const WHO: &str = "admin API";

pub(crate) fn routes(app: &Shared) -> Router<Shared> {
    let admin = Router::new()
        .route("/admin/v1/keys", post(create_key).get(list_keys))
        .route("/admin/v1/keys/{id}", patch(set_limits).delete(revoke_key))
        .route("/admin/v1/report", get(report))
        .route("/admin/v1/audit", get(audit))
        .route("/admin/v1/routes", get(routes_with_promises))
        .route("/admin/v1/routes/{name}/statement", get(statement))
        .route("/admin/v1/traces/{id}", get(trace))
        .merge(tools::routes())
        .layer(from_fn_with_state(app.clone(), only_admins));
    admin.route("/v1/feedback", post(feedback))
}

async fn only_admins(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let keys = &app.config.admin_keys;
    if keys.is_empty() {
        let message = "no admin key is configured: set server.admin_keys in kinglet.toml";
        return Failure::new(StatusCode::FORBIDDEN, "invalid_request_error", message).code("forbidden").into_response();
    }
    if crate::layers::is_one_of(keys, request.headers()) {
        return next.run(request).await;
    }
    let message = "an admin key expected: send `Authorization: Bearer <admin key>`";
    Failure::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).code("invalid_api_key").into_response()
}

fn accounts(app: &Shared) -> Result<&Arc<Accounts>, Error> {
    let message = "this server keeps no ledger: set ledger.url in kinglet.toml";
    app.config.accounts.as_ref().ok_or_else(|| Error::new(Kind::Input, message))
}

/// A key as it is shown: never with its secret.
fn shown(key: &Key) -> Value {
    json!({
        "id": key.id, "owner": key.owner, "tenant": key.tenant, "routes": key.routes, "limits": key.limits,
        "created": key.created, "expires": key.expires, "revoked": key.revoked,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    owner: String,
    #[serde(default)]
    tenant: Option<String>,
    #[serde(default)]
    routes: Vec<String>,
    #[serde(default)]
    limits: Limits,
    /// Seconds from now.
    #[serde(default)]
    expires_in: Option<u32>,
}

async fn create_key(State(app): State<Shared>, request: Request) -> Result<Json<Value>, Failure> {
    let accounts = accounts(&app)?;
    let Wanted { owner, tenant, routes, limits, expires_in } = body::fields(&body::read(request, &app.config).await?)?;
    let expires = expires_in.map(|seconds| now() + i64::from(seconds) * 1_000_000);
    let new = NewKey { owner, tenant, routes, limits, expires };
    let (key, secret) = accounts.ledger().create_key(new, WHO).await.map_err(failed)?;
    accounts.forget();
    let mut reply = shown(&key);
    reply["secret"] = secret.into();
    Ok(Json(reply))
}

async fn list_keys(State(app): State<Shared>) -> Result<Json<Value>, Failure> {
    let keys = accounts(&app)?.ledger().keys().await.map_err(failed)?;
    Ok(Json(json!({ "keys": keys.iter().map(shown).collect::<Vec<_>>() })))
}

async fn set_limits(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let accounts = accounts(&app)?;
    let limits: Limits = body::fields(&body::read(request, &app.config).await?)?;
    accounts.ledger().set_limits(&id, limits, WHO).await.map_err(failed)?;
    accounts.forget();
    Ok(Json(json!({ "id": id, "limits": limits })))
}

async fn revoke_key(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    let accounts = accounts(&app)?;
    accounts.ledger().revoke_key(&id, WHO).await.map_err(failed)?;
    accounts.forget();
    Ok(Json(json!({ "id": id, "revoked": true })))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    by: Option<String>,
    /// Microseconds since 1970.
    #[serde(default)]
    from: Option<Micros>,
    #[serde(default)]
    to: Option<Micros>,
}

impl Asked {
    fn span(&self) -> Span {
        let all = Span::all();
        Span { from: self.from.unwrap_or(all.from), to: self.to.unwrap_or(all.to) }
    }
}

async fn report(State(app): State<Shared>, Query(asked): Query<Asked>) -> Result<Json<Value>, Failure> {
    let by: By = asked.by.as_deref().unwrap_or("total").parse().map_err(|e| Error::field("by", e))?;
    let lines = accounts(&app)?.ledger().report(asked.span(), by).await.map_err(failed)?;
    Ok(Json(json!({ "unit": "micro-USD", "lines": lines })))
}

async fn audit(State(app): State<Shared>, Query(asked): Query<Asked>) -> Result<Json<Value>, Failure> {
    let actions = accounts(&app)?.ledger().actions(asked.span()).await.map_err(failed)?;
    Ok(Json(json!({ "actions": actions })))
}

async fn routes_with_promises(State(app): State<Shared>) -> Result<Json<Value>, Failure> {
    let ledger = accounts(&app)?.ledger();
    let mut standings = Vec::new();
    for keeper in app.keepers.values() {
        standings.push(keeper.standing_now(ledger).await.map_err(failed)?);
    }
    Ok(Json(json!({ "routes": standings })))
}

async fn statement(State(app): State<Shared>, Path(name): Path<String>) -> Result<Json<Statement>, Failure> {
    let keeper = app.keepers.get(&name).ok_or_else(|| {
        let known: Vec<_> = app.keepers.keys().map(|name| format!("`{name}`")).collect();
        let message = format!("route: one with a promise expected ({}), `{name}` found", known.join(", "));
        Failure::invalid(StatusCode::NOT_FOUND, message).code("not_found")
    })?;
    Ok(Json(keeper.statement()))
}

async fn trace(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    let ledger = accounts(&app)?.ledger();
    let trace = ledger.trace(&id).await.map_err(failed)?.ok_or_else(|| unknown(&id))?;
    let verdicts = ledger.feedback(&id).await.map_err(failed)?;
    Ok(Json(json!({ "trace": trace, "feedback": verdicts })))
}

/// What the ledger does not have is not found; all else it cannot do, no request can mend.
fn unfound(error: ledger::Error) -> Failure {
    match error.kind {
        ledger::Kind::NotFound => Failure::invalid(StatusCode::NOT_FOUND, error.message).code("not_found"),
        _ => failed(error).into(),
    }
}

fn unknown(id: &str) -> Failure {
    Failure::invalid(StatusCode::NOT_FOUND, format!("id: no answer `{id}` in the ledger")).code("not_found")
}

/// A verdict on an answer.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    /// The answer's `x-request-id`.
    id: String,
    #[serde(default)]
    score: Option<f64>,
    #[serde(default)]
    thumbs: Option<bool>,
    #[serde(default)]
    corrected: Option<String>,
}

/// `POST /v1/feedback`: on answers that were given to the same key.
async fn feedback(State(app): State<Shared>, context: Context, request: Request) -> Result<Json<Value>, Failure> {
    let ledger = accounts(&app)?.ledger();
    let Verdict { id, score, thumbs, corrected } = body::fields(&body::read(request, &app.config).await?)?;
    let trace = ledger.trace(&id).await.map_err(failed)?;
    // of somebody else's answer, not even that it exists is told
    let own = trace.filter(|trace| trace.key.as_deref() == context.key.as_ref().map(|key| key.id.as_str()));
    own.ok_or_else(|| unknown(&id))?;
    let author = context.key.as_ref().map(|key| key.id.clone());
    let verdict = Feedback { trace: id.clone(), time: now(), author, score, thumbs, corrected };
    ledger.add_feedback(verdict).await.map_err(failed)?;
    Ok(Json(json!({ "id": id, "recorded": true })))
}
