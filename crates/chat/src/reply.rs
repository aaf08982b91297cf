//! An answer on its way: a stream of deltas that ends in usage, and the trait of all who give one.
use crate::{ChatRequest, Error};
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use std::{pin::Pin, time::Duration};

/// A future whose type is not named.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Deltas as they come; dropping the stream cancels the request.
pub type Deltas = Pin<Box<dyn Stream<Item = Result<Delta, Error>> + Send>>;

/// Whoever answers: a tool, the engine, an upstream, or a cascade of them.
pub trait Answerer: Send + Sync {
    /// Answers `request` with one choice; `request.n` is the caller's matter.
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>>;
}

/// One answer under way.
pub struct Reply {
    /// `Reasoning`, `Text` and `ToolCall`*, `Finish`, `Usage`; or an error, after which nothing comes.
    pub deltas: Deltas,
}

/// The next piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Text, and the tokens that it holds when log-probabilities were asked.
    Text {
        /// May be empty when only tokens are reported.
        text: String,
        /// Empty unless log-probabilities were asked.
        logprobs: Vec<TokenLogprob>,
    },
    /// The beginning of a call (with id and name) or the next piece of its arguments.
    ToolCall {
        /// Which of the answer's calls.
        index: usize,
        /// With the first piece.
        id: Option<String>,
        /// With the first piece.
        name: Option<String>,
        /// A piece of a JSON object.
        arguments: String,
    },
    /// What the model thinks before it answers, where it is told apart from the answer.
    Reasoning(String),
    /// The text is complete.
    Finish(Finish),
    /// The end.
    Usage(Usage),
}

impl Delta {
    /// Writes what is said here to `out`: text, and calls of tools as names and arguments; not what is only thought.
    pub fn say(&self, out: &mut String) {
        match self {
            Self::Text { text, .. } => out.push_str(text),
            Self::ToolCall { name, arguments, .. } => {
                out.push_str(name.as_deref().unwrap_or_default());
                out.push_str(arguments);
            }
            Self::Reasoning(_) | Self::Finish(_) | Self::Usage(_) => {}
        }
    }
}

/// Why a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// By itself or at a stop text.
    Stop,
    /// At the most tokens asked for or at the context's end.
    Length,
    /// With calls of tools, which the model chose to make or had to.
    ToolCalls,
    /// Whoever answered held the rest back, or would not answer.
    ContentFilter,
}

/// Tokens read and written, and the time that it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens generated.
    pub completion_tokens: usize,
    /// Of the prompt's, how many were found in a cache.
    pub cached: usize,
    /// Of the generated, how many were thought and not said.
    pub reasoning: usize,
    /// Whether the tokens were estimated here, as whoever answered did not count them.
    pub estimated: bool,
    /// From being handed in to the start of the work; zero where nobody measured.
    pub queued: Duration,
    /// From the start of the work to the first token; zero where nobody measured.
    pub prefill: Duration,
    /// From the first token to the last; zero where nobody measured.
    pub decode: Duration,
}

/// A token with its natural log-probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logprob {
    /// The token as text; `bytes:\xf0\x9f` when it is no whole UTF-8.
    pub token: String,
    /// At least -9999, as JSON has no infinity.
    pub logprob: f32,
    /// The token's bytes.
    pub bytes: Option<Vec<u8>>,
}

/// A chosen token beside the most likely ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The chosen one.
    #[serde(flatten)]
    pub chosen: Logprob,
    /// The most likely ones, best first.
    pub top_logprobs: Vec<Logprob>,
}
