//! Weights of hashed words or tags, looked up by their hash.
use crate::words::BITS;
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
    places: Places,
}

/// Where keys stand: hashes are spread evenly, so that one in as many parts as there are keys holds about one of them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Places {
    /// Keys before each part, and all of them.
    starts: Vec<u32>,
    /// Bits of a hash that do not count for its part.
    low: u32,
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
        Self::new(keys, rarity, weights)
    }

    fn new(keys: Vec<u32>, rarity: Vec<f32>, weights: Vec<[f32; N]>) -> Self {
        Self { places: Places::of(&keys), keys, rarity, weights }
    }

    /// Places and values of a text's words, in a vector of length 1: rare words count more.
    pub(super) fn find(&self, text: &[u32], mut tell: impl FnMut(usize, f32)) {
        let found: Vec<(usize, f32)> =
            text.iter().filter_map(|&key| self.places.find(key, &self.keys)).map(|i| (i, self.rarity[i])).collect();
        let length = found.iter().map(|(_, rarity)| rarity * rarity).sum::<f32>().sqrt();
        if length > 0.0 {
            found.into_iter().for_each(|(i, rarity)| tell(i, rarity / length));
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

impl Places {
    /// Of `keys` in ascending order.
    fn of(keys: &[u32]) -> Self {
        let low = BITS.saturating_sub(keys.len().max(1).ilog2());
        let parts = (1 << BITS) >> low;
        let start = |part: u32| keys.partition_point(|key| key >> low < part) as u32;
        Self { starts: (0..parts).map(start).chain([keys.len() as u32]).collect(), low }
    }

    fn find(&self, key: u32, keys: &[u32]) -> Option<usize> {
        let part = (key >> self.low) as usize;
        let (start, end) = (*self.starts.get(part)? as usize, *self.starts.get(part + 1)? as usize);
        keys.get(start..end)?.iter().position(|k| *k == key).map(|i| start + i)
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
        Ok(Self::new(columns.keys, columns.rarity, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    #[test]
    fn keys_are_found_where_they_stand() {
        let mut rng = Rng::with_seed(3);
        for n in [0, 1, 2, 3, 100, 1023, 1024, 30_000] {
            let mut keys: Vec<u32> = (0..n).map(|_| rng.u32(..1 << BITS)).chain([0, (1 << BITS) - 1]).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.truncate(n);
            let places = Places::of(&keys);
            for key in keys.iter().copied().chain((0..1000).map(|_| rng.u32(..))).chain([0, 1, u32::MAX]) {
                assert_eq!(places.find(key, &keys), keys.binary_search(&key).ok(), "{key} of {n}");
            }
        }
        assert_eq!(Places::default().find(3, &[]), None);
    }
}
