//! Attention over pages of keys and values, with a running softmax.
//!
//! Queries that read the same pages stand together in a tile: the heads that share a KV head, and a few neighbours in
//! the prompt. A long context falls into spans of [`SPAN`] pages, each with a softmax of its own, that are joined in
//! order; threads share them when there is little else to share. What a query gets depends on positions alone.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use super::Set;
use super::{
    Isa, Pool,
    panel::Float,
    pool::Disjoint,
    rows::{ROUND, exp},
};
use std::ops::Range;

/// Tokens of a page.
pub(crate) const PAGE: usize = 32;
/// Dimensions of a head that share a scale where keys and values are integers. A scale for a whole head would cost less,
/// but then one large number, as keys have them in some models, would drown all others.
pub(crate) const BLOCK: usize = 32;
/// Pages of a span.
const SPAN: usize = 8;
/// Most queries that one pass over a page serves.
const MOST: usize = 12;

/// One page of one KV head: keys `[head_dim][PAGE]`, values `[PAGE][head_dim]`.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a, F> {
    pub k: &'a [F],
    pub v: &'a [F],
    /// Of integers: `[keys or values][block of head_dim][PAGE]`, each the upper half of an f32.
    pub scales: &'a [u16],
}

/// Pages of one KV head, from position 0.
#[derive(Clone)]
pub(crate) enum HeadPages<'a> {
    F16(Vec<Page<'a, u16>>),
    Q8(Vec<Page<'a, i8>>),
}

impl Float for i8 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    const HALF: bool = false;
    fn from_f32(x: f32) -> Self {
        // adding and taking away 1.5 * 2^23 rounds to the nearest integer
        ((x + ROUND) - ROUND) as Self
    }
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
}

/// Quantises a block to -127..=127; gives its scale, which is rounded up, so that no integer would have to be larger.
pub(crate) fn quantise(x: &[f32], q: &mut [i8]) -> u16 {
    let max = x.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    let scale = (((max / 127.0).to_bits() + 0xffff) >> 16) as u16;
    // of nothing but zeros, and of what is next to nothing, there is none
    let inverse = Some(widen(scale).recip()).filter(|x| x.is_finite()).unwrap_or(0.0);
    q.iter_mut().zip(x).for_each(|(q, x)| *q = i8::from_f32(x * inverse));
    scale
}

#[inline(always)]
pub(super) fn widen(scale: u16) -> f32 {
    f32::from_bits(u32::from(scale) << 16)
}

/// How a layer attends.
#[derive(Clone, Copy)]
pub(crate) struct Attention {
    pub head_dim: usize,
    pub n_kv_heads: usize,
    /// Query heads that share a KV head.
    pub group: usize,
    /// Factor of `q . k`.
    pub scale: f32,
    /// `cap * tanh(score / cap)`, if any.
    pub softcap: Option<f32>,
    /// How many tokens back are seen, the query's own included; all if none.
    pub window: Option<usize>,
}

/// Rows `first..first + n` of a batch: neighbours in one sequence, from position `pos`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neighbours {
    pub first: usize,
    pub n: usize,
    pub pos: usize,
}

impl Attention {
    /// Most neighbours of a tile. They never lie across a multiple of it, so that all of them end on one page.
    pub(crate) fn n_neighbours(&self) -> usize {
        1 << (MOST / self.group).max(1).ilog2()
    }

