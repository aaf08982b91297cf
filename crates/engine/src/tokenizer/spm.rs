//! SentencePiece BPE: characters merge into the token of the highest score; what is left over falls back to bytes.
use super::{
    merge::merge,
    vocab::{Kind, Texts, Vocab, byte_of},
};
use crate::{Error, gguf::Gguf};

pub(super) const SPACE: &str = "\u{2581}";

pub(super) struct Spm {
    scores: Vec<f32>,
    /// The token of each byte.
    byte_ids: Vec<Option<u32>>,
    unknown: Option<u32>,
    pub(super) add_space_prefix: bool,
}

impl Spm {
    pub(super) fn read(file: &Gguf, vocab: &Vocab) -> Result<Self, Error> {
        let mut scores = file.floats("tokenizer.ggml.scores")?;
        // the first merge's score is -0, which is to rank as 0 does
        scores.iter_mut().for_each(|score| *score += 0.0);
        let n_numbers = scores.iter().filter(|s| !s.is_nan()).count();
        if n_numbers != vocab.len() || scores.len() != vocab.len() {
            return Err(Error::format(format!(
                "metadata `tokenizer.ggml.scores`: a number for each of {} tokens expected, {n_numbers} numbers among \
                 {} found",
                vocab.len(),
                scores.len()
            )));
        }
        let byte_ids = vocab.byte_tokens();
        let unknown = super::token_id(file, "unknown", vocab.len())?;
        if unknown.is_none() && byte_ids.contains(&None) {
            return Err(Error::format(
                "metadata `tokenizer.ggml.tokens`: tokens `<0x00>` to `<0xFF>`, or `tokenizer.ggml.unknown_token_id`, \
                 expected for text outside the vocabulary, neither found",
            ));
        }
        let add_space_prefix = match file.get("tokenizer.ggml.add_space_prefix") {
            Some(_) => file.bool("tokenizer.ggml.add_space_prefix")?,
            None => true,
        };
        Ok(Self { scores, byte_ids, unknown, add_space_prefix })
    }

    /// `after_special`: at the text's start or right after a special token, where some models want a space.
    pub(super) fn encode(&self, text: &str, after_special: bool, vocab: &Vocab, ids: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let prefix = if self.add_space_prefix && after_special { SPACE } else { "" };
        let text = [prefix, &text.replace(' ', SPACE)].concat();
        // a character without a token of its own takes an id beyond the vocabulary: its place in `unknown`
        let mut unknown: Vec<&str> = Vec::new();
        let mut pieces: Vec<u32> = text
            .char_indices()
            .map(|(at, c)| {
                let piece = &text[at..at + c.len_utf8()];
                vocab.plain(piece.as_bytes()).unwrap_or_else(|| {
                    unknown.push(piece);
                    (self.scores.len() + unknown.len() - 1) as u32
                })
            })
            .collect();
        let mut joined = Vec::new();
        merge(&mut pieces, |a, b| {
            if a.max(b) as usize >= self.scores.len() {
                return None;
            }
            joined.clear();
            joined.extend_from_slice(vocab.texts.get(a));
            joined.extend_from_slice(vocab.texts.get(b));
            let id = vocab.plain(&joined)?;
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
pub(super) fn pieces(tokens: &[&str], vocab: &Vocab) -> Texts {
    let mut pieces = Texts::default();
    for (id, token) in (0..).zip(tokens) {
        match (vocab.kind(id), byte_of(token)) {
            (Kind::Control, _) => {}
            (Kind::Byte, Some(byte)) => pieces.extend([byte]),
            _ => {
                let mut parts = token.split(SPACE);
                pieces.extend(parts.next().unwrap_or("").bytes());
                parts.for_each(|part| pieces.extend(std::iter::once(b' ').chain(part.bytes())));
            }
        }
        pieces.end();
    }
    pieces
}
