//! Which bar on the score is proven to keep a promise: fixed-sequence Learn-then-Test, at once or at any time.
//!
//! Bars are tested from "nothing local" upwards, each with the whole error probability; the first that fails ends the
//! sequence. An error needs the first bar that breaks the promise to pass, so it is as rare as one test's (Bauer, Statistics
//! in Medicine 10, 1991; Angelopoulos et al., "Learn then Test", 2021). Whom a bar lets pass, a lower one lets pass too:
//! losses, p-values and wealth are ordered as the bars are, so a finer grid costs nothing.
use crate::bound::{
    betting::{self, Evidence},
    binomial, bounded,
};
use serde::{Deserialize, Serialize};

/// What counts against a local answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// That it was worse at all than the large model's.
    Harm,
    /// By how much it was worse, in 0..=1.
    Loss,
}

/// What the operator set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// The greatest mean loss, over all requests.
    pub alpha: f64,
    /// The error probability of this policy's certificate.
    pub delta: f64,
    /// What is counted.
    pub kind: Kind,
    /// The share of audits in which the judge may miss a harm, or the loss that it may overlook in the mean.
    pub judge_error: f64,
}

/// One audited request of the certify fold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The policy's score; none where it would not answer here at whatever bar.
    pub score: Option<f64>,
    /// How much worse the small model answered than the large one, in 0..=1.
    pub loss: f64,
}

/// Bars in the order in which they are tested: strictest first. An answer passes with a score of the bar or more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars(Vec<f64>);

/// What is proven of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The lowest bar that keeps the promise; none: nothing may be answered here.
    pub bar: Option<f64>,
    /// The bar that is to be proven next; none: every request is answered here.
    pub next: Option<f64>,
    /// Audits in the certify fold.
    pub audits: u64,
    /// Those of them that pass the bar.
    pub local: u64,
    /// The sum of their losses, as the promise counts them.
    pub loss: f64,
    /// The upper bound, with confidence 1 - `delta`, for the mean loss at this bar, had it been chosen beforehand; with the
    /// judge's error. But it was chosen by the same audits, and simulated losses were greater in 3 to 7 % of trials where
    /// 5 % was asked: as proven, only the promise's `alpha` may be printed.
    pub upper: f64,
    /// How many further audits the next bar needs at least, all without loss; none where no number is enough.
    pub missing: Option<u64>,
}

impl Promise {
    /// What the judged losses must stay below: the judge's error is taken off.
    pub(crate) fn level(&self) -> f64 {
        let level = self.alpha - self.judge_error;
        if level.is_nan() { 0.0 } else { level.clamp(0.0, self.alpha.clamp(0.0, 1.0)) }
    }

    /// What `audit` counts against a policy with this bar; what is no number counts whole.
    fn loss(&self, audit: &Audit, bar: f64) -> f64 {
        match self.kind {
            _ if !audit.passes(bar) => 0.0,
            Kind::Harm => f64::from(audit.loss > 0.0 || audit.loss.is_nan()),
            Kind::Loss => bounded(audit.loss),
        }
    }

    fn losses(&self, audits: &[Audit], bar: f64) -> Vec<f64> {
        audits.iter().map(|audit| self.loss(audit, bar)).collect()
    }
}

impl Audit {
    fn passes(&self, bar: f64) -> bool {
        self.score.is_some_and(|score| score >= bar)
    }
}

impl Bars {
    /// These bars, each once; those that are no numbers are left out.
    pub fn new(mut bars: Vec<f64>) -> Self {
        bars.retain(|bar| bar.is_finite());
        bars.sort_by(|a, b| b.total_cmp(a));
        bars.dedup();
        Self(bars)
    }

    /// At most `most` of the scores of the train fold, evenly over their ranks, the lowest among them.
    ///
    /// Never of the certify fold: bars must not know what they are tested on.
    pub fn of_scores(scores: impl IntoIterator<Item = f64>, most: usize) -> Self {
        let Self(all) = Self::new(scores.into_iter().collect());
        let n = all.len().min(most);
        Self((1..=n).map(|i| all[i * all.len() / n - 1]).collect())
    }

