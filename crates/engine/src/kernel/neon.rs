//! NEON, with its 8-bit dot product where the CPU has it. All is safe Rust but loads, stores and that one instruction.
#![expect(unsafe_code, reason = "vector loads and stores, and an instruction that stable Rust has no function for")]
use super::{
    attend::{PAGE, Page, Rows},
    columns::{D, HALVES, S, Tile},
    panel::{COLS, Float, GROUP, Group, LINES, Pack, Quad, Quants, ROWS, Scales},
    rows,
};
use std::{
    arch::{aarch64::*, asm},
    ops::Range,
};

/// Does `$part` with as many registers of 4 rows, `$V`, as there is room for with `$C` columns, until all are done.
macro_rules! each_part {
    ($C:ident, $V:ident, $first:ident => $part:expr) => {
        match $C {
            1 | 2 => {
                const $V: usize = 4;
                let $first = 0;
                $part
            }
            4 => {
                const $V: usize = 2;
                for $first in [0, 2] {
                    $part
                }
            }
            _ => {
                const $V: usize = 1;
                for $first in 0..4 {
                    $part
                }
            }
        }
    };
}

/// See [`super::scalar::ints`]: the same sums in the same order. Only where the CPU has the dot product may `DOT` be set.
#[target_feature(enable = "neon")]
pub(super) fn ints<const DOT: bool, H: Scales, const LOW: usize, const HIGH: usize, const N: usize, const C: usize>(
    panel: &[Pack<H, LOW, HIGH, N>],
    x: Tile<'_, C>,
) -> [[f32; ROWS]; C] {
    let mut out = [[0.0; ROWS]; C];
    each_part!(C, V, first => {
        let mut acc = [[vdupq_n_f32(0.0); V]; C];
        for (i, pack) in panel.iter().enumerate() {
            let d0 = fours::<_, V>(pack.head.d(), first);
            let m0 = pack.head.m().map_or_else(|| times(d0, [vdupq_n_f32(-H::OFFSET); V]), |m| fours(m, first));
            for sub in 0..N * H::SUBS {
                let (block, w) = (i * N + sub / H::SUBS, &pack.q[sub / H::SUBS]);
                let quads = sub % H::SUBS * 4..sub % H::SUBS * 4 + 8 / H::SUBS;
                let dot = dots::<DOT, C, V>(&x.q[block], quads, |quad| weights(w, first, quad));
                let d = pack.head.scale(sub).map_or(d0, |scale| times(d0, small(scale, first)));
                add(&mut acc, d, &x.meta[block][D], dot);
                if !Pack::<H, LOW, HIGH, N>::SIGNED {
                    let m = pack.head.min(sub).map_or(m0, |min| times(m0, small(min, first)));
                    let s = if H::SUBS == 1 { &x.meta[block][S] } else { &x.meta[block][HALVES + sub % 2] };
                    for c in 0..C {
                        for v in 0..V {
                            acc[c][v] = vfmaq_n_f32(acc[c][v], m[v], s[c]);
                        }
                    }
                }
            }
        }
        put(&mut out, acc, first);
    });
    out
}

/// See [`super::scalar::split`]: the same sums in the same order. `DOT` as for [`ints`].
#[target_feature(enable = "neon")]
pub(super) fn split<const DOT: bool, const C: usize>(
    group: Group<'_>,
    panels: Range<usize>,
    hot: Option<&[u8]>,
    x: Tile<'_, C>,
    out: &mut [[[f32; ROWS]; C]; GROUP],
) {
    for (block, (highs, lows)) in group.high.iter().zip(group.low).enumerate() {
        let hot = hot.map_or(15, |hot| hot[block]);
        for panel in panels.clone() {
            let (pack, out) = (&highs[panel], &mut out[panel]);
            each_part!(C, V, first => {
                let dot = dots::<DOT, C, V>(&x.q[block], 0..8, |quad| {
                    let line = quad % LINES;
                    let low = if hot >> line & 1 == 1 { load(&lows[line][panel], first) } else { [vdupq_n_u8(0x88); V] };
                    let (high, mut w) = (load::<V>(&pack.q[0].low[line], first), [vdupq_n_s8(0); V]);
                    for v in 0..V {
                        // the high nibble of the one, the low nibble of the other
                        let both = if quad < LINES {
                            vsliq_n_u8::<4>(vandq_u8(low[v], vdupq_n_u8(15)), high[v])
                        } else {
                            vsriq_n_u8::<4>(high[v], low[v])
                        };
                        w[v] = vreinterpretq_s8_u8(veorq_u8(both, vdupq_n_u8(128)));
                    }
                    w
                });
                let mut acc = [[vdupq_n_f32(0.0); V]; C];
                for c in 0..C {
                    acc[c] = fours(&out[c], first);
                }
                add(&mut acc, fours(pack.head.d(), first), &x.meta[block][D], dot);
                put(out, acc, first);
            });
        }
    }
}

