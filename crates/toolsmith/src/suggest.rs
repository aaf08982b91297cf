//! When is a tool worth making? Requests that come again and again are found, and what they cost is held against a maker's price.
//!
//! One pass over traces, in bounded memory, and the same for the same traces: a request joins the cluster of its route and
//! context whose mean it is most like, as words and pairs of words with numbers folded, or begins one. Words that hardly any
//! request has count little: they are what requests differ in.
mod cluster;
mod economy;
mod nearest;

pub use cluster::Cluster;
pub use economy::{BreakEven, Economy};

use crate::{
    tool::Example,
    words::{ByWord, Vector},
};
use nearest::Nearest;
use std::collections::{BTreeMap, BTreeSet};

/// How like a cluster's mean a request is that joins it, by the cosine.
const ALIKE: f32 = 0.45;
/// What a word counts that no other request had so far.
const RARE: f32 = 0.3;
/// Clusters that are looked at closely for each request.
const CLOSE: usize = 8;
/// Words and pairs whose requests are counted.
const MOST_WORDS: usize = 1 << 19;

/// A request that was answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen<'a> {
    /// Its trace.
    pub trace: &'a str,
    /// Its route.
    pub route: &'a str,
    /// What it has beside its text, as `dispatch::asked` tells it.
    pub context: &'a str,
    /// What was asked.
    pub text: &'a str,
    /// What was answered.
    pub answer: &'a str,
    /// Whether the large model did: of others' answers no tool is made.
    pub large: bool,
    /// Micro-USD that it cost.
    pub cost: i64,
    /// Microseconds since 1970.
    pub time: i64,
}

/// What may be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Clusters of all routes; beyond them, the smaller half is forgotten, those first that were not heard of for longest.
    pub clusters: usize,
    /// Examples of each.
    pub examples: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { clusters: 2000, examples: 200 }
    }
}

/// What a tool is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Material {
    /// Texts with the large model's answers.
    pub examples: Vec<Example>,
    /// Texts of other kinds, the most alike among them.
    pub negatives: Vec<String>,
}

/// A cluster, and when making a tool of it pays.
#[derive(Clone, Debug)]
pub struct Suggestion<'a> {
    /// The requests.
    pub cluster: &'a Cluster,
    /// What they cost, and what is saved.
    pub pays: BreakEven,
}

/// All requests so far, by what recurs in them.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    bounds: Bounds,
    contexts: BTreeMap<(String, String), Shelf>,
    /// In how many requests a word is.
    words: ByWord<u32>,
    n_clusters: usize,
    latest: i64,
}

/// The clusters of one route and context.
#[derive(Clone, Debug, Default)]
struct Shelf {
    all: Vec<Cluster>,
    nearest: Nearest,
}

impl Clusters {
    /// None yet.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Hears of a request, in the order of their times.
    pub fn hear(&mut self, seen: &Seen<'_>) {
        let text = Vector::of(seen.text);
        if text.0.is_empty() {
            return;
        }
        self.latest = self.latest.max(seen.time);
        self.count(&text);
        let shelf = self.contexts.entry((seen.route.to_owned(), seen.context.to_owned())).or_default();
        let words = &self.words;
        let weighed = text.clone().weighed(|word| weight(words, word)).unit();
        let close = shelf.nearest.few(&weighed, CLOSE).into_iter();
        let close = close.map(|idx| (idx, shelf.all[idx].like(&weighed, |word| weight(words, word))));
        let best = close.filter(|(_, like)| *like >= ALIKE).max_by(|(_, a), (_, b)| a.total_cmp(b));
        let idx = best.map_or(shelf.all.len(), |(idx, _)| idx);
        if idx == shelf.all.len() {
            shelf.nearest.add(idx, &text);
            shelf.all.push(Cluster::new(seen));
            self.n_clusters += 1;
        }
        shelf.all[idx].hear(seen, &text, self.bounds.examples);
        if self.n_clusters > self.bounds.clusters {
            self.forget();
        }
    }

