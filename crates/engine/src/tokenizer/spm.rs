//! SentencePiece BPE: characters merge into the token of the highest score; what is left over falls back to bytes.
use super::{BYTE, CONTROL, Pieces, Vocab, merge};
use crate::{Error, gguf::Gguf};

const SPACE: &str = "\u{2581}";

pub(super) struct Spm {
    scores: Vec<f32>,
    /// The token of each byte.
    byte_ids: Vec<Option<u32>>,
    unknown: Option<u32>,
    add_space_prefix: bool,
}

impl Spm {
    pub(super) fn read(file: &Gguf, vocab: &Vocab, n_vocab: usize) -> Result<Self, Error> {
        let scores = file.floats("tokenizer.ggml.scores")?;
        if scores.len() != n_vocab || scores.iter().any(|s| s.is_nan()) {
            return Err(Error::format(format!(
                "metadata `tokenizer.ggml.scores`: a number for each of {n_vocab} tokens expected, {} found",
                scores.len()
            )));
        }
        let byte_ids = (0..=255u8).map(|b| vocab.id(format!("<0x{b:02X}>").as_bytes())).collect();
        let unknown = file.u64("tokenizer.ggml.unknown_token_id").ok().map(|id| id as u32);
        let add_space_prefix = file.bool("tokenizer.ggml.add_space_prefix").unwrap_or(true);
        Ok(Self { scores, byte_ids, unknown: unknown.filter(|id| (*id as usize) < n_vocab), add_space_prefix })
    }

    pub(super) fn encode(&self, text: &str, is_first: bool, vocab: &Vocab, ids: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let prefix = if self.add_space_prefix && is_first { SPACE } else { "" };
        let text = [prefix, &text.replace(' ', SPACE)].concat();
        // a piece without a token of its own takes an id beyond the vocabulary: its place in `unknown`
        let mut unknown: Vec<&str> = Vec::new();
        let mut pieces: Vec<u32> = text
            .char_indices()
            .map(|(at, c)| {
                let piece = &text[at..at + c.len_utf8()];
                vocab.id(piece.as_bytes()).unwrap_or_else(|| {
                    unknown.push(piece);
                    (self.scores.len() + unknown.len() - 1) as u32
                })
            })
            .collect();
        let joined = std::cell::RefCell::new(Vec::new());
        merge(&mut pieces, |a, b| {
            if a.max(b) as usize >= self.scores.len() {
                return None;
            }
            let mut joined = joined.borrow_mut();
            joined.clear();
            joined.extend_from_slice(vocab.texts.get(a));
            joined.extend_from_slice(vocab.texts.get(b));
            let id = vocab.id(&joined)?;
            Some((Descending(self.scores[id as usize]), id))
        });
        for id in pieces {
            match unknown.get((id as usize).wrapping_sub(self.scores.len())) {
                None => ids.push(id),
                Some(piece) => ids.extend(piece.bytes().filter_map(|b| self.byte_ids[usize::from(b)].or(self.unknown))),
            }
        }
    }
}

/// The highest score first.
#[derive(Clone, Copy, PartialEq)]
struct Descending(f32);

impl Eq for Descending {}

impl PartialOrd for Descending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Descending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.total_cmp(&self.0)
    }
}

/// What each token adds to an answer: its text with plain spaces, or its byte.
pub(super) fn pieces(tokens: &[&str], kind: impl Fn(usize) -> i32) -> Pieces {
    let mut pieces = Pieces::default();
    for (id, token) in tokens.iter().enumerate() {
        let byte =
            token.strip_prefix("<0x").and_then(|t| t.strip_suffix('>')).and_then(|t| u8::from_str_radix(t, 16).ok());
        match (kind(id), byte) {
            (CONTROL, _) => pieces.push([]),
            (BYTE, Some(byte)) => pieces.push([byte]),
            _ => pieces.push(token.replace(SPACE, " ").bytes()),
        }
    }
    pieces
}
