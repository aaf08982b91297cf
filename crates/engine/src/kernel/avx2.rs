//! AVX2 + FMA + F16C. Every function here is safe Rust: only loads and stores touch a pointer.
#![expect(unsafe_code, reason = "vector loads and stores")]
use super::{
    attend::{PAGE, Page, Rows},
    columns::{D, HALVES, S, Tile},
    panel::{COLS, Float, GROUP, Group, LINES, Pack, Quad, Quants, ROWS, Scales},
    rows,
};
use std::{arch::x86_64::*, ops::Range};

/// See [`super::scalar::ints`]: the same sums in the same order.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn ints<H: Scales, const LOW: usize, const HIGH: usize, const N: usize, const C: usize>(
    panel: &[Pack<H, LOW, HIGH, N>],
    x: Tile<'_, C>,
) -> [[f32; ROWS]; C] {
    let mut out = [[0.0; ROWS]; C];
    for half in 0..2 {
        let mut acc = [_mm256_setzero_ps(); C];
        for (i, pack) in panel.iter().enumerate() {
            let (d0, m0) = (halves(&pack.head.d()[half * 8..]), pack.head.m().map(|m| halves(&m[half * 8..])));
            let m0 = m0.unwrap_or_else(|| _mm256_mul_ps(d0, _mm256_set1_ps(-H::OFFSET)));
            for sub in 0..N * H::SUBS {
                let block = i * N + sub / H::SUBS;
                let quads = &x.q[block][sub % H::SUBS * 4..][..8 / H::SUBS];
                let dot = dots(&pack.q[sub / H::SUBS], half, sub % H::SUBS * 4, quads);
                let meta = &x.meta[block];
                let d = pack.head.scale(sub).map_or(d0, |scale| _mm256_mul_ps(d0, small(scale, half)));
                for n in 0..C {
                    let d = _mm256_mul_ps(d, _mm256_set1_ps(meta[D][n]));
                    acc[n] = _mm256_fmadd_ps(d, _mm256_cvtepi32_ps(dot[n]), acc[n]);
                }
                if !Pack::<H, LOW, HIGH, N>::SIGNED {
                    let m = pack.head.min(sub).map_or(m0, |min| _mm256_mul_ps(m0, small(min, half)));
                    let s = if H::SUBS == 1 { &meta[S] } else { &meta[HALVES + sub % 2] };
                    for n in 0..C {
                        acc[n] = _mm256_fmadd_ps(m, _mm256_set1_ps(s[n]), acc[n]);
                    }
                }
            }
        }
        for n in 0..C {
            store(&mut out[n][half * 8..], acc[n]);
        }
    }
    out
}

/// Integer dot products of 8 rows with `C` columns, over `quads`, which begin at `first`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dots<const LOW: usize, const HIGH: usize, const C: usize>(
    w: &Quants<LOW, HIGH>,
    half: usize,
    first: usize,
    quads: &[[[i8; 4]; C]],
) -> [__m256i; C] {
    // how many products may be added in 16 bits before they overflow: 2 * 127 * (15, 31, 63 or 128) each
    let run = match (LOW, HIGH) {
        (8, _) => 1,
        (_, 0) => 8,
        (_, 1) => 4,
        _ => 2,
    };
    let mut dot = [_mm256_setzero_si256(); C];
    for (i, quads) in quads.chunks(run).enumerate() {
        let mut sum = [_mm256_setzero_si256(); C];
        for (j, x) in quads.iter().enumerate() {
            let w = weights(w, half, first + i * run + j);
            for n in 0..C {
                let x = _mm256_set1_epi32(i32::from_ne_bytes(x[n].map(|b| b as u8)));
                // maddubs wants unsigned * signed: move the sign of the weight onto the activation
                let p = if LOW == 8 {
                    _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w))
                } else {
                    _mm256_maddubs_epi16(w, x)
                };
                sum[n] = _mm256_add_epi16(sum[n], p);
            }
        }
        for n in 0..C {
            dot[n] = _mm256_add_epi32(dot[n], _mm256_madd_epi16(sum[n], _mm256_set1_epi16(1)));
        }
    }
    dot
}

