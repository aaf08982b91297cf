//! Keys and values of all layers, page after page, as 16-bit floats or as 8-bit integers with scales.
use crate::kernel::{BLOCK, HeadPages, PAGE, Page, quantise};
use half::{f16, slice::HalfFloatSliceExt};

/// How keys and values are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KvType {
    /// 16-bit floats.
    #[default]
    F16,
    /// 8-bit integers, of each head in blocks of 32 with a scale of 16 bits.
    Q8,
}

impl KvType {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::F16, Self::Q8];

    /// The name that the field uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Q8 => "q8_0",
        }
    }

    /// How many integers and how many halves hold one key or value.
    fn widths(self, head_dim: usize) -> (usize, usize) {
        match self {
            Self::F16 => (0, head_dim),
            Self::Q8 => (head_dim, head_dim.div_ceil(BLOCK)),
        }
    }

    /// Bytes of one key or value.
    pub(crate) fn n_bytes(self, head_dim: usize) -> usize {
        let (n_ints, n_halves) = self.widths(head_dim);
        n_ints * size_of::<i8>() + n_halves * size_of::<u16>()
    }

    /// Whether `page`, as [`Layers::write`] gave it, holds nothing but numbers.
    pub(super) fn is_finite(self, page: &[u8], n_layers: usize, head_dim: usize) -> bool {
        let (n_ints, n_bytes) = (self.widths(head_dim).0, self.n_bytes(head_dim));
        page.chunks_exact(page.len() / n_layers).all(|layer| {
            let halves = layer[layer.len() / n_bytes * n_ints..].as_chunks().0.iter();
            halves.map(|half| u16::from_le_bytes(*half)).all(|half| match self {
                Self::F16 => f16::from_bits(half).is_finite(),
                // the upper half of an f32, and no more than an f16 could be: sums stay finite too
                Self::Q8 => f32::from_bits(u32::from(half) << 16).abs() <= f16::MAX.to_f32(),
            })
        })
    }
}

/// Of each page and in it of each KV head, what a [`Page`] holds: keys, then values.
struct Layer {
    /// If these are 8-bit integers.
    ints: Vec<i8>,
    /// Otherwise, or the scales of the integers.
    halves: Vec<u16>,
}

/// Keys and values of all layers.
pub(crate) struct Layers {
    kv: KvType,
    n_kv_heads: usize,
    head_dim: usize,
    layers: Vec<Layer>,
}

impl Layers {
    pub(crate) fn new(kv: KvType, n_layers: usize, n_kv_heads: usize, head_dim: usize, n_pages: usize) -> Self {
        let (n_ints, n_halves) = kv.widths(head_dim);
        let n = n_pages * n_kv_heads * 2 * PAGE;
        let layer = |_| Layer { ints: vec![0; n * n_ints], halves: vec![0; n * n_halves] };
        Self { kv, n_kv_heads, head_dim, layers: (0..n_layers).map(layer).collect() }
    }

    pub(super) fn kv(&self) -> KvType {
        self.kv
    }

    /// Integers and halves of a page and layer.
    fn page_lens(&self) -> (usize, usize) {
        let (n_ints, n_halves) = self.kv.widths(self.head_dim);
        let n = self.n_kv_heads * 2 * PAGE;
        (n * n_ints, n * n_halves)
    }

    pub(super) fn copy(&mut self, from: usize, to: usize) {
        let (n_ints, n_halves) = self.page_lens();
        for Layer { ints, halves } in &mut self.layers {
            ints.copy_within(from * n_ints..(from + 1) * n_ints, to * n_ints);
            halves.copy_within(from * n_halves..(from + 1) * n_halves, to * n_halves);
        }
    }

    /// Stores the keys and values `[n_kv_heads * head_dim]` of one token.
    pub(crate) fn store(&mut self, layer_idx: usize, page: usize, slot: usize, k: &[f32], v: &[f32]) {
        let (n_ints, n_halves) = self.page_lens();
        let Layer { ints, halves } = &mut self.layers[layer_idx];
        let (ints, halves) = (&mut ints[page * n_ints..][..n_ints], &mut halves[page * n_halves..][..n_halves]);
        put(self.kv, self.head_dim, slot, [k, v], ints, halves);
    }

