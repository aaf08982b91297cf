//! One request on its way: its tokens, its pages, and the text that its listener has not heard yet.
use super::{Event, Finish, Limits, Listener, Request, TokenInfo, Usage, Want};
use crate::{
    Error,
    cache::{Cache, Pages},
    forward::{Logits, Need},
    grammar::{Mask, Verdict, Writer},
    sample::{self, Sampler},
    tokenizer::Tokenizer,
};
use std::time::Instant;

pub(super) struct Sequence {
    request: Request,
    listener: Box<dyn Listener>,
    sampler: Sampler,
    /// Follows the answer in the request's grammar.
    writer: Option<Writer>,
    /// What the grammar allows next.
    mask: Option<Mask>,
    /// Prompt and answer.
    tokens: Vec<u32>,
    /// Of `tokens`, how many have their keys and values in the cache.
    n_done: usize,
    /// What `n_done` was before the last step.
    n_before: usize,
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
        let jumps = request.logprobs.is_none(); // forced tokens have no probabilities of their own
        let mut sequence = Self {
            sampler: Sampler::new(request.sampling.clone()),
            writer: request.grammar.as_deref().map(|grammar| Writer::new(grammar, jumps)),
            mask: None,
            tokens: request.prompt.clone(),
            request,
            listener,
            n_done: 0,
            n_before: 0,
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
        };
        sequence.begin();
        sequence
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
        self.break_off(error);
    }

    fn break_off(&mut self, error: Error) {
        self.finished = true;
        self.listener.hear(Event::Failed(error));
    }

    /// Whether the grammar has reached its end.
    fn is_complete(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::is_complete)
    }

    /// Whether the grammar left no choice from the answer's first token to its last.
    fn is_determined(&self) -> bool {
        self.tokens.len() > self.request.prompt.len()
            && self.first_token.is_none()
            && (self.is_complete() || self.tokens.len() >= self.n_max)
    }

    /// Begins the answer with what its grammar forces, so that it is read together with the prompt.
    fn begin(&mut self) {
        let room = self.n_max.saturating_sub(self.tokens.len());
        let Some(writer) = self.writer.as_mut().filter(|_| room > 0) else { return };
        for id in writer.forced().into_iter().take(room) {
            self.held.extend_from_slice(writer.bytes(id));
            self.tokens.push(id);
        }
    }

    /// Takes the hidden states of the `n` tokens that were run, and says of which of them it needs the logits.
    pub(super) fn read(&mut self, hidden: &[f32], n: usize) -> Vec<(usize, Need)> {
        self.n_before = self.n_done;
        self.n_done += n;
        let max_tokens = match self.request.want {
            Want::Embedding => {
                self.embed(hidden, n);
                return Vec::new();
            }
            Want::Answer { max_tokens } => max_tokens,
        };
        let n_prompt = self.request.prompt.len();
        let mut needs = Vec::new();
        if self.request.prompt_logprobs && self.n_before < n_prompt {
            if self.n_before == 0 {
                self.prompt_infos.push(TokenInfo { id: self.tokens[0], logprob: None, top: Vec::new() });
            }
            needs.extend((self.n_before..self.n_done.min(n_prompt - 1)).map(|pos| (pos - self.n_before, Need::All)));
            self.send_prompt();
        }
        if n > 0 && self.n_left() == 0 {
            if max_tokens > 0 && self.is_determined() {
                self.finish(if self.is_complete() { Finish::Stop } else { Finish::Length });
            } else if max_tokens > 0 {
                match self.need() {
                    Ok(need) => needs.push((n - 1, need)),
                    Err(error) => self.break_off(error),
                }
            } else if needs.is_empty() {
                self.finish(Finish::Length);
            }
        }
        needs
    }

    /// Which logits the next token is chosen from.
    fn need(&mut self) -> Result<Need, Error> {
        self.mask = self.writer.as_mut().map(Writer::mask).transpose()?;
        if self.request.logprobs.is_some() {
            return Ok(Need::All);
        }
        match &self.mask {
            Some(mask) => Ok(mask.few().map_or(Need::All, Need::Only)),
            None => Ok(self.sampler.need(&self.tokens, self.request.prompt.len())),
        }
    }

    /// The logits of what [`Self::read`] asked for, in that order.
    pub(super) fn hear(&mut self, row_idx: usize, logits: &mut Logits<'_>, tokenizer: &Tokenizer) {
        let (next, n_prompt) = (self.n_before + row_idx + 1, self.request.prompt.len());
        if next < n_prompt {
            if let Logits::All(logits) = logits {
                self.prompt_infos.push(info(logits, self.tokens[next], self.request.logprobs.unwrap_or(0)));
            }
            self.send_prompt();
            if next + 1 == n_prompt && self.n_left() == 0 && self.request.want == (Want::Answer { max_tokens: 0 }) {
                self.finish(Finish::Length);
            }
        } else {
            self.generate(logits, tokenizer);
        }
    }

    fn send_prompt(&mut self) {
        if self.prompt_infos.len() == self.request.prompt.len() {
            self.listener.hear(Event::Prompt(std::mem::take(&mut self.prompt_infos)));
        }
    }

    fn embed(&mut self, hidden: &[f32], n: usize) {
        let n_embd = hidden.len() / n.max(1);
        self.sum.resize(n_embd, 0.0);
        for row in hidden.chunks(n_embd.max(1)) {
            self.sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        if self.n_left() == 0 {
            let length = self.sum.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            let vector = self.sum.iter().map(|x| x / length).collect();
            self.listener.hear(Event::Embedding(vector));
            self.finish(Finish::Stop);
        }
    }

    fn generate(&mut self, logits: &mut Logits<'_>, tokenizer: &Tokenizer) {
        let plain = match (self.request.logprobs, &*logits) {
            (Some(n_top), Logits::All(logits)) => Some((n_top, logits.to_vec())),
            _ => None,
        };
        if let (Some(mask), Logits::All(logits)) = (&self.mask, &mut *logits) {
            mask.apply(logits);
        }
        let id = self.sampler.choose(logits, &self.tokens, self.request.prompt.len());
        let info = plain.map(|(n_top, plain)| info(&plain, id, n_top));
        self.first_token.get_or_insert_with(Instant::now);
        let n_left = self.n_max - self.tokens.len();
        let written: Result<(Vec<u32>, bool), Error> = match self.writer.as_mut().filter(|_| !tokenizer.is_end(id)) {
            None => Ok((vec![id], false)),
            Some(writer) => writer.take(id, n_left).map(|verdict| match verdict {
                Verdict::Go(forced) => (std::iter::once(id).chain(forced).collect(), false),
                Verdict::Instead(ids) => (ids, false),
                Verdict::End(ids) => (ids, true),
            }),
        };
        match written {
            Ok((ids, is_end)) => self.write(&ids, info, is_end, tokenizer),
            Err(error) => self.break_off(error),
        }
    }

    /// Adds `ids` to the answer; with `is_end` they are its end, for want of room. `info` is of the token that was chosen.
    fn write(&mut self, ids: &[u32], mut info: Option<TokenInfo>, is_end: bool, tokenizer: &Tokenizer) {
        for (i, id) in ids.iter().enumerate() {
            self.tokens.push(*id);
            if tokenizer.is_end(*id) && (!self.request.ignore_end || self.writer.is_some()) {
                return self.finish(Finish::Stop);
            }
            self.held.extend_from_slice(tokenizer.bytes(*id));
            if self.request.logprobs.is_some() {
                let forced = TokenInfo { id: *id, logprob: Some(0.0), top: Vec::new() };
                self.held_tokens.push(info.take().filter(|info| info.id == *id).unwrap_or(forced));
            }
            let is_last = i + 1 == ids.len();
            if self.cut_at_stop() {
                return self.finish(Finish::Stop);
            } else if is_last && !is_end && self.is_complete() {
                return self.finish(Finish::Stop);
            } else if self.tokens.len() >= self.n_max || (is_last && is_end) {
                return self.finish(Finish::Length);
            }
        }
        self.send(self.sendable());
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
