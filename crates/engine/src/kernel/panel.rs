//! Weight matrices as the kernels read them: panels of 16 rows, interleaved four weights at a time.
//!
//! ```text
//! panel = 16 rows; block = 32 columns of a panel; pack = one block, or the 8 that share a head
//! pack  = head | quants of each block
//! head  = d [16 f16] | m [16 f16]? | scale [16 i8 per sub-block]? | min [16 i8 per sub-block]?
//! quad  = 16 rows x 4 columns = 64 bytes, a vector of the widest registers
//! 4 bits: vector j holds quad j in the low and quad j + 4 in the high nibbles
//! 5 bits: and one vector more, whose bit j is the fifth bit of quad j
//! 6 bits: and two vectors more: bits 2j and 2j + 1 of the first are those of quad j, of the second those of quad j + 4
//! 8 bits: vector j is quad j
//! ```
use super::{repack::Rows, room::Room, turn::Turn};
use crate::quant::{Block, Type};

/// Rows of a panel.
pub(crate) const ROWS: usize = 16;
/// Columns of a block.
pub(super) const COLS: usize = 32;
/// Matrices of fewer rows are read in full sooner than they are screened.
const FEW_ROWS: usize = 1 << 16;
/// 16 rows by 4 columns of bytes.
pub(super) type Quad = [u8; 64];
/// 16 rows by 32 columns of bytes, four of a row in a number.
pub(super) type Quads = [[u32; ROWS]; 8];

/// Scales and minima of a pack: weight = `d * scale * q + m * min`.
pub(super) trait Scales: Copy + Send + Sync + 'static {
    const ZERO: Self;
    /// Sub-blocks of a block: 1 of 32 columns, or 2 of 16.
    const SUBS: usize;
    /// Where there is no `m`: it is `-OFFSET * d`.
    const OFFSET: f32;
    fn d(&self) -> &[u16; ROWS];
    fn m(&self) -> Option<&[u16; ROWS]>;
    /// Factors of `d` in this sub-block of the pack.
    fn scale(&self, sub: usize) -> Option<&[i8; ROWS]>;
    /// Factors of `m` in this sub-block of the pack.
    fn min(&self, sub: usize) -> Option<&[i8; ROWS]>;
    fn fill(&mut self, rows: &[Block; ROWS]);
}

/// `M` minima (0 or 1); `S` factors of `d` and `T` of `m`; where `T` is 0 those of `d` are those of `m` too.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Head<const M: usize, const S: usize, const T: usize, const OFFSET: usize> {
    pub(super) d: [u16; ROWS],
    m: [[u16; ROWS]; M],
    scale: [[i8; ROWS]; S],
    min: [[i8; ROWS]; T],
}

/// Q4_0, Q5_0, and with an offset of 0 what is signed.
pub(super) type Scaled<const OFFSET: usize> = Head<0, 0, 0, OFFSET>;
/// Q4_1, Q5_1.
pub(super) type WithMin = Head<1, 0, 0, 0>;
/// Q3_K, Q6_K.
pub(super) type SuperScaled<const OFFSET: usize> = Head<0, 16, 0, OFFSET>;
/// Q2_K (16 sub-blocks), Q4_K and Q5_K (8).
pub(super) type SuperWithMin<const N: usize> = Head<1, N, N, 0>;

fn half_bits(x: f32) -> u16 {
    half::f16::from_f32(x).to_bits()
}

impl<const M: usize, const S: usize, const T: usize, const OFFSET: usize> Scales for Head<M, S, T, OFFSET> {
    const ZERO: Self = Self { d: [0; ROWS], m: [[0; ROWS]; M], scale: [[0; ROWS]; S], min: [[0; ROWS]; T] };
    const SUBS: usize = if S == 16 { 2 } else { 1 };
    const OFFSET: f32 = OFFSET as f32;

    #[inline(always)]
    fn d(&self) -> &[u16; ROWS] {
        &self.d
    }

    #[inline(always)]
    fn m(&self) -> Option<&[u16; ROWS]> {
        self.m.first()
    }

