//! Logistic regression of what comes of sparse rows, one of several outcomes, each weight drawn to a value of its own.
use std::array;

/// One value for each outcome.
pub(crate) type Each<const N: usize> = [f64; N];

/// Newton steps at most; a well-posed fit takes five or six.
const STEPS: usize = 20;
/// Inner steps of conjugate gradients at most.
const INNER: usize = 60;
/// The gradient's norm, as a share of that at the start, at which a fit is done.
const DONE: f64 = 1e-4;
/// A step that must be shorter yet to lower the cost is none.
const SHORTEST: f64 = 1.0 / 256.0;

/// Rows of `(column, value)`, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self { ends: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// A value of the row that is being written.
    pub(crate) fn push(&mut self, column: usize, value: f32) {
        if value != 0.0 {
            self.columns.push(column as u32);
            self.values.push(value);
        }
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        self.ends.push(self.columns.len());
    }

    fn iter(&self) -> impl Iterator<Item = impl Iterator<Item = (usize, f64)> + Clone + '_> + '_ {
        self.ends.array_windows().map(|&[start, end]| {
            let columns = self.columns[start..end].iter().map(|&c| c as usize);
            columns.zip(self.values[start..end].iter().map(|&v| f64::from(v)))
        })
    }
}

/// What is fitted: `targets`, the probabilities of `N` outcomes of which one comes, each row's from its values; `pull` is
/// how strongly a weight is drawn to its `prior`.
pub(crate) struct Problem<'a, const N: usize> {
    pub(crate) rows: &'a Rows,
    pub(crate) targets: &'a [Each<N>],
    pub(crate) prior: &'a [Each<N>],
    pub(crate) pull: &'a [f64],
}

/// What there is to see at some weights.
struct Seen<const N: usize> {
    cost: f64,
    gradient: Vec<Each<N>>,
    /// Each row's probabilities.
    likely: Vec<Each<N>>,
}

impl<const N: usize> Problem<'_, N> {
    /// The weights that minimise the cross-entropy plus `pull / 2 (weight - prior)^2`: truncated Newton, as in Lin, Weng and
    /// Keerthi (2008), "Trust region Newton method for large-scale logistic regression", with halved steps for the
    /// trust region. The same input gives the same weights.
    pub(crate) fn fit(&self) -> Vec<Each<N>> {
        let mut weights = self.prior.to_vec();
        let mut seen = self.look(&weights);
        let done = DONE * DONE * dot(&seen.gradient, &seen.gradient);
        for _ in 0..STEPS {
            if dot(&seen.gradient, &seen.gradient) <= done {
                break;
            }
            let step = self.solve(&seen);
            let most = seen.cost + 1e-9 * seen.cost.abs();
            let mut length = 1.0;
            loop {
                let next = moved(&weights, &step, length);
                let there = self.look(&next);
                if there.cost <= most {
                    (weights, seen) = (next, there);
                    break;
                }
                length /= 2.0;
                if length < SHORTEST {
                    return weights;
                }
            }
        }
        weights
    }

    /// Cost, gradient and probabilities at `weights`.
    fn look(&self, weights: &[Each<N>]) -> Seen<N> {
        let off = |j: usize, h: usize| weights[j][h] - self.prior[j][h];
        let mut gradient: Vec<Each<N>> = (0..weights.len()).map(|j| each(|h| self.pull[j] * off(j, h))).collect();
        let pulled = gradient.iter().enumerate().map(|(j, pulled)| (0..N).map(|h| pulled[h] * off(j, h)).sum::<f64>());
        let mut cost = 0.5 * pulled.sum::<f64>();
        let mut likely = Vec::with_capacity(self.targets.len());
        for (row, target) in self.rows.iter().zip(self.targets) {
            let z = sum(row.clone(), weights);
            let (p, log_sum) = softmax(z);
            cost += (0..N).map(|h| target[h] * (log_sum - z[h])).sum::<f64>();
            add(row, &each(|h| p[h] - target[h]), &mut gradient);
            likely.push(p);
        }
        Seen { cost, gradient, likely }
    }

    /// The Newton step: conjugate gradients, preconditioned by the Hessian's diagonal, until a tenth of the gradient is
    /// left.
    fn solve(&self, Seen { gradient, likely, .. }: &Seen<N>) -> Vec<Each<N>> {
        let mut diagonal: Vec<Each<N>> = self.pull.iter().map(|&p| [p; N]).collect();
        for (row, p) in self.rows.iter().zip(likely) {
            row.for_each(|(j, v)| diagonal[j] = each(|h| diagonal[j][h] + p[h] * (1.0 - p[h]) * v * v));
        }
        let scaled = |r: &[Each<N>]| -> Vec<Each<N>> {
            r.iter().zip(&diagonal).map(|(r, d)| each(|h| r[h] / d[h].max(1e-12))).collect()
        };
        let mut step = vec![[0.0; N]; gradient.len()];
        let mut left = gradient.clone();
        let mut along = scaled(&left);
        let mut size = dot(&left, &along);
        let goal = 0.01 * size;
        for _ in 0..INNER {
            let bent = self.bend(&along, likely);
            let depth = dot(&along, &bent);
            if size <= goal || depth <= 0.0 {
                break;
            }
            let by = size / depth;
            step = moved(&step, &along, -by);
            left = moved(&left, &bent, by);
            let next = scaled(&left);
            let grown = dot(&left, &next);
            along = moved(&next, &along, -grown / size);
            size = grown;
        }
        step
    }

    /// The Hessian times `along`.
    fn bend(&self, along: &[Each<N>], likely: &[Each<N>]) -> Vec<Each<N>> {
        let mut bent: Vec<Each<N>> = along.iter().zip(self.pull).map(|(a, &p)| a.map(|a| p * a)).collect();
        for (row, p) in self.rows.iter().zip(likely) {
            let z = sum(row.clone(), along);
            let mean: f64 = (0..N).map(|h| p[h] * z[h]).sum();
            add(row, &each(|h| p[h] * (z[h] - mean)), &mut bent);
        }
        bent
    }
}

