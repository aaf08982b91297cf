//! One request on its way: its tokens, its pages, and the text that its listener has not heard yet.
use super::{Event, Finish, Limits, Listener, Request, TokenInfo, Usage, Want};
use crate::{
    Error,
    cache::{Cache, Pages},
    forward::Runner,
    sample::{self, Sampler},
};
use std::time::Instant;

pub(super) struct Sequence {
    request: Request,
    listener: Box<dyn Listener>,
    sampler: Sampler,
    /// Prompt and answer.
    tokens: Vec<u32>,
    /// Of `tokens`, how many have their keys and values in the cache.
    n_done: usize,
    pages: Pages,
    /// Most tokens that prompt and answer may reach.
    n_max: usize,
    /// Bytes that are not sent yet: incomplete UTF-8, or the possible start of a stop text.
    held: Vec<u8>,
    held_tokens: Vec<TokenInfo>,
    prompt_infos: Vec<TokenInfo>,
    /// Sum of hidden states, for an embedding.
    sum: Vec<f32>,
    submitted: Instant,
    pub(super) started: Option<Instant>,
    first_token: Option<Instant>,
    finished: bool,
}

impl Sequence {
    pub(super) fn new(request: Request, listener: Box<dyn Listener>, limits: &Limits) -> Self {
        let n_prompt = request.prompt.len();
        let n_max = match request.want {
            Want::Answer { max_tokens } => n_prompt.saturating_add(max_tokens).min(limits.n_ctx),
            Want::Embedding => n_prompt,
        };
        Self {
            sampler: Sampler::new(request.sampling.clone()),
            tokens: request.prompt.clone(),
            request,
            listener,
            n_done: 0,
            pages: Pages::default(),
            n_max,
            held: Vec::new(),
            held_tokens: Vec::new(),
            prompt_infos: Vec::new(),
            sum: Vec::new(),
            submitted: Instant::now(),
            started: None,
            first_token: None,
            finished: false,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.listener.gone()
    }

    pub(super) fn is_done(&self) -> bool {
        self.finished
    }

    pub(super) fn pages(&self) -> &Pages {
        &self.pages
    }

    pub(super) fn into_pages(self) -> Pages {
        self.pages
    }

    /// Room in the cache for all that this sequence may reach, so that it never waits half-way.
    pub(super) fn reserve(&mut self, cache: &mut Cache) -> bool {
        cache.reserve(&mut self.pages, self.n_max)
    }

    /// Tokens that are not in the cache yet.
    pub(super) fn n_left(&self) -> usize {
        self.tokens.len() - self.n_done
    }

    /// The next `n` tokens with their positions.
    pub(super) fn next(&self, n: usize) -> impl Iterator<Item = (usize, u32)> {
        (self.n_done..).zip(self.tokens[self.n_done..][..n].iter().copied())
    }

    pub(super) fn fail(mut self, error: Error) {
        self.listener.hear(Event::Failed(error));
    }

    /// Takes the hidden states of the `n` tokens that were run.
    pub(super) fn advance(&mut self, runner: &mut Runner, hidden: &[f32], n: usize) {
        let first = self.n_done;
        self.n_done += n;
        match self.request.want {
            Want::Embedding => self.embed(hidden, runner.model.arch.n_embd),
            Want::Answer { max_tokens } => {
                if self.request.prompt_logprobs && first < self.request.prompt.len() {
                    self.read_prompt(runner, hidden, first);
                }
                if n > 0 && self.n_left() == 0 {
                    if max_tokens == 0 {
                        self.finish(Finish::Length);
                    } else {
                        self.generate(runner, &hidden[hidden.len() - runner.model.arch.n_embd..]);
                    }
                }
            }
        }
    }

    fn embed(&mut self, hidden: &[f32], n_embd: usize) {
        self.sum.resize(n_embd, 0.0);
        for row in hidden.chunks(n_embd) {
            self.sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        if self.n_left() == 0 {
            let length = self.sum.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            let vector = self.sum.iter().map(|x| x / length).collect();
            self.listener.hear(Event::Embedding(vector));
            self.finish(Finish::Stop);
        }
    }

    /// Log-probabilities of the prompt tokens that follow those that were run.
    fn read_prompt(&mut self, runner: &mut Runner, hidden: &[f32], first: usize) {
        if first == 0 {
            self.prompt_infos.push(TokenInfo { id: self.tokens[0], logprob: None, top: Vec::new() });
        }
        let n_top = self.request.logprobs.unwrap_or(0);
        let (tokens, infos, n_prompt) = (&self.tokens, &mut self.prompt_infos, self.request.prompt.len());
        runner.logits(hidden, |i, logits| {
            if first + i + 1 < n_prompt {
                infos.push(info(logits, tokens[first + i + 1], n_top));
            }
        });
        if self.prompt_infos.len() == n_prompt {
            self.listener.hear(Event::Prompt(std::mem::take(&mut self.prompt_infos)));
        }
    }

    fn generate(&mut self, runner: &mut Runner, hidden: &[f32]) {
        let n_top = self.request.logprobs;
        let (sampler, tokens, n_prompt) = (&mut self.sampler, &self.tokens, self.request.prompt.len());
        let mut chosen = None;
        runner.logits(hidden, |_, logits| {
            let plain = n_top.map(|_| logits.to_vec());
            let id = sampler.choose(logits, tokens, n_prompt);
            chosen = Some((id, plain.map(|plain| info(&plain, id, n_top.unwrap_or(0)))));
        });
        let Some((id, info)) = chosen else { return };
        self.first_token.get_or_insert_with(Instant::now);
        self.tokens.push(id);
        let tokenizer = &runner.model.tokenizer;
        if tokenizer.is_end(id) && !self.request.ignore_end {
            return self.finish(Finish::Stop);
        }
        self.held.extend_from_slice(tokenizer.bytes(id));
        self.held_tokens.extend(info);
        if self.cut_at_stop() {
            self.finish(Finish::Stop);
        } else if self.tokens.len() >= self.n_max {
            self.finish(Finish::Length);
        } else {
            self.send(self.sendable());
        }
    }

    /// Cuts the held text before the first stop text in it, if there is one.
    fn cut_at_stop(&mut self) -> bool {
        let stops = self.request.stop.iter().filter(|s| !s.is_empty());
        let found = stops.filter_map(|s| self.held.windows(s.len()).position(|w| w == s.as_bytes())).min();
        if let Some(at) = found {
            self.held.truncate(at);
        }
        found.is_some()
    }

    /// How many held bytes are whole UTF-8 and cannot be the start of a stop text.
    fn sendable(&self) -> usize {
        let starts = |at: usize| self.request.stop.iter().any(|s| s.as_bytes().starts_with(&self.held[at..]));
        let n = (0..self.held.len()).find(|at| starts(*at)).unwrap_or(self.held.len());
        // what is no UTF-8 goes out as such, but a character that may become whole waits
        let tail = self.held[..n].utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
        let whole = std::str::from_utf8(tail).map_or_else(|e| e.error_len().is_some(), |_| true);
        if whole { n } else { n - tail.len() }
    }

    fn send(&mut self, n: usize) {
        if n == 0 && (self.held_tokens.is_empty() || !self.held.is_empty()) {
            return;
        }
        let text = String::from_utf8_lossy(&self.held[..n]).into_owned();
        self.held.drain(..n);
        // tokens go out with the first text after which nothing of them is held
        let tokens = if self.held.is_empty() { std::mem::take(&mut self.held_tokens) } else { Vec::new() };
        self.listener.hear(Event::Text { text, tokens });
    }

    fn finish(&mut self, finish: Finish) {
        let n = self.held.len();
        self.send(n);
        let now = Instant::now();
        let started = self.started.unwrap_or(now);
        let first_token = self.first_token.unwrap_or(now);
        let usage = Usage {
            n_prompt: self.request.prompt.len(),
            n_cached: 0,
            n_generated: self.tokens.len() - self.request.prompt.len(),
            queued: started - self.submitted,
            prefill: first_token - started,
            decode: now - first_token,
        };
        self.finished = true;
        self.listener.hear(Event::Done { finish, usage });
    }
}

fn info(logits: &[f32], id: u32, n_top: usize) -> TokenInfo {
    let log_sum_exp = sample::log_sum_exp(logits);
    TokenInfo { id, logprob: Some(logits[id as usize] - log_sum_exp), top: sample::top(logits, n_top, log_sum_exp) }
}