    /// The last of the first `n`.
    fn last_of(&self, n: usize) -> Option<f64> {
        n.checked_sub(1).and_then(|last| self.0.get(last).copied())
    }

    /// Strictest first.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// Tests the bars on audits whose number was fixed beforehand, in the order in which they came.
///
/// More powerful than a [`Ladder`], and valid for one look only: for replays of stored audits.
pub fn at_once(promise: &Promise, bars: &Bars, audits: &[Audit]) -> Certificate {
    let (level, delta, n) = (promise.level(), promise.delta, audits.len() as u64);
    let harms = |losses: &[f64]| losses.iter().sum::<f64>() as u64;
    let refuted = |bar: &f64| {
        let losses = promise.losses(audits, *bar);
        let p = match promise.kind {
            Kind::Harm => binomial::p_value(harms(&losses), n, level),
            Kind::Loss => betting::p_value(&losses, level, delta),
        };
        p <= delta
    };
    let proven = bars.0.iter().take_while(|bar| refuted(bar)).count();
    let missing = bars.0.get(proven).and_then(|bar| {
        let losses = promise.losses(audits, *bar);
        match promise.kind {
            Kind::Harm => binomial::missing(harms(&losses), n, level, delta),
            Kind::Loss => betting::missing(&losses, level, delta),
        }
    });
    let upper = |losses: &[f64]| match promise.kind {
        Kind::Harm => binomial::upper(harms(losses), n, delta),
        Kind::Loss => betting::upper(losses, delta),
    };
    Certificate { missing, ..certificate(promise, bars, audits, proven, upper) }
}

/// What is proven when the first `proven` bars are; without what is missing.
fn certificate(
    promise: &Promise,
    bars: &Bars,
    audits: &[Audit],
    proven: usize,
    upper: impl Fn(&[f64]) -> f64,
) -> Certificate {
    let (bar, next) = (bars.last_of(proven), bars.0.get(proven).copied());
    let losses = bar.map(|bar| promise.losses(audits, bar));
    Certificate {
        bar,
        next,
        audits: audits.len() as u64,
        local: bar.map_or(0, |bar| audits.iter().filter(|audit| audit.passes(bar)).count() as u64),
        loss: losses.as_ref().map_or(0.0, |losses| losses.iter().sum()),
        // Where nothing is answered here, nothing is worse.
        upper: losses.map_or(0.0, |losses| (upper(&losses) + promise.judge_error.max(0.0)).min(1.0)),
        missing: None,
    }
}

/// Tests the bars audit by audit; valid however often it is looked at.
///
/// A bar once proven stays proven: evidence refutes at whatever time it was strong enough. What changes in the world
/// since then is for [`crate::drift`] to hear.
#[derive(Clone, Debug)]
pub struct Ladder {
    promise: Promise,
    bars: Bars,
    /// For each bar.
    evidence: Vec<Evidence>,
    /// What passed each bar. No audit itself is kept: a route may have millions.
    passed: Vec<Passed>,
    n_audits: u64,
    proven: usize,
}

/// Steps in which losses are counted for the bound that is shown; a loss counts as the step above it.
const STEPS: usize = 64;

/// The audits that pass a bar.
#[derive(Clone, Debug)]
struct Passed {
    n: u64,
    loss: f64,
    /// How many lost something, by the step of what they lost.
    steps: Box<[u64; STEPS]>,
}

impl Passed {
    fn none() -> Self {
        Self { n: 0, loss: 0.0, steps: Box::new([0; STEPS]) }
    }

    fn add(&mut self, loss: f64) {
        self.n += 1;
        self.loss += loss;
        if loss > 0.0 {
            let step = ((loss * STEPS as f64).ceil() as usize).clamp(1, STEPS);
            self.steps[step - 1] += 1;
        }
    }

    fn losses(&self) -> impl Iterator<Item = (f64, u64)> + Clone + '_ {
        let steps = self.steps.iter().enumerate().filter(|(_, n)| **n > 0);
        steps.map(|(i, n)| ((i + 1) as f64 / STEPS as f64, *n))
    }
}

