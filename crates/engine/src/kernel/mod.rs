//! Numeric kernels, chosen at run time. `scalar` is the specification; every other file must agree with it.
mod attend;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod panel;
mod pool;
mod rate;
mod rows;
mod scalar;

pub(crate) use attend::{Heads, PAGE, Page};
pub(crate) use panel::Matrix;
pub(crate) use pool::Pool;
pub use rate::{DotRate, dot_rate};
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

/// How activations are quantised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 8 bits, in blocks of 32.
    #[default]
    Coarse,
    /// 8 bits, and 8 more for what they left: a second column beside the first, as exact as f32 for any use here.
    Fine,
}

/// Rows of activations, as floats and quantised in blocks of 32.
#[derive(Default)]
pub(crate) struct Activations {
    n: usize,
    n_in: usize,
    precision: Precision,
    /// One record a column: see [`Column`]; a fine row is two columns.
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
    /// Quantises `x`, rows of `n_in` floats, a multiple of 32.
    pub(crate) fn set(&mut self, isa: Isa, pool: &mut Pool, x: &[f32], n_in: usize, precision: Precision) {
        (self.n, self.n_in, self.precision) = (x.len() / n_in, n_in, precision);
        let (n_blocks, n_columns) = (n_in / COLS, self.columns_per_row());
        self.x.clear();
        self.x.extend(x.chunks(n_in).flat_map(|row| std::iter::repeat_n(row, n_columns)).flatten());
        self.q.resize(self.x.len(), 0);
        self.d.resize(self.n * n_columns * n_blocks, 0.0);
        self.s.resize(self.n * n_columns * n_blocks * 2, 0.0);
        let mut rows: Vec<_> = (self.q.chunks_mut(n_columns * n_in))
            .zip(self.d.chunks_mut(n_columns * n_blocks).zip(self.s.chunks_mut(n_columns * n_blocks * 2)))
            .zip(self.x.chunks_mut(n_columns * n_in))
            .collect();
        pool.split(&mut rows, 1, 16, |_, row| {
            let ((q, (d, s)), x) = &mut row[0];
            for i in 0..n_columns {
                if i > 0 {
                    rest(&mut x[n_in..], q, d);
                }
                let (q, d) = (&mut q[i * n_in..][..n_in], &mut d[i * n_blocks..][..n_blocks]);
                quantise_row(isa, &x[i * n_in..][..n_in], q, d, &mut s[i * n_blocks * 2..][..n_blocks * 2]);
            }
        });
    }

    fn columns_per_row(&self) -> usize {
        match self.precision {
            Precision::Coarse => 1,
            Precision::Fine => 2,
        }
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

/// Takes from `x` what `q` and `d` already say.
fn rest(x: &mut [f32], q: &[i8], d: &[f32]) {
    for ((x, q), d) in x.chunks_mut(COLS).zip(q.chunks(COLS)).zip(d) {
        x.iter_mut().zip(q).for_each(|(x, q)| *x = (-d).mul_add(f32::from(*q), *x));
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
    assert!(!w.is_float() || x.precision == Precision::Coarse, "float weights read the floats, once");
    let n_columns = x.columns_per_row();
    let unit = x.n * n_columns * ROWS;
    panels.resize(w.n_panels() * unit, 0.0);
    let grain = (w.n_panels() / (pool.n_threads() * 8)).max(1);
    pool.split(panels, unit, grain, |panel_idx, out| {
        let columns = (0..x.n * n_columns).step_by(TILE).zip(out.chunks_mut(TILE * ROWS));
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
            let from = &from[i * n_columns * ROWS..][..n_columns * ROWS];
            to.copy_from_slice(&from[..to.len()]);
            for more in from.chunks(ROWS).skip(1) {
                to.iter_mut().zip(more).for_each(|(to, more)| *to += more);
            }
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
        Panels::F16(v) => floats(isa, &v[panel * w.n_in..][..w.n_in], x, out),
        Panels::F32(v) => floats(isa, &v[panel * w.n_in..][..w.n_in], x, out),
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

fn floats<S: Scale, const N: usize>(isa: Isa, panel: &[[S; ROWS]], x: [Column<'_>; N], out: &mut [[f32; ROWS]]) {
    match isa.0 {
        Set::Scalar => scalar::floats(panel, x, out),
        // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx2 => unsafe { avx2::floats(panel, x, out) },
    }
}

#[cfg(test)]
mod tests;
