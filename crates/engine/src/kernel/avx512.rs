//! AVX-512 with VNNI: 16 rows in one register, four products in one instruction.
#![expect(unsafe_code, reason = "vector loads and stores")]
use super::{
    attend::{PAGE, Page, Rows},
    columns::{D, HALVES, S, Tile},
    panel::{COLS, Float, GROUP, Group, LINES, Pack, Quad, Quants, ROWS, Scales},
    rows,
};
use std::{arch::x86_64::*, ops::Range};

/// See [`super::scalar::ints`]: the same sums in the same order.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn ints<H: Scales, const LOW: usize, const HIGH: usize, const N: usize, const C: usize>(
    panel: &[Pack<H, LOW, HIGH, N>],
    x: Tile<'_, C>,
) -> [[f32; ROWS]; C] {
    let mut acc = [_mm512_setzero_ps(); C];
    let blocks = x.q.as_chunks::<N>().0.iter().zip(x.meta.as_chunks::<N>().0).zip(x.minus_128.as_chunks::<N>().0);
    for (pack, ((q, meta), minus_128)) in panel.iter().zip(blocks) {
        let d0 = sixteen(pack.head.d());
        let m0 = pack.head.m().map_or_else(|| _mm512_mul_ps(d0, _mm512_set1_ps(-H::OFFSET)), |m| sixteen(m));
        for block in 0..N {
            for half in 0..H::SUBS {
                let sub = block * H::SUBS + half;
                // unsigned weights are what the instruction takes; what is signed is kept 128 too high, so take it off
                let start = if LOW == 8 { minus_128[block] } else { [0; C] };
                let dot = dots(&pack.q[block], half * 4, 8 / H::SUBS, start, &q[block]);
                let d = pack.head.scale(sub).map_or(d0, |scale| _mm512_mul_ps(d0, sixteen(scale)));
                for n in 0..C {
                    let d = _mm512_mul_ps(d, _mm512_set1_ps(meta[block][D][n]));
                    acc[n] = _mm512_fmadd_ps(d, _mm512_cvtepi32_ps(dot[n]), acc[n]);
                }
                if LOW != 8 {
                    let m = pack.head.min(sub).map_or(m0, |min| _mm512_mul_ps(m0, sixteen(min)));
                    let s = if H::SUBS == 1 { &meta[block][S] } else { &meta[block][HALVES + half] };
                    for n in 0..C {
                        acc[n] = _mm512_fmadd_ps(m, _mm512_set1_ps(s[n]), acc[n]);
                    }
                }
            }
        }
    }
    let mut out = [[0.0; ROWS]; C];
    for n in 0..C {
        store(&mut out[n], acc[n]);
    }
    out
}

/// Integer dot products of 16 rows with `C` columns, over `n` quads from `first`, added to `start`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn dots<const LOW: usize, const HIGH: usize, const C: usize>(
    w: &Quants<LOW, HIGH>,
    first: usize,
    n: usize,
    start: [i32; C],
    q: &[[[i8; 4]; C]; 8],
) -> [__m512i; C] {
    let mut dot = start.map(|start| _mm512_set1_epi32(start));
    // two chains where one column alone would wait for each product
    let mut other = [_mm512_setzero_si512(); C];
    for (i, x) in q[first..first + n].iter().enumerate() {
        let quad = first + i;
        let w = weights(w, quad);
        for c in 0..C {
            let x = _mm512_set1_epi32(i32::from_ne_bytes(x[c].map(|b| b as u8)));
            if C <= 2 && quad % 2 == 1 {
                other[c] = _mm512_dpbusd_epi32(other[c], w, x);
            } else {
                dot[c] = _mm512_dpbusd_epi32(dot[c], w, x);
            }
        }
    }
    if C <= 2 {
        for c in 0..C {
            dot[c] = _mm512_add_epi32(dot[c], other[c]);
        }
    }
    dot
}

