//! What can go wrong in the engine, and whose fault it is.
use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The operating system refused: a file is missing, unreadable or cut while in use.
    Io,
    /// The bytes are not what their format says.
    Format,
    /// Well-formed, but of a type, architecture or feature that this engine does not run.
    Unsupported,
    /// The caller asked for something impossible (a sampling value out of range, an unknown token).
    Input,
    /// Prompt plus one token do not fit into the context.
    ContextLength {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens that the context holds.
        limit: usize,
    },
    /// The queue is full, or the engine is stopping; the same request may succeed later.
    Busy,
    /// A defect of this program.
    Internal,
}

/// An engine error: its kind, and a message that names the thing, the expectation and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Lowercase, no full stop.
    pub message: String,
}

impl Error {
    /// An error of `kind` with its message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn format(message: impl Into<String>) -> Self {
        Self::new(Kind::Format, message)
    }

    /// The same fault, told of `place`.
    pub(crate) fn within(self, place: &str) -> Self {
        Self::new(self.kind, format!("{place}: {}", self.message))
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// `text` between backticks, short and printable: a name in a file may be anything.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut start: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        start.push_str("..");
    }
    format!("`{start}`")
}
