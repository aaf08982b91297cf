//! Routes to models elsewhere: who is asked after whom, what the client sees, and what the ledger says.
use crate::support::{LONG, Server, events, json};
use gateway::{Accounts, Api, Config, Route, Routes, Settings, Target, Tier, Upstream};
use ledger::{Book, Keep, Ledger, Options, Trace};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::sleep,
};

/// 2026-01-01.
const NEW_YEAR: i64 = 1_767_225_600_000_000;
/// A million tokens cost 2 USD in, half of that from a cache, and 8 USD out.
const PRICES: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n\
    far,fine,2024-01-01,,2,1,8,USD,test\nfar,cut,2024-01-01,,2,1,8,USD,test\n\
    far,broken,2024-01-01,,3,1,9,USD,test\n";

/// A server elsewhere whose models fail as their names say.
struct Far {
    address: SocketAddr,
    n_asked: Arc<AtomicUsize>,
    /// A port that is taken, and where nobody listens.
    closed: TcpSocket,
}

impl Far {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let n_asked = Arc::new(AtomicUsize::new(0));
        let counted = n_asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, counted.clone()));
            }
        });
        let closed = TcpSocket::new_v4().expect("a socket");
        closed.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        Self { address, n_asked, closed }
    }

    /// Its model `name`.
    fn model(&self, name: &str) -> Target {
        let host = match name {
            "closed" => self.closed.local_addr().expect("an address").to_string(),
            // longer than any name: no resolver is asked
            "nowhere" => format!("{}.invalid", "x".repeat(64)),
            _ => self.address.to_string(),
        };
        let short = Duration::from_millis(300);
        // never silent for long, so that only the whole can take too long
        let (silence, whole) = if name == "drips" { (LONG, Duration::from_secs(2)) } else { (short, LONG) };
        let settings = Settings {
            tries: 2,
            pause: Duration::from_millis(1),
            first_token_timeout: silence,
            idle_timeout: silence,
            timeout: whole,
            breaker_failures: 100,
            ..Settings::new("far", Api::OpenAi, format!("http://{host}/v1"))
        };
        let upstream = Arc::new(Upstream::new(settings).expect("good settings"));
        Target::Upstream { upstream, model: name.to_owned() }
    }

    fn n_asked(&self) -> usize {
        self.n_asked.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream, n_asked: Arc<AtomicUsize>) {
    let mut seen = Vec::new();
    let body = loop {
        let Some(head) = seen.windows(4).position(|part| part == b"\r\n\r\n") else {
            if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
                return;
            }
            continue;
        };
        let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if let Some(body) = seen.get(head + 4..).filter(|body| body.len() >= length.unwrap_or(0)) {
            break serde_json::from_slice::<Value>(body).expect("JSON");
        }
        stream.read_buf(&mut seen).await.expect("the rest");
    };
    let n = n_asked.fetch_add(1, Ordering::SeqCst);
    if body["messages"].is_null() {
        let _ = stream.write_all(in_one_piece(&body).as_bytes()).await; // the client may have gone
        return;
    }
    let status = |status: &str, more: &str| {
        let body = r#"{"error":{"message":"no","type":"server_error","code":null}}"#;
        format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    };
    let piece = |text: &str| json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 100, "completion_tokens": 10,
                        "prompt_tokens_details": { "cached_tokens": 60 } } });
    let sse = |chunks: &[&Value]| {
        let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{events}")
    };
    let fine = || sse(&[&piece("from"), &piece(" afar"), &end, &usage]) + "data: [DONE]\n\n";
    let said = match body["model"].as_str().expect("a model") {
        "fine" => fine(),
        "twice" if n.is_multiple_of(2) => status("500 Internal Server Error", ""),
        "twice" => fine(),
        "broken" => status("500 Internal Server Error", ""),
        "limit" => status("429 Too Many Requests", "retry-after: 3600\r\n"),
        "refuses" => status("400 Bad Request", ""),
        "garbage" => sse(&[]) + "data: {\"choi\n\n",
        "cut" => sse(&[&piece("from")]),
        "hangs" => {
            sleep(Duration::from_secs(10)).await;
            return;
        }
        "stalls" => {
            stream.write_all(sse(&[&piece("from")]).as_bytes()).await.expect("a client");
            sleep(Duration::from_secs(10)).await;
            return;
        }
        "drips" => {
            let event = format!("data: {}\n\n", piece("drop")).into_bytes();
            for byte in sse(&[]).bytes().chain(event.into_iter().cycle()) {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(1)).await;
            }
            return;
        }
        other => panic!("{other}"),
    };
    let _ = stream.write_all(said.as_bytes()).await; // the client may have gone
}