/// See [`super::scalar::split`]: the same sums in the same order.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn split<const C: usize>(
    group: Group<'_>,
    panels: Range<usize>,
    hot: Option<&[u8]>,
    x: Tile<'_, C>,
    out: &mut [[[f32; ROWS]; C]; GROUP],
) {
    for (block, (highs, lows)) in group.high.iter().zip(group.low).enumerate() {
        let (q, meta) = (&x.q[block], &x.meta[block]);
        let hot = hot.map_or(255, |hot| hot[block]);
        for (panel, half) in panels.clone().flat_map(|panel| [(panel, 0), (panel, 1)]) {
            let (high, out) = (&highs[panel], &mut out[panel]);
            let highs = nibbles(q, half, [0, 1, 2, 3].map(|line| Some(&high.q[0].low[line])));
            let lows = nibbles(q, half, [0, 1, 2, 3].map(|line| (hot >> line & 1 == 1).then_some(&lows[line][panel])));
            let d = halves(&high.head.d()[half * 8..]);
            for c in 0..C {
                let start = _mm256_add_epi32(_mm256_set1_epi32(x.minus_128[block][c]), lows[c]);
                let dot = _mm256_add_epi32(_mm256_slli_epi32::<4>(highs[c]), start);
                let dx = _mm256_mul_ps(d, _mm256_set1_ps(meta[D][c]));
                let to = &mut out[c][half * 8..][..8];
                store(to, _mm256_fmadd_ps(dx, _mm256_cvtepi32_ps(dot), eight(to)));
            }
        }
    }
}

/// Integer dot products of 8 rows of nibbles, 8 where there is no line, with `C` columns. 8 products fit in 16 bits.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn nibbles<const C: usize>(q: &[[[i8; 4]; C]; 8], half: usize, lines: [Option<&Quad>; LINES]) -> [__m256i; C] {
    let mut sum = [_mm256_setzero_si256(); C];
    for (quad, x) in q.iter().enumerate() {
        let w = lines[quad % LINES].map_or(_mm256_set1_epi8(-120), |line| load(line, half));
        let w = if quad < LINES { w } else { _mm256_srli_epi16::<4>(w) };
        let w = _mm256_and_si256(w, _mm256_set1_epi8(15));
        for c in 0..C {
            let x = _mm256_set1_epi32(i32::from_ne_bytes(x[c].map(|b| b as u8)));
            sum[c] = _mm256_add_epi16(sum[c], _mm256_maddubs_epi16(w, x));
        }
    }
    for sum in &mut sum {
        *sum = _mm256_madd_epi16(*sum, _mm256_set1_epi16(1));
    }
    sum
}

/// The integers of 8 rows by 4 columns.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn weights<const LOW: usize, const HIGH: usize>(w: &Quants<LOW, HIGH>, half: usize, quad: usize) -> __m256i {
    if LOW == 8 {
        return load(&w.low[quad], half);
    }
    let low = load(&w.low[quad % 4], half);
    let low = if quad < 4 { low } else { _mm256_srli_epi16::<4>(low) };
    let low = _mm256_and_si256(low, _mm256_set1_epi8(15));
    let (bits, shift, mask) = match HIGH {
        0 => return low,
        1 => (&w.high[0], quad as i32 - 4, 0x10),
        _ => (&w.high[quad / 4], quad as i32 % 4 * 2 - 4, 0x30),
    };
    let bits = load(bits, half);
    let bits = match shift {
        0.. => _mm256_srl_epi16(bits, _mm_cvtsi32_si128(shift)),
        _ => _mm256_sll_epi16(bits, _mm_cvtsi32_si128(-shift)),
    };
    _mm256_or_si256(low, _mm256_and_si256(bits, _mm256_set1_epi8(mask)))
}

/// See [`super::scalar::floats`]: the same sums in the same order.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn floats<F: Float, const C: usize>(panel: &[[F; ROWS]], x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    let mut acc = [[_mm256_setzero_ps(); 2]; C];
    for (w, x) in panel.iter().zip(x.x) {
        let w = [eight(&w[..8]), eight(&w[8..])];
        for n in 0..C {
            let x = _mm256_set1_ps(x[n]);
            acc[n] = [_mm256_fmadd_ps(w[0], x, acc[n][0]), _mm256_fmadd_ps(w[1], x, acc[n][1])];
        }
    }
    let mut out = [[0.0; ROWS]; C];
    for n in 0..C {
        store(&mut out[n], acc[n][0]);
        store(&mut out[n][8..], acc[n][1]);
    }
    out
}

