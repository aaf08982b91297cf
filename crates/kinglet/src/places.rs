//! Where the user's files are: the folders for configuration and data, and `~`.
use std::path::{Path, PathBuf};

/// The variable `name` of the environment; empty is as good as none.
#[expect(clippy::disallowed_methods, reason = "this is the binary that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `kinglet.toml` in the user's folder for configuration.
pub(crate) fn user_config() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("kinglet/kinglet.toml"))
}

/// Lines typed in earlier chats.
pub(crate) fn chat_history() -> Option<PathBuf> {
    folder("XDG_DATA_HOME", ".local/share").map(|dir| dir.join("kinglet/chat-history"))
}

/// Models, where nothing else is said.
pub(crate) fn models() -> Option<PathBuf> {
    folder("XDG_DATA_HOME", ".local/share").map(|dir| dir.join("kinglet/models"))
}

/// The ledger, where nothing else is said.
pub(crate) fn ledger() -> Option<PathBuf> {
    folder("XDG_DATA_HOME", ".local/share").map(|dir| dir.join("kinglet/ledger.db"))
}

/// `path` with a leading `~/` replaced, as a shell would.
pub(crate) fn from_home(path: &str) -> PathBuf {
    match path.strip_prefix("~/").zip(variable("HOME")) {
        Some((rest, home)) => Path::new(&home).join(rest),
        None => path.into(),
    }
}

/// The folder that `name` says, or `below` the user's home. Relative folders do not count, as the XDG rules want it.
fn folder(name: &str, below: &str) -> Option<PathBuf> {
    let said = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    said.or_else(|| variable("HOME").map(|home| Path::new(&home).join(below)))
}