/// Plain completions and embeddings.
fn in_one_piece(body: &Value) -> String {
    let usage = json!({ "prompt_tokens": 100, "completion_tokens": 10 });
    let reply = match &body["input"] {
        Value::Null => json!({ "object": "text_completion", "model": body["model"], "usage": usage,
            "choices": [{ "index": 0, "text": " from afar", "finish_reason": "stop" }] }),
        _ => json!({ "object": "list", "model": body["model"], "usage": { "prompt_tokens": 100 },
            "data": [{ "index": 1, "embedding": [0.5, 1] }, { "index": 0, "embedding": [-0.25, 0] }] }),
    };
    let reply = reply.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    format!("{head}content-length: {}\r\n\r\n{reply}", reply.len())
}

const MODELS: [&str; 12] =
    ["fine", "twice", "broken", "limit", "refuses", "garbage", "cut", "hangs", "stalls", "closed", "nowhere", "drips"];

struct World {
    server: Server,
    far: Far,
    ledger: Ledger,
    _folder: TempDir,
}

impl World {
    /// With the routes of `make`, and every model elsewhere by its name.
    async fn with(make: impl FnOnce(&dyn Fn(&str) -> Target) -> Vec<Route>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::file(&folder.path().join("ledger.db"), Arc::new(|| NEW_YEAR));
        let ledger = Ledger::open(options).await.expect("a ledger");
        let far = Far::start().await;
        let direct = MODELS.map(|model| (format!("far/{model}"), far.model(model))).to_vec();
        let routes = Routes::new(make(&|model| far.model(model)), direct).expect("good routes");
        let prices = Book::default().with(PRICES).expect("prices");
        let accounts = Some(Arc::new(Accounts::new(ledger.clone(), prices, None, Keep::Nothing)));
        let server = Server::with(Config { routes, accounts, ..Config::default() }).await;
        Self { server, far, ledger, _folder: folder }
    }

    async fn ask(&self, model: &str, id: &str, text: &str, more: Value) -> Response {
        let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": text }], "max_tokens": 20 });
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let request = self.server.request(Method::POST, "/v1/chat/completions").header("x-request-id", id);
        request.body(body.to_string()).send().await.expect("an answer")
    }

    async fn trace(&self, id: &str) -> Trace {
        self.ledger.trace(id).await.expect("a database").unwrap_or_else(|| panic!("{id} is in the ledger"))
    }
}

fn route(name: &str, small: Vec<Target>, large: Vec<Target>) -> Route {
    let tier = |name: &str, targets| Tier { name: name.to_owned(), targets };
    Route {
        name: name.to_owned(),
        tiers: vec![tier("small", small), tier("large", large)],
        always_local: vec!["private".to_owned()],
        never_local: vec!["hard".to_owned()],
        min_confidence: None,
        promise: None,
        tools: false,
    }
}

fn here() -> Vec<Target> {
    vec![Target::Local("script".to_owned())]
}

