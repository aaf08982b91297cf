//! The run: requests one after the other, what became of each, and a line for every hundred.
use crate::{
    chart::{self, Line},
    far::Far,
    tasks::{self, Drift, Question},
};
use engine::{Engine, Limits, LoadOptions, Model, gguf::Gguf};
use futures_util::{StreamExt, stream};
use gateway::{Accounts, Api, Config, Promise, Registry, Route, Routes, Settings, Target, Tier, Upstream};
use ledger::{Book, By, Keep, Ledger, Options, Span};
use router::certify::Kind;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::oneshot, time::sleep};

const ADMIN: &str = "the example's own key";
/// Requests at once.
const AT_ONCE: usize = 8;
/// Requests of a line.
const WINDOW: usize = 100;
/// Comparisons that may wait when the next requests are sent: an idle time, as real traffic has.
const FEW: u64 = 16;
/// A million tokens of the large model cost 2.50 USD in and 10 USD out, as gpt-4o's did in 2024.
const PRICES: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n\
                      far,label,2020-01-01,,2.5,2.5,10,USD,example\n";

pub(crate) struct Setting {
    model: PathBuf,
    data: PathBuf,
    task: String,
    n_requests: usize,
    drift_at: usize,
    drift: Drift,
    most: f64,
    large_error: f64,
    audit_rate: f64,
    svg: Option<PathBuf>,
}

impl Setting {
    pub(crate) fn read(model: &str, data: &str, task: &str, flags: &[&str]) -> Result<Self, String> {
        let mut setting = Self {
            model: model.into(),
            data: data.into(),
            task: task.to_owned(),
            n_requests: 3000,
            drift_at: usize::MAX,
            drift: Drift::Stale,
            most: 0.02,
            large_error: 0.02,
            audit_rate: 0.2,
            svg: None,
        };
        for flag in flags.chunks(2) {
            let [name, value] = flag else { return Err(format!("{flag:?}: a value expected")) };
            let share = || value.parse::<f64>().map_err(|e| format!("{name}: {e}"));
            let count = || value.parse::<usize>().map_err(|e| format!("{name}: {e}"));
            match *name {
                "--requests" => setting.n_requests = count()?,
                "--drift-at" => setting.drift_at = count()?,
                "--drift" => {
                    setting.drift = match *value {
                        "unlike" => Drift::Unlike,
                        "stale" => Drift::Stale,
                        other => return Err(format!("--drift: unlike or stale expected, {other} found")),
                    }
                }
                "--most" => setting.most = share()?,
                "--large-error" => setting.large_error = share()?,
                "--audit-rate" => setting.audit_rate = share()?,
                "--svg" => setting.svg = Some(value.into()),
                other => return Err(format!("{other}: unknown")),
            }
        }
        Ok(setting)
    }
}

/// What became of a request.
struct Outcome {
    is_local: bool,
    is_harm: bool,
    is_right: bool,
    /// What the large model's answer costs, in micro-USD, whoever answered.
    large_cost: f64,
}

pub(crate) fn run(setting: Setting) -> Result<(), String> {
    let questions = tasks::read(&setting.data, &setting.task)?;
    println!(
        "{}: {} questions, at most {} % harm promised, the large model errs in {} %",
        setting.task,
        questions.len(),
        100.0 * setting.most,
        100.0 * setting.large_error
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|e| e.to_string())?.block_on(drive(&setting, &questions))
}

async fn drive(setting: &Setting, questions: &[Question]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let labels: HashMap<_, _> = questions.iter().map(|q| (q.text.clone(), q.label.clone())).collect();
    let gold = folder.path().join("gold.json");
    std::fs::write(&gold, serde_json::to_string(&labels).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let far = Far::new(labels, setting.large_error);
    let address = far.clone().serve().await.map_err(|e| e.to_string())?;
    let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_micros() as i64));
    let ledger =
        Ledger::open(Options::file(&folder.path().join("ledger.db"), clock)).await.map_err(|e| e.to_string())?;
    let (kinglet, stop) = serve(setting, &ledger, address, &gold).await?;
    let client = Client::new(kinglet);
    let mut lines: Vec<Line> = Vec::new();
    let (mut harms, mut large_cost, mut alarms) = (0, 0.0, 0);
    let begun = Instant::now();
    println!("requests  state       here   harm (all)   right   USD ours / all large   audits  note");
    for window in 0..setting.n_requests.div_ceil(WINDOW) {
        let at = window * WINDOW;
        client.wait_for_few().await?;
        let asked = (at..at + WINDOW).map(|i| {
            let question = &questions[i % questions.len()];
            let body = if i >= setting.drift_at { &question.strange[setting.drift as usize] } else { &question.body };
            client.ask(question, body, &far)
        });
        let outcomes: Vec<Outcome> = stream::iter(asked)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<_, _>>()?;
        client.wait_for_few().await?;
        let share = |of: fn(&Outcome) -> bool| outcomes.iter().filter(|o| of(o)).count() as f64 / WINDOW as f64;
        harms += outcomes.iter().filter(|o| o.is_harm).count();
        large_cost += outcomes.iter().map(|o| o.large_cost).sum::<f64>();
        let report = ledger.report(Span::all(), By::Total).await.map_err(|e| e.to_string())?;
        let cost = report.first().map_or(0, |line| line.cost) as f64;
        let standing = client.standing().await?;
        let n_alarms = standing["life"]["alarms"].as_array().map_or(0, Vec::len);
        let note = if n_alarms > alarms {
            "ALARM"
        } else if at == setting.drift_at {
            "new kind of requests"
        } else {
            ""
        };
        alarms = n_alarms;
        let line = Line {
            requests: at + WINDOW,
            local: share(|o| o.is_local),
            harm: share(|o| o.is_harm),
            harm_all: harms as f64 / (at + WINDOW) as f64,
            cost: cost / 1e6,
            all_large: large_cost / 1e6,
            is_alarm: note == "ALARM",
        };
        println!(
            "{:>8}  {:<10} {:>4.0} %  {:>4.1} ({:>4.2}) %  {:>4.0} %   {:>8.4} / {:<8.4}   {:>6}  {note}",
            line.requests,
            standing["phase"].as_str().unwrap_or_default(),
            100.0 * line.local,
            100.0 * line.harm,
            100.0 * line.harm_all,
            100.0 * share(|o| o.is_right),
            line.cost,
            line.all_large,
            standing["life"]["audits"],
        );
        lines.push(line);
    }
    println!("{}", client.get("/admin/v1/routes/task/statement").await?["text"].as_str().unwrap_or_default());
    let last = lines.last().map_or(0.0, |line| line.harm_all);
    let kept = if last <= setting.most { "kept" } else { "BROKEN" };
    println!("harm over all requests {:.2} %: promise {kept}; {:.0} s", 100.0 * last, begun.elapsed().as_secs_f64());
    if let Some(file) = &setting.svg {
        let svg = chart::draw(&lines, setting.most, setting.drift_at);
        std::fs::write(file, svg).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    let _ = stop.send(()); // it may have ended by itself
    ledger.close().await;
    Ok(())
}

