//! Why a download failed, and whether trying again can help.
use reqwest::StatusCode;
use std::{error::Error, fmt, io, time::Duration};

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The address, or a token where none may be sent.
    Input,
    /// No connection, or one that was cut.
    Network,
    /// The server's answer was of this status.
    Status(u16),
    /// A redirect that is not followed.
    Redirect,
    /// The bytes, or what was announced of them, are not what is wanted.
    Content,
    /// The disk refused.
    Disk,
}

/// Why a download failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Lowercase, no full stop; names the address without its query, which may hold a secret.
    pub message: String,
    pub(super) retry: bool,
    /// How long the server asks to wait.
    pub(super) after: Option<Duration>,
}

impl Failure {
    /// One that trying again does not help.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry: false, after: None }
    }

    pub(super) fn again(kind: Kind, message: impl Into<String>) -> Self {
        Self { retry: true, ..Self::new(kind, message) }
    }

    pub(super) fn disk(e: io::Error) -> Self {
        Self::new(Kind::Disk, e.to_string())
    }

    /// An answer of `status`, with the server's own words if it gave any.
    pub(super) fn status(at: &str, status: StatusCode, words: Option<&str>, after: Option<Duration>) -> Self {
        let remedy = match status.as_u16() {
            401 => "; a token is needed, or the one given is not valid",
            403 => "; the token given may not read this",
            404 | 410 => "; check the address",
            429 => "; too many requests",
            _ => "",
        };
        let words = words.map(|w| format!(" ({w})")).unwrap_or_default();
        let retry = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        Self {
            retry,
            after,
            ..Self::new(Kind::Status(status.as_u16()), format!("{at}: answer {status}{words}{remedy}"))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

/// The cause that says most: a chain of libraries wraps it.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
