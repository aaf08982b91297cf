//! A model here and with a peer's programs, alternating: one table of what one is to the other.
use super::{
    Args, What,
    child::{Line, Serving},
    limits::{Demand, Limits},
    load::{Load, Outcome},
    peer::{self, Peer, SLOT, SLOTS},
    receipts::{self, Receipt},
    record::{self, date},
    table::{SIDES, Side, Table, Unit},
};
use crate::{
    models::{Store, say},
    out, serve,
};
use engine::{KvType, gguf::Gguf, model::Info};
use serde_json::{Value, json};
use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::timeout;

/// Measures of the programs: tokens in a stream, streams, and the mean depth at which they are decoded.
const MEASURES: [(What, &str, f64, f64); 4] = [
    (What::Prefill, "prefill 512", 1.0, 0.0),
    (What::Decode, "decode 128", 1.0, 64.0),
    (What::Depth, "decode 64 at depth 1024", 1.0, 1056.0),
    (What::Streams, "decode 64, 16 at once", 16.0, 48.0),
];
/// Clients at once, and requests of each.
const LOADS: [(usize, usize); 3] = [(1, 4), (4, 2), (16, 2)];
const START: &str = "server start to ready";
const CLI: &str = "command to first token";
const QUESTION: &str = "Why is the sky blue?";

/// Both sides, and what they are measured on.
struct Versus<'a> {
    args: &'a Args,
    peer: Peer,
    ours: Ours,
    /// Whether the model has a chat template.
    chats: bool,
    receipts: Vec<Receipt>,
    place: Place,
    /// So that no prompt was seen before.
    seed: u64,
}

/// Our own programs.
struct Ours {
    program: PathBuf,
    /// A configuration with the peer's limits.
    config: String,
    model: String,
    threads: String,
}

/// What is written down while the comparison runs.
#[derive(Default)]
struct Notes {
    table: Table,
    lines: Vec<String>,
    peer_version: String,
}

/// Measures `args.model` here and with the programs in `dir`.
pub(super) fn run(store: &Store, dir: &Path, args: &Args) -> Result<(), String> {
    let path = store.find(&args.model)?;
    let gguf = Gguf::open(&path).map_err(|e| e.to_string())?;
    let info = Info::read(&gguf).map_err(|e| e.to_string())?;
    let demand = Demand::of(&gguf, info.kv_bytes_per_token(KvType::F16));
    let place = Place::new()?;
    let versus = Versus {
        args,
        peer: Peer::find(dir, &path, args.threads())?,
        ours: Ours::new(&path, &info, &place, args.threads())?,
        chats: gguf.get("tokenizer.chat_template").is_some(),
        receipts: documents(args)?,
        place,
        seed: record::now() << 20,
    };
    let file = record::file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    drop(gguf);
    let (started, before) = (record::now(), Limits::measure(args.threads()));
    let mut notes = bounded(versus.rounds(), Duration::MAX, |e: String| e)?;
    let limits = before.or(Limits::measure(args.threads()));
    if notes.table.is_empty() {
        return Err(format!("nothing was measured: {}", notes.table.show()));
    }
    for (what, name, streams, depth) in MEASURES {
        notes.table.share(name, |rate| match what {
            What::Prefill => demand.prefill_share(&limits, rate),
            _ => demand.decode_share(&limits, rate, streams, depth),
        });
    }
    let record = json!({
        "date": date(started), "machine": record::machine(), "threads": args.threads(), "rounds": args.repeats,
        "file": file, "quantisation": info.quantisation, "version": env!("CARGO_PKG_VERSION"),
        "peer": notes.peer_version, "commands": notes.lines, "limits": limits, "demand": demand,
        "work": notes.table.report(),
    });
    if let Some(dir) = &args.record {
        say(&format!("recorded in {}", record::write(dir, started, &record)?.display()));
    }
    match args.json {
        true => out::print(&format!("{record}\n")),
        false => out::print(&format!("{}\n\n{}", head(&record, &limits), notes.table.show())),
    }
}

