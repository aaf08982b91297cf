//! The small model that tests talk to.
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// The file of a small model that chats, fetched when it is not there. Where it cannot be, there is nothing to test, which is said.
#[expect(clippy::disallowed_methods, reason = "a test, not the program")]
pub(crate) fn model() -> Option<String> {
    let var = |name| std::env::var(name).ok().map(PathBuf::from);
    let data = || var("XDG_DATA_HOME").or_else(|| var("HOME").map(|home| home.join(".local/share")));
    let dir = var("KINGLET_MODELS").or_else(|| data().map(|data| data.join("kinglet/models")));
    let file = dir.unwrap_or_default().join("smollm2-135m.gguf");
    if !Path::new(&file).is_file() {
        let pulled = Command::new(env!("CARGO_BIN_EXE_kinglet")).args(["pull", "smollm2-135m"]).output().expect("runs");
        if !pulled.status.success() {
            let why = String::from_utf8_lossy(&pulled.stderr);
            let _ = writeln!(std::io::stderr(), "skipped: no {}, and it cannot be fetched: {why}", file.display());
            return None;
        }
    }
    Some(file.display().to_string())
}
