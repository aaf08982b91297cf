//! A route's life: all goes to the large model until audits prove what may be answered here, and again when they stop to.
//!
//! The state is a fold over the route's audits in their order and nothing else, so that every replica, and whoever
//! replays the ledger, comes to the same one. What is learned on the way ([`Version`]) is given back in by the caller,
//! who keeps it: replicas need not compute it twice, nor agree on the last bit of it.
mod offline;
#[cfg(test)]
mod tests;

use crate::{
    calibrate::Isotonic,
    certify::{Audit, Bars, Certificate, Kind, Ladder, Promise},
    drift::Drift,
    fold::{Fold, fold},
    score::{Example, Model},
    signals::{Prompt, Signals},
    split::over_versions,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The share of conversations that scores are fitted on. A promise of 1 % needs hundreds of audits to be proven however
/// good the score is, and a score is soon good enough.
const TRAIN: f64 = 0.25;
/// The share of conversations that bars, gates and stops are chosen on. All others certify.
const CALIBRATE: f64 = 0.1;
/// Audits of the train fold at the first fit; each further one comes when they have doubled.
const FIRST_FIT: usize = 64;
/// After so many audits to learn from, more would teach little; they are kept until then.
const MOST_TRAINED: usize = 8192;
/// Of what was learned from, what is kept at an alarm, the newest: the older the less it is like what comes.
const KEPT: usize = 1024;
/// Audits to show how scores turned out, before which nothing is fitted.
const LEAST_CALIBRATED: usize = 16;
/// Most bars of a version.
const N_BARS: usize = 40;
/// Tokens after which an answer under way is looked at.
pub const CHECKPOINTS: [usize; 5] = [8, 16, 32, 64, 128];
/// Share of the answers that would be accepted which the pre-gate may cost, and each checkpoint.
const LOST: f64 = 0.01;
/// Audits to the next false alarm, on average at least.
pub const RUN_LENGTH: f64 = 20_000.0;

/// A request of which both answers were judged.
#[derive(Clone, Debug)]
pub struct Audited {
    /// Its place among the route's audits.
    pub number: i64,
    /// When the request came, in microseconds since 1970.
    pub time: i64,
    /// What conversation it is part of.
    pub conversation: String,
    /// What is known of the request, and of the small model's answer.
    pub signals: Signals,
    /// Nobody could find out what the small model says to it: it counts as given at every bar, so that what is hard to
    /// audit does not look safe for it. Nothing is learned from it.
    pub is_unknown: bool,
    /// How good the small model's answer is, 0 to 1.
    pub small: f64,
    /// How good the large model's is.
    pub large: f64,
}

impl Audited {
    /// What it costs that the small model's answer is given.
    pub fn loss(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Harm => f64::from(u8::from(self.small < self.large)),
            Kind::Loss => (self.large - self.small).max(0.0),
        }
    }

    fn under(&self, version: &Version, kind: Kind) -> Audit {
        let score = if self.is_unknown { Some(f64::INFINITY) } else { version.score(&self.signals) };
        Audit { score, loss: self.loss(kind) }
    }

    /// Where it belongs. Redrawn at each of the `alarms`, so that no conversation that comes again and again stays for
    /// ever out of those that certify.
    fn fold(&self, alarms: usize) -> Part {
        let drawn = if alarms > 0 { format!("{} {alarms}", self.conversation) } else { self.conversation.clone() };
        match (fold(&drawn, TRAIN), fold(&drawn, TRAIN + CALIBRATE)) {
            _ if self.is_unknown => Part::Certify,
            (Fold::Train, _) => Part::Train,
            (_, Fold::Train) => Part::Calibrate,
            _ => Part::Certify,
        }
    }
}

/// What an audit is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Train,
    Calibrate,
    Certify,
}

/// What was learned from the audits of the train and calibrate folds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// From 1.
    pub number: u32,
    /// Scores answers.
    pub model: Arc<Model>,
    /// How good an answer must look to be given: from the bar that lets nearly nothing through to the one that lets all.
    pub bars: Vec<f64>,
    /// For each bar, the least score of a request alone: below it, the small model is not even asked.
    gates: Vec<f64>,
    /// For each bar, the least score of an answer under way, at each of the [`CHECKPOINTS`].
    stops: Vec<[f64; CHECKPOINTS.len()]>,
    /// How often answers of a score were as good as the large model's: for people to read, no proof leans on it.
    shown: Isotonic,
}

