//! What can go wrong with a request, whose fault it is, and whether asking again can help.
use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not what it should be.
    Input,
    /// No model of that name.
    UnknownModel,
    /// Prompt plus one token do not fit into the context.
    ContextLength {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens that the context holds.
        limit: usize,
    },
    /// The queue is full.
    Busy,
    /// The key's budget or limit is used up.
    Limit {
        /// Until when, in seconds; none where no time helps.
        seconds: Option<u32>,
        /// Whether it is a budget of a day or a month.
        budget: bool,
    },
    /// The key is not for this.
    Forbidden,
    /// The model is still loading, or the server is stopping.
    Unavailable,
    /// The time for it ran out.
    Timeout,
    /// Whoever was asked further on failed.
    Upstream,
    /// A defect of this program.
    Internal,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The request's: nobody else would answer it either.
    Client,
    /// Someone's further on.
    Upstream,
    /// Ours.
    Us,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Whose fault it is.
    pub blame: Blame,
    /// Whether the same request may succeed later.
    pub retry: bool,
    /// Lowercase, no full stop; says what to do.
    pub message: String,
    /// The request's field at fault, as a path (`messages[0].content`).
    pub param: Option<String>,
}

impl Error {
    /// An error of `kind`, with the blame and the hope that go with it.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let blame = match kind {
            Kind::Input | Kind::UnknownModel | Kind::ContextLength { .. } | Kind::Limit { .. } | Kind::Forbidden => {
                Blame::Client
            }
            Kind::Upstream => Blame::Upstream,
            Kind::Busy | Kind::Unavailable | Kind::Timeout | Kind::Internal => Blame::Us,
        };
        let retry = matches!(
            kind,
            Kind::Limit { seconds: Some(_), .. } | Kind::Busy | Kind::Unavailable | Kind::Timeout | Kind::Upstream
        );
        Self { kind, blame, retry, message: message.into(), param: None }
    }

    /// The request's field `param` is wrong; the message begins with its name.
    pub fn field(param: impl Into<String>, message: impl fmt::Display) -> Self {
        let param = param.into();
        Self { param: Some(param.clone()), ..Self::new(Kind::Input, format!("{param}: {message}")) }
    }

    /// The same error, said of the field `param`.
    #[must_use]
    pub fn about(self, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
