//! Texts as sets of hashed words: small enough to stand in the ledger, and nobody can read the text out of them.
use std::collections::HashSet;

/// Longest part of a word that is looked at, in bytes.
const WORD: usize = 32;

/// A million places: a route's vocabulary of some thousand words seldom shares one.
const BITS: u32 = 20;

/// The first `most` different words of `text` as hashes in 0..2^20, in ascending order.
pub(crate) fn hashed(text: &str, most: usize) -> Vec<u32> {
    let mut seen = HashSet::new();
    for word in Words(text) {
        if seen.len() >= most {
            break;
        }
        seen.insert(hash(word));
    }
    let mut all: Vec<u32> = seen.into_iter().collect();
    all.sort_unstable();
    all
}

/// A word's place, by FNV-1a over its lower-case letters (<http://www.isthe.com/chongo/tech/comp/fnv/>, 32 bits),
/// folded to 20 bits as that page says. It stands in ledgers, so it must never change.
pub(crate) fn hash(word: &str) -> u32 {
    let mut h: u32 = 0x811c_9dc5;
    let mut buffer = [0; 4];
    for c in head(word, WORD).chars().flat_map(char::to_lowercase) {
        for byte in c.encode_utf8(&mut buffer).bytes() {
            h = (h ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    (h >> BITS) ^ (h & ((1 << BITS) - 1))
}

/// Words, numbers and single signs of a text, in order. Signs of scripts without spaces are words of their own.
pub(crate) struct Words<'a>(pub(crate) &'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let kind = Kind::of(first);
        let more = |c: char| kind != Kind::Alone && Kind::of(c) == kind;
        let end = text.char_indices().skip(1).find(|&(_, c)| !more(c)).map_or(text.len(), |(i, _)| i);
        let (word, rest) = text.split_at(end);
        self.0 = rest;
        Some(word)
    }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Letter,
    Digit,
    Alone,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '0'..='9' => Self::Digit,
            '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Self::Alone,
            c if c.is_alphanumeric() => Self::Letter,
            _ => Self::Alone,
        }
    }
}

/// At most the first `bytes` of `text`, cut between two characters.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_signs_come_apart() {
        let words: Vec<&str> = Words("  It's 3.5kg, 日本!\n").collect();
        assert_eq!(words, ["It", "'", "s", "3", ".", "5", "kg", ",", "日", "本", "!"]);
        assert_eq!(Words("").count() + Words(" \n\t").count(), 0);
    }

    #[test]
    fn hashes_are_those_of_the_ledger() {
        // FNV-1a's published test vectors: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968
        let fold = |h: u32| (h >> 20) ^ (h & 0xf_ffff);
        for (word, fnv) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(hash(word), fold(fnv), "{word}");
        }
        assert_eq!(hash("FooBar"), hash("foobar"));
    }

    #[test]
    fn sets_are_sorted_bounded_and_without_doubles() {
        assert_eq!(hashed("a b a b a", 9).len(), 2);
        let text: String = (0..1000).map(|i| format!("w{} ", "x".repeat(i % 40))).collect();
        let all = hashed(&text, 16);
        assert!(all.len() == 16 && all.is_sorted());
    }
}
