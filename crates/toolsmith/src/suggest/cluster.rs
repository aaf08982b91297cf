//! Requests that are alike: how many, how often, at what cost, and some of them.
use super::Seen;
use crate::{
    tool::Example,
    words::{LONGEST, Vector},
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Words and pairs that a cluster's mean is kept of.
const MOST_WORDS: usize = 512;
/// A word in so many of a cluster's requests is part of their wording.
const FIXED: f32 = 0.9;

/// Requests that are alike.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Their route.
    pub route: String,
    /// What they have beside their text.
    pub context: String,
    /// How many were heard of.
    pub count: u64,
    /// When the first was, in microseconds since 1970.
    pub begun: i64,
    /// When the last was.
    pub last: i64,
    /// What all of them cost, in micro-USD.
    pub cost: i64,
    /// Sum of their words, each request's counted once.
    sum: Vector,
    /// Words and pairs in all of them.
    n_words: u64,
    /// The words of the first.
    first: Vector,
    /// Answered by the large model, by a hash of the text: those with the least stand for all.
    kept: BTreeMap<[u8; 8], Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    example: Example,
    contradicted: bool,
}

impl Cluster {
    pub(super) fn new(seen: &Seen<'_>) -> Self {
        Self {
            route: seen.route.to_owned(),
            context: seen.context.to_owned(),
            count: 0,
            begun: seen.time,
            last: seen.time,
            cost: 0,
            sum: Vector::default(),
            n_words: 0,
            first: Vector::of(seen.text),
            kept: BTreeMap::new(),
        }
    }

    /// One more, of which `most` are kept.
    pub(super) fn hear(&mut self, seen: &Seen<'_>, text: &Vector, most: usize) {
        self.count += 1;
        self.begun = self.begun.min(seen.time);
        self.last = self.last.max(seen.time);
        self.cost = self.cost.saturating_add(seen.cost);
        self.n_words += text.0.len() as u64;
        let once = Vector(text.0.iter().map(|(word, _)| (*word, 1.0)).collect());
        self.sum = self.sum.plus(&once);
        if self.sum.0.len() > 2 * MOST_WORDS {
            self.sum = std::mem::take(&mut self.sum).heaviest(MOST_WORDS);
        }
        if seen.large && seen.text.len() <= LONGEST {
            self.keep(seen, most);
        }
    }

    fn keep(&mut self, seen: &Seen<'_>, most: usize) {
        let mut place = [0; 8];
        place.copy_from_slice(&Sha256::digest(seen.text)[..8]);
        let full = self.kept.len() >= most && self.kept.last_key_value().is_none_or(|(last, _)| place > *last);
        if let Some(known) = self.kept.get_mut(&place) {
            known.contradicted |= plain(&known.example.answer) != plain(seen.answer);
        } else if !full {
            let source = (!seen.trace.is_empty()).then(|| seen.trace.to_owned());
            let example = Example { text: seen.text.to_owned(), answer: seen.answer.to_owned(), source };
            self.kept.insert(place, Kept { example, contradicted: false });
            if self.kept.len() > most {
                self.kept.pop_last();
            }
        }
    }

    /// Texts with the large model's answers, each text once; those that were answered differently at other times are left out.
    pub fn examples(&self) -> Vec<Example> {
        self.kept.values().filter(|kept| !kept.contradicted).map(|kept| kept.example.clone()).collect()
    }

    /// How many these are.
    pub fn n_examples(&self) -> usize {
        self.kept.values().filter(|kept| !kept.contradicted).count()
    }

    /// Some of the texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.kept.values().map(|kept| kept.example.text.as_str())
    }

    /// Mean micro-USD of a request.
    pub fn mean_cost(&self) -> f64 {
        self.cost as f64 / self.count.max(1) as f64
    }

    /// The share of words and pairs of a request that nearly all others have, too.
    pub fn uniformity(&self) -> f64 {
        self.wording().0
    }

    /// The same, and how many words and pairs these are.
    pub(super) fn wording(&self) -> (f64, usize) {
        let bar = FIXED * self.count as f32;
        let fixed = self.sum.0.iter().filter(|(_, n)| *n >= bar);
        let (sum, n) = fixed.fold((0.0, 0), |(sum, n), (_, times)| (sum + f64::from(*times), n + 1));
        (sum / self.n_words.max(1) as f64, n)
    }

    /// In how many of its requests each word is.
    pub(super) fn mean(&self) -> Vector {
        self.sum.clone()
    }

    pub(super) fn first_text(&self) -> &Vector {
        &self.first
    }

    /// The cosine of its mean to `text`, of length 1.
    pub(super) fn like(&self, text: &Vector, weight: impl Fn(u32) -> f32) -> f32 {
        let mean = self.sum.clone().weighed(weight);
        mean.dot(text) / mean.norm().max(f32::MIN_POSITIVE)
    }
}

/// An answer as words: white space makes no difference.
fn plain(answer: &str) -> Vec<&str> {
    answer.split_whitespace().collect()
}
