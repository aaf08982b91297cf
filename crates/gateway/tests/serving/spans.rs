//! Spans of requests, as a collector gets them.
use crate::support::{LONG, Server};
use axum::{Router, body::Bytes, extract::State, routing::post};
use gateway::{Accounts, Api, Collector, Config, Route, Routes, Settings, Target, Telemetry, Tier, Upstream};
use ledger::{Book, Hardware, Keep, Ledger, Limits, NewKey, Options};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use reqwest::{Method, Response};
use serde_json::{Map, Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, time::timeout};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Bytes>>>);

impl Collected {
    /// A collector at this address.
    async fn start(&self) -> SocketAddr {
        let take = async |State(Self(bodies)): State<Self>, body: Bytes| {
            bodies.lock().expect("no panic").push(body);
        };
        let routes = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no panic").concat()
    }

    fn spans(&self) -> Vec<Span> {
        let bodies = self.0.lock().expect("no panic");
        let decode = |body: &Bytes| ExportTraceServiceRequest::decode(body.clone()).expect("spans");
        let resources = bodies.iter().map(decode).flat_map(|request| request.resource_spans);
        let of = |of: opentelemetry_proto::tonic::trace::v1::ResourceSpans| {
            assert_eq!(said(&of.resource.expect("a resource").attributes)["service.name"], "kinglet");
            of.scope_spans.into_iter().flat_map(|scope| scope.spans)
        };
        resources.flat_map(of).collect()
    }
}