impl Ladder {
    /// Nothing proven yet.
    pub fn new(promise: Promise, bars: Bars) -> Self {
        let evidence = vec![Evidence::new(promise.level()); bars.0.len()];
        let passed = vec![Passed::none(); bars.0.len()];
        Self { promise, bars, evidence, passed, n_audits: 0, proven: 0 }
    }

    /// Counts one more audit of the certify fold; true where it proved a further bar.
    pub fn hear(&mut self, audit: Audit) -> bool {
        self.n_audits += 1;
        for (bar, passed) in self.bars.0.iter().zip(&mut self.passed).filter(|(bar, _)| audit.passes(**bar)) {
            passed.add(self.promise.loss(&audit, *bar));
        }
        // What is proven already needs no more evidence.
        for (bar, evidence) in self.bars.0.iter().zip(&mut self.evidence).skip(self.proven) {
            evidence.hear(self.promise.loss(&audit, *bar));
        }
        let before = self.proven;
        let further = self.evidence[before..].iter().take_while(|evidence| evidence.proves(self.promise.delta));
        self.proven += further.count();
        self.proven > before
    }

    /// The lowest bar that keeps the promise; none: nothing may be answered here.
    pub fn bar(&self) -> Option<f64> {
        self.bars.last_of(self.proven)
    }

    /// The share of the audits that pass [`Self::bar`].
    pub fn share(&self) -> f64 {
        self.passed().map_or(0, |passed| passed.n) as f64 / self.n_audits.max(1) as f64
    }

    /// What is proven so far. Takes as long after a million audits as after one.
    pub fn certificate(&self) -> Certificate {
        let Promise { delta, judge_error, .. } = self.promise;
        let passed = self.passed();
        let upper = passed.map_or(0.0, |passed| {
            // what was proven at any time stays proven, though luck may have turned since
            let judged = betting::upper_now(passed.losses(), self.n_audits, delta).min(self.promise.level());
            (judged + judge_error.max(0.0)).min(1.0)
        });
        Certificate {
            bar: self.bar(),
            next: self.bars.0.get(self.proven).copied(),
            audits: self.n_audits,
            local: passed.map_or(0, |passed| passed.n),
            loss: passed.map_or(0.0, |passed| passed.loss),
            upper,
            missing: self.evidence.get(self.proven).and_then(|evidence| evidence.missing(delta)),
        }
    }