    /// Attention of `q`, `[row][kv head][group][head_dim]`, into `out`, which is shaped alike. `pages(tile, kv head)`
    /// are those of the tile's sequence from position 0.
    pub(crate) fn run<'a>(
        &self,
        isa: Isa,
        pool: &mut Pool,
        tiles: &[Neighbours],
        q: &[f32],
        out: &mut [f32],
        pages: impl Fn(usize, usize) -> HeadPages<'a> + Sync,
    ) {
        let n_units = tiles.len() * self.n_kv_heads;
        let out = Disjoint::new(out);
        let gather = |unit: usize| {
            let (tile, kv_head) = (tiles[unit / self.n_kv_heads], unit % self.n_kv_heads);
            Unit {
                attention: self,
                tile,
                q: self.gather(tile, kv_head, q),
                pages: pages(unit / self.n_kv_heads, kv_head),
            }
        };
        if n_units >= 4 * pool.n_threads() {
            return pool.each(n_units, 1, |idx| {
                let unit = gather(idx);
                let mut state = unit.state();
                unit.spans().for_each(|span| unit.attend(isa, span, &mut state));
                self.scatter(unit.tile, idx % self.n_kv_heads, &state, &out);
            });
        }
        let units: Vec<_> = (0..n_units).map(gather).collect();
        let mut parts: Vec<_> = units.iter().flat_map(|u| u.spans().map(move |span| (u, span, u.state()))).collect();
        pool.split(&mut parts, 1, 1, |_, part| part[0].0.attend(isa, part[0].1, &mut part[0].2));
        let mut parts = parts.into_iter();
        for (idx, unit) in units.iter().enumerate() {
            let mut state = unit.state();
            parts.by_ref().take(unit.spans().len()).for_each(|(.., part)| state.join(&part));
            self.scatter(unit.tile, idx % self.n_kv_heads, &state, &out);
        }
    }

    /// The queries of a tile, scaled: `[neighbour][group][head_dim]`.
    fn gather(&self, tile: Neighbours, kv_head: usize, q: &[f32]) -> Vec<f32> {
        let n = self.group * self.head_dim;
        let rows = (tile.first..tile.first + tile.n).map(|row| &q[(row * self.n_kv_heads + kv_head) * n..][..n]);
        rows.flatten().map(|x| x * self.scale).collect()
    }

    #[expect(unsafe_code, reason = "threads write parts of rows")]
    fn scatter(&self, tile: Neighbours, kv_head: usize, state: &State, out: &Disjoint<'_, f32>) {
        let n = self.group * self.head_dim;
        for (i, mixed) in state.mixed.chunks_exact(n).enumerate() {
            let at = ((tile.first + i) * self.n_kv_heads + kv_head) * n;
            // SAFETY: each tile and KV head is handed out once, and no two share a place.
            let out = unsafe { out.slice(at, n) };
            let heads = out.chunks_exact_mut(self.head_dim).zip(mixed.chunks_exact(self.head_dim));
            for ((out, mixed), sum) in heads.zip(&state.sum[i * self.group..]) {
                out.iter_mut().zip(mixed).for_each(|(out, x)| *out = x / sum);
            }
        }
    }
}

/// A tile and a KV head.
struct Unit<'a, 'b> {
    attention: &'b Attention,
    tile: Neighbours,
    q: Vec<f32>,
    pages: HeadPages<'a>,
}

/// Of each query: the greatest score yet, the sum of exponentials, and the mix of values.
struct State {
    max: Vec<f32>,
    sum: Vec<f32>,
    mixed: Vec<f32>,
}

impl State {
    /// Adds what a later span found.
    fn join(&mut self, part: &Self) {
        let head_dim = self.mixed.len() / self.max.len();
        for (i, mixed) in self.mixed.chunks_exact_mut(head_dim).enumerate() {
            let max = self.max[i].max(part.max[i]);
            let base = if max == f32::NEG_INFINITY { 0.0 } else { max };
            let (own, other) = (exp(self.max[i] - base), exp(part.max[i] - base));
            self.max[i] = max;
            self.sum[i] = self.sum[i] * own + part.sum[i] * other;
            for (x, y) in mixed.iter_mut().zip(&part.mixed[i * head_dim..]) {
                *x = *x * own + y * other;
            }
        }
    }
}

impl Unit<'_, '_> {
    fn n_queries(&self) -> usize {
        self.tile.n * self.attention.group
    }

    fn state(&self) -> State {
        let n = self.n_queries();
        State { max: vec![f32::NEG_INFINITY; n], sum: vec![0.0; n], mixed: vec![0.0; self.q.len()] }
    }

    /// First position that a query sees, and its own.
    fn sees(&self, query_idx: usize) -> (usize, usize) {
        let pos = self.tile.pos + query_idx / self.attention.group;
        (self.attention.window.map_or(0, |n| (pos + 1).saturating_sub(n)), pos)
    }

    /// Indices of the spans that any query sees.
    fn spans(&self) -> Range<usize> {
        self.sees(0).0 / (PAGE * SPAN)..(self.tile.pos + self.tile.n - 1) / (PAGE * SPAN) + 1
    }

