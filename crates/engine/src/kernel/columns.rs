//! Rows of activations as the products read them: quantised in blocks of 32, and interleaved in tiles of a few columns.
//!
//! A tile of `C` columns stands as `[block][quad][C]` of four integers each; widths are powers of two, widest first, so
//! that any number of columns is a few tiles, and one load brings what one instruction multiplies.
use super::{Isa, Pool, panel::COLS, rows};

/// How activations are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 8 bits, in blocks of 32.
    #[default]
    Coarse,
    /// 8 bits, and 8 more for what they left: a second column beside the first, as exact as f32 for any use here.
    Fine,
    /// As they are: for weights that are floats.
    Float,
}

/// What a block of each of `C` columns has beside its integers: see [`D`], [`S`] and [`HALVES`].
pub(super) type Meta<const C: usize> = [[f32; C]; 4];
/// Scales.
pub(super) const D: usize = 0;
/// Scale times sum.
pub(super) const S: usize = 1;
/// Scale times sum of the first 16, and of the last.
pub(super) const HALVES: usize = 2;

/// `C` columns.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a, const C: usize> {
    /// Quantised values, -127 to 127, by block.
    pub q: &'a [[[[i8; 4]; C]; 8]],
    /// By block.
    pub meta: &'a [Meta<C>],
    /// -128 times the sum of quantised values, by block.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "for kernels without signed weights"))]
    pub minus_128: &'a [[i32; C]],
    /// The floats, if these are what is read.
    pub x: &'a [[f32; C]],
}

/// Rows of activations.
#[derive(Default)]
pub(crate) struct Activations {
    pub(super) n: usize,
    pub(super) n_in: usize,
    pub(super) precision: Precision,
    widest: usize,
    q: Vec<[i8; 4]>,
    meta: Vec<f32>,
    minus_128: Vec<i32>,
    x: Vec<f32>,
}

impl Activations {
    /// Takes `x`, rows of `n_in` floats, a multiple of 32.
    pub(crate) fn set(&mut self, isa: Isa, pool: &mut Pool, x: &[f32], n_in: usize, precision: Precision) {
        (self.n, self.n_in, self.precision, self.widest) = (x.len() / n_in, n_in, precision, isa.widest());
        let n_columns = self.n_columns();
        let (n_q, n_x) = if precision == Precision::Float { (0, n_columns * n_in) } else { (n_columns * n_in, 0) };
        self.q.resize(n_q / 4, [0; 4]);
        self.meta.resize(n_q / COLS * 4, 0.0);
        self.minus_128.resize(n_q / COLS, 0);
        self.x.resize(n_x, 0.0);
        let per_row = self.columns_per_row();
        let mut parts = self.parts();
        pool.split(&mut parts, 1, 1, |_, part| part[0].fill(isa, x, n_in, per_row));
    }

    /// What the coarse column of the first row leaves; of a row that was set to be fine.
    pub(super) fn rest(&self) -> Vec<f32> {
        let tile = self.tile::<2>(0);
        let blocks = tile.q.iter().zip(tile.meta);
        let value = |q: &[[i8; 4]; 2], d: f32| q[1].map(|q| d * f32::from(q));
        blocks.flat_map(|(q, meta)| q.iter().flat_map(move |q| value(q, meta[D][1]))).collect()
    }

    pub(super) fn columns_per_row(&self) -> usize {
        if self.precision == Precision::Fine { 2 } else { 1 }
    }

    fn n_columns(&self) -> usize {
        self.n * self.columns_per_row()
    }

    /// First column and width of each tile.
    pub(super) fn tiles(&self) -> impl Iterator<Item = (usize, usize)> {
        let (n, widest) = (self.n_columns(), self.widest);
        let mut first = 0;
        std::iter::from_fn(move || {
            let left = n - first;
            let width = if left >= widest { widest } else { 1 << left.checked_ilog2()? };
            first += width;
            Some((first - width, width))
        })
    }

    /// The tile of `C` columns from `first`, one of [`Self::tiles`].
    pub(super) fn tile<const C: usize>(&self, first: usize) -> Tile<'_, C> {
        let (from, to) = (first * self.n_in, (first + C) * self.n_in);
        let float = self.precision == Precision::Float;
        let (q, x) = if float { (0..0, from..to) } else { (from..to, 0..0) };
        let blocks = q.start / COLS..q.end / COLS;
        Tile {
            q: self.q[q.start / 4..q.end / 4].as_chunks().0.as_chunks().0,
            meta: self.meta[blocks.start * 4..blocks.end * 4].as_chunks().0.as_chunks().0,
            minus_128: self.minus_128[blocks].as_chunks().0,
            x: self.x[x].as_chunks().0,
        }
    }

    fn parts(&mut self) -> Vec<Part<'_>> {
        let tiles: Vec<_> = self.tiles().collect();
        let n_q = if self.precision == Precision::Float { 0 } else { self.n_in };
        let n_x = self.n_in - n_q;
        let (mut q, mut meta) = (&mut self.q[..], &mut self.meta[..]);
        let (mut minus_128, mut x) = (&mut self.minus_128[..], &mut self.x[..]);
        let part = |(first, width)| Part {
            first,
            width,
            q: take(&mut q, width * n_q / 4),
            meta: take(&mut meta, width * n_q / COLS * 4),
            minus_128: take(&mut minus_128, width * n_q / COLS),
            x: take(&mut x, width * n_x),
        };
        tiles.into_iter().map(part).collect()
    }
}

/// The first `n` elements; `rest` keeps the others.
fn take<'a, T>(rest: &mut &'a mut [T], n: usize) -> &'a mut [T] {
    let (first, others) = std::mem::take(rest).split_at_mut(n);
    *rest = others;
    first
}

/// A tile that is being filled.
struct Part<'a> {
    first: usize,
    width: usize,
    q: &'a mut [[i8; 4]],
    meta: &'a mut [f32],
    minus_128: &'a mut [i32],
    x: &'a mut [f32],
}

impl Part<'_> {
    fn fill(&mut self, isa: Isa, x: &[f32], n_in: usize, per_row: usize) {
        for column in (0..self.width).step_by(per_row) {
            let row = &x[(self.first + column) / per_row * n_in..][..n_in];
            if !self.x.is_empty() {
                self.x.chunks_exact_mut(self.width).zip(row).for_each(|(to, x)| to[column] = *x);
                continue;
            }
            let (mut rest, mut unused) = ([0.0; COLS], [0.0; COLS]);
            for (block, x) in row.as_chunks::<COLS>().0.iter().enumerate() {
                self.put(isa, block, column, x, &mut rest);
                if per_row == 2 {
                    self.put(isa, block, column + 1, &rest, &mut unused);
                }
            }
        }
    }

    /// Quantises one block of a column.
    fn put(&mut self, isa: Isa, block: usize, column: usize, x: &[f32; COLS], rest: &mut [f32; COLS]) {
        let mut q = [0; COLS];
        let (d, sums) = rows::quantise_block(isa, x, &mut q, rest);
        let width = self.width;
        for (to, q) in self.q[block * 8 * width..].chunks_exact_mut(width).zip(q.as_chunks::<4>().0) {
            to[column] = *q;
        }
        let [first, last] = sums.map(|sum| d * sum as f32);
        let meta = [d, d * (sums[0] + sums[1]) as f32, first, last];
        for (to, x) in self.meta[block * 4 * width..].chunks_exact_mut(width).zip(meta) {
            to[column] = x;
        }
        self.minus_128[block * width + column] = -128 * (sums[0] + sums[1]);
    }
}