/// Integer dot products of `4 * V` rows with `C` columns over `quads`, given the weights by quad.
#[inline]
#[target_feature(enable = "neon")]
fn dots<const DOT: bool, const C: usize, const V: usize>(
    q: &[[[i8; 4]; C]; 8],
    quads: std::ops::Range<usize>,
    weights: impl Fn(usize) -> [int8x16_t; V],
) -> [[int32x4_t; V]; C] {
    let mut dot = [[vdupq_n_s32(0); V]; C];
    // a register of activations is one quad of four columns, two of two, or four of one
    for quad in quads.step_by((4 / C).max(1)) {
        let mut w = weights(quad);
        for c in (0..C).step_by(4) {
            let x: &[i8] = q.as_flattened().as_flattened();
            let x = &x[(quad * C + c) * 4..][..16];
            // SAFETY: `x` is 16 readable bytes.
            let x = unsafe { vld1q_s8(x.as_ptr()) };
            lane::<DOT, 0, V>(&mut dot[c], &w, x);
            if C == 1 {
                w = weights(quad + 1);
            }
            lane::<DOT, 1, V>(&mut dot[(c + 1) % C], &w, x);
            if C <= 2 {
                w = weights(quad + 2 / C);
            }
            lane::<DOT, 2, V>(&mut dot[(c + 2) % C], &w, x);
            if C == 1 {
                w = weights(quad + 3);
            }
            lane::<DOT, 3, V>(&mut dot[(c + 3) % C], &w, x);
        }
    }
    dot
}

