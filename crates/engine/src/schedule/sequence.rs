//! One request on its way: its tokens, its pages, and the text that its listener has not heard yet.
use super::{Event, Finish, Limits, Listener, Request, TokenInfo, Usage, Want};
use crate::{
    Adapter, Error,
    cache::{Cache, Pages},
    forward::{Logits, Need},
    grammar::{Mask, Verdict, Writer},
    kernel::PAGE,
    sample::{self, Sampler},
    speculate::Guesser,
    tokenizer::Tokenizer,
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Instant,
};

pub(super) struct Sequence {
    request: Request,
    listener: Box<dyn Listener>,
    sampler: Sampler,
    /// Kept to the end, though it may be unloaded meanwhile.
    adapter: Option<Arc<Adapter>>,
    /// Follows the answer in the request's grammar.
    writer: Option<Writer>,
    /// What the grammar allows next, and after each guess.
    masks: Vec<Mask>,
    /// Prompt and answer.
    tokens: Vec<u32>,
    /// Of `tokens`, how many have their keys and values in the cache.
    n_done: usize,
    /// What `n_done` was before the last step.
    n_before: usize,
    /// What it was after that step, before any guess held.
    n_sure: usize,
    pages: Pages,
    /// Of each page that its first tokens fill, a number for all tokens up to its end.
    marks: Vec<u64>,
    guesser: Guesser,
    /// Guesses at the next tokens that are run in this step; the answer decides which of them hold.
    draft: Vec<u32>,
    /// Its place among all that began: who began last gives way first. `None` before it begins.
    pub(super) turn: Option<Turn>,
    /// Most tokens that prompt and answer may reach.
    n_max: usize,
    /// Bytes that are not sent yet: incomplete UTF-8, or the possible start of a stop text.
    held: Vec<u8>,
    held_tokens: Vec<TokenInfo>,
    prompt_infos: Vec<TokenInfo>,
    /// Infos of the prompt that were made so far, sent or not.
    n_infos: usize,
    /// Tokens of the prompt that were found in the cache.
    n_cached: usize,
    gave_way: bool,
    /// Sum of hidden states, for an embedding.
    sum: Vec<f32>,
    submitted: Instant,
    started: Option<Instant>,
    first_token: Option<Instant>,
    finished: bool,
}

/// When a sequence first began to run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// The step.
    pub step: u64,
    /// How many had begun before.
    pub number: u64,
}

impl Sequence {
    pub(super) fn new(
        mut request: Request,
        listener: Box<dyn Listener>,
        limits: &Limits,
        adapter: Option<Arc<Adapter>>,
    ) -> Self {
        let n_prompt = request.prompt.len();
        let n_max = match request.want {
            Want::Answer { max_tokens } => n_prompt.saturating_add(max_tokens).min(limits.n_ctx),
            Want::Embedding => n_prompt,
        };
        // what an adapter makes of a text is its own; the low half is left to whoever sent the request
        request.kv_key ^= adapter.as_ref().map_or(0, |adapter| adapter.key() << 32);
        let (pages, marks) = (Pages::new(request.kv_key), marks(request.kv_key, &request.prompt));
        let jumps = request.logprobs.is_none(); // forced tokens have no probabilities of their own
        let mut sequence = Self {
            sampler: Sampler::new(request.sampling.clone()),
            writer: request.grammar.as_deref().map(|grammar| Writer::new(grammar, jumps)),
            masks: Vec::new(),
            tokens: request.prompt.clone(),
            request,
            listener,
            adapter,
            n_done: 0,
            n_before: 0,
            n_sure: 0,
            pages,
            marks,
            guesser: Guesser::new(),
            draft: Vec::new(),
            turn: None,
            n_max,
            held: Vec::new(),
            held_tokens: Vec::new(),
            prompt_infos: Vec::new(),
            n_infos: 0,
            n_cached: 0,
            gave_way: false,
            sum: Vec::new(),
            submitted: Instant::now(),
            started: None,
            first_token: None,
            finished: false,
        };
        sequence.write_forced();
        sequence
    }

    pub(super) fn is_gone(&self) -> bool {
        self.listener.gone()
    }

    pub(super) fn is_done(&self) -> bool {
        self.finished
    }

    pub(super) fn adapter(&self) -> Option<&Arc<Adapter>> {
        self.adapter.as_ref()
    }

    pub(super) fn pages(&self) -> &Pages {
        &self.pages
    }

    pub(super) fn kv_key(&self) -> u64 {
        self.request.kv_key
    }

    /// Prompt and answer.
    pub(super) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// It begins, or goes on after it gave way.
    pub(super) fn begin(&mut self, turn: Turn) {
        self.turn.get_or_insert(turn);
        self.started.get_or_insert_with(Instant::now);
    }

    /// The mark of page `page_idx`: sequences with the same tokens up to its end have the same.
    pub(super) fn mark(&self, page_idx: usize) -> Option<u64> {
        self.marks.get(page_idx).copied()
    }

