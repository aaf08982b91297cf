//! Weights of hashed words or tags, looked up by their hash.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Entries at most: those that stand in most texts.
const MOST: usize = 30_000;

/// Hashes in ascending order; for each, how rare it is, and a weight for each target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Columns<N>", into = "Columns<N>")]
pub(super) struct Table<const N: usize> {
    keys: Vec<u32>,
    rarity: Vec<f32>,
    weights: Vec<[f32; N]>,
}

/// The table as it is written.
#[derive(Serialize, Deserialize)]
struct Columns<const N: usize> {
    keys: Vec<u32>,
    rarity: Vec<f32>,
    weights: Vec<Vec<f32>>,
}

impl<const N: usize> Table<N> {
    /// What stands in at least `least` of the `texts`, and what `prior` knows, with its weights.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a [u32]>, least: usize, prior: Option<&Self>) -> Self {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        let mut n = 0;
        for text in texts {
            n += 1;
            text.iter().for_each(|&key| *counts.entry(key).or_default() += 1);
        }
        let mut often: Vec<(u32, usize)> = counts.into_iter().filter(|&(_, count)| count >= least).collect();
        often.sort_by_key(|&(key, count)| (usize::MAX - count, key));
        often.truncate(MOST);
        // smoothed inverse document frequency: Manning, Raghavan, Schütze (2008), chapter 6
        let rarity = |count: usize| ((1 + n) as f32 / (1 + count) as f32).ln() + 1.0;
        let mut all: BTreeMap<u32, (f32, [f32; N])> =
            often.into_iter().map(|(key, count)| (key, (rarity(count), [0.0; N]))).collect();
        if let Some(prior) = prior {
            let known = prior.rarity.iter().zip(&prior.weights).map(|(&rarity, &weights)| (rarity, weights));
            all.extend(prior.keys.iter().copied().zip(known));
        }
        let (keys, (rarity, weights)) = all.into_iter().unzip();
        Self { keys, rarity, weights }
    }

    /// Places and values of a text's words, in a vector of length 1: rare words count more.
    pub(super) fn find(&self, text: &[u32], mut tell: impl FnMut(usize, f32)) {
        let places = || text.iter().filter_map(|key| self.keys.binary_search(key).ok());
        let length = places().map(|i| self.rarity[i] * self.rarity[i]).sum::<f32>().sqrt();
        if length > 0.0 {
            places().for_each(|i| tell(i, self.rarity[i] / length));
        }
    }

    /// The weights, in the order of places.
    pub(super) fn weights(&self) -> &[[f32; N]] {
        &self.weights
    }

    /// Takes new weights, in the order of places.
    pub(super) fn learn(&mut self, weights: impl Iterator<Item = [f32; N]>) {
        self.weights.iter_mut().zip(weights).for_each(|(old, new)| *old = new);
    }
}

impl<const N: usize> From<Table<N>> for Columns<N> {
    fn from(table: Table<N>) -> Self {
        let weights = (0..N).map(|h| table.weights.iter().map(|w| w[h]).collect()).collect();
        Self { keys: table.keys, rarity: table.rarity, weights }
    }
}

impl<const N: usize> TryFrom<Columns<N>> for Table<N> {
    type Error = String;

    fn try_from(columns: Columns<N>) -> Result<Self, String> {
        let n = columns.keys.len();
        let whole =
            columns.rarity.len() == n && columns.weights.len() == N && columns.weights.iter().all(|w| w.len() == n);
        if !whole || !columns.keys.is_sorted() {
            return Err(format!("table of words: {n} ascending keys with as many values each expected"));
        }
        let weights = (0..n).map(|i| std::array::from_fn(|h| columns.weights[h][i])).collect();
        Ok(Self { keys: columns.keys, rarity: columns.rarity, weights })
    }
}
