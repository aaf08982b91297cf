//! Numeric kernels, chosen at run time. `scalar` is the specification; every other file must agree with it.
mod attend;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod columns;
mod low_rank;
#[cfg(target_arch = "aarch64")]
mod neon;
mod panel;
mod pool;
mod rate;
mod repack;
mod room;
mod rows;
mod scalar;
mod screen;
mod turn;

pub(crate) use attend::{Attention, BLOCK, HeadPages, Neighbours, PAGE, Page, quantise};
pub(crate) use columns::{Activations, Precision};
pub(crate) use low_rank::LowRank;
pub(crate) use panel::Matrix;
pub(crate) use pool::Pool;
pub use rate::{DotRate, dot_rate};
pub(crate) use rows::{Gate, Rope, gate, rms_norm, rope};
pub(crate) use screen::{Luck, Wanted, can_screen, products, screen};

use columns::Tile;
use panel::{COLS, Float, GROUP, Group, Pack, Panels, ROWS, Scales, Split, each_panel};
use pool::Disjoint;
use std::ops::Range;

/// Columns of the widest tile of any instruction set.
const WIDEST: usize = 8;

/// An instruction set this CPU was seen to have. Only detection makes one, so holding it is proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// With the 8-bit dot product.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

impl Isa {
    /// All that this CPU has, slowest first.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            expect(unused_mut, reason = "nothing is detected here")
        )]
        let mut sets = vec![Self(Set::Scalar)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c") {
            sets.push(Self(Set::Avx2));
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vnni")
            {
                sets.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            sets.push(Self(Set::Neon));
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                sets.push(Self(Set::NeonDot));
            }
        }
        sets
    }

    /// Columns of its widest tile: as many as its registers hold.
    fn widest(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => WIDEST,
            #[cfg(target_arch = "aarch64")]
            Set::Neon | Set::NeonDot => WIDEST,
            _ => 4,
        }
    }

    /// Fills a part of the panels, in code that the compiler made for this set.
    fn fill(self, part: impl repack::Part) {
        match self.0 {
            // SAFETY: both exist only after AVX2, FMA and F16C were detected.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            Set::Avx2 | Set::Avx512 => unsafe { turn::fill(part) },
            _ => part.fill(turn::Plain),
        }
    }

    /// The fastest that this CPU has.
    pub(crate) fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self(Set::Scalar))
    }
}

/// A matrix, and where its products go: `[n][n_out]`.
pub(crate) struct Product<'a> {
    pub w: &'a Matrix,
    pub out: &'a mut [f32],
}

