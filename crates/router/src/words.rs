//! Texts as sets of hashed words: small enough to stand in the ledger, and nobody can read the text out of them.
use foldhash::{HashSet, HashSetExt};

/// Longest part of a word that is looked at, in bytes.
const WORD: usize = 32;

/// A million places: a route's vocabulary of some thousand words seldom shares one.
pub(crate) const BITS: u32 = 20;

/// The first `most` different ones of `words`, which are hashed, in ascending order.
pub(crate) fn different(mut words: impl Iterator<Item = u32>, most: usize) -> Vec<u32> {
    let mut all: Vec<u32> = words.by_ref().take(most).collect();
    all.sort_unstable();
    all.dedup();
    // most texts have no more; of others, all these are among the first
    let mut seen: HashSet<u32> = HashSet::new();
    for word in words {
        if all.len() >= most {
            break;
        }
        if seen.is_empty() {
            seen.extend(&all);
        }
        if seen.insert(word) {
            all.push(word);
        }
    }
    all.sort_unstable();
    all
}

/// A word's place, by FNV-1a over its lower-case letters (<http://www.isthe.com/chongo/tech/comp/fnv/>, 32 bits),
/// folded to 20 bits as that page says. It stands in ledgers, so it must never change.
pub(crate) fn hash(word: &str) -> u32 {
    const EMPTY: u32 = 0x811c_9dc5;
    let word = head(word, WORD);
    let add = |h: u32, byte: u8| (h ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let h = if word.is_ascii() {
        word.bytes().fold(EMPTY, |h, byte| add(h, byte.to_ascii_lowercase()))
    } else {
        let mut buffer = [0; 4];
        word.chars().flat_map(char::to_lowercase).fold(EMPTY, |h, c| c.encode_utf8(&mut buffer).bytes().fold(h, add))
    };
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
        let more = kind.run(&text[first.len_utf8()..]);
        let (word, rest) = text.split_at(first.len_utf8() + more);
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

    /// Bytes at the beginning of `text` that go on with a word of this kind.
    fn run(self, text: &str) -> usize {
        let is_more = |byte: &u8| match self {
            Self::Letter => byte.is_ascii_alphabetic(),
            Self::Digit => byte.is_ascii_digit(),
            Self::Alone => false,
        };
        let ascii = text.bytes().take_while(|byte| is_more(byte)).count();
        let rest = &text[ascii..];
        if self != Self::Letter || rest.starts_with(|c: char| c.is_ascii()) {
            return ascii; // no other digits are any
        }
        ascii + rest.char_indices().find(|&(_, c)| Self::of(c) != self).map_or(rest.len(), |(i, _)| i)
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
        let set = |text: &str, most| different(Words(text).map(hash), most);
        assert_eq!(set("a b a b a", 9).len(), 2);
        let text: String = (0..1000).map(|i| format!("w{} ", "x".repeat(i % 40))).collect();
        let all = set(&text, 16);
        assert!(all.len() == 16 && all.is_sorted());
    }
}
