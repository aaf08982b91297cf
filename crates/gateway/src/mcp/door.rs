//! `/mcp`: the protocol over HTTP, one request at a time and without sessions, behind the keys of the clients.
use super::Mcp;
use crate::{
    app::Shared,
    openai::{Failure, body},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use std::sync::Arc;

/// Pages from which browsers may call: those of this machine. What a foreign page has a browser send here is refused,
/// whatever name it gave to this address (DNS rebinding).
const ORIGINS: [&str; 6] = [
    "http://localhost:*",
    "https://localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://[::1]:*",
    "https://[::1]:*",
];

/// What answers.
pub(crate) type Door = StreamableHttpService<Mcp, NeverSessionManager>;

/// The door to the tools of `mcp`.
pub(crate) fn door(mcp: Mcp, max_body: usize) -> Door {
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts() // a server behind a proxy has any name; who may call is decided by origin and key
        .with_allowed_origins(ORIGINS)
        .enforce_origin_validation()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(max_body);
    StreamableHttpService::new(move || Ok(mcp.clone()), Arc::new(NeverSessionManager::default()), config)
}

/// All that comes to `/mcp`.
pub(crate) async fn answer(State(app): State<Shared>, request: Request) -> Response {
    let Some(door) = &app.mcp else {
        let message = "no tools here: set `tools = true` on a route in kinglet.toml";
        return Failure::invalid(StatusCode::NOT_FOUND, message).code("not_found").into_response();
    };
    let _working = match app.begin() {
        Ok(working) => working,
        Err(error) => return Failure::from(error).into_response(),
    };
    let (parts, body) = request.into_parts();
    match body::collect(body, &app.config).await {
        Ok(bytes) => door.handle(Request::from_parts(parts, Body::from(bytes))).await.map(Body::new),
        Err(failure) => failure.into_response(),
    }
}
