//! Numeric kernels, chosen at run time. `scalar` is the specification; every other file must agree with it.
mod attend;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod panel;
mod pool;
mod rows;
mod scalar;

pub(crate) use attend::{Heads, PAGE, Page};
pub(crate) use panel::Matrix;
pub(crate) use pool::Pool;
pub(crate) use rows::{Gate, Rope, gate, quantise_row, rms_norm, rope};

use panel::{COLS, Pack, Panels, ROWS, Scale};

/// An instruction set this CPU was seen to have. Only detection makes one, so holding it is proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Isa {
    /// All that this CPU has, slowest first.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c") {
            return vec![Self(Set::Scalar), Self(Set::Avx2)];
        }
        vec![Self(Set::Scalar)]
    }

    /// The fastest that this CPU has.
    pub(crate) fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self(Set::Scalar))
    }
}

/// Rows of activations, as floats and quantised in blocks of 32.
#[derive(Default)]
pub(crate) struct Activations {
    n: usize,
    n_in: usize,
    /// One record a row: see [`Column`].
    q: Vec<i8>,
    d: Vec<f32>,
    s: Vec<f32>,
    x: Vec<f32>,
}

/// One row of activations.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    /// Quantised values, -127 to 127.
    pub q: &'a [i8],
    /// Scale of each 32.
    pub d: &'a [f32],
    /// Scale times sum of each 16.
    pub s: &'a [f32],
    /// The floats.
    pub x: &'a [f32],
}

impl Activations {
    /// Quantises `x`, rows of `n_in` floats.
    pub(crate) fn set(&mut self, isa: Isa, pool: &mut Pool, x: &[f32], n_in: usize) {
        (self.n, self.n_in) = (x.len() / n_in, n_in);
        let n_blocks = n_in / COLS;
        self.x.clear();
        self.x.extend_from_slice(x);
        self.q.resize(x.len(), 0);
        self.d.resize(self.n * n_blocks, 0.0);
        self.s.resize(self.n * n_blocks * 2, 0.0);
        let mut rows: Vec<_> = (self.q.chunks_mut(n_in))
            .zip(self.d.chunks_mut(n_blocks.max(1)).zip(self.s.chunks_mut((n_blocks * 2).max(1))))
            .zip(x.chunks(n_in))
            .collect();
        pool.split(&mut rows, 1, 16, |_, row| {
            let ((q, (d, s)), x) = &mut row[0];
            quantise_row(isa, x, q, d, s);
        });
    }

    fn column(&self, i: usize) -> Column<'_> {
        let n_blocks = self.n_in / COLS;
        Column {
            q: &self.q[i * self.n_in..][..self.n_in],
            d: &self.d[i * n_blocks..][..n_blocks],
            s: &self.s[i * n_blocks * 2..][..n_blocks * 2],
            x: &self.x[i * self.n_in..][..self.n_in],
        }
    }
}

/// Columns that one pass over a panel serves.
const TILE: usize = 4;

/// `out[i] = w x[i]` for each row `i` of `x`; each result is the same whatever the other rows are.
/// `panels` is scratch.
pub(crate) fn multiply(
    isa: Isa,
    pool: &mut Pool,
    w: &Matrix,
    x: &Activations,
    panels: &mut Vec<f32>,
    out: &mut Vec<f32>,
) {
    assert_eq!(w.n_in, x.n_in, "matrix and activations fit");
    let unit = x.n * ROWS;
    panels.resize(w.n_panels() * unit, 0.0);
    let grain = (w.n_panels() / (pool.n_threads() * 8)).max(1);
    pool.split(panels, unit, grain, |panel_idx, out| {
        let columns = (0..x.n).step_by(TILE).zip(out.chunks_mut(TILE * ROWS));
        for (first, out) in columns {
            let out = out.as_chunks_mut::<ROWS>().0;
            match out.len() {
                1 => tile(isa, w, panel_idx, [x.column(first)], out),
                2 => tile(isa, w, panel_idx, [0, 1].map(|i| x.column(first + i)), out),
                3 => tile(isa, w, panel_idx, [0, 1, 2].map(|i| x.column(first + i)), out),
                _ => tile(isa, w, panel_idx, [0, 1, 2, 3].map(|i| x.column(first + i)), out),
            }
        }
    });
    out.resize(x.n * w.n_out, 0.0);
    pool.split(out, w.n_out, 16, |i, row| {
        for (to, from) in row.chunks_mut(ROWS).zip(panels.chunks_exact(unit)) {
            to.copy_from_slice(&from[i * ROWS..][..to.len()]);
        }
    });
}

fn tile<const N: usize>(isa: Isa, w: &Matrix, panel: usize, x: [Column<'_>; N], out: &mut [[f32; ROWS]]) {
    let n_blocks = w.n_in / COLS;
    match &w.panels {
        Panels::U4(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::U4K(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::U4K16(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::U5(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::U5K(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::U6K16(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::I8(v) => ints(isa, &v[panel * n_blocks..][..n_blocks], x, out),
        Panels::F16(v) => scalar::floats(&v[panel * w.n_in..][..w.n_in], x, out),
        Panels::F32(v) => scalar::floats(&v[panel * w.n_in..][..w.n_in], x, out),
    }
}

fn ints<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize, const N: usize>(
    isa: Isa,
    panel: &[Pack<S, SUBS, MINS, V, RUN>],
    x: [Column<'_>; N],
    out: &mut [[f32; ROWS]],
) {
    match isa.0 {
        Set::Scalar => scalar::ints(panel, x, out),
        // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx2 => unsafe { avx2::ints(panel, x, out) },
    }
}

#[cfg(test)]
mod tests;
