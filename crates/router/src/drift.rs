//! Hears when a certified policy grows worse than it was proven to be: bets on each audit, from every start at once.
//!
//! One unit is staked anew with each audit, so that long good times do not make it deaf. As long as the mean loss is
//! `alpha` or less, alarms come no sooner than every `length` audits on average: the sum of all stakes is an e-detector,
//! expected to be at most the number of audits heard (Shin, Ramdas and Rinaldo, "E-detectors", 2023; for one bet the
//! recursion is that of Shiryaev and Roberts). A CUSUM (Page, Biometrika 41, 1954) keeps only the best start; it is less
//! at every moment and has no better guarantee, so it would only be slower.
use crate::bound::{MANY, bounded, least, log_sum};

/// What is bet on, as (mean loss in multiples of `alpha`, its weight).
const BETS: [(f64, f64); 4] = [(1.5, 0.25), (2.5, 0.25), (5.0, 0.25), (12.0, 0.25)];

/// Listens to the audits of one certified bar.
#[derive(Clone, Debug)]
pub struct Drift {
    alpha: f64,
    /// The logarithm of the wealth at which the alarm is raised: of the average run length.
    at: f64,
    /// The logarithm of each bet's wealth, without its weight.
    logs: [f64; BETS.len()],
}

impl Drift {
    /// Alarms at a mean loss above `alpha`; without one, falsely once in `length` audits or less often.
    pub fn new(alpha: f64, length: f64) -> Self {
        let alpha = if alpha.is_nan() { 0.0 } else { alpha.clamp(f64::EPSILON, 1.0 - f64::EPSILON) };
        Self { alpha, at: length.max(1.0).ln(), logs: [f64::NEG_INFINITY; BETS.len()] }
    }

    /// Counts one more audit: what the certified policy lost by it, 0 where it would not have answered. True: alarm.
    pub fn hear(&mut self, loss: f64) -> bool {
        for ((bet, _), log) in BETS.iter().zip(&mut self.logs) {
            *log = log_sum([*log, 0.0].into_iter()) + growth(self.alpha, *bet, bounded(loss));
        }
        self.log_wealth() >= self.at
    }

    /// The logarithm of the detector's value.
    pub fn log_wealth(&self) -> f64 {
        log_sum(BETS.iter().zip(self.logs).map(|((_, weight), log)| weight.ln() + log))
    }

    /// About how many audits after a change to a mean loss of `mean` the alarm comes: when the bets that are made from
    /// then on would get there if each grew evenly, or sooner by such chance as raises false alarms. For losses of 0 or 1;
    /// within a third of what is simulated. None where the promise is kept, or nothing bets on so small a change.
    pub fn delay(&self, mean: f64) -> Option<u64> {
        let mean = bounded(mean);
        let grown = |bet| mean * growth(self.alpha, bet, 1.0) + (1.0 - mean) * growth(self.alpha, bet, 0.0);
        let each = BETS.map(|(bet, weight)| (weight.ln(), grown(bet)));
        let growing = each.iter().filter(|(_, grown)| *grown > 0.0);
        // e^g + e^2g + ... + e^ng for growth g: the stakes of n audits
        let sum = |g: f64, n: f64| n * g + (-(-n * g).exp_m1()).ln() - (-(-g).exp_m1()).ln();
        let log = |n: u64| log_sum(growing.clone().map(|(weight, grown)| weight + sum(*grown, n as f64)));
        let evenly = least(MANY, |n| log(n) >= self.at)? as f64;
        Some((evenly / (1.0 + evenly / self.at.exp())).ceil() as u64)
    }
}

/// What a bet gains by a loss, as a logarithm: 1 + lambda (loss - alpha) with Kelly's lambda for a mean of q: that is
/// `bet` times `alpha`, but no further than half the way to 1.
fn growth(alpha: f64, bet: f64, loss: f64) -> f64 {
    let q = (bet * alpha).min(f64::midpoint(alpha, 1.0));
    ((q - alpha) / (alpha * (1.0 - alpha)) * (loss - alpha)).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Audits until the alarm at a share of harm of `mean`, in the mean of `runs`.
    fn simulated(drift: &Drift, mean: f64, runs: u64) -> f64 {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut run = || -> u64 {
            let mut drift = drift.clone();
            (1..).find(|_| drift.hear(f64::from(rng.f64() < mean))).expect("an alarm comes")
        };
        (0..runs).map(|_| run()).sum::<u64>() as f64 / runs as f64
    }

    #[test]
    fn false_alarms_are_rare() {
        for (alpha, length) in [(0.02, 1000.0), (0.3, 300.0)] {
            let found = simulated(&Drift::new(alpha, length), alpha, 200);
            assert!(found >= length, "one in {found} audits, {length} promised");
            assert!(found < 4.0 * length, "one in {found} audits: it could hear better for {length}");
        }
    }

    #[test]
    fn alarms_come_about_when_predicted() {
        for (alpha, length) in [(0.01, 10_000.0), (0.02, 2000.0), (0.05, 500.0)] {
            let drift = Drift::new(alpha, length);
            for times in [1.5, 2.0, 3.0, 5.0, 10.0] {
                let predicted = drift.delay(alpha * times).expect("it bets on that") as f64;
                let found = simulated(&drift, alpha * times, 200);
                let off = predicted / found;
                assert!((0.75..1.35).contains(&off), "{alpha} {times}: {found} audits, {predicted} predicted");
            }
        }
    }

    #[test]
    fn good_times_do_not_make_it_deaf() {
        let mut drift = Drift::new(0.02, 2000.0);
        assert!((0..100_000).all(|_| !drift.hear(0.0)));
        let heard = (1..).find(|_| drift.hear(1.0));
        assert!(heard.is_some_and(|n| n <= 5), "{heard:?} audits, all harmed");
    }

    /// The expected value after one more audit is what it was and one more, if the mean loss is `alpha`.
    #[test]
    fn no_bet_is_in_our_favour() {
        assert!((BETS.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
        for alpha in [1e-6, 0.01, 0.2, 0.9] {
            for (bet, _) in BETS {
                let mean = alpha * growth(alpha, bet, 1.0).exp() + (1.0 - alpha) * growth(alpha, bet, 0.0).exp();
                assert!((mean - 1.0).abs() < 1e-9, "{alpha} {bet}: {mean}");
            }
        }
    }

    #[test]
    fn kept_promises_have_no_delay() {
        let drift = Drift::new(0.02, 2000.0);
        assert_eq!((drift.delay(0.0), drift.delay(0.02)), (None, None));
        assert!(drift.delay(1.0).is_some_and(|n| n <= 5));
        let mut odd = Drift::new(f64::NAN, f64::INFINITY);
        assert!((0..2000).all(|_| !odd.hear(f64::NAN)), "an endless run length never alarms");
        assert_eq!(odd.delay(0.5), None);
    }
}