/// See [`super::scalar::split`]: the same sums in the same order.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
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
        for panel in panels.clone() {
            let (high, out) = (&highs[panel], &mut out[panel]);
            let mut dot = x.minus_128[block].map(|start| _mm512_set1_epi32(start));
            let mut other = [_mm512_setzero_si512(); C];
            // all weights before the first product: between branches, the compiler would keep each broadcast in memory
            let mut w = [_mm512_set1_epi8(8); 8];
            for (quad, w) in w.iter_mut().enumerate() {
                let high = load(&high.q[0].low[quad % LINES]);
                let high = if quad < LINES { _mm512_slli_epi16::<4>(high) } else { high };
                // nothing is read where nothing is asked for, and no branch has to be guessed
                let is_hot = 0u64.wrapping_sub(u64::from(hot >> (quad % LINES) & 1));
                let low = low_or_eights(&lows[quad % LINES][panel], is_hot);
                *w = if quad < LINES { low } else { _mm512_srli_epi16::<4>(low) };
                // the high nibble of the one, the low nibble of the other
                *w = _mm512_ternarylogic_epi32::<0b1101_1000>(high, *w, _mm512_set1_epi8(15));
            }
            for (quad, (w, x)) in w.into_iter().zip(q).enumerate() {
                for c in 0..C {
                    let x = _mm512_set1_epi32(i32::from_ne_bytes(x[c].map(|b| b as u8)));
                    let to = if quad % 2 == 0 || C > 2 { &mut dot[c] } else { &mut other[c] };
                    *to = _mm512_dpbusd_epi32(*to, w, x);
                }
            }
            let d = sixteen(high.head.d());
            for c in 0..C {
                let dot = if C > 2 { dot[c] } else { _mm512_add_epi32(dot[c], other[c]) };
                let dx = _mm512_mul_ps(d, _mm512_set1_ps(meta[D][c]));
                let sum = _mm512_fmadd_ps(dx, _mm512_cvtepi32_ps(dot), sixteen(&out[c]));
                store(&mut out[c], sum);
            }
        }
    }
}

/// Nibbles that are not asked for are 8.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn low_or_eights(low: &Quad, asked: u64) -> __m512i {
    let (from, eights) = (low.as_ptr().cast(), _mm512_set1_epi8(-120));
    // SAFETY: 64 bytes are read of an array that has them; alignment does not matter.
    unsafe { _mm512_mask_loadu_epi8(eights, asked, from) }
}

/// The integers of 16 rows by 4 columns, unsigned.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn weights<const LOW: usize, const HIGH: usize>(w: &Quants<LOW, HIGH>, quad: usize) -> __m512i {
    if LOW == 8 {
        return _mm512_xor_si512(load(&w.low[quad]), _mm512_set1_epi8(-128));
    }
    let low = load(&w.low[quad % 4]);
    let low = if quad < 4 { low } else { _mm512_srli_epi16::<4>(low) };
    let mask = match HIGH {
        0 => return _mm512_and_si512(low, _mm512_set1_epi8(15)),
        1 => 0x10,
        _ => 0x30,
    };
    let (bits, shift) =
        if HIGH == 1 { (&w.high[0], quad as i32 - 4) } else { (&w.high[quad / 4], quad as i32 % 4 * 2 - 4) };
    let bits = load(bits);
    let bits = match shift {
        0.. => _mm512_srl_epi16(bits, _mm_cvtsi32_si128(shift)),
        _ => _mm512_sll_epi16(bits, _mm_cvtsi32_si128(-shift)),
    };
    // low nibble of the one, masked bits of the other
    let bits = _mm512_and_si512(bits, _mm512_set1_epi8(mask));
    _mm512_ternarylogic_epi32::<0b1111_1000>(bits, low, _mm512_set1_epi8(15))
}

/// See [`super::scalar::floats`]: the same sums in the same order.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn floats<F: Float, const C: usize>(panel: &[[F; ROWS]], x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    let mut acc = [_mm512_setzero_ps(); C];
    for (w, x) in panel.iter().zip(x.x) {
        let w = sixteen(w);
        for c in 0..C {
            acc[c] = _mm512_fmadd_ps(w, _mm512_set1_ps(x[c]), acc[c]);
        }
    }
    let mut out = [[0.0; ROWS]; C];
    for c in 0..C {
        store(&mut out[c], acc[c]);
    }
    out
}