/// What of an upstream's fault the client sees, and what the ledger says of it.
#[tokio::test]
async fn faults_are_told_and_written_down() {
    let world = World::with(|_| Vec::new()).await;
    for (model, status, error, outcome, says) in [
        ("fine", 200, None, "answered", ""),
        ("twice", 200, None, "answered", ""),
        ("broken", 502, Some("upstream_error"), "upstream_error", "failed with status 500"),
        ("limit", 429, Some("busy"), "busy", "too many requests"),
        ("refuses", 400, Some("unsupported"), "unsupported", "refuses the request"),
        ("garbage", 502, Some("upstream_error"), "upstream_error", "an event in JSON expected"),
        ("hangs", 504, Some("timeout"), "timeout", "no answer within 0.3 s"),
        // these began to answer
        ("cut", 502, Some("upstream_error"), "answered", "was cut before its end"),
        ("stalls", 504, Some("timeout"), "answered", "stood still for 0.3 s"),
        ("drips", 504, Some("timeout"), "answered", "not complete within 2 s"),
        // these were never reached
        ("closed", 502, Some("upstream_error"), "upstream_error", "check that it runs"),
        ("nowhere", 502, Some("upstream_error"), "upstream_error", "check the host in its url"),
    ] {
        let response = world.ask(&format!("far/{model}"), model, "hi", json!({})).await;
        assert_eq!(response.status().as_u16(), status, "{model}");
        let said = json(response).await;
        match error {
            None => assert_eq!(said["choices"][0]["message"]["content"], "from afar"),
            Some(_) => {
                let message = said["error"]["message"].as_str().expect("a message");
                assert!(message.starts_with("upstream `far`") && message.contains(says), "{model}: {message}");
            }
        }
        let trace = world.trace(model).await;
        assert_eq!((trace.status, trace.error.as_deref()), (i64::from(status), error), "{model}");
        let outcomes: Vec<_> = trace.attempts.iter().map(|a| a.outcome.as_str()).collect();
        assert_eq!(outcomes, [outcome], "{model}");
    }
    // 40 fresh tokens at 2, 60 cached at 1, and 10 at 8
    let trace = world.trace("fine").await;
    assert_eq!((trace.tokens.input, trace.tokens.cached_input, trace.tokens.output), (100, 60, 10));
    assert_eq!((trace.cost, trace.provider.as_deref(), trace.tier.as_deref()), (220, Some("far"), Some("large")));
}

#[tokio::test]
async fn once_a_piece_went_out_the_answer_never_changes_hands() {
    let world = World::with(|far| vec![route("r", vec![], vec![far("cut"), far("fine")])]).await;
    let response = world.ask("r", "cut", "hi", json!({ "stream": true })).await;
    let events = events(response).await;
    assert!(events.iter().any(|event| event.contains("\"from\"")), "{events:?}");
    assert!(events.last().is_some_and(|event| event.contains("\"error\"")), "{events:?}");
    assert!(!events.iter().any(|event| event.contains("afar") || event == "[DONE]"), "{events:?}");
    assert_eq!(world.far.n_asked(), 1);
    let trace = world.trace("cut").await;
    assert_eq!(
        (trace.status, trace.error.as_deref(), trace.model.as_deref()),
        (502, Some("upstream_error"), Some("cut"))
    );
}

#[tokio::test]
async fn the_next_is_asked_when_one_cannot_answer() {
    let world = World::with(|far| {
        vec![
            route("ladder", here(), vec![far("broken"), far("limit"), far("fine")]),
            route("refused", vec![], vec![far("refuses"), far("fine")]),
        ]
    })
    .await;
    let small = world.ask("ladder", "small", "hi", json!({})).await;
    assert_eq!(small.headers()["x-kinglet-tier"], "small");
    let trace = world.trace("small").await;
    assert_eq!((trace.route.as_deref(), trace.model.as_deref()), (Some("ladder"), Some("script")));
    assert_eq!(
        trace.reference_cost,
        Some(trace.tokens.input * 3 + trace.tokens.output * 9),
        "the first of the large ones"
    );
    let long = "x".repeat(500);
    for (id, text, more, why) in [
        ("long", long.as_str(), json!({}), "context_length"),
        ("broken", "BREAK", json!({}), "internal_error"),
        (
            "schema",
            "hi",
            json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": { "$dynamicRef": "#x" } } } }),
            "unsupported",
        ),
    ] {
        let response = world.ask("ladder", id, text, more).await;
        assert_eq!(response.status(), 200, "{id}");
        let head = response.headers();
        assert_eq!(
            (&head["x-kinglet-tier"], &head["x-kinglet-model"]),
            (&"large".parse().expect("a value"), &"far/fine".parse().expect("a value"))
        );
        let trace = world.trace(id).await;
        let outcomes: Vec<_> = trace.attempts.iter().map(|a| a.outcome.as_str()).collect();
        assert_eq!(outcomes, [why, "upstream_error", "busy", "answered"], "{id}");
    }
    world.server.model.fill(true);
    assert_eq!(world.ask("ladder", "full", "hi", json!({})).await.status(), 200);
    assert_eq!(world.trace("full").await.attempts[0].outcome, "busy");
    world.server.model.fill(false);
    // what is wrong with the request itself, nobody is bothered with further
    assert_eq!(world.ask("ladder", "hot", "hi", json!({ "temperature": 9 })).await.status(), 400);
    assert_eq!(world.trace("hot").await.attempts.len(), 1);
    assert_eq!(world.ask("refused", "no", "hi", json!({})).await.status(), 400);
    assert_eq!(world.trace("no").await.attempts.len(), 1);
}

