//! Reads receipts with a tool, tells how often it answers and how often that is right, and puts it on trial in shadow.
//!
//! `cargo run --release -p toolsmith --example receipt-tool FOLDER`, where `receipts_{train,valid,test}.jsonl` lie: one
//! `{"text", "fields": {"company", "date", "address", "total"}}` a line. A number after it: only so many of each.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]
use router::{
    certify::{Kind, Promise},
    trial::{Event, Trial},
};
use serde_json::{Map, Value};
use std::{
    error::Error,
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};
use toolsmith::{Call, Limits, Sandbox, Worker};

#[path = "../tests/receipts/tool.rs"]
mod tool;

/// What makes this program its own worker.
const WORKER: &str = "tool-worker";
/// What is asked for.
const ASKED: [&[&str]; 2] = [&["date", "total"], &["company", "date", "address", "total"]];
/// How sure the tool must be: what it answers at one of them, it answers at all before.
const BARS: [u8; 4] = [1, 2, 3, 4];
const PROMISE: Promise = Promise { alpha: 0.03, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };
/// An unoptimised build is slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// How answers are compared with labels.
#[derive(Clone, Copy)]
enum Reading {
    /// As labelled, to the letter.
    Exact,
    /// Letters and digits alone: labels were corrected by hand, the text was not.
    Letters,
}