/// Serves the model behind a route with a promise; gives its address, and what stops it.
async fn serve(
    setting: &Setting,
    ledger: &Ledger,
    far: SocketAddr,
    gold: &Path,
) -> Result<(SocketAddr, oneshot::Sender<()>), String> {
    let gguf = Gguf::open(&setting.model).map_err(|e| e.to_string())?;
    let model = Model::load(&gguf, &LoadOptions::default()).map_err(|e| e.to_string())?;
    let engine = Engine::start(Arc::new(model), Limits::default()).map_err(|e| e.to_string())?;
    let registry = Registry::new(["small".to_owned()]);
    registry.ready("small", Arc::new(engine));
    let settings = Settings::new("far", Api::OpenAi, format!("http://{far}/v1"));
    let upstream = Arc::new(Upstream::new(settings)?);
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let judge = format!("command:{} judge {}", program.display(), gold.display());
    let promise = Promise {
        kind: Kind::Harm,
        most: setting.most,
        confidence: 0.95,
        judge: judge.parse()?,
        judge_model: None,
        judge_error: 0.0,
        audit_rate: setting.audit_rate,
        audit_budget: None,
    };
    let tier = |name: &str, target| Tier { name: name.to_owned(), targets: vec![target] };
    let route = Route {
        name: "task".to_owned(),
        tiers: vec![
            tier("small", Target::Local("small".to_owned())),
            tier("large", Target::Upstream { upstream, model: "label".to_owned() }),
        ],
        always_local: Vec::new(),
        never_local: Vec::new(),
        min_confidence: None,
        promise: Some(promise),
        tools: false,
    };
    let book = Book::default().with(PRICES).map_err(|e| format!("{e:?}"))?;
    let accounts = Accounts::new(ledger.clone(), book, None, Keep::Nothing);
    let config = Config {
        listen: "127.0.0.1:0".to_owned(),
        admin_keys: vec![ADMIN.to_owned()],
        routes: Routes::new(vec![route], Vec::new())?,
        accounts: Some(Arc::new(accounts)),
        ..Config::default()
    };
    let (bound, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let told = |address| {
            let _ = bound.send(address); // nobody waits once the example has failed
        };
        let until = async { drop(stopped.await) };
        if let Err(e) = gateway::serve(config, registry, told, until).await {
            println!("the server ended: {e}");
        }
    });
    Ok((address.await.map_err(|e| e.to_string())?, stop))
}

struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        // an error says that one is there already, which is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), base: format!("http://{address}") }
    }

    async fn ask(&self, question: &Question, body: &Value, far: &Far) -> Result<Outcome, String> {
        let mut body = body.clone();
        body["model"] = json!("task");
        body["temperature"] = json!(0);
        let url = format!("{}/v1/chat/completions", self.base);
        let reply = self.http.post(url).body(body.to_string()).send().await.map_err(|e| e.to_string())?;
        let is_local = reply.headers().get("x-kinglet-tier").is_some_and(|tier| tier == "small");
        let reply: Value = read(reply).await?;
        let answer = reply["choices"][0]["message"]["content"].as_str().unwrap_or_default();
        let large = far.answer(&question.text);
        let [is_right, large_right] = [answer, &large].map(|answer| tasks::is_right(answer, &question.label));
        let tokens = [body.to_string().len() as f64 / 4.0, large.len() as f64 / 4.0];
        let large_cost = tokens[0] * 2.5 + tokens[1] * 10.0;
        Ok(Outcome { is_local, is_harm: is_local && !is_right && large_right, is_right, large_cost })
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(ADMIN);
        read(request.send().await.map_err(|e| e.to_string())?).await
    }

    async fn standing(&self) -> Result<Value, String> {
        Ok(self.get("/admin/v1/routes").await?["routes"][0].clone())
    }

    /// Waits until few comparisons wait.
    async fn wait_for_few(&self) -> Result<(), String> {
        loop {
            let standing = self.standing().await?;
            if standing["phase"] != "starting" && standing["open"].as_u64().is_some_and(|open| open <= FEW) {
                return Ok(());
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn read(reply: reqwest::Response) -> Result<Value, String> {
    let (status, text) = (reply.status(), reply.text().await.map_err(|e| e.to_string())?);
    if !status.is_success() {
        return Err(format!("{status}: {text}"));
    }
    serde_json::from_str(&text).map_err(|e| e.to_string())
}
