//! Runs several requests at once: a bounded queue, continuous batching, events to whoever listens.
mod pins;
mod plan;
mod queue;
mod sequence;
mod steps;

use crate::{
    Error, Grammar, Kind, Model, Sampling,
    cache::{Cache, KvType},
    forward::Runner,
    grammar::{Compiled, Shape},
    lora::Adapters,
};
pub use pins::Pinned;
use queue::Queue;
use sequence::Sequence;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};
use steps::Scheduler;

/// Most tokens of one step: long prompts go in chunks, so that others get their next token in between.
pub(crate) const STEP_TOKENS: usize = 256;

/// How much one engine takes on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests that run at once.
    pub n_running: usize,
    /// Submissions that wait for one of those places; one more is refused as busy.
    pub n_waiting: usize,
    /// Tokens of prompt and answer that one request may hold; at most the model's own.
    pub n_ctx: usize,
    /// Tokens of KV cache for all requests together.
    pub n_cache: usize,
    /// How the cache keeps keys and values.
    pub kv: KvType,
    /// Most tokens that are guessed ahead of an answer where that pays; answers are the same with any number.
    pub n_draft: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { n_running: 16, n_waiting: 64, n_ctx: 8192, n_cache: 16384, kv: KvType::F16, n_draft: 12 }
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
    /// The name of a loaded adapter to answer with.
    pub adapter: Option<String>,
    /// Requests of different keys share no keys and values though their tokens agree; 0 is the plain model.
    pub kv_key: u64,
    /// What the answer must be; end tokens come only where it may end.
    pub grammar: Option<Arc<Grammar>>,
}

impl Request {
    /// What is wanted of `prompt`: greedy, no stop texts, no log-probabilities.
    pub fn new(prompt: Vec<u32>, want: Want) -> Self {
        Self {
            prompt,
            want,
            sampling: Sampling::default(),
            stop: Vec::new(),
            ignore_end: false,
            logprobs: None,
            prompt_logprobs: false,
            adapter: None,
            kv_key: 0,
            grammar: None,
        }
    }
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

/// A request, and who hears what comes of it.
pub type Job = (Request, Box<dyn Listener>);

/// Counters of one engine since its start, and its present state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Requests running now.
    pub n_running: usize,
    /// Requests waiting now.
    pub n_waiting: usize,
    /// KV cache pages that requests hold now.
    pub n_pages_used: usize,
    /// KV cache pages that nobody holds, kept for whoever begins alike until others need them.
    pub n_pages_kept: usize,
    /// KV cache pages in all.
    pub n_pages: usize,
    /// Tokens run so far, those of guesses included.
    pub n_rows: u64,
    /// Of them, tokens guessed ahead.
    pub n_drafted: u64,
    /// Of these, how many held.
    pub n_accepted: u64,
    /// Kept pages given up for others so far.
    pub n_evicted: u64,
    /// How often a request gave its pages to others, and had to run its tokens again.
    pub n_preempted: u64,
}

/// A running engine: one thread that owns the sequences of one model. Dropping it ends what runs.
pub struct Engine {
    model: Arc<Model>,
    limits: Limits,
    shared: Arc<Shared>,
    grammars: Compiled,
    thread: Option<JoinHandle<()>>,
    pub(crate) adapters: Adapters,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    /// Input when `limits` do not fit the model; Internal when the system gives no thread.
    pub fn start(model: Arc<Model>, limits: Limits) -> Result<Self, Error> {
        let limits = Limits { n_ctx: limits.n_ctx.min(model.info.n_ctx), ..limits };
        if limits.n_running == 0 || limits.n_ctx == 0 || limits.n_cache < limits.n_ctx {
            return Err(Error::new(
                Kind::Input,
                format!(
                    "at least one running request, and a cache of at least the context's {} tokens expected, {} and {} found",
                    limits.n_ctx, limits.n_running, limits.n_cache
                ),
            ));
        }
        let shared = Arc::new(Shared::default());
        let run = Scheduler::new(shared.clone(), limits.clone());
        let (runner, cache) = (Runner::new(model.clone()), Cache::new(&model.arch, limits.kv, limits.n_cache));
        shared.lock().stats.n_pages = cache.n_pages();
        let thread = thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || run.run(runner, cache))
            .map_err(|e| Error::new(Kind::Internal, format!("no thread for the engine: {e}")))?;
        let (grammars, adapters) = (Compiled::default(), Adapters::default());
        Ok(Self { model, limits, shared, grammars, thread: Some(thread), adapters })
    }

    /// The model that it runs.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The grammar of `shape` for this model; those asked for last are kept. May take a while: not for the engine's thread.
    ///
    /// # Errors
    /// As [`Grammar::compile`] and [`Model::vocabulary`].
    pub fn grammar(&self, shape: &Shape) -> Result<Arc<Grammar>, Error> {
        self.grammars.get(&self.model.vocabulary()?, shape)
    }

    /// Queues `request`; everything after goes to `listener`.
    ///
    /// # Errors
    /// `ContextLength` when prompt plus one token do not fit, `Busy` when the queue is full, `Input` for bad values.
    pub fn submit(&self, request: Request, listener: Box<dyn Listener>) -> Result<(), Error> {
        self.submit_all(vec![(request, listener)])
    }

    /// Queues all of `jobs`, or none. Together they take one place in the queue, however many they are.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub fn submit_all(&self, jobs: Vec<Job>) -> Result<(), Error> {
        jobs.iter().try_for_each(|(request, _)| self.check(request))?;
        let begin = |(request, ear): Job| {
            let adapter = request.adapter.as_ref().map(|name| self.adapters.get(name)).transpose()?;
            Ok(Sequence::new(request, ear, &self.limits, adapter))
        };
        let group: std::collections::VecDeque<_> = jobs.into_iter().map(begin).collect::<Result<_, Error>>()?;
        let mut queue = self.shared.lock();
        queue.forget_gone();
        // the thread fills free places between two steps only: until then, who is to have them waits
        let n_free = self.limits.n_running.saturating_sub(queue.stats.n_running);
        let n_waiting = queue.waiting.len();
        if queue.stop || n_waiting >= self.limits.n_waiting + n_free {
            return Err(Error::new(Kind::Busy, format!("{n_waiting} requests are waiting; try again later")));
        }
        if !group.is_empty() {
            queue.waiting.push_back(group);
        }
        queue.count_waiting();
        self.shared.wake.notify_one();
        Ok(())
    }

    fn check(&self, request: &Request) -> Result<(), Error> {
        let (n, limit, n_vocab) = (request.prompt.len(), self.limits.n_ctx, self.model.arch.n_vocab);
        if n == 0 {
            return Err(Error::new(Kind::Input, "prompt: at least one token expected, none found"));
        }
        if let Some(id) = request.prompt.iter().find(|id| **id as usize >= n_vocab) {
            return Err(Error::new(Kind::Input, format!("prompt: token ids below {n_vocab} expected, {id} found")));
        }
        if n + 1 > limit {
            return Err(Error::new(
                Kind::ContextLength { prompt: n, limit },
                format!(
                    "the prompt has {n} tokens, and with one to answer the context holds {limit}; shorten the prompt"
                ),
            ));
        }
        request.sampling.check(n_vocab)
    }

    /// Counters and state.
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // it catches panics of its steps, so there is nothing to hear from it
            let _ = thread.join();
        }
    }
}
