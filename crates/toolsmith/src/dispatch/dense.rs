//! Whose request is this by what it means? The same calibration over vectors that an embedding model made of texts.
//!
//! Mean-pooled states of a decoder all point the same way, and a few of their numbers drown the others. So each number is
//! taken as its distance from the mean of all known texts, in standard deviations, before two texts are compared.
use super::{
    Bar, Entry, Match, by_context,
    calibrate::{self, Texts},
    shelf::{Kept, Shelf},
    vectors::{Measure, Rows, Vector},
};
use std::collections::BTreeMap;

/// Bytes of a text that its vector is made of, at most: what is asked stands at the beginning, and time goes with length.
const LONGEST: usize = 512;
/// A tool with fewer examples is found by its words alone, as is one of which fewer texts are known that are not for it.
const LEAST_TEXTS: usize = 8;
/// The share of a tool's examples, each left out in turn, that must be found for it to be offered.
const LEAST_FOUND: f32 = 0.75;

/// What of `text` its vector is made of.
pub fn gist(text: &str) -> &str {
    let text = text.trim();
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Finds tools by the vectors of their examples, those that these vectors tell from other texts. Made anew when tools come
/// or go, or vectors come from another model.
#[derive(Clone, Debug, Default)]
pub struct DenseIndex {
    shelves: BTreeMap<String, Shelf<Dense>>,
}

impl DenseIndex {
    /// Of `tools`, none of which is for any of the `foreign` texts. `vector` is that of a text, where there is one.
    pub fn new(tools: &[Entry<'_>], foreign: &[&str], vector: impl Fn(&str) -> Option<Vec<f32>>) -> Self {
        let shelf = |(context, tools): (&str, Vec<_>)| {
            let texts = Texts::read(&tools, foreign, |text| vector(text).filter(|v| v.iter().all(|x| x.is_finite())));
            let spread = Spread::of(&texts);
            let texts = texts.keep(|vector| vector.len() == spread.mean.len());
            let mut shelf = calibrate::shelf(&tools, &texts, &spread);
            shelf.withhold(tells);
            (context.to_owned(), shelf)
        };
        Self { shelves: by_context(tools).into_iter().map(shelf).collect() }
    }

    /// The tools that a request of `context` may be for whose text has this `vector`, the likeliest first.
    pub fn find(&self, context: &str, vector: &[f32]) -> Vec<Match<'_>> {
        self.shelves.get(context).map_or_else(Vec::new, |shelf| shelf.find(&vector.to_vec()))
    }

    /// Whether it can find any tool of `context`.
    pub fn finds(&self, context: &str) -> bool {
        self.shelves.get(context).is_some_and(|shelf| shelf.bars().any(|bar| bar.threshold.is_finite()))
    }

    /// How its tools are told apart, in the order of their contexts; the bar of one that is not offered is infinite.
    pub fn bars(&self) -> impl Iterator<Item = Bar<'_>> {
        self.shelves.values().flat_map(Shelf::bars)
    }
}

/// Whether the vectors tell a tool's requests from others.
fn tells(tool: &Kept) -> bool {
    let found = tool.n_found as f32 >= LEAST_FOUND * tool.n_examples as f32;
    found && tool.n_examples >= LEAST_TEXTS && tool.n_foreign >= LEAST_TEXTS
}

/// How the numbers of vectors vary.
#[derive(Clone, Debug, Default)]
struct Spread {
    mean: Vec<f32>,
    /// One over the standard deviation; 0 for what never varies.
    scale: Vec<f32>,
}

/// Vectors of length 1, one after the other.
#[derive(Clone, Debug, Default)]
struct Dense {
    spread: Spread,
    rows: Vec<Vec<f32>>,
}

impl Spread {
    /// Over all `texts`.
    fn of(texts: &Texts<Vec<f32>>) -> Self {
        let n_dims = texts.all().next().map_or(0, Vec::len);
        let all = || texts.all().filter(|vector| vector.len() == n_dims);
        let n = all().count().max(1) as f32;
        let mut mean = vec![0.0; n_dims];
        all().for_each(|vector| mean.iter_mut().zip(vector).for_each(|(m, x)| *m += x / n));
        let mut variance = vec![0.0; n_dims];
        for vector in all() {
            let differences = vector.iter().zip(&mean).map(|(x, m)| x - m);
            variance.iter_mut().zip(differences).for_each(|(v, d)| *v += d * d / n);
        }
        let scale = variance.into_iter().map(|v: f32| if v > 0.0 { v.sqrt().recip() } else { 0.0 }).collect();
        Self { mean, scale }
    }
}

impl Measure for Spread {
    type Vector = Vec<f32>;
    type Rows = Dense;
    const FLOOR: f32 = 0.4;
    // who asks in other words is farther than any example, and to ask a tool in vain costs less than a model
    const BETWEEN: f32 = 0.25;

    fn vector(&self, text: &Vec<f32>) -> Vec<f32> {
        unit(text.iter().zip(&self.mean).zip(&self.scale).map(|((x, m), scale)| (x - m) * scale).collect())
    }

    fn rows(&self, vectors: &[Vec<f32>]) -> Dense {
        Dense { spread: self.clone(), rows: vectors.to_vec() }
    }
}

impl Rows for Dense {
    type Vector = Vec<f32>;

    fn cosines(&self, text: &Vec<f32>) -> Vec<f32> {
        if text.len() != self.spread.mean.len() {
            return vec![0.0; self.rows.len()];
        }
        let text = self.spread.vector(text);
        self.rows.iter().map(|row| row.dot(&text)).collect()
    }
}

impl Vector for Vec<f32> {
    fn plus(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        self.iter().zip(other).map(|(x, y)| x + y).collect()
    }

    fn dot(&self, other: &Self) -> f32 {
        self.iter().zip(other).map(|(x, y)| x * y).sum()
    }

    fn prototype(self) -> Self {
        unit(self)
    }

    fn key(&self) -> Vec<(u32, u32)> {
        self.iter().map(|x| (x.to_bits(), 0)).collect()
    }
}

/// Of length 1, unless it is nothing but zeros.
fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = vector.norm();
    if norm > 0.0 {
        vector.iter_mut().for_each(|x| *x /= norm);
    }
    vector
}
