//! The best rows of a large matrix without reading all of it, provably the same rows with the same products.
//!
//! Eight bits of a weight stand in two planes of four. The high plane alone gives each product within a known bound: with
//! `w = high + low`, and 7.5 in place of each low nibble, the error is at most `|low - 7.5| |x|` (Cauchy and Schwarz),
//! whose first factor is known for each row since it was loaded. Rows whose upper bound does not reach the least of the
//! best products seen cannot be among the best; only the others are read in full.
use super::{
    Isa, Matrix, Pool,
    columns::{Activations, Precision},
    panel::{Panels, ROWS},
    pool::Disjoint,
};

/// What rounding may add, as a share of `|w| |x|`: some sixty operations in f32, on either way to a product.
const ROUNDING: f32 = 2e-5;

/// The rows that are wanted for one `x`.
pub(crate) struct Wanted<'a> {
    /// The `n` best of those that are not in `also`.
    pub n: usize,
    /// These in any case, ascending.
    pub also: &'a [u32],
}

/// Whether `w` can be screened.
pub(crate) fn can_screen(w: &Matrix) -> bool {
    matches!(w.panels, Panels::Split(_))
}

/// For each row of `x` the rows of `w` that are wanted, ascending, with their products; and perhaps some more.
pub(crate) fn screen(isa: Isa, pool: &mut Pool, w: &Matrix, x: &[f32], wanted: &[Wanted<'_>]) -> Vec<Vec<(u32, f32)>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut coarse = Activations::default();
    coarse.set(isa, pool, x, w.n_in, Precision::Coarse);
    let mut near = vec![0.0; wanted.len() * w.n_panels() * ROWS];
    let out = Disjoint::new(&mut near);
    let grain = (w.n_panels() / (pool.n_threads() * 16)).max(1);
    pool.each(w.n_panels(), grain, |panel_idx| {
        super::each_high_row(isa, w, &coarse, panel_idx, |i, y| {
            let n = w.n_panels();
            write(&out, (i * n + panel_idx) * ROWS, y);
        });
    });
    let near = near.chunks_exact_mut(w.n_panels() * ROWS);
    let rows = near.zip(x.chunks_exact(w.n_in)).zip(wanted);
    rows.map(|((near, x), wanted)| Screen::new(isa, pool, w, x, near, wanted).run(isa, pool)).collect()
}

#[expect(unsafe_code, reason = "threads write parts of rows")]
fn write(out: &Disjoint<'_, f32>, at: usize, y: &[f32; ROWS]) {
    // SAFETY: each panel is handed out once, and has a place of its own for each row.
    unsafe { out.slice(at, ROWS) }.copy_from_slice(y);
}

/// One row of activations on its way.
struct Screen<'a> {
    w: &'a Matrix,
    /// Products within a bound; of rows that are not to be screened, nothing.
    near: &'a [f32],
    /// Greatest lower and upper bound of each panel.
    bounds: Vec<(f32, f32)>,
    wanted: &'a Wanted<'a>,
    fine: Activations,
}

impl<'a> Screen<'a> {
    fn new(isa: Isa, pool: &mut Pool, w: &'a Matrix, x: &[f32], near: &'a mut [f32], wanted: &'a Wanted<'a>) -> Self {
        let mut fine = Activations::default();
        fine.set(isa, pool, x, w.n_in, Precision::Fine);
        // the last panel may have rows that the matrix has not
        near[w.n_out..].fill(f32::NEG_INFINITY);
        wanted.also.iter().for_each(|id| near[*id as usize] = f32::NEG_INFINITY);
        let near = &*near;
        let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt() as f32;
        let rest = norm(&mut fine.rest().into_iter());
        let whole = norm(&mut x.iter().copied()) + rest;
        let Panels::Split(split) = &w.panels else { return Self { w, near, bounds: Vec::new(), wanted, fine } };
        let mut bounds = vec![(0.0, 0.0); w.n_panels()];
        pool.split(&mut bounds, 1, 512, |panel_idx, bound| {
            let mut most = [(f32::NEG_INFINITY, f32::NEG_INFINITY); ROWS];
            let norms = &split.norms[panel_idx];
            for (row, most) in most.iter_mut().enumerate() {
                let error = norms.low[row] * whole + norms.all[row] * (rest + ROUNDING * whole);
                let near = near[panel_idx * ROWS + row];
                *most = (near - error, near + error);
            }
            bound[0] =
                most.into_iter().fold((f32::NEG_INFINITY, f32::NEG_INFINITY), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        });
        Self { w, near, bounds, wanted, fine }
    }

    fn run(&self, isa: Isa, pool: &mut Pool) -> Vec<(u32, f32)> {
        // as many panels as rows are wanted, each with a row that is surely this good
        let n = self.wanted.n.min(self.bounds.len());
        let mut order: Vec<u32> = (0..self.bounds.len() as u32).collect();
        let lower = |idx: &u32| self.bounds[*idx as usize].0;
        if n < order.len() {
            order.select_nth_unstable_by(n - 1, |a, b| lower(b).total_cmp(&lower(a)));
        }
        order.truncate(n);
        let first = self.exact(isa, pool, &order);
        let mut best: Vec<f32> = first.iter().map(|x| x.1).collect();
        best.sort_unstable_by(|a, b| b.total_cmp(a));
        let least = best.get(self.wanted.n - 1).copied().unwrap_or(f32::NEG_INFINITY);
        let rest = (0..self.bounds.len() as u32).filter(|idx| self.bounds[*idx as usize].1 >= least);
        let rest: Vec<u32> = rest.filter(|idx| !order.contains(idx)).collect();
        let mut found = self.exact(isa, pool, &rest);
        found.extend(first);
        found.retain(|x| x.1 >= least);
        found.extend(products(isa, pool, self.w, &self.fine, self.wanted.also));
        found.sort_unstable_by_key(|x| x.0);
        found
    }

    /// The products of the rows of these panels that are screened.
    fn exact(&self, isa: Isa, pool: &mut Pool, panels: &[u32]) -> Vec<(u32, f32)> {
        let all = panel_products(isa, pool, self.w, &self.fine, panels);
        all.into_iter().filter(|(row, _)| self.near[*row as usize] != f32::NEG_INFINITY).collect()
    }
}

/// The products of some rows of `w`, ascending, with the one row of `x`: as [`super::multiply`] gives them.
pub(crate) fn products(isa: Isa, pool: &mut Pool, w: &Matrix, x: &Activations, rows: &[u32]) -> Vec<(u32, f32)> {
    let mut panels: Vec<u32> = rows.iter().map(|row| row / ROWS as u32).collect();
    panels.dedup();
    let mut rows = rows.iter().peekable();
    let all = panel_products(isa, pool, w, x, &panels);
    all.into_iter().filter(|(row, _)| rows.next_if(|wanted| *wanted == row).is_some()).collect()
}

fn panel_products(isa: Isa, pool: &mut Pool, w: &Matrix, x: &Activations, panels: &[u32]) -> Vec<(u32, f32)> {
    let mut out = vec![[0.0; ROWS]; panels.len()];
    pool.split(&mut out, 1, 8, |i, out| {
        super::each_row(isa, w, x, panels[i] as usize, |_, y| out[0] = *y);
    });
    let rows = |panel: &u32| panel * ROWS as u32..((panel + 1) * ROWS as u32).min(w.n_out as u32);
    panels.iter().zip(out).flat_map(|(panel, y)| rows(panel).zip(y)).collect()
}
