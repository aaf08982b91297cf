//! Runs tools for this crate's tests, as the program does for itself.
use std::process::ExitCode;

fn main() -> ExitCode {
    toolsmith::sandbox::work()
}
