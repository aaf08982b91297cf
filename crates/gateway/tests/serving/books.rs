//! Keys, budgets, and what the ledger holds of requests.
use crate::support::{LONG, Server, json, until};
use futures_util::future::join_all;
use gateway::{Accounts, Config};
use ledger::{Book, Hardware, Keep, Ledger, Limits, NewKey, Options, Trace};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

/// A token in costs 1 micro-USD, and a token out 10.
pub(crate) fn hardware() -> Hardware {
    let dollar = 1_000_000;
    Hardware { usd_hour: 3600 * dollar, input_speed: 1_000_000_000, output_speed: 100_000_000, ..Hardware::default() }
}

/// A server that keeps books.
struct Books {
    server: Server,
    ledger: Ledger,
    _folder: TempDir,
}

impl Books {
    async fn with(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_micros() as i64);
        let ledger = Ledger::open(Options::file(&folder.path().join("ledger.db"), clock)).await.expect("a ledger");
        let accounts = Accounts::new(ledger.clone(), Book::default(), Some(hardware()), Keep::Full { days: 1 });
        let server = Server::with(Config { accounts: Some(Arc::new(accounts)), ..config }).await;
        Self { server, ledger, _folder: folder }
    }

    async fn key(&self, limits: Limits) -> String {
        let new = NewKey { owner: "ann".to_owned(), limits, ..NewKey::default() };
        self.ledger.create_key(new, "test").await.expect("a key").1
    }

    async fn ask(&self, key: &str, id: &str, body: &Value) -> Response {
        let request = self.server.request(Method::POST, "/v1/chat/completions").header("x-request-id", id);
        let request = if key.is_empty() { request } else { request.bearer_auth(key) };
        request.body(body.to_string()).send().await.expect("an answer")
    }

    async fn trace(&self, id: &str) -> Trace {
        self.ledger.trace(id).await.expect("a database").unwrap_or_else(|| panic!("{id} is in the ledger"))
    }
}

fn question(text: &str) -> Value {
    json!({ "model": "script", "messages": [{ "role": "user", "content": text }], "max_tokens": 10 })
}

#[tokio::test]
async fn an_answer_is_in_the_ledger_when_it_has_ended() {
    let books = Books::with(Config::default()).await;
    let key = books.key(Limits::default()).await;
    let mut body = question("hi");
    for (id, stream) in [("whole", false), ("streamed", true)] {
        body["stream"] = stream.into();
        let response = books.ask(&key, id, &body).await;
        assert_eq!(response.headers()["x-kinglet-tier"], "small");
        assert_eq!(response.headers()["x-kinglet-model"], "script");
        response.text().await.expect("a text");
        let trace = books.trace(id).await;
        let n_prompt = "user: \"hi\"\n".len() as i64;
        assert_eq!((trace.tokens.input, trace.tokens.output, trace.status), (n_prompt, 6, 200));
        assert_eq!(trace.cost, n_prompt + 60);
        assert_eq!((trace.owner.as_deref(), trace.tier.as_deref()), (Some("ann"), Some("small")));
        assert_eq!((trace.finish.as_deref(), trace.error), (Some("stop"), None));
        assert_eq!(trace.bodies.answer.as_deref(), Some("Grüße!"));
        assert!(trace.first_token_us.is_some_and(|first| first <= trace.total_us));
        assert_eq!(trace.attempts.len(), 1);
    }
}

#[tokio::test]
async fn how_long_a_request_waited_for_the_engine_is_in_the_ledger() {
    let books = Books::with(Config { answer_cache: 1 << 20, ..Config::default() }).await;
    let chat = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "n": 3 });
    let streamed = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "stream": true });
    let cold = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "temperature": 0 });
    let text = json!({ "model": "script", "prompt": ["a", "b"] });
    let vectors = json!({ "model": "script", "input": ["a", "b"] });
    // its choices wait side by side: the longest counts
    for (path, id, body, waits, found) in [
        ("/v1/chat/completions", "three", &chat, &[200, 3000, 10][..], 3000),
        ("/v1/chat/completions", "streamed", &streamed, &[70], 70),
        ("/v1/chat/completions", "at-once", &streamed, &[], 0),
        ("/v1/chat/completions", "cold", &cold, &[40], 40),
        ("/v1/chat/completions", "again", &cold, &[], 0),
        ("/v1/completions", "text", &text, &[50, 60], 60),
        ("/v1/embeddings", "vectors", &vectors, &[80, 30], 80),
    ] {
        books.server.model.wait(waits);
        let request = books.server.request(Method::POST, path).header("x-request-id", id).body(body.to_string());
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{id}");
        response.text().await.expect("a text");
        assert_eq!(books.trace(id).await.queue_us, found, "{id}");
    }
    assert_eq!(books.trace("again").await.tier.as_deref(), Some("cache"));
}

