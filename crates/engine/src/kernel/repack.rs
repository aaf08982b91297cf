//! Fills panels from the rows of a file, in the time that reading and writing them takes.
use super::{
    Isa,
    panel::{COLS, Float, GROUP, Highs, LINES, Lines, Norms, Pack, Quants, ROWS, Scales, Split},
    room::Room,
    turn::Turn,
};
use crate::quant::{self, Block, Type};
use std::{mem::MaybeUninit, thread};

/// A matrix as the file has it.
pub(super) struct Rows<'a> {
    pub kind: Type,
    pub bytes: &'a [u8],
    pub n_in: usize,
    pub n_out: usize,
    pub n_threads: usize,
}

impl Rows<'_> {
    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.row_bytes()..][..self.row_bytes()]
    }

    fn row_bytes(&self) -> usize {
        self.n_in / self.kind.block_len() * self.kind.block_bytes()
    }

    fn n_panels(&self) -> usize {
        self.n_out.div_ceil(ROWS)
    }

    #[expect(unsafe_code, reason = "memory is written once, not zeroed first")]
    pub(super) fn pack<H: Scales, const LOW: usize, const HIGH: usize, const N: usize>(
        &self,
    ) -> Room<Pack<H, LOW, HIGH, N>> {
        let n_packs = self.n_in / (N * COLS);
        let mut packs = Room::new(self.n_panels() * n_packs);
        let each = self.n_panels().div_ceil(self.n_threads);
        let parts = packs.chunks_mut(each * n_packs).enumerate();
        self.fill(parts.map(|(i, packs)| Packs { rows: self, first: i * each, n_packs, packs }));
        // SAFETY: the parts are all of it, and each pack of a part was written.
        unsafe { packs.assume_init() }
    }

    #[expect(unsafe_code, reason = "memory is written once, not zeroed first")]
    pub(super) fn split(&self) -> Split {
        let (n_panels, n_blocks) = (self.n_panels(), self.n_in / COLS);
        let n_groups = n_panels.div_ceil(GROUP);
        let (mut high, mut low) = (Room::new(n_groups * n_blocks), Room::new(n_groups * n_blocks));
        let mut norms = Room::new(n_panels);
        let each = n_groups.div_ceil(self.n_threads);
        let planes = high.chunks_mut(each * n_blocks).zip(low.chunks_mut(each * n_blocks));
        let parts = planes.zip(norms.chunks_mut(each * GROUP)).enumerate();
        self.fill(parts.map(|(i, ((high, low), norms))| Planes {
            rows: self,
            first: i * each * GROUP,
            n_blocks,
            high,
            low,
            norms,
        }));
        // SAFETY: the parts are all of it, and each block of a part was written.
        let high = unsafe { high.assume_init() };
        // SAFETY: as above.
        let low = unsafe { low.assume_init() };
        // SAFETY: as above, for each panel.
        let norms = unsafe { norms.assume_init() };
        Split { high, low, norms }
    }

    /// Fills each part on a thread of its own, where there may be more than one.
    fn fill<P: Part + Send>(&self, parts: impl Iterator<Item = P>) {
        let isa = Isa::best();
        if self.n_threads == 1 {
            return parts.for_each(|part| isa.fill(part));
        }
        thread::scope(|scope| {
            for part in parts {
                scope.spawn(move || isa.fill(part));
            }
        });
    }

    #[expect(unsafe_code, reason = "memory is written once, not zeroed first")]
    pub(super) fn floats<T: Float>(&self) -> Room<[T; ROWS]> {
        let mut columns = Room::new(self.n_panels() * self.n_in);
        columns.fill(MaybeUninit::new([T::default(); ROWS]));
        // SAFETY: all of them were written.
        let mut columns = unsafe { columns.assume_init() };
        let mut weights = vec![0.0; self.n_in];
        for row in 0..self.n_out {
            quant::dequantise(self.kind, self.row(row), &mut weights);
            let panel = &mut columns[row / ROWS * self.n_in..][..self.n_in];
            for (column, w) in panel.iter_mut().zip(&weights) {
                column[row % ROWS] = T::from_f32(*w);
            }
        }
        columns
    }
}

/// What one thread fills.
pub(super) trait Part {
    /// Writes all of it; inlined, so that it is compiled for the instruction set of whoever calls it.
    fn fill(self, turn: impl Turn);
}

struct Packs<'a, H, const LOW: usize, const HIGH: usize, const N: usize> {
    rows: &'a Rows<'a>,
    /// Panel.
    first: usize,
    /// Of a panel.
    n_packs: usize,
    packs: &'a mut [MaybeUninit<Pack<H, LOW, HIGH, N>>],
}

impl<H: Scales, const LOW: usize, const HIGH: usize, const N: usize> Part for Packs<'_, H, LOW, HIGH, N> {
    #[inline(always)]
    fn fill(self, turn: impl Turn) {
        let mut blocks = Blocks::new(self.rows);
        for (i, packs) in self.packs.chunks_mut(self.n_packs).enumerate() {
            blocks.begin(self.rows, self.first + i);
            for to in packs {
                blocks.next();
                to.write(Pack::ZERO).fill(&blocks.blocks, turn);
            }
        }
    }
}