fn head(record: &Value, limits: &Limits) -> String {
    format!(
        "{} {}, {} threads, {} rounds, against {}\n\
         this machine reads {:.1} GB/s with one thread and {:.1} GB/s with all, and does {:.2} T 8-bit operations/s ({})\n\
         ratio: how many times as good ours is; of the limit: of memory or, for the prefill, of arithmetic, ours and peer's",
        record["file"]["name"].as_str().unwrap_or(""),
        record["quantisation"].as_str().unwrap_or(""),
        record["threads"],
        record["rounds"],
        record["peer"].as_str().unwrap_or(""),
        limits.read_one / 1e9,
        limits.read_all / 1e9,
        limits.dots / 1e12,
        limits.dots_by,
    )
}

/// The documents that both sides are given, none where they were not asked for.
fn documents(args: &Args) -> Result<Vec<Receipt>, String> {
    match &args.receipts {
        Some(dir) if args.wants(What::Receipts) && dir.is_dir() => receipts::read(dir, args.documents as usize),
        Some(dir) if args.wants(What::Receipts) => {
            say(&format!("skipped: receipts, as there is no folder {}", dir.display()));
            Ok(Vec::new())
        }
        _ => Ok(Vec::new()),
    }
}

/// Runs `work` for at most `limit`, and not beyond Ctrl-C: what it started ends with it.
pub(super) fn bounded<T, E>(
    work: impl Future<Output = Result<T, E>>,
    limit: Duration,
    tell: impl FnOnce(E) -> String,
) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| format!("no runtime: {e}"))?.block_on(async {
        tokio::select! {
            () = serve::stop() => Err("interrupted".to_owned()),
            done = timeout(limit, work) => match done {
                Ok(done) => done.map_err(tell),
                Err(_) => Err(format!("not done after {} s; --timeout allows more", limit.as_secs())),
            },
        }
    })
}