    /// What passes [`Self::bar`].
    fn passed(&self) -> Option<&Passed> {
        self.proven.checked_sub(1).and_then(|last| self.passed.get(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_PERCENT: Promise = Promise { alpha: 0.01, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };

    fn audits(n: usize, score: f64, loss: f64) -> Vec<Audit> {
        vec![Audit { score: Some(score), loss }; n]
    }

    fn climbed(promise: Promise, bars: &Bars, audits: &[Audit]) -> Certificate {
        let mut ladder = Ladder::new(promise, bars.clone());
        for audit in audits {
            let before = ladder.bar();
            assert_eq!(ladder.hear(*audit), ladder.bar() != before);
        }
        assert_eq!(ladder.certificate().bar, ladder.bar());
        ladder.certificate()
    }

    #[test]
    fn bars_are_sorted_and_few() {
        assert_eq!(Bars::new(vec![0.2, f64::NAN, 0.9, 0.2, f64::INFINITY]).as_slice(), [0.9, 0.2]);
        let scores = (0..1000).map(|i| f64::from(i) / 1000.0);
        assert_eq!(Bars::of_scores(scores.clone(), 4).as_slice(), [0.75, 0.5, 0.25, 0.0]);
        assert_eq!(Bars::of_scores(scores, 2000).as_slice().len(), 1000);
        assert!(Bars::of_scores([], 5).as_slice().is_empty() && Bars::of_scores([0.5], 0).as_slice().is_empty());
    }

    #[test]
    fn a_harmless_model_is_proven_with_299_audits() {
        let bars = Bars::new(vec![0.9, 0.5]);
        let certificate = at_once(&ONE_PERCENT, &bars, &audits(298, 0.7, 0.0));
        assert_eq!((certificate.bar, certificate.next, certificate.missing), (None, Some(0.9), Some(1)));
        assert_eq!((certificate.upper, certificate.local), (0.0, 0), "nothing is answered here");
        let certificate = at_once(&ONE_PERCENT, &bars, &audits(299, 0.7, 0.0));
        assert_eq!((certificate.bar, certificate.next, certificate.missing), (Some(0.5), None, None));
        assert_eq!((certificate.local, certificate.audits), (299, 299));
        assert!(certificate.upper <= 0.01 && certificate.upper > 0.009);
        assert_eq!(climbed(ONE_PERCENT, &bars, &audits(300, 0.7, 0.0)).missing, Some(48));
        assert_eq!(climbed(ONE_PERCENT, &bars, &audits(348, 0.7, 0.0)).bar, Some(0.5));
    }

    #[test]
    fn harm_ends_the_sequence_where_it_begins() {
        // below 0.5 every fifth answer is worse, above none
        let mut audits: Vec<Audit> =
            (0..2000).map(|i| Audit { score: Some(f64::from(i % 100) / 100.0), loss: 0.0 }).collect();
        for audit in audits.iter_mut().filter(|audit| audit.score < Some(0.5)).step_by(5) {
            audit.loss = 0.3;
        }
        let bars = Bars::of_scores((0..100).map(|i| f64::from(i) / 100.0), 100);
        let (once, always) = (at_once(&ONE_PERCENT, &bars, &audits), climbed(ONE_PERCENT, &bars, &audits));
        for found in [once, always] {
            let bar = found.bar.expect("answers above 0.5 are harmless");
            assert!((0.4..=0.5).contains(&bar), "{found:?}");
            assert!(found.upper <= 0.01 && found.missing > Some(0), "{found:?}");
            assert_eq!(found.local, audits.iter().filter(|audit| audit.score >= Some(bar)).count() as u64);
        }
        assert!(once.bar <= always.bar, "fewer looks prove more");
        // as a loss, a harm of 0.3 is not a whole one
        let graded = Promise { kind: Kind::Loss, ..ONE_PERCENT };
        let (loss, harm) = (climbed(graded, &bars, &audits), climbed(ONE_PERCENT, &bars, &audits));
        assert!(loss.bar < harm.bar && loss.loss < 0.01 * 2000.0, "{loss:?} {harm:?}");
        assert!(at_once(&graded, &bars, &audits).bar < harm.bar);
    }

    #[test]
    fn what_never_is_answered_here_never_harms() {
        let never = vec![Audit { score: None, loss: 1.0 }; 400];
        let certificate = climbed(ONE_PERCENT, &Bars::new(vec![0.0]), &never);
        assert_eq!((certificate.bar, certificate.local, certificate.loss), (Some(0.0), 0, 0.0));
    }

    #[test]
    fn the_judge_s_error_is_taken_off() {
        let bars = Bars::new(vec![0.5]);
        let halved = Promise { judge_error: 0.005, ..ONE_PERCENT };
        assert_eq!(at_once(&halved, &bars, &[]).missing, Some(598)); // ln 0.05 / ln 0.995
        let certificate = at_once(&halved, &bars, &audits(598, 0.7, 0.0));
        assert!(certificate.bar.is_some() && certificate.upper <= 0.01 && certificate.upper > 0.0099);
        for judge_error in [0.01, 0.5, f64::NAN] {
            let blind = Promise { judge_error, ..ONE_PERCENT };
            for kind in [Kind::Harm, Kind::Loss] {
                let blind = Promise { kind, ..blind };
                for found in
                    [at_once(&blind, &bars, &audits(5000, 0.7, 0.0)), climbed(blind, &bars, &audits(5000, 0.7, 0.0))]
                {
                    assert_eq!((found.bar, found.missing), (None, None), "{judge_error}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_counts_against_the_promise() {
        let bars = Bars::new(vec![0.0]);
        for kind in [Kind::Harm, Kind::Loss] {
            let promise = Promise { kind, ..ONE_PERCENT };
            for loss in [f64::NAN, f64::INFINITY] {
                assert_eq!(at_once(&promise, &bars, &audits(400, 0.5, loss)).bar, None);
                assert_eq!(climbed(promise, &bars, &audits(400, 0.5, loss)).bar, None);
            }
        }
        assert!(!audits(1, f64::NAN, 0.0)[0].passes(0.0), "a score that is no number passes no bar");
    }
}
