//! How well a score ranks: what it recovers of the large model's lead, beside all that it must beat.
use super::Split;
use crate::{
    chart::Chart,
    fold::hash,
    frontier::{Frontier, Row},
    score::{Example, Model},
};
use std::collections::BTreeMap;

/// Who says which requests go to the large model first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// The score that serves, by what it expects to gain.
    Router,
    /// Chance.
    Random,
    /// The mean gain of each task among the audits.
    Means,
    /// Nobody: all requests go to the better model.
    Single,
    /// One who knows both scores.
    Oracle,
}

impl Ranking {
    /// In the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Router, Self::Random, Self::Means, Self::Single, Self::Oracle];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Random => "mixed at random",
            Self::Means => "means per task",
            Self::Single => "best single model",
            Self::Oracle => "oracle",
        }
    }
}

/// What is recovered of the large model's lead; nothing where it has none. See [`Frontier`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// The area under the recovered lead; a single model has none.
    pub apgr: Option<f64>,
    /// The least share of large calls that recovers half of the lead.
    pub cpt50: Option<f64>,
    /// The same for four fifths.
    pub cpt80: Option<f64>,
}

impl Figures {
    fn of(rows: &[Row]) -> Self {
        let curve = Frontier::of(rows);
        let cpt = |part| curve.as_ref().and_then(|curve| curve.cpt(part));
        Self { apgr: curve.as_ref().and_then(Frontier::apgr), cpt50: cpt(0.5), cpt80: cpt(0.8) }
    }
}

/// What each of [`Ranking::ALL`] recovers on the rest of `split`, and the picture of it.
pub(super) fn figures(split: &Split<'_>, title: &str) -> ([Figures; Ranking::ALL.len()], Option<Chart>) {
    let examples: Vec<Example> = split.audits.iter().map(|one| one.example.clone()).collect();
    let model = Model::fit(&examples, None);
    let means = Means::of(&examples);
    let ranked = |rank: &dyn Fn(usize, &Example) -> f64| -> Vec<Row> {
        let row = |(i, example): (usize, &Example)| Row {
            rank: rank(i, example),
            small: example.small,
            large: example.large,
        };
        split.rest.iter().map(|one| &one.example).enumerate().map(row).collect()
    };
    let router = ranked(&|_, example| model.gain(&example.signals));
    let tasks = ranked(&|_, example| means.gain(example));
    let figures = Ranking::ALL.map(|ranking| match ranking {
        Ranking::Router => Figures::of(&router),
        Ranking::Random => Figures::of(&ranked(&|i, _| hash(&format!("{} {i}", split.seed)) as f64)),
        Ranking::Means => Figures::of(&tasks),
        Ranking::Single => single(&router),
        Ranking::Oracle => Figures::of(&ranked(&|_, example| example.large - example.small)),
    });
    (figures, Chart::of(title, &router, &tasks))
}

/// The large model alone, if it is the better one: it recovers everything, with all calls.
fn single(rows: &[Row]) -> Figures {
    let all = Figures::of(rows).apgr.map(|_| 1.0);
    Figures { apgr: None, cpt50: all, cpt80: all }
}

/// The mean gain of each task, drawn to the mean of all as by twenty more requests.
struct Means {
    all: f64,
    tasks: BTreeMap<Option<u32>, f64>,
}

const DRAWN: f64 = 20.0;

impl Means {
    fn of(examples: &[Example]) -> Self {
        let gain = |example: &Example| example.large - example.small;
        let all = examples.iter().map(gain).sum::<f64>() / examples.len().max(1) as f64;
        let mut sums: BTreeMap<_, (f64, f64)> = BTreeMap::new();
        for example in examples {
            let (n, sum) = sums.entry(example.signals.prompt.tag).or_default();
            (*n, *sum) = (*n + 1.0, *sum + gain(example));
        }
        let tasks = sums.into_iter().map(|(task, (n, sum))| (task, (sum + DRAWN * all) / (n + DRAWN))).collect();
        Self { all, tasks }
    }

    fn gain(&self, example: &Example) -> f64 {
        self.tasks.get(&example.signals.prompt.tag).copied().unwrap_or(self.all)
    }
}