/// See [`Rows::run_with`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn pages<F: Float, const R: usize>(rows: &mut Rows<'_, R>, first: usize, pages: &[Page<'_, F>]) {
    rows.run_with(first, pages, |q, k, s| scores(q, k, s), |p, shrink, v, dims, out| mix(p, shrink, v, dims, out));
}

/// `s[r][key] = q[r] . k[key]` for a page of keys, `k` as `[head_dim][PAGE]`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn scores<F: Float, const R: usize>(q: &[[f32; R]], k: &[F], s: &mut [[f32; PAGE]; R]) {
    let mut acc = [[_mm512_setzero_ps(); 2]; R];
    for (q, k) in q.iter().zip(k.as_chunks::<PAGE>().0) {
        let (k0, k1) = (sixteen(&k[..16]), sixteen(&k[16..]));
        for r in 0..R {
            let q = _mm512_set1_ps(q[r]);
            acc[r] = [_mm512_fmadd_ps(q, k0, acc[r][0]), _mm512_fmadd_ps(q, k1, acc[r][1])];
        }
    }
    for r in 0..R {
        store(&mut s[r][..16], acc[r][0]);
        store(&mut s[r][16..], acc[r][1]);
    }
}

/// Of the dimensions `dims`, `out[r] = shrink[r] * out[r] + sum over keys of p[r][key] * v[key]`, `v` as `[PAGE][head_dim]`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn mix<F: Float, const R: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    dims: Range<usize>,
    out: &mut [f32],
) {
    let mut i = dims.start;
    while i < dims.end {
        // as many lanes at once as registers hold: one alone would wait for each sum
        if R <= 4 && dims.end - i >= 64 {
            mix_at::<F, R, 4>(p, shrink, v, out, i);
            i += 64;
        } else if dims.end - i >= 32 {
            mix_at::<F, R, 2>(p, shrink, v, out, i);
            i += 32;
        } else {
            mix_at::<F, R, 1>(p, shrink, v, out, i);
            i += 16;
        }
    }
}

/// [`mix`] for `16 * V` dimensions from `i`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn mix_at<F: Float, const R: usize, const V: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    out: &mut [f32],
    i: usize,
) {
    let head_dim = out.len() / R;
    let mut acc = [[_mm512_setzero_ps(); V]; R];
    for r in 0..R {
        for j in 0..V {
            acc[r][j] = _mm512_mul_ps(sixteen(&out[r * head_dim + i + j * 16..]), _mm512_set1_ps(shrink[r]));
        }
    }
    for key in 0..PAGE {
        let v = &v[key * head_dim + i..][..16 * V];
        let mut values = [_mm512_setzero_ps(); V];
        for j in 0..V {
            values[j] = sixteen(&v[j * 16..][..16]);
        }
        for r in 0..R {
            let p = _mm512_set1_ps(p[r][key]);
            for j in 0..V {
                acc[r][j] = _mm512_fmadd_ps(p, values[j], acc[r][j]);
            }
        }
    }
    for r in 0..R {
        for j in 0..V {
            store(&mut out[r * head_dim + i + j * 16..], acc[r][j]);
        }
    }
}

/// The plain code, compiled for wider vectors.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    rows::rms_norm_plain(x, weight, eps, out);
}

/// See [`rows::quantise_block_plain`]: the same numbers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn quantise_block(x: &[f32; COLS], q: &mut [i8; COLS], rest: &mut [f32; COLS]) -> (f32, [i32; 2]) {
    let (a, b) = (sixteen(&x[..16]), sixteen(&x[16..]));
    let max = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
    let (d, inverse) = rows::scale_of(max);
    let mut sums = [0; 2];
    for (half, x) in [a, b].into_iter().enumerate() {
        let ints = _mm512_cvtps_epi32(_mm512_mul_ps(x, _mm512_set1_ps(inverse)));
        let bytes = _mm512_cvtepi32_epi8(ints);
        // SAFETY: 16 writable bytes stand there, and `storeu` needs no alignment.
        unsafe { _mm_storeu_si128(q[half * 16..][..16].as_mut_ptr().cast(), bytes) };
        sums[half] = _mm512_reduce_add_epi32(ints);
        let left = _mm512_fnmadd_ps(_mm512_set1_ps(d), _mm512_cvtepi32_ps(ints), x);
        store(&mut rest[half * 16..], left);
    }
    (d, sums)
}

