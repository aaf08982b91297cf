//! How answers are sent piece by piece: as events with names, or as lines of JSON.
use axum::{
    body::Body,
    http::header,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use std::{convert::Infallible, time::Duration};

/// How often a stream without news says that it lives.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Server-sent events, each named by the `type` in its data; `idle` says that the stream lives when there is no news.
pub(crate) fn named(events: impl Stream<Item = Value> + Send + 'static, idle: Event) -> Response {
    let events = events.map(|data| Ok::<_, Infallible>(event(&data)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).event(idle)).into_response()
}

/// One event, named by its `type`.
pub(crate) fn event(data: &Value) -> Event {
    Event::default().event(data["type"].as_str().unwrap_or("message")).data(data.to_string())
}

/// Newline-delimited JSON.
pub(crate) fn lines(values: impl Stream<Item = Value> + Send + 'static) -> Response {
    let lines = values.map(|value| Ok::<_, Infallible>(format!("{value}\n")));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}
