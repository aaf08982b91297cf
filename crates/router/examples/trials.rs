//! Whether promises are kept on real labels: `cargo run --release -p router --example trials -- FILE.jsonl ...`.
//!
//! Without files it takes `mmlu.jsonl` and `gsm8k.jsonl` in the folder that `KINGLET_DATA` names. A line is a request that
//! both models answered: `{"domain", "prompt", "small_score", "large_score", "small_answer"}`. What is scored is scored as
//! in service; "as in service" is a route's whole life, all others learn once, from 30 % of the audits. `TRIALS` and `BARS`
//! set the number of trials and of bars. `AGAIN=1` draws each audit from all requests, drawn before or not: as from endless
//! traffic like these, and with as many audits as one likes.
#![expect(clippy::print_stdout, reason = "that is what it is for")]
#[path = "trials/lived.rs"]
mod lived;
#[path = "trials/policy.rs"]
mod policy;
#[path = "trials/rows.rs"]
mod rows;

use lived::Learned;
use policy::{POLICIES, Setting};
use rows::Row;
use std::{env, path::PathBuf, process::ExitCode, str::FromStr, thread};

const DELTA: f64 = 0.05;
const ALPHAS: [f64; 3] = [0.01, 0.02, 0.05];
const AUDITS: [usize; 3] = [300, 1000, 3000];

