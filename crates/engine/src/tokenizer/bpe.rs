//! Byte-level BPE: text is cut into words, their bytes written as letters, and pairs merged in the vocabulary's order.
use super::{
    merge::{Merges, merge},
    pre::Pre,
    spm::SPACE,
    vocab::{Kind, Texts, Vocab, byte_of},
};
use crate::{Error, gguf::Gguf};
use std::borrow::Cow;

pub(super) struct Bpe {
    pre: Pre,
    merges: Merges,
    units: Units,
}

/// What is merged, and the token of each byte.
enum Units {
    /// Letters that stand for bytes.
    Bytes(Vec<Option<u32>>),
    /// Characters, with `▁` for a space; bytes of those that are no tokens.
    Chars(Vec<Option<u32>>),
}

impl Bpe {
    pub(super) fn read(file: &Gguf, vocab: &Vocab) -> Result<Self, Error> {
        let pre = match file.get("tokenizer.ggml.pre") {
            Some(_) => Pre::named(file.str("tokenizer.ggml.pre")?)?,
            None => {
                return Err(Error::unsupported(
                    "metadata `tokenizer.ggml.pre` is missing: which pre-tokenizer cuts the text is not known, and to \
                     guess would give wrong tokens; convert the model with a newer converter",
                ));
            }
        };
        let mut buffer = [0; 4];
        let byte_ids = (0..=255).map(|b| vocab.plain(letter(b).encode_utf8(&mut buffer).as_bytes())).collect();
        Ok(Self { pre, merges: read_merges(file, vocab)?, units: Units::Bytes(byte_ids) })
    }

    /// Gemma 4's way: SentencePiece's characters, merged as BPE does.
    pub(super) fn read_chars(file: &Gguf, vocab: &Vocab) -> Result<Self, Error> {
        let units = Units::Chars(vocab.byte_tokens());
        Ok(Self { pre: Pre::named("gemma4")?, merges: read_merges(file, vocab)?, units })
    }

    /// Whether texts begin with BOS where the file does not say.
    pub(super) fn adds_bos(&self) -> bool {
        self.pre.add_bos
    }

    pub(super) fn encode(&self, text: &str, vocab: &Vocab, ids: &mut Vec<u32>) {
        let text = match &self.units {
            Units::Bytes(_) => Cow::Borrowed(text),
            Units::Chars(_) => text.replace(' ', SPACE).into(),
        };
        self.pre.cut(&text, &mut |word| self.word(word, vocab, ids));
    }

    fn word(&self, word: &str, vocab: &Vocab, ids: &mut Vec<u32>) {
        let whole = match &self.units {
            Units::Bytes(_) if self.pre.whole_words => {
                let letters: String = word.bytes().map(letter).collect();
                vocab.plain(letters.as_bytes())
            }
            Units::Chars(_) if word.starts_with('\n') => vocab.plain(word.as_bytes()),
            _ => None,
        };
        if let Some(id) = whole {
            return ids.push(id);
        }
        let mut pieces = Vec::with_capacity(word.len());
        match &self.units {
            Units::Bytes(byte_ids) => pieces.extend(word.bytes().filter_map(|b| byte_ids[usize::from(b)])),
            Units::Chars(byte_ids) => {
                for c in word.chars() {
                    let (mut buffer, n) = ([0; 4], pieces.len());
                    let bytes = c.encode_utf8(&mut buffer).as_bytes();
                    pieces.extend(vocab.plain(bytes));
                    if pieces.len() == n {
                        pieces.extend(bytes.iter().filter_map(|b| byte_ids[usize::from(*b)]));
                    }
                }
            }
        }
        merge(&mut pieces, |a, b| self.merges.get(&(a, b)).copied());
        ids.extend(pieces);
    }
}

fn read_merges(file: &Gguf, vocab: &Vocab) -> Result<Merges, Error> {
    let texts = file.strings("tokenizer.ggml.merges")?;
    // looking tokens up is most of the time that loading takes, so two threads share it
    let (front, back) = texts.split_at(texts.len() / 2);
    let found = std::thread::scope(|scope| {
        let back = scope.spawn(|| find_merges(back, vocab));
        [Ok(find_merges(front, vocab)), back.join()]
    });
    let mut merges = Merges::with_capacity(texts.len());
    let mut rank = 0;
    for found in found {
        let found = found.map_err(|_| Error::new(crate::Kind::Internal, "the reader of merges panicked"))?;
        for found in found {
            let Some((a, b, merged)) = found else {
                let what = format!("merge {rank}, `{}`: two tokens that make a third expected", texts[rank as usize]);
                return Err(Error::format(format!("metadata `tokenizer.ggml.merges`: {what}")));
            };
            if vocab.is_plain(merged) {
                merges.entry((a, b)).or_insert((rank, merged));
            }
            rank += 1;
        }
    }
    Ok(merges)
}

/// The two halves of each merge and what they make.
fn find_merges(texts: &[&str], vocab: &Vocab) -> Vec<Option<(u32, u32, u32)>> {
    let (mut joined, mut last) = (Vec::new(), 0);
    let mut find = |text: &str| {
        // a piece may itself begin with a space in some vocabularies, so look past the first character
        let (at, _) = text.char_indices().skip(1).find(|(_, c)| *c == ' ')?;
        let (a, b) = (&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
        joined.clear();
        joined.extend_from_slice(a);
        joined.extend_from_slice(b);
        // tokens mostly stand in the order of their merges, so look there first
        let near = [last, last + 1].into_iter().find(|id| vocab.texts.get(*id) == joined);
        last = near.or_else(|| vocab.id(&joined))?;
        Some((vocab.id(a)?, vocab.id(b)?, last))
    };
    texts.iter().map(|text| find(text)).collect()
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

/// What each token adds to an answer: its letters as bytes, or its text where it has others.
pub(super) fn pieces(tokens: &[&str], vocab: &Vocab) -> Texts {
    let mut bytes = [None; 0x144];
    (0..=255).for_each(|b| bytes[letter(b) as usize] = Some(b));
    let byte = |c: char| bytes.get(c as usize).copied().flatten();
    let mut pieces = Texts::default();
    for (id, token) in (0..).zip(tokens) {
        match vocab.kind(id) {
            Kind::Control => {}
            Kind::Byte if byte_of(token).is_some() => pieces.extend(byte_of(token)),
            Kind::UserDefined => pieces.extend(token.bytes()),
            _ if token.chars().all(|c| byte(c).is_some()) => pieces.extend(token.chars().filter_map(byte)),
            _ => pieces.extend(token.bytes()),
        }
        pieces.end();
    }
    pieces
}
