//! AVX2 + FMA + F16C. Every function here is safe Rust: only loads and stores touch a pointer.
#![expect(unsafe_code, reason = "vector loads and stores")]
use super::{
    Column,
    attend::{PAGE, Page, Span},
    panel::{COLS, Pack, ROWS, Scale},
    rows,
};
use std::arch::x86_64::*;

/// See [`super::scalar::ints`]: the same sums in the same order.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn ints<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize, const N: usize>(
    panel: &[Pack<S, SUBS, MINS, V, RUN>],
    x: [Column<'_>; N],
    out: &mut [[f32; ROWS]],
) {
    for half in 0..2 {
        let mut acc = [_mm256_setzero_ps(); N];
        for (b, pack) in panel.iter().enumerate() {
            let q: [&[i8; COLS]; N] = std::array::from_fn(|n| block(x[n].q, b));
            for sub in 0..SUBS {
                let dot = dots(pack, half, sub, q);
                let d = scale(&pack.d[sub], half);
                for n in 0..N {
                    let d = _mm256_mul_ps(d, _mm256_set1_ps(x[n].d[b]));
                    acc[n] = _mm256_fmadd_ps(d, _mm256_cvtepi32_ps(dot[n]), acc[n]);
                }
                if MINS > 0 {
                    let m = scale(&pack.m[sub], half);
                    for n in 0..N {
                        let s = if SUBS == 1 { x[n].s[b * 2] + x[n].s[b * 2 + 1] } else { x[n].s[b * 2 + sub] };
                        acc[n] = _mm256_fmadd_ps(m, _mm256_set1_ps(s), acc[n]);
                    }
                }
            }
        }
        for n in 0..N {
            store(&mut out[n][half * 8..], acc[n]);
        }
    }
}

/// Integer dot products of 8 rows with `N` columns, over one sub-block.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dots<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize, const N: usize>(
    pack: &Pack<S, SUBS, MINS, V, RUN>,
    half: usize,
    sub: usize,
    q: [&[i8; COLS]; N],
) -> [__m256i; N] {
    let quads = 8 / SUBS;
    let mut dot = [_mm256_setzero_si256(); N];
    for first in (0..quads).step_by(RUN) {
        let mut run = [_mm256_setzero_si256(); N];
        for i in 0..RUN {
            let quad = sub * quads + first + i;
            let w = if V == 8 {
                let v = load(&pack.q[half * 4 + quad % 4]);
                let v = if quad < 4 { v } else { _mm256_srli_epi16::<4>(v) };
                _mm256_and_si256(v, _mm256_set1_epi8(15))
            } else {
                load(&pack.q[half * 8 + quad])
            };
            for n in 0..N {
                let x = four(q[n], quad);
                // maddubs wants unsigned * signed: move the sign of the weight onto the activation
                let p = if MINS == 0 {
                    _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w))
                } else {
                    _mm256_maddubs_epi16(w, x)
                };
                run[n] = _mm256_add_epi16(run[n], p);
            }
        }
        for n in 0..N {
            dot[n] = _mm256_add_epi32(dot[n], _mm256_madd_epi16(run[n], _mm256_set1_epi16(1)));
        }
    }
    dot
}

/// See [`super::scalar::floats`]: the same sums in the same order.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn floats<S: Scale, const N: usize>(panel: &[[S; ROWS]], x: [Column<'_>; N], out: &mut [[f32; ROWS]]) {
    let mut acc = [[_mm256_setzero_ps(); 2]; N];
    for (i, w) in panel.iter().enumerate() {
        let w = [scale(w, 0), scale(w, 1)];
        for n in 0..N {
            let x = _mm256_set1_ps(x[n].x[i]);
            acc[n] = [_mm256_fmadd_ps(w[0], x, acc[n][0]), _mm256_fmadd_ps(w[1], x, acc[n][1])];
        }
    }
    for n in 0..N {
        store(&mut out[n], acc[n][0]);
        store(&mut out[n][8..], acc[n][1]);
    }
}

/// See [`super::attend::span`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn span<const G: usize>(span: &Span<'_>, q: &[f32], pages: &[Page<'_>], out: &mut [f32]) {
    super::attend::span_with::<G>(span, q, pages, out, |q, k, s| scores::<G>(q, k, s), |p, v, out| mix::<G>(p, v, out));
}

