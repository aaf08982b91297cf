//! What a life's audits would have led to, had they all been there at once: for replays, which compare ways to choose a bar.
use super::{CALIBRATE, Life, Policy, TRAIN, Version};
use crate::{
    bound::binomial,
    certify::{Audit, Bars, Promise, at_once},
};

impl Life {
    /// How many audits, in all folds, `promise` takes at least, with no harm in any and their number fixed beforehand; none
    /// where no number is enough.
    pub fn least_audits(promise: &Promise) -> Option<u64> {
        let certifying = binomial::missing(0, 0, promise.alpha - promise.judge_error, promise.delta)?;
        Some((certifying as f64 / (1.0 - TRAIN - CALIBRATE)).ceil() as u64)
    }

    /// The policy that is proven if the certify fold is tested once, at its end; none: nothing.
    pub fn tested_once(&self, version: &Version, promise: &Promise) -> Option<Policy> {
        let audits: Vec<Audit> = self.certify.iter().map(|audit| audit.under(version, promise.kind)).collect();
        version.policy(at_once(promise, &Bars::new(version.bars.clone()), &audits).bar?)
    }

    /// The policy of the lowest bar with no more loss than promised among the audits that `version` was not fitted on:
    /// the threshold that others ship. Nothing is proven of it.
    pub fn tuned(&self, version: &Version, promise: &Promise) -> Option<Policy> {
        let held_out = || self.calibrate.iter().chain(&self.certify);
        let audits: Vec<Audit> = held_out().map(|audit| audit.under(version, promise.kind)).collect();
        let most = promise.alpha * audits.len() as f64;
        let lost = |bar: &f64| audits.iter().filter(|a| a.score >= Some(*bar)).map(|a| a.loss).sum::<f64>();
        let bar = version.bars.iter().take_while(|bar| lost(bar) <= most).last()?;
        version.policy(*bar)
    }
}
