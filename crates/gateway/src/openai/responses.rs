//! `POST /v1/responses`, of which nothing is kept: each request brings its whole conversation.
mod reply;
mod request;

use super::{Failure, body};
use crate::{
    app::Shared,
    blocks,
    exchange::{self, Answering, Context},
    pieces,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response, sse::Event},
};
use futures_util::{StreamExt, stream};
use reply::Telling;
use request::Asked;

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let body = body::read(request, &app.config).await?;
    let asked: Asked = body::fields(&body)?;
    let request = asked.chat()?;
    let is_streamed = request.options.stream == Some(true);
    let Answering { headers, deltas } = exchange::ask(&app, context, request, 1).await?;
    let mut telling = Telling::new(&body);
    if is_streamed {
        let begin = stream::iter(telling.begin());
        let steps = blocks::steps(deltas).flat_map(move |step| stream::iter(telling.of(step)));
        let idle = Event::default().comment("");
        return Ok((headers, pieces::named(begin.chain(steps), idle)).into_response());
    }
    let whole = blocks::whole(deltas).await?;
    Ok((headers, Json(telling.whole(whole))).into_response())
}