impl Versus<'_> {
    /// All works in each round, both sides of each in turn.
    async fn rounds(&self) -> Result<Notes, String> {
        let limit = self.args.timeout();
        let mut notes = Notes { peer_version: self.peer.version(limit).await?, ..Notes::default() };
        for round in 0..self.args.repeats {
            let mut sides = SIDES;
            sides.rotate_left(round as usize % 2); // neither always goes first
            for (what, name, ..) in MEASURES.into_iter().filter(|(what, ..)| self.args.wants(*what)) {
                for side in sides {
                    let run = self.measure(side, what, &mut notes).await;
                    self.told(round, side, name, &run);
                    notes.table.add(side, name, Unit::TokensPerSecond, run);
                }
            }
            for side in sides.into_iter().filter(|_| self.args.wants(What::Cli)) {
                let run = self.first_token(side, &mut notes).await;
                self.told(round, side, CLI, &run);
                notes.table.add(side, CLI, Unit::Milliseconds, run);
            }
            for side in sides.into_iter().filter(|_| self.serves()) {
                self.serve(round, side, &mut notes).await;
            }
        }
        Ok(notes)
    }

    fn told(&self, round: u32, side: Side, name: &str, run: &Result<f64, String>) {
        let run = run.as_ref().map_or_else(Clone::clone, |value| format!("{value:.1}"));
        say(&format!("round {} of {}, {name}, {side:?}: {run}", round + 1, self.args.repeats));
    }

    async fn measure(&self, side: Side, what: What, notes: &mut Notes) -> Result<f64, String> {
        let line = match side {
            Side::Ours => self.ours.measure(what),
            Side::Peer => self.peer.measure(what).ok_or("no program of the peer measures it")?,
        };
        notes.ran(self.shown(&line.show()));
        let printed = line.output(self.args.timeout()).await?;
        match side {
            Side::Ours => rate(&printed),
            Side::Peer => Peer::rate(what, &printed),
        }
    }

    async fn first_token(&self, side: Side, notes: &mut Notes) -> Result<f64, String> {
        let (line, before) = match side {
            Side::Ours => (self.ours.answer(QUESTION, 16, self.chats), Vec::new()),
            Side::Peer => self.peer.answer(QUESTION, 16),
        };
        notes.ran(self.shown(&line.show()));
        // twice, and the second counts: memory that was free for long, the host of a virtual machine has to find again
        line.until(|seen| peer::has_begun(seen, &before), self.args.timeout()).await?;
        let took = line.until(|seen| peer::has_begun(seen, &before), self.args.timeout()).await?;
        Ok(took.as_secs_f64() * 1e3)
    }

    /// A command line for records, which name files and not where they lie.
    fn shown(&self, line: &str) -> String {
        let name =
            |path: &str| Path::new(path).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let paths = [&self.ours.model, &self.ours.config];
        paths.into_iter().fold(line.to_owned(), |line, path| line.replace(path.as_str(), &name(path)))
    }

    fn serves(&self) -> bool {
        let all = [What::Start, What::Memory, What::Load, What::Shared];
        all.iter().any(|what| self.args.wants(*what)) || !self.receipts.is_empty()
    }

    /// Starts one side's server, puts all loads on it, and ends it.
    async fn serve(&self, round: u32, side: Side, notes: &mut Notes) {
        let line = |port| match side {
            Side::Ours => self.ours.server(port),
            Side::Peer => self.peer.server(port),
        };
        let log = self.place.0.join(format!("{side:?}.log"));
        if self.args.wants(What::Start)
            && let Ok(first) = Serving::start(line, &log, self.args.timeout()).await
        {
            first.end().await; // as for the command line, the second start counts
        }
        let serving = match Serving::start(line, &log, self.args.timeout()).await {
            Ok(serving) => serving,
            Err(fault) => return notes.table.add(side, START, Unit::Milliseconds, Err(fault)),
        };
        let ready = serving.ready.as_secs_f64() * 1e3;
        self.told(round, side, START, &Ok(ready));
        notes.ran(self.shown(&serving.line));
        if self.args.wants(What::Start) {
            notes.table.add(side, START, Unit::Milliseconds, Ok(ready));
        }
        let works = self.works(round, side, &serving, &mut notes.table);
        works.await;
        serving.end().await;
    }

    async fn works(&self, round: u32, side: Side, serving: &Serving, table: &mut Table) {
        let load = |n_clients, n_requests| {
            let seed = self.seed + (u64::from(round) << 10) + n_clients as u64 * 50;
            Load { n_clients, n_requests, n_prompt: 217, n_shared: 0, n_answer: 64, chats: self.chats, seed }
        };
        if self.args.wants(What::Memory) {
            let few = Load { n_answer: 16, ..load(3, 1) };
            let used = match self.outcome(serving, few).await {
                Ok(_) => serving.resident().map(|n| n as f64 / 1e6).ok_or("this system does not tell".to_owned()),
                Err(fault) => Err(fault),
            };
            self.told(round, side, "server memory", &used);
            table.add(side, "server memory", Unit::Megabytes, used);
        }
        for (clients, requests) in LOADS.into_iter().filter(|_| self.args.wants(What::Load)) {
            let name = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
            self.load(round, side, &name, serving, load(clients, requests), table).await;
        }
        if self.args.wants(What::Shared) {
            let shared = Load { n_prompt: 12, n_shared: 1000, ..load(16, 1) };
            let shared = Load { seed: shared.seed + (1 << 9), ..shared };
            self.load(round, side, "16 clients, 1000 shared", serving, shared, table).await;
        }
        if !self.receipts.is_empty() {
            self.receipts(round, side, serving, table).await;
        }
    }

    async fn load(&self, round: u32, side: Side, name: &str, serving: &Serving, load: Load, table: &mut Table) {
        let outcome = self.outcome(serving, load).await;
        let (rate, first) = (outcome.as_ref().map(Outcome::rate), outcome.as_ref().map(|o| o.first(50)));
        let [rate, first] = [rate, first].map(|r| r.map_err(Clone::clone));
        self.told(round, side, name, &rate);
        table.add(side, &format!("{name}, output"), Unit::TokensPerSecond, rate);
        table.add(side, &format!("{name}, first token"), Unit::Milliseconds, first);
    }

    /// What came of `load`; a load with faults is none.
    async fn outcome(&self, serving: &Serving, load: Load) -> Result<Outcome, String> {
        let limit = self.args.timeout();
        let late = |_| format!("a load was not done after {} s; --timeout allows more", limit.as_secs());
        let run = timeout(limit, load.run(&serving.server, &serving.model)).await.map_err(late)?;
        let outcome = run.map_err(|e| e.to_string())?;
        match outcome.faults.first() {
            None => Ok(outcome),
            Some(first) => Err(format!("{} requests failed: {first}", outcome.faults.len())),
        }
    }

    async fn receipts(&self, round: u32, side: Side, serving: &Serving, table: &mut Table) {
        let (limit, all) = (self.args.timeout(), &self.receipts);
        let outcome = timeout(limit, receipts::run(&serving.server, &serving.model, self.chats, all)).await;
        let late = |_| format!("receipts were not done after {} s; --timeout allows more", limit.as_secs());
        let outcome = outcome.map_err(late).and_then(|mut outcome| match outcome.refused.take() {
            Some(why) => Err(why),
            None => Ok((super::numbers::median(&mut outcome.times), outcome.n_valid)),
        });
        let time = outcome.as_ref().map(|(time, _)| *time).map_err(Clone::clone);
        let valid = outcome.map(|(_, n_valid)| 100.0 * n_valid as f64 / all.len() as f64);
        self.told(round, side, "receipts", &time);
        table.add(side, "receipt to JSON, whole request", Unit::Milliseconds, time);
        table.add(side, "receipts complete and valid", Unit::Percent, valid);
    }
}

