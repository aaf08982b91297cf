//! Tools on a route: compared first, then asked before any model, and out of service once they are worse than it.
use crate::{
    promise::{ADMIN, clock, folder},
    script::near,
    support::{Server, json},
};
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::post};
use gateway::{
    Accounts, Api, Comparing, Config, Promise, Route, Routes, Settings, Target, Tier, ToolPolicy, Toolbox, Upstream,
    Who,
};
use ledger::{Book, By, Keep, Ledger, Options, Span, Trace};
use reqwest::Method;
use router::{certify::Kind, trial::Standing};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use toolsmith::{Example, Limits, Sandbox, Second, Tool, Worker};

const PRICES: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n\
                      far,large,2020-01-01,,2,1,8,USD,test\n\
                      far,vectors,2020-01-01,,100,100,0,USD,test\n";
pub(crate) const SORT: &str = r#"
import re

def extract(text):
    found = re.search(r"^Sort these words: (.+)$", text)
    if found is None:
        return None
    return {"words": found.group(1).split()}

def run(words):
    if "poison" in words:
        return 1 // 0
    while "tar" in words:
        pass
    return sorted(words)

def render(result, text):
    return " ".join(result)
"#;

/// The large model: it sorts, or once it has drifted, sorts the other way round.
#[derive(Default)]
pub(crate) struct Far {
    drifted: AtomicBool,
    n_asked: AtomicUsize,
    /// Texts whose vectors it was asked for.
    pub(crate) embedded: Mutex<Vec<String>>,
}

async fn reply(State(far): State<Arc<Far>>, Json(body): Json<Value>) -> axum::response::Response {
    far.n_asked.fetch_add(1, Ordering::SeqCst);
    let asked = body["messages"].as_array().and_then(|all| all.last()).and_then(|m| m["content"].as_str());
    let asked = asked.and_then(|text| text.lines().next());
    let mut words: Vec<_> = asked.unwrap_or_default().split_once(": ").map_or("", |p| p.1).split_whitespace().collect();
    words.sort_unstable();
    if far.drifted.load(Ordering::SeqCst) {
        words.reverse();
    }
    let chunks = [
        json!({ "choices": [{ "index": 0, "delta": { "content": words.join(" ") } }] }),
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }),
        json!({ "choices": [], "usage": { "prompt_tokens": 20, "completion_tokens": 10 } }),
    ];
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    ([(header::CONTENT_TYPE, "text/event-stream")], events + "data: [DONE]\n\n").into_response()
}

/// Texts with a colon in them are of one kind, all others of another.
async fn embed(State(far): State<Arc<Far>>, Json(body): Json<Value>) -> Json<Value> {
    let texts: Vec<&str> = body["input"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    far.embedded.lock().expect("no panic").extend(texts.iter().map(|text| (*text).to_owned()));
    let vector = |text: &str| near(if text.contains(':') { &[1.0, 0.0] } else { &[0.0, 1.0] }, text.as_bytes());
    let data = texts.iter().enumerate().map(|(i, text)| json!({ "index": i, "embedding": vector(text) }));
    let data: Vec<_> = data.collect();
    Json(json!({ "data": data, "usage": { "prompt_tokens": 50 } }))
}

pub(crate) fn tool(code: &str) -> Tool {
    let words = json!({ "type": "array", "items": { "type": "string" } });
    let example = |text: &str, answer: &str| Example { text: text.to_owned(), answer: answer.to_owned(), source: None };
    Tool {
        name: "sort_words".to_owned(),
        description: "Sorts words.".to_owned(),
        code: code.to_owned(),
        input: json!({ "type": "object", "properties": { "words": words }, "required": ["words"] }),
        output: words,
        context: context(),
        examples: vec![
            example("Sort these words: pear fig apple", "apple fig pear"),
            example("Sort these words: b a", "a b"),
            example("Sort these words: delta beta gamma alpha", "alpha beta delta gamma"),
        ],
        negatives: vec!["What is a pear?".to_owned(), "Sort these numbers: 3 1 2".to_owned()],
        ..Tool::default()
    }
}

/// Of requests with nothing but a user's message.
fn context() -> String {
    let request = serde_json::from_value(json!({ "model": "task", "messages": [{ "role": "user", "content": "x" }] }));
    toolsmith::dispatch::asked(&request.expect("a request")).expect("a text").0
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) ledger: Ledger,
    pub(crate) far: Arc<Far>,
    routes: Routes,
    n: AtomicUsize,
}

