//! Adds what adapters add, each row's own: rows of several adapters, and of none, go through the model together.
use super::{Adapter, Pair, Part};
use crate::kernel::{Isa, LowRank, Pool};

const TILE: usize = LowRank::TILE;

/// The adapters of a step's rows, at one layer.
#[derive(Clone, Copy)]
pub(crate) struct AtLayer<'a> {
    pub layer_idx: usize,
    /// One for each row; or none at all, when no row has one.
    pub adapters: &'a [Option<&'a Adapter>],
}

/// The adapters of all rows, as [`AtLayer`] wants them.
pub(crate) fn of_rows<'a>(adapters: impl Iterator<Item = Option<&'a Adapter>>) -> Vec<Option<&'a Adapter>> {
    let all: Vec<_> = adapters.collect();
    if all.iter().any(Option::is_some) { all } else { Vec::new() }
}

/// Neighbouring rows of one adapter.
struct Run<'a> {
    pair: &'a Pair,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl AtLayer<'_> {
    /// `out[i] += scale * B (A x[i])` for each row `i` whose adapter changes `part`. A row's result depends on no other.
    pub(crate) fn add(self, isa: Isa, pool: &mut Pool, part: Part, x: &[f32], out: &mut [f32]) {
        let n_rows = self.adapters.len();
        if n_rows == 0 {
            return;
        }
        let pair = |row: usize| self.adapters[row].and_then(|adapter| adapter.pair(self.layer_idx, part));
        let same = |a: Option<&Pair>, b: Option<&Pair>| a.map(std::ptr::from_ref) == b.map(std::ptr::from_ref);
        let (n_in, n_out) = (x.len() / n_rows, out.len() / n_rows);
        let (mut runs, mut rest, mut row) = (Vec::new(), out, 0);
        while row < n_rows {
            let own = pair(row);
            let n = (1..TILE.min(n_rows - row)).take_while(|i| same(pair(row + i), own)).count() + 1;
            let (out, others) = rest.split_at_mut(n * n_out);
            if let Some(pair) = own {
                runs.push(Run { pair, x: &x[row * n_in..][..n * n_in], out });
            }
            (rest, row) = (others, row + n);
        }
        pool.split(&mut runs, 1, 1, |_, run| run[0].pair.add(isa, run[0].x, run[0].out));
    }
}

impl Pair {
    pub(super) fn n_bytes(&self) -> usize {
        self.a.n_bytes() + self.b.n_bytes()
    }

    /// Adds to up to [`TILE`] rows.
    fn add(&self, isa: Isa, x: &[f32], out: &mut [f32]) {
        let (n_in, n_out) = (self.a.n_in, self.b.n_out);
        if x.len() == TILE * n_in {
            let x: [&[f32]; TILE] = std::array::from_fn(|i| &x[i * n_in..][..n_in]);
            let mut rows = out.chunks_exact_mut(n_out);
            let mut out: [&mut [f32]; TILE] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            return self.add_product(isa, x, &mut out);
        }
        for (x, out) in x.chunks_exact(n_in).zip(out.chunks_exact_mut(n_out)) {
            self.add_product(isa, [x], &mut [out]);
        }
    }

    pub(super) fn add_product<const N: usize>(&self, isa: Isa, x: [&[f32]; N], out: &mut [&mut [f32]; N]) {
        let rank = self.b.n_in;
        let mut inner = vec![0.0; N * rank];
        let mut rows = inner.chunks_exact_mut(rank);
        self.a.add_product(isa, x, &mut std::array::from_fn(|_| rows.next().unwrap_or_default()));
        self.b.add_product(isa, std::array::from_fn(|i| &inner[i * rank..][..rank]), out);
    }
}