/// `out[i] = w x[i]` of each product, for each row `i` of `x`; each result is the same whatever the other rows are.
pub(crate) fn multiply(isa: Isa, pool: &mut Pool, x: &Activations, products: &mut [Product<'_>]) {
    let works: Vec<_> = products.iter_mut().map(|p| (p.w, Disjoint::new(&mut *p.out))).collect();
    works.iter().for_each(|(w, out)| check(w, x, out.len()));
    if let [(w @ Matrix { panels: Panels::Split(planes), .. }, out)] = &works[..] {
        let n_groups = w.n_panels().div_ceil(GROUP);
        return pool.each(n_groups, (n_groups / (pool.n_threads() * 8)).max(1), |group_idx| {
            each_row_of_group(isa, (w, planes), x, None, group_idx, |panel_idx, i, y| write(w, out, panel_idx, i, y));
        });
    }
    let n_panels = works.iter().map(|(w, _)| w.n_panels()).sum();
    pool.each(n_panels, (n_panels / (pool.n_threads() * 8)).max(1), |mut panel_idx| {
        for (w, out) in &works {
            if panel_idx < w.n_panels() {
                return each_row(isa, w, x, panel_idx, |i, y| write(w, out, panel_idx, i, y));
            }
            panel_idx -= w.n_panels();
        }
    });
}

/// `out[i] = activation(gate x[i]) * (up x[i])`, for each row `i` of `x`.
pub(crate) fn multiply_gated(isa: Isa, pool: &mut Pool, x: &Activations, kind: Gate, w: [&Matrix; 2], out: &mut [f32]) {
    let out = Disjoint::new(out);
    let [gate_w, up_w] = w;
    w.iter().for_each(|w| check(w, x, out.len()));
    assert_eq!(gate_w.n_out, up_w.n_out, "gate and up fit");
    assert_eq!(x.columns_per_row(), 1, "one column for each row");
    let n_panels = gate_w.n_panels();
    pool.each(n_panels, (n_panels / (pool.n_threads() * 8)).max(1), |panel_idx| {
        for (first, width) in x.tiles() {
            let write = |i, y: &_| write(gate_w, &out, panel_idx, first + i, y);
            match width {
                1 => gated::<1>(isa, kind, w, panel_idx, x.tile(first), write),
                2 => gated::<2>(isa, kind, w, panel_idx, x.tile(first), write),
                4 => gated::<4>(isa, kind, w, panel_idx, x.tile(first), write),
                _ => gated::<WIDEST>(isa, kind, w, panel_idx, x.tile(first), write),
            }
        }
    });
}

/// Both products of a panel with the columns of one tile, while it is near.
fn gated<const C: usize>(
    isa: Isa,
    kind: Gate,
    [gate_w, up_w]: [&Matrix; 2],
    panel_idx: usize,
    x: Tile<'_, C>,
    mut f: impl FnMut(usize, &[f32; ROWS]),
) {
    let mut gates = tile(isa, gate_w, panel_idx, x);
    let ups = tile(isa, up_w, panel_idx, x);
    gate(isa, kind, gates.as_flattened_mut(), ups.as_flattened());
    gates.iter().enumerate().for_each(|(i, y)| f(i, y));
}

fn check(w: &Matrix, x: &Activations, n_out: usize) {
    assert_eq!((w.n_in, x.n * w.n_out), (x.n_in, n_out), "matrix, activations and results fit");
    assert_eq!(w.is_float(), x.precision == Precision::Float, "float weights read floats, others integers");
}

/// Writes the results of one panel for row `i`.
#[expect(unsafe_code, reason = "threads write parts of rows")]
fn write(w: &Matrix, out: &Disjoint<'_, f32>, panel_idx: usize, i: usize, y: &[f32; ROWS]) {
    let n = ROWS.min(w.n_out - panel_idx * ROWS);
    // SAFETY: each panel is handed out once, and no two panels share a place in a row.
    let to = unsafe { out.slice(i * w.n_out + panel_idx * ROWS, n) };
    to.copy_from_slice(&y[..n]);
}

/// Calls `f(i, products of this panel with row i)` for each row of `x`.
fn each_row(isa: Isa, w: &Matrix, x: &Activations, panel_idx: usize, mut f: impl FnMut(usize, &[f32; ROWS])) {
    for (first, width) in x.tiles() {
        match width {
            1 => rows_of(&tile::<1>(isa, w, panel_idx, x.tile(first)), x, first, &mut f),
            2 => rows_of(&tile::<2>(isa, w, panel_idx, x.tile(first)), x, first, &mut f),
            4 => rows_of(&tile::<4>(isa, w, panel_idx, x.tile(first)), x, first, &mut f),
            _ => rows_of(&tile::<WIDEST>(isa, w, panel_idx, x.tile(first)), x, first, &mut f),
        }
    }
}

/// Columns that were one row become one again.
fn rows_of(y: &[[f32; ROWS]], x: &Activations, first: usize, f: &mut impl FnMut(usize, &[f32; ROWS])) {
    if x.columns_per_row() == 1 {
        y.iter().enumerate().for_each(|(i, y)| f(first + i, y));
    } else {
        for (i, [coarse, rest]) in y.as_chunks::<2>().0.iter().enumerate() {
            f(first / 2 + i, &std::array::from_fn(|row| coarse[row] + rest[row]));
        }
    }
}

/// The products of a panel with the `C` columns of a tile.
fn tile<const C: usize>(isa: Isa, w: &Matrix, panel: usize, x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    each_panel!(&w.panels,
    v => { let n = v.len() / w.n_panels(); ints(isa, &v[panel * n..][..n], x) },
    v => floats(isa, &v[panel * w.n_in..][..w.n_in], x),
    s => {
        let (mut out, at) = ([[[0.0; ROWS]; C]; GROUP], panel % GROUP);
        split(isa, s.group(panel / GROUP, w.n_in / COLS), at..at + 1, None, x, &mut out);
        out[at]
    })
}

/// Calls `f(panel, i, its products with row i)` for each panel of a group and each row of `x`, from the high plane and of
/// the low one what `hot` says: see [`scalar::split`].
fn each_row_of_group(
    isa: Isa,
    (w, planes): (&Matrix, &Split),
    x: &Activations,
    hot: Option<&[u8]>,
    group_idx: usize,
    mut f: impl FnMut(usize, usize, &[f32; ROWS]),
) {
    let group = planes.group(group_idx, w.n_in / COLS);
    let first_panel = group_idx * GROUP;
    let panels = 0..GROUP.min(w.n_panels() - first_panel);
    /// The products with one tile.
    macro_rules! tile {
        ($C:expr, $first:expr) => {{
            let mut out = [[[0.0; ROWS]; $C]; GROUP];
            split(isa, group, panels.clone(), hot, x.tile($first), &mut out);
            for (panel, y) in panels.clone().zip(&out) {
                rows_of(y, x, $first, &mut |i, y| f(first_panel + panel, i, y));
            }
        }};
    }
    for (first, width) in x.tiles() {
        match width {
            1 => tile!(1, first),
            2 => tile!(2, first),
            4 => tile!(4, first),
            _ => tile!(WIDEST, first),
        }
    }
}

fn split<const C: usize>(
    isa: Isa,
    group: Group<'_>,
    panels: Range<usize>,
    hot: Option<&[u8]>,
    x: Tile<'_, C>,
    out: &mut [[[f32; ROWS]; C]; GROUP],
) {
    match isa.0 {
        // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx512 => unsafe { avx512::split(group, panels, hot, x, out) },
        // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx2 => unsafe { avx2::split(group, panels, hot, x, out) },
        // SAFETY: an `Isa(Neon)` exists only after NEON was detected.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Neon => unsafe { neon::split::<false, _>(group, panels, hot, x, out) },
        // SAFETY: an `Isa(NeonDot)` exists only after NEON with its dot product was detected.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::NeonDot => unsafe { neon::split::<true, _>(group, panels, hot, x, out) },
        Set::Scalar => scalar::split(group, panels, hot, x, out),
    }
}

fn ints<H: Scales, const LOW: usize, const HIGH: usize, const N: usize, const C: usize>(
    isa: Isa,
    panel: &[Pack<H, LOW, HIGH, N>],
    x: Tile<'_, C>,
) -> [[f32; ROWS]; C] {
    match isa.0 {
        Set::Scalar => scalar::ints(panel, x),
        // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx2 => unsafe { avx2::ints(panel, x) },
        // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx512 => unsafe { avx512::ints(panel, x) },
        // SAFETY: an `Isa(Neon)` exists only after NEON was detected.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Neon => unsafe { neon::ints::<false, _, _, _, _, _>(panel, x) },
        // SAFETY: an `Isa(NeonDot)` exists only after NEON with its dot product was detected.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::NeonDot => unsafe { neon::ints::<true, _, _, _, _, _>(panel, x) },
    }
}

fn floats<F: Float, const C: usize>(isa: Isa, panel: &[[F; ROWS]], x: Tile<'_, C>) -> [[f32; ROWS]; C] {
    match isa.0 {
        Set::Scalar => scalar::floats(panel, x),
        // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx2 => unsafe { avx2::floats(panel, x) },
        // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Avx512 => unsafe { avx512::floats(panel, x) },
        // SAFETY: these exist only after NEON was detected.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
        Set::Neon | Set::NeonDot => unsafe { neon::floats(panel, x) },
    }
}

#[cfg(test)]
mod tests;