/// See [`rows::gate_plain`]: the same numbers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn gate(kind: rows::Gate, values: &mut [f32], up: &[f32]) {
    let (chunks, rest) = values.as_chunks_mut::<16>();
    let (ups, rest_up) = up.as_chunks::<16>();
    let one = _mm512_set1_ps(1.0);
    for (values, up) in chunks.iter_mut().zip(ups) {
        let x = sixteen(&*values);
        let steep = match kind {
            rows::Gate::Silu => _mm512_xor_ps(x, _mm512_set1_ps(-0.0)),
            rows::Gate::Gelu => {
                let cubic = _mm512_mul_ps(_mm512_mul_ps(_mm512_set1_ps(rows::GELU[1]), x), x);
                let u = _mm512_mul_ps(_mm512_mul_ps(_mm512_set1_ps(rows::GELU[0]), x), _mm512_add_ps(cubic, one));
                _mm512_mul_ps(_mm512_set1_ps(-2.0), u)
            }
        };
        let y = _mm512_div_ps(x, _mm512_add_ps(one, exp(steep)));
        store(values, _mm512_mul_ps(y, sixteen(up)));
    }
    rows::gate_plain(kind, rest, rest_up);
}

/// See [`rows::exp`]: the same numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn exp(x: __m512) -> __m512 {
    let set = |x: f32| _mm512_set1_ps(x);
    let low = set(rows::EXP_LOW);
    let clamped = _mm512_min_ps(set(rows::EXP_HIGH), _mm512_max_ps(low, x));
    let shifted = _mm512_add_ps(_mm512_mul_ps(clamped, set(std::f32::consts::LOG2_E)), set(rows::ROUND));
    let n = _mm512_sub_ps(shifted, set(rows::ROUND));
    let r = _mm512_fmadd_ps(n, set(rows::LN2[1]), _mm512_fmadd_ps(n, set(rows::LN2[0]), clamped));
    let mut p = set(rows::EXP_POLY[0]);
    for c in &rows::EXP_POLY[1..] {
        p = _mm512_fmadd_ps(p, r, set(*c));
    }
    let y = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, set(1.0)));
    let power = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
    let power = _mm512_castsi512_ps(_mm512_add_epi32(power, _mm512_set1_epi32(127 << 23)));
    _mm512_maskz_mul_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(x, low), y, power)
}

/// 16 numbers as floats.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn sixteen<F: Float>(x: &[F]) -> __m512 {
    let at = x[..16].as_ptr();
    if F::HALF {
        // SAFETY: 16 elements of 2 bytes stand at `at`, and `loadu` needs no alignment.
        _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(at.cast()) })
    } else if size_of::<F>() == 1 {
        // SAFETY: 16 elements of 1 byte stand at `at`, and `loadu` needs no alignment.
        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(unsafe { _mm_loadu_si128(at.cast()) }))
    } else {
        // SAFETY: 16 elements of 4 bytes stand at `at`, and `loadu` needs no alignment.
        unsafe { _mm512_loadu_ps(at.cast()) }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn load(x: &Quad) -> __m512i {
    // SAFETY: `x` is 64 readable bytes and `loadu` needs no alignment.
    unsafe { _mm512_loadu_si512(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn store(to: &mut [f32], x: __m512) {
    let to = &mut to[..16];
    // SAFETY: `to` is 16 writable floats and `storeu` needs no alignment.
    unsafe { _mm512_storeu_ps(to.as_mut_ptr(), x) }
}
