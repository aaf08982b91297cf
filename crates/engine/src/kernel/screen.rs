//! The best rows of a large matrix without reading all of it, provably the same rows with the same products.
//!
//! Eight bits of a weight stand in two planes of four. Where only the high one is read, 8 stands for each low nibble, and
//! the error is at most `|low - 8| |x|` (Cauchy and Schwarz), whose first factor is known for each row since it was
//! loaded. A few dimensions hold most of the length of a hidden state: there, the low plane is read too. Rows whose upper
//! bound does not reach the least of the best products seen cannot be among the best; only the others are read in full.
use super::{
    Isa, Matrix, Pool,
    columns::{Activations, Precision},
    panel::{COLS, GROUP, Norms, Panels, ROWS},
    pool::Disjoint,
};

/// What rounding may add, as a share of `|w| |x|`: some sixty operations in f32, on either way to a product.
const ROUNDING: f32 = 2e-5;

/// One in so many pairs of quads is read in full: for one row, whose dimensions these are, and for several, which share them.
const HOT: [usize; 2] = [6, 2];
/// Where more than one in so many panels had to be read in full, the next screens are not worth their while.
const FEW: usize = 3;

/// Whether screening pays: it does not where no token stands out, and then for a while nobody asks.
#[derive(Default)]
pub(crate) struct Luck {
    pause: u32,
    left: u32,
}

impl Luck {
    /// Whether to screen now.
    pub(crate) fn try_now(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0
    }

    fn hear(&mut self, paid: bool) {
        self.pause = if paid { 0 } else { (2 * self.pause).clamp(2, 32) };
        self.left = self.pause;
    }
}

/// The rows that are wanted for one `x`.
pub(crate) struct Wanted<'a> {
    /// The `n` best of those that are not in `also`.
    pub n: usize,
    /// These in any case, ascending.
    pub also: &'a [u32],
    /// A bit for each row that may be among the best, all if none.
    pub allowed: Option<&'a [u32]>,
}

impl Wanted<'_> {
    /// Whether `row` is one of those that are screened.
    fn is_screened(&self, row: u32) -> bool {
        let allowed = |bits: &[u32]| bits.get(row as usize / 32).is_some_and(|bits| bits >> (row % 32) & 1 == 1);
        self.allowed.is_none_or(allowed) && (self.also.is_empty() || self.also.binary_search(&row).is_err())
    }
}

/// Whether `w` can be screened.
pub(crate) fn can_screen(w: &Matrix) -> bool {
    matches!(w.panels, Panels::Split(_))
}

/// For each row of `x` the rows of `w` that are wanted, ascending, with their products; and perhaps some more.
pub(crate) fn screen(
    isa: Isa,
    pool: &mut Pool,
    w: &Matrix,
    x: &[f32],
    wanted: &[Wanted<'_>],
    luck: &mut Luck,
) -> Vec<Vec<(u32, f32)>> {
    let (Panels::Split(planes), false) = (&w.panels, wanted.is_empty()) else { return Vec::new() };
    let hot = hot(x, w.n_in);
    let mut coarse = Activations::default();
    coarse.set(isa, pool, x, w.n_in, Precision::Coarse);
    let screens = x.chunks_exact(w.n_in).zip(wanted).map(|(x, wanted)| Screen::new(isa, pool, w, x, &hot, wanted));
    let screens: Vec<_> = screens.collect();
    let n_panels = w.n_panels();
    let mut bounds = vec![(0.0, 0.0); wanted.len() * n_panels];
    let out = Disjoint::new(&mut bounds);
    let n_groups = n_panels.div_ceil(GROUP);
    pool.each(n_groups, (n_groups / (pool.n_threads() * 16)).max(1), |group_idx| {
        super::each_row_of_group(isa, (w, planes), &coarse, Some(&hot), group_idx, |panel_idx, i, y| {
            let bounds = screens[i].bounds(&planes.norms[panel_idx], panel_idx, y);
            write(&out, i * n_panels + panel_idx, bounds);
        });
    });
    let mut n_read = 0;
    let found = screens.iter().zip(bounds.chunks_exact(n_panels)).map(|(screen, bounds)| {
        let (found, n) = screen.run(isa, pool, bounds);
        n_read += n;
        found
    });
    let found = found.collect();
    luck.hear(n_read * FEW <= wanted.len() * n_panels);
    found
}

/// Of each block of 32 dimensions, in which pairs of quads `j` and `j + 4` most of the length of `x` lies, as bits.
fn hot(x: &[f32], n_in: usize) -> Vec<u8> {
    let mut energy = vec![(0.0f32, 0u32); n_in / 8];
    for row in x.chunks_exact(n_in) {
        for (pair, energy) in energy.iter_mut().enumerate() {
            energy.0 += of_pair(row, pair).map(|x| x * x).sum::<f32>();
            energy.1 = pair as u32;
        }
    }
    let n_hot = energy.len() / HOT[usize::from(x.len() > n_in)];
    energy.select_nth_unstable_by(n_hot, |a, b| b.0.total_cmp(&a.0));
    let mut hot = vec![0; n_in / COLS];
    energy[..n_hot].iter().for_each(|(_, pair)| hot[*pair as usize / 4] |= 1 << (pair % 4));
    hot
}

/// The values of quads `j` and `j + 4` of a block; pairs are numbered through all blocks.
fn of_pair(x: &[f32], pair: usize) -> impl Iterator<Item = f32> {
    let quad = pair / 4 * COLS + pair % 4 * 4;
    x[quad..quad + 4].iter().chain(&x[quad + 16..quad + 20]).copied()
}

#[expect(unsafe_code, reason = "threads write parts of rows")]
fn write(out: &Disjoint<'_, (f32, f32)>, at: usize, bounds: (f32, f32)) {
    // SAFETY: each panel is handed out once, and has a place of its own for each row of activations.
    let to = unsafe { out.slice(at, 1) };
    to[0] = bounds;
}

/// One row of activations on its way.
struct Screen<'a> {
    w: &'a Matrix,
    wanted: &'a Wanted<'a>,
    fine: Activations,
    /// Length of what is multiplied with the low plane and was not read there.
    cold: f32,
    /// Length of what the coarse activations leave out, and of what rounding may add to them.
    rest: f32,
}

