//! What promises would have come to: proven as in service and at once, beside a tuned threshold and the best in hindsight.
use super::{Labelled, Split};
use crate::{
    certify::{Kind, Promise},
    life::{Audited, Life, Policy, Version},
};
use std::collections::HashMap;

/// A way to choose what is answered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Proven audit by audit, with a new score whenever audits have doubled: what a gateway does.
    Service,
    /// Proven once, on audits whose number was fixed beforehand.
    Once,
    /// The lowest threshold that did no harm beyond the promise among the audits: nothing is proven of it.
    Tuned,
    /// The lowest threshold that does none beyond it in what comes after: the most that this score could reach.
    Hindsight,
}

impl Way {
    /// In the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Service, Self::Once, Self::Tuned, Self::Hindsight];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "proven as served",
            Self::Once => "proven at once",
            Self::Tuned => "tuned threshold",
            Self::Hindsight => "in hindsight",
        }
    }
}

/// What a way did with the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether anything was answered here at all.
    pub is_certified: bool,
    /// The share of requests that were.
    pub local: f64,
    /// The mean harm or loss, over all requests.
    pub lost: f64,
    /// Whether that was more than promised.
    pub is_broken: bool,
}

impl Outcome {
    /// Of the losses of what is answered here, among `n` requests.
    fn of(losses: impl Iterator<Item = f64>, n: usize, promise: &Promise) -> Self {
        let (local, lost) = losses.fold((0, 0.0), |(local, lost), loss| (local + 1, lost + loss));
        let share = |part: f64| part / n.max(1) as f64;
        // a loss to the last bit as promised is no more than promised
        let is_broken = share(lost) > promise.alpha + 1e-12;
        Self { is_certified: true, local: share(f64::from(local)), lost: share(lost), is_broken }
    }
}

/// For each of `promises`, what each of [`Way::ALL`] does.
pub(super) fn outcomes(split: &Split<'_>, promises: &[Promise]) -> Vec<[Outcome; Way::ALL.len()]> {
    let mut learned = HashMap::new();
    promises.iter().map(|promise| one(split, promise, &mut learned)).collect()
}

/// Versions by the kind of loss, the audits up to which they were learned, and their number.
type Learned = HashMap<(Kind, usize, u32), Version>;

fn one(split: &Split<'_>, promise: &Promise, learned: &mut Learned) -> [Outcome; Way::ALL.len()] {
    let audits: Vec<Audited> = split.audits.iter().enumerate().map(|(i, one)| audited(split, i, one)).collect();
    let rest: Vec<Audited> = split.rest.iter().enumerate().map(|(i, one)| audited(split, i, one)).collect();
    let served = live(&audits, promise, learned);
    let mut whole = Life::new(*promise);
    for audit in &audits {
        whole.hear(audit.clone());
    }
    // no version of a life in service has this number
    let version = learned.entry((promise.kind, audits.len(), 0)).or_insert_with(|| whole.fit(None));
    let did = |policy: Option<&Policy>| policy.map(|policy| measured(policy, &rest, promise)).unwrap_or_default();
    Way::ALL.map(|way| match way {
        Way::Service => did(served.policy().as_ref()),
        Way::Once => did(whole.tested_once(version, promise).as_ref()),
        Way::Tuned => did(whole.tuned(version, promise).as_ref()),
        Way::Hindsight => hindsight(version, &rest, promise),
    })
}

/// As the ledger would have it. Folds are others in each split.
pub(super) fn audited(split: &Split<'_>, i: usize, Labelled { conversation, example }: &Labelled) -> Audited {
    Audited {
        is_unknown: false,
        number: i as i64 + 1,
        time: i as i64,
        conversation: format!("fold {}/{conversation}", split.seed),
        signals: example.signals.clone(),
        small: example.small,
        large: example.large,
    }
}

/// The life of a route that heard of `audits`. What is learned on the way does not depend on what is promised.
fn live(audits: &[Audited], promise: &Promise, learned: &mut Learned) -> Life {
    let mut life = Life::new(*promise);
    for (i, audit) in audits.iter().enumerate() {
        life.hear(audit.clone());
        while let Some(number) = life.wants_fit() {
            let version = learned.entry((promise.kind, i, number)).or_insert_with(|| life.fit(None));
            life.install(version.clone());
        }
    }
    life
}

fn measured(policy: &Policy, rest: &[Audited], promise: &Promise) -> Outcome {
    let given = rest.iter().filter(|one| policy.tries(&one.signals.prompt).0 && policy.accepts(&one.signals).0);
    Outcome::of(given.map(|one| one.loss(promise.kind)), rest.len(), promise)
}

/// The most that the score of `version` could answer here, had it been known what comes.
fn hindsight(version: &Version, rest: &[Audited], promise: &Promise) -> Outcome {
    let answered = rest.iter().filter(|one| one.signals.answer.is_some());
    let mut ranked: Vec<(f64, f64)> =
        answered.map(|one| (version.model.score(&one.signals), one.loss(promise.kind))).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = promise.alpha * rest.len() as f64;
    let (mut given, mut lost) = (0, 0.0);
    // requests of equal score pass together
    for equal in ranked.chunk_by(|a, b| a.0 == b.0) {
        lost += equal.iter().map(|(_, loss)| loss).sum::<f64>();
        if lost > most {
            break;
        }
        given += equal.len();
    }
    let losses = ranked.iter().take(given).map(|(_, loss)| *loss);
    Outcome { is_certified: given > 0, ..Outcome::of(losses, rest.len(), promise) }
}
