//! Logistic regression of several targets on the same sparse rows, each weight drawn to a value of its own.
use std::array;

/// One value for each target.
pub(crate) type Each<const N: usize> = [f64; N];

/// Newton steps at most; a well-posed fit takes five or six.
const STEPS: usize = 20;
/// Inner steps of conjugate gradients at most.
const INNER: usize = 60;
/// The gradient's norm, as a share of that at the start, at which a fit is done.
const DONE: f64 = 1e-4;

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

/// What is fitted: `targets` in 0..=1, each row's from its values; `pull` is how strongly a weight is drawn to its
/// `prior`.
pub(crate) struct Problem<'a, const N: usize> {
    pub(crate) rows: &'a Rows,
    pub(crate) targets: &'a [Each<N>],
    pub(crate) prior: &'a [Each<N>],
    pub(crate) pull: &'a [f64],
}

impl<const N: usize> Problem<'_, N> {
    /// The weights that minimise the deviance plus `pull / 2 (weight - prior)^2`: truncated Newton, as in Lin, Weng and
    /// Keerthi (2008), "Trust region Newton method for large-scale logistic regression", with halved steps for the
    /// trust region. The same input gives the same weights.
    pub(crate) fn fit(&self) -> Vec<Each<N>> {
        let mut weights = self.prior.to_vec();
        let (mut cost, mut gradient, mut curves) = self.look(&weights);
        let start = dot(&gradient, &gradient);
        for _ in 0..STEPS {
            let norm = dot(&gradient, &gradient);
            if (0..N).all(|h| norm[h] <= DONE * DONE * start[h]) {
                break;
            }
            let step = self.solve(&gradient, &curves);
            let mut length = [1.0; N];
            let mut next = moved(&weights, &step, &length);
            let mut seen = self.look(&next);
            for _ in 0..8 {
                let worse: [bool; N] = array::from_fn(|h| seen.0[h] > cost[h] + 1e-9 * cost[h].abs());
                if !worse.contains(&true) {
                    break;
                }
                length = each(|h| if worse[h] { length[h] / 2.0 } else { length[h] });
                next = moved(&weights, &step, &length);
                seen = self.look(&next);
            }
            weights = next;
            (cost, gradient, curves) = seen;
        }
        weights
    }

    /// Cost and gradient at `weights`, and each row's second derivative.
    fn look(&self, weights: &[Each<N>]) -> (Each<N>, Vec<Each<N>>, Vec<Each<N>>) {
        let off = |j: usize, h: usize| weights[j][h] - self.prior[j][h];
        let mut cost = [0.0; N];
        let mut gradient: Vec<Each<N>> = (0..weights.len()).map(|j| each(|h| self.pull[j] * off(j, h))).collect();
        for (j, pulled) in gradient.iter().enumerate() {
            cost = each(|h| cost[h] + 0.5 * pulled[h] * off(j, h));
        }
        let mut curves = Vec::with_capacity(self.targets.len());
        for (row, target) in self.rows.iter().zip(self.targets) {
            let z = sum(row.clone(), weights);
            let p = z.map(sigmoid);
            cost = each(|h| cost[h] + softplus(z[h]) - target[h] * z[h]);
            add(row, &each(|h| p[h] - target[h]), &mut gradient);
            curves.push(p.map(|p| p * (1.0 - p)));
        }
        (cost, gradient, curves)
    }

    /// The Newton step: conjugate gradients, preconditioned by the Hessian's diagonal, until a tenth of the gradient is
    /// left.
    fn solve(&self, gradient: &[Each<N>], curves: &[Each<N>]) -> Vec<Each<N>> {
        let mut diagonal: Vec<Each<N>> = self.pull.iter().map(|&p| [p; N]).collect();
        for (row, curve) in self.rows.iter().zip(curves) {
            row.for_each(|(j, v)| diagonal[j] = each(|h| diagonal[j][h] + curve[h] * v * v));
        }
        let scaled = |r: &[Each<N>]| -> Vec<Each<N>> {
            r.iter().zip(&diagonal).map(|(r, d)| each(|h| r[h] / d[h].max(1e-12))).collect()
        };
        let mut step = vec![[0.0; N]; gradient.len()];
        let mut left = gradient.to_vec();
        let mut along = scaled(&left);
        let mut size = dot(&left, &along);
        let goal = size.map(|s| 0.01 * s);
        for _ in 0..INNER {
            if (0..N).all(|h| size[h] <= goal[h]) {
                break;
            }
            let bent = self.bend(&along, curves);
            let depth = dot(&along, &bent);
            let by: Each<N> = each(|h| if depth[h] > 0.0 { size[h] / depth[h] } else { 0.0 });
            step = moved(&step, &along, &by.map(|b| -b));
            left = moved(&left, &bent, &by);
            let next = scaled(&left);
            let grown = dot(&left, &next);
            let keep: Each<N> = each(|h| if size[h] > 0.0 { -grown[h] / size[h] } else { 0.0 });
            along = moved(&next, &along, &keep);
            size = grown;
        }
        step
    }

    /// The Hessian times `along`.
    fn bend(&self, along: &[Each<N>], curves: &[Each<N>]) -> Vec<Each<N>> {
        let mut bent: Vec<Each<N>> = along.iter().zip(self.pull).map(|(a, &p)| a.map(|a| p * a)).collect();
        for (row, curve) in self.rows.iter().zip(curves) {
            let z = sum(row.clone(), along);
            add(row, &each(|h| curve[h] * z[h]), &mut bent);
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

fn dot<const N: usize>(a: &[Each<N>], b: &[Each<N>]) -> Each<N> {
    a.iter().zip(b).fold([0.0; N], |z, (a, b)| each(|h| z[h] + a[h] * b[h]))
}

/// `from - by * step`.
fn moved<const N: usize>(from: &[Each<N>], step: &[Each<N>], by: &Each<N>) -> Vec<Each<N>> {
    from.iter().zip(step).map(|(f, s)| each(|h| f[h] - by[h] * s[h])).collect()
}

pub(crate) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// `ln(1 + e^z)`, without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
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
        let y = [[1.0, 0.2], [0.0, 0.9], [1.0, 0.0], [1.0, 0.5], [0.0, 0.7], [0.0, 0.1]];
        let prior = [[0.0, 0.5], [0.0, -1.0]];
        let fitted = Problem { rows: &x, targets: &y, prior: &prior, pull: &[0.1, 1.0] }.fit();
        let expected = [[-0.182332, -0.021548], [0.474053, -1.345307]];
        for (w, e) in fitted.iter().flatten().zip(expected.iter().flatten()) {
            assert!((w - e).abs() < 1e-3, "{fitted:?}");
        }
    }

    #[test]
    fn without_rows_the_prior_stays() {
        let prior = [[0.25], [-2.0]];
        let none = Problem { rows: &Rows::new(), targets: &[], prior: &prior, pull: &[1.0, 1.0] };
        assert_eq!(none.fit(), prior);
    }

    #[test]
    fn what_can_be_told_apart_perfectly_stays_finite() {
        let x = rows(&[&[1.0, 1e6], &[1.0, -1e6]]);
        let fitted = Problem { rows: &x, targets: &[[1.0], [0.0]], prior: &[[0.0]; 2], pull: &[1e-6, 1e-6] }.fit();
        assert!(fitted.iter().flatten().all(|w| w.is_finite()));
    }
}