impl<'a> Screen<'a> {
    fn new(isa: Isa, pool: &mut Pool, w: &'a Matrix, x: &[f32], hot: &[u8], wanted: &'a Wanted<'a>) -> Self {
        let mut fine = Activations::default();
        fine.set(isa, pool, x, w.n_in, Precision::Fine);
        let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt() as f32;
        let rest = norm(&mut fine.rest().into_iter());
        let whole = norm(&mut x.iter().copied()) + rest;
        let is_cold = |pair: &usize| hot[pair / 4] >> (pair % 4) & 1 == 0;
        let cold = norm(&mut (0..w.n_in / 8).filter(is_cold).flat_map(|pair| of_pair(x, pair))) + rest;
        Self { w, wanted, fine, cold, rest: rest + ROUNDING * whole }
    }

    /// The greatest lower and upper bound among the rows of a panel that are screened, whose near products are `y`.
    fn bounds(&self, norms: &Norms, panel_idx: usize, y: &[f32; ROWS]) -> (f32, f32) {
        let mut near = *y;
        let first = panel_idx * ROWS;
        // the last panel may have rows that the matrix has not
        near[ROWS.min(self.w.n_out - first)..].fill(f32::NEG_INFINITY);
        let also = self.wanted.also.partition_point(|id| (*id as usize) < first);
        for id in self.wanted.also[also..].iter().take_while(|id| (**id as usize) < first + ROWS) {
            near[*id as usize - first] = f32::NEG_INFINITY;
        }
        if let Some(bits) = self.wanted.allowed {
            let bits = bits.get(first / 32).map_or(0, |bits| bits >> (first % 32));
            near.iter_mut().enumerate().filter(|(i, _)| bits >> i & 1 == 0).for_each(|(_, x)| *x = f32::NEG_INFINITY);
        }
        let mut most = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for (near, (low, all)) in near.iter().zip(norms.low.iter().zip(&norms.all)) {
            let error = low * self.cold + all * self.rest;
            most = (most.0.max(near - error), most.1.max(near + error));
        }
        most
    }

    /// What was found, and how many panels were read in full for it.
    fn run(&self, isa: Isa, pool: &mut Pool, bounds: &[(f32, f32)]) -> (Vec<(u32, f32)>, usize) {
        // as many panels as rows are wanted, each with a row that is surely this good
        let n = self.wanted.n.min(bounds.len());
        let mut order: Vec<u32> = (0..bounds.len() as u32).collect();
        let lower = |idx: &u32| bounds[*idx as usize].0;
        if n < order.len() {
            order.select_nth_unstable_by(n - 1, |a, b| lower(b).total_cmp(&lower(a)));
        }
        order.truncate(n);
        let first = self.exact(isa, pool, &order);
        let mut best: Vec<f32> = first.iter().map(|x| x.1).collect();
        best.sort_unstable_by(|a, b| b.total_cmp(a));
        let least = best.get(self.wanted.n - 1).copied().unwrap_or(f32::NEG_INFINITY);
        let rest = (0..bounds.len() as u32).filter(|idx| bounds[*idx as usize].1 >= least);
        let rest: Vec<u32> = rest.filter(|idx| !order.contains(idx)).collect();
        let mut found = self.exact(isa, pool, &rest);
        found.extend(first);
        found.retain(|x| x.1 >= least);
        found.extend(products(isa, pool, self.w, &self.fine, self.wanted.also));
        found.sort_unstable_by_key(|x| x.0);
        (found, order.len() + rest.len())
    }

    /// The products of the rows of these panels that are screened.
    fn exact(&self, isa: Isa, pool: &mut Pool, panels: &[u32]) -> Vec<(u32, f32)> {
        let mut all = panel_products(isa, pool, self.w, &self.fine, panels);
        all.retain(|(row, _)| self.wanted.is_screened(*row));
        all
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
