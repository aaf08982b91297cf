//! How fast the ledger is: `cargo run --release -p ledger --example rate -- URL [disk] [paced]`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]
use ledger::{Amount, Bodies, Durability, Keep, Ledger, Limits, NewKey, Options, Tokens, Trace};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const TASKS: usize = 64;
const EACH: usize = 500;

#[tokio::main]
async fn main() -> ledger::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite:/tmp/ledger-rate.db".to_owned());
    let words: Vec<_> = arguments.collect();
    let asked = |word: &str| words.iter().any(|w| w == word);
    let durability = if asked("disk") { Durability::Disk } else { Durability::Process };
    let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64));
    let ledger = Ledger::open(Options { durability, ..Options::new(url, clock) }).await?;
    if asked("paced") {
        paced(&ledger).await?;
        ledger.close().await;
        return Ok(());
    }
    rate("append, 64 at once", TASKS, |_| async { ledger.append(trace()).await }).await?;
    rate("append, alone", 1, |_| async { ledger.append(trace()).await }).await?;
    for (what, cost_day) in [("far from its limit", 1 << 50), ("near its limit: 16 reservations", 16 * 100)] {
        let limits = Limits { cost_day: Some(cost_day), ..Limits::default() };
        let (key, _) = ledger.create_key(NewKey { owner: "o".to_owned(), limits, ..NewKey::default() }, "rate").await?;
        let tasks = if cost_day > 1 << 40 { TASKS } else { 16 };
        let reserve = |_| async { ledger.reserve(&key, Amount::request(100, 100)).await.map(drop) };
        rate(&format!("reserve and give back, {what}"), tasks, reserve).await?;
        let settle = |_| async {
            let reservation = ledger.reserve(&key, Amount::request(100, 100)).await?;
            ledger.settle(reservation, Trace { cost: 0, ..trace() }).await
        };
        rate(&format!("reserve and settle, {what}"), tasks, settle).await?;
    }
    let (_, secret) = ledger.create_key(NewKey { owner: "o".to_owned(), ..NewKey::default() }, "rate").await?;
    rate("find a key, alone", 1, |_| async { ledger.find_key(&secret).await.map(drop) }).await?;
    ledger.close().await;
    Ok(())
}

/// A thousand requests a second for ten seconds: what each waits for the ledger, before and after.
async fn paced(ledger: &Ledger) -> ledger::Result<()> {
    let limits = Limits { cost_day: Some(1 << 50), concurrent: Some(1000), ..Limits::default() };
    let (key, _) = ledger.create_key(NewKey { owner: "o".to_owned(), limits, ..NewKey::default() }, "rate").await?;
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10_000 {
        tick.tick().await;
        let (ledger, key) = (ledger.clone(), key.clone());
        tasks.spawn(async move {
            let begin = Instant::now();
            let reservation = ledger.reserve(&key, Amount::request(1000, 100)).await?;
            ledger.settle(reservation, trace()).await?;
            Ok::<_, ledger::Error>(begin.elapsed())
        });
    }
    let mut times = tasks.join_all().await.into_iter().collect::<ledger::Result<Vec<_>>>()?;
    times.sort();
    let at = |share: usize| times[times.len() * share / 1000];
    println!("1000 a second, reserve and settle: p50 {:.3?}  p99 {:.3?}  p99.9 {:.3?}", at(500), at(990), at(999));
    Ok(())
}

fn trace() -> Trace {
    let tokens = Tokens { input: 700, cached_input: 0, output: 300, reasoning: 0 };
    let bodies = Bodies::new(Keep::Full { days: 30 }, 0, &"q".repeat(2000), &"a".repeat(1000));
    Trace { id: "req-0123456789abcdef".to_owned(), cost: 100, tokens, bodies, ..Trace::default() }
}

/// Runs `step` in so many tasks, and prints how many a second and how long one took.
async fn rate<F: Future<Output = ledger::Result<()>>>(
    what: &str,
    n_tasks: usize,
    step: impl Fn(usize) -> F,
) -> ledger::Result<()> {
    let begin = Instant::now();
    let step = &step;
    let tasks = (0..n_tasks).map(|task| async move {
        let mut times = Vec::new();
        for _ in 0..EACH {
            let begin = Instant::now();
            step(task).await?;
            times.push(begin.elapsed());
        }
        Ok::<_, ledger::Error>(times)
    });
    let mut times: Vec<Duration> = Vec::new();
    for done in futures_util::future::join_all(tasks).await {
        times.extend(done?);
    }
    times.sort();
    let (n, second) = (times.len(), begin.elapsed().as_secs_f64());
    println!("{what:<60} {:>8.0}/s  p50 {:>9.3?}  p99 {:>9.3?}", n as f64 / second, times[n / 2], times[n * 99 / 100]);
    Ok(())
}
