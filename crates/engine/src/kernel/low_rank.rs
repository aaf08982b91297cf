//! Small matrices of 16-bit integers with a scale for each row, times rows of floats: what adapters are made of.
use super::{Isa, Set};

/// Rows of a panel.
const PANEL: usize = 8;

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
        assert!(n_in.is_multiple_of(Self::GRAIN), "columns come in pairs");
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
        let n_panels = self.scales.len() / PANEL;
        // one row alone has too few sums to keep the processor busy: more panels at once
        let n_fours = if N == 1 { n_panels / 4 } else { 0 };
        for four in 0..n_fours {
            self.add_panels::<4, N>(isa, four * 4, x, out);
        }
        for panel in n_fours * 4..n_panels {
            self.add_panels::<1, N>(isa, panel, x, out);
        }
    }

    #[inline]
    fn add_panels<const P: usize, const N: usize>(
        &self,
        isa: Isa,
        first: usize,
        x: [&[f32]; N],
        out: &mut [&mut [f32]; N],
    ) {
        let panels = std::array::from_fn(|p| &self.q[(first + p) * self.n_in..][..self.n_in]);
        let x = x.map(|x| &x[..self.n_in]);
        let sums: [[[f32; PANEL]; N]; P] = match isa.0 {
            // SAFETY: these exist only after AVX2, FMA and F16C were detected.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            Set::Avx2 | Set::Avx512 => unsafe { avx2::sums(panels, x) },
            // wherever there is NEON, the plain code is compiled for it
            #[cfg(target_arch = "aarch64")]
            Set::Neon | Set::NeonDot => sums_plain(panels, x),
            Set::Scalar => sums_plain(panels, x),
        };
        for (p, sums) in sums.iter().enumerate() {
            let at = (first + p) * PANEL;
            let scales = &self.scales[at..at + PANEL];
            for (sums, out) in sums.iter().zip(out.iter_mut()) {
                for ((out, sum), scale) in out[at..].iter_mut().zip(sums).zip(scales) {
                    *out += sum * scale;
                }
            }
        }
    }
}

/// Sums over the columns, even ones and odd ones apart: each would wait for the one before.
fn sums_plain<const P: usize, const N: usize>(panels: [&[[i16; PANEL]]; P], x: [&[f32]; N]) -> [[[f32; PANEL]; N]; P] {
    panels.map(|panel| {
        x.map(|x| {
            let mut sums = [[0.0f32; PANEL]; 2];
            for (i, (weights, x)) in panel.iter().zip(x).enumerate() {
                for (sum, w) in sums[i % 2].iter_mut().zip(weights) {
                    *sum = f32::from(*w).mul_add(*x, *sum);
                }
            }
            std::array::from_fn(|lane| sums[0][lane] + sums[1][lane])
        })
    })
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::PANEL;
    use std::arch::x86_64::{
        __m128i, __m256, _mm_loadu_si128, _mm256_add_ps, _mm256_cvtepi16_epi32, _mm256_cvtepi32_ps, _mm256_fmadd_ps,
        _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
    };

    /// As [`super::sums_plain`].
    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) fn sums<const P: usize, const N: usize>(
        panels: [&[[i16; PANEL]]; P],
        x: [&[f32]; N],
    ) -> [[[f32; PANEL]; N]; P] {
        let n = x[0].len() / 2;
        let (panels, x) = (panels.map(|panel| &panel.as_chunks::<2>().0[..n]), x.map(|x| &x.as_chunks::<2>().0[..n]));
        let mut sums = [[[_mm256_setzero_ps(); 2]; N]; P];
        for i in 0..n {
            for turn in 0..2 {
                for p in 0..P {
                    let weights = floats(&panels[p][i][turn]);
                    for n in 0..N {
                        let x = _mm256_set1_ps(x[n][i][turn]);
                        sums[p][n][turn] = _mm256_fmadd_ps(weights, x, sums[p][n][turn]);
                    }
                }
            }
        }
        let mut out = [[[0.0; PANEL]; N]; P];
        for p in 0..P {
            for n in 0..N {
                store(&mut out[p][n], _mm256_add_ps(sums[p][n][0], sums[p][n][1]));
            }
        }
        out
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    fn floats(weights: &[i16; PANEL]) -> __m256 {
        // SAFETY: the array is 16 bytes long, and the load wants no alignment.
        #[expect(unsafe_code, reason = "loads touch a pointer")]
        let weights = unsafe { _mm_loadu_si128(weights.as_ptr().cast::<__m128i>()) };
        _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(weights))
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    fn store(to: &mut [f32; PANEL], x: __m256) {
        // SAFETY: the array is 32 bytes long, and the store wants no alignment.
        #[expect(unsafe_code, reason = "stores touch a pointer")]
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_agrees_and_rows_do_not_touch() {
        for (n_in, n_out) in [(8, 1), (32, 3), (40, 16), (576, 35), (16, 100)] {
            let mut w = LowRank::zero(n_in, n_out);
            let value = |i: usize| ((i * 7919 + 13) % 1000) as f32 / 500.0 - 1.0;
            let weights: Vec<f32> = (0..n_in * n_out).map(value).collect();
            weights.chunks(n_in).enumerate().for_each(|(row, weights)| w.set_row(row, weights, 0.5));
            let x: Vec<f32> = (0..4 * n_in).map(|i| value(i * 3 + 1)).collect();
            let rows: [&[f32]; 4] = std::array::from_fn(|i| &x[i * n_in..][..n_in]);
            let mut results = Vec::new();
            for isa in Isa::available() {
                let mut out = vec![1.0; 4 * n_out];
                let mut to = out.chunks_mut(n_out);
                w.add_product(isa, rows, &mut std::array::from_fn(|_| to.next().unwrap()));
                for (x, among) in rows.iter().zip(out.chunks(n_out)) {
                    let mut alone = vec![1.0; n_out];
                    w.add_product(isa, [x], &mut [&mut alone]);
                    assert_eq!(alone, among, "to the bit");
                    for (out, weights) in alone.iter().zip(weights.chunks(n_in)) {
                        let exact: f32 = 1.0 + weights.iter().zip(*x).map(|(w, x)| 0.5 * w * x).sum::<f32>();
                        assert!((exact - out).abs() < 1e-4 * n_in as f32, "{n_in} x {n_out}: {exact} {out}");
                    }
                }
                results.push(out);
            }
            assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{n_in} x {n_out}");
        }
    }
}