#[tokio::test]
async fn failures_and_those_who_go_away_are_in_the_ledger() {
    let books = Books::with(Config::default()).await;
    for (id, body, status, error) in [
        ("broken", question("BREAK"), 500, "internal_error"),
        ("cracked", question("CRACK"), 500, "internal_error"),
        ("unknown", json!({ "model": "nobody", "messages": [] }), 404, "refused"),
        ("no messages", json!({ "model": "script", "messages": [] }), 400, "unsupported"),
        ("no json", json!([]), 400, "refused"),
    ] {
        let id = id.replace(' ', "-");
        let response = books.ask("", &id, &body).await;
        assert_eq!(response.status().as_u16(), status, "{id}");
        let trace = books.trace(&id).await;
        assert_eq!((trace.status, trace.error.as_deref()), (i64::from(status), Some(error)), "{id}");
    }
    let mut held = question("HOLD");
    held["stream"] = true.into();
    let asking = books.ask("", "gone", &held);
    let response = tokio::time::timeout(LONG, async {
        let say = async {
            until("it is asked", || books.server.model.n_held() == 1).await;
            books.server.model.say("half");
        };
        tokio::join!(asking, say).0
    });
    drop(response.await.expect("in time"));
    until("the model is told", || books.server.model.n_held() == 0).await;
    let mut trace = None;
    for _ in 0..1000 {
        trace = books.ledger.trace("gone").await.expect("a database");
        if trace.is_some() {
            break;
        }
        // who went away is seen when more is to be sent
        books.server.model.say("more");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let trace = trace.expect("in the ledger");
    assert_eq!((trace.status, trace.error.as_deref()), (499, Some("client_gone")));
}

#[tokio::test]
async fn of_fifty_at_once_ten_pass_a_budget_for_ten() {
    let books = Books::with(Config::default()).await;
    let key = books.key(Limits { requests_minute: Some(10), ..Limits::default() }).await;
    let body = question("hi");
    let answers = join_all((0..50).map(|i| {
        let (books, key, body) = (&books, &key, &body);
        async move { books.ask(key, &format!("r{i}"), body).await }
    }));
    let statuses: Vec<_> = answers.await.iter().map(|response| response.status().as_u16()).collect();
    let count = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(200), count(429)), (10, 40), "{statuses:?}");
    let refused = books.ask(&key, "late", &body).await;
    assert!(refused.headers()["retry-after"].to_str().is_ok_and(|s| (1..=61).contains(&s.parse().unwrap_or(0))));
    let error = json(refused).await;
    assert_eq!(error["error"]["code"], "rate_limit_exceeded");
    let trace = books.trace("late").await;
    assert_eq!((trace.status, trace.error.as_deref(), trace.cost), (429, Some("limit"), 0));
}

#[tokio::test]
async fn a_budget_in_money_is_reserved_before_and_settled_after() {
    let books = Books::with(Config::default()).await;
    // each reserves its prompt and 10 tokens out, and uses less
    let key = books.key(Limits { cost_day: Some(200), ..Limits::default() }).await;
    let body = question("hi");
    let mut paid = 0;
    loop {
        let response = books.ask(&key, "r", &body).await;
        if response.status() == 429 {
            assert_eq!(json(response).await["error"]["code"], "insufficient_quota");
            break;
        }
        response.text().await.expect("a text");
        paid += books.trace("r").await.cost;
    }
    assert!((1..=200).contains(&paid), "{paid} micro-USD of 200");
}

