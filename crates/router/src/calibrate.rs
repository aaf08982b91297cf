//! Scores as frequencies, for display alone: no promise leans on it.
use serde::{Deserialize, Serialize};

/// A function that never falls: the mean outcome at each score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Ascending scores, each with its mean outcome; between two it is interpolated.
    steps: Vec<[f64; 2]>,
}

impl Isotonic {
    /// The rising function nearest to `(score, outcome)` in the squares, by pooling adjacent violators (Ayer, Brunk,
    /// Ewing, Reid and Silverman 1955). Pairs that are no numbers are left out.
    pub fn fit(pairs: &[(f64, f64)]) -> Self {
        let mut pairs: Vec<(f64, f64)> =
            pairs.iter().copied().filter(|(s, o)| s.is_finite() && o.is_finite()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pools: Vec<Pool> = Vec::new();
        for equal in pairs.chunk_by(|a, b| a.0 == b.0) {
            let (n, sum) = (equal.len() as f64, equal.iter().map(|p| p.1).sum::<f64>());
            let mut pool = Pool { low: equal[0].0, high: equal[0].0, n, sum };
            while let Some(before) = pools.pop_if(|before| before.mean() >= pool.mean()) {
                pool = Pool { low: before.low, high: pool.high, n: before.n + pool.n, sum: before.sum + pool.sum };
            }
            pools.push(pool);
        }
        let ends = |p: &Pool| [[p.low, p.mean()], [p.high, p.mean()]];
        let mut steps: Vec<[f64; 2]> = pools.iter().flat_map(ends).collect();
        steps.dedup();
        Self { steps }
    }

    /// The mean outcome at `score`; nothing if nothing was learnt or asked.
    pub fn at(&self, score: f64) -> Option<f64> {
        let above = self.steps.partition_point(|s| s[0] < score);
        match (above.checked_sub(1).map(|i| self.steps[i]), self.steps.get(above)) {
            _ if score.is_nan() => None,
            (Some([x0, y0]), Some([x1, y1])) => Some(y0 + (y1 - y0) * (score - x0) / (x1 - x0)),
            (below, above) => above.copied().or(below).map(|s| s[1]),
        }
    }
}

struct Pool {
    low: f64,
    high: f64,
    n: f64,
    sum: f64,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.sum / self.n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled() {
        // by hand: 3 and 2 pool to 2.5, 4 and 3.5 to 3.75
        let y = [1.0, 3.0, 2.0, 4.0, 3.5, 5.0];
        let pairs: Vec<(f64, f64)> = y.iter().enumerate().map(|(i, &y)| (i as f64 + 1.0, y)).collect();
        let fitted = Isotonic::fit(&pairs);
        for (x, expected) in [(1.0, 1.0), (2.0, 2.5), (3.0, 2.5), (4.0, 3.75), (5.0, 3.75), (6.0, 5.0)] {
            assert_eq!(fitted.at(x), Some(expected), "{x}");
        }
        assert_eq!((fitted.at(1.5), fitted.at(-9.0), fitted.at(99.0)), (Some(1.75), Some(1.0), Some(5.0)));
    }

    #[test]
    fn equal_scores_share_their_mean_and_order_is_no_matter() {
        let fitted = Isotonic::fit(&[(0.5, 1.0), (0.0, 0.0), (0.5, 0.0)]);
        assert_eq!((fitted.at(0.5), fitted.at(0.0), fitted.at(0.25)), (Some(0.5), Some(0.0), Some(0.25)));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(Isotonic::fit(&[]).at(0.5), None);
        assert_eq!(Isotonic::fit(&[(f64::NAN, 1.0), (0.2, f64::INFINITY)]).at(0.5), None);
        assert_eq!(Isotonic::fit(&[(0.2, 1.0)]).at(f64::NAN), None);
    }
}