impl Version {
    /// None for what can never be given.
    fn score(&self, signals: &Signals) -> Option<f64> {
        signals.answer.as_ref().map(|_| self.model.score(signals))
    }

    /// The policy of one of the bars.
    fn policy(&self, bar: f64) -> Option<Policy> {
        let at = self.bars.iter().position(|b| *b == bar)?;
        let (gate, stops) = (*self.gates.get(at)?, *self.stops.get(at)?);
        let (model, shown) = (self.model.clone(), self.shown.clone());
        Some(Policy { version: self.number, bar, model, gate, stops, shown })
    }
}

/// A proven bar of a version: what is in force.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The version's number.
    pub version: u32,
    /// How good an answer must look to be given.
    pub bar: f64,
    model: Arc<Model>,
    gate: f64,
    stops: [f64; CHECKPOINTS.len()],
    shown: Isotonic,
}

impl Policy {
    /// How often answers of this score turned out as good as the large model's, as far as is known.
    pub fn confidence(&self, score: f64) -> f64 {
        self.shown.at(score).unwrap_or(score)
    }

    /// Whether the small model is to be asked at all, and the request's score. Who is not asked can do no harm, so that
    /// certificates need not know of it; nor of [`Self::is_hopeless`].
    pub fn tries(&self, prompt: &Prompt) -> (bool, f64) {
        let score = self.model.before(prompt);
        (score >= self.gate, score)
    }

    /// Whether the small model's answer is to be given, and its score.
    pub fn accepts(&self, signals: &Signals) -> (bool, f64) {
        let score = signals.answer.as_ref().map_or(0.0, |_| self.model.score(signals));
        (signals.answer.is_some() && score >= self.bar, score)
    }

    /// Whether an answer of which `n_tokens` are there cannot be expected to be accepted any more; its score so far.
    pub fn is_hopeless(&self, so_far: &Signals, n_tokens: usize) -> Option<f64> {
        let (_, least) = CHECKPOINTS.iter().zip(self.stops).find(|(at, _)| **at == n_tokens)?;
        let score = self.model.score(so_far);
        (score < least).then_some(score)
    }
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A policy came into force, or one that answers more.
    Certified,
    /// Harm is more frequent than promised: nothing is answered here until it is proven anew.
    Alarm,
}

/// How a route stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Audits in all.
    pub audits: u64,
    /// Of these, since the last alarm: those that learning and proof rest on.
    pub fresh: u64,
    /// Versions that were learned.
    pub versions: u32,
    /// The version in force.
    pub version: Option<u32>,
    /// What is proven of it; where nothing is in force, of the version that is nearest to it.
    pub certificate: Option<Certificate>,
    /// When the first of the fresh audits came.
    pub since: Option<i64>,
    /// When the last audit came.
    pub last: Option<i64>,
    /// When the alarms were, in microseconds since 1970.
    pub alarms: Vec<i64>,
    /// Audits to learn from that are missing until there is something to prove.
    pub untaught: u64,
    /// About how many audits an alarm takes once harm is twice, and ten times, what was promised.
    pub alarm_after: [Option<u64>; 2],
}

/// A route's state after some of its audits.
#[derive(Clone, Debug)]
pub struct Life {
    promise: Promise,
    train: Vec<Audited>,
    calibrate: Vec<Audited>,
    /// Since the last alarm.
    certify: Vec<Audited>,
    /// Versions on trial.
    trials: Vec<(Version, Ladder)>,
    force: Option<Force>,
    drift: Drift,
    n_versions: u32,
    /// Of the train fold, how many were there at the last alarm.
    n_before: usize,
    fits_at: usize,
    n_audits: u64,
    n_fresh: u64,
    since: Option<i64>,
    last: Option<i64>,
    alarms: Vec<i64>,
}

/// A proven bar of one of the trials, and which share of the certify fold it answers.
#[derive(Clone, Copy, Debug)]
struct Force {
    trial: usize,
    bar: f64,
    share: f64,
}

impl Life {
    /// Before any audit. The error probability of `promise` is the route's.
    pub fn new(promise: Promise) -> Self {
        Self {
            promise,
            train: Vec::new(),
            calibrate: Vec::new(),
            certify: Vec::new(),
            trials: Vec::new(),
            force: None,
            drift: Drift::new(promise.level(), RUN_LENGTH),
            n_versions: 0,
            n_before: 0,
            fits_at: FIRST_FIT,
            n_audits: 0,
            n_fresh: 0,
            since: None,
            last: None,
            alarms: Vec::new(),
        }
    }

