//! The KV cache: pages of 32 tokens, handed to sequences and taken back.
use crate::{
    arch::Arch,
    kernel::{PAGE, Page},
};
use half::slice::HalfFloatSliceExt;

/// Keys and values of all sequences, in f16.
pub(crate) struct Cache {
    n_kv_heads: usize,
    head_dim: usize,
    n_pages: usize,
    /// Per layer: `[page][kv head][head_dim][PAGE]`.
    k: Vec<Vec<u16>>,
    /// Per layer: `[page][kv head][PAGE][head_dim]`.
    v: Vec<Vec<u16>>,
    /// Last freed, first used: memory that was never needed is never touched.
    free: Vec<usize>,
}

/// Pages that one sequence holds, in order of position.
#[derive(Debug, Default)]
pub(crate) struct Pages(Vec<usize>);

impl Cache {
    /// Room for `n_tokens` tokens.
    pub(crate) fn new(arch: &Arch, n_tokens: usize) -> Self {
        let n_pages = n_tokens.div_ceil(PAGE);
        let layer = || vec![0; n_pages * PAGE * arch.n_kv_heads * arch.head_dim];
        Self {
            n_kv_heads: arch.n_kv_heads,
            head_dim: arch.head_dim,
            n_pages,
            k: (0..arch.n_layers).map(|_| layer()).collect(),
            v: (0..arch.n_layers).map(|_| layer()).collect(),
            free: (0..n_pages).rev().collect(),
        }
    }

    /// Pages in all.
    pub(crate) fn n_pages(&self) -> usize {
        self.n_pages
    }

    /// Pages that nobody holds.
    pub(crate) fn n_free(&self) -> usize {
        self.free.len()
    }

    /// Pages that `n_tokens` tokens need.
    pub(crate) fn pages_for(n_tokens: usize) -> usize {
        n_tokens.div_ceil(PAGE)
    }

    /// Makes room in `pages` for `n_tokens` tokens; false, and nothing changed, when there are not enough.
    pub(crate) fn reserve(&mut self, pages: &mut Pages, n_tokens: usize) -> bool {
        let n_more = Self::pages_for(n_tokens).saturating_sub(pages.0.len());
        if n_more > self.free.len() {
            return false;
        }
        pages.0.extend(self.free.drain(self.free.len() - n_more..).rev());
        true
    }

    /// Takes the pages back.
    pub(crate) fn release(&mut self, pages: Pages) {
        self.free.extend(pages.0.into_iter().rev());
    }

    fn head_len(&self) -> usize {
        self.head_dim * PAGE
    }

    /// Stores the keys and values `[n_kv_heads * head_dim]` of position `pos`.
    pub(crate) fn store(&mut self, layer_idx: usize, pages: &Pages, pos: usize, k: &[f32], v: &[f32]) {
        let (head_dim, head_len, slot) = (self.head_dim, self.head_len(), pos % PAGE);
        let start = pages.0[pos / PAGE] * self.n_kv_heads * head_len;
        let range = start..start + self.n_kv_heads * head_len;
        let mut halves = vec![half::f16::ZERO; k.len()];
        halves.convert_from_f32_slice(k);
        for (page, k) in self.k[layer_idx][range.clone()].chunks_mut(head_len).zip(halves.chunks(head_dim)) {
            for (page, k) in page.chunks_mut(PAGE).zip(k) {
                page[slot] = k.to_bits();
            }
        }
        halves.convert_from_f32_slice(v);
        for (page, v) in self.v[layer_idx][range].chunks_mut(head_len).zip(halves.chunks(head_dim)) {
            for (to, v) in page[slot * head_dim..].iter_mut().zip(v) {
                *to = v.to_bits();
            }
        }
    }

    /// The pages of one KV head.
    pub(crate) fn pages<'a>(&'a self, layer_idx: usize, kv_head: usize, pages: &'a Pages) -> Vec<Page<'a>> {
        let head_len = self.head_len();
        let at = |page: &usize| (page * self.n_kv_heads + kv_head) * head_len;
        let (k, v) = (&self.k[layer_idx], &self.v[layer_idx]);
        pages.0.iter().map(|p| Page { k: &k[at(p)..][..head_len], v: &v[at(p)..][..head_len] }).collect()
    }
}
