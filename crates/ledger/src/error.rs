//! What can go wrong in the ledger, and whose fault it is.
use crate::limits::Refusal;
use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key's budget or limit does not allow the request.
    Limit(Refusal),
    /// What was given cannot be kept as it is.
    Input,
    /// Nothing of that name.
    NotFound,
    /// The database belongs to a newer program.
    Newer,
    /// The ledger was closed.
    Closed,
    /// The database failed, or could not be reached.
    Database,
}

/// Why the ledger did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Lowercase, no full stop; says what to do.
    pub message: String,
}

/// What the ledger's functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Of that kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(Kind::Closed, "the ledger is closed, as the program is stopping")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        Self::new(Kind::Database, format!("ledger database: {e}"))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(Kind::Limit(refusal), refusal.to_string())
    }
}