/// Adds to each of `V` fours of sums the products of four weights and the four activations in `LANE`. `DOT` as for [`ints`].
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn lane<const DOT: bool, const LANE: i32, const V: usize>(
    dot: &mut [int32x4_t; V],
    w: &[int8x16_t; V],
    x: int8x16_t,
) {
    for (sum, w) in dot.iter_mut().zip(w) {
        if DOT {
            // SAFETY: the CPU has this instruction where `DOT` is set, and it reads and writes these registers alone.
            unsafe {
                asm!(
                    ".arch_extension dotprod",
                    "sdot {sum:v}.4s, {w:v}.16b, {x:v}.4b[{lane}]",
                    sum = inout(vreg) *sum, w = in(vreg) *w, x = in(vreg) x, lane = const LANE,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
        } else {
            let x = vreinterpretq_s8_s32(vdupq_laneq_s32::<LANE>(vreinterpretq_s32_s8(x)));
            // two products fit in 16 bits: 2 * 127 * 128
            let pairs = vpaddq_s16(vmull_s8(vget_low_s8(*w), vget_low_s8(x)), vmull_high_s8(*w, x));
            *sum = vpadalq_s16(*sum, pairs);
        }
    }
}

/// The integers of `4 * V` rows by 4 columns: unsigned ones have 6 bits at most.
#[inline]
#[target_feature(enable = "neon")]
fn weights<const LOW: usize, const HIGH: usize, const V: usize>(
    w: &Quants<LOW, HIGH>,
    first: usize,
    quad: usize,
) -> [int8x16_t; V] {
    let mut out = [vdupq_n_s8(0); V];
    let low = load::<V>(&w.low[if LOW == 8 { quad } else { quad % 4 }], first);
    let (bits, shift, mask) = match HIGH {
        0 => (low, 0, 0),
        1 => (load(&w.high[0], first), 4 - quad as i8, 0x10),
        _ => (load(&w.high[quad / 4], first), 4 - quad as i8 % 4 * 2, 0x30),
    };
    for v in 0..V {
        let low = match LOW {
            8 => low[v],
            _ if quad < 4 => vandq_u8(low[v], vdupq_n_u8(15)),
            _ => vshrq_n_u8::<4>(low[v]),
        };
        let bits = vshlq_u8(bits[v], vdupq_n_s8(shift));
        out[v] = vreinterpretq_s8_u8(if HIGH == 0 { low } else { vbslq_u8(vdupq_n_u8(mask), bits, low) });
    }
    out
}

/// `acc[c] += d * x_d[c] * dot[c]`.
#[inline]
#[target_feature(enable = "neon")]
fn add<const C: usize, const V: usize>(
    acc: &mut [[float32x4_t; V]; C],
    d: [float32x4_t; V],
    x_d: &[f32; C],
    dot: [[int32x4_t; V]; C],
) {
    for c in 0..C {
        for v in 0..V {
            acc[c][v] = vfmaq_f32(acc[c][v], vmulq_n_f32(d[v], x_d[c]), vcvtq_f32_s32(dot[c][v]));
        }
    }
}

/// See [`super::scalar::floats`]: the same sums in the same order.
#[target_feature(enable = "neon")]
pub(super) fn floats<F: Float, const C: usize>(panel: &[[F; ROWS]], x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    let mut out = [[0.0; ROWS]; C];
    each_part!(C, V, first => {
        let mut acc = [[vdupq_n_f32(0.0); V]; C];
        for (w, x) in panel.iter().zip(x.x) {
            let w = fours::<_, V>(w, first);
            for c in 0..C {
                for v in 0..V {
                    acc[c][v] = vfmaq_n_f32(acc[c][v], w[v], x[c]);
                }
            }
        }
        put(&mut out, acc, first);
    });
    out
}

/// See [`Rows::run_with`].
#[target_feature(enable = "neon")]
pub(super) fn pages<F: Float, const R: usize>(rows: &mut Rows<'_, R>, first: usize, pages: &[Page<'_, F>]) {
    rows.run_with(first, pages, |q, k, s| scores(q, k, s), |p, shrink, v, dims, out| mix(p, shrink, v, dims, out));
}

/// `s[r][key] = q[r] . k[key]` for a page of keys, `k` as `[head_dim][PAGE]`.
#[target_feature(enable = "neon")]
fn scores<F: Float, const R: usize>(q: &[[f32; R]], k: &[F], s: &mut [[f32; PAGE]; R]) {
    // as many keys at once as registers hold: few would wait for each sum
    if R <= 3 {
        return scores_at::<_, R, 8>(q, k, s, 0);
    }
    (0..PAGE).step_by(8).for_each(|key| scores_at::<_, R, 2>(q, k, s, key));
}

/// [`scores`] for `4 * V` keys from `key`.
#[inline]
#[target_feature(enable = "neon")]
fn scores_at<F: Float, const R: usize, const V: usize>(q: &[[f32; R]], k: &[F], s: &mut [[f32; PAGE]; R], key: usize) {
    let mut acc = [[vdupq_n_f32(0.0); V]; R];
    for (q, k) in q.iter().zip(k.as_chunks::<PAGE>().0) {
        let k = fours::<_, V>(k, key / 4);
        for r in 0..R {
            for v in 0..V {
                acc[r][v] = vfmaq_n_f32(acc[r][v], k[v], q[r]);
            }
        }
    }
    put(s, acc, key / 4);
}

/// Of the dimensions `dims`, `out[r] = shrink[r] * out[r] + sum over keys of p[r][key] * v[key]`, `v` as `[PAGE][head_dim]`.
#[target_feature(enable = "neon")]
fn mix<F: Float, const R: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    dims: Range<usize>,
    out: &mut [f32],
) {
    let mut i = dims.start;
    while i < dims.end {
        if R <= 3 && dims.end - i >= 32 {
            mix_at::<_, R, 8>(p, shrink, v, out, i);
            i += 32;
        } else {
            mix_at::<_, R, 2>(p, shrink, v, out, i);
            i += 8;
        }
    }
}

/// [`mix`] for `4 * V` dimensions from `i`.
#[inline]
#[target_feature(enable = "neon")]
fn mix_at<F: Float, const R: usize, const V: usize>(
    p: &[[f32; PAGE]; R],
    shrink: &[f32; R],
    v: &[F],
    out: &mut [f32],
    i: usize,
) {
    let head_dim = out.len() / R;
    let mut acc = [[vdupq_n_f32(0.0); V]; R];
    for r in 0..R {
        acc[r] = times(fours(&out[r * head_dim..], i / 4), [vdupq_n_f32(shrink[r]); V]);
    }
    for (key, values) in v.chunks_exact(head_dim).enumerate().take(PAGE) {
        let values = fours::<_, V>(values, i / 4);
        for r in 0..R {
            for v in 0..V {
                acc[r][v] = vfmaq_n_f32(acc[r][v], values[v], p[r][key]);
            }
        }
    }
    for (out, acc) in out.chunks_exact_mut(head_dim).zip(acc) {
        store(out, acc, i / 4);
    }
}