/// `s[g][key] = q[g] . k[key]` for a page of keys, `k` as `[head_dim][PAGE]`.
#[target_feature(enable = "avx2,fma,f16c")]
fn scores<const G: usize>(q: &[f32], k: &[u16], s: &mut [[f32; PAGE]; G]) {
    let head_dim = q.len() / G;
    for key in (0..PAGE).step_by(16) {
        let mut acc = [[_mm256_setzero_ps(); 2]; G];
        for (i, k) in k.as_chunks::<PAGE>().0.iter().enumerate() {
            let (k0, k1) = (halves(&k[key..]), halves(&k[key + 8..]));
            for (g, acc) in acc.iter_mut().enumerate() {
                let q = _mm256_set1_ps(q[g * head_dim + i]);
                acc[0] = _mm256_fmadd_ps(q, k0, acc[0]);
                acc[1] = _mm256_fmadd_ps(q, k1, acc[1]);
            }
        }
        for (acc, s) in acc.iter().zip(s.iter_mut()) {
            store(&mut s[key..], acc[0]);
            store(&mut s[key + 8..], acc[1]);
        }
    }
}

/// `out[g] += sum over keys of p[g][key] * v[key]`, `v` as `[PAGE][head_dim]`.
#[target_feature(enable = "avx2,fma,f16c")]
fn mix<const G: usize>(p: &[[f32; PAGE]; G], v: &[u16], out: &mut [f32]) {
    let head_dim = out.len() / G;
    for i in (0..head_dim).step_by(8) {
        let mut acc: [__m256; G] = std::array::from_fn(|g| singles(&out[g * head_dim + i..]));
        for (key, v) in v.chunks_exact(head_dim).enumerate() {
            let v = halves(&v[i..]);
            for (acc, p) in acc.iter_mut().zip(p) {
                *acc = _mm256_fmadd_ps(_mm256_set1_ps(p[key]), v, *acc);
            }
        }
        for (g, acc) in acc.iter().enumerate() {
            store(&mut out[g * head_dim + i..], *acc);
        }
    }
}

/// The plain code, compiled for wider vectors.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    rows::rms_norm_plain(x, weight, eps, out);
}

/// The plain code, compiled for wider vectors.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantise_row(x: &[f32], q: &mut [i8], d: &mut [f32], s: &mut [f32]) {
    rows::quantise_row_plain(x, q, d, s);
}

/// The plain code, compiled for wider vectors.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gate(kind: rows::Gate, gate: &mut [f32], up: &[f32]) {
    rows::gate_plain(kind, gate, up);
}

fn block(q: &[i8], b: usize) -> &[i8; COLS] {
    const ZERO: &[i8; COLS] = &[0; COLS];
    q.as_chunks().0.get(b).unwrap_or(ZERO)
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn four(q: &[i8; COLS], quad: usize) -> __m256i {
    let x = q.as_chunks::<4>().0[quad];
    _mm256_set1_epi32(i32::from_ne_bytes(x.map(|b| b as u8)))
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn scale<S: Scale>(s: &[S; ROWS], half: usize) -> __m256 {
    let at = s[half * 8..].as_ptr();
    if S::HALF {
        // SAFETY: 8 elements of 2 bytes stand at `at`.
        _mm256_cvtph_ps(unsafe { _mm_loadu_si128(at.cast()) })
    } else {
        // SAFETY: 8 elements of 4 bytes stand at `at`.
        unsafe { _mm256_loadu_ps(at.cast()) }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn halves(x: &[u16]) -> __m256 {
    let x = &x[..8];
    // SAFETY: `x` is 16 readable bytes and `loadu` needs no alignment.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(x.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn singles(x: &[f32]) -> __m256 {
    let x = &x[..8];
    // SAFETY: `x` is 8 readable floats and `loadu` needs no alignment.
    unsafe { _mm256_loadu_ps(x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn store(to: &mut [f32], x: __m256) {
    let to = &mut to[..8];
    // SAFETY: `to` is 8 writable floats and `storeu` needs no alignment.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), x) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn load(x: &[u8; 32]) -> __m256i {
    // SAFETY: `x` is 32 readable bytes and `loadu` needs no alignment.
    unsafe { _mm256_loadu_si256(x.as_ptr().cast()) }
}
