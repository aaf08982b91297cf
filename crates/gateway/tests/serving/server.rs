//! The server around the answers: keys, unknown paths, defects, full queues, clients that leave, and the end.

use crate::support::{LONG, Server, events, json, until};
use gateway::{Config, Tls};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const CHAT: &str = "/v1/chat/completions";

fn chat(content: &str) -> Value {
    json!({ "model": "script", "messages": [{ "role": "user", "content": content }] })
}

fn streamed(content: &str) -> Value {
    json!({ "model": "script", "messages": [{ "role": "user", "content": content }], "stream": true })
}

#[tokio::test]
async fn without_the_key_nothing_is_learnt_but_health() {
    let keys = vec!["sk-one".to_owned(), "sk-two".to_owned()];
    let server = Server::with(Config { api_keys: keys, ..Config::default() }).await;
    assert_eq!(server.get("/health").await.status(), 200);
    for path in
        ["/metrics", "/v1/models", "/v1/models/script", "/nowhere", "/v1/chat/completions", "/health/../v1/models"]
    {
        for key in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer sk-on"),
            Some("Bearer sk-one2"),
            Some("sk-one"),
            Some("Basic sk-one"),
        ] {
            let mut request = server.request(Method::GET, path);
            if let Some(key) = key {
                request = request.header("authorization", key);
            }
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), 401, "{path} with {key:?}");
            assert_eq!(json(response).await["error"]["code"], "invalid_api_key");
        }
    }
    for key in ["Bearer sk-one", "bearer sk-two", "Bearer  sk-two "] {
        let response =
            server.request(Method::GET, "/v1/models").header("authorization", key).send().await.expect("one");
        assert_eq!(response.status(), 200, "{key}");
    }
}

#[tokio::test]
async fn models_are_listed_and_shown() {
    let server = Server::start().await;
    assert_eq!(json(server.get("/v1/models").await).await["data"][0]["id"], "script");
    assert_eq!(json(server.get("/v1/models/script").await).await["object"], "model");
    let unknown = server.get("/v1/models/some/other").await;
    assert_eq!(unknown.status(), 404);
    let error = &json(unknown).await["error"];
    assert_eq!((&error["code"], &error["param"]), (&"model_not_found".into(), &"model".into()));
    assert_eq!(error["message"], "model: no `some/other` here, there is `script`");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_named() {
    let server = Server::start().await;
    let lost = server.get("/v1/nowhere").await;
    assert_eq!(lost.status(), 404);
    assert_eq!(json(lost).await["error"]["message"], "no `/v1/nowhere` here");
    let wrong = server.get(CHAT).await;
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(json(wrong).await["error"]["code"], "method_not_allowed");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_ask() {
    let server = Server::start().await;
    let from = |kind: Option<&'static str>| {
        let request = server.request(Method::POST, CHAT).header("origin", "https://elsewhere.example");
        match kind {
            Some(kind) => request.header("content-type", kind).body(chat("hi").to_string()),
            None => request.body(chat("hi").to_string()),
        }
    };
    for kind in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
        assert_eq!(from(kind).send().await.expect("an answer").status(), 415, "{kind:?}");
    }
    let json = from(Some("application/json; charset=utf-8")).send().await.expect("an answer");
    assert_eq!(json.status(), 200);
    assert!(!json.headers().contains_key("access-control-allow-origin"), "and the page may not read it");
    let curl = server.request(Method::POST, CHAT).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(
        curl.body(chat("hi").to_string()).send().await.expect("an answer").status(),
        200,
        "as `curl -d` sends it"
    );
}

