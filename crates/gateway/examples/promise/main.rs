//! A promise from its first request to an alarm, with a real small model: what it saves, what harm it does, and when it
//! is certified.
//!
//! `promise MODEL.gguf DATA TASK [--requests N] [--drift-at N] [--drift unlike|stale] [--most 0.02] [--large-error 0.02] [--audit-rate 0.2]
//! [--svg FILE]` serves MODEL on loopback with a route that promises at most so much harm. The large model is a script
//! that answers from the labels of DATA, wrong as often as it is told to; the judge is this program, called by the gateway
//! as a command, and knows the labels too. TASK is `banking77`, `clinc150` or `receipts`. After `--drift-at`, requests
//! are of a new kind: the small model is shown examples of other things, or such with the labels of an old catalogue.
#![expect(clippy::print_stdout, reason = "that is what it is for")]
mod chart;
mod far;
mod judge;
mod run;
mod tasks;

use std::{env, io::Write, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["judge", gold] => judge::judge(gold),
        [model, data, task, ref flags @ ..] => run::Setting::read(model, data, task, flags).and_then(run::run),
        _ => Err("promise MODEL.gguf DATA TASK [--requests N] [--drift-at N] [--most SHARE] ...".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "error: {fault}"); // there is nobody else to tell
            ExitCode::FAILURE
        }
    }
}