    /// Page by page, those of one KV head.
    pub(crate) fn pages(&self, layer_idx: usize, kv_head: usize, pages: &[usize]) -> HeadPages<'_> {
        let (n_ints, n_halves) = self.kv.widths(self.head_dim);
        let (n_ints, n_halves) = (n_ints * PAGE, n_halves * PAGE);
        let Layer { ints, halves } = &self.layers[layer_idx];
        let ats = pages.iter().map(|page| (page * self.n_kv_heads + kv_head) * 2);
        match self.kv {
            KvType::F16 => HeadPages::F16(ats.map(|at| page(halves, at, n_halves, &[])).collect()),
            KvType::Q8 => {
                let page = |at| page(ints, at, n_ints, &halves[at * n_halves..][..2 * n_halves]);
                HeadPages::Q8(ats.map(page).collect())
            }
        }
    }

    /// The first `n` tokens of a page as bytes, the others as zeros: of each layer the integers, then the halves.
    pub(super) fn write(&self, page: usize, n: usize, out: &mut Vec<u8>) {
        let (n_ints, n_halves) = self.page_lens();
        let zeros = vec![0.0; self.n_kv_heads * self.head_dim];
        for Layer { ints, halves } in &self.layers {
            let mut ints = ints[page * n_ints..][..n_ints].to_vec();
            let mut halves = halves[page * n_halves..][..n_halves].to_vec();
            (n..PAGE).for_each(|slot| put(self.kv, self.head_dim, slot, [&zeros, &zeros], &mut ints, &mut halves));
            out.extend(ints.iter().map(|x| *x as u8));
            out.extend(halves.iter().flat_map(|x| x.to_le_bytes()));
        }
    }

    /// Fills a page with `bytes` that [`Self::write`] gave.
    pub(super) fn read(&mut self, page: usize, bytes: &[u8]) {
        let (n_ints, n_halves) = self.page_lens();
        for (layer, bytes) in self.layers.iter_mut().zip(bytes.chunks_exact(n_ints + 2 * n_halves)) {
            let (ints, halves) = bytes.split_at(n_ints);
            layer.ints[page * n_ints..].iter_mut().zip(ints).for_each(|(to, x)| *to = *x as i8);
            let halves = halves.as_chunks().0.iter();
            layer.halves[page * n_halves..].iter_mut().zip(halves).for_each(|(to, x)| *to = u16::from_le_bytes(*x));
        }
    }
}

/// The `at`th of keys and values of `n` numbers each, and those after them.
fn page<'a, F>(all: &'a [F], at: usize, n: usize, scales: &'a [u16]) -> Page<'a, F> {
    let (k, v) = all[at * n..][..2 * n].split_at(n);
    Page { k, v, scales }
}

/// Stores the keys and values of one token in slot `slot` of a page's integers and halves. What becomes of a key or a value
/// depends on itself alone.
fn put(kv: KvType, head_dim: usize, slot: usize, both: [&[f32]; 2], ints: &mut [i8], halves: &mut [u16]) {
    let (n, n_scales) = (PAGE * head_dim, head_dim.div_ceil(BLOCK));
    let (mut row, mut q) = (vec![f16::ZERO; head_dim], vec![0; head_dim]);
    for (side, x) in both.into_iter().enumerate() {
        for (head, x) in x.chunks_exact(head_dim).enumerate() {
            let at = head * 2 + side;
            match kv {
                KvType::F16 => {
                    row.convert_from_f32_slice(x);
                    place(&mut halves[at * n..][..n], side, slot, row.reinterpret_cast());
                }
                KvType::Q8 => {
                    let scales = halves[at * n_scales * PAGE..].chunks_exact_mut(PAGE);
                    for (scales, (x, q)) in scales.zip(x.chunks(BLOCK).zip(q.chunks_mut(BLOCK))) {
                        scales[slot] = quantise(x, q);
                    }
                    place(&mut ints[at * n..][..n], side, slot, &q);
                }
            }
        }
    }
}

/// Keys stand as columns, values as rows.
fn place<F: Copy>(page: &mut [F], side: usize, slot: usize, row: &[F]) {
    match side {
        0 => page.chunks_exact_mut(PAGE).zip(row).for_each(|(to, x)| to[slot] = *x),
        _ => page[slot * row.len()..][..row.len()].copy_from_slice(row),
    }
}