    #[inline(always)]
    fn scale(&self, sub: usize) -> Option<&[i8; ROWS]> {
        self.scale.get(sub)
    }

    #[inline(always)]
    fn min(&self, sub: usize) -> Option<&[i8; ROWS]> {
        if T == 0 { self.scale.get(sub) } else { self.min.get(sub) }
    }

    #[inline(always)]
    fn fill(&mut self, rows: &[Block; ROWS]) {
        for (i, row) in rows.iter().enumerate() {
            self.d[i] = row.d.to_bits();
            for m in &mut self.m {
                m[i] = row.m.to_bits();
            }
            for (to, scale) in self.scale.iter_mut().zip(row.scale) {
                to[i] = scale;
            }
            for (to, min) in self.min.iter_mut().zip(row.min) {
                to[i] = min;
            }
        }
    }
}

/// The integers of one block: `LOW` vectors of nibbles (4) or bytes (8), `HIGH` vectors of what is above nibbles.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Quants<const LOW: usize, const HIGH: usize> {
    pub low: [Quad; LOW],
    pub high: [Quad; HIGH],
}

impl<const LOW: usize, const HIGH: usize> Quants<LOW, HIGH> {
    pub(super) const ZERO: Self = Self { low: [[0; 64]; LOW], high: [[0; 64]; HIGH] };

    /// Takes quad `j` of each row from `quads[j]`.
    #[inline(always)]
    pub(super) fn fill(&mut self, quads: &Quads) {
        if LOW == 8 {
            for (to, quad) in self.low.iter_mut().zip(quads) {
                put(to, |row| quad[row]);
            }
            return;
        }
        for (j, to) in self.low.iter_mut().enumerate() {
            put(to, |row| quads[j][row] & 0x0f0f_0f0f | (quads[j + 4][row] & 0x0f0f_0f0f) << 4);
        }
        let high = |j: usize, row: usize| quads[j][row] >> 4 & 0x0f0f_0f0f;
        match &mut self.high[..] {
            [] => {}
            [bits] => put(bits, |row| (0..8).fold(0, |bits, j| bits | high(j, row) << j)),
            [.., first, second] => {
                put(first, |row| (0..4).fold(0, |bits, j| bits | high(j, row) << (2 * j)));
                put(second, |row| (0..4).fold(0, |bits, j| bits | high(j + 4, row) << (2 * j)));
            }
        }
    }

    /// One integer, as [`Self::fill`] was given it.
    #[inline]
    pub(super) fn get(&self, row: usize, col: usize) -> u8 {
        let (j, at) = (col / 4, row * 4 + col % 4);
        if LOW == 8 {
            return self.low[j][at];
        }
        let low = self.low[j % 4][at] >> (j / 4 * 4) & 15;
        match HIGH {
            0 => low,
            1 => low | (self.high[0][at] >> j & 1) << 4,
            _ => low | (self.high[j / 4][at] >> (j % 4 * 2) & 3) << 4,
        }
    }
}

#[inline(always)]
fn put(to: &mut Quad, quad: impl Fn(usize) -> u32) {
    let mut quads = [0; ROWS];
    for (row, to) in quads.iter_mut().enumerate() {
        *to = quad(row);
    }
    for (to, quad) in to.as_chunks_mut().0.iter_mut().zip(quads) {
        *to = quad.to_le_bytes();
    }
}

/// 16 rows by `N` blocks of 32 columns.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct Pack<H, const LOW: usize, const HIGH: usize, const N: usize> {
    pub head: H,
    pub q: [Quants<LOW, HIGH>; N],
}

impl<H: Scales, const LOW: usize, const HIGH: usize, const N: usize> Pack<H, LOW, HIGH, N> {
    pub(super) const ZERO: Self = Self { head: H::ZERO, q: [Quants::ZERO; N] };
    /// Signed integers, and no minimum.
    pub(super) const SIGNED: bool = LOW == 8;

    #[inline(always)]
    pub(super) fn fill(&mut self, rows: &[Block; ROWS], turn: impl Turn) {
        self.head.fill(rows);
        for (i, to) in self.q.iter_mut().enumerate() {
            to.fill(&turn.quads(rows, i));
        }
    }
}