    /// Hears of the next audit. If [`Self::wants_fit`] then, a version must be installed before the one after it.
    pub fn hear(&mut self, audit: Audited) -> Option<Event> {
        let kind = self.promise.kind;
        self.n_audits += 1;
        self.n_fresh += 1;
        self.last = Some(audit.time);
        self.since.get_or_insert(audit.time);
        let is_alarm = match self.policy() {
            Some(policy) => {
                let given = audit.is_unknown || policy.accepts(&audit.signals).0;
                self.drift.hear(if given { audit.loss(kind) } else { 0.0 })
            }
            None => false,
        };
        // nothing is kept that nobody will learn from, or put on trial
        let learns = self.fits_at <= MOST_TRAINED;
        match audit.fold(self.alarms.len()) {
            Part::Train if learns => self.train.push(audit),
            Part::Calibrate if learns => self.calibrate.push(audit),
            Part::Train | Part::Calibrate => {}
            Part::Certify => {
                for (version, ladder) in &mut self.trials {
                    ladder.hear(audit.under(version, kind));
                }
                if learns {
                    self.certify.push(audit);
                }
            }
        }
        if is_alarm {
            self.begin_anew();
            return Some(Event::Alarm);
        }
        self.choose()
    }

    /// The number of the version that is to be learned now.
    pub fn wants_fit(&self) -> Option<u32> {
        let due = self.train.len() >= self.fits_at && self.calibrate.len() >= LEAST_CALIBRATED;
        (due && self.fits_at <= MOST_TRAINED).then_some(self.n_versions + 1)
    }

    /// What there is to learn from: nothing that certificates rest on.
    pub fn examples(&self) -> impl Iterator<Item = Example> {
        examples(&self.train, self.promise.kind)
    }

    /// What there is to learn, apart from all that proves: to be learned elsewhere meanwhile.
    pub fn lesson(&self) -> Lesson {
        let (train, calibrate) = (self.train.clone(), self.calibrate.clone());
        Lesson { number: self.n_versions + 1, kind: self.promise.kind, train, calibrate }
    }

    /// What the train and calibrate folds teach. A route with few audits leans on `prior`.
    pub fn fit(&self, prior: Option<&Model>) -> Version {
        self.lesson().fit(prior)
    }

    /// Puts what was learned on trial.
    pub fn install(&mut self, version: Version) -> Option<Event> {
        self.n_versions = version.number;
        let n_taught = self.train.len().saturating_sub(self.n_before).max(FIRST_FIT);
        self.fits_at = self.n_before + 2 * n_taught;
        let delta = over_versions(self.promise.delta, version.number);
        let mut ladder = Ladder::new(Promise { delta, ..self.promise }, Bars::new(version.bars.clone()));
        for audit in &self.certify {
            ladder.hear(audit.under(&version, self.promise.kind));
        }
        self.trials.push((version, ladder));
        if self.fits_at > MOST_TRAINED {
            self.certify = Vec::new(); // nothing will be put on trial any more
        }
        self.choose()
    }

    /// What may be answered here now; none: nothing.
    pub fn policy(&self) -> Option<Policy> {
        let Force { trial, bar, .. } = self.force?;
        self.trials.get(trial)?.0.policy(bar)
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let shown = self.force.map(|force| force.trial).or_else(|| self.trials.len().checked_sub(1));
        let certificate = shown.and_then(|trial| Some(self.trials.get(trial)?.1.certificate()));
        // of harm, the judge sees as much less as it may miss
        let seen = |harm: f64| (harm.min(1.0) - self.promise.judge_error).max(0.0);
        let level = |times: f64| self.drift.delay(seen(times * self.promise.alpha));
        Standing {
            audits: self.n_audits,
            fresh: self.n_fresh,
            versions: self.n_versions,
            version: self.policy().map(|policy| policy.version),
            certificate,
            since: self.since,
            last: self.last,
            alarms: self.alarms.clone(),
            untaught: if self.trials.is_empty() { self.fits_at.saturating_sub(self.train.len()) as u64 } else { 0 },
            alarm_after: [level(2.0), level(10.0)],
        }
    }

