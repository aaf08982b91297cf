//! Texts as sparse vectors of hashed words and pairs of words, numbers folded: what recurring requests have in common.
use std::hash::{BuildHasherDefault, Hasher};

/// Bytes of a text that are looked at.
pub(crate) const LONGEST: usize = 20_000;

/// What stands for any number.
const NUMBER: u32 = 0x9e37_79b1;

/// A map by hashes of words.
pub(crate) type ByWord<T> = std::collections::HashMap<u32, T, BuildHasherDefault<Hashed>>;

/// Words and pairs of neighbours, by their hashes in ascending order, each with a weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vector(pub(crate) Vec<(u32, f32)>);

impl Vector {
    /// The words and pairs of `text`, each with 1 + ln of how often it is there.
    pub(crate) fn of(text: &str) -> Self {
        let mut all = Vec::with_capacity(text.len().min(LONGEST) / 3 + 2);
        let mut before = None;
        each_word(text, |word| {
            if let Some(before) = before.replace(word) {
                all.push(pair(before, word));
            }
            all.push(word);
        });
        all.sort_unstable();
        Self(all.chunk_by(|a, b| a == b).map(|same| (same[0], times(same.len()))).collect())
    }

    /// The sum of products.
    pub(crate) fn dot(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.0.as_slice(), other.0.as_slice());
        let mut sum = 0.0;
        while let ([(i, x), rest_a @ ..], [(j, y), rest_b @ ..]) = (a, b) {
            if i == j {
                sum += x * y;
            }
            if i <= j {
                a = rest_a;
            }
            if j <= i {
                b = rest_b;
            }
        }
        sum
    }

    /// The Euclidean length.
    pub(crate) fn norm(&self) -> f32 {
        self.0.iter().map(|(_, x)| x * x).sum::<f32>().sqrt()
    }

    /// Of length 1, unless it is empty.
    #[must_use]
    pub(crate) fn unit(mut self) -> Self {
        let norm = self.norm();
        if norm > 0.0 {
            self.0.iter_mut().for_each(|(_, x)| *x /= norm);
        }
        self
    }

    /// The sum of both.
    #[must_use]
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut a, mut b) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        while let (Some((i, x)), Some((j, y))) = (a.peek().copied(), b.peek().copied()) {
            if i <= j {
                a.next();
            }
            if j <= i {
                b.next();
            }
            sum.push((i.min(j), if i <= j { x } else { 0.0 } + if j <= i { y } else { 0.0 }));
        }
        sum.extend(a);
        sum.extend(b);
        Self(sum)
    }

    /// Each weight times what `factor` says of its word.
    #[must_use]
    pub(crate) fn weighed(mut self, factor: impl Fn(u32) -> f32) -> Self {
        self.0.iter_mut().for_each(|(word, x)| *x *= factor(*word));
        self
    }

    /// The `most` heaviest words alone.
    #[must_use]
    pub(crate) fn heaviest(mut self, most: usize) -> Self {
        if self.0.len() > most {
            self.0.sort_by(|(i, x), (j, y)| y.total_cmp(x).then(i.cmp(j)));
            self.0.truncate(most);
            self.0.sort_unstable_by_key(|(word, _)| *word);
        }
        self
    }
}

/// Hands the hash of each word of `text` to `hear`: lower case, every number the same one, no signs. Characters of scripts
/// without spaces are words of their own.
pub(crate) fn each_word(text: &str, mut hear: impl FnMut(u32)) {
    let mut word: Option<u32> = None;
    let mut in_number = false;
    for c in text[..text.floor_char_boundary(LONGEST)].chars() {
        let kind = kind(c);
        if kind != Kind::Letter
            && let Some(hash) = word.take()
        {
            hear(mixed(hash));
        }
        match kind {
            Kind::Digit if !in_number => hear(NUMBER),
            Kind::Letter if c.is_ascii() => word = Some(more(word, u32::from(c.to_ascii_lowercase()))),
            Kind::Letter => c.to_lowercase().for_each(|c| word = Some(more(word, u32::from(c)))),
            Kind::Alone => hear(mixed(more(None, u32::from(c)))),
            Kind::Digit | Kind::Sign => {}
        }
        in_number = kind == Kind::Digit;
    }
    if let Some(hash) = word {
        hear(mixed(hash));
    }
}

/// 1 + ln n.
fn times(n: usize) -> f32 {
    if n == 1 { 1.0 } else { 1.0 + (n as f32).ln() }
}

/// FNV-1a over characters (<http://www.isthe.com/chongo/tech/comp/fnv/>). It is kept nowhere.
fn more(hash: Option<u32>, c: u32) -> u32 {
    (hash.unwrap_or(0x811c_9dc5) ^ c).wrapping_mul(0x0100_0193)
}

fn pair(first: u32, second: u32) -> u32 {
    mixed(first.rotate_left(7).wrapping_mul(0x85eb_ca6b) ^ second)
}

/// Spreads a hash over all its bits, as MurmurHash3 ends.
fn mixed(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Alone,
    Sign,
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '0'..='9' => Kind::Digit,
        '\0'..='\x7f' => Kind::Sign,
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Kind::Alone,
        c if c.is_numeric() => Kind::Digit,
        c if c.is_alphabetic() => Kind::Letter,
        _ => Kind::Sign,
    }
}

/// Takes hashes as they are: they are spread already.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = (self.0 << 8) ^ u64::from(*byte));
    }

    fn write_u32(&mut self, hash: u32) {
        // the map looks at the highest bits, too
        self.0 = u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_words(text: &str) -> usize {
        let mut n = 0;
        each_word(text, |_| n += 1);
        n
    }

    #[test]
    fn numbers_case_and_signs_make_no_difference_but_order_does() {
        assert_eq!(Vector::of("Pay 12 EUR, now!"), Vector::of("pay 7 eur now"));
        assert_ne!(Vector::of("dog bites man"), Vector::of("man bites dog"));
        assert_eq!(Vector::of("Élan"), Vector::of("éLAN"));
        assert_eq!((n_words("It's 3.5kg"), n_words("日本語"), n_words("([{}]) --"), n_words("")), (5, 3, 0, 0));
    }

    #[test]
    fn vectors_add_up_and_multiply() {
        let (a, b) = (Vector::of("red green green"), Vector::of("green blue"));
        // red, green twice, red-green, green-green; green, blue, green-blue
        assert_eq!((a.0.len(), b.0.len(), a.plus(&b).0.len()), (4, 3, 6));
        assert!((a.dot(&b) - (1.0 + 2f32.ln())).abs() < 1e-6, "{}", a.dot(&b));
        let sum = a.plus(&b);
        assert!(sum.0.is_sorted_by_key(|(word, _)| *word));
        assert!((sum.dot(&b) - a.dot(&b) - b.dot(&b)).abs() < 1e-5);
        assert!((a.unit().norm() - 1.0).abs() < 1e-6);
        assert_eq!(Vector::default().unit(), Vector::default());
        assert_eq!(sum.heaviest(1).0.len(), 1);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é ".repeat(LONGEST);
        assert_eq!(n_words(&text), LONGEST / 3 + 1);
    }
}