#[tokio::test]
async fn a_defect_fails_its_own_request_alone() {
    let server = Server::start().await;
    for body in [chat("PANIC"), streamed("PANIC"), chat("BREAK"), streamed("BREAK"), chat("CRACK")] {
        let response = server.post(CHAT, &body).await;
        assert_eq!(response.status(), 500, "{body}");
        assert_eq!(json(response).await["error"]["type"], "server_error");
    }
    let events = events(server.post(CHAT, &streamed("CRACK")).await).await;
    let last: Value = serde_json::from_str(events.last().expect("an event")).expect("JSON, not [DONE]");
    assert_eq!(last["error"]["message"], "the script broke");
    assert_eq!(server.post(CHAT, &chat("hi")).await.status(), 200);
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let server = Server::start().await;
    server.model.fill(true);
    for (path, body) in [
        (CHAT, chat("hi")),
        (CHAT, streamed("hi")),
        ("/v1/completions", json!({ "model": "script", "prompt": ["a", "b"], "n": 2, "stream": true })),
        ("/v1/embeddings", json!({ "model": "script", "input": "a" })),
    ] {
        let response = server.post(path, &body).await;
        assert_eq!(response.status(), 429, "{path}");
        let wait: u64 = response.headers()["retry-after"].to_str().expect("a text").parse().expect("seconds");
        assert!(wait > 0);
        assert_eq!(json(response).await["error"]["type"], "rate_limit_error");
    }
    server.model.fill(false);
    assert_eq!(server.post(CHAT, &chat("hi")).await.status(), 200);
}

#[tokio::test]
async fn while_it_loads_it_says_so() {
    let (server, registry) = Server::loading(Config::default()).await;
    let health = server.get("/health").await;
    assert_eq!(health.status(), 503);
    assert_eq!(json(health).await["status"], "loading");
    let response = server.post(CHAT, &chat("hi")).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    registry.ready("script", server.model.clone());
    assert_eq!(server.get("/health").await.status(), 200);
    assert_eq!(server.post(CHAT, &chat("hi")).await.status(), 200);
}

/// Whoever leaves is let go: before the first token, amid a stream, and with all choices.
#[tokio::test]
async fn who_leaves_is_let_go() {
    let server = Server::start().await;
    for (body, says) in [(chat("HOLD"), false), (streamed("HOLD"), false), (streamed("HOLD"), true)] {
        let mut body = body;
        body["n"] = 3.into();
        let mut client = send(&server, &body).await;
        until("three begun", || server.model.n_held() == 3).await;
        if says {
            server.model.say("so far");
            let mut head = [0; 12];
            timeout(LONG, client.read_exact(&mut head)).await.expect("in time").expect("a reply");
            assert_eq!(&head, b"HTTP/1.1 200");
        }
        drop(client);
        until("three let go", || server.model.n_held() == 0).await;
        server.model.let_go();
    }
}

