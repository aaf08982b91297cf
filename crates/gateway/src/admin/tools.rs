//! The operator's word on tools over HTTP: what there is, what becomes of it, and how it does on known requests.
use super::{WHO, accounts, making};
use crate::{
    account::{failed, now},
    app::Shared,
    openai::{Failure, body},
    toolbox::{Decision, Ready, Suggested, Told, Toolbox, decide, statement, suggest, tested},
};
use axum::{
    Json, Router,
    body::HttpBody,
    extract::{Path, Query, Request, State},
    routing::{get, post},
};
use chat::{Error, Kind};
use router::statement::ToolStatement;
use serde::Deserialize;
use serde_json::{Value, json};
use toolsmith::Example;

/// Microseconds.
const DAY: i64 = 86_400_000_000;
/// Days whose requests are looked through.
const USUAL_DAYS: u16 = 30;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin/v1/tools", get(list).post(making::make))
        .route("/admin/v1/tools/suggestions", get(suggestions))
        .route("/admin/v1/tools/jobs/{id}", get(making::job))
        .route("/admin/v1/tools/{id}", get(show))
        .route("/admin/v1/tools/{id}/statement", get(said_of))
        .route("/admin/v1/tools/{id}/approve", post(approve))
        .route("/admin/v1/tools/{id}/suspend", post(suspend))
        .route("/admin/v1/tools/{id}/resume", post(resume))
        .route("/admin/v1/tools/{id}/retire", post(retire))
        .route("/admin/v1/tools/{id}/test", post(test))
}

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    route: Option<String>,
}

async fn list(State(app): State<Shared>, Query(Where { route }): Query<Where>) -> Result<Json<Value>, Failure> {
    let ledger = accounts(&app)?.ledger();
    let mut lines = Vec::new();
    for kept in ledger.tools(route.as_deref()).await.map_err(failed)? {
        lines.push(Told::read(ledger, &app.config.routes, kept).await.map_err(failed)?.line());
    }
    Ok(Json(json!({ "tools": lines })))
}

#[derive(Deserialize)]
struct Recent {
    #[serde(default)]
    route: Option<String>,
    #[serde(default)]
    days: Option<u16>,
}

async fn suggestions(
    State(app): State<Shared>,
    Query(Recent { route, days }): Query<Recent>,
) -> Result<Json<Value>, Failure> {
    let accounts = accounts(&app)?;
    let since = now() - i64::from(days.unwrap_or(USUAL_DAYS)) * DAY;
    let makers = app.config.tool_policy.makers();
    let found = suggest(accounts, &makers, route.as_deref(), since).await.map_err(failed)?;
    let all: Vec<_> = found.all.iter().map(Suggested::line).collect();
    Ok(Json(json!({ "suggestions": all, "requests": found.requests, "with_texts": found.heard })))
}

async fn show(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(Where { route }): Query<Where>,
) -> Result<Json<Value>, Failure> {
    Ok(Json(find(&app, route.as_deref(), &id).await?.whole()))
}

async fn said_of(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(Where { route }): Query<Where>,
) -> Result<Json<ToolStatement>, Failure> {
    let ledger = accounts(&app)?.ledger();
    let kept = ledger.find_tool(route.as_deref(), &id).await.map_err(super::unfound)?;
    let ready = Ready::of(kept).map_err(|why| Error::new(Kind::Internal, why))?;
    app.config.routes.check_tools(&ready.kept.route).map_err(|why| Error::field("route", why))?;
    let stated = statement(ledger, &app.config.routes, &ready.kept, &ready.tool).await.map_err(failed)?;
    Ok(Json(stated.ok_or_else(|| Error::new(Kind::Internal, "a tool without a promise; this is a defect"))?))
}

async fn find(app: &Shared, route: Option<&str>, id: &str) -> Result<Told, Failure> {
    let ledger = accounts(app)?.ledger();
    let kept = ledger.find_tool(route, id).await.map_err(super::unfound)?;
    Ok(Told::read(ledger, &app.config.routes, kept).await.map_err(failed)?)
}

/// What an operator may say with a decision.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Said {
    route: Option<String>,
    why: Option<String>,
    /// Approve it before it is proven.
    anyway: bool,
}

async fn approve(State(app): State<Shared>, Path(id): Path<String>, request: Request) -> Result<Json<Value>, Failure> {
    let said: Said = said(&app, request).await?;
    let decision = Decision::Approve { anyway: said.anyway };
    decided(&app, &id, decision, said).await
}

async fn suspend(State(app): State<Shared>, Path(id): Path<String>, request: Request) -> Result<Json<Value>, Failure> {
    let said = said(&app, request).await?;
    decided(&app, &id, Decision::Suspend, said).await
}

async fn resume(State(app): State<Shared>, Path(id): Path<String>, request: Request) -> Result<Json<Value>, Failure> {
    let said = said(&app, request).await?;
    decided(&app, &id, Decision::Resume, said).await
}

async fn retire(State(app): State<Shared>, Path(id): Path<String>, request: Request) -> Result<Json<Value>, Failure> {
    let said = said(&app, request).await?;
    decided(&app, &id, Decision::Retire, said).await
}

/// A body may be left out.
async fn said<T: Default + for<'a> Deserialize<'a>>(app: &Shared, request: Request) -> Result<T, Failure> {
    if request.body().is_end_stream() {
        return Ok(T::default());
    }
    Ok(body::fields(&body::read(request, &app.config).await?)?)
}

async fn decided(app: &Shared, id: &str, decision: Decision, said: Said) -> Result<Json<Value>, Failure> {
    let ledger = accounts(app)?.ledger();
    let kept = ledger.find_tool(said.route.as_deref(), id).await.map_err(super::unfound)?;
    let status = decide(ledger, &app.config.routes, &kept, decision, WHO, said.why.as_deref()).await.map_err(failed)?;
    if let Some(toolbox) = &app.config.toolbox {
        toolbox.read().await.map_err(failed)?; // it holds here at once, elsewhere within seconds
    }
    Ok(Json(json!({ "id": kept.id, "name": kept.name, "route": kept.route, "status": status })))
}

/// What a tool is tried on; nothing said: what it was verified by.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tried {
    route: Option<String>,
    examples: Option<Vec<Example>>,
    negatives: Option<Vec<String>>,
}

async fn test(State(app): State<Shared>, Path(id): Path<String>, request: Request) -> Result<Json<Value>, Failure> {
    let Tried { route, examples, negatives } = said(&app, request).await?;
    let tool = find(&app, route.as_deref(), &id).await?.tool;
    let is_own = examples.is_none() && negatives.is_none();
    let (mut shown, mut foreign) = (examples.unwrap_or_default(), negatives.unwrap_or_default());
    if is_own {
        (shown, foreign) = (tool.examples.clone(), tool.negatives.clone());
    }
    let tested = tested(toolbox(&app)?.sandbox(), &tool, &shown, &foreign).await;
    let tested = tested.map_err(|why| Error::new(Kind::Internal, why))?;
    Ok(Json(json!(tested)))
}

/// What runs tools here.
pub(super) fn toolbox(app: &Shared) -> Result<&Toolbox, Error> {
    let message = "no tools run here: set `tools = true` on a route in kinglet.toml";
    app.config.toolbox.as_ref().ok_or_else(|| Error::new(Kind::Input, message))
}