    /// Gives its pages back. It may begin again: then it runs its tokens once more, and nobody hears of it.
    pub(super) fn retire(&mut self, cache: &mut Cache) {
        let pages = std::mem::replace(&mut self.pages, Pages::new(self.request.kv_key));
        cache.retire(pages, &self.tokens[..self.n_done]);
        self.marks = marks(self.request.kv_key, &self.tokens);
        self.n_done = 0;
        self.gave_way = true;
        self.draft.clear();
        self.sum.clear();
    }

    /// Room for the next `n` tokens.
    pub(super) fn reserve(&mut self, cache: &mut Cache, n: usize) -> bool {
        cache.reserve(&mut self.pages, self.n_done + n)
    }

    /// Whether what the cache knows need not be run: no, where the hidden state of each token is wanted.
    pub(super) fn may_skip(&self) -> bool {
        match self.request.want {
            Want::Embedding => false,
            Want::Answer { .. } => !self.request.prompt_logprobs || self.n_infos == self.request.prompt.len(),
        }
    }

    /// Takes from the cache what it knows of the next tokens; the last one is always run, as its logits are wanted.
    pub(super) fn find(&mut self, cache: &mut Cache) {
        let before = self.n_done;
        self.n_done = cache.find(&mut self.pages, &self.tokens[..self.tokens.len() - 1], before);
        // what it wrote before it gave way is no find
        if !self.gave_way {
            self.n_cached += self.n_done - before;
        }
    }

    /// Lets others have what is written so far.
    pub(super) fn publish(&mut self, cache: &mut Cache) {
        cache.publish(&mut self.pages, &self.tokens[..self.n_done]);
    }

    /// Guesses at most `most` tokens, to be run with the last one among `n_running` sequences; returns how many.
    pub(super) fn guess(&mut self, most: usize, n_running: usize) -> usize {
        // the last token that may be written needs no row
        let most = most.min((self.n_max - self.tokens.len()).saturating_sub(1));
        self.draft = if most == 0 { Vec::new() } else { self.guesser.draft(&self.tokens, most, n_running) };
        if let Some(writer) = self.writer.as_mut().filter(|_| !self.draft.is_empty()) {
            self.draft.truncate(writer.allows(&self.draft));
        }
        self.draft.len()
    }

    /// Takes its guesses back; returns how many they were.
    pub(super) fn guess_nothing(&mut self) -> usize {
        std::mem::take(&mut self.draft).len()
    }

    /// Of the last step's guesses, how many there were, and how many held.
    pub(super) fn guessed(&self) -> (usize, usize) {
        let n = self.draft.len();
        (n, if n == 0 { 0 } else { self.n_done - self.n_sure })
    }

    /// Tokens that are not in the cache yet.
    pub(super) fn n_left(&self) -> usize {
        self.tokens.len() - self.n_done
    }

