//! Attention of one token's query heads over pages of keys and values, with a running softmax.
#[cfg(target_arch = "x86_64")]
use super::Set;
use super::{Isa, rows::exp};

/// Tokens of a page.
pub(crate) const PAGE: usize = 32;

/// One page of one KV head, in f16: keys `[head_dim][PAGE]`, values `[PAGE][head_dim]`.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    pub k: &'a [u16],
    pub v: &'a [u16],
}

/// Which tokens are seen, and how scores are scaled.
#[derive(Clone, Copy)]
pub(crate) struct Heads {
    /// First position seen.
    pub from: usize,
    /// Last position seen: the query's own.
    pub to: usize,
    /// Factor of `q . k`.
    pub scale: f32,
    /// `cap * tanh(score / cap)`, if any.
    pub softcap: Option<f32>,
}

pub(super) struct Span<'a>(&'a Heads);

impl Heads {
    /// Attention for the query heads that share one KV head: `q` and `out` are `[n][head_dim]`. `pages` are those of
    /// the sequence from position 0; the order of all sums depends on positions alone.
    pub(crate) fn attend(&self, isa: Isa, head_dim: usize, q: &[f32], pages: &[Page<'_>], out: &mut [f32]) {
        for (q, out) in q.chunks(4 * head_dim).zip(out.chunks_mut(4 * head_dim)) {
            match q.len() / head_dim {
                1 => self.group::<1>(isa, q, pages, out),
                2 => self.group::<2>(isa, q, pages, out),
                3 => self.group::<3>(isa, q, pages, out),
                _ => self.group::<4>(isa, q, pages, out),
            }
        }
    }

    fn group<const G: usize>(&self, isa: Isa, q: &[f32], pages: &[Page<'_>], out: &mut [f32]) {
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            // 8 lanes at a time: other head sizes take the plain path
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
            Set::Avx2 if (q.len() / G).is_multiple_of(8) => unsafe {
                super::avx2::span::<G>(&Span(self), q, pages, out);
            },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
            Set::Avx512 if (q.len() / G).is_multiple_of(16) => unsafe {
                super::avx512::span::<G>(&Span(self), q, pages, out);
            },
            _ => span_with::<G>(&Span(self), q, pages, out, scores::<G>, mix::<G>),
        }
    }
}

/// The running softmax (Milakov and Gimelshein 2018, arXiv:1805.02867) over pages, given how to score and to mix a page.
#[inline(always)]
pub(super) fn span_with<const G: usize>(
    span: &Span<'_>,
    q: &[f32],
    pages: &[Page<'_>],
    out: &mut [f32],
    scores: impl Fn(&[f32], &[u16], &mut [[f32; PAGE]; G]),
    mix: impl Fn(&[[f32; PAGE]; G], &[u16], &mut [f32]),
) {
    let heads = span.0;
    let head_dim = q.len() / G;
    let (mut max, mut sum) = ([f32::NEG_INFINITY; G], [0.0f32; G]);
    let mut s = [[0.0; PAGE]; G];
    out.fill(0.0);
    for (page_idx, page) in pages.iter().enumerate().take(heads.to / PAGE + 1).skip(heads.from / PAGE) {
        scores(q, page.k, &mut s);
        for (g, s) in s.iter_mut().enumerate() {
            heads.mask(s, page_idx * PAGE);
            let new_max = s.iter().copied().fold(max[g], f32::max);
            let shrink = exp(max[g] - new_max);
            s.iter_mut().for_each(|x| *x = exp(*x - new_max));
            sum[g] = sum[g].mul_add(shrink, s.iter().sum());
            max[g] = new_max;
            out[g * head_dim..][..head_dim].iter_mut().for_each(|o| *o *= shrink);
        }
        mix(&s, page.v, out);
    }
    for (out, sum) in out.chunks_mut(head_dim).zip(sum) {
        out.iter_mut().for_each(|o| *o /= sum);
    }
}

impl Heads {
    #[inline(always)]
    fn mask(&self, s: &mut [f32; PAGE], first: usize) {
        s.iter_mut().for_each(|s| *s *= self.scale);
        if let Some(cap) = self.softcap {
            s.iter_mut().for_each(|s| *s = cap * (*s / cap).tanh());
        }
        for (i, s) in s.iter_mut().enumerate() {
            if first + i < self.from || first + i > self.to {
                *s = f32::NEG_INFINITY;
            }
        }
    }
}

fn scores<const G: usize>(q: &[f32], k: &[u16], s: &mut [[f32; PAGE]; G]) {
    let head_dim = q.len() / G;
    for (g, s) in s.iter_mut().enumerate() {
        *s = [0.0; PAGE];
        for (i, k) in k.chunks_exact(PAGE).enumerate() {
            for (s, k) in s.iter_mut().zip(k) {
                *s = q[g * head_dim + i].mul_add(half::f16::from_bits(*k).to_f32(), *s);
            }
        }
    }
}

fn mix<const G: usize>(p: &[[f32; PAGE]; G], v: &[u16], out: &mut [f32]) {
    let head_dim = out.len() / G;
    for (out, p) in out.chunks_mut(head_dim).zip(p) {
        for (v, p) in v.chunks_exact(head_dim).zip(p) {
            for (out, v) in out.iter_mut().zip(v) {
                *out = p.mul_add(half::f16::from_bits(*v).to_f32(), *out);
            }
        }
    }
}