    /// All clusters.
    pub fn all(&self) -> impl Iterator<Item = &Cluster> {
        self.contexts.values().flat_map(|shelf| &shelf.all)
    }

    /// The clusters that are worth a tool, the most savings first. Those that have one already are the caller's to leave out.
    pub fn suggestions(&self, economy: &Economy) -> Vec<Suggestion<'_>> {
        let all = self.all().map(|cluster| Suggestion { cluster, pays: economy.of(cluster, self.latest) });
        let mut worth: Vec<_> = all.filter(|suggestion| suggestion.pays.worth).collect();
        worth.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.pays.net));
        worth
    }

    /// What a tool for `cluster` is made of: its examples, and up to `n_negatives` texts of other clusters of its route and
    /// context: the most alike, the most frequent, and some of all. Those that are so alike that they might be the same kind are left out.
    pub fn task(&self, cluster: &Cluster, n_negatives: usize) -> Material {
        let mut material = Material { examples: cluster.examples(), negatives: Vec::new() };
        let Some(shelf) = self.contexts.get(&(cluster.route.clone(), cluster.context.clone())) else { return material };
        let weigh = |word| weight(&self.words, word);
        let mean = cluster.mean().weighed(weigh).unit();
        let others = shelf.all.iter().filter(|other| !std::ptr::eq(*other, cluster));
        let mut others: Vec<_> = others.map(|other| (other.like(&mean, weigh), other)).collect();
        others.retain(|(like, _)| *like < ALIKE);
        others.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let own: BTreeSet<_> = material.examples.iter().map(|example| example.text.clone()).collect();
        let near = others.iter().flat_map(|(_, other)| other.texts().take(2)).take(n_negatives / 2);
        // a quarter of what comes most often, and the rest evenly from all there is
        let mut often: Vec<_> = others.iter().map(|(_, other)| other).collect();
        often.sort_by_key(|other| std::cmp::Reverse(other.count));
        let often = often.into_iter().flat_map(|other| other.texts().take(3)).take(n_negatives / 4);
        let all: Vec<&str> = others.iter().flat_map(|(_, other)| other.texts()).collect();
        let step = (all.len() / n_negatives.max(1)).max(1);
        let mut taken = BTreeSet::new();
        for text in near.chain(often).chain(all.iter().copied().step_by(step)).chain(all.iter().copied()) {
            if material.negatives.len() < n_negatives && !own.contains(text) && taken.insert(text) {
                material.negatives.push(text.to_owned());
            }
        }
        material
    }

    fn count(&mut self, text: &Vector) {
        for (word, _) in &text.0 {
            *self.words.entry(*word).or_default() += 1;
        }
        // each round drops what came once, then twice ..
        let mut least = 1;
        while self.words.len() > MOST_WORDS {
            self.words.retain(|_, n| *n > least);
            least += 1;
        }
    }

    /// Drops the smaller half of the clusters.
    fn forget(&mut self) {
        let mut sizes: Vec<_> = self.all().map(|cluster| (cluster.count, cluster.last)).collect();
        sizes.sort_unstable();
        let (mut n_left, bar) = (sizes.len() / 2, sizes[sizes.len() / 2]);
        for shelf in self.contexts.values_mut() {
            // of those that are all alike, no more than half stay
            shelf.all.retain(|cluster| {
                let stays = (cluster.count, cluster.last) >= bar && n_left > 0;
                n_left -= usize::from(stays);
                stays
            });
            shelf.nearest = Nearest::of(shelf.all.iter().map(Cluster::first_text));
        }
        self.contexts.retain(|_, shelf| !shelf.all.is_empty());
        self.n_clusters = self.all().count();
    }
}

fn weight(words: &ByWord<u32>, word: u32) -> f32 {
    if words.get(&word).is_some_and(|n| *n > 1) { 1.0 } else { RARE }
}
