//! Byte-level BPE: text is cut by a pattern, its bytes written as letters, and pairs merged in the vocabulary's order.
use super::{CONTROL, Merges, Pieces, Vocab, merge};
use crate::{Error, gguf::Gguf};
use fancy_regex::Regex;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Pre-tokenizers: name in the file, whether digits stand alone first, pattern.
const PRE: &[(&str, bool, &str)] = &[
    ("gpt-2", false, GPT2),
    ("smollm", true, GPT2),
    ("starcoder", true, GPT2),
    ("refact", true, GPT2),
    ("command-r", true, GPT2),
    ("llama-bpe", false, LLAMA3),
    ("llama3", false, LLAMA3),
    ("llama-v3", false, LLAMA3),
    ("qwen2", false, QWEN2),
];

pub(super) struct Bpe {
    lone_digits: bool,
    pattern: Regex,
    merges: Merges,
    /// The token of each byte.
    byte_ids: Vec<Option<u32>>,
    /// A word that is a token as a whole needs no merges.
    whole_words: bool,
}

impl Bpe {
    pub(super) fn read(file: &Gguf, vocab: &Vocab) -> Result<Self, Error> {
        let name = file.str("tokenizer.ggml.pre")?;
        let (_, lone_digits, pattern) = PRE
            .iter()
            .find(|p| p.0 == name)
            .ok_or_else(|| Error::unsupported(format!("pre-tokenizer `{name}`; its way to cut text is not known")))?;
        let pattern =
            Regex::new(pattern).map_err(|e| Error::new(crate::Kind::Internal, format!("pattern of `{name}`: {e}")))?;
        let mut merges = Merges::new();
        for (rank, text) in (0..).zip(file.strings("tokenizer.ggml.merges")?) {
            // a piece may itself begin with a space in some vocabularies, so look past the first character
            let at = text.char_indices().skip(1).find(|(_, c)| *c == ' ').map(|(at, _)| at);
            let halves = at.map(|at| (&text[..at], &text[at + 1..]));
            let ids = halves.and_then(|(a, b)| {
                let joined = [a, b].concat();
                Some((vocab.id(a.as_bytes())?, vocab.id(b.as_bytes())?, vocab.id(joined.as_bytes())?))
            });
            let Some((a, b, merged)) = ids else {
                return Err(Error::format(format!("merge {rank}, `{text}`: two tokens that make a third expected")));
            };
            merges.entry((a, b)).or_insert((rank, merged));
        }
        let mut buffer = [0; 4];
        let byte_ids = (0..=255).map(|b| vocab.id(letter(b).encode_utf8(&mut buffer).as_bytes())).collect();
        let whole_words = pattern.as_str() == LLAMA3;
        Ok(Self { lone_digits: *lone_digits, pattern, merges, byte_ids, whole_words })
    }

    pub(super) fn encode(&self, text: &str, vocab: &Vocab, ids: &mut Vec<u32>) {
        if !self.lone_digits {
            return self.cut(text, vocab, ids);
        }
        let mut start = 0;
        for (at, digit) in text.char_indices().filter(|(_, c)| c.is_numeric()) {
            self.cut(&text[start..at], vocab, ids);
            start = at + digit.len_utf8();
            self.word(&text[at..start], vocab, ids);
        }
        self.cut(&text[start..], vocab, ids);
    }

    fn cut(&self, text: &str, vocab: &Vocab, ids: &mut Vec<u32>) {
        let mut at = 0;
        // the pattern matches every text; were the matcher to give up, the rest is one word
        while let Ok(Some(found)) = self.pattern.find_from_pos(text, at) {
            if found.end() == at {
                break;
            }
            self.word(&text[at..found.end()], vocab, ids);
            at = found.end();
        }
        if at < text.len() {
            self.word(&text[at..], vocab, ids);
        }
    }

    fn word(&self, word: &str, vocab: &Vocab, ids: &mut Vec<u32>) {
        if self.whole_words {
            let letters: String = word.bytes().map(letter).collect();
            if let Some(id) = vocab.id(letters.as_bytes()) {
                return ids.push(id);
            }
        }
        let mut pieces: Vec<u32> = word.bytes().filter_map(|b| self.byte_ids[usize::from(b)]).collect();
        merge(&mut pieces, |a, b| self.merges.get(&(a, b)).copied());
        ids.extend(pieces);
    }
}

/// GPT-2's letter for a byte: itself where it prints, else the next free one from U+0100 on.
fn letter(byte: u8) -> char {
    let code = match byte {
        b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => u32::from(byte),
        0..=0x20 => 0x100 + u32::from(byte),
        0x7F..=0xA0 => 0x121 + u32::from(byte) - 0x7F,
        0xAD => 0x143,
    };
    char::from_u32(code).unwrap_or('\0')
}

/// What each token adds to an answer: its letters as bytes.
pub(super) fn pieces(tokens: &[&str], kind: impl Fn(usize) -> i32) -> Pieces {
    let bytes: std::collections::HashMap<char, u8> = (0..=255).map(|b| (letter(b), b)).collect();
    let mut pieces = Pieces::default();
    for (id, token) in tokens.iter().enumerate() {
        match kind(id) {
            CONTROL => pieces.push([]),
            super::USER_DEFINED => pieces.push(token.bytes()),
            _ => pieces.push(token.chars().filter_map(|c| bytes.get(&c).copied())),
        }
    }
    pieces
}
