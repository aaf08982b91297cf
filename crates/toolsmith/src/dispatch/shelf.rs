//! The tools of one context: their prototypes, the near misses of each, and its bar.
use super::{
    Bar, Match,
    vectors::{Measure, Rows},
};

/// Tools, and the rows that stand for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf<R> {
    tools: Vec<Kept>,
    rows: Vec<Row>,
    vectors: R,
}

/// A tool with its bar.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) threshold: f32,
    pub(super) n_found: usize,
    pub(super) n_examples: usize,
    pub(super) n_foreign: usize,
    pub(super) n_near_misses: usize,
}

/// Whose a vector is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) tool: usize,
    /// A text that is not for the tool.
    pub(super) near_miss: bool,
}

/// The best scores of a text for one tool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub(super) own: f32,
    pub(super) near_miss: f32,
}

impl<R: Rows> Shelf<R> {
    /// Of `vectors` of length 1, each with its row.
    pub(super) fn new<M>(tools: Vec<Kept>, rows: &[Row], vectors: &[M::Vector], measure: &M) -> Self
    where
        M: Measure<Rows = R>,
    {
        Self { tools, rows: rows.to_vec(), vectors: measure.rows(vectors) }
    }

    /// The best scores of `text` for each tool.
    pub(super) fn scores(&self, text: &R::Vector) -> Vec<Score> {
        let mut scores = vec![Score::default(); self.tools.len()];
        for (row, cosine) in self.rows.iter().zip(self.vectors.cosines(text)) {
            let score = &mut scores[row.tool];
            let best = if row.near_miss { &mut score.near_miss } else { &mut score.own };
            *best = best.max(cosine);
        }
        scores
    }

    /// The tools that `text` may be for, best first.
    pub(super) fn find(&self, text: &R::Vector) -> Vec<Match<'_>> {
        let scores = self.scores(text);
        let passes = |(tool, score): &(&Kept, Score)| passes(score, tool.threshold);
        let found = self.tools.iter().zip(scores).filter(passes);
        let mut found: Vec<_> =
            found.map(|(tool, score)| Match { tool: &tool.id, score: score.own.min(1.0) }).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }

    /// From now on nothing finds the tools that are not `good`.
    pub(super) fn withhold(&mut self, good: impl Fn(&Kept) -> bool) {
        self.tools.iter_mut().filter(|tool| !good(tool)).for_each(|tool| tool.threshold = f32::INFINITY);
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