    /// Takes the proven bar that lets most through.
    fn choose(&mut self) -> Option<Event> {
        let proven = |(trial, (_, ladder)): (usize, &(Version, Ladder))| {
            ladder.bar().map(|bar| Force { trial, bar, share: ladder.share() })
        };
        let mut best = self.trials.iter().enumerate().filter_map(proven).max_by(|a, b| a.share.total_cmp(&b.share))?;
        if let Some(force) = self.force {
            // shares of two versions come and go by an audit; the one in force stays until another is clearly better
            let own = self.trials.get(force.trial).and_then(|trial| proven((force.trial, trial)));
            best = own.filter(|own| best.share < own.share + 0.01).unwrap_or(best);
            if best.trial == force.trial && best.bar == force.bar {
                return None;
            }
        }
        // what drift has heard is not forgotten: each of its bets was fair for the policy that it was made on
        self.force = Some(best);
        Some(Event::Certified)
    }

    /// Forgets what was proven, and keeps what was learned from.
    fn begin_anew(&mut self) {
        self.alarms.extend(self.last);
        (self.trials, self.certify, self.force) = (Vec::new(), Vec::new(), None);
        (self.since, self.n_fresh) = (None, 0);
        for kept in [&mut self.train, &mut self.calibrate] {
            kept.drain(..kept.len().saturating_sub(KEPT));
        }
        self.n_before = self.train.len();
        self.fits_at = self.n_before + FIRST_FIT;
        self.drift = Drift::new(self.promise.level(), RUN_LENGTH);
    }
}

/// What a version is learned from.
#[derive(Clone, Debug)]
pub struct Lesson {
    number: u32,
    kind: Kind,
    train: Vec<Audited>,
    calibrate: Vec<Audited>,
}

impl Lesson {
    /// What it teaches. A route with few audits leans on `prior`.
    pub fn fit(&self, prior: Option<&Model>) -> Version {
        let examples: Vec<_> = examples(&self.train, self.kind).collect();
        let model = Model::fit(&examples, prior);
        let answered = self.calibrate.iter().filter(|audit| audit.signals.answer.is_some());
        let mut ranked: Vec<_> = answered.map(|audit| Ranked::new(&model, &audit.signals)).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        let bars = Bars::of_scores(ranked.iter().map(|ranked| ranked.score).chain([0.0]), N_BARS);
        let (mut gates, mut stops) = (Vec::new(), Vec::new());
        for bar in bars.as_slice() {
            let accepted = &ranked[..ranked.partition_point(|ranked| ranked.score >= *bar)];
            gates.push(all_but_few(accepted.iter().map(|ranked| ranked.before)));
            stops.push(std::array::from_fn(|i| all_but_few(accepted.iter().filter_map(|ranked| ranked.under_way[i]))));
        }
        let answered = self.calibrate.iter().filter(|audit| audit.signals.answer.is_some());
        let turned_out: Vec<_> =
            answered.map(|audit| (model.score(&audit.signals), 1.0 - audit.loss(self.kind))).collect();
        let (bars, shown) = (bars.as_slice().to_vec(), Isotonic::fit(&turned_out));
        Version { number: self.number, model: Arc::new(model), bars, gates, stops, shown }
    }
}

fn examples(train: &[Audited], kind: Kind) -> impl Iterator<Item = Example> {
    train.iter().map(move |audit| {
        let example = Example::new(audit.signals.clone(), audit.small, audit.large);
        if kind == Kind::Harm { example.harm() } else { example }
    })
}

/// An answer of the calibrate fold as a model sees it, before, on the way and at its end.
struct Ranked {
    score: f64,
    before: f64,
    under_way: [Option<f64>; CHECKPOINTS.len()],
}

impl Ranked {
    fn new(model: &Model, signals: &Signals) -> Self {
        let under_way = CHECKPOINTS.map(|n| {
            let long = signals.answer.as_ref().filter(|answer| answer.n_tokens() > n);
            let cut = long.map(|answer| Signals { prompt: signals.prompt.clone(), answer: Some(answer.cut(n)) });
            cut.map(|cut| model.score(&cut))
        });
        Self { score: model.score(signals), before: model.before(&signals.prompt), under_way }
    }
}

/// The value that all but few are at or above.
fn all_but_few(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get((values.len() as f64 * LOST) as usize).copied().unwrap_or(0.0)
}
