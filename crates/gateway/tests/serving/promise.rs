//! Routes with a promise: nothing is answered here until it is proven, and nothing once it is no longer true.
use crate::support::{Server, json, until};
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::post};
use gateway::{Accounts, Api, Comparing, Config, Promise, Route, Routes, Settings, Target, Tier, Upstream};
use ledger::{Book, By, Keep, Ledger, Options, Span, Trace};
use reqwest::Method;
use router::certify::Kind;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

pub(crate) const ADMIN: &str = "admin";
const PRICES: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n\
                      far,large,2020-01-01,,2,1,8,USD,test\n";

/// The large model: it says `from afar`, and `no idea` to what is hard, or to all.
#[derive(Default)]
pub(crate) struct Far {
    /// All has become hard.
    pub(crate) drifted: AtomicBool,
    pub(crate) n_asked: AtomicUsize,
    /// It fails.
    pub(crate) is_down: AtomicBool,
}

impl Far {
    pub(crate) async fn serve(self: &Arc<Self>) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new().route("/v1/chat/completions", post(reply)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }
}

/// A large model at `address`.
pub(crate) fn upstream(address: SocketAddr) -> Arc<Upstream> {
    let settings = Settings {
        tries: 1,
        breaker_failures: 1000,
        ..Settings::new("far", Api::OpenAi, format!("http://{address}/v1"))
    };
    Arc::new(Upstream::new(settings).expect("good settings"))
}

async fn reply(State(far): State<Arc<Far>>, Json(body): Json<Value>) -> axum::response::Response {
    far.n_asked.fetch_add(1, Ordering::SeqCst);
    if far.is_down.load(Ordering::SeqCst) {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let is_hard = far.drifted.load(Ordering::SeqCst) || body.to_string().contains("hard");
    let text = if is_hard { "no idea" } else { "from afar" };
    let chunks = [
        json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }),
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }),
        json!({ "choices": [], "usage": { "prompt_tokens": 20, "completion_tokens": 10 } }),
    ];
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    ([(header::CONTENT_TYPE, "text/event-stream")], events + "data: [DONE]\n\n").into_response()
}

/// That the answer has an r in it, as the small model's `Grüße!` has, and `from afar`, but not `no idea`.
pub(crate) fn promise(most: f64) -> Promise {
    Promise {
        kind: Kind::Harm,
        most,
        confidence: 0.95,
        judge: "regex:r".parse().expect("a judge"),
        judge_model: None,
        judge_error: 0.0,
        audit_rate: 1.0,
        audit_budget: None,
    }
}

pub(crate) fn route(upstream: Arc<Upstream>, promise: Promise) -> Route {
    let tier = |name: &str, target| Tier { name: name.to_owned(), targets: vec![target] };
    Route {
        name: "task".to_owned(),
        tiers: vec![
            tier("small", Target::Local("script".to_owned())),
            tier("large", Target::Upstream { upstream, model: "large".to_owned() }),
        ],
        always_local: vec!["draft".to_owned()],
        never_local: Vec::new(),
        min_confidence: None,
        promise: Some(promise),
        tools: false,
    }
}

/// What is asked as number `i`: one in four is hard.
pub(crate) fn question(i: usize) -> String {
    let kind = if i.is_multiple_of(4) { "hard" } else { "easy" };
    format!("an {kind} one, number {i}")
}

/// A gateway that keeps a promise.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) ledger: Ledger,
    pub(crate) far: Arc<Far>,
    /// How many questions were asked.
    pub(crate) n: AtomicUsize,
}

/// The time as it is.
pub(crate) fn clock() -> ledger::Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_micros() as i64)
}

