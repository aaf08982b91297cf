//! The tools of one context: prototypes by their words, so that a request is held against all of them at once.
use super::{Bar, Match};
use crate::words::{ByWord, Vector};

/// What a word counts that is in no prototype and in few texts: a request is made of such words where it differs from others.
const UNKNOWN: f32 = 0.3;

/// Tools, and the rows that stand for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    tools: Vec<Kept>,
    rows: Vec<Row>,
    words: ByWord<Word>,
    /// Rows and weights, by word.
    postings: Vec<(u32, f32)>,
}

/// A tool with its bar.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) threshold: f32,
    pub(super) n_found: usize,
    pub(super) n_examples: usize,
    pub(super) n_near_misses: usize,
}

/// Whose a vector is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) tool: usize,
    /// A text that is not for the tool.
    pub(super) near_miss: bool,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    weight: f32,
    first: usize,
    end: usize,
}

/// The best scores of a text for one tool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub(super) own: f32,
    pub(super) near_miss: f32,
}

/// How much words count, by how many texts they are in.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights(pub(super) ByWord<u32>);

impl Weights {
    /// Words in one text alone are no more known than those in none.
    pub(super) fn of(&self, word: u32) -> f32 {
        if self.0.get(&word).is_some_and(|n| *n > 1) { 1.0 } else { UNKNOWN }
    }

    /// `text` as it is compared.
    pub(super) fn vector(&self, text: &Vector) -> Vector {
        text.clone().weighed(|word| self.of(word)).unit()
    }
}

impl Shelf {
    /// Of vectors of length 1, each with its row.
    pub(super) fn new(tools: Vec<Kept>, vectors: &[(Row, Vector)], weights: &Weights) -> Self {
        let mut all: Vec<(u32, u32, f32)> = Vec::new();
        for (idx, (_, vector)) in (0u32..).zip(vectors) {
            all.extend(vector.0.iter().map(|(word, x)| (*word, idx, *x)));
        }
        all.sort_unstable_by_key(|(word, idx, _)| (*word, *idx));
        let mut words = ByWord::default();
        for (word, _) in weights.0.iter().filter(|(_, n)| **n > 1) {
            words.insert(*word, Word { weight: 1.0, first: 0, end: 0 });
        }
        let mut first = 0;
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let end = first + same.len();
            words.insert(same[0].0, Word { weight: weights.of(same[0].0), first, end });
            first = end;
        }
        let postings = all.into_iter().map(|(_, idx, x)| (idx, x)).collect();
        Self { tools, rows: vectors.iter().map(|(row, _)| *row).collect(), words, postings }
    }

    /// The best scores of `text` for each tool.
    pub(super) fn scores(&self, text: &Vector) -> Vec<Score> {
        let mut rows = vec![0.0f32; self.rows.len()];
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
        let mut scores = vec![Score::default(); self.tools.len()];
        let norm = squares.sqrt().max(f32::MIN_POSITIVE);
        for (row, sum) in self.rows.iter().zip(rows) {
            let score = &mut scores[row.tool];
            let best = if row.near_miss { &mut score.near_miss } else { &mut score.own };
            *best = best.max(sum / norm);
        }
        scores
    }

    /// The tools that `text` may be for, best first.
    pub(super) fn find(&self, text: &str) -> Vec<Match<'_>> {
        let scores = self.scores(&Vector::of(text));
        let passes = |(tool, score): &(&Kept, Score)| passes(score, tool.threshold);
        let found = self.tools.iter().zip(scores).filter(passes);
        let mut found: Vec<_> =
            found.map(|(tool, score)| Match { tool: &tool.id, score: score.own.min(1.0) }).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }

    pub(super) fn bars(&self) -> impl Iterator<Item = Bar<'_>> {
        self.tools.iter().map(|tool| Bar {
            tool: &tool.id,
            threshold: tool.threshold,
            n_found: tool.n_found,
            n_examples: tool.n_examples,
            n_near_misses: tool.n_near_misses,
        })
    }
}

/// Whether a text of `score` is let through.
pub(super) fn passes(score: &Score, threshold: f32) -> bool {
    score.own >= threshold && score.own > score.near_miss
}
