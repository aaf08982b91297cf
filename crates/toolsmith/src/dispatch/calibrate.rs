//! Where a tool's bar stands: between its own examples and all texts that are not for it.
use super::{
    Entry,
    shelf::{Kept, Row, Score, Shelf, passes},
    vectors::{Measure, Rows, Vector},
};
use std::collections::BTreeSet;

/// Examples at least so alike share a prototype.
const ALIKE: f32 = 0.5;
/// Prototypes of a tool at most; what is alike to none joins the nearest.
const MOST_PROTOTYPES: usize = 32;
/// Near misses of a tool that are remembered at most; beyond them, the bar itself is raised.
const MOST_NEAR_MISSES: usize = 64;

/// All texts that are known in one context, as vectors.
pub(super) struct Texts<V> {
    /// Of each tool.
    pub(super) examples: Vec<Vec<V>>,
    /// The same.
    pub(super) negatives: Vec<Vec<V>>,
    /// For no tool.
    pub(super) foreign: Vec<V>,
}

impl<V> Texts<V> {
    /// Those of `tools`, and `foreign` ones, as far as `read` makes something of them.
    pub(super) fn read(tools: &[&Entry<'_>], foreign: &[&str], read: impl Fn(&str) -> Option<V>) -> Self {
        let all = |texts: &[&str]| -> Vec<V> { texts.iter().filter_map(|text| read(text)).collect() };
        Self {
            examples: tools.iter().map(|tool| all(&tool.examples)).collect(),
            negatives: tools.iter().map(|tool| all(&tool.negatives)).collect(),
            foreign: all(foreign),
        }
    }

    /// Those alone that are as they should be.
    pub(super) fn keep(mut self, good: impl Fn(&V) -> bool) -> Self {
        self.examples.iter_mut().chain(&mut self.negatives).for_each(|texts| texts.retain(&good));
        self.foreign.retain(&good);
        self
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &V> {
        self.examples.iter().chain(&self.negatives).chain([&self.foreign]).flatten()
    }
}

/// A tool's examples: each as a vector, with the cluster that it is in.
struct Own<V> {
    vectors: Vec<V>,
    member_of: Vec<usize>,
    clusters: Vec<Cluster<V>>,
}

/// Vectors that are alike.
struct Cluster<V> {
    sum: V,
    norm: f32,
    n: usize,
}

/// A text that is not for a tool.
struct Foreign<'a, V> {
    text: &'a V,
    score: f32,
    /// How near it is to the tool that it is for, where there is one.
    home: f32,
}

/// The shelf of `tools`, all of one context, whose `texts` are held against each other by `measure`.
pub(super) fn shelf<M: Measure>(tools: &[&Entry<'_>], texts: &Texts<M::Vector>, measure: &M) -> Shelf<M::Rows> {
    let Texts { examples, negatives, foreign } = texts;
    let owns: Vec<_> = examples.iter().map(|texts| Own::new(texts.iter().map(|text| measure.vector(text)))).collect();
    let (mut rows, mut vectors) = (Vec::new(), Vec::new());
    for (tool, own) in owns.iter().enumerate() {
        rows.extend(own.clusters.iter().map(|_| Row { tool, near_miss: false }));
        vectors.extend(own.clusters.iter().map(|cluster| cluster.sum.clone().prototype()));
    }
    let mut kept: Vec<Kept> = tools.iter().map(|tool| Kept { id: tool.id.to_owned(), ..Kept::default() }).collect();
    let first = Shelf::new(kept.clone(), &rows, &vectors, measure);

    let homes: Vec<Vec<f32>> = owns.iter().map(Own::left_out).collect();
    let from_others = others(tools, examples, &homes, &first);
    let from_nobody: Vec<Vec<Score>> = foreign.iter().map(|text| first.scores(text)).collect();
    for (tool, kept) in kept.iter_mut().enumerate() {
        let mine: BTreeSet<_> = examples[tool].iter().map(Vector::key).collect();
        let strange = negatives[tool].iter().map(|text| (text, first.scores(text)[tool].own));
        let strange = strange.chain(foreign.iter().zip(&from_nobody).map(|(text, scores)| (text, scores[tool].own)));
        let strange = strange.map(|(text, score)| Foreign { text, score, home: 0.0 });
        let from_others = from_others.iter().filter(|other| !versions(tools[tool], tools[other.tool]));
        let from_others = from_others.map(|of| Foreign { text: of.text, score: of.scores[tool].own, home: of.home });
        let all: Vec<_> = strange.chain(from_others).filter(|foreign| !mine.contains(&foreign.text.key())).collect();
        kept.n_foreign = all.len();
        let near_misses = raise::<M>(kept, &homes[tool], all);
        let near_misses: Vec<_> = near_misses.into_iter().map(|text| measure.vector(text)).collect();
        let found = owns[tool].vectors.iter().zip(&homes[tool]).filter(|(text, home)| {
            let near_miss = near_misses.iter().map(|miss| miss.dot(text)).fold(0.0, f32::max);
            passes(&Score { own: **home, near_miss }, kept.threshold)
        });
        (kept.n_found, kept.n_examples, kept.n_near_misses) = (found.count(), homes[tool].len(), near_misses.len());
        rows.extend(near_misses.iter().map(|_| Row { tool, near_miss: true }));
        vectors.extend(near_misses);
    }
    Shelf::new(kept, &rows, &vectors, measure)
}

/// Sets the bar of a tool whose own examples score as `homes` says, and returns the near misses among `foreign`.
fn raise<'a, M: Measure>(
    kept: &mut Kept,
    homes: &[f32],
    mut foreign: Vec<Foreign<'a, M::Vector>>,
) -> Vec<&'a M::Vector> {
    let mut own = homes.to_vec();
    own.sort_unstable_by(f32::total_cmp);
    let (worst, low) = (own.first().copied().unwrap_or(1.0), own.get(own.len() / 10).copied().unwrap_or(1.0));
    // what is nearer to a tool of its own is asked of that one first
    let elsewhere = |foreign: &Foreign<'_, M::Vector>| foreign.home > foreign.score;
    let best_elsewhere = foreign.iter().filter(|f| elsewhere(f)).map(|f| f.score).fold(0.0, f32::max);
    foreign.retain(|f| !elsewhere(f));
    foreign.sort_by(|a, b| b.score.total_cmp(&a.score));
    // a bar above those that look as its own do would shut out its own
    let n_near = foreign.iter().take(MOST_NEAR_MISSES).take_while(|f| f.score >= low.max(M::FLOOR)).count();
    let best = foreign.get(n_near).map_or(0.0, |f| f.score);
    let between = |foreign: f32| foreign + M::BETWEEN * (worst - foreign);
    let threshold = match best.max(best_elsewhere) {
        all if worst > all => between(all),
        _ if worst > best => between(best),
        _ => best.next_up().max(best + 1e-4), // sums differ in their last digits by the order of their terms
    };
    kept.threshold = threshold.max(M::FLOOR);
    foreign.truncate(n_near);
    foreign.into_iter().map(|f| f.text).collect()
}

