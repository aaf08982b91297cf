//! Standard output, whose reader may leave before the end.
use std::io::{self, Write};

/// Writes `text`. A reader that has seen enough (`kinglet models | head`) is no fault.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {e}")),
        _ => Ok(()),
    }
}

/// Writes `value` as JSON.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), String> {
    print(&format!("{value:#}\n"))
}
