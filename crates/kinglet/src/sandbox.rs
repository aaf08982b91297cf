//! This program as its own worker: it starts itself, and what runs then computes and does nothing else.
use std::{path::PathBuf, process::ExitCode};
use toolsmith::Worker;

/// What makes the program a worker, where it stands first among its arguments.
const ARGUMENT: &str = "tool-worker";

/// How this program starts itself as a worker: the file that runs, even after another took its name.
pub(crate) fn worker() -> Worker {
    let same = PathBuf::from("/proc/self/exe");
    let program = if cfg!(target_os = "linux") { same } else { std::env::current_exe().unwrap_or(same) };
    Worker { program, arguments: vec![ARGUMENT.into()] }
}

/// A worker's whole life, where the program is to be one.
pub(crate) fn work() -> Option<ExitCode> {
    let is_worker = std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT);
    is_worker.then(toolsmith::sandbox::work)
}