/// Whether one is the other, or another version of it.
fn versions(one: &Entry<'_>, other: &Entry<'_>) -> bool {
    one.id == other.id || (one.name == other.name && !one.name.is_empty())
}

/// An example of some tool, how near it is to that one, and how near to all.
struct OfOther<'a, V> {
    tool: usize,
    text: &'a V,
    home: f32,
    scores: Vec<Score>,
}

fn others<'a, R: Rows>(
    tools: &[&Entry<'_>],
    examples: &'a [Vec<R::Vector>],
    homes: &[Vec<f32>],
    shelf: &Shelf<R>,
) -> Vec<OfOther<'a, R::Vector>> {
    let mut all = Vec::new();
    if tools.len() > 1 {
        for (tool, (texts, homes)) in examples.iter().zip(homes).enumerate() {
            let of =
                |(text, home): (&'a R::Vector, &f32)| OfOther { tool, text, home: *home, scores: shelf.scores(text) };
            all.extend(texts.iter().zip(homes).map(of));
        }
    }
    all
}

impl<V: Vector> Own<V> {
    fn new(texts: impl Iterator<Item = V>) -> Self {
        let mut own = Self { vectors: texts.collect(), member_of: Vec::new(), clusters: Vec::new() };
        for vector in &own.vectors {
            let cosines = own.clusters.iter().map(|cluster| cluster.sum.dot(vector) / cluster.norm);
            let best = cosines.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
            let full = own.clusters.len() >= MOST_PROTOTYPES;
            let idx = match best.filter(|(_, cosine)| *cosine >= ALIKE || full) {
                Some((idx, _)) => idx,
                None => {
                    own.clusters.push(Cluster { sum: V::default(), norm: 0.0, n: 0 });
                    own.clusters.len() - 1
                }
            };
            own.clusters[idx].add(vector);
            own.member_of.push(idx);
        }
        own
    }

    /// How near each is to the prototypes as they are without it.
    fn left_out(&self) -> Vec<f32> {
        let score = |(vector, home): (&V, &usize)| {
            let cosine = |(idx, cluster): (usize, &Cluster<V>)| cluster.cosine_without(vector, idx == *home);
            self.clusters.iter().enumerate().map(cosine).fold(0.0, f32::max)
        };
        match self.vectors.len() {
            1 => vec![1.0], // it alone says nothing of how far others are
            _ => self.vectors.iter().zip(&self.member_of).map(score).collect(),
        }
    }
}

impl<V: Vector> Cluster<V> {
    fn add(&mut self, vector: &V) {
        self.sum = self.sum.plus(vector);
        self.norm = self.sum.norm();
        self.n += 1;
    }

    /// The cosine of `vector`, of length 1, to this, or to what is left when `vector` goes.
    fn cosine_without(&self, vector: &V, member: bool) -> f32 {
        let product = self.sum.dot(vector);
        if !member {
            return product / self.norm;
        }
        if self.n < 2 {
            return 0.0; // nothing is left
        }
        let rest = (self.norm * self.norm - 2.0 * product + 1.0).max(f32::MIN_POSITIVE);
        (product - 1.0) / rest.sqrt()
    }
}
