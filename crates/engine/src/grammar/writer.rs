//! The grammar's side of one answer: what may come, what must come, and how to end in time.
use super::{Grammar, Vocabulary};
use crate::{Error, Kind, forward::Logits};
use llguidance::Matcher;
use std::{fmt, sync::Arc};
use toktrie::SimpleVob;

/// This share of the vocabulary is few tokens.
const FEW: usize = 4;
/// Tokens between two looks at how long the end would be, while there is room.
const LOOK_EVERY: usize = 8;
/// Shares of the room below which each token is looked at.
const SLACK: usize = 16;
/// Longest end that is looked for.
const MOST_TOKENS: usize = 512;
/// A part of an answer is not cut before it has as many tokens.
const LEAST_PART: usize = 8;

/// Tokens that may come next.
#[derive(Clone)]
pub(crate) struct Mask(Arc<SimpleVob>);

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens", self.0.num_set())
    }
}

impl Mask {
    /// The tokens, ascending, when they are few: beyond that, picking rows of the output matrix costs more than reading all.
    pub(crate) fn few(&self) -> Option<Vec<u32>> {
        (self.0.num_set() <= self.0.len() / FEW).then(|| self.0.iter().collect())
    }

    /// The tokens, ascending.
    pub(super) fn all(&self) -> Vec<u32> {
        self.0.iter().collect()
    }

    /// A bit for each token.
    pub(crate) fn bits(&self) -> &[u32] {
        self.0.as_slice()
    }

    /// Takes all others out of `logits`.
    pub(crate) fn apply(&self, logits: &mut Logits<'_>) {
        let logits = match logits {
            Logits::All(all) => all,
            Logits::Some(some) => {
                let out = some.iter_mut().filter(|(id, _)| !self.0.is_allowed(*id));
                return out.for_each(|(_, x)| *x = f32::NEG_INFINITY);
            }
        };
        let n = self.0.len().min(logits.len());
        self.0.iter_unset_entries(|i| {
            if let Some(x) = logits.get_mut(i) {
                *x = f32::NEG_INFINITY;
            }
        });
        logits[n..].fill(f32::NEG_INFINITY);
    }
}

/// How a text can be ended.
#[derive(Clone, Debug, Default)]
struct End {
    tokens: Vec<u32>,
    /// Where in `tokens` each token stands that was a choice; others were forced.
    choices: Vec<usize>,
}

/// Follows one answer.
pub(crate) struct Writer {
    matcher: Matcher,
    vocabulary: Arc<Vocabulary>,
    /// Whether forced tokens are jumped over.
    jumps: bool,
    /// The end from here, as it was last looked at.
    end: Option<End>,
    /// Tokens since then.
    n_since: usize,
    /// Tokens of the part under way, and the room that there was when it began.
    n_part: usize,
    room: usize,
}

/// What the grammar says to a token that was chosen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It stands, and these are forced behind it.
    Go(Vec<u32>),
    /// There is no room for it: these come instead.
    Instead(Vec<u32>),
    /// There is no room for it: these come instead, and are the end.
    End(Vec<u32>),
}

impl Writer {
    pub(crate) fn new(grammar: &Grammar, jumps: bool) -> Self {
        Self {
            jumps,
            matcher: grammar.start(),
            vocabulary: grammar.vocabulary.clone(),
            end: None,
            n_since: usize::MAX,
            n_part: 0,
            room: 0,
        }
    }

    /// What must come now, already read.
    pub(crate) fn forced(&mut self) -> Vec<u32> {
        if self.jumps { self.matcher.consume_ff_tokens() } else { Vec::new() }
    }