fn each<const N: usize>(f: impl FnMut(usize) -> f64) -> Each<N> {
    array::from_fn(f)
}

fn sum<const N: usize>(row: impl Iterator<Item = (usize, f64)>, weights: &[Each<N>]) -> Each<N> {
    row.fold([0.0; N], |z, (j, v)| each(|h| z[h] + v * weights[j][h]))
}

fn add<const N: usize>(row: impl Iterator<Item = (usize, f64)>, by: &Each<N>, to: &mut [Each<N>]) {
    row.for_each(|(j, v)| to[j] = each(|h| to[j][h] + v * by[h]));
}

fn dot<const N: usize>(a: &[Each<N>], b: &[Each<N>]) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| a * b).sum()
}

/// `from - by * step`.
fn moved<const N: usize>(from: &[Each<N>], step: &[Each<N>], by: f64) -> Vec<Each<N>> {
    from.iter().zip(step).map(|(f, s)| each(|h| f[h] - by * s[h])).collect()
}

/// Probabilities, in proportion to `e^z`; and the logarithm of what these sum up to, without overflow.
pub(crate) fn softmax<const N: usize>(z: Each<N>) -> (Each<N>, f64) {
    let most = z.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let raised = z.map(|z| (z - most).exp());
    let sum: f64 = raised.iter().sum();
    (raised.map(|r| r / sum), most + sum.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[f32]]) -> Rows {
        let mut all = Rows::new();
        for row in rows {
            row.iter().enumerate().for_each(|(j, &v)| all.push(j, v));
            all.end();
        }
        all
    }

    #[test]
    fn weights_are_those_of_another_solver() {
        // by scipy.optimize.minimize(method="BFGS", gtol=1e-10) on the same cost
        let x = rows(&[&[1.0, 0.5], &[1.0, -1.0], &[1.0, 2.0], &[1.0, 0.0], &[1.0, -0.5], &[1.0, 1.5]]);
        let y = [[1.0, 0.0, 0.0], [0.0, 0.9, 0.1], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5], [0.2, 0.7, 0.1], [1.0, 0.0, 0.0]];
        let prior = [[0.0, 0.5, 0.0], [0.0, -1.0, 0.25]];
        let fitted = Problem { rows: &x, targets: &y, prior: &prior, pull: &[0.1, 1.0] }.fit();
        let expected = [[0.347067, 0.405110, -0.252177], [0.420349, -1.376515, 0.206166]];
        for (w, e) in fitted.iter().flatten().zip(expected.iter().flatten()) {
            assert!((w - e).abs() < 1e-3, "{fitted:?}");
        }
    }

    #[test]
    fn without_rows_the_prior_stays() {
        let prior = [[0.25, 1.0], [-2.0, 0.0]];
        let none = Problem { rows: &Rows::new(), targets: &[], prior: &prior, pull: &[1.0, 1.0] };
        assert_eq!(none.fit(), prior);
    }

    #[test]
    fn what_can_be_told_apart_perfectly_stays_finite() {
        let x = rows(&[&[1.0, 1e6], &[1.0, -1e6]]);
        let fitted =
            Problem { rows: &x, targets: &[[1.0, 0.0], [0.0, 1.0]], prior: &[[0.0; 2]; 2], pull: &[1e-6, 1e-6] }.fit();
        assert!(fitted.iter().flatten().all(|w| w.is_finite()));
    }
}
