//! Bounds for the mean of losses in 0..=1 by betting against it: wealth that grows proves that the mean is smaller.
//!
//! Whoever bets a share of their wealth on each audit against "the mean loss is `alpha` or more" multiplies it by
//! 1 + lambda (alpha - loss). If that hypothesis is true this game is not in their favour, and wealth ever reaches
//! 1 / delta with probability delta at most (Ville's inequality), whatever the losses' distribution and however often
//! somebody looks (Waudby-Smith and Ramdas, JRSS B 86, 2024).
use super::{MANY, bounded, least, log_sum, root};

/// What [`Evidence`] bets on, as (mean loss in shares of `alpha`, its weight): if the mean is this, no other bet grows
/// faster. Half the wealth is on "no harm at all", so that a harmless model waits for few audits; the rest bets on some
/// harm, and alone outlives the first.
const BETS: [(f64, f64); 4] = [(0.0, 0.5), (0.3, 0.22), (0.6, 0.22), (0.85, 0.06)];

/// Evidence against "the mean loss is `alpha` or more", audit by audit; it may be looked at whenever one likes.
///
/// For losses of 0 and 1 it is a mixture of likelihood ratios against `alpha`; for losses between it is the same mixture
/// of bets, an e-process too.
///
/// ```
/// let mut evidence = router::bound::betting::Evidence::new(0.01);
/// assert_eq!(evidence.missing(0.05), Some(348));
/// for _ in 0..348 {
///     evidence.hear(0.0);
/// }
/// assert!(evidence.p() <= 0.05);
/// ```
#[derive(Clone, Debug)]
pub struct Evidence {
    alpha: f64,
    /// The logarithm of what was made of each bet's share.
    logs: [f64; BETS.len()],
    /// The greatest logarithm of wealth so far.
    best: f64,
    /// What most audits do: each bet's growth without a loss.
    harmless: [f64; BETS.len()],
}

impl Evidence {
    /// No evidence yet. An `alpha` of 0 or less is never refuted.
    pub fn new(alpha: f64) -> Self {
        let alpha = if alpha.is_nan() { 0.0 } else { alpha.clamp(0.0, 1.0 - f64::EPSILON) };
        Self { alpha, logs: BETS.map(|(_, weight)| weight.ln()), best: 0.0, harmless: growth(alpha, 0.0) }
    }

    /// Counts one more audit.
    pub fn hear(&mut self, loss: f64) {
        let grown = if loss == 0.0 { self.harmless } else { growth(self.alpha, bounded(loss)) };
        let mut greatest = f64::NEG_INFINITY;
        for (log, grown) in self.logs.iter_mut().zip(grown) {
            *log += grown;
            greatest = greatest.max(*log);
        }
        // The sum is at most so many times the greatest: mostly there is nothing to add up.
        if greatest + (BETS.len() as f64).ln() > self.best {
            self.best = self.best.max(self.log_wealth());
        }
    }

    /// So many audits with the same loss, of which none was looked at.
    fn add(&mut self, loss: f64, times: u64) {
        let grown = growth(self.alpha, bounded(loss));
        self.logs.iter_mut().zip(grown).for_each(|(log, grown)| *log += times as f64 * grown);
    }

    /// The logarithm of what one unit of money has become: the evidence as it is now.
    pub fn log_wealth(&self) -> f64 {
        log_sum(self.logs.iter().copied())
    }

    /// The p-value, valid at any time: the least of 1 / wealth so far.
    pub fn p(&self) -> f64 {
        (-self.best).exp()
    }

    /// Whether "the mean is `alpha` or more" was refuted, at whatever time, with an error probability of `delta`.
    pub fn proves(&self, delta: f64) -> bool {
        self.best >= -delta.ln()
    }

    /// How many further audits are needed at least, all without loss; none where no number is enough.
    pub fn missing(&self, delta: f64) -> Option<u64> {
        if self.proves(delta) {
            return Some(0);
        }
        least(MANY, |n| {
            let logs = self.logs.iter().zip(self.harmless).map(|(log, grown)| log + grown * n as f64);
            log_sum(logs) >= -delta.ln()
        })
    }
}

/// What each bet gains by a loss, as a logarithm. The share of wealth at stake, (1 - r) / (1 - alpha), is Kelly's for a
/// mean loss of r times `alpha`; the factor is (1 - r alpha) / (1 - alpha) without a loss and r at the greatest.
fn growth(alpha: f64, loss: f64) -> [f64; BETS.len()] {
    BETS.map(|(r, _)| {
        if loss >= 1.0 {
            return r.ln(); // exact: a stake of all leaves nothing
        }
        ((1.0 - r) / (1.0 - alpha) * (alpha - loss)).ln_1p()
    })
}

