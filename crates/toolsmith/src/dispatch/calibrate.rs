//! Where a tool's bar stands: between its own examples and all texts that are not for it.
use super::{
    Entry,
    shelf::{Kept, Row, Score, Shelf, Weights, passes},
};
use crate::words::Vector;
use std::collections::BTreeSet;

/// Examples at least so alike share a prototype.
const ALIKE: f32 = 0.5;
/// Prototypes of a tool at most; what is alike to none joins the nearest.
const MOST_PROTOTYPES: usize = 32;
/// Words and pairs of a prototype at most, the heaviest.
const MOST_WORDS: usize = 512;
/// No bar is lower: what shares less than this with a tool's examples is not asked of it, whatever they are.
const FLOOR: f32 = 0.45;
/// Near misses of a tool that are remembered at most; beyond them, the bar itself is raised.
const MOST_NEAR_MISSES: usize = 64;

/// A tool's examples: each as a vector, with the cluster that it is in.
struct Own {
    vectors: Vec<Vector>,
    member_of: Vec<usize>,
    clusters: Vec<Cluster>,
}

/// Vectors that are alike.
struct Cluster {
    sum: Vector,
    norm: f32,
    n: usize,
}

/// A text that is not for a tool.
struct Foreign<'a> {
    text: &'a Vector,
    score: f32,
    /// How near it is to the tool that it is for, where there is one.
    home: f32,
}

/// The shelf of `tools`, all of one context.
pub(super) fn shelf(tools: &[&Entry<'_>], foreign: &[&str]) -> Shelf {
    let read = |texts: &[&str]| -> Vec<Vector> {
        texts.iter().map(|text| Vector::of(text)).filter(|text| !text.0.is_empty()).collect()
    };
    let examples: Vec<_> = tools.iter().map(|tool| read(&tool.examples)).collect();
    let negatives: Vec<_> = tools.iter().map(|tool| read(&tool.negatives)).collect();
    let foreign = read(foreign);
    let weights = counted(examples.iter().chain(&negatives).chain([&foreign]).flatten());
    let owns: Vec<Own> = examples.iter().map(|texts| Own::new(texts.iter().map(|text| weights.vector(text)))).collect();

    let mut vectors = Vec::new();
    for (tool, own) in owns.iter().enumerate() {
        vectors.extend(own.clusters.iter().map(|cluster| (Row { tool, near_miss: false }, cluster.prototype())));
    }
    let mut kept: Vec<Kept> = tools.iter().map(|tool| Kept { id: tool.id.to_owned(), ..Kept::default() }).collect();
    let first = Shelf::new(kept.clone(), &vectors, &weights);

    let homes: Vec<Vec<f32>> = owns.iter().map(Own::left_out).collect();
    let from_others = others(tools, &examples, &homes, &first);
    let from_nobody: Vec<Vec<Score>> = foreign.iter().map(|text| first.scores(text)).collect();
    for (tool, kept) in kept.iter_mut().enumerate() {
        let mine: BTreeSet<_> = examples[tool].iter().map(key).collect();
        let strange = negatives[tool].iter().map(|text| (text, first.scores(text)[tool].own));
        let strange = strange.chain(foreign.iter().zip(&from_nobody).map(|(text, scores)| (text, scores[tool].own)));
        let strange = strange.map(|(text, score)| Foreign { text, score, home: 0.0 });
        let from_others = from_others.iter().filter(|other| !versions(tools[tool], tools[other.tool]));
        let from_others = from_others.map(|of| Foreign { text: of.text, score: of.scores[tool].own, home: of.home });
        let all: Vec<_> = strange.chain(from_others).filter(|foreign| !mine.contains(&key(foreign.text))).collect();
        let near_misses = raise(kept, &homes[tool], all);
        let near_misses: Vec<_> = near_misses.into_iter().map(|text| weights.vector(text)).collect();
        let found = owns[tool].vectors.iter().zip(&homes[tool]).filter(|(text, home)| {
            let near_miss = near_misses.iter().map(|miss| miss.dot(text)).fold(0.0, f32::max);
            passes(&Score { own: **home, near_miss }, kept.threshold)
        });
        (kept.n_found, kept.n_examples, kept.n_near_misses) = (found.count(), homes[tool].len(), near_misses.len());
        vectors.extend(near_misses.into_iter().map(|text| (Row { tool, near_miss: true }, text)));
    }
    Shelf::new(kept, &vectors, &weights)
}

/// Sets the bar of a tool whose own examples score as `homes` says, and returns the near misses among `foreign`.
fn raise<'a>(kept: &mut Kept, homes: &[f32], mut foreign: Vec<Foreign<'a>>) -> Vec<&'a Vector> {
    let mut own = homes.to_vec();
    own.sort_unstable_by(f32::total_cmp);
    let (worst, low) = (own.first().copied().unwrap_or(1.0), own.get(own.len() / 10).copied().unwrap_or(1.0));
    // what is nearer to a tool of its own is asked of that one first
    let elsewhere = |foreign: &Foreign<'_>| foreign.home > foreign.score;
    let best_elsewhere = foreign.iter().filter(|f| elsewhere(f)).map(|f| f.score).fold(0.0, f32::max);
    foreign.retain(|f| !elsewhere(f));
    foreign.sort_by(|a, b| b.score.total_cmp(&a.score));
    // a bar above those that look as its own do would shut out its own
    let n_near = foreign.iter().take(MOST_NEAR_MISSES).take_while(|f| f.score >= low.max(FLOOR)).count();
    let best = foreign.get(n_near).map_or(0.0, |f| f.score);
    let threshold = match best.max(best_elsewhere) {
        all if worst > all => f32::midpoint(worst, all),
        _ if worst > best => f32::midpoint(worst, best),
        _ => best.next_up().max(best + 1e-4), // sums differ in their last digits by the order of their terms
    };
    kept.threshold = threshold.max(FLOOR);
    foreign.truncate(n_near);
    foreign.into_iter().map(|f| f.text).collect()
}

