//! Thousands of calls, one in a hundred of them hostile: `hostile [CALLS]`, 10,000 unless told.
//!
//! Checks every honest answer and prints how long they took, what the host holds in memory, and which processes are left.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "it prints what it measures")]
use std::{
    fs,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use toolsmith::{Call, Limits, Sandbox, Worker};

const AT_A_TIME: usize = 4;
const SORT: &str = r#"
import re

def extract(text):
    found = re.search(r"^Sort these words: (.+)$", text)
    if found is None:
        return None
    return {"words": found.group(1).split()}

def run(words):
    return sorted(words)

def render(result, text):
    return " ".join(result)
"#;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "worker") {
        return toolsmith::sandbox::work();
    }
    let n = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let is_right = runtime.expect("a runtime").block_on(measure(n));
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the callers have in common.
struct Calls {
    sandbox: Sandbox,
    attacks: Vec<String>,
    n: usize,
    next: AtomicUsize,
    wrong: AtomicUsize,
}

async fn measure(n: usize) -> bool {
    let worker = Worker { program: "/proc/self/exe".into(), arguments: vec!["worker".into()] };
    let begun = Instant::now();
    let sandbox = Sandbox::open(worker, AT_A_TIME, Limits::default()).await.expect("a sandbox");
    println!("opened in {:?}: {}", begun.elapsed(), sandbox.standing().protection);
    let calls = Calls { sandbox, attacks: attacks(), n, next: AtomicUsize::new(0), wrong: AtomicUsize::new(0) };
    let calls = Arc::new(calls);
    alone(&calls).await;
    let callers: Vec<_> = (0..AT_A_TIME).map(|_| tokio::spawn(call(calls.clone()))).collect();
    let (begun, mut took) = (Instant::now(), Vec::new());
    for caller in callers {
        took.extend(caller.await.expect("a caller"));
    }
    println!("{n} calls, {AT_A_TIME} at a time, in {:?}: {}", begun.elapsed(), spread(took));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let standing = calls.sandbox.standing();
    let wrong = calls.wrong.load(Ordering::Relaxed);
    let (n_children, n_zombies) = children();
    println!("wrong answers: {wrong}; host: {} KiB", resident());
    println!("workers: {} live, {} started", standing.workers.len(), standing.started);
    println!("processes: {n_children} children, {n_zombies} of them zombies");
    wrong == 0 && n_children == standing.workers.len() && n_zombies == 0
}

/// Honest calls one after the other.
async fn alone(calls: &Calls) {
    let mut took = Vec::new();
    for i in 0..1000 {
        took.extend(honest(calls, i).await);
    }
    println!("alone: {}", spread(took));
}

async fn call(calls: Arc<Calls>) -> Vec<Duration> {
    let mut took = Vec::new();
    loop {
        let i = calls.next.fetch_add(1, Ordering::Relaxed);
        if i >= calls.n {
            return took;
        }
        if i == 1000 {
            println!("host after {i} calls: {} KiB", resident());
        }
        if i % 100 == 50 {
            let attack = &calls.attacks[i / 100 % calls.attacks.len()];
            let _ = calls.sandbox.call(attack, Call::Extract { text: "four".to_owned() }).await;
        } else {
            took.extend(honest(&calls, i).await);
        }
    }
}

/// How long a call took whose answer is known.
async fn honest(calls: &Calls, i: usize) -> Option<Duration> {
    let words = [i % 7, i % 11, i % 13, i % 17].map(|n| format!("w{n:02}"));
    let text = format!("Sort these words: {}", words.join(" "));
    let mut sorted = words;
    sorted.sort();
    let begun = Instant::now();
    let outcome = calls.sandbox.call(SORT, Call::Answer { text }).await;
    let took = begun.elapsed();
    if outcome.as_ref().is_ok_and(|outcome| outcome.answer == Some(sorted.join(" "))) {
        return Some(took);
    }
    println!("call {i}: {outcome:?}");
    calls.wrong.fetch_add(1, Ordering::Relaxed);
    None
}

fn attacks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks");
    let files = fs::read_dir(folder).expect("attacks").map(|entry| entry.expect("an attack").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "py")).collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).expect("an attack")).collect()
}

fn spread(mut took: Vec<Duration>) -> String {
    took.sort();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    format!("median {:?}, p99 {:?}, longest {:?}", at(0.5), at(0.99), took.last().copied().unwrap_or_default())
}

/// KiB that this process holds.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// This process's children, and how many of them have ended and were not reaped.
fn children() -> (usize, usize) {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let states: Vec<_> = entries
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let (_, rest) = stat.rsplit_once(") ")?;
            let (state, rest) = rest.split_once(' ')?;
            (rest.split(' ').next()? == own).then(|| state.to_owned())
        })
        .collect();
    (states.len(), states.iter().filter(|state| *state == "Z").count())
}
