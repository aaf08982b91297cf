//! Reads receipts with a tool, tells how often it answers and how often that is right, and puts it on trial in shadow.
//!
//! `cargo run --release -p toolsmith --example receipt-tool FOLDER`, where `receipts_{train,valid,test}.jsonl` lie: one
//! `{"text", "fields": {"company", "date", "address", "total"}}` a line.
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
/// How sure the tool must be.
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
    /// None where it declined.
    answer: Option<Map<String, Value>>,
    labels: Value,
}

impl Read {
    /// Whether it answered and `fields` are right.
    fn is_right(&self, fields: &[&str], reading: Reading) -> bool {
        let is_right = |found: &Value, field: &str| reading.agrees(found, &self.labels[field]);
        self.answer.as_ref().is_some_and(|a| fields.iter().all(|f| a.get(*f).is_some_and(|found| is_right(found, f))))
    }
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some(WORKER) {
        return toolsmith::sandbox::work();
    }
    let Some(folder) = argument.filter(|f| Path::new(f).join("receipts_train.jsonl").exists()) else {
        println!("skipped: no receipts (give the folder where receipts_train.jsonl lies)");
        return ExitCode::SUCCESS;
    };
    match measure(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure(folder: &Path) -> Result<(), Box<dyn Error>> {
    let worker = Worker { program: std::env::current_exe()?, arguments: vec![WORKER.into()] };
    let sandbox = Sandbox::open(worker, 1, Limits { time: PATIENCE, ..Limits::default() }).await?;
    let mut sets = Vec::new();
    for name in ["train", "valid", "test"] {
        sets.push((name, rows(&folder.join(format!("receipts_{name}.jsonl")))?));
    }
    let mut times = Vec::new();
    for asked in ASKED {
        println!("\n## {}\n", asked.join(", "));
        println!("| rows | sure | answered | all right | by letters and digits | each field right |");
        println!("|---|---|---|---|---|---|");
        let mut shadows = String::new();
        for bar in BARS {
            let mut unseen = Vec::new();
            for (name, rows) in &sets {
                let reads = read(&sandbox, bar, asked, rows, &mut times).await?;
                println!("| {name} | {bar} | {} |", told(&reads, asked));
                if *name == "train" {
                    shadows += &shadow("train", bar, asked, &reads);
                } else {
                    unseen.extend(reads);
                }
            }
            shadows += &shadow("valid, test", bar, asked, &unseen);
        }
        println!("\n| shadow over | sure | compared | verdict | answered | wrong | wrong at most | to the next tier |");
        println!("|---|---|---|---|---|---|---|---|\n{shadows}");
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{} calls through the sandbox: median {:.1?}, 99th percentile {:.1?}", times.len(), at(50), at(99));
    Ok(())
}

fn rows(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

async fn read(
    sandbox: &Sandbox,
    bar: u8,
    asked: &[&str],
    rows: &[Value],
    times: &mut Vec<Duration>,
) -> Result<Vec<Read>, Box<dyn Error>> {
    let tool = tool::tool(Some(bar));
    let mut reads = Vec::new();
    for row in rows {
        let text = tool::request(asked, row["text"].as_str().unwrap_or_default());
        let start = Instant::now();
        // a fault would be one of the tool: it is to decline, never to fail
        let outcome = sandbox.call(&tool.code, Call::Answer { text }).await?;
        times.push(start.elapsed());
        let answer: Option<Map<String, Value>> = outcome.answer.map(|a| serde_json::from_str(&a)).transpose()?;
        if answer.as_ref().is_some_and(|a| a.len() != asked.len()) {
            return Err(format!("{answer:?}: {asked:?} expected").into());
        }
        reads.push(Read { answer, labels: row["fields"].clone() });
    }
    Ok(reads)
}

/// Cells of a table: how many were answered and how many of these right.
fn told(reads: &[Read], asked: &[&str]) -> String {
    let n_answered = reads.iter().filter(|r| r.answer.is_some()).count();
    let share = |n: usize| format!("{:.1} %", 100.0 * n as f64 / n_answered.max(1) as f64);
    let right = |fields: &[&str], reading| share(reads.iter().filter(|r| r.is_right(fields, reading)).count());
    let each: Vec<String> = asked.iter().map(|f| format!("{f} {}", right(&[*f], Reading::Exact))).collect();
    let coverage = 100.0 * n_answered as f64 / reads.len().max(1) as f64;
    let all = (right(asked, Reading::Exact), right(asked, Reading::Letters));
    format!("{n_answered} of {} ({coverage:.1} %) | {} | {} | {}", reads.len(), all.0, all.1, each.join(", "))
}

/// Lines of a table: how a trial over `reads` in their order goes, each way of comparing.
fn shadow(of: &str, bar: u8, asked: &[&str], reads: &[Read]) -> String {
    let line = |(compared, reading)| {
        let mut trial = Trial::new(PROMISE);
        let (mut n_answered, mut n_wrong, mut verdict) = (0, 0, None);
        for (i, read) in reads.iter().enumerate().filter(|(_, r)| r.answer.is_some()) {
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
            Some(n) => format!("open: {n} more without fault are missing"),
            None => "never: it errs too often".to_owned(),
        };
        let verdict = verdict.unwrap_or_else(open);
        let at_most = 100.0 * standing.at_most;
        let declined = reads.len() - n_answered;
        format!("| {of} | {bar} | {compared} | {verdict} | {n_answered} | {n_wrong} | {at_most:.1} % | {declined} |\n")
    };
    [("exact", Reading::Exact), ("letters and digits", Reading::Letters)].map(line).concat()
}
