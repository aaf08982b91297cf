//! Which clusters share words with a text: found by the words of the text that began each.
use crate::words::{ByWord, Vector};

/// Clusters by the words of their first texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Nearest {
    clusters: ByWord<Vec<u32>>,
    /// Words of each first text.
    lengths: Vec<f32>,
}

impl Nearest {
    /// Of clusters with these first texts.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a Vector>) -> Self {
        let mut nearest = Self::default();
        texts.enumerate().for_each(|(idx, text)| nearest.add(idx, text));
        nearest
    }

    /// Cluster number `idx`, the next one, began with `text`.
    pub(super) fn add(&mut self, idx: usize, text: &Vector) {
        let Ok(number) = u32::try_from(idx) else { return };
        for (word, _) in &text.0 {
            self.clusters.entry(*word).or_default().push(number);
        }
        self.lengths.push((text.0.len() as f32).sqrt());
    }

    /// The `n` that share most with `text`.
    pub(super) fn few(&self, text: &Vector, n: usize) -> Vec<usize> {
        let mut sums = vec![0.0f32; self.lengths.len()];
        for (word, x) in &text.0 {
            for idx in self.clusters.get(word).into_iter().flatten() {
                sums[*idx as usize] += x;
            }
        }
        let scored = sums.iter().zip(&self.lengths).map(|(sum, length)| sum / length.max(1.0));
        let mut scored: Vec<_> = scored.enumerate().filter(|(_, score)| *score > 0.0).collect();
        let by_score = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if scored.len() > n {
            scored.select_nth_unstable_by(n, by_score);
            scored.truncate(n);
        }
        scored.sort_by(by_score);
        scored.into_iter().map(|(idx, _)| idx).collect()
    }
}
