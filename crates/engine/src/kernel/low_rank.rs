//! Small matrices of 16-bit integers with a scale for each row, times rows of floats: what adapters are made of.
use super::{Isa, Set};

/// Rows of a panel.
const PANEL: usize = 8;
/// Sums that take columns in turn: fewer would wait for each other.
const TURNS: usize = 2;

/// `n_out` rows of `n_in` weights, each to 1/32767 of its row's largest: finer than f16, and half of f32's memory.
pub(crate) struct LowRank {
    pub n_in: usize,
    pub n_out: usize,
    /// `[panel][column][8 rows]`; rows that fill up the last panel are 0.
    q: Vec<[i16; PANEL]>,
    /// One for each row, those of the last panel's filling included.
    scales: Vec<f32>,
}

impl LowRank {
    /// What [`Self::zero`] wants columns to be a multiple of, so that the result of one matrix can go into another.
    pub(crate) const GRAIN: usize = PANEL;
    /// Rows of activations that one pass over a panel serves best.
    pub(crate) const TILE: usize = 4;

    /// A matrix of zeros; `n_in` is a multiple of [`Self::GRAIN`].
    pub(crate) fn zero(n_in: usize, n_out: usize) -> Self {
        assert!(n_in.is_multiple_of(Self::GRAIN), "columns come in turns");
        let n_panels = n_out.div_ceil(PANEL);
        let (q, scales) = (vec![[0; PANEL]; n_panels * n_in], vec![0.0; n_panels * PANEL]);
        Self { n_in, n_out, q, scales }
    }

    /// Row `row` becomes `factor * weights`; columns that `weights` does not reach stay 0.
    pub(crate) fn set_row(&mut self, row: usize, weights: &[f32], factor: f32) {
        let max = weights.iter().fold(0.0f32, |max, w| max.max(w.abs()));
        // smaller numbers than these change nothing, and their inverse may be infinite
        let inverse = if max < 1e-30 { 0.0 } else { f32::from(i16::MAX) / max };
        self.scales[row] = if inverse == 0.0 { 0.0 } else { max / f32::from(i16::MAX) * factor };
        let panel = &mut self.q[row / PANEL * self.n_in..][..self.n_in];
        for (column, w) in panel.iter_mut().zip(weights) {
            column[row % PANEL] = (w * inverse).round() as i16;
        }
    }

    /// Bytes of memory.
    pub(crate) fn n_bytes(&self) -> usize {
        size_of_val(&self.q[..]) + size_of_val(&self.scales[..])
    }

    /// `out[n] += w x[n]`, each the same however many there are.
    pub(crate) fn add_product<const N: usize>(&self, isa: Isa, x: [&[f32]; N], out: &mut [&mut [f32]; N]) {
        match isa.0 {
            Set::Scalar => add_product_plain(self, x, out),
            // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            Set::Avx2 => unsafe { add_product_avx2(self, x, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_product_avx2<const N: usize>(w: &LowRank, x: [&[f32]; N], out: &mut [&mut [f32]; N]) {
    add_product_plain(w, x, out);
}

#[inline(always)]
fn add_product_plain<const N: usize>(w: &LowRank, x: [&[f32]; N], out: &mut [&mut [f32]; N]) {
    let n_panels = w.scales.len() / PANEL;
    // one row alone has too few sums for the processor: two panels at once
    let n_pairs = if N == 1 { n_panels / 2 } else { 0 };
    for pair in 0..n_pairs {
        add_panels::<2, N>(w, pair * 2, x, out);
    }
    for panel in n_pairs * 2..n_panels {
        add_panels::<1, N>(w, panel, x, out);
    }
}

#[inline(always)]
fn add_panels<const P: usize, const N: usize>(w: &LowRank, first: usize, x: [&[f32]; N], out: &mut [&mut [f32]; N]) {
    let n_turns = w.n_in / TURNS;
    let panels: [&[[[i16; PANEL]; TURNS]]; P] =
        std::array::from_fn(|p| &w.q[(first + p) * w.n_in..][..w.n_in].as_chunks().0[..n_turns]);
    let x = x.map(|x| &x.as_chunks::<TURNS>().0[..n_turns]);
    let mut sums = [[[[0.0f32; PANEL]; TURNS]; N]; P];
    for i in 0..n_turns {
        for p in 0..P {
            for turn in 0..TURNS {
                let weights = panels[p][i][turn].map(f32::from);
                for n in 0..N {
                    for (sum, w) in sums[p][n][turn].iter_mut().zip(&weights) {
                        *sum = w.mul_add(x[n][i][turn], *sum);
                    }
                }
            }
        }
    }
    for (p, sums) in sums.iter().enumerate() {
        let at = (first + p) * PANEL;
        let scales = &w.scales[at..at + PANEL];
        for (sums, out) in sums.iter().zip(out.iter_mut()) {
            let to = at.min(out.len())..(at + PANEL).min(out.len());
            for (lane, out) in out[to].iter_mut().enumerate() {
                *out = (sums[0][lane] + sums[1][lane]).mul_add(scales[lane], *out);
            }
        }
    }
}
