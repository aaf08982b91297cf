//! How often a judge misses a harm, from audits that a human judged too.
use super::Verdict;

/// Both verdicts on one audit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The judge's.
    pub judge: Verdict,
    /// The human's.
    pub human: Verdict,
}

impl Pair {
    /// The human saw a harm, the judge none.
    pub fn misses_harm(&self) -> bool {
        self.human.is_harm() && !self.judge.is_harm()
    }

    /// The human saw a greater loss than the judge.
    pub fn misses_loss(&self) -> bool {
        self.human.loss() > self.judge.loss()
    }
}

/// With confidence `1 - delta` at most this share of all audits is one whose harm the judge misses: what a promise of
/// harm takes off its bound. 1 where nobody judged beside it.
///
/// Holds if the pairs are drawn from the audits at random. If people judge rather what looks wrong, it may be too low
/// or too high.
pub fn harm_missed(pairs: &[Pair], delta: f64) -> f64 {
    share(pairs, Pair::misses_harm, delta)
}

/// The same for a promise of mean loss: an audit misses at most 1, so the share that misses any bounds the mean missed.
pub fn loss_missed(pairs: &[Pair], delta: f64) -> f64 {
    share(pairs, Pair::misses_loss, delta)
}

fn share(pairs: &[Pair], misses: impl Fn(&Pair) -> bool, delta: f64) -> f64 {
    let n_missed = pairs.iter().filter(|pair| misses(pair)).count();
    upper(n_missed as u64, pairs.len() as u64, delta)
}

/// The upper bound of a share of which `k` in `n` were seen, one-sided, at confidence `1 - delta`: the share `p` at which
/// `P(Bin(n, p) <= k) = delta` (Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the
/// case of the binomial").
// stands in for `bound::binomial::upper`, which has the same arguments
fn upper(k: u64, n: u64, delta: f64) -> f64 {
    if k >= n || !(delta > 0.0 && delta < 1.0) {
        return 1.0;
    }
    let (mut low, mut high) = (k as f64 / n as f64, 1.0);
    // 60 halvings are finer than a double
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(k, n, middle) > delta { low = middle } else { high = middle }
    }
    high
}

/// `P(Bin(n, p) <= k)` for `0 < p < 1`, each term from the one before, in logarithms.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    let (n, odds) = (n as f64, p.ln() - (-p).ln_1p());
    let mut term = n * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 0..k {
        let i = i as f64;
        term += ((n - i) / (i + 1.0)).ln() + odds;
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_beta_distribution() {
        // with none seen 1 - delta^(1/n); the rest from tables of one-sided 95 % limits
        let cases = [
            (0, 10, 0.05, 0.258_866),
            (1, 10, 0.05, 0.394_163),
            (5, 10, 0.05, 0.777_559),
            (9, 10, 0.05, 0.994_884),
            (0, 299, 0.05, 0.009_969),
            (0, 100, 0.01, 0.045_007),
        ];
        for (k, n, delta, bound) in cases {
            assert!((upper(k, n, delta) - bound).abs() < 1e-6, "{k} of {n}: {}", upper(k, n, delta));
        }
        for (k, n, delta) in [(0, 0, 0.05), (10, 10, 0.05), (3, 10, 0.0), (3, 10, f64::NAN)] {
            assert_eq!(upper(k, n, delta), 1.0, "nothing is known");
        }
    }

    #[test]
    fn the_bound_is_where_so_few_become_unlikely() {
        for (k, n) in [(0u64, 1u64), (3, 400), (150, 1000), (7, 100_000)] {
            let p = upper(k, n, 0.05);
            assert!((at_most(k, n, p) - 0.05).abs() < 1e-6, "{k} of {n}: {p}");
        }
    }
}