    /// Runs all queries over one span, and joins what comes of it to `state`.
    fn attend(&self, isa: Isa, span: usize, state: &mut State) {
        let first = (span * SPAN).max(self.sees(0).0 / PAGE);
        let last = ((span + 1) * SPAN - 1).min((self.tile.pos + self.tile.n - 1) / PAGE);
        let mut part = self.state();
        let (mut from, n) = (0, self.n_queries());
        while from < n {
            let width = [12, 8, 6, 4, 3, 2, 1].into_iter().find(|width| from + width <= n).unwrap_or(1);
            match width {
                12 => self.some::<12>(isa, from, first..last + 1, &mut part),
                8 => self.some::<8>(isa, from, first..last + 1, &mut part),
                6 => self.some::<6>(isa, from, first..last + 1, &mut part),
                4 => self.some::<4>(isa, from, first..last + 1, &mut part),
                3 => self.some::<3>(isa, from, first..last + 1, &mut part),
                2 => self.some::<2>(isa, from, first..last + 1, &mut part),
                _ => self.some::<1>(isa, from, first..last + 1, &mut part),
            }
            from += width;
        }
        state.join(&part);
    }

    /// Queries `from..from + R`.
    fn some<const R: usize>(&self, isa: Isa, from: usize, pages: Range<usize>, state: &mut State) {
        let head_dim = self.attention.head_dim;
        let at = from * head_dim..(from + R) * head_dim;
        let mut rows = Rows::<R> {
            sees: std::array::from_fn(|r| self.sees(from + r)),
            softcap: self.attention.softcap,
            // by dimension, so that one pointer finds the numbers of all queries
            q: (0..head_dim).map(|i| std::array::from_fn(|r| self.q[(from + r) * head_dim + i])).collect(),
            max: [f32::NEG_INFINITY; R],
            sum: [0.0; R],
            mixed: &mut state.mixed[at],
        };
        let first = pages.start;
        match &self.pages {
            HeadPages::F16(all) => rows.run(isa, first, &all[pages]),
            HeadPages::Q8(all) => rows.run(isa, first, &all[pages]),
        }
        state.max[from..from + R].copy_from_slice(&rows.max);
        state.sum[from..from + R].copy_from_slice(&rows.sum);
    }
}

/// `R` queries on their way through a span.
pub(super) struct Rows<'a, const R: usize> {
    /// First and last position seen.
    sees: [(usize, usize); R],
    softcap: Option<f32>,
    /// `[head_dim][R]`
    q: Vec<[f32; R]>,
    max: [f32; R],
    sum: [f32; R],
    mixed: &'a mut [f32],
}