/// A number that floats are kept in.
pub(super) trait Float: Copy + Default + Send + Sync + 'static {
    /// Whether it is the bits of an f16.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    const HALF: bool;
    fn from_f32(x: f32) -> Self;
    fn to_f32(self) -> f32;
}

impl Float for u16 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    const HALF: bool = true;
    fn from_f32(x: f32) -> Self {
        half_bits(x)
    }
    fn to_f32(self) -> f32 {
        half::f16::from_bits(self).to_f32()
    }
}

impl Float for f32 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    const HALF: bool = false;
    fn from_f32(x: f32) -> Self {
        x
    }
    fn to_f32(self) -> f32 {
        self
    }
}

/// The panels of a matrix.
pub(super) enum Panels {
    Q4_0(Room<Pack<Scaled<8>, 4, 0, 1>>),
    Q4_1(Room<Pack<WithMin, 4, 0, 1>>),
    Q5_0(Room<Pack<Scaled<16>, 4, 1, 1>>),
    Q5_1(Room<Pack<WithMin, 4, 1, 1>>),
    /// Q8_0 that can be screened.
    Split(Split),
    /// Also IQ4_NL.
    Q8_0(Room<Pack<Scaled<0>, 8, 0, 1>>),
    Q2K(Room<Pack<SuperWithMin<16>, 4, 0, 8>>),
    Q3K(Room<Pack<SuperScaled<4>, 4, 0, 8>>),
    Q4K(Room<Pack<SuperWithMin<8>, 4, 0, 8>>),
    Q5K(Room<Pack<SuperWithMin<8>, 4, 1, 8>>),
    Q6K(Room<Pack<SuperScaled<32>, 4, 2, 8>>),
    /// Floats, `[panel][column][16 rows]`.
    F16(Room<[u16; ROWS]>),
    /// Also BF16, which widens without loss.
    F32(Room<[f32; ROWS]>),
}

/// Eight bits in two planes: a weight and 128 more is `16 * high + low`.
///
/// What panels of a group say of the same dimensions lies side by side, so that few dimensions of all are read in runs: a
/// processor that sees single lines read also fetches those beside them.
pub(super) struct Split {
    /// By group and block.
    pub high: Room<Highs>,
    /// By group and block.
    pub low: Room<[Lines; LINES]>,
    /// By panel.
    pub norms: Room<Norms>,
}

/// Panels of a group.
pub(super) const GROUP: usize = 16;
/// Lines of a block: each holds a quad `j` and quad `j + 4` of a panel.
pub(super) const LINES: usize = COLS / 8;
/// What is above the nibbles, of a block of each panel of a group.
pub(super) type Highs = [Pack<Scaled<0>, LINES, 0, 1>; GROUP];
/// One line of each panel of a group.
pub(super) type Lines = [Quad; GROUP];

/// Both planes of a group, by block.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub high: &'a [Highs],
    pub low: &'a [[Lines; LINES]],
}

impl Split {
    pub(super) fn group(&self, group_idx: usize, n_blocks: usize) -> Group<'_> {
        let (high, low) = (&self.high[group_idx * n_blocks..], &self.low[group_idx * n_blocks..]);
        Group { high: &high[..n_blocks], low: &low[..n_blocks] }
    }
}

/// Lengths of rows.
#[derive(Clone, Copy)]
pub(super) struct Norms {
    /// Of what the low plane says, less 8.
    pub low: [f32; ROWS],
    /// Of the weights.
    pub all: [f32; ROWS],
}