/// See [`rows::quantise_block_plain`]: the same numbers.
#[target_feature(enable = "neon")]
pub(super) fn quantise_block(x: &[f32; COLS], q: &mut [i8; COLS], rest: &mut [f32; COLS]) -> (f32, [i32; 2]) {
    let x = fours::<_, 8>(x, 0);
    let max = x.into_iter().fold(vdupq_n_f32(0.0), |max, x| vmaxnmq_f32(max, vabsq_f32(x)));
    let (d, inverse) = rows::scale_of(vmaxnmvq_f32(max));
    let (mut ints, mut left) = ([vdupq_n_s32(0); 8], x);
    for v in 0..8 {
        ints[v] = vcvtnq_s32_f32(vmulq_n_f32(x[v], inverse));
        left[v] = vfmsq_n_f32(x[v], vcvtq_f32_s32(ints[v]), d);
    }
    store(rest, left, 0);
    let mut sums = [0; 2];
    for (half, [a, b, c, d]) in ints.as_chunks::<4>().0.iter().enumerate() {
        let pair = |x, y| vcombine_s16(vmovn_s32(x), vmovn_s32(y));
        let bytes = vcombine_s8(vmovn_s16(pair(*a, *b)), vmovn_s16(pair(*c, *d)));
        // SAFETY: 16 writable bytes stand there.
        unsafe { vst1q_s8(q[half * 16..][..16].as_mut_ptr(), bytes) };
        sums[half] = i32::from(vaddlvq_s8(bytes));
    }
    (d, sums)
}

/// `4 * V` numbers as floats, from number `4 * first` on.
#[inline]
#[target_feature(enable = "neon")]
fn fours<F: Float, const V: usize>(x: &[F], first: usize) -> [float32x4_t; V] {
    let x = x[first * 4..][..V * 4].as_chunks::<4>().0;
    let mut out = [vdupq_n_f32(0.0); V];
    for v in 0..V {
        let at = x[v].as_ptr();
        out[v] = if F::HALF {
            // SAFETY: 4 elements of 2 bytes stand at `at`.
            vcvt_f32_f16(vreinterpret_f16_u16(unsafe { vld1_u16(at.cast()) }))
        } else if size_of::<F>() == 1 {
            // SAFETY: 4 elements of 1 byte stand at `at`.
            let bytes = unsafe { at.cast::<[u8; 4]>().read() };
            widened(bytes)
        } else {
            // SAFETY: 4 elements of 4 bytes stand at `at`.
            unsafe { vld1q_f32(at.cast()) }
        };
    }
    out
}

/// The factors of `4 * V` rows, from row `4 * first` on.
#[inline]
#[target_feature(enable = "neon")]
fn small<const V: usize>(x: &[i8; ROWS], first: usize) -> [float32x4_t; V] {
    let mut out = [vdupq_n_f32(0.0); V];
    for (v, out) in out.iter_mut().enumerate() {
        *out = widened(x.as_chunks::<4>().0[(first + v) % 4].map(|b| b as u8));
    }
    out
}

/// Four signed bytes as floats.
#[inline]
#[target_feature(enable = "neon")]
fn widened(bytes: [u8; 4]) -> float32x4_t {
    let bytes = vreinterpret_s8_s32(vdup_n_s32(i32::from_ne_bytes(bytes)));
    vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))))
}

#[inline]
#[target_feature(enable = "neon")]
fn times<const V: usize>(mut x: [float32x4_t; V], y: [float32x4_t; V]) -> [float32x4_t; V] {
    for v in 0..V {
        x[v] = vmulq_f32(x[v], y[v]);
    }
    x
}

/// Writes each `x` into its `to`, from number `4 * first` on.
#[inline]
#[target_feature(enable = "neon")]
fn put<const V: usize, const L: usize, const C: usize>(to: &mut [[f32; L]; C], x: [[float32x4_t; V]; C], first: usize) {
    for c in 0..C {
        store(&mut to[c], x[c], first);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn store<const V: usize>(to: &mut [f32], x: [float32x4_t; V], first: usize) {
    for (to, x) in to[first * 4..][..V * 4].as_chunks_mut::<4>().0.iter_mut().zip(x) {
        // SAFETY: `to` is 4 writable floats.
        unsafe { vst1q_f32(to.as_mut_ptr(), x) }
    }
}

/// `4 * V` rows, from row `4 * first` on.
#[inline]
#[target_feature(enable = "neon")]
fn load<const V: usize>(x: &Quad, first: usize) -> [uint8x16_t; V] {
    let mut out = [vdupq_n_u8(0); V];
    for (v, out) in out.iter_mut().enumerate() {
        // the remainder spares a check
        let x = &x.as_chunks::<16>().0[(first + v) % 4];
        // SAFETY: `x` is 16 readable bytes.
        *out = unsafe { vld1q_u8(x.as_ptr()) };
    }
    out
}
