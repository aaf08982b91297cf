//! Whether promises are kept on real labels: `cargo run --release -p router --example promise -- FILE.jsonl ...`.
//!
//! Without files it takes `mmlu.jsonl` and `gsm8k.jsonl` in the folder that `KINGLET_DATA` names. A line is a request that
//! both models answered: `{"domain", "small_score", "large_score", "small_answer"}`. `TRAIN=0.5` changes the share of audits
//! that fit the score; `TRIALS` and `BARS` the number of trials and of bars. `AGAIN=1` draws each audit from all requests,
//! drawn before or not: as from endless traffic like these, and with as many audits as one likes.
#![expect(clippy::print_stdout, reason = "that is what it is for")]
#[path = "promise/policy.rs"]
mod policy;
#[path = "promise/rows.rs"]
mod rows;
#[path = "promise/versions.rs"]
mod versions;

use policy::{POLICIES, Setting};
use rows::{Row, Score};
use std::{env, path::PathBuf, process::ExitCode, str::FromStr};
use versions::SCHEDULES;

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

/// Prints two tables; false where a proven policy broke its promise too often.
fn report(name: &str, rows: &[Row], left_out: usize) -> bool {
    let harms = rows.iter().filter(|row| row.harm()).count();
    let (n, trials) = (rows.len(), set("TRIALS", 300));
    println!("\n{name}: {n} requests, {:.1} % harmed if all were answered here", 100.0 * harms as f64 / n as f64);
    if left_out > 0 {
        println!("left out: {left_out} lines that are no such requests");
    }
    if !again() && AUDITS[2] > n * 3 / 4 {
        println!("audits: {} at most, not {}: some requests must be left that are not audited", n * 3 / 4, AUDITS[2]);
    }
    println!(
        "broken: % of {trials} trials with more harm than promised, in all requests (in those that were not audited)"
    );
    println!("local: mean % of all requests that are answered here; 95 % confidence\n");
    let names = POLICIES.iter().map(|policy| policy.name);
    let mut kept = table(names, n, |setting| {
        let found = compare(rows, setting, trials);
        POLICIES.iter().zip(found).map(|(policy, found)| (policy.proven, found)).collect()
    });
    println!("\nrefitted as audits come; broken: by any version at any time\n");
    let names = SCHEDULES.iter().map(|schedule| schedule.name);
    kept &= table(names, n, |setting| refit(rows, setting, trials).into_iter().map(|found| (true, found)).collect());
    println!("\nproven policies {} in every row", if kept { "kept the promise" } else { "BROKE THE PROMISE" });
    kept
}

/// A row for each setting, a column for each of `names`; false where one that is proven broke its promise too often.
fn table<'a>(
    names: impl Iterator<Item = &'a str> + Clone,
    n: usize,
    columns: impl Fn(Setting) -> Vec<(bool, Found)>,
) -> bool {
    print!("promise  audits ");
    names.clone().for_each(|name| print!("| {name:<24}"));
    print!("\n                ");
    names.for_each(|_| print!("|  broken (rest)     local "));
    println!();
    let most = if again() { AUDITS[2] } else { n * 3 / 4 };
    let mut sizes = AUDITS.map(|audits| audits.min(most)).to_vec();
    sizes.dedup();
    let mut kept = true;
    for alpha in ALPHAS {
        for audits in &sizes {
            let (train, bars) = (set("TRAIN", router::fold::TRAIN), set("BARS", 200));
            print!("{:>5} %  {audits:>6} ", 100.0 * alpha);
            for (proven, found) in columns(Setting { alpha, delta: DELTA, audits: *audits, train, bars }) {
                let rest = found.broken_rest.map_or_else(String::new, |rest| format!("({rest:>5.1})"));
                print!("| {:>6.1} {rest:>7}  {:>7.1} ", found.broken, found.local);
                kept &= !proven || found.broken <= 100.0 * DELTA;
            }
            println!();
        }
    }
    kept
}

/// What one policy did in all trials, in %.
#[derive(Clone, Default)]
struct Found {
    broken: f64,
    broken_rest: Option<f64>,
    local: f64,
}

/// Each of the policies on the same audits.
fn compare(rows: &[Row], setting: Setting, trials: usize) -> Vec<Found> {
    let mut found = vec![Found::default(); POLICIES.len()];
    let mut rng = fastrand::Rng::with_seed(7);
    let mut order: Vec<&Row> = rows.iter().collect();
    let part = 100.0 / trials as f64;
    for _ in 0..trials {
        let (audits, rest) = draw(rows, &mut order, setting.audits, &mut rng);
        let (train, certify) = audits.split_at((setting.audits as f64 * setting.train) as usize);
        let score = Score::fit(train);
        let scored =
            |rows: &mut dyn Iterator<Item = &Row>| rows.map(|row| row.audit(score.score(row))).collect::<Vec<_>>();
        let (train, certify) = (scored(&mut train.iter().copied()), scored(&mut certify.iter().copied()));
        let (all, rest) = (scored(&mut rows.iter()), scored(&mut rest.iter().copied()));
        for (policy, found) in POLICIES.iter().zip(&mut found) {
            let bar = (policy.bar)(&setting, &train, &certify);
            // without a bar everything goes to the large model
            let count = |audits: &[_]| bar.map_or((0, 0), |bar| policy::count(audits, bar));
            let broken = |audits: &[_]| part * f64::from(count(audits).1 as f64 > setting.alpha * audits.len() as f64);
            found.broken += broken(&all);
            found.local += part * count(&all).0 as f64 / all.len() as f64;
            if !rest.is_empty() {
                found.broken_rest = Some(found.broken_rest.unwrap_or_default() + broken(&rest));
            }
        }
    }
    found
}

/// So many audits, and the requests that are left; none are left where each may be drawn again and again.
fn draw<'a, 'b>(
    rows: &'a [Row],
    order: &'b mut Vec<&'a Row>,
    audits: usize,
    rng: &mut fastrand::Rng,
) -> (&'b [&'a Row], &'b [&'a Row]) {
    if again() {
        *order = (0..audits).map(|_| &rows[rng.usize(..rows.len())]).collect();
        return (order, &[]);
    }
    rng.shuffle(order);
    order.split_at(audits)
}

fn again() -> bool {
    set("AGAIN", 0) == 1
}

/// Each of the schedules on the same audits.
fn refit(rows: &[Row], setting: Setting, trials: usize) -> Vec<Found> {
    let mut found = vec![Found::default(); SCHEDULES.len()];
    let part = 100.0 / trials as f64;
    let mut order: Vec<&Row> = rows.iter().collect();
    let mut rng = fastrand::Rng::with_seed(7);
    for trial in 0..trials {
        let (audits, _) = draw(rows, &mut order, setting.audits, &mut rng);
        for (schedule, found) in SCHEDULES.iter().zip(&mut found) {
            let mut folds = fastrand::Rng::with_seed(trial as u64);
            let (harms, local) = versions::run(rows, audits, &setting, *schedule, &mut folds);
            found.broken += part * f64::from(harms as f64 > setting.alpha * rows.len() as f64);
            found.local += part * local as f64 / rows.len() as f64;
        }
    }
    found
}