#[tokio::test]
async fn once_there_is_a_key_nobody_asks_without() {
    let books = Books::with(Config { admin_keys: vec!["boss".to_owned()], ..Config::default() }).await;
    let admin = |method, path: &str| books.server.request(method, path).bearer_auth("boss");
    assert_eq!(books.ask("", "open", &question("hi")).await.status(), 200, "no key yet");
    assert_eq!(books.server.get("/admin/v1/keys").await.status(), 401);
    let wanted = json!({ "owner": "bob", "limits": { "requests_minute": 5 }, "routes": ["script"] });
    let made = admin(Method::POST, "/admin/v1/keys").body(wanted.to_string()).send().await.expect("an answer");
    let made = json(made).await;
    let secret = made["secret"].as_str().expect("a secret");
    assert_eq!(books.ask("", "closed", &question("hi")).await.status(), 401);
    assert_eq!(books.ask("wrong", "closed", &question("hi")).await.status(), 401);
    assert_eq!(books.ask("boss", "closed", &question("hi")).await.status(), 401, "an admin key does not ask");
    assert_eq!(books.ask(secret, "known", &question("hi")).await.status(), 200);
    let listed = json(admin(Method::GET, "/admin/v1/keys").send().await.expect("an answer")).await;
    assert_eq!(listed["keys"][0]["owner"], "bob");
    assert!(!listed.to_string().contains(secret));

    let verdict = json!({ "id": "known", "thumbs": true, "corrected": "better" });
    let give = |key: &str| {
        books.server.request(Method::POST, "/v1/feedback").bearer_auth(key.to_owned()).body(verdict.to_string())
    };
    assert_eq!(give(secret).send().await.expect("an answer").status(), 200);
    let other = books.key(Limits::default()).await;
    assert_eq!(give(&other).send().await.expect("an answer").status(), 404, "somebody else's answer");
    let seen = json(admin(Method::GET, "/admin/v1/traces/known").send().await.expect("an answer")).await;
    assert_eq!((&seen["feedback"][0]["corrected"], &seen["trace"]["owner"]), (&json!("better"), &json!("bob")));
    let report = json(admin(Method::GET, "/admin/v1/report?by=owner").send().await.expect("an answer")).await;
    assert!(
        report["lines"].as_array().expect("lines").iter().any(|line| line["group"] == "bob" && line["requests"] == 1)
    );

    let wrong = admin(Method::GET, "/admin/v1/report?by=colour").send().await.expect("an answer");
    assert_eq!(wrong.status(), 400);
    let error = &json(wrong).await["error"];
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("total, route") && message.contains("`colour`") && error["param"] == "by", "{error}");

    let path = format!("/admin/v1/keys/{}", made["id"].as_str().expect("an id"));
    assert_eq!(admin(Method::DELETE, &path).send().await.expect("an answer").status(), 200);
    assert_eq!(books.ask(secret, "revoked", &question("hi")).await.status(), 401);
    let audit = json(admin(Method::GET, "/admin/v1/audit").send().await.expect("an answer")).await;
    let done: Vec<_> = audit["actions"].as_array().expect("a list").iter().map(|a| a["who"].clone()).collect();
    assert!(done.contains(&json!("admin API")), "{audit}");
}

#[tokio::test]
async fn a_key_for_one_route_does_not_open_another() {
    let books = Books::with(Config::default()).await;
    let new = NewKey { owner: "ann".to_owned(), routes: vec!["other".to_owned()], ..NewKey::default() };
    let (_, secret) = books.ledger.create_key(new, "test").await.expect("a key");
    let response = books.ask(&secret, "forbidden", &question("hi")).await;
    assert_eq!(response.status(), 403);
    assert_eq!(books.trace("forbidden").await.status, 403);
    assert!(books.server.model.asked().is_empty());
}

#[tokio::test]
async fn the_same_request_is_answered_from_the_cache() {
    let books = Books::with(Config { answer_cache: 1 << 20, ..Config::default() }).await;
    let mut body = question("hi");
    body["temperature"] = 0.into();
    let first = json(books.ask("", "first", &body).await).await;
    body["stream"] = true.into();
    let again = books.ask("", "again", &body).await;
    assert_eq!(again.headers()["x-kinglet-tier"], "cache");
    assert!(again.text().await.expect("a stream").contains("data: [DONE]"));
    assert_eq!(books.server.model.asked().len(), 1);
    let trace = books.trace("again").await;
    assert_eq!((trace.tier.as_deref(), trace.cost, trace.bodies.answer.as_deref()), (Some("cache"), 0, Some("Grüße!")));
    assert_eq!(trace.tokens.cached_input, first["usage"]["prompt_tokens"].as_i64().expect("a number"));
    body["temperature"] = 1.into();
    books.ask("", "warm", &body).await.text().await.expect("a stream");
    assert_eq!(books.server.model.asked().len(), 2, "at a temperature each answer is its own");
}
