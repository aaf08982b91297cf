//! `POST /v1/messages` and `POST /v1/messages/count_tokens`.
use super::{
    reply::{self, Events},
    request::Asked,
};
use crate::{
    app::Shared,
    blocks,
    exchange::{self, Answering, Context},
    local::LocalAnswerer,
    openai::{Failure, body},
    pieces,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat::Error;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let asked: Asked = body::fields(&body::read(request, &app.config).await?)?;
    if asked.max_tokens.is_none() {
        return Err(Error::field("max_tokens", "missing").into());
    }
    let request = asked.chat()?;
    let (model, is_streamed) = (request.model.clone(), request.options.stream == Some(true));
    let Answering { headers, deltas } = exchange::ask(&app, context, request, 1).await?;
    if is_streamed {
        let mut events = Events::default();
        let steps = blocks::steps(deltas).flat_map(move |step| stream::iter(events.of(step)));
        let all = stream::once(async move { reply::start(&model) }).chain(steps);
        return Ok((headers, pieces::named(all, pieces::event(&json!({ "type": "ping" })))).into_response());
    }
    let whole = blocks::whole(deltas).await?;
    Ok((headers, Json(reply::whole(&model, whole))).into_response())
}

pub(super) async fn count_tokens(
    State(app): State<Shared>,
    context: Context,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let asked: Asked = body::fields(&body::read(request, &app.config).await?)?;
    let request = asked.chat()?;
    let _working = app.begin()?;
    let plan = app.config.routes.plan(&app.registry, &request.model, context.tag.as_deref())?;
    let nobody =
        || Error::field("model", format!("tokens are counted by models here alone, `{}` has none", plan.route));
    let local = plan.local(&app.registry)?.ok_or_else(nobody)?;
    let answerer = LocalAnswerer { local, metrics: &app.metrics };
    Ok(Json(json!({ "input_tokens": answerer.count(&request).await? })))
}