    /// The bytes of a token.
    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        self.vocabulary.bytes_of(id)
    }

    /// Whether the text is complete and nothing can follow.
    pub(crate) fn is_complete(&self) -> bool {
        self.matcher.is_stopped() && !self.matcher.is_error()
    }

    /// What may come now.
    pub(crate) fn mask(&mut self) -> Result<Mask, Error> {
        let mask = self.matcher.compute_mask_or_eos().map_err(|e| fault(&e.to_string()))?;
        if mask.is_zero() {
            return Err(fault("nothing may follow"));
        }
        Ok(Mask(Arc::new(mask)))
    }

    /// How many of the tokens of `draft` may come one after the other.
    pub(crate) fn allows(&mut self, draft: &[u32]) -> usize {
        self.matcher.validate_tokens(draft).unwrap_or(0)
    }

    /// What may come now, and after each token of `draft` that does not end the text.
    pub(crate) fn masks(&mut self, draft: &[u32]) -> Result<Vec<Mask>, Error> {
        let mut masks = vec![self.mask()?];
        let mut ahead = self.matcher.clone();
        for id in draft {
            let next = ahead.consume_token(*id).and_then(|()| ahead.compute_mask_or_eos());
            match next {
                Ok(mask) if !mask.is_zero() && !ahead.is_stopped() => masks.push(Mask(Arc::new(mask))),
                _ => break,
            }
        }
        Ok(masks)
    }

    /// Reads the token `id`, with room for `n_left` tokens, itself included.
    pub(crate) fn take(&mut self, id: u32, n_left: usize) -> Result<Verdict, Error> {
        self.look(n_left);
        let Some(end) = self.end.clone() else { return self.go(id) };
        self.n_part += 1;
        if n_left <= 2 * end.tokens.len() + SLACK {
            let mut ahead = self.matcher.clone();
            ahead.consume_token(id).map_err(|e| fault(&e.to_string()))?;
            let after = self.ended(ahead, n_left);
            if after.is_none_or(|after| after.tokens.len() + 1 > n_left) && end.tokens.len() <= n_left {
                self.read(&end.tokens)?;
                return Ok(Verdict::End(end.tokens));
            }
        }
        // what comes behind this part must not be starved: it takes half of the room at most
        if end.choices.len() > 1 && self.n_part > LEAST_PART.max(self.room / 2) {
            // the end that was looked at last may be some tokens old
            self.n_since = usize::MAX;
            self.look(n_left);
            if let Some(End { tokens, choices }) = self.end.clone()
                && let [choice, _, ..] = choices[..]
                && self.n_part > 0
            {
                let mut tokens = tokens[..=choice].to_vec();
                self.read(&tokens)?;
                tokens.extend(self.forced());
                self.n_since = usize::MAX;
                return Ok(Verdict::Instead(tokens));
            }
        }
        self.go(id)
    }

    fn go(&mut self, id: u32) -> Result<Verdict, Error> {
        self.read(&[id])?;
        let forced = self.forced();
        self.n_since = if forced.is_empty() { self.n_since.saturating_add(1) } else { usize::MAX };
        Ok(Verdict::Go(forced))
    }

    /// Looks at how long the end is, if that is not known well enough.
    fn look(&mut self, n_left: usize) {
        let n_end = self.end.as_ref().map_or(0, |end| end.tokens.len());
        let near = self.end.is_some() && n_left <= 2 * n_end + SLACK + LOOK_EVERY;
        if self.n_since < LOOK_EVERY && !near {
            return;
        }
        let before = self.end.take().map(|end| end.choices.len());
        self.end = self.ended(self.matcher.clone(), n_left);
        self.n_since = 0;
        let now = self.end.as_ref().map(|end| end.choices.len());
        if before != now {
            self.n_part = 0;
            self.room = n_left.saturating_sub(self.end.as_ref().map_or(0, |end| end.tokens.len()));
        }
    }

    /// What closes all that is open from here, if it takes at most `n_left` tokens.
    pub(super) fn closing(&self, n_left: usize) -> Option<Vec<u32>> {
        self.ended(self.matcher.clone(), n_left).map(|end| end.tokens)
    }

    /// Reads tokens that [`Self::mask`] or [`Self::closing`] gave.
    pub(super) fn read(&mut self, ids: &[u32]) -> Result<(), Error> {
        self.matcher.consume_tokens(ids).map_err(|e| fault(&e.to_string()))
    }

    /// Whether the text may end here.
    pub(super) fn may_end(&mut self) -> bool {
        self.matcher.is_accepting().unwrap_or(false)
    }

    /// The shortest end that closing all that is open finds; `None` when it is longer than `n_left`.
    fn ended(&self, mut matcher: Matcher, n_left: usize) -> Option<End> {
        let mut end = End::default();
        while !matcher.is_stopped() && !matcher.is_accepting().ok()? {
            if end.tokens.len() > n_left.min(MOST_TOKENS) {
                return None;
            }
            let forced = matcher.consume_ff_tokens();
            if !forced.is_empty() {
                end.tokens.extend(forced);
                continue;
            }
            // what is forced but might yet be cut into tokens otherwise: the longest that fits
            let bytes = matcher.compute_ff_bytes();
            if let Some(id) = self.vocabulary.longest(&bytes)
                && matcher.consume_token(id).is_ok()
            {
                end.tokens.push(id);
                continue;
            }
            let mut fits = |id: &&u32| matcher.validate_tokens(&[**id]).is_ok_and(|n| n == 1);
            // where a letter may stand, brackets are text
            let quote = self.vocabulary.in_text().filter(|(letter, quote)| fits(letter) && fits(quote));
            let id = match quote
                .map(|(_, quote)| quote)
                .or_else(|| self.vocabulary.closers().iter().find(|id| fits(id)))
            {
                Some(id) => *id,
                None => {
                    matcher.compute_mask().ok()?.iter().min_by_key(|id| (self.vocabulary.bytes_of(*id).len(), *id))?
                }
            };
            matcher.consume_token(id).ok()?;
            end.choices.push(end.tokens.len());
            end.tokens.push(id);
        }
        (!matcher.is_error()).then_some(end)
    }
}

fn fault(what: &str) -> Error {
    Error::new(Kind::Internal, format!("the grammar cannot go on: {}", super::first_lines(what)))
}