/// Does `$ints` with the packs, `$floats` with the columns, or `$split` with the planes of `$panels`.
macro_rules! each_panel {
    ($panels:expr, $v:ident => $ints:expr, $f:ident => $floats:expr, $s:ident => $split:expr) => {
        match $panels {
            Panels::Split($s) => $split,
            Panels::Q4_0($v) => $ints,
            Panels::Q4_1($v) => $ints,
            Panels::Q5_0($v) => $ints,
            Panels::Q5_1($v) => $ints,
            Panels::Q8_0($v) => $ints,
            Panels::Q2K($v) => $ints,
            Panels::Q3K($v) => $ints,
            Panels::Q4K($v) => $ints,
            Panels::Q5K($v) => $ints,
            Panels::Q6K($v) => $ints,
            Panels::F16($f) => $floats,
            Panels::F32($f) => $floats,
        }
    };
}
pub(super) use each_panel;

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
            Type::Q4_0 => Panels::Q4_0(rows.pack()),
            Type::Q4_1 => Panels::Q4_1(rows.pack()),
            Type::Q5_0 => Panels::Q5_0(rows.pack()),
            Type::Q5_1 => Panels::Q5_1(rows.pack()),
            Type::Q8_0 | Type::IQ4NL => Panels::Q8_0(rows.pack()),
            Type::Q2K => Panels::Q2K(rows.pack()),
            Type::Q3K => Panels::Q3K(rows.pack()),
            Type::Q4K => Panels::Q4K(rows.pack()),
            Type::Q5K => Panels::Q5K(rows.pack()),
            Type::Q6K => Panels::Q6K(rows.pack()),
            Type::F16 => Panels::F16(rows.floats()),
            Type::F32 | Type::BF16 => Panels::F32(rows.floats()),
        };
        Self { n_in, n_out, panels }
    }

    /// As [`Self::new`], but so that the best rows can be found without reading all, where the type allows it.
    pub(crate) fn screened(kind: Type, bytes: &[u8], n_in: usize, n_out: usize, n_threads: usize) -> Self {
        if !is_screened(kind, n_out) {
            return Self::new(kind, bytes, n_in, n_out, n_threads);
        }
        let rows = Rows { kind, bytes, n_in, n_out, n_threads };
        Self { n_in, n_out, panels: Panels::Split(rows.split()) }
    }

    /// Bytes of memory that [`Self::screened`] takes.
    pub(crate) fn screened_bytes(kind: Type, n_in: usize, n_out: usize) -> usize {
        if !is_screened(kind, n_out) {
            return Self::packed_bytes(kind, n_in, n_out);
        }
        let n_panels = n_out.div_ceil(ROWS);
        let block = size_of::<Highs>() + size_of::<[Lines; LINES]>();
        n_panels.div_ceil(GROUP) * (n_in / COLS) * block + n_panels * size_of::<Norms>()
    }

    /// Bytes of memory that [`Self::new`] takes.
    pub(crate) fn packed_bytes(kind: Type, n_in: usize, n_out: usize) -> usize {
        fn block<H: Scales, const LOW: usize, const HIGH: usize, const N: usize>(
            _: fn(Room<Pack<H, LOW, HIGH, N>>) -> Panels,
        ) -> (usize, usize) {
            (size_of::<Pack<H, LOW, HIGH, N>>(), N * COLS)
        }
        let (bytes, n_cols) = match kind {
            Type::Q4_0 => block(Panels::Q4_0),
            Type::Q4_1 => block(Panels::Q4_1),
            Type::Q5_0 => block(Panels::Q5_0),
            Type::Q5_1 => block(Panels::Q5_1),
            Type::Q8_0 | Type::IQ4NL => block(Panels::Q8_0),
            Type::Q2K => block(Panels::Q2K),
            Type::Q3K => block(Panels::Q3K),
            Type::Q4K => block(Panels::Q4K),
            Type::Q5K => block(Panels::Q5K),
            Type::Q6K => block(Panels::Q6K),
            Type::F16 => (size_of::<[u16; ROWS]>(), 1),
            Type::F32 | Type::BF16 => (size_of::<[f32; ROWS]>(), 1),
        };
        n_out.div_ceil(ROWS) * n_in.div_ceil(n_cols) * bytes
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
        each_panel!(&self.panels, v => size_of_val(&v[..]), v => size_of_val(&v[..]),
            s => size_of_val(&s.high[..]) + size_of_val(&s.low[..]) + size_of_val(&s.norms[..]))
    }
}

fn is_screened(kind: Type, n_out: usize) -> bool {
    kind == Type::Q8_0 && n_out >= FEW_ROWS
}