/// The mean loss that `losses` refute, and every greater one, with confidence 1 - `delta`, if looked at once or always:
/// the upper end of the confidence sequence that belongs to [`Evidence`], cut with all its earlier ones.
pub fn upper_anytime(losses: &[f64], delta: f64) -> f64 {
    root(|mean| {
        let mut evidence = Evidence::new(mean);
        losses.iter().any(|loss| {
            evidence.hear(*loss);
            evidence.proves(delta)
        })
    })
}

/// The mean loss that is refuted by the evidence as it is now, with confidence 1 - `delta`, however often one looks:
/// after `n` audits of which those in `losses`, each with how often it came, lost something. Their order does not matter,
/// so that nobody need keep it; [`upper_anytime`], which knows it, may be less.
pub fn upper_now(losses: impl Iterator<Item = (f64, u64)> + Clone, n: u64, delta: f64) -> f64 {
    let harmless = n.saturating_sub(losses.clone().map(|(_, times)| times).sum());
    root(|mean| {
        let mut evidence = Evidence::new(mean);
        let all = losses.clone().chain([(0.0, harmless)]).filter(|(_, times)| *times > 0);
        all.for_each(|(loss, times)| evidence.add(loss, times));
        evidence.log_wealth() >= -delta.ln()
    })
}

/// The p-value of "the mean loss is `alpha` or more" after a number of losses that was fixed beforehand.
///
/// Bets are those of the predictable plug-in: lambda = sqrt(2 ln(1 / delta) / (n variance)) by the variance of the
/// losses before (Waudby-Smith and Ramdas 2024, section 3), no more than would be lost at the greatest loss. Any `delta`
/// is valid; power is best where the p-value is then held against it. Losses stand in the order in which they came.
pub fn p_value(losses: &[f64], alpha: f64, delta: f64) -> f64 {
    let Some(wager) = Wager::new(losses.len(), alpha, delta) else {
        return 1.0;
    };
    (-wager.best(losses.iter().copied())).exp()
}

/// The mean loss that `losses`, so many as was fixed beforehand, refute with confidence 1 - `delta`.
///
/// Wealth grows with the mean that is refuted: where less is staked against a greater mean, it is not by so much less.
pub fn upper(losses: &[f64], delta: f64) -> f64 {
    root(|mean| p_value(losses, mean, delta) <= delta)
}

/// How many further audits are needed at least, all without loss, to refute a mean of `alpha` or more, if their number
/// were fixed now; none where a million are not enough.
pub fn missing(losses: &[f64], alpha: f64, delta: f64) -> Option<u64> {
    let enough = |more: u64| {
        let wager = Wager::new(losses.len() + more as usize, alpha, delta);
        let all = losses.iter().copied().chain((0..more).map(|_| 0.0));
        wager.is_some_and(|wager| wager.best(all) >= -delta.ln())
    };
    if enough(0) { Some(0) } else { least(1 << 20, enough) }
}

/// Bets for a number of losses that is known beforehand.
struct Wager {
    alpha: f64,
    /// 2 ln(1 / delta) / n
    scale: f64,
}

impl Wager {
    fn new(n: usize, alpha: f64, delta: f64) -> Option<Self> {
        let sensible = n > 0 && alpha > 0.0 && delta > 0.0 && delta < 1.0;
        sensible.then(|| Self { alpha: alpha.min(1.0 - f64::EPSILON), scale: -2.0 * delta.ln() / n as f64 })
    }