/// With a promise all is compared, without one what is not proven.
pub(crate) fn promise() -> Promise {
    Promise {
        kind: Kind::Harm,
        most: 0.1,
        confidence: 0.9,
        judge: "exact".parse().expect("a judge"),
        judge_model: None,
        judge_error: 0.0,
        audit_rate: 1.0,
        audit_budget: None,
    }
}

impl World {
    async fn with(folder: &Path, promise: Option<Promise>, approve: Who) -> Self {
        Self::policed(folder, promise, |_| ToolPolicy { approve, ..ToolPolicy::default() }).await
    }

    /// With a `policy` that may name models of the upstream.
    pub(crate) async fn policed(
        folder: &Path,
        promise: Option<Promise>,
        policy: impl FnOnce(&Arc<Upstream>) -> ToolPolicy,
    ) -> Self {
        let ledger = Ledger::open(Options::file(&folder.join("ledger.db"), clock())).await.expect("a ledger");
        let far = Arc::<Far>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new()
            .route("/v1/chat/completions", post(reply))
            .route("/v1/embeddings", post(embed))
            .with_state(far.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let settings = Settings::new("far", Api::OpenAi, format!("http://{address}/v1"));
        let upstream = Arc::new(Upstream::new(settings).expect("good settings"));
        let tool_policy = policy(&upstream);
        let tier = |name: &str, target| Tier { name: name.to_owned(), targets: vec![target] };
        let large = tier("large", Target::Upstream { upstream, model: "large".to_owned() });
        let small = promise.as_ref().map(|_| tier("small", Target::Local("script".to_owned())));
        let route = Route {
            name: "task".to_owned(),
            tiers: small.into_iter().chain([large]).collect(),
            always_local: vec!["draft".to_owned()],
            never_local: vec!["legal".to_owned()],
            min_confidence: None,
            promise,
            tools: true,
        };
        let worker = Worker { program: env!("CARGO_BIN_EXE_gateway-worker").into(), arguments: Vec::new() };
        let sandbox = Sandbox::open(worker, 2, Limits::default()).await.expect("a sandbox");
        let [lease, retry, later] = [1000, 1, 10].map(Duration::from_millis);
        let prices = Book::default().with(PRICES).expect("prices");
        let routes = Routes::new(vec![route], Vec::new()).expect("good routes");
        let config = Config {
            routes: routes.clone(),
            accounts: Some(Arc::new(Accounts::new(ledger.clone(), prices, None, Keep::Nothing))),
            admin_keys: vec![ADMIN.to_owned()],
            answer_cache: 1 << 20,
            comparing: Comparing { lease, retry, later },
            toolbox: Some(Toolbox::new(ledger.clone(), sandbox)),
            tool_policy,
            ..Config::default()
        };
        Self { server: Server::with(config).await, ledger, far, routes, n: AtomicUsize::new(0) }
    }

    pub(crate) async fn keep(&self, tool: &Tool) -> String {
        let record = serde_json::to_string(tool).expect("JSON");
        self.ledger.keep_tool("task", &tool.id(), &tool.name, &record, "a test").await.expect("a database");
        self.mark(&tool.id(), "shadow").await;
        tool.id()
    }

    async fn mark(&self, id: &str, status: &str) {
        let seen = self.ledger.find_tool(None, id).await.expect("a tool").now.number;
        let marked = self.ledger.mark_tool(["task", id], seen, status, Some("root"), "a test").await;
        assert!(marked.expect("a database"));
    }

    async fn status(&self, id: &str) -> String {
        self.ledger.find_tool(None, id).await.expect("a tool").now.status
    }

    /// Tier, answer and trace.
    pub(crate) async fn ask(&self, text: &str, more: Value) -> (String, String, Trace) {
        let mut body = json!({ "model": "task", "messages": [{ "role": "user", "content": text }] });
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let mut request = self.server.request(Method::POST, "/v1/chat/completions");
        if let Some(tag) = more["tag"].as_str() {
            body.as_object_mut().expect("fields").remove("tag");
            request = request.header("x-kinglet-tag", tag);
        }
        let response = request.body(body.to_string()).send().await.expect("an answer");
        let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().expect("a text")).to_owned();
        let (tier, id) = (header("x-kinglet-tier"), header("x-request-id"));
        let reply = json(response).await;
        let answer = reply["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned();
        (tier, answer, self.ledger.trace(&id).await.expect("a database").expect("in the ledger"))
    }

    /// Another request of the tool's kind.
    async fn next(&self) -> (String, String, Trace) {
        let i = self.n.fetch_add(1, Ordering::SeqCst);
        self.ask(&format!("Sort these words: z{i} y{i} x{i}"), json!({})).await
    }

    /// Asks until the tool's trial stands `good`; nothing is answered by it before.
    async fn standing(&self, id: &str, good: impl Fn(&Standing) -> bool) -> Standing {
        let kept = self.ledger.find_tool(None, id).await.expect("a tool");
        let tool: Tool = serde_json::from_str(&kept.record).expect("a record");
        for _ in 0..200 {
            let standing = gateway::toolbox::standing(&self.ledger, &self.routes, &kept, &tool).await;
            let standing = standing.expect("a database");
            if good(&standing) {
                return standing;
            }
            for _ in 0..20 {
                assert_eq!(self.next().await.0, "large");
            }
        }
        panic!("{:?}", gateway::toolbox::standing(&self.ledger, &self.routes, &kept, &tool).await);
    }

    /// Asks until the tier is `good`; after how many requests.
    pub(crate) async fn until(&self, most: usize, good: impl Fn(&str) -> bool) -> usize {
        for i in 0..most {
            let (tier, ..) = self.next().await;
            if good(&tier) {
                return i;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("not after {most} requests");
    }
}

/// The outcomes that the trace has of tools.
pub(crate) fn tried(trace: &Trace) -> Vec<&str> {
    trace.attempts.iter().filter(|a| a.tier == "tool").map(|a| a.outcome.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_is_compared_approved_and_then_answers_without_any_model() {
    let folder = folder();
    let world = World::with(folder.path(), None, Who::Human).await;
    let id = world.keep(&tool(SORT)).await;
    let standing = world.standing(&id, |standing| standing.proven).await;
    assert!(standing.n >= 100 && standing.at_most <= 0.03, "{standing:?}");
    assert_eq!(world.status(&id).await, "shadow");
    world.mark(&id, "active").await;
    world.until(2000, |tier| tier == "tool").await;
    let before = world.far.n_asked.load(Ordering::SeqCst);
    let (tier, answer, trace) = world.ask("Sort these words: pear fig apple", json!({})).await;
    assert_eq!((tier.as_str(), answer.as_str()), ("tool", "apple fig pear"));
    assert_eq!((trace.tier.as_deref(), trace.model.as_deref()), (Some("tool"), Some("sort_words")));
    assert_eq!((trace.cost, tried(&trace)), (0, vec!["answered"]));
    assert!(trace.reference_cost > Some(0), "what it saved can be told: {trace:?}");
    let (_, streamed, _) = world.ask("Sort these words: pear fig apple", json!({ "temperature": 1.5 })).await;
    assert_eq!((streamed.as_str(), world.far.n_asked.load(Ordering::SeqCst)), ("apple fig pear", before));
    let lines = world.ledger.report(Span::all(), By::Tier).await.expect("a database");
    assert!(lines.iter().any(|line| line.group == "tool" && line.cost == 0), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tool_cannot_do_goes_on_with_a_reason() {
    let folder = folder();
    let world = World::with(folder.path(), None, Who::Kinglet).await;
    let id = world.keep(&tool(SORT)).await;
    world.until(2000, |tier| tier == "tool").await;
    assert_eq!(world.status(&id).await, "active", "nobody has to approve it here");
    let message = |role: &str, text: &str| json!({ "role": role, "content": text });
    let user = "Sort these words: b a";
    for (text, more, outcomes) in [
        ("Sort these words: poison a", json!({}), vec!["raised"]),
        ("Sort these words: tar a", json!({}), vec!["time"]),
        ("Sort these words:", json!({}), vec!["declined"]),
        ("Sort these words: verylongwords areverylong", json!({ "max_tokens": 4 }), vec!["length"]),
        (user, json!({ "response_format": { "type": "json_object" } }), vec![]),
        (user, json!({ "messages": [message("system", "Answer in French."), message("user", user)] }), vec![]),
        (user, json!({ "messages": [message("user", "b"), message("assistant", "a"), message("user", user)] }), vec![]),
        (user, json!({ "tag": "legal" }), vec![]),
        ("What is a pear?", json!({}), vec![]),
    ] {
        let (tier, _, trace) = world.ask(text, more.clone()).await;
        assert_eq!((tier.as_str(), tried(&trace)), ("large", outcomes), "{text} {more}");
        assert_eq!(world.ask(user, json!({})).await.1, "a b", "the next call is served after {text} {more}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_grows_worse_is_suspended_and_stays_so() {
    let folder = folder();
    let world = World::with(folder.path(), Some(promise()), Who::Kinglet).await;
    let id = world.keep(&tool(SORT)).await;
    world.until(2000, |tier| tier == "tool").await;
    // who says `always_local` is answered by tools too, and compared with nobody
    let (tier, answer, _) = world.ask("Sort these words: b a", json!({ "tag": "draft" })).await;
    assert_eq!((tier.as_str(), answer.as_str()), ("tool", "a b"));
    world.far.drifted.store(true, Ordering::SeqCst);
    let took = world.until(200, |tier| tier != "tool").await;
    assert!(took < 120, "{took}");
    for _ in 0..400 {
        if world.status(&id).await == "suspended" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let events = world.ledger.tool_events("task", &id).await.expect("a database");
    let statuses: Vec<_> = events.iter().map(|event| event.status.as_str()).collect();
    assert_eq!(statuses, ["draft", "shadow", "active", "suspended"], "{events:?}");
    assert!(events[3].why.contains("alarm"), "{events:?}");
    assert_eq!(world.next().await.0, "large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_programs_do_not_agree_on_goes_to_the_next_tier() {
    let folder = folder();
    let world = World::with(folder.path(), None, Who::Kinglet).await;
    // wrong for a word that is in no example and in no request up to the proof
    let code = SORT.replace("return sorted(words)", "return words if 'quince' in words else sorted(words)");
    let declines = SORT.replace("if found is None:", "if found is None or 'plum' in text:");
    let Tool { input, output, .. } = tool(SORT);
    let second = Some(Second { code: declines, input, output, ..Second::default() });
    let id = world.keep(&Tool { second, ..tool(&code) }).await;
    world.until(2000, |tier| tier == "tool").await;
    assert_eq!(world.status(&id).await, "active");
    for (words, expected, why) in [
        ("quince apple", ("large", "apple quince"), "two answers"),
        ("plum fig", ("large", "fig plum"), "declines"),
        ("pear fig", ("tool", "fig pear"), "made for"),
    ] {
        for _ in 0..2 {
            let (tier, answer, trace) = world.ask(&format!("Sort these words: {words}"), json!({})).await;
            assert_eq!((tier.as_str(), answer.as_str()), expected);
            let attempt = trace.attempts.iter().find(|attempt| attempt.tier == "tool").expect("it was asked");
            assert_eq!(attempt.outcome, if tier == "tool" { "answered" } else { "differs" });
            assert!(attempt.why.contains(why), "{attempt:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_tool_never_answers() {
    let folder = folder();
    let world = World::with(folder.path(), None, Who::Kinglet).await;
    // wrong where a word begins with z and a number that ends in 7: one request in ten
    let code = SORT.replace("return sorted(words)", "return words if words[0].endswith('7') else sorted(words)");
    let id = world.keep(&tool(&code)).await;
    let standing = world.standing(&id, |standing| standing.n >= 290).await;
    assert!(!standing.proven && standing.loss > 0.05, "{standing:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_takes_the_place_of_the_old_one_once_it_is_proven() {
    let folder = folder();
    let world = World::with(folder.path(), None, Who::Kinglet).await;
    let old = world.keep(&tool(SORT)).await;
    world.until(2000, |tier| tier == "tool").await;
    let newer = Tool { supersedes: Some(old.clone()), ..tool(&format!("{SORT}# version 2\n")) };
    let new = world.keep(&newer).await;
    for _ in 0..2000 {
        assert_eq!(world.next().await.0, "tool", "the old one answers meanwhile");
        if world.status(&old).await == "retired" {
            break;
        }
    }
    assert_eq!((world.status(&old).await, world.status(&new).await), ("retired".to_owned(), "active".to_owned()));
    world.until(100, |tier| tier == "tool").await;
}