fn main() -> ExitCode {
    let mut files: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty()
        && let Some(folder) = env::var_os("KINGLET_DATA").map(PathBuf::from)
    {
        files = ["mmlu.jsonl", "gsm8k.jsonl"].map(|name| folder.join(name)).into();
    }
    if files.is_empty() {
        println!("skipped: no data; give files, or the folder of mmlu.jsonl and gsm8k.jsonl as KINGLET_DATA");
        return ExitCode::SUCCESS;
    }
    let mut kept = true;
    for file in files {
        match rows::read(&file) {
            Ok((rows, 0)) if rows.is_empty() => println!("skipped: {}: it is empty", file.display()),
            Ok((rows, left_out)) => kept &= report(&file.display().to_string(), &rows, left_out),
            Err(fault) => println!("skipped: {}: {fault}", file.display()),
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn set<T: FromStr>(name: &str, default: T) -> T {
    env::var_os(name).and_then(|text| text.to_str()?.parse().ok()).unwrap_or(default)
}

/// Prints a table; false where a proven policy broke its promise too often.
fn report(name: &str, rows: &[Row], left_out: usize) -> bool {
    let harms = rows.iter().filter(|row| row.harm()).count();
    let (n, trials) = (rows.len(), set("TRIALS", 300));
    println!("\n{name}: {n} requests, {:.1} % harmed if all were answered here", 100.0 * harms as f64 / n as f64);
    if left_out > 0 {
        println!("left out: {left_out} lines that are no such requests");
    }
    let most = if again() { AUDITS[2] } else { n * 3 / 4 };
    if AUDITS[2] > most {
        println!("audits: {most} at most, not {}: some requests must be left that are not audited", AUDITS[2]);
    }
    println!(
        "broken: % of {trials} trials with more harm than promised, in all requests (in those that were not audited);\n\
         as in service: by any policy that was ever in force. local: mean % of all requests that are answered here.\n\
         {:.0} % confidence\n",
        100.0 * (1.0 - DELTA)
    );
    let mut sizes = AUDITS.map(|audits| audits.min(most)).to_vec();
    sizes.dedup();
    table(&sizes, &all_trials(rows, &sizes, trials))
}

/// A row for each promise and number of audits, a column for each way; false where a proven one broke its promise too
/// often: more than by chance where it breaks as often as it may.
fn table(sizes: &[usize], found: &[Found]) -> bool {
    print!("promise  audits ");
    names().for_each(|(name, _)| print!("| {name:<24}"));
    print!("\n                ");
    names().for_each(|_| print!("|  broken (rest)     local "));
    println!("| alarms");
    let mut kept = true;
    let mut rows = found.chunks(names().count());
    for alpha in ALPHAS {
        for audits in sizes {
            print!("{:>5} %  {audits:>6} ", 100.0 * alpha);
            let row = rows.next().unwrap_or_default();
            for ((_, proven), found) in names().zip(row) {
                let rest = found.broken_rest.map_or_else(String::new, |rest| format!("({:>5.1})", 100.0 * rest));
                print!("| {:>6.1} {rest:>7}  {:>7.1} ", 100.0 * found.broken, 100.0 * found.local);
                kept &= !proven || found.broken <= DELTA;
            }
            println!("| {:.3}", row.last().map_or(0.0, |found| found.alarms));
        }
    }
    println!("\nproven policies {} in every row", if kept { "kept the promise" } else { "BROKE THE PROMISE" });
    kept
}

/// The ways, and whether they claim to keep the promise.
fn names() -> impl Iterator<Item = (&'static str, bool)> {
    POLICIES.iter().map(|policy| (policy.name, policy.proven)).chain([("as in service", true)])
}

/// What one way did: in one trial, or in the mean of all.
#[derive(Clone, Default)]
struct Found {
    broken: f64,
    broken_rest: Option<f64>,
    local: f64,
    /// Alarms by then.
    alarms: f64,
}

impl Found {
    fn add(&mut self, other: &Self, part: f64) {
        self.broken += part * other.broken;
        self.local += part * other.local;
        self.alarms += part * other.alarms;
        if let Some(rest) = other.broken_rest {
            self.broken_rest = Some(self.broken_rest.unwrap_or_default() + part * rest);
        }
    }
}

/// The mean of all trials, for each promise, number of audits and way, on all processors.
fn all_trials(rows: &[Row], sizes: &[usize], trials: usize) -> Vec<Found> {
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let one = |first: usize| {
        let mut sum = vec![Found::default(); ALPHAS.len() * sizes.len() * names().count()];
        for i in (first..trials).step_by(n_threads) {
            let found = trial(rows, sizes, i);
            sum.iter_mut().zip(&found).for_each(|(sum, found)| sum.add(found, 1.0 / trials as f64));
        }
        sum
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|first| scope.spawn(move || one(first))).collect();
        let mut sum = vec![Found::default(); ALPHAS.len() * sizes.len() * names().count()];
        for part in threads.into_iter().filter_map(|thread| thread.join().ok()) {
            sum.iter_mut().zip(&part).for_each(|(sum, part)| sum.add(part, 1.0));
        }
        sum
    })
}

/// One trial: the same audits for all promises and ways.
fn trial(rows: &[Row], sizes: &[usize], i: usize) -> Vec<Found> {
    let mut rng = fastrand::Rng::with_seed(7 + i as u64);
    let mut order: Vec<&Row> = rows.iter().collect();
    let most = sizes.last().copied().unwrap_or(0);
    let audits = draw(rows, &mut order, most, &mut rng);
    let learned_once: Vec<_> = sizes.iter().map(|n| at_once(rows, &order, &audits[..*n])).collect();
    let mut learned = Learned::nothing(rows);
    let of_promise = |alpha: f64| {
        let lived = lived::run(&mut learned, &audits, sizes, alpha, i);
        let both = learned_once.iter().zip(lived);
        both.flat_map(|(once, lived)| once(alpha).into_iter().chain([lived])).collect::<Vec<_>>()
    };
    ALPHAS.into_iter().flat_map(of_promise).collect()
}

/// What each of the policies does, once learned from these audits, under whatever promise.
fn at_once<'a>(rows: &'a [Row], order: &[&'a Row], audits: &[&'a Row]) -> impl Fn(f64) -> Vec<Found> + use<> {
    let (train, certify) = audits.split_at((audits.len() as f64 * router::fold::TRAIN) as usize);
    let model = rows::learn(train);
    let scored = |rows: &mut dyn Iterator<Item = &'a Row>| {
        rows.map(|row| row.audit(model.score(&row.signals))).collect::<Vec<_>>()
    };
    let (train, certify) = (scored(&mut train.iter().copied()), scored(&mut certify.iter().copied()));
    let rest = if again() { &[] } else { order.get(audits.len()..).unwrap_or_default() };
    let (all, rest) = (scored(&mut rows.iter()), scored(&mut rest.iter().copied()));
    move |alpha| {
        let setting = Setting { alpha, delta: DELTA, bars: set("BARS", 200) };
        let found = |policy: &policy::Policy| {
            let bar = (policy.bar)(&setting, &train, &certify);
            // without a bar everything goes to the large model
            let count = |audits: &[_]| bar.map_or((0, 0), |bar| policy::count(audits, bar));
            let broken = |audits: &[_]| f64::from(u8::from(count(audits).1 as f64 > alpha * audits.len() as f64));
            let broken_rest = (!rest.is_empty()).then(|| broken(&rest));
            Found { broken: broken(&all), broken_rest, local: count(&all).0 as f64 / all.len() as f64, alarms: 0.0 }
        };
        POLICIES.iter().map(found).collect()
    }
}

/// So many audits; `order` has the requests that are left after them, but where each may be drawn again and again.
fn draw<'a>(rows: &'a [Row], order: &mut [&'a Row], audits: usize, rng: &mut fastrand::Rng) -> Vec<&'a Row> {
    if again() {
        return (0..audits).map(|_| &rows[rng.usize(..rows.len())]).collect();
    }
    rng.shuffle(order);
    order[..audits].to_vec()
}

fn again() -> bool {
    set("AGAIN", 0) == 1
}
