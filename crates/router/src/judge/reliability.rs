//! How often a judge misses a harm, from audits that a human judged too.
use super::Verdict;
use crate::bound::binomial::upper;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pairs_say_little() {
        let pair = |human: Verdict| Pair { judge: Verdict::EVEN, human };
        let pairs: Vec<_> = (0..299).map(|_| pair(Verdict::EVEN)).collect();
        assert!((harm_missed(&pairs, 0.05) - 0.009_969).abs() < 1e-6);
        assert_eq!(harm_missed(&[], 0.05), 1.0);
        let missed: Vec<_> = pairs.iter().copied().chain([pair(Verdict::HARM)]).collect();
        assert!(harm_missed(&missed, 0.05) > 0.015 && loss_missed(&missed, 0.05) > 0.015);
    }
}