/// Whether one is the other, or another version of it.
fn versions(one: &Entry<'_>, other: &Entry<'_>) -> bool {
    one.id == other.id || (one.name == other.name && !one.name.is_empty())
}

/// An example of some tool, how near it is to that one, and how near to all.
struct OfOther<'a> {
    tool: usize,
    text: &'a Vector,
    home: f32,
    scores: Vec<Score>,
}

fn others<'a>(
    tools: &[&Entry<'_>],
    examples: &'a [Vec<Vector>],
    homes: &[Vec<f32>],
    shelf: &Shelf,
) -> Vec<OfOther<'a>> {
    let mut all = Vec::new();
    if tools.len() > 1 {
        for (tool, (texts, homes)) in examples.iter().zip(homes).enumerate() {
            let of = |(text, home): (&'a Vector, &f32)| OfOther { tool, text, home: *home, scores: shelf.scores(text) };
            all.extend(texts.iter().zip(homes).map(of));
        }
    }
    all
}

impl Own {
    fn new(texts: impl Iterator<Item = Vector>) -> Self {
        let mut own = Self { vectors: texts.collect(), member_of: Vec::new(), clusters: Vec::new() };
        for vector in &own.vectors {
            let cosines = own.clusters.iter().map(|cluster| cluster.sum.dot(vector) / cluster.norm);
            let best = cosines.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
            let full = own.clusters.len() >= MOST_PROTOTYPES;
            let idx = match best.filter(|(_, cosine)| *cosine >= ALIKE || full) {
                Some((idx, _)) => idx,
                None => {
                    own.clusters.push(Cluster { sum: Vector::default(), norm: 0.0, n: 0 });
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
        let score = |(vector, home): (&Vector, &usize)| {
            let cosine = |(idx, cluster): (usize, &Cluster)| cluster.cosine_without(vector, idx == *home);
            self.clusters.iter().enumerate().map(cosine).fold(0.0, f32::max)
        };
        match self.vectors.len() {
            1 => vec![1.0], // it alone says nothing of how far others are
            _ => self.vectors.iter().zip(&self.member_of).map(score).collect(),
        }
    }
}

impl Cluster {
    fn add(&mut self, vector: &Vector) {
        self.sum = self.sum.plus(vector);
        self.norm = self.sum.norm();
        self.n += 1;
    }

    /// The cosine of `vector`, of length 1, to this, or to what is left when `vector` goes.
    fn cosine_without(&self, vector: &Vector, member: bool) -> f32 {
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

    fn prototype(&self) -> Vector {
        self.sum.clone().heaviest(MOST_WORDS).unit()
    }
}

fn counted<'a>(texts: impl Iterator<Item = &'a Vector>) -> Weights {
    let mut weights = Weights::default();
    for (word, _) in texts.flat_map(|text| &text.0) {
        *weights.0.entry(*word).or_default() += 1;
    }
    weights
}

/// What two texts share that words do not tell apart.
fn key(text: &Vector) -> Vec<(u32, u32)> {
    text.0.iter().map(|(word, x)| (*word, x.to_bits())).collect()
}
