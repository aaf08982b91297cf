//! How fast the ledger is: `cargo run --release -p ledger --example rate -- URL [disk]`.
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
    let durability = if arguments.next().is_some() { Durability::Disk } else { Durability::Process };
    let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64));
    let ledger = Ledger::open(Options { durability, ..Options::new(url, clock) }).await?;

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
    ledger.close().await;
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
