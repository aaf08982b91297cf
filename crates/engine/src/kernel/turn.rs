//! Turns rows into quads, and sums up their squares: what instruction sets do faster than compilers when weights are repacked.
use super::panel::{COLS, Quads, ROWS};
use crate::quant::Block;

/// What an instruction set does better than the compiler.
pub(super) trait Turn: Copy {
    /// Block `i` of 32 columns.
    fn quads(self, rows: &[Block; ROWS], i: usize) -> Quads;
    /// Of each row, the squares of the low nibbles less 8, and of the bytes less 128, summed up.
    fn squares(self, quads: &Quads) -> [[u32; ROWS]; 2];
}

/// [`Turn`] without any instruction set: the specification.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Turn for Plain {
    #[inline(always)]
    fn quads(self, rows: &[Block; ROWS], i: usize) -> Quads {
        let mut quads = [[0; ROWS]; 8];
        for (row, block) in rows.iter().enumerate() {
            let q = block.q[i * COLS..][..COLS].as_chunks::<4>().0;
            quads.iter_mut().zip(q).for_each(|(to, q)| to[row] = u32::from_le_bytes(*q));
        }
        quads
    }

    #[inline(always)]
    fn squares(self, quads: &Quads) -> [[u32; ROWS]; 2] {
        let mut squares = [[0; ROWS]; 2];
        for (row, q) in quads.iter().flat_map(|quad| quad.iter().map(|q| q.to_le_bytes()).enumerate()) {
            squares[0][row] += q.iter().map(|q| u32::from((q & 15).abs_diff(8)).pow(2)).sum::<u32>();
            squares[1][row] += q.iter().map(|q| u32::from(q.abs_diff(128)).pow(2)).sum::<u32>();
        }
        squares
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::fill;

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector loads and stores, and calls of what was detected")]
mod avx2 {
    use super::{super::repack::Part, Block, COLS, Quads, ROWS, Turn};
    use std::arch::x86_64::*;

    /// Fills `part`, compiled for AVX2.
    #[target_feature(enable = "avx2,fma,f16c")]
    pub(in super::super) fn fill(part: impl Part) {
        part.fill(Turning(()));
    }

    /// Made by [`fill`] alone, where the features are there.
    #[derive(Clone, Copy)]
    struct Turning(());

    impl Turn for Turning {
        #[inline(always)]
        fn quads(self, rows: &[Block; ROWS], i: usize) -> Quads {
            // SAFETY: only where AVX2 was detected is there a `Turning`.
            unsafe { quads(rows, i) }
        }

        #[inline(always)]
        fn squares(self, quads: &Quads) -> [[u32; ROWS]; 2] {
            // SAFETY: only where AVX2 was detected is there a `Turning`.
            unsafe { squares(quads) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn quads(rows: &[Block; ROWS], i: usize) -> Quads {
        let mut quads = [[0; ROWS]; 8];
        for half in 0..2 {
            let row = |n: usize| bytes(&rows[half * 8 + n].q[i * COLS..]);
            let pair = |a, b| [_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)];
            let [[a, b], [c, d]] = [pair(row(0), row(1)), pair(row(2), row(3))];
            let [[e, f], [g, h]] = [pair(row(4), row(5)), pair(row(6), row(7))];
            let four = |a, b| [_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)];
            let (first, second) = ([four(a, c), four(b, d)], [four(e, g), four(f, h)]);
            for (j, (first, second)) in first.as_flattened().iter().zip(second.as_flattened()).enumerate() {
                store(&mut quads[j][half * 8..], _mm256_permute2x128_si256::<0x20>(*first, *second));
                store(&mut quads[j + 4][half * 8..], _mm256_permute2x128_si256::<0x31>(*first, *second));
            }
        }
        quads
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn squares(quads: &Quads) -> [[u32; ROWS]; 2] {
        let mut squares = [[0; ROWS]; 2];
        for half in 0..2 {
            let (mut low, mut all) = (_mm256_setzero_si256(), _mm256_setzero_si256());
            let square = |x: __m256i| _mm256_madd_epi16(x, x);
            for quad in quads {
                let q = load(&quad[half * 8..]);
                let nibbles = _mm256_and_si256(q, _mm256_set1_epi8(15));
                let less = _mm256_abs_epi8(_mm256_sub_epi8(nibbles, _mm256_set1_epi8(8)));
                low = _mm256_add_epi16(low, _mm256_maddubs_epi16(less, less)); // at most 8 times 2 * 64
                let q = _mm256_xor_si256(q, _mm256_set1_epi8(-128));
                let (even, odd) = (_mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(q)), _mm256_srai_epi16::<8>(q));
                all = _mm256_add_epi32(all, _mm256_add_epi32(square(even), square(odd)));
            }
            store(&mut squares[0][half * 8..], _mm256_madd_epi16(low, _mm256_set1_epi16(1)));
            store(&mut squares[1][half * 8..], all);
        }
        squares
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bytes(from: &[u8]) -> __m256i {
        // SAFETY: 32 bytes are read of a slice that has them; alignment does not matter.
        unsafe { _mm256_loadu_si256(from[..32].as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(from: &[u32]) -> __m256i {
        // SAFETY: 32 bytes are read of a slice that has them; alignment does not matter.
        unsafe { _mm256_loadu_si256(from[..8].as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(to: &mut [u32], x: __m256i) {
        // SAFETY: 32 bytes are written of a slice that has them; alignment does not matter.
        unsafe { _mm256_storeu_si256(to[..8].as_mut_ptr().cast(), x) };
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::{
        super::{Isa, repack::Part},
        *,
    };

    struct Same<'a>(&'a [Block; ROWS]);

    impl Part for Same<'_> {
        fn fill(self, turn: impl Turn) {
            for i in 0..8 {
                let quads = Plain.quads(self.0, i);
                assert_eq!(turn.quads(self.0, i), quads);
                assert_eq!(turn.squares(&quads), Plain.squares(&quads));
            }
        }
    }

    #[test]
    fn every_set_turns_as_plain_code_does() {
        let mut seed = 1u32;
        let mut rows = [Block::ZERO; ROWS];
        for q in rows.iter_mut().flat_map(|row| &mut row.q) {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *q = (seed >> 24) as u8;
        }
        Isa::available().into_iter().for_each(|isa| isa.fill(Same(&rows)));
        let all = |q| [Block { q: [q; 256], ..Block::ZERO }; ROWS];
        [0, 8, 128, 255].into_iter().for_each(|q| Isa::available().into_iter().for_each(|isa| isa.fill(Same(&all(q)))));
    }
}