impl<const R: usize> Rows<'_, R> {
    fn run<F: Float>(&mut self, isa: Isa, first: usize, pages: &[Page<'_, F>]) {
        let head_dim = self.q.len();
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            // 8 lanes at a time: other head sizes take the plain path
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
            Set::Avx2 if head_dim.is_multiple_of(8) => unsafe { super::avx2::pages(self, first, pages) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
            Set::Avx512 if head_dim.is_multiple_of(16) => unsafe { super::avx512::pages(self, first, pages) },
            #[cfg(target_arch = "aarch64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: these exist only after NEON was detected.
            Set::Neon | Set::NeonDot if head_dim.is_multiple_of(8) => unsafe { super::neon::pages(self, first, pages) },
            _ => self.run_with(first, pages, scores::<F, R>, mix::<F, R>),
        }
    }

    /// The running softmax (Milakov and Gimelshein 2018, arXiv:1805.02867) over `pages`, the first of which has index
    /// `first`, given how to score and to mix a page.
    #[inline(always)]
    pub(super) fn run_with<F>(
        &mut self,
        first: usize,
        pages: &[Page<'_, F>],
        scores: impl Fn(&[[f32; R]], &[F], &mut [[f32; PAGE]; R]),
        mix: impl Fn(&[[f32; PAGE]; R], &[f32; R], &[F], Range<usize>, &mut [f32]),
    ) {
        let mut s = [[0.0; PAGE]; R];
        let mut shrink = [0.0; R];
        for (i, page) in pages.iter().enumerate() {
            let (k_scales, v_scales) = page.scales.split_at(page.scales.len() / 2);
            match page.scales {
                [] => scores(&self.q, page.k, &mut s),
                _ => scaled_scores(&self.q, page.k, k_scales, &mut s, &scores),
            }
            let (mut max, mut base) = (self.max, [0.0; R]);
            for r in 0..R {
                self.mask(r, (first + i) * PAGE, &mut s[r]);
                max[r] = fold(&s[r], |a, b| if a > b { a } else { b }).max(max[r]);
                // where nothing is seen yet, nothing is what comes of it
                base[r] = if max[r] == f32::NEG_INFINITY { 0.0 } else { max[r] };
            }
            for r in 0..R {
                shrink[r] = exp(self.max[r] - base[r]);
            }
            for r in 0..R {
                s[r].iter_mut().for_each(|x| *x = exp(*x - base[r]));
                self.sum[r] = self.sum[r].mul_add(shrink[r], fold(&s[r], |a, b| a + b));
            }
            self.max = max;
            match page.scales {
                [] => mix(&s, &shrink, page.v, 0..self.q.len(), self.mixed),
                _ => scaled_mix(&s, &shrink, page.v, v_scales, self.mixed, &mix),
            }
        }
    }

    #[inline(always)]
    fn mask(&self, r: usize, first: usize, s: &mut [f32; PAGE]) {
        if let Some(cap) = self.softcap {
            s.iter_mut().for_each(|s| *s = cap * (*s / cap).tanh());
        }
        let (from, to) = self.sees[r];
        if first < from || first + PAGE - 1 > to {
            for (i, s) in s.iter_mut().enumerate() {
                if first + i < from || first + i > to {
                    *s = f32::NEG_INFINITY;
                }
            }
        }
    }
}

/// The scores of integers: those of each block by themselves, times the keys' scales, added in the order of blocks.
#[inline(always)]
fn scaled_scores<F, const R: usize>(
    q: &[[f32; R]],
    k: &[F],
    scales: &[u16],
    s: &mut [[f32; PAGE]; R],
    scores: impl Fn(&[[f32; R]], &[F], &mut [[f32; PAGE]; R]),
) {
    *s = [[0.0; PAGE]; R];
    let mut part = *s;
    let blocks = q.chunks(BLOCK).zip(k.chunks(BLOCK * PAGE));
    for ((q, k), scales) in blocks.zip(scales.as_chunks::<PAGE>().0) {
        scores(q, k, &mut part);
        // queries within, so that vectors lie along the keys
        for (key, scale) in scales.iter().enumerate() {
            for r in 0..R {
                s[r][key] = part[r][key].mul_add(widen(*scale), s[r][key]);
            }
        }
    }
}

/// The mix of integers: block by block, with the values' scales upon `p`.
#[inline(always)]
fn scaled_mix<F, const R: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    scales: &[u16],
    out: &mut [f32],
    mix: impl Fn(&[[f32; PAGE]; R], &[f32; R], &[F], Range<usize>, &mut [f32]),
) {
    let (head_dim, mut scaled) = (out.len() / R, [[0.0; PAGE]; R]);
    for (block, scales) in scales.as_chunks::<PAGE>().0.iter().enumerate() {
        for (key, scale) in scales.iter().enumerate() {
            for r in 0..R {
                scaled[r][key] = p[r][key] * widen(*scale);
            }
        }
        mix(&scaled, shrink, v, block * BLOCK..((block + 1) * BLOCK).min(head_dim), out);
    }
}

/// All of `s` in one, halves first: an order that any vector can keep.
#[inline(always)]
fn fold(s: &[f32; PAGE], f: impl Fn(f32, f32) -> f32) -> f32 {
    let s: [f32; 16] = std::array::from_fn(|i| f(s[i], s[i + 16]));
    let s: [f32; 8] = std::array::from_fn(|i| f(s[i], s[i + 8]));
    let s: [f32; 4] = std::array::from_fn(|i| f(s[i], s[i + 4]));
    f(f(s[0], s[2]), f(s[1], s[3]))
}

/// `s[r][key] = q[r] . k[key]`, in the order of dimensions.
fn scores<F: Float, const R: usize>(q: &[[f32; R]], k: &[F], s: &mut [[f32; PAGE]; R]) {
    for (r, s) in s.iter_mut().enumerate() {
        *s = [0.0; PAGE];
        for (q, k) in q.iter().zip(k.as_chunks::<PAGE>().0) {
            for (s, k) in s.iter_mut().zip(k) {
                *s = q[r].mul_add(k.to_f32(), *s);
            }
        }
    }
}

/// Of the dimensions `dims`, `out[r] = shrink[r] * out[r] + sum over keys of p[r][key] * v[key]`, in the order of keys.
fn mix<F: Float, const R: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    dims: Range<usize>,
    out: &mut [f32],
) {
    let head_dim = out.len() / R;
    for ((out, p), shrink) in out.chunks_mut(head_dim).zip(p).zip(shrink) {
        let out = &mut out[dims.clone()];
        out.iter_mut().for_each(|out| *out *= shrink);
        for (v, p) in v.chunks_exact(head_dim).zip(p) {
            for (out, v) in out.iter_mut().zip(&v[dims.clone()]) {
                *out = p.mul_add(v.to_f32(), *out);
            }
        }
    }
}
