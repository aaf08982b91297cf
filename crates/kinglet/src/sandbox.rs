//! This program as the worker of its own sandbox.
use std::ffi::OsStr;
use toolsmith::Worker;

/// The argument that makes it one.
const ARGUMENT: &str = "tool-worker";

/// How a worker is started: as this very program.
pub(crate) fn worker() -> Worker {
    // without a path to itself it is looked for by name
    let program = std::env::current_exe().unwrap_or_else(|_| "kinglet".into());
    Worker { program, arguments: vec![ARGUMENT.into()] }
}

/// Whether this process is to be a worker and nothing else.
pub(crate) fn is_worker() -> bool {
    std::env::args_os().nth(1).as_deref() == Some(OsStr::new(ARGUMENT))
}