/// Attributes as JSON.
fn said(attributes: &[KeyValue]) -> Map<String, Value> {
    let value = |any: &Any| match any {
        Any::StringValue(text) => json!(text),
        Any::IntValue(n) => json!(n),
        Any::DoubleValue(x) => json!(x),
        Any::ArrayValue(all) => all.values.iter().map(|v| json!(format!("{:?}", v.value))).collect(),
        other => panic!("{other:?}"),
    };
    let pair = |pair: &KeyValue| {
        let any = pair.value.as_ref().and_then(|value| value.value.as_ref()).expect("a value");
        (pair.key.clone(), value(any))
    };
    attributes.iter().map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that keeps books, and tells a collector.
struct Told {
    server: Server,
    telemetry: Option<Arc<Telemetry>>,
    ledger: Ledger,
    _folder: TempDir,
}

impl Told {
    async fn with(collector: Option<SocketAddr>, routes: Routes) -> Self {
        // the first test that comes here installs it
        let _ = rustls::crypto::ring::default_provider().install_default();
        let start = |address| {
            let collector = Collector::at(&format!("http://{address}")).expect("an address");
            Arc::new(Telemetry::start(&collector).expect("a runtime"))
        };
        let telemetry = collector.map(start);
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_micros() as i64);
        let ledger = Ledger::open(Options::file(&folder.path().join("ledger.db"), clock)).await.expect("a ledger");
        // a token in costs 1 micro-USD and a token out 10
        let hardware = Hardware {
            usd_hour: 3_600_000_000,
            input_speed: 1_000_000_000,
            output_speed: 100_000_000,
            ..Hardware::default()
        };
        let accounts = Accounts::new(ledger.clone(), Book::default(), Some(hardware), Keep::Full { days: 1 });
        let accounts = Some(Arc::new(accounts.traced(telemetry.clone())));
        let server = Server::with(Config { accounts, routes, ..Config::default() }).await;
        Self { server, telemetry, ledger, _folder: folder }
    }

    async fn ask(&self, headers: &[(&'static str, String)], body: &Value) -> Response {
        let request = self.server.request(Method::POST, "/v1/chat/completions");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.body(body.to_string()).send().await.expect("an answer")
    }

    /// All that waits was sent, or given up, when this returns.
    async fn close(&self) {
        let telemetry = self.telemetry.as_ref().expect("telemetry");
        timeout(LONG, telemetry.close()).await.expect("in time");
    }
}

fn question(text: &str) -> Value {
    json!({ "model": "script", "messages": [{ "role": "user", "content": text }], "max_tokens": 10 })
}

#[tokio::test]
async fn an_answer_is_a_span_without_texts() {
    let collected = Collected::default();
    let told = Told::with(Some(collected.start().await), Routes::default()).await;
    let new = NewKey { owner: "hannah".to_owned(), limits: Limits::default(), ..NewKey::default() };
    let (_, key) = told.ledger.create_key(new, "test").await.expect("a key");
    let mut body = question("wisteria");
    body["temperature"] = json!(0.7);
    let headers = [
        ("traceparent", format!("00-{TRACE}-{CALLER}-01")),
        ("x-request-id", "req-1".to_owned()),
        ("authorization", format!("Bearer {key}")),
    ];
    let answer = told.ask(&headers, &body).await.text().await.expect("a text");
    assert!(answer.contains("Grüße!"));
    told.close().await;
    let spans = collected.spans();
    let [span] = &spans[..] else { panic!("one span expected: {spans:?}") };
    assert_eq!((span.name.as_str(), span.kind()), ("chat script", SpanKind::Server));
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    assert!(span.start_time_unix_nano > 0 && span.start_time_unix_nano <= span.end_time_unix_nano);
    assert_eq!(span.status.as_ref().map_or(0, |status| status.code), StatusCode::Unset as i32);
    let mut attributes = said(&span.attributes);
    assert!(attributes.remove("kinglet.first_token_us").is_some_and(|us| us.as_i64() > Some(0)));
    let n_prompt = "user: \"wisteria\"\n".len();
    let due = json!({
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "local", "gen_ai.request.model": "script",
        "gen_ai.response.model": "script", "gen_ai.request.max_tokens": 10, "gen_ai.request.temperature": 0.7,
        "gen_ai.response.finish_reasons": [r#"Some(StringValue("stop"))"#],
        "gen_ai.usage.input_tokens": n_prompt, "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.output_tokens": 6, "http.response.status_code": 200, "kinglet.route": "script",
        "kinglet.tier": "small", "kinglet.cost_micro_usd": n_prompt + 60, "kinglet.request_id": "req-1",
    });
    assert_eq!(Value::from(attributes), due);
    let [tried] = &span.events[..] else { panic!("one who was tried: {:?}", span.events) };
    let due = json!({ "kinglet.tier": "small", "gen_ai.response.model": "script", "kinglet.outcome": "answered" });
    assert_eq!((tried.name.as_str(), Value::from(said(&tried.attributes))), ("kinglet.attempt", due));
    let bytes = collected.bytes();
    for secret in ["wisteria", "Grüße", key.as_str(), "hannah"] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn failures_are_spans_with_their_error() {
    let collected = Collected::default();
    let told = Told::with(Some(collected.start().await), Routes::default()).await;
    let unknown = json!({ "model": "nobody", "messages": [] });
    for (body, status) in [(question("BREAK wisteria"), 500), (unknown, 404)] {
        assert_eq!(told.ask(&[], &body).await.status(), status);
    }
    told.close().await;
    let spans = collected.spans();
    let seen = |span: &Span| {
        let attributes = said(&span.attributes);
        let error = attributes["error.type"].as_str().expect("an error").to_owned();
        let status = span.status.as_ref().map_or(0, |status| status.code);
        (span.name.clone(), attributes["http.response.status_code"].as_i64(), error, status)
    };
    let seen: Vec<_> = spans.iter().map(seen).collect();
    let due = [
        ("chat script", 500, "internal_error", StatusCode::Error),
        ("POST /v1/chat/completions", 404, "refused", StatusCode::Unset),
    ];
    let due = due.map(|(name, code, error, status)| (name.to_owned(), Some(code), error.to_owned(), status as i32));
    assert_eq!(seen, due);
    // each begins a trace of its own
    assert!(spans.iter().all(|span| span.parent_span_id.is_empty()));
    assert_ne!(spans[0].trace_id, spans[1].trace_id);
    assert!(!collected.bytes().windows(8).any(|part| part == b"wisteria"));
}

#[tokio::test]
async fn whoever_was_tried_is_an_event() {
    let collected = Collected::default();
    let settings = Settings { tries: 1, ..Settings::new("far", Api::OpenAi, format!("http://{}", closed().await)) };
    let upstream = Arc::new(Upstream::new(settings).expect("good settings"));
    let tier = |name: &str, target| Tier { name: name.to_owned(), targets: vec![target] };
    let route = Route {
        name: "day".to_owned(),
        tiers: vec![
            tier("small", Target::Local("script".to_owned())),
            tier("large", Target::Upstream { upstream, model: "big".to_owned() }),
        ],
        always_local: Vec::new(),
        never_local: Vec::new(),
        min_confidence: None,
        promise: None,
        tools: false,
    };
    let routes = Routes::new(vec![route], Vec::new()).expect("good routes");
    let told = Told::with(Some(collected.start().await), routes).await;
    let mut body = question("BREAK");
    body["model"] = "day".into();
    assert!(told.ask(&[], &body).await.status().is_server_error());
    told.close().await;
    let spans = collected.spans();
    assert_eq!(said(&spans[0].attributes)["kinglet.route"], "day");
    let tried = spans[0].events.iter().map(|event| said(&event.attributes)["kinglet.tier"].clone());
    assert_eq!(tried.collect::<Vec<_>>(), ["small", "large"]);
}

#[tokio::test]
async fn nothing_is_sent_when_it_is_off_or_the_caller_keeps_no_trace() {
    let collected = Collected::default();
    let address = collected.start().await;
    let off = Told::with(None, Routes::default()).await;
    assert_eq!(off.ask(&[], &question("hi")).await.status(), 200);
    let on = Told::with(Some(address), Routes::default()).await;
    let unsampled = [("traceparent", format!("00-{TRACE}-{CALLER}-00"))];
    assert_eq!(on.ask(&unsampled, &question("hi")).await.status(), 200);
    on.close().await;
    assert_eq!(collected.spans(), []);
    // what no trace has begun is kept
    let on = Told::with(Some(address), Routes::default()).await;
    let broken = [("traceparent", "00-0-0-00".to_owned())];
    assert_eq!(on.ask(&broken, &question("hi")).await.status(), 200);
    on.close().await;
    assert_eq!(collected.spans().len(), 1);
}

#[tokio::test]
async fn a_dead_collector_is_nothing_to_requests() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let told = Told::with(Some(silent.local_addr().expect("an address")), Routes::default()).await;
    assert_eq!(told.ask(&[], &question("hi")).await.status(), 200);
    let (_open, _) = timeout(LONG, silent.accept()).await.expect("in time").expect("spans on their way");
    // while they are, and are never taken
    for _ in 0..20 {
        assert_eq!(told.ask(&[], &question("hi")).await.status(), 200);
    }
    told.close().await;
    let gone = Told::with(Some(closed().await), Routes::default()).await;
    assert_eq!(gone.ask(&[], &question("hi")).await.status(), 200);
    gone.close().await;
    assert_eq!(gone.ask(&[], &question("hi")).await.status(), 200);
}

/// An address where nobody listens.
async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}
