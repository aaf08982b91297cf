//! The plain kernels: the specification that all others are held against, and what runs where nothing better does.
use super::{
    columns::{D, HALVES, S, Tile},
    panel::{COLS, Float, GROUP, Group, LINES, Pack, ROWS, Scales},
};
use std::ops::Range;

/// `out[c][row] = sum over sub-blocks of d * x.d * (q . x.q) + m * x.s`, in this order, each step a fused multiply-add.
pub(super) fn ints<H: Scales, const LOW: usize, const HIGH: usize, const N: usize, const C: usize>(
    panel: &[Pack<H, LOW, HIGH, N>],
    x: Tile<'_, C>,
) -> [[f32; ROWS]; C] {
    let mut out = [[0.0f32; ROWS]; C];
    let subs = panel.iter().flat_map(|pack| (0..N * H::SUBS).map(move |sub| (pack, sub)));
    for (i, (pack, sub)) in subs.enumerate() {
        let (block, half_idx) = (i / H::SUBS, i % H::SUBS);
        let meta = &x.meta[block];
        let s = if H::SUBS == 1 { meta[S] } else { meta[HALVES + half_idx] };
        for row in 0..ROWS {
            let d = half(pack.head.d(), row);
            let scale = pack.head.scale(sub).map_or(d, |scale| d * f32::from(scale[row]));
            let m = pack.head.m().map_or(-H::OFFSET * d, |m| half(m, row));
            let min = pack.head.min(sub).map_or(m, |min| m * f32::from(min[row]));
            for (c, out) in out.iter_mut().enumerate() {
                let dot = dot(pack, sub, row, |col| x.q[block][col / 4][c][col % 4]);
                out[row] = (scale * meta[D][c]).mul_add(dot as f32, out[row]);
                if !Pack::<H, LOW, HIGH, N>::SIGNED {
                    out[row] = min.mul_add(s[c], out[row]);
                }
            }
        }
    }
    out
}

fn half(x: &[u16; ROWS], row: usize) -> f32 {
    half::f16::from_bits(x[row]).to_f32()
}

/// Dot product of one row's sub-block with `x`, given by the column in the block.
fn dot<H: Scales, const LOW: usize, const HIGH: usize, const N: usize>(
    pack: &Pack<H, LOW, HIGH, N>,
    sub: usize,
    row: usize,
    x: impl Fn(usize) -> i8,
) -> i32 {
    let len = COLS / H::SUBS;
    let first = sub % H::SUBS * len;
    (first..first + len)
        .map(|col| {
            let q = pack.q[sub / H::SUBS].get(row, col);
            let q = if Pack::<H, LOW, HIGH, N>::SIGNED { i32::from(q as i8) } else { i32::from(q) };
            q * i32::from(x(col))
        })
        .sum()
}

/// `out[c][row] = sum over columns of w * x`, for weights kept as floats.
pub(super) fn floats<F: Float, const C: usize>(panel: &[[F; ROWS]], x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    let mut out = [[0.0; ROWS]; C];
    for (w, x) in panel.iter().zip(x.x) {
        for (out, x) in out.iter_mut().zip(x) {
            for (out, w) in out.iter_mut().zip(w) {
                *out = w.to_f32().mul_add(*x, *out);
            }
        }
    }
    out
}

/// As [`ints`] for some panels of a group of signed weights in two planes, added to what `out` says of them; where a
/// block's bit of `hot` is not set, 8 takes the low plane's place: bit `j` is that of quads `j` and `j + 4`.
pub(super) fn split<const C: usize>(
    group: Group<'_>,
    panels: Range<usize>,
    hot: Option<&[u8]>,
    x: Tile<'_, C>,
    out: &mut [[[f32; ROWS]; C]; GROUP],
) {
    for (block, (high, low)) in group.high.iter().zip(group.low).enumerate() {
        let hot = hot.map_or(255, |hot| hot[block]);
        for panel in panels.clone() {
            for (c, row) in (0..C).flat_map(|c| (0..ROWS).map(move |row| (c, row))) {
                let weight = |col: usize| {
                    let (line, at, shift) = (col / 4 % LINES, row * 4 + col % 4, col / 16 * 4);
                    let low = if hot >> line & 1 == 1 { low[line][panel][at] >> shift & 15 } else { 8 };
                    i32::from(high[panel].q[0].get(row, col) << 4 | low) - 128
                };
                let dot: i32 = (0..COLS).map(|col| weight(col) * i32::from(x.q[block][col / 4][c][col % 4])).sum();
                let d = half(high[panel].head.d(), row) * x.meta[block][D][c];
                out[panel][c][row] = d.mul_add(dot as f32, out[panel][c][row]);
            }
        }
    }
}
