//! An answerer that either may answer a kind of requests or may not: a tool. Proven by betting, watched by a detector.
//!
//! There is no score and no bar: what is proven is the mean loss over the requests that it would answer. Where a route
//! makes a promise for its model too, both parts keep it: what the tool takes and what it leaves are two kinds of
//! requests, and a mean over both is no more than the greater of the two.
use crate::{
    bound::betting::{Evidence, upper_now},
    certify::{Kind, Promise},
    drift::Drift,
};
use serde::{Deserialize, Serialize};

/// Audits to the next false alarm, on average at least.
const RUN_LENGTH: f64 = 20_000.0;

/// A trial as far as it has come: a fold over its audits in their order and nothing else.
#[derive(Clone, Debug)]
pub struct Trial {
    promise: Promise,
    evidence: Evidence,
    /// Once it is proven.
    drift: Option<Drift>,
    /// Audits since the last alarm, and what of them lost something: how much, and how often that.
    n: u64,
    losses: Vec<(f64, u64)>,
    n_alarms: u32,
}

/// What an audit led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It may answer from now on.
    Proven,
    /// It may not any more.
    Alarm,
}

/// How a trial stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it may answer.
    pub proven: bool,
    /// Audits since the last alarm.
    pub n: u64,
    /// Their mean loss.
    pub loss: f64,
    /// What the mean loss is at most, with the promise's confidence.
    pub at_most: f64,
    /// Audits that are missing at least, all without loss; none where no number is enough.
    pub missing: Option<u64>,
    /// Alarms so far.
    pub alarms: u32,
}

impl Trial {
    /// Of which `promise` is to be proven.
    pub fn new(promise: Promise) -> Self {
        let evidence = Evidence::new(promise.alpha - promise.judge_error);
        Self { promise, evidence, drift: None, n: 0, losses: Vec::new(), n_alarms: 0 }
    }

    /// Hears how good its answer was and how good the expected one, 0 to 1.
    pub fn hear(&mut self, small: f64, large: f64) -> Option<Event> {
        let loss = match self.promise.kind {
            Kind::Harm => f64::from(u8::from(small < large)),
            Kind::Loss => (large - small).max(0.0),
        };
        self.n += 1;
        if loss > 0.0 {
            match self.losses.iter_mut().find(|(known, _)| *known == loss) {
                Some((_, times)) => *times += 1,
                None => self.losses.push((loss, 1)),
            }
        }
        if let Some(drift) = &mut self.drift {
            if !drift.hear(loss) {
                return None;
            }
            *self = Self { n_alarms: self.n_alarms + 1, ..Self::new(self.promise) };
            return Some(Event::Alarm);
        }
        self.evidence.hear(loss);
        if !self.evidence.proves(self.delta()) {
            return None;
        }
        self.drift = Some(Drift::new(self.promise.alpha - self.promise.judge_error, RUN_LENGTH));
        Some(Event::Proven)
    }

    /// Whether it may answer.
    pub fn is_proven(&self) -> bool {
        self.drift.is_some()
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let sum = self.losses.iter().fold(0.0, |sum, (loss, times)| sum + loss * *times as f64);
        let at_most = upper_now(self.losses.iter().copied(), self.n, self.delta());
        Standing {
            proven: self.is_proven(),
            n: self.n,
            loss: sum / self.n.max(1) as f64,
            at_most: (at_most + self.promise.judge_error).min(1.0),
            missing: self.evidence.missing(self.delta()),
            alarms: self.n_alarms,
        }
    }

    /// Each trial after an alarm has its part of the error probability.
    fn delta(&self) -> f64 {
        crate::split::over_versions(self.promise.delta, self.n_alarms + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Promise = Promise { alpha: 0.03, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };

    fn heard(audits: impl IntoIterator<Item = (f64, f64)>) -> (Trial, Vec<(usize, Event)>) {
        let mut trial = Trial::new(TOOL);
        let events = audits.into_iter().enumerate();
        let events = events.filter_map(|(i, (small, large))| Some((i + 1, trial.hear(small, large)?))).collect();
        (trial, events)
    }

    #[test]
    fn a_tool_without_fault_is_proven_and_one_that_errs_is_not() {
        let missing = Trial::new(TOOL).standing().missing.expect("some are enough");
        let (trial, events) = heard((0..200).map(|_| (1.0, 1.0)));
        assert_eq!(events, [(usize::try_from(missing).expect("few"), Event::Proven)]);
        assert!(trial.is_proven() && trial.standing().at_most < 0.03, "{:?}", trial.standing());
        // one in ten is wrong
        let (trial, events) = heard((0..2000).map(|i| (f64::from(u8::from(i % 10 != 0)), 1.0)));
        assert!(events.is_empty() && !trial.is_proven());
        assert!(trial.standing().at_most > 0.1);
    }

    #[test]
    fn what_grows_wrong_is_stopped_and_proven_anew_with_less_of_the_error() {
        let good = (0..200).map(|_| (1.0, 1.0));
        let (trial, events) = heard(good.clone().chain((0..60).map(|i| (f64::from(u8::from(i % 2 == 0)), 1.0))));
        let [(_, Event::Proven), (at, Event::Alarm)] = events[..] else { panic!("{events:?}") };
        assert!((203..=230).contains(&at), "{at}");
        assert_eq!((trial.is_proven(), trial.standing().alarms), (false, 1));
        assert!(trial.standing().missing > Trial::new(TOOL).standing().missing);
        // a wrong tool where the expected answer is no better loses nothing
        assert_eq!(heard((0..150).map(|_| (0.0, 0.0))).1.len(), 1);
    }

    #[test]
    fn wrong_tools_pass_no_more_often_than_promised() {
        let mut rng = fastrand::Rng::with_seed(7);
        let passed = (0..1000).filter(|_| {
            let mut trial = Trial::new(TOOL);
            (0..400).any(|_| trial.hear(f64::from(u8::from(rng.f64() >= TOOL.alpha)), 1.0).is_some())
        });
        let passed = passed.count();
        assert!(passed <= 70, "{passed} of 1000");
    }
}