/// See [`Rows::run_with`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn pages<F: Float, const R: usize>(rows: &mut Rows<'_, R>, first: usize, pages: &[Page<'_, F>]) {
    rows.run_with(first, pages, |q, k, s| scores(q, k, s), |p, shrink, v, dims, out| mix(p, shrink, v, dims, out));
}

/// `s[r][key] = q[r] . k[key]` for a page of keys, `k` as `[head_dim][PAGE]`.
#[target_feature(enable = "avx2,fma,f16c")]
fn scores<F: Float, const R: usize>(q: &[[f32; R]], k: &[F], s: &mut [[f32; PAGE]; R]) {
    for key in (0..PAGE).step_by(8) {
        let mut acc = [_mm256_setzero_ps(); R];
        for (q, k) in q.iter().zip(k.as_chunks::<PAGE>().0) {
            let k = eight(&k[key..]);
            for r in 0..R {
                acc[r] = _mm256_fmadd_ps(_mm256_set1_ps(q[r]), k, acc[r]);
            }
        }
        for r in 0..R {
            store(&mut s[r][key..], acc[r]);
        }
    }
}

/// Of the dimensions `dims`, `out[r] = shrink[r] * out[r] + sum over keys of p[r][key] * v[key]`, `v` as `[PAGE][head_dim]`.
#[target_feature(enable = "avx2,fma,f16c")]
fn mix<F: Float, const R: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    dims: Range<usize>,
    out: &mut [f32],
) {
    let head_dim = out.len() / R;
    for i in dims.step_by(8) {
        let mut acc = [_mm256_setzero_ps(); R];
        for r in 0..R {
            acc[r] = _mm256_mul_ps(eight(&out[r * head_dim + i..]), _mm256_set1_ps(shrink[r]));
        }
        for (key, v) in v.chunks_exact(head_dim).enumerate().take(PAGE) {
            let v = eight(&v[i..]);
            for r in 0..R {
                acc[r] = _mm256_fmadd_ps(_mm256_set1_ps(p[r][key]), v, acc[r]);
            }
        }
        for r in 0..R {
            store(&mut out[r * head_dim + i..], acc[r]);
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
pub(super) fn quantise_block(x: &[f32; COLS], q: &mut [i8; COLS], rest: &mut [f32; COLS]) -> (f32, [i32; 2]) {
    rows::quantise_block_plain(x, q, rest)
}

/// The plain code, compiled for wider vectors.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gate(kind: rows::Gate, gate: &mut [f32], up: &[f32]) {
    rows::gate_plain(kind, gate, up);
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn eight<F: Float>(x: &[F]) -> __m256 {
    let at = x[..8].as_ptr();
    if F::HALF {
        // SAFETY: 8 elements of 2 bytes stand at `at`.
        _mm256_cvtph_ps(unsafe { _mm_loadu_si128(at.cast()) })
    } else if size_of::<F>() == 1 {
        // SAFETY: 8 elements of 1 byte stand at `at`.
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(unsafe { _mm_loadl_epi64(at.cast()) }))
    } else {
        // SAFETY: 8 elements of 4 bytes stand at `at`.
        unsafe { _mm256_loadu_ps(at.cast()) }
    }
}

/// The factors of 8 rows.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn small(x: &[i8; ROWS], half: usize) -> __m256 {
    eight(&x[half * 8..])
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
fn store(to: &mut [f32], x: __m256) {
    let to = &mut to[..8];
    // SAFETY: `to` is 8 writable floats and `storeu` needs no alignment.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), x) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn load(x: &Quad, half: usize) -> __m256i {
    let x = &x[half * 32..][..32];
    // SAFETY: `x` is 32 readable bytes and `loadu` needs no alignment.
    unsafe { _mm256_loadu_si256(x.as_ptr().cast()) }
}
