//! What a route would have done on requests that both models answered: on splits, by the functions that serve.
//!
//! In each split some requests are audits, and all others are what comes after: everything is learned, chosen and proven on
//! the audits, and measured on the rest. Requests of one conversation lie on one side.
mod promised;
mod ranked;

pub use promised::{Outcome, Way};
pub use ranked::{Figures, Ranking};

use crate::{certify::Promise, chart::Chart, fold::hash, score::Example};

/// A request that both models answered, and how good both answers were. Its task is its tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// What conversation it is part of.
    pub conversation: String,
    /// What is known of it, and both scores.
    pub example: Example,
}

/// What is done in each split.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The share of requests that are audits.
    pub calibrate: f64,
    /// What is promised, each on its own.
    pub promises: Vec<Promise>,
}

/// What came of one split.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Audits, and the requests that all figures are of.
    pub sizes: [usize; 2],
    /// How well each of [`Ranking::ALL`] sends the right requests to the large model.
    pub figures: [Figures; Ranking::ALL.len()],
    /// For each promise, what each of [`Way::ALL`] did.
    pub outcomes: Vec<[Outcome; Way::ALL.len()]>,
    /// The frontier, with what it must beat.
    pub chart: Option<Chart>,
}

/// Requests apart in audits and what comes after, in the order in which they come.
struct Split<'a> {
    seed: u64,
    audits: Vec<&'a Labelled>,
    rest: Vec<&'a Labelled>,
}

impl Trial {
    /// Split number `seed` of `all`; the same in every run. `title` stands over the chart.
    pub fn run(all: &[Labelled], plan: &Plan, seed: u64, title: &str) -> Self {
        let split = Split::of(all, plan.calibrate, seed);
        let (figures, chart) = ranked::figures(&split, title);
        let sizes = [split.audits.len(), split.rest.len()];
        Self { sizes, figures, outcomes: promised::outcomes(&split, &plan.promises), chart }
    }
}

impl<'a> Split<'a> {
    fn of(all: &'a [Labelled], calibrate: f64, seed: u64) -> Self {
        // a hash of its own: by that of the folds, audits would be those that train
        let place = |one: &Labelled| hash(&format!("split {seed}/{}", one.conversation));
        let mut order: Vec<(u64, &Labelled)> = all.iter().map(|one| (place(one), one)).collect();
        order.sort_by_key(|(place, _)| *place);
        let wanted = ((calibrate * all.len() as f64) as usize).min(all.len());
        let last = wanted.checked_sub(1).and_then(|last| order.get(last)).map(|(place, _)| *place);
        let end = last.map_or(0, |last| order.partition_point(|(place, _)| *place <= last));
        let (audits, rest) = order.split_at(end);
        let side = |side: &[(u64, &'a Labelled)]| side.iter().map(|(_, one)| *one).collect();
        Self { seed, audits: side(audits), rest: side(rest) }
    }
}

/// A mean over splits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation between splits; none of a single one.
    pub sd: Option<f64>,
}

impl Spread {
    /// Of `values`; none if there are none.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let n = values.clone().count();
        let mean = values.clone().sum::<f64>() / n as f64;
        let sd = || (values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt();
        (n > 0).then(|| Self { mean, sd: (n > 1).then(sd) })
    }
}

#[cfg(test)]
mod tests;