/// A gateway with its books in `ledger`, and its large model at `upstream`.
pub(crate) fn config(ledger: &Ledger, upstream: Arc<Upstream>, promise: Promise, keep: Keep) -> Config {
    let routes = Routes::new(vec![route(upstream, promise)], Vec::new()).expect("good routes");
    let prices = Book::default().with(PRICES).expect("prices");
    let accounts = Some(Arc::new(Accounts::new(ledger.clone(), prices, None, keep)));
    // tests are in a hurry
    let [lease, retry, later] = [1000, 1, 10].map(Duration::from_millis);
    let comparing = Comparing { lease, retry, later };
    let admin_keys = vec![ADMIN.to_owned()];
    Config { routes, accounts, admin_keys, answer_cache: 1 << 20, comparing, ..Config::default() }
}

impl World {
    async fn with(folder: &Path, promise: Promise) -> Self {
        Self::keeping(folder, promise, Keep::Nothing).await
    }

    pub(crate) async fn keeping(folder: &Path, promise: Promise, keep: Keep) -> Self {
        Self::on(Options::file(&folder.join("ledger.db"), clock()), Arc::default(), promise, keep).await
    }

    pub(crate) async fn on(options: Options, far: Arc<Far>, promise: Promise, keep: Keep) -> Self {
        Self::set(options, far, |ledger, upstream| config(ledger, upstream, promise, keep)).await
    }

    pub(crate) async fn set(
        options: Options,
        far: Arc<Far>,
        config: impl FnOnce(&Ledger, Arc<Upstream>) -> Config,
    ) -> Self {
        let ledger = Ledger::open(options).await.expect("a ledger");
        let upstream = upstream(far.serve().await);
        let server = Server::with(config(&ledger, upstream)).await;
        let world = Self { server, ledger, far, n: AtomicUsize::new(0) };
        world.wait(|standing| standing["phase"] != "starting").await;
        world
    }

