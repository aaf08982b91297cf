//! Texts by their words: lists of who has a word, so that a request is held against all prototypes at once.
use super::vectors::{Measure, Rows, Vector};
use crate::words::{self, ByWord};

/// What a word counts that is in no prototype and in few texts: a request is made of such words where it differs from others.
const UNKNOWN: f32 = 0.3;
/// Words and pairs of a prototype at most, the heaviest.
const MOST_WORDS: usize = 512;

/// How much words count, by how many texts they are in.
pub(super) struct Weights(ByWord<u32>);

/// Prototypes by their words.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    n_rows: usize,
    words: ByWord<Word>,
    /// Rows and weights, by word.
    postings: Vec<(u32, f32)>,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    weight: f32,
    first: usize,
    end: usize,
}

impl Weights {
    /// By the words of `texts`.
    pub(super) fn counted<'a>(texts: impl Iterator<Item = &'a words::Vector>) -> Self {
        let mut counts = ByWord::default();
        for (word, _) in texts.flat_map(|text| &text.0) {
            *counts.entry(*word).or_default() += 1;
        }
        Self(counts)
    }

    /// Words in one text alone are no more known than those in none.
    fn of(&self, word: u32) -> f32 {
        if self.0.get(&word).is_some_and(|n| *n > 1) { 1.0 } else { UNKNOWN }
    }
}

impl Measure for Weights {
    type Vector = words::Vector;
    type Rows = Postings;
    const FLOOR: f32 = 0.45;
    const BETWEEN: f32 = 0.5;

    fn vector(&self, text: &words::Vector) -> words::Vector {
        text.clone().weighed(|word| self.of(word)).unit()
    }

    fn rows(&self, vectors: &[words::Vector]) -> Postings {
        let mut all: Vec<(u32, u32, f32)> = Vec::new();
        for (idx, vector) in (0u32..).zip(vectors) {
            all.extend(vector.0.iter().map(|(word, x)| (*word, idx, *x)));
        }
        all.sort_unstable_by_key(|(word, idx, _)| (*word, *idx));
        let mut words = ByWord::default();
        for (word, _) in self.0.iter().filter(|(_, n)| **n > 1) {
            words.insert(*word, Word { weight: 1.0, first: 0, end: 0 });
        }
        let mut first = 0;
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let end = first + same.len();
            words.insert(same[0].0, Word { weight: self.of(same[0].0), first, end });
            first = end;
        }
        let postings = all.into_iter().map(|(_, idx, x)| (idx, x)).collect();
        Postings { n_rows: vectors.len(), words, postings }
    }
}

impl Rows for Postings {
    type Vector = words::Vector;

    fn cosines(&self, text: &words::Vector) -> Vec<f32> {
        let mut rows = vec![0.0f32; self.n_rows];
        let mut squares = 0.0;
        for &(word, x) in &text.0 {
            let Some(known) = self.words.get(&word) else {
                squares += (x * UNKNOWN) * (x * UNKNOWN);
                continue;
            };
            let x = x * known.weight;
            squares += x * x;
            for &(row, y) in &self.postings[known.first..known.end] {
                rows[row as usize] += x * y;
            }
        }
        let norm = squares.sqrt().max(f32::MIN_POSITIVE);
        rows.iter_mut().for_each(|row| *row /= norm);
        rows
    }
}

impl Vector for words::Vector {
    fn plus(&self, other: &Self) -> Self {
        self.plus(other)
    }

    fn dot(&self, other: &Self) -> f32 {
        self.dot(other)
    }

    fn prototype(self) -> Self {
        self.heaviest(MOST_WORDS).unit()
    }

    fn key(&self) -> Vec<(u32, u32)> {
        self.0.iter().map(|(word, x)| (*word, x.to_bits())).collect()
    }
}