    /// The next `n` tokens with their positions; guesses, if there are any, are the last of them.
    pub(super) fn next(&self, n: usize) -> impl Iterator<Item = (usize, u32)> {
        (self.n_done..).zip(self.tokens[self.n_done..].iter().chain(&self.draft).copied()).take(n)
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
    fn write_forced(&mut self) {
        let room = self.n_max.saturating_sub(self.tokens.len());
        let Some(writer) = self.writer.as_mut().filter(|_| room > 0) else { return };
        for id in writer.forced().into_iter().take(room) {
            self.held.extend_from_slice(writer.bytes(id));
            self.tokens.push(id);
        }
    }

    /// Takes the hidden states of the `n` tokens that were run, and says of which of them it needs the logits.
    pub(super) fn read(&mut self, hidden: &[f32], n: usize) -> Vec<(usize, Need)> {
        if n == 0 {
            return Vec::new();
        }
        self.n_before = self.n_done;
        self.n_done += n - self.draft.len();
        self.n_sure = self.n_done;
        let max_tokens = match self.request.want {
            Want::Embedding => {
                self.embed(hidden, n);
                return Vec::new();
            }
            Want::Answer { max_tokens } => max_tokens,
        };
        let mut needs = self.prompt_needs();
        if self.n_left() == 0 {
            if max_tokens > 0 && self.is_determined() {
                self.finish(if self.is_complete() { Finish::Stop } else { Finish::Length });
            } else if max_tokens > 0 {
                match self.answer_needs(n) {
                    Ok(own) => needs.extend(own),
                    Err(error) => self.break_off(error),
                }
            } else if needs.is_empty() {
                self.finish(Finish::Length);
            }
        }
        needs
    }

    /// The rows of the prompt whose log-probabilities are still to be told.
    fn prompt_needs(&mut self) -> Vec<(usize, Need)> {
        let n_prompt = self.request.prompt.len();
        if !self.request.prompt_logprobs || self.n_infos == n_prompt {
            return Vec::new();
        }
        if self.n_infos == 0 {
            self.add_prompt_info(TokenInfo { id: self.tokens[0], logprob: None, top: Vec::new() });
        }
        let rows = self.n_before.max(self.n_infos - 1)..self.n_done.min(n_prompt - 1);
        rows.map(|pos| (pos - self.n_before, Need::All)).collect()
    }

    /// The last token's row, and those of the guesses after it.
    fn answer_needs(&mut self, n: usize) -> Result<Vec<(usize, Need)>, Error> {
        let masks = self.writer.as_mut().map(|writer| writer.masks(&self.draft)).transpose()?;
        self.masks = masks.unwrap_or_default();
        let (n_tokens, n_draft) = (self.tokens.len(), self.draft.len());
        self.tokens.extend(&self.draft);
        let needs = (0..=self.n_rows_heard())
            .map(|i| (n - 1 - n_draft + i, self.need(i, &self.tokens[..n_tokens + i])))
            .collect();
        self.tokens.truncate(n_tokens);
        Ok(needs)
    }

    /// Of the guesses, how many may be followed by another token: where a grammar ends, none.
    fn n_rows_heard(&self) -> usize {
        if self.writer.is_some() { self.masks.len() - 1 } else { self.draft.len() }
    }

    /// Which logits the token after `tokens` is chosen from, of which the last `n_guessed` are guesses.
    fn need(&self, n_guessed: usize, tokens: &[u32]) -> Need {
        if self.request.logprobs.is_some() {
            return Need::All;
        }
        let mask = self.masks.get(n_guessed);
        if let Some(few) = mask.and_then(Mask::few) {
            return Need::Only(few);
        }
        match self.sampler.need(tokens, self.request.prompt.len()) {
            Need::Best { n, also, .. } => Need::Best { n, also, allowed: mask.cloned() },
            need => need,
        }
    }

    /// The logits of what [`Self::read`] asked for, in that order.
    pub(super) fn hear(&mut self, row_idx: usize, logits: &mut Logits<'_>, tokenizer: &Tokenizer) {
        let (next, n_prompt) = (self.n_before + row_idx + 1, self.request.prompt.len());
        if next < n_prompt {
            if let Logits::All(logits) = logits {
                self.add_prompt_info(info(logits, self.tokens[next], self.request.logprobs.unwrap_or(0)));
            }
            if next + 1 == n_prompt && self.n_left() == 0 && self.request.want == (Want::Answer { max_tokens: 0 }) {
                self.finish(Finish::Length);
            }
        } else if next == self.n_done && self.n_left() == 0 && !self.finished {
            // what stands behind a guess that did not hold is never heard, nor what a grammar has gone on from itself
            let (n_tokens, n_guessed) = (self.tokens.len(), next - self.n_sure);
            self.generate(n_guessed, logits, tokenizer);
            let guesses = &self.draft[n_guessed..self.n_rows_heard()];
            self.n_done +=
                self.tokens[n_tokens..].iter().zip(guesses).take_while(|(token, guess)| token == guess).count();
        }
    }

    fn add_prompt_info(&mut self, info: TokenInfo) {
        self.prompt_infos.push(info);
        self.n_infos += 1;
        if self.n_infos == self.request.prompt.len() {
            self.listener.hear(Event::Prompt(std::mem::take(&mut self.prompt_infos)));
        }
    }

    fn embed(&mut self, hidden: &[f32], n: usize) {
        let n_embd = hidden.len() / n;
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

    /// Writes the token behind `n_guessed` guesses that held.
    fn generate(&mut self, n_guessed: usize, logits: &mut Logits<'_>, tokenizer: &Tokenizer) {
        let plain = match (self.request.logprobs, &*logits) {
            (Some(n_top), Logits::All(logits)) => Some((n_top, logits.to_vec())),
            _ => None,
        };
        if let Some(mask) = self.masks.get(n_guessed) {
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
            if self.cut_at_stop() || (is_last && !is_end && self.is_complete()) {
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
            n_cached: self.n_cached,
            n_generated: self.tokens.len() - self.request.prompt.len(),
            queued: started - self.submitted,
            prefill: first_token - started,
            decode: now - first_token,
        };
        self.finished = true;
        self.listener.hear(Event::Done { finish, usage });
    }
}

/// A number for each full page of `tokens`, of all tokens up to its end.
fn marks(kv_key: u64, tokens: &[u32]) -> Vec<u64> {
    let mut hasher = DefaultHasher::new();
    kv_key.hash(&mut hasher);
    let pages = tokens.chunks_exact(PAGE).map(|page| {
        page.hash(&mut hasher);
        hasher.finish()
    });
    pages.collect()
}

fn info(logits: &[f32], id: u32, n_top: usize) -> TokenInfo {
    let log_sum_exp = sample::log_sum_exp(logits);
    TokenInfo { id, logprob: Some(logits[id as usize] - log_sum_exp), top: sample::top(logits, n_top, log_sum_exp) }
}