/// A request over a bare connection, so that a test decides when to read and when to leave.
async fn send(server: &Server, body: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let body = body.to_string();
    let head = format!("POST {CHAT} HTTP/1.1\r\nhost: here\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await.expect("a request sent");
    stream
}

#[tokio::test]
async fn who_reads_nothing_is_let_go() {
    let server = Server::with(Config { write_timeout: Duration::from_millis(200), ..Config::default() }).await;
    let client = send(&server, &streamed("HOLD")).await;
    until("begun", || server.model.n_held() == 1).await;
    let much = "x".repeat(1 << 20);
    let fill = async {
        while server.model.n_held() == 1 {
            server.model.say(&much);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, fill).await.expect("let go in time");
    drop(client);
}

#[tokio::test]
async fn headers_and_bodies_must_come_in_time() {
    let server = Server::with(Config { read_timeout: Duration::from_millis(100), ..Config::default() }).await;
    let mut idle = TcpStream::connect(server.address).await.expect("a connection");
    idle.write_all(b"GET /health HTTP/1.1\r\nhost").await.expect("sent");
    let mut rest = Vec::new();
    timeout(LONG, idle.read_to_end(&mut rest)).await.expect("closed in time").expect("closed");
    let mut slow = TcpStream::connect(server.address).await.expect("a connection");
    let head = format!("POST {CHAT} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{{");
    slow.write_all(head.as_bytes()).await.expect("sent");
    let mut rest = Vec::new();
    timeout(LONG, slow.read_to_end(&mut rest)).await.expect("closed in time").expect("closed");
    assert!(rest.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&rest));
    let server = Server::with(Config { max_body: 100, ..Config::default() }).await;
    let long = server.post(CHAT, &chat(&"x".repeat(100))).await;
    assert_eq!(long.status(), 413);
    assert_eq!(json(long).await["error"]["code"], "body_too_large");
}

#[tokio::test]
async fn more_connections_than_allowed_wait() {
    let server = Server::with(Config { max_connections: 1, ..Config::default() }).await;
    let first = send(&server, &streamed("HOLD")).await;
    until("begun", || server.model.n_held() == 1).await;
    let mut second = send(&server, &chat("hi")).await;
    let mut head = [0; 12];
    let early = timeout(Duration::from_millis(100), second.read_exact(&mut head)).await;
    assert!(early.is_err(), "it waits for the first to end");
    drop(first);
    timeout(LONG, second.read_exact(&mut head)).await.expect("in time").expect("a reply");
    assert_eq!(&head, b"HTTP/1.1 200");
}

/// Running answers end whole, new ones are refused, `/health` tells, and then it is over.
#[tokio::test]
async fn it_drains() {
    let mut server = Server::start().await;
    let ask = |body: Value| tokio::spawn(server.request(Method::POST, CHAT).body(body.to_string()).send());
    let (whole, stream) = (ask(chat("HOLD")), ask(streamed("HOLD")));
    until("both begun", || server.model.n_held() == 2).await;
    server.begin_stop();
    while server.get("/health").await.status() == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(json(server.get("/health").await).await["status"], "draining");
    let refused = server.post(CHAT, &chat("hi")).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    server.model.let_go();
    let whole = json(whole.await.expect("no panic").expect("an answer")).await;
    assert_eq!(whole["choices"][0]["message"]["content"], "Grüße!");
    let events = events(stream.await.expect("no panic").expect("an answer")).await;
    assert_eq!(events.last().expect("an event"), "[DONE]");
    server.ended().await;
}

/// Answers that take longer than the drain may are cut, so that the end comes.
#[tokio::test]
async fn a_drain_ends_in_time() {
    let mut server = Server::with(Config { drain_timeout: Duration::from_millis(100), ..Config::default() }).await;
    let held = tokio::spawn(server.request(Method::POST, CHAT).body(chat("HOLD").to_string()).send());
    until("begun", || server.model.n_held() == 1).await;
    server.begin_stop();
    server.ended().await;
    assert!(held.await.expect("no panic").is_err(), "its connection is cut");
}

#[tokio::test]
async fn metrics_count_what_replies_say() {
    let server = Server::start().await;
    let usage = json(server.post(CHAT, &chat("hi")).await).await["usage"].clone();
    let streamed = json!({ "model": "script", "prompt": "abc", "n": 2, "stream": true });
    events(server.post("/v1/completions", &streamed).await).await;
    let prompt = usage["prompt_tokens"].as_f64().expect("a number") + 3.0;
    let generated = usage["completion_tokens"].as_f64().expect("a number") + 12.0;
    assert_eq!(server.metric("kinglet_prompt_tokens_total{").await, Some(prompt));
    assert_eq!(server.metric("kinglet_generated_tokens_total{").await, Some(generated));
    assert_eq!(server.metric("kinglet_time_to_first_token_seconds_count{").await, Some(3.0));
    let chats = "kinglet_requests_total{route=\"/v1/chat/completions\",status=\"200\"}";
    assert_eq!(server.metric(chats).await, Some(1.0));
    server.get("/some/path").await;
    assert_eq!(server.metric("kinglet_requests_total{route=\"none\",status=\"404\"}").await, Some(1.0));
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let server = Server::start().await;
    for (given, kept) in [("abc-1", true), ("bad id", false), ("", false)] {
        let response = server.request(Method::GET, "/health").header("x-request-id", given).send().await.expect("one");
        let id = response.headers()["x-request-id"].to_str().expect("a text").to_owned();
        assert_eq!(id == given, kept, "{given}: {id}");
        assert!(id.len() > 4);
    }
}

#[tokio::test]
async fn a_certificate_encrypts_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    assert!(Tls::read(&key, &cert).err().is_some_and(|e| e.contains("key.pem")), "the one for the other");
    let tls = Some(Tls::read(&cert, &key).expect("both fit"));
    let server = Server::with(Config { tls, ..Config::default() }).await;
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().expect("a client");
    let url = format!("https://localhost:{}/health", server.address.port());
    assert_eq!(client.get(url).send().await.expect("an answer").status(), 200);
    let plain = server.request(reqwest::Method::GET, "/health").send().await;
    assert!(plain.is_err(), "nothing is said without encryption");
}
