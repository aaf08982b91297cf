//! How far wrong tools come: mutants of right ones, and tools that err on a share of requests, in verification and in shadow.
//!
//! ```sh
//! cargo run --release -p toolsmith --example wrong_tools -- mutants [MOST [FAMILY ...]]   # each alone
//! cargo run --release -p toolsmith --example wrong_tools -- pairs [MOST [FAMILY ...]]     # beside a second program
//! cargo run --release -p toolsmith --example wrong_tools -- erring [TRIALS]
//! ```
//!
//! Verification and the behaviour of tools are those of the real sandbox; trials in shadow are `router::trial::Trial`.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

#[path = "wrong_tools/erring.rs"]
mod erring;
#[path = "../tests/families/family.rs"]
mod family;
#[path = "wrong_tools/survivors.rs"]
mod survivors;

use router::{
    certify::{Kind, Promise},
    trial::Trial,
};
use std::{error::Error, process::ExitCode};
use toolsmith::{Gates, Limits, Sandbox, Worker};

/// What is promised of a tool: at most so much harm, with half of a route's error probability of 5 %.
const PROMISE: Promise = Promise { alpha: 0.03, delta: 0.025, kind: Kind::Harm, judge_error: 0.0 };

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next();
    let number = |text: Option<String>, default| text.map_or(Ok(default), |text| text.parse::<usize>());
    let measured = match what.as_deref() {
        Some("worker") => return toolsmith::sandbox::work(),
        Some(what @ ("mutants" | "pairs")) => number(arguments.next(), 60).map_err(Into::into).and_then(|most| {
            let families: Vec<String> = arguments.collect();
            survivors::measure(most, what == "pairs", &families)
        }),
        Some("erring") => number(arguments.next(), 300).map_err(Into::into).and_then(erring::measure),
        _ => Err("usage: wrong_tools mutants | pairs [MOST [FAMILY ...]], or erring [TRIALS]".into()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn sandbox() -> Result<Sandbox, Box<dyn Error>> {
    let worker = Worker { program: std::env::current_exe()?, arguments: vec!["worker".into()] };
    Ok(Sandbox::open(worker, 1, Limits::default()).await?)
}

/// As always, but that nothing is refused for being slow: a busy machine must not seem to find wrong tools. Mutants of what
/// is verified are looked at only where `mutants` is not 0.
fn gates(mutants: usize) -> Gates {
    Gates { mutants, median_us: 10_000_000, slowest_us: 10_000_000, ..Gates::default() }
}

/// One answer is compared.
fn hear(trial: &mut Trial, is_right: bool) -> Option<router::trial::Event> {
    trial.hear(f64::from(u8::from(is_right)), 1.0)
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