struct Planes<'a> {
    rows: &'a Rows<'a>,
    /// Panel.
    first: usize,
    /// Of a panel.
    n_blocks: usize,
    high: &'a mut [MaybeUninit<Highs>],
    low: &'a mut [MaybeUninit<[Lines; LINES]>],
    norms: &'a mut [MaybeUninit<Norms>],
}

impl<'a> Part for Planes<'a> {
    #[inline(always)]
    fn fill(self, turn: impl Turn) {
        let mut blocks = Blocks::new(self.rows);
        let groups = self.high.chunks_mut(self.n_blocks).zip(self.low.chunks_mut(self.n_blocks));
        for (group, ((high, low), norms)) in groups.zip(self.norms.chunks_mut(GROUP)).enumerate() {
            // of the last group, panels may be missing
            let planes = high.iter_mut().zip(low);
            let zero = |(high, low): (&'a mut MaybeUninit<Highs>, &'a mut MaybeUninit<[Lines; LINES]>)| {
                (high.write([Pack::ZERO; GROUP]), low.write([[[0; 64]; GROUP]; LINES]))
            };
            let mut planes: Vec<_> = planes.map(zero).collect();
            for (at, norms) in norms.iter_mut().enumerate() {
                blocks.begin(self.rows, self.first + group * GROUP + at);
                let mut squares = Squares::default();
                for (high, low) in &mut planes {
                    blocks.next();
                    let mut quads = turn.quads(&blocks.blocks, 0);
                    for q in quads.as_flattened_mut() {
                        *q ^= 0x8080_8080;
                    }
                    let (high, mut nibbles) = (&mut high[at], Quants::<LINES, 0>::ZERO);
                    high.head.fill(&blocks.blocks);
                    nibbles.fill(&quads);
                    low.iter_mut().zip(nibbles.low).for_each(|(lines, line)| lines[at] = line);
                    squares.add(&high.head.d, turn.squares(&quads));
                    for q in quads.as_flattened_mut() {
                        *q >>= 4; // of each nibble, the lower four bits are taken
                    }
                    high.q[0].fill(&quads);
                }
                norms.write(squares.norms());
            }
        }
    }
}

/// The blocks of 16 rows, one after the other; rows that the matrix has not are zeros.
struct Blocks {
    kind: Type,
    /// The rows, copied: memory is read fastest from one end to the other.
    bytes: Vec<u8>,
    row_bytes: usize,
    /// Where the next block begins in each row.
    at: usize,
    blocks: [Block; ROWS],
}

impl Blocks {
    fn new(rows: &Rows<'_>) -> Self {
        let row_bytes = rows.row_bytes();
        Self { kind: rows.kind, bytes: vec![0; ROWS * row_bytes], row_bytes, at: 0, blocks: [Block::ZERO; ROWS] }
    }

    #[inline(always)]
    fn begin(&mut self, rows: &Rows<'_>, panel: usize) {
        let from = &rows.bytes[panel * self.bytes.len()..rows.n_out * self.row_bytes];
        let n = from.len().min(self.bytes.len());
        self.bytes[..n].copy_from_slice(&from[..n]);
        self.bytes[n..].fill(0);
        self.at = 0;
    }

    #[inline(always)]
    fn next(&mut self) {
        let n = self.kind.block_bytes();
        for (row, block) in self.bytes.chunks_exact(self.row_bytes).zip(&mut self.blocks) {
            quant::unpack(self.kind, &row[self.at..][..n], block);
        }
        self.at += n;
    }
}

/// Squares of 16 rows, summed up.
#[derive(Default)]
struct Squares {
    low: [f32; ROWS],
    all: [f32; ROWS],
}

impl Squares {
    #[inline(always)]
    fn add(&mut self, d: &[u16; ROWS], [low, all]: [[u32; ROWS]; 2]) {
        for row in 0..ROWS {
            let d = magnitude(d[row]);
            self.low[row] += d * d * low[row] as f32;
            self.all[row] += d * d * all[row] as f32;
        }
    }

    fn norms(&self) -> Norms {
        Norms { low: self.low.map(f32::sqrt), all: self.all.map(f32::sqrt) }
    }
}

/// `|x|` of the bits of an f16, in operations that every vector unit has.
#[inline(always)]
fn magnitude(x: u16) -> f32 {
    let x = u32::from(x) & 0x7fff;
    // the exponent's bias is 15 in one and 127 in the other
    if x < 0x7c00 { f32::from_bits(x << 13) * 2f32.powi(112) } else { f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_exact() {
        for x in 0..=u16::MAX {
            let exact = half::f16::from_bits(x).to_f32().abs();
            assert!(magnitude(x) == exact || exact.is_nan(), "{x:#x}: {exact}");
        }
    }
}
