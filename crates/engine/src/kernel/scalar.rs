//! The plain kernels: the specification that all others are held against, and what runs where nothing better does.
use super::{
    Column,
    panel::{COLS, Pack, ROWS, Scale},
};

/// `out[n][row] = sum over blocks of d * x.d * (q . x.q) + m * x.s`, in this order, each step a fused multiply-add.
pub(super) fn ints<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize, const N: usize>(
    panel: &[Pack<S, SUBS, MINS, V, RUN>],
    x: [Column<'_>; N],
    out: &mut [[f32; ROWS]],
) {
    for (x, out) in x.iter().zip(out) {
        *out = [0.0; ROWS];
        for (b, pack) in panel.iter().enumerate() {
            for sub in 0..SUBS {
                let s = match SUBS {
                    1 => x.s[b * 2] + x.s[b * 2 + 1],
                    _ => x.s[b * 2 + sub],
                };
                for (row, out) in out.iter_mut().enumerate() {
                    let dot = dot(pack, sub, row, &x.q[b * COLS..][..COLS]);
                    *out = (pack.d[sub][row].to_f32() * x.d[b]).mul_add(dot as f32, *out);
                    if MINS > 0 {
                        *out = pack.m[sub][row].to_f32().mul_add(s, *out);
                    }
                }
            }
        }
    }
}

/// Dot product of one row's sub-block.
fn dot<S: Scale, const SUBS: usize, const MINS: usize, const V: usize, const RUN: usize>(
    pack: &Pack<S, SUBS, MINS, V, RUN>,
    sub: usize,
    row: usize,
    x: &[i8],
) -> i32 {
    let (half, lane) = (row / 8, row % 8 * 4);
    let quads = Pack::<S, SUBS, MINS, V, RUN>::QUADS;
    let mut sum = 0;
    for quad in sub * quads..(sub + 1) * quads {
        for i in 0..4 {
            let w = if Pack::<S, SUBS, MINS, V, RUN>::NIBBLES {
                i32::from(pack.q[half * 4 + quad % 4][lane + i] >> (quad / 4 * 4) & 15)
            } else if Pack::<S, SUBS, MINS, V, RUN>::SIGNED {
                i32::from(pack.q[half * 8 + quad][lane + i] as i8)
            } else {
                i32::from(pack.q[half * 8 + quad][lane + i])
            };
            sum += w * i32::from(x[quad * 4 + i]);
        }
    }
    sum
}

/// `out[n][row] = sum over columns of w * x`, for weights kept as floats.
pub(super) fn floats<S: Scale, const N: usize>(panel: &[[S; ROWS]], x: [Column<'_>; N], out: &mut [[f32; ROWS]]) {
    for (x, out) in x.iter().zip(out) {
        *out = [0.0; ROWS];
        for (w, x) in panel.iter().zip(x.x) {
            for (out, w) in out.iter_mut().zip(w) {
                *out = w.to_f32().mul_add(*x, *out);
            }
        }
    }
}