impl Reading {
    fn agrees(self, found: &Value, expected: &Value) -> bool {
        let letters = |v: &Value| -> String {
            v.as_str()
                .unwrap_or_default()
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        match self {
            Self::Exact => found == expected,
            Self::Letters => letters(found) == letters(expected),
        }
    }
}

/// A receipt after the tool.
struct Read {
    /// The highest bar at which it answers; 0 where it declines at all.
    sure: u8,
    answer: Map<String, Value>,
    labels: Value,
}

impl Read {
    /// Whether `fields` are right.
    fn is_right(&self, fields: &[&str], reading: Reading) -> bool {
        fields.iter().all(|f| self.answer.get(*f).is_some_and(|found| reading.agrees(found, &self.labels[*f])))
    }
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let most = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    if argument.as_deref() == Some(WORKER) {
        return toolsmith::sandbox::work();
    }
    let Some(folder) = argument.filter(|f| Path::new(f).join("receipts_train.jsonl").exists()) else {
        println!("skipped: no receipts (give the folder where receipts_train.jsonl lies)");
        return ExitCode::SUCCESS;
    };
    match measure(Path::new(&folder), most) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure(folder: &Path, most: usize) -> Result<(), Box<dyn Error>> {
    let worker = Worker { program: std::env::current_exe()?, arguments: vec![WORKER.into()] };
    let sandbox = Sandbox::open(worker, 1, Limits { time: PATIENCE, ..Limits::default() }).await?;
    let mut times = Vec::new();
    for asked in ASKED {
        let mut sets = Vec::new();
        for name in ["train", "valid", "test"] {
            let rows = rows(&folder.join(format!("receipts_{name}.jsonl")), most)?;
            sets.push((name, read(&sandbox, asked, &rows, &mut times).await?));
        }
        println!("\n## {}\n", asked.join(", "));
        println!("| rows | sure | answered | all right | by letters and digits | each field right |");
        println!("|---|---|---|---|---|---|");
        for (name, reads) in &sets {
            BARS.iter().for_each(|bar| println!("| {name} | {bar} | {} |", told(reads, *bar, asked)));
        }
        println!("\n| shadow over | sure | compared | verdict | answered | wrong | wrong at most | to the next tier |");
        println!("|---|---|---|---|---|---|---|---|");
        // the rules were written with a view on the first
        let (seen, unseen) = sets.split_at(1);
        for (name, sets) in [("train", seen), ("valid, test", unseen)] {
            let reads: Vec<&Read> = sets.iter().flat_map(|(_, reads)| reads).collect();
            BARS.iter().for_each(|bar| print!("{}", shadow(name, *bar, asked, &reads)));
        }
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("\n{} calls through the sandbox: median {:.1?}, 99th percentile {:.1?}", times.len(), at(50), at(99));
    Ok(())
}

fn rows(path: &Path, most: usize) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().take(most).map(serde_json::from_str).collect::<Result<_, _>>()?)
}

async fn read(
    sandbox: &Sandbox,
    asked: &[&str],
    rows: &[Value],
    times: &mut Vec<Duration>,
) -> Result<Vec<Read>, Box<dyn Error>> {
    let tools = BARS.map(|bar| (bar, tool::tool(Some(bar))));
    let mut reads = Vec::new();
    for row in rows {
        let mut read = Read { sure: 0, answer: Map::new(), labels: row["fields"].clone() };
        for (bar, tool) in tools.iter().rev() {
            let text = tool::request(asked, row["text"].as_str().unwrap_or_default());
            let start = Instant::now();
            // a fault is not to be counted but to be mended: the tool is to decline, never to fail
            let outcome = sandbox.call(&tool.code, Call::Answer { text }).await?;
            times.push(start.elapsed());
            if let Some(answer) = outcome.answer {
                read = Read { sure: *bar, answer: serde_json::from_str(&answer)?, ..read };
                break;
            }
        }
        reads.push(read);
    }
    Ok(reads)
}

/// Cells of a table: how many were answered and how many of these right.
fn told(reads: &[Read], bar: u8, asked: &[&str]) -> String {
    let answered: Vec<&Read> = reads.iter().filter(|r| r.sure >= bar).collect();
    let share = |n: usize, of: usize| format!("{:.1} %", 100.0 * n as f64 / of.max(1) as f64);
    let right = |fields: &[&str], reading| {
        share(answered.iter().filter(|r| r.is_right(fields, reading)).count(), answered.len())
    };
    let each: Vec<String> = asked.iter().map(|f| format!("{f} {}", right(&[*f], Reading::Exact))).collect();
    let coverage = share(answered.len(), reads.len());
    let all = (right(asked, Reading::Exact), right(asked, Reading::Letters));
    format!("{} of {} ({coverage}) | {} | {} | {}", answered.len(), reads.len(), all.0, all.1, each.join(", "))
}

/// Lines of a table: how a trial over `reads` in their order goes, each way of comparing.
fn shadow(of: &str, bar: u8, asked: &[&str], reads: &[&Read]) -> String {
    let line = |(compared, reading)| {
        let mut trial = Trial::new(PROMISE);
        let (mut n_answered, mut n_wrong, mut verdict) = (0, 0, None);
        for (i, read) in reads.iter().enumerate().filter(|(_, r)| r.sure >= bar) {
            let is_right = read.is_right(asked, reading);
            n_answered += 1;
            n_wrong += usize::from(!is_right);
            match trial.hear(f64::from(u8::from(is_right)), 1.0) {
                Some(Event::Proven) if verdict.is_none() => {
                    verdict = Some(format!("proven after {} receipts, {n_answered} of them answered", i + 1));
                }
                Some(Event::Alarm) => {
                    verdict = Some(format!("{}, alarm at {}", verdict.unwrap_or_default(), i + 1));
                }
                _ => {}
            }
        }
        let standing = trial.standing();
        let open = || match standing.missing {
            Some(n) if standing.loss < PROMISE.alpha => format!("open: {n} more without fault are missing"),
            _ => "never at this rate".to_owned(),
        };
        let verdict = verdict.unwrap_or_else(open);
        let at_most = 100.0 * standing.at_most;
        let declined = reads.len() - n_answered;
        format!("| {of} | {bar} | {compared} | {verdict} | {n_answered} | {n_wrong} | {at_most:.1} % | {declined} |\n")
    };
    [("exact", Reading::Exact), ("letters and digits", Reading::Letters)].map(line).concat()
}