    pub(crate) async fn ask(&self, text: &str, more: Value) -> (String, String, Value) {
        let mut body = json!({ "model": "task", "messages": [{ "role": "user", "content": text }], "max_tokens": 20 });
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let request = self.server.request(Method::POST, "/v1/chat/completions");
        let response = request.body(body.to_string()).send().await.expect("an answer");
        let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().expect("a text")).to_owned();
        let (tier, why) = (header("x-kinglet-tier"), header("x-kinglet-why"));
        (tier, why, json(response).await)
    }

    /// Asks the next `n` questions; the tiers that answered easy and hard ones.
    pub(crate) async fn go(&self, n: usize) -> Vec<(bool, String)> {
        let mut tiers = Vec::new();
        for _ in 0..n {
            let i = self.n.fetch_add(1, Ordering::SeqCst);
            let (tier, ..) = self.ask(&question(i), json!({})).await;
            tiers.push((i.is_multiple_of(4), tier));
        }
        tiers
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        json(self.server.request(Method::GET, path).bearer_auth(ADMIN).send().await.expect("an answer")).await
    }

    pub(crate) async fn standing(&self) -> Value {
        self.get("/admin/v1/routes").await["routes"][0].clone()
    }

    pub(crate) async fn wait(&self, good: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..4000 {
            let standing = self.standing().await;
            if good(&standing) {
                return standing;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{}", self.standing().await);
    }

    /// Asks until `good`, with all comparisons made between.
    pub(crate) async fn go_until(&self, good: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..80 {
            self.go(25).await;
            let asked = self.n.load(Ordering::SeqCst) as u64;
            let standing = self.wait(|standing| standing["number"] == standing["begun"]).await;
            if good(&standing) {
                return standing;
            }
            assert!(asked < 3000, "{standing}");
        }
        panic!("{}", self.standing().await);
    }

    pub(crate) async fn trace(&self, id: &str) -> Trace {
        self.ledger.trace(id).await.expect("a database").unwrap_or_else(|| panic!("{id} is in the ledger"))
    }
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_proven_is_answered_here_and_an_alarm_takes_it_back() {
    let folder = folder();
    let world = World::with(folder.path(), promise(0.05)).await;
    let (tier, why, reply) = world.ask(&question(1), json!({})).await;
    assert_eq!((tier.as_str(), reply["choices"][0]["message"]["content"].as_str()), ("large", Some("from afar")));
    assert!(why.contains("not_certified"), "{why}");
    let certified = world.go_until(|standing| standing["phase"] == "certified").await;
    assert!(certified["number"].as_u64() > Some(90), "not before there is proof: {certified}");
    // until more is proven than the first bar
    world.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    let tiers = world.go(100).await;
    let n_local = |hard: bool| tiers.iter().filter(|(is_hard, tier)| *is_hard == hard && tier == "small").count();
    assert!(n_local(false) > 30, "easy ones are answered here: {}", n_local(false));
    assert!(n_local(true) <= 5, "hard ones are not: {}", n_local(true));
    let statement = world.get("/admin/v1/routes/task/statement").await;
    let text = statement["text"].as_str().expect("a text");
    for part in ["policy v", "with 95.0 % confidence at most 5.0 % of requests", "far/large", "Judge: regex:r", "none"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(statement["hash"].as_str().map(str::len), Some(64));

    let settled = world.wait(|standing| standing["number"] == standing["begun"]).await;
    let before = settled["life"]["audits"].as_u64().expect("a number");
    world.far.drifted.store(true, Ordering::SeqCst);
    let alarmed = world.go_until(|standing| standing["phase"] == "shadowing").await;
    assert_eq!(alarmed["life"]["alarms"].as_array().map(Vec::len), Some(1));
    let took = alarmed["life"]["audits"].as_u64().expect("a number") - before;
    assert!(took < 100, "an alarm after {took} audits");
    assert!(world.go(20).await.iter().all(|(_, tier)| tier == "large"));
    let statement = world.get("/admin/v1/routes/task/statement").await;
    assert!(statement["text"].as_str().expect("a text").contains("nothing is certified"), "{statement}");
    assert!(statement["alarm"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_certified_survives_and_is_about_plain_chats_alone() {
    let folder = folder();
    let world = World::with(folder.path(), promise(0.05)).await;
    let first = world.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    world.ledger.close().await;
    drop(world);

    let world = World::with(folder.path(), Promise { audit_rate: 0.0, ..promise(0.05) }).await;
    let again = world.wait(|standing| standing["number"] == first["number"]).await;
    assert_eq!((&again["hash"], &again["life"]), (&first["hash"], &first["life"]), "the same after a restart");
    let mut local = 0;
    for i in (1..120).step_by(2) {
        let (tier, why, _) = world.ask(&question(i), json!({})).await;
        local += usize::from(tier == "small");
        assert!(!why.is_empty());
    }
    assert!(local > 20, "{local} of 60");
    for more in [json!({ "n": 2 }), json!({ "n": 2, "stream": true })] {
        let mut body = json!({ "model": "task", "messages": [{ "role": "user", "content": question(1) }] });
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let request = world.server.request(Method::POST, "/v1/chat/completions").body(body.to_string());
        assert_eq!(request.send().await.expect("an answer").headers()["x-kinglet-tier"], "large", "{body}");
    }
    let request = world.server.request(Method::POST, "/v1/chat/completions").header("x-kinglet-tag", "draft");
    let body = json!({ "model": "task", "messages": [{ "role": "user", "content": question(0) }] });
    let response = request.body(body.to_string()).send().await.expect("an answer");
    assert_eq!(response.headers()["x-kinglet-tier"], "small", "the operator has decided");
    let standing = world.standing().await;
    assert_eq!(standing["number"], first["number"], "nothing is audited at a rate of 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_a_request_ends_it_is_audited() {
    let folder = folder();
    let world = World::with(folder.path(), promise(0.05)).await;
    let cached = json!({ "temperature": 0 });
    for expected in ["large", "cache"] {
        assert_eq!(world.ask(&question(1), cached.clone()).await.0, expected);
    }
    world.far.is_down.store(true, Ordering::SeqCst);
    let (tier, _, reply) = world.ask(&question(2), json!({})).await;
    assert!(tier.is_empty() && reply["error"].is_object(), "{reply}");
    let standing = world.standing().await;
    assert_eq!(standing["begun"], 3, "{standing}");
    world.wait(|standing| standing["number"] == 2).await;
    world.far.is_down.store(false, Ordering::SeqCst);
    world.wait(|standing| standing["number"] == 3).await;
    let series = world.ledger.last_setting("task").await.expect("a database").expect("a series");
    let judged = world.ledger.judged("task", &series, 0, 10).await.expect("judged");
    assert!(judged.iter().all(|audit| audit.note.is_none() && audit.judge == "regex:r"), "{judged:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tag_had_answered_here_is_not_given_to_those_without_it() {
    let folder = folder();
    let world = World::with(folder.path(), promise(0.05)).await;
    let body = json!({ "model": "task", "temperature": 0, "messages": [{ "role": "user", "content": "draft?" }] });
    let ask = async |tag: &str| {
        let request = world.server.request(Method::POST, "/v1/chat/completions").header("x-kinglet-tag", tag);
        let response = request.body(body.to_string()).send().await.expect("an answer");
        response.headers()["x-kinglet-tier"].to_str().expect("a text").to_owned()
    };
    assert_eq!([ask("draft").await, ask("other").await, ask("other").await], ["small", "large", "cache"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comparisons_cost_what_they_cost_and_stay_in_their_budget() {
    let folder = folder();
    // a comparison costs 120 micro-USD, and is expected to cost up to 210: a few of a day
    let world = World::with(folder.path(), Promise { audit_budget: Some(700), ..promise(0.05) }).await;
    world.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    let asked = world.far.n_asked.load(Ordering::SeqCst);
    let tiers = world.go(60).await;
    let n_large = tiers.iter().filter(|(_, tier)| tier == "large").count();
    let standing = world.wait(|standing| standing["audit_rate"] == 0.0).await;
    assert!(standing["open"].as_i64() > Some(0), "what cannot be paid today waits: {standing}");
    assert!(standing["why"].as_str().expect("a text").contains("budget"), "{standing}");
    assert!(standing["spent_today"].as_i64() <= Some(700), "{standing}");
    // once those that were at it when the money ended are through, the books and the budget say the same
    let mut same = None;
    for _ in 0..2000 {
        let tiers = world.ledger.report(Span::all(), By::Tier).await.expect("a report");
        let cost = tiers.iter().find(|line| line.group == "audit").map(|line| line.cost);
        let spent = world.standing().await["spent_today"].as_i64();
        same = cost.filter(|cost| Some(*cost) == spent);
        if same.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(same.is_some_and(|cost| (1..=700).contains(&cost)), "{same:?}");
    let extra = world.far.n_asked.load(Ordering::SeqCst) - asked - n_large;
    assert!((1..=5).contains(&extra), "{extra} calls for comparisons");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_says_why_and_how_sure() {
    let folder = folder();
    let world = World::with(folder.path(), promise(0.05)).await;
    world.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    let ask = async |id: &str, text: String, stream: bool| {
        let body = json!({ "model": "task", "stream": stream, "messages": [{ "role": "user", "content": text }] });
        let request = world.server.request(Method::POST, "/v1/chat/completions").header("x-request-id", id);
        request.body(body.to_string()).send().await.expect("an answer").text().await.expect("a text")
    };
    let mut found = false;
    for i in 0..40 {
        let id = format!("t{i}");
        let text = ask(&id, question(i), i % 2 == 0).await;
        let trace = world.trace(&id).await;
        let outcomes: Vec<_> = trace.attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
        match trace.tier.as_deref() {
            Some("small") => {
                assert!(trace.confidence.is_some_and(|score| (0.0..=1.0).contains(&score)) && outcomes == ["answered"]);
                assert!(
                    !text.contains("logprob") || text.contains("\"logprobs\":null"),
                    "nobody asked for them: {text}"
                );
                found = true;
            }
            _ => assert!(
                matches!(outcomes[..], ["below_bar" | "pre_gate" | "stopped_early", "answered"]),
                "{outcomes:?}"
            ),
        }
    }
    assert!(found);
    until("all is compared", || true).await;
}
