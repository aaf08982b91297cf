//! Weight matrices as the kernels read them: panels of 16 rows, interleaved four weights at a time.
//!
//! ```text
//! panel = 16 rows; block = 32 columns of a panel
//! block = d [16 per sub-block] | m [16 per sub-block] | q
//! q     = vectors of 32 bytes; a vector is 8 rows x 4 columns ("quad"); first the quads of rows 0..8, then of rows 8..16
//!         4-bit: vector j holds quad j in the low and quad j + 4 in the high nibbles
//! ```
use crate::quant::{self, Block, Type};

/// Rows of a panel.
pub(super) const ROWS: usize = 16;
/// Columns of a block.
pub(super) const COLS: usize = 32;

/// A number that scales are kept in.
pub(super) trait Scale: Copy + Default + Send + Sync + 'static {
    /// Whether it is the bits of an f16.
    #[cfg(target_arch = "x86_64")]
    const HALF: bool;
    fn from_f32(x: f32) -> Self;
    fn to_f32(self) -> f32;
}

impl Scale for u16 {
    #[cfg(target_arch = "x86_64")]
    const HALF: bool = true;
    fn from_f32(x: f32) -> Self {
        half::f16::from_f32(x).to_bits()
    }
    fn to_f32(self) -> f32 {
        half::f16::from_bits(self).to_f32()
    }
}

impl Scale for f32 {
    #[cfg(target_arch = "x86_64")]
    const HALF: bool = false;
    fn from_f32(x: f32) -> Self {
        x
    }
    fn to_f32(self) -> f32 {
        self
    }
}

/// 16 rows by 32 columns of integer weights. `SUBS` sub-blocks with a scale each, `MINS` of them with a minimum (all or
/// none), `V` vectors: 8 for 4-bit weights, 16 for 8-bit ones. `RUN` quads may be added in 16 bits before they overflow.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct Pack<S, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize> {
    pub d: [[S; ROWS]; SUBS],
    pub m: [[S; ROWS]; MINS],
    pub q: [[u8; 32]; V],
}

impl<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize> Pack<S, SUBS, MINS, V, RUN> {
    /// Whether two weights share a byte.
    pub(super) const NIBBLES: bool = V == 8;
    /// Signed weights have no minimum.
    pub(super) const SIGNED: bool = MINS == 0;
    /// Quads of a sub-block.
    pub(super) const QUADS: usize = 8 / SUBS;

    fn zero() -> Self {
        Self { d: [[S::default(); ROWS]; SUBS], m: [[S::default(); ROWS]; MINS], q: [[0; 32]; V] }
    }

    fn set(&mut self, row: usize, block: &Block, col0: usize) {
        for sub in 0..SUBS {
            let at = col0 / (COLS / SUBS) + sub;
            self.d[sub][row] = S::from_f32(block.d[at]);
            if MINS > 0 {
                self.m[sub][row] = S::from_f32(block.m[at]);
            }
        }
        let (half, lane) = (row / 8, row % 8 * 4);
        for quad in 0..8 {
            let quad_q = &block.q[col0 + quad * 4..][..4];
            if Self::NIBBLES {
                let (vector, shift) = (half * 4 + quad % 4, quad / 4 * 4);
                for (to, from) in self.q[vector][lane..lane + 4].iter_mut().zip(quad_q) {
                    *to |= from << shift;
                }
            } else {
                self.q[half * 8 + quad][lane..lane + 4].copy_from_slice(quad_q);
            }
        }
    }
}

/// Q4_0, Q4_1.
pub(super) type U4 = Pack<u16, 1, 1, 8, 8>;
/// Q4_K: the product of two scales does not fit in f16.
pub(super) type U4K = Pack<f32, 1, 1, 8, 8>;
/// Q2_K, Q3_K.
pub(super) type U4K16 = Pack<f32, 2, 2, 8, 4>;
/// Q5_0, Q5_1.
pub(super) type U5 = Pack<u16, 1, 1, 16, 4>;
/// Q5_K.
pub(super) type U5K = Pack<f32, 1, 1, 16, 4>;
/// Q6_K.
pub(super) type U6K16 = Pack<f32, 2, 2, 16, 2>;
/// Q8_0, IQ4_NL.
pub(super) type I8 = Pack<u16, 1, 0, 16, 1>;

/// The panels of a matrix.
pub(super) enum Panels {
    U4(Vec<U4>),
    U4K(Vec<U4K>),
    U4K16(Vec<U4K16>),
    U5(Vec<U5>),
    U5K(Vec<U5K>),
    U6K16(Vec<U6K16>),
    I8(Vec<I8>),
    /// Floats, `[panel][column][16 rows]`.
    F16(Vec<[u16; ROWS]>),
    /// Also BF16, which widens without loss.
    F32(Vec<[f32; ROWS]>),
}

/// A weight matrix: `n_out` rows of `n_in` weights.
pub(crate) struct Matrix {
    pub n_in: usize,
    pub n_out: usize,
    pub(super) panels: Panels,
}