    /// The greatest logarithm of wealth on the way.
    fn best(&self, losses: impl Iterator<Item = f64>) -> f64 {
        let most = 1.0 / (1.0 - self.alpha);
        // As if one loss had been seen, of a mean of 0 and the variance of rare harm at half of `alpha`.
        let (mut sum, mut squares) = (0.0, self.alpha / 2.0);
        let (mut log, mut best) = (0.0, 0.0_f64);
        for (i, loss) in losses.map(bounded).enumerate() {
            let variance = squares / (i + 1) as f64;
            let stake = (self.scale / variance).sqrt().min(most);
            log += (stake * (self.alpha - loss)).max(-1.0).ln_1p();
            best = best.max(log);
            sum += loss;
            squares += (loss - sum / (i + 2) as f64).powi(2);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(alpha: f64, losses: &[f64]) -> Evidence {
        let mut evidence = Evidence::new(alpha);
        losses.iter().for_each(|loss| evidence.hear(*loss));
        evidence
    }

    /// Losses between 0 and 1, the same in every run; about `mean` in the mean.
    fn graded(rng: &mut fastrand::Rng, n: usize, mean: f64) -> Vec<f64> {
        (0..n).map(|_| if rng.f64() < 2.0 * mean { rng.f64() } else { 0.0 }).collect()
    }

    #[test]
    fn wealth_is_a_mixture_of_likelihood_ratios() {
        let (alpha, k, n) = (0.02_f64, 3, 400);
        let mut losses = vec![0.0; n];
        losses[..k].fill(1.0);
        let of = |r: f64| r.powi(k as i32) * ((1.0 - r * alpha) / (1.0 - alpha)).powi((n - k) as i32);
        let expected: f64 = BETS.iter().map(|(r, weight)| weight * of(*r)).sum();
        let found = heard(alpha, &losses).log_wealth().exp();
        assert!((found / expected - 1.0).abs() < 1e-10, "{found} for {expected}");
    }

    /// The expected wealth after one more audit is what it was, if the mean loss is `alpha`: the game is fair.
    #[test]
    fn no_bet_is_in_our_favour() {
        let weights: f64 = BETS.iter().map(|(_, weight)| weight).sum();
        assert!((weights - 1.0).abs() < 1e-12);
        for alpha in [0.001, 0.01, 0.3, 0.9] {
            for (of_greatest, of_half) in [(alpha, 0.0), (alpha / 2.0, alpha)] {
                let of_none: f64 = 1.0 - of_greatest - of_half;
                if of_none < 0.0 {
                    continue;
                }
                for i in 0..BETS.len() {
                    let at = |loss| growth(alpha, loss)[i].exp();
                    let mean = of_greatest * at(1.0) + of_half * at(0.5) + of_none * at(0.0);
                    assert!((mean - 1.0).abs() < 1e-12, "{alpha} {i}: {mean}");
                }
            }
        }
    }

    #[test]
    fn harmless_models_wait_for_few_audits() {
        // 299 would be enough if their number were fixed beforehand
        for (alpha, delta, expected) in [(0.01, 0.05, 348), (0.02, 0.05, 173), (0.05, 0.05, 69), (0.01, 0.025, 422)] {
            assert_eq!(Evidence::new(alpha).missing(delta), Some(expected), "{alpha} {delta}");
            let audits = vec![0.0; expected as usize];
            assert!(heard(alpha, &audits).proves(delta));
            assert!(!heard(alpha, &audits[1..]).proves(delta));
            assert_eq!(heard(alpha, &audits[7..]).missing(delta), Some(7));
        }
    }

    #[test]
    fn what_was_refuted_stays_refuted() {
        let mut evidence = heard(0.05, &[0.0; 80]);
        let p = evidence.p();
        assert!(p <= 0.05);
        (0..50).for_each(|_| evidence.hear(1.0));
        assert!(evidence.log_wealth() < 0.0);
        assert_eq!((evidence.p(), evidence.proves(0.05), evidence.missing(0.05)), (p, true, Some(0)));
    }

    #[test]
    fn nonsense_proves_nothing() {
        for alpha in [0.0, -0.5, f64::NAN] {
            let evidence = heard(alpha, &[0.0; 1000]);
            assert_eq!((evidence.p(), evidence.missing(0.05)), (1.0, None));
            assert_eq!(p_value(&[0.0; 1000], alpha, 0.05), 1.0);
        }
        assert_eq!(p_value(&[], 0.5, 0.05), 1.0);
        assert_eq!((upper(&[], 0.05), upper_anytime(&[], 0.05)), (1.0, 1.0));
        assert_eq!(heard(0.1, &[f64::NAN]).logs, heard(0.1, &[1.0]).logs);
        assert!(heard(2.0, &[0.0]).proves(0.05), "no mean is above one");
    }

    /// Wealth that is expected to stay below one passes 1 / delta in delta of all trials at most, looked at always.
    #[test]
    fn errors_are_as_rare_as_promised() {
        let (trials, n, alpha, delta) = (4000, 1500, 0.02, 0.05);
        let mut rng = fastrand::Rng::with_seed(11);
        let (mut always, mut once) = (0, 0);
        for trial in 0..trials {
            let losses = match trial % 2 {
                0 => (0..n).map(|_| f64::from(rng.f64() < alpha)).collect(),
                _ => graded(&mut rng, n, alpha),
            };
            always += usize::from(heard(alpha, &losses).proves(delta));
            once += usize::from(p_value(&losses, alpha, delta) <= delta);
        }
        let most = |share: f64| (trials as f64 * share + 3.0 * (trials as f64 * share * (1.0 - share)).sqrt()) as usize;
        assert!(always <= most(delta) && once <= most(delta), "{always} and {once} of {trials}");
        assert!(always >= trials / 50, "{always} of {trials}: the evidence wastes its error probability");
    }

    #[test]
    fn upper_bounds_belong_to_their_p_values() {
        let mut rng = fastrand::Rng::with_seed(5);
        for mean in [0.0, 0.004, 0.05, 0.3] {
            let losses = graded(&mut rng, 600, mean);
            for delta in [0.05, 0.005] {
                let bound = upper(&losses, delta);
                assert!(p_value(&losses, bound, delta) <= delta && p_value(&losses, bound * 0.999, delta) > delta);
                let bound = upper_anytime(&losses, delta);
                assert!(heard(bound, &losses).proves(delta) && !heard(bound * 0.999, &losses).proves(delta));
                let seen = losses.iter().sum::<f64>() / 600.0;
                assert!(bound > seen && bound < seen + 0.15, "{bound} where {seen} was seen");
            }
        }
        let (mut few, mut many) = (vec![0.0; 600], vec![0.0; 600]);
        (few[7], many[500]) = (0.5, 0.5);
        let now = upper_now([(0.5, 1)].into_iter(), 600, 0.05);
        for losses in [few, many] {
            let looked = upper_anytime(&losses, 0.05);
            assert!(looked <= now + 1e-9 && looked > 0.8 * now, "{looked} {now}");
        }
        // 1 - 0.05^(1 / 299): without loss betting is as good as the exact bound
        assert!((upper(&[0.0; 299], 0.05) / (1.0 - 0.05_f64.powf(1.0 / 299.0)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_greater_mean_is_the_sooner_refuted() {
        let mut rng = fastrand::Rng::with_seed(3);
        for n in [1, 5, 50, 400] {
            let losses: Vec<f64> = graded(&mut rng, n, 0.2);
            let both = |mean: f64| (p_value(&losses, mean, 0.05), heard(mean, &losses).p());
            for i in 1..200 {
                let (less, more) = (both(f64::from(i - 1) / 200.0), both(f64::from(i) / 200.0));
                assert!(more.0 <= less.0 * (1.0 + 1e-9) && more.1 <= less.1 * (1.0 + 1e-9), "{n} {i}");
            }
        }
    }

    /// Expected values by an implementation of the same formulas in Python.
    #[test]
    fn p_values_are_as_computed_elsewhere() {
        let losses: Vec<f64> = (0..500).map(|i| if i % 50 == 7 { f64::from(i % 7) / 7.0 } else { 0.0 }).collect();
        for (alpha, once, always) in ELSEWHERE {
            let found = (p_value(&losses, alpha, 0.05), heard(alpha, &losses).p());
            assert!((found.0 / once - 1.0).abs() < 1e-9 && (found.1 / always - 1.0).abs() < 1e-9, "{alpha}: {found:?}");
        }
    }

    #[test]
    fn missing_audits_are_counted() {
        assert_eq!(missing(&[], 0.01, 0.05), Some(299));
        assert_eq!(missing(&[0.0; 299], 0.01, 0.05), Some(0));
        let mut losses = vec![0.0; 100];
        losses[40] = 1.0;
        let more = missing(&losses, 0.01, 0.05).expect("enough without loss prove it");
        losses.resize(100 + more as usize, 0.0);
        assert!(p_value(&losses, 0.01, 0.05) <= 0.05);
        losses.pop();
        assert!(p_value(&losses, 0.01, 0.05) > 0.05);
    }

    const ELSEWHERE: [(f64, f64, f64); 4] = [
        (0.005, 6.823_645_076_016_971e-1, 7.453_052_271_313_982e-1),
        (0.015, 1.251_447_361_525_599e-1, 1.533_091_572_727_711e-1),
        (0.03, 6.515_298_286_093_342e-5, 1.228_731_079_590_902e-4),
        (0.1, 4.031_958_979_088_422e-21, 7.056_913_802_682_922e-21),
    ];
}