impl Notes {
    /// Each command line once.
    fn ran(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }
}

impl Ours {
    fn new(model: &Path, info: &Info, place: &Place, n_threads: usize) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("this program's own path: {e}"))?;
        let (context, room) = (SLOT.min(info.n_ctx), (SLOTS * SLOT) as u64 * info.kv_bytes_per_token(KvType::F16));
        let text = format!(
            "[engine]\nthreads = {n_threads}\ncontext = {context}\nsequences = {SLOTS}\nkv_memory = \"{}B\"\n",
            room.max(1 << 20)
        );
        let config = place.0.join("kinglet.toml");
        fs::write(&config, text).map_err(|e| format!("{}: {e}", config.display()))?;
        let (config, model) = (config.display().to_string(), model.display().to_string());
        Ok(Self { program, config, model, threads: n_threads.to_string() })
    }

    fn line(&self, args: &[&str]) -> Line {
        Line::new(&self.program, &["--config", &self.config]).with(args)
    }

    fn measure(&self, what: What) -> Line {
        let only = clap::ValueEnum::to_possible_value(&what).map_or_else(String::new, |v| v.get_name().to_owned());
        self.line(&["bench", &self.model, "--threads", &self.threads, "--repeats", "1", "--json", "--only", &only])
    }

    fn server(&self, port: u16) -> Line {
        self.line(&["serve", "--model", &self.model, "--listen", &format!("127.0.0.1:{port}")])
    }

    fn answer(&self, prompt: &str, n: usize, chats: bool) -> Line {
        let line = self.line(&["run", "--model", &self.model, "-n", &n.to_string()]);
        line.with(if chats { &[] } else { &["--raw"] }).with(&[prompt])
    }
}

/// Tokens a second out of what our own measurement printed.
fn rate(printed: &str) -> Result<f64, String> {
    let rate = serde_json::from_str::<Value>(printed).ok().and_then(|v| v["work"][0]["tokens_per_second"].as_f64());
    rate.ok_or_else(|| "the context has no room for it".to_owned())
}

/// A folder for what a comparison needs, gone with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Result<Self, String> {
        let dir = std::env::temp_dir().join(format!("kinglet-bench-{}", std::process::id()));
        fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // what is left is in the folder for such things
    }
}