impl Matrix {
    /// Repacks `n_out` rows of `n_in` weights. Sizes were checked when the file was read.
    pub(crate) fn new(kind: Type, bytes: &[u8], n_in: usize, n_out: usize, n_threads: usize) -> Self {
        let rows = Rows { kind, bytes, n_in, n_out, n_threads };
        let panels = match kind {
            Type::Q4_0 | Type::Q4_1 => Panels::U4(rows.pack()),
            Type::Q4K => Panels::U4K(rows.pack()),
            Type::Q2K | Type::Q3K => Panels::U4K16(rows.pack()),
            Type::Q5_0 | Type::Q5_1 => Panels::U5(rows.pack()),
            Type::Q5K => Panels::U5K(rows.pack()),
            Type::Q6K => Panels::U6K16(rows.pack()),
            Type::Q8_0 | Type::IQ4NL => Panels::I8(rows.pack()),
            Type::F16 => Panels::F16(rows.floats(|x| half::f16::from_f32(x).to_bits())),
            Type::F32 | Type::BF16 => Panels::F32(rows.floats(|x| x)),
        };
        Self { n_in, n_out, panels }
    }

    /// Bytes of memory that [`Self::new`] takes.
    pub(crate) fn packed_bytes(kind: Type, n_in: usize, n_out: usize) -> usize {
        let block = match kind {
            Type::Q4_0 | Type::Q4_1 => size_of::<U4>(),
            Type::Q4K => size_of::<U4K>(),
            Type::Q2K | Type::Q3K => size_of::<U4K16>(),
            Type::Q5_0 | Type::Q5_1 => size_of::<U5>(),
            Type::Q5K => size_of::<U5K>(),
            Type::Q6K => size_of::<U6K16>(),
            Type::Q8_0 | Type::IQ4NL => size_of::<I8>(),
            Type::F16 => COLS * size_of::<[u16; ROWS]>(),
            Type::F32 | Type::BF16 => COLS * size_of::<[f32; ROWS]>(),
        };
        n_out.div_ceil(ROWS) * n_in.div_ceil(COLS) * block
    }

    /// Number of panels.
    pub(crate) fn n_panels(&self) -> usize {
        self.n_out.div_ceil(ROWS)
    }

    /// Whether the weights are floats: they are multiplied with the floats of the activations.
    pub(crate) fn is_float(&self) -> bool {
        matches!(self.panels, Panels::F16(_) | Panels::F32(_))
    }

    /// Bytes of memory.
    #[cfg(test)]
    pub(crate) fn n_bytes(&self) -> usize {
        match &self.panels {
            Panels::U4(v) => size_of_val(&v[..]),
            Panels::U4K(v) => size_of_val(&v[..]),
            Panels::U4K16(v) => size_of_val(&v[..]),
            Panels::U5(v) => size_of_val(&v[..]),
            Panels::U5K(v) => size_of_val(&v[..]),
            Panels::U6K16(v) => size_of_val(&v[..]),
            Panels::I8(v) => size_of_val(&v[..]),
            Panels::F16(v) => size_of_val(&v[..]),
            Panels::F32(v) => size_of_val(&v[..]),
        }
    }
}

/// A matrix as the file has it.
struct Rows<'a> {
    kind: Type,
    bytes: &'a [u8],
    n_in: usize,
    n_out: usize,
    n_threads: usize,
}

impl Rows<'_> {
    fn row(&self, row: usize) -> &[u8] {
        let n = self.n_in / self.kind.block_len() * self.kind.block_bytes();
        &self.bytes[row * n..][..n]
    }

    fn pack<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize>(
        &self,
    ) -> Vec<Pack<S, SUBS, MINS, V, RUN>> {
        let n_blocks = self.n_in / COLS;
        let mut packs = vec![Pack::zero(); self.n_out.div_ceil(ROWS) * n_blocks];
        let n_panels = self.n_out.div_ceil(ROWS).div_ceil(self.n_threads);
        std::thread::scope(|scope| {
            for (i, packs) in packs.chunks_mut(n_panels * n_blocks).enumerate() {
                let mut fill = move || self.fill(i * n_panels * ROWS, n_blocks, packs);
                if self.n_threads == 1 {
                    fill();
                } else {
                    scope.spawn(fill);
                }
            }
        });
        packs
    }

    fn fill<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize>(
        &self,
        first_row: usize,
        n_blocks: usize,
        packs: &mut [Pack<S, SUBS, MINS, V, RUN>],
    ) {
        let mut block = Block::ZERO;
        for (panel_idx, panel) in packs.chunks_mut(n_blocks).enumerate() {
            let first = first_row + panel_idx * ROWS;
            for row in first..(first + ROWS).min(self.n_out) {
                let blocks = self.row(row).chunks_exact(self.kind.block_bytes());
                for (packs, bytes) in panel.chunks_mut(self.kind.block_len() / COLS).zip(blocks) {
                    quant::unpack(self.kind, bytes, &mut block);
                    for (i, pack) in packs.iter_mut().enumerate() {
                        pack.set(row % ROWS, &block, i * COLS);
                    }
                }
            }
        }
    }

    fn floats<T: Copy + Default>(&self, convert: impl Fn(f32) -> T) -> Vec<[T; ROWS]> {
        let mut columns = vec![[T::default(); ROWS]; self.n_out.div_ceil(ROWS) * self.n_in];
        let mut weights = vec![0.0; self.n_in];
        for row in 0..self.n_out {
            quant::dequantise(self.kind, self.row(row), &mut weights);
            let panel = &mut columns[row / ROWS * self.n_in..][..self.n_in];
            for (column, w) in panel.iter_mut().zip(&weights) {
                column[row % ROWS] = convert(*w);
            }
        }
        columns
    }
}