#[tokio::test]
async fn tags_choose_routes_and_keep_to_their_rules() {
    let world =
        World::with(|far| vec![route("default", here(), vec![far("fine")]), route("mail", vec![], vec![far("fine")])])
            .await;
    let tagged = async |model: &str, tag: &str, text: &str| {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": text }], "max_tokens": 20 });
        let request = world.server.request(Method::POST, "/v1/chat/completions").header("x-kinglet-tag", tag);
        request.body(body.to_string()).send().await.expect("an answer")
    };
    for (model, tag, text, route, tier) in [
        ("auto", "none", "hi", "default", "small"),
        ("auto", "mail", "hi", "mail", "large"),
        ("auto", "hard", "hi", "default", "large"),
        ("default", "private", "hi", "default", "small"),
        ("mail", "mail", "hi", "mail", "large"),
    ] {
        let response = tagged(model, tag, text).await;
        let head = response.headers();
        let found = [&head["x-kinglet-route"], &head["x-kinglet-tier"]].map(|v| v.to_str().expect("a text"));
        assert_eq!(found, [route, tier], "{model} {tag}");
    }
    assert_eq!(tagged("default", "private", "BREAK").await.status(), 500, "what is private stays here");
    assert_eq!(tagged("mail", "private", "hi").await.status(), 400, "and there is nobody here for it");
    let names = json(world.server.get("/v1/models").await).await;
    let names: Vec<_> = names["data"].as_array().expect("a list").iter().map(|model| &model["id"]).collect();
    for name in ["script", "auto", "default", "mail", "far/fine"] {
        assert!(names.iter().any(|n| *n == name), "{name} in {names:?}");
    }
}

#[tokio::test]
async fn plain_completions_and_embeddings_are_answered_elsewhere_too() {
    let world = World::with(|_| Vec::new()).await;
    let post = async |path: &str, id: &str, body: Value| {
        let request = world.server.request(Method::POST, path).header("x-request-id", id);
        let response = request.body(body.to_string()).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{id}");
        response
    };
    let whole = post("/v1/completions", "whole", json!({ "model": "far/fine", "prompt": "hi" })).await;
    assert_eq!(whole.headers()["x-kinglet-model"], "far/fine");
    let whole = json(whole).await;
    assert_eq!((&whole["choices"][0]["text"], &whole["model"]), (&json!(" from afar"), &json!("far/fine")));
    let body = json!({ "model": "far/fine", "prompt": "hi", "stream": true });
    let streamed = events(post("/v1/completions", "streamed", body).await).await;
    assert!(streamed[0].contains(" from afar") && streamed[1] == "[DONE]", "{streamed:?}");
    for id in ["whole", "streamed"] {
        let trace = world.trace(id).await;
        assert_eq!((trace.tokens.input, trace.tokens.output, trace.cost), (100, 10, 280), "{id}");
    }
    let body = json!({ "model": "far/fine", "input": ["a", "b"] });
    let vectors = json(post("/v1/embeddings", "vectors", body).await).await;
    let found = [0, 1].map(|i| vectors["data"][i]["embedding"].clone());
    assert_eq!(found, [json!([-0.25, 0.0]), json!([0.5, 1.0])]);
    assert_eq!((world.trace("vectors").await.cost, &vectors["usage"]["prompt_tokens"]), (200, &json!(100)));
}

#[tokio::test]
async fn an_unsure_answer_goes_on_where_a_threshold_says_so() {
    // each token of the script has a log-probability of -0.5, which is 0.607
    for (least, tier) in [(0.6, "small"), (0.61, "large")] {
        let world =
            World::with(|far| vec![Route { min_confidence: Some(least), ..route("r", here(), vec![far("fine")]) }])
                .await;
        let response = world.ask("r", "sure", "hi", json!({ "stream": true })).await;
        assert_eq!(response.headers()["x-kinglet-tier"], tier);
        let events = events(response).await;
        assert!(!events.iter().any(|event| event.contains("\"logprob\"")), "nobody asked for them");
        let trace = world.trace("sure").await;
        match tier {
            "small" => assert!(trace.confidence.is_some_and(|c| (c - 0.6065).abs() < 1e-3), "{:?}", trace.confidence),
            _ => assert_eq!(trace.attempts[0].outcome, "low_confidence"),
        }
    }
}
