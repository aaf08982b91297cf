//! One forward pass over a batch of tokens of several sequences, for every family.
use crate::{
    Model,
    arch::Arch,
    cache::{Cache, Pages},
    grammar::Mask,
    kernel::{self, Activations, Attention, Isa, Matrix, Neighbours, Pool, Precision, Product, Rope},
    lora::{self, Adapter, AtLayer, Part},
    model::{Layer, Linear},
    sample,
};
use std::sync::Arc;

/// Rows of logits that are computed at a time: bounds memory for large vocabularies.
pub(crate) const LOGIT_ROWS: usize = 16;

/// One token of a batch.
pub(crate) struct Row<'a> {
    /// Its id, below the vocabulary's size.
    pub token: u32,
    /// Its position in its sequence.
    pub pos: usize,
    /// The pages of its sequence, with room for `pos`.
    pub pages: &'a Pages,
    /// The adapter of its sequence.
    pub adapter: Option<&'a Adapter>,
}

/// A hidden state, `[n_embd]`, whose logits are wanted.
pub(crate) struct Asked<'a> {
    pub hidden: &'a [f32],
    pub need: Need,
    /// One that changes the output matrix.
    pub adapter: Option<Arc<Adapter>>,
}

/// Which logits are wanted: the fewer, the less of the output matrix is read.
#[derive(Clone, Debug)]
pub(crate) enum Need {
    /// All.
    All,
    /// Those of these tokens, ascending.
    Only(Vec<u32>),
    /// Those of `also`, ascending, and of the `n` best of all others, or of all that a grammar allows. More may come.
    Best { n: usize, also: Vec<u32>, allowed: Option<Mask> },
}

/// Logits of one hidden state.
pub(crate) enum Logits<'a> {
    /// One for each token.
    All(&'a mut [f32]),
    /// Those of some tokens, ascending by token; the others cannot be chosen.
    Some(&'a mut [(u32, f32)]),
}

impl Logits<'_> {
    /// The logit of a token, if it is there.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut f32> {
        match self {
            Self::All(all) => all.get_mut(id as usize),
            Self::Some(some) => some.binary_search_by_key(&id, |x| x.0).ok().map(|i| &mut some[i].1),
        }
    }

    fn each(&mut self, f: impl Fn(&mut f32)) {
        match self {
            Self::All(all) => all.iter_mut().for_each(f),
            Self::Some(some) => some.iter_mut().for_each(|x| f(&mut x.1)),
        }
    }

    /// Tokens with their logits, ascending by token.
    pub(crate) fn pairs(&self) -> Vec<(u32, f32)> {
        match self {
            Self::All(all) => (0..).zip(all.iter().copied()).collect(),
            Self::Some(some) => some.to_vec(),
        }
    }

    /// The likeliest token; the lower id where two are equal.
    pub(crate) fn best(&self) -> u32 {
        match self {
            Self::All(all) => sample::best(all),
            Self::Some(some) => some.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |best| best.0),
        }
    }
}

/// What runs a model: its threads and its buffers.
pub(crate) struct Runner {
    pub model: Arc<Model>,
    pool: Pool,
    isa: Isa,
    x: Activations,
    luck: kernel::Luck,
}

impl Runner {
    /// Threads and buffers for `model`.
    pub(crate) fn new(model: Arc<Model>) -> Self {
        let pool = Pool::new(model.n_threads);
        Self { model, pool, isa: Isa::best(), x: Activations::default(), luck: kernel::Luck::default() }
    }

    /// Runs `rows` through all layers and stores their keys and values. Rows of one sequence stand in order of position.
    /// Returns the hidden states after the last norm, `[rows][n_embd]`.
    pub(crate) fn forward(&mut self, cache: &mut Cache, rows: &[Row<'_>]) -> Vec<f32> {
        let model = self.model.clone();
        let (arch, weights) = (&model.arch, &model.weights);
        let mut hidden = vec![0.0; rows.len() * arch.n_embd];
        for (hidden, row) in hidden.chunks_mut(arch.n_embd).zip(rows) {
            weights.embedding(row.token, hidden);
            if let Some(adapter) = row.adapter {
                adapter.add_to_embedding(self.isa, row.token, hidden);
            }
            hidden.iter_mut().for_each(|x| *x *= arch.embedding_scale);
        }
        let angles = [angles(&arch.rope, rows), angles(&arch.window_rope, rows)];
        let adapters = lora::of_rows(rows.iter().map(|row| row.adapter));
        for (layer_idx, layer) in weights.blk.iter().enumerate() {
            let (window, at) = (arch.window(layer_idx), AtLayer { layer_idx, adapters: &adapters });
            let (rope, angles) = match window {
                None => (&arch.rope, &angles[0]),
                Some(_) => (&arch.window_rope, &angles[1]),
            };
            let normed = self.norm(arch, &hidden, &layer.attn_norm);
            let (q, k, v) = self.qkv(arch, layer, &normed, (rope, angles), at);
            let n_kv = arch.n_kv_heads * arch.head_dim;
            for ((row, k), v) in rows.iter().zip(k.chunks(n_kv)).zip(v.chunks(n_kv)) {
                cache.store(layer_idx, row.pages, row.pos, k, v);
            }
            let mixed = self.attend(arch, cache, layer_idx, window, rows, &q);
            let [mut out] = self.linear([&layer.attn_output], &mixed, Precision::Coarse);
            at.add(self.isa, &mut self.pool, Part::AttnOutput, &mixed, &mut out);
            self.add(arch, &mut hidden, out, layer.post_attention_norm.as_deref());
            let normed = self.norm(arch, &hidden, &layer.ffn_norm);
            let out = self.feed_forward(arch, layer, &normed, at);
            self.add(arch, &mut hidden, out, layer.post_ffw_norm.as_deref());
        }
        self.norm(arch, &hidden, &weights.output_norm)
    }

    /// Calls `hear(i, logits)` for each of `asked`, in order.
    pub(crate) fn logits(&mut self, asked: &[Asked<'_>], mut hear: impl FnMut(usize, &mut Logits<'_>)) {
        let model = self.model.clone();
        for (chunk_idx, asked) in asked.chunks(LOGIT_ROWS).enumerate() {
            let mut some = self.some_logits(&model.weights.output, asked);
            let all: Vec<_> =
                asked.iter().zip(&some).filter(|(_, some)| some.is_none()).map(|(asked, _)| asked).collect();
            let mut all = self.all_logits(&model.weights.output, &all);
            let mut all = all.chunks_exact_mut(model.arch.n_vocab);
            for (i, (some, asked)) in some.iter_mut().zip(asked).enumerate() {
                if some.is_none()
                    && let Some(all) = all.next()
                {
                    asked.adapter.iter().for_each(|adapter| adapter.add_to_output(self.isa, asked.hidden, all));
                    match &asked.need {
                        Need::Only(ids) => *some = Some(ids.iter().map(|id| (*id, all[*id as usize])).collect()),
                        Need::All | Need::Best { .. } => {
                            soften(model.arch.output_softcap, &mut Logits::All(all));
                            hear(chunk_idx * LOGIT_ROWS + i, &mut Logits::All(all));
                            continue;
                        }
                    }
                }
                let mut logits = Logits::Some(some.as_deref_mut().unwrap_or_default());
                soften(model.arch.output_softcap, &mut logits);
                hear(chunk_idx * LOGIT_ROWS + i, &mut logits);
            }
        }
    }

    /// Of each that does not need all logits, those it needs: where that is less work.
    fn some_logits(&mut self, w: &Matrix, asked: &[Asked<'_>]) -> Vec<Option<Vec<(u32, f32)>>> {
        let mut out: Vec<_> = asked.iter().map(|asked| self.only(w, asked)).collect();
        let try_now = kernel::can_screen(w) && self.luck.try_now();
        let best = |asked: &Asked<'_>| try_now && asked.adapter.is_none() && matches!(asked.need, Need::Best { .. });
        let mut hidden = Vec::new();
        asked.iter().filter(|asked| best(asked)).for_each(|asked| hidden.extend_from_slice(asked.hidden));
        let wanted = asked.iter().filter_map(|asked| match &asked.need {
            Need::Best { n, also, allowed } if best(asked) => {
                Some(kernel::Wanted { n: *n, also, allowed: allowed.as_ref().map(Mask::bits) })
            }
            _ => None,
        });
        let mut found =
            kernel::screen(self.isa, &mut self.pool, w, &hidden, &wanted.collect::<Vec<_>>(), &mut self.luck)
                .into_iter();
        for (out, _) in out.iter_mut().zip(asked).filter(|(_, asked)| best(asked)) {
            *out = found.next();
        }
        out
    }

    fn only(&mut self, w: &Matrix, asked: &Asked<'_>) -> Option<Vec<(u32, f32)>> {
        let (Need::Only(ids), None) = (&asked.need, &asked.adapter) else { return None };
        self.x.set(self.isa, &mut self.pool, asked.hidden, w.n_in, precision(w, Precision::Fine));
        Some(kernel::products(self.isa, &mut self.pool, w, &self.x, ids))
    }

    fn all_logits(&mut self, w: &Matrix, asked: &[&Asked<'_>]) -> Vec<f32> {
        let mut out = vec![0.0; asked.len() * w.n_out];
        let mut hidden = Vec::with_capacity(asked.len() * w.n_in);
        asked.iter().for_each(|asked| hidden.extend_from_slice(asked.hidden));
        if !hidden.is_empty() {
            // what is wrong here is wrong in the answer; and few rows come this far
            self.x.set(self.isa, &mut self.pool, &hidden, w.n_in, precision(w, Precision::Fine));
            kernel::multiply(self.isa, &mut self.pool, &self.x, &mut [Product { w, out: &mut out }]);
        }
        out
    }

    fn norm(&mut self, arch: &Arch, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        let (isa, n) = (self.isa, arch.n_embd);
        self.pool.split(&mut out, n, 16, |i, out| kernel::rms_norm(isa, &x[i * n..][..n], weight, arch.eps, out));
        out
    }

    /// The products of each row of `x` with some matrices of one kind.
    fn linear<const N: usize>(&mut self, linears: [&Linear; N], x: &[f32], fine: Precision) -> [Vec<f32>; N] {
        let n_in = linears[0].weight.n_in;
        if linears.iter().any(|linear| linear.weight.is_float() != linears[0].weight.is_float()) {
            return linears.map(|linear| {
                let [out] = self.linear([linear], x, fine);
                out
            });
        }
        self.x.set(self.isa, &mut self.pool, x, n_in, precision(&linears[0].weight, fine));
        let mut out = linears.map(|linear| vec![0.0; x.len() / n_in * linear.weight.n_out]);
        let mut products: Vec<_> =
            out.iter_mut().zip(linears).map(|(out, linear)| Product { w: &linear.weight, out }).collect();
        kernel::multiply(self.isa, &mut self.pool, &self.x, &mut products);
        for (out, linear) in out.iter_mut().zip(linears) {
            if let Some(bias) = &linear.bias {
                for row in out.chunks_mut(bias.len()) {
                    row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
                }
            }
        }
        out
    }

    fn qkv(
        &mut self,
        arch: &Arch,
        layer: &Layer,
        x: &[f32],
        (rope, angles): (&Rope, &[Angles]),
        at: AtLayer<'_>,
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let [mut q, mut k, mut v] = self.linear([&layer.attn_q, &layer.attn_k, &layer.attn_v], x, Precision::Coarse);
        let (isa, head_dim) = (self.isa, arch.head_dim);
        for (part, out) in [(Part::AttnQ, &mut q), (Part::AttnK, &mut k), (Part::AttnV, &mut v)] {
            at.add(isa, &mut self.pool, part, x, out);
        }
        for (x, n_heads, norm) in
            [(&mut q, arch.n_heads, &layer.attn_q_norm), (&mut k, arch.n_kv_heads, &layer.attn_k_norm)]
        {
            self.pool.split(x, n_heads * head_dim, 16, |i, row| {
                if let Some(weight) = norm {
                    for head in row.chunks_mut(head_dim) {
                        let copy = head.to_vec();
                        kernel::rms_norm(isa, &copy, weight, arch.eps, head);
                    }
                }
                kernel::rope(rope, &angles[i], head_dim, row);
            });
        }
        (q, k, v)
    }

    fn attend(
        &mut self,
        arch: &Arch,
        cache: &Cache,
        layer_idx: usize,
        window: Option<usize>,
        rows: &[Row<'_>],
        q: &[f32],
    ) -> Vec<f32> {
        let attention = Attention {
            head_dim: arch.head_dim,
            n_kv_heads: arch.n_kv_heads,
            group: arch.n_heads / arch.n_kv_heads,
            scale: arch.attention_scale,
            softcap: arch.attention_softcap,
            window,
        };
        let tiles = neighbours(rows, attention.n_neighbours());
        let mut out = vec![0.0; q.len()];
        let pages = |tile: usize, kv_head| cache.pages(layer_idx, kv_head, rows[tiles[tile].first].pages);
        attention.run(self.isa, &mut self.pool, &tiles, q, &mut out, pages);
        out
    }

    fn feed_forward(&mut self, arch: &Arch, layer: &Layer, x: &[f32], at: AtLayer<'_>) -> Vec<f32> {
        let (gate, up) = (&layer.ffn_gate, &layer.ffn_up);
        let plain = gate.bias.is_none() && up.bias.is_none() && at.adapters.is_empty();
        let gated = if plain && gate.weight.is_float() == up.weight.is_float() {
            self.x.set(self.isa, &mut self.pool, x, arch.n_embd, precision(&gate.weight, Precision::Coarse));
            let mut out = vec![0.0; x.len() / arch.n_embd * arch.n_ff];
            let w = [&gate.weight, &up.weight];
            kernel::multiply_gated(self.isa, &mut self.pool, &self.x, arch.gate, w, &mut out);
            out
        } else {
            let [mut gate, mut up] = self.linear([gate, up], x, Precision::Coarse);
            let (isa, n_ff) = (self.isa, arch.n_ff);
            at.add(isa, &mut self.pool, Part::FfnGate, x, &mut gate);
            at.add(isa, &mut self.pool, Part::FfnUp, x, &mut up);
            self.pool.split(&mut gate, n_ff, 8, |i, row| kernel::gate(isa, arch.gate, row, &up[i * n_ff..][..n_ff]));
            gate
        };
        // a product of two: its largest values drown the others in 8 bits, and most of the error of a whole pass is made here
        let [mut out] = self.linear([&layer.ffn_down], &gated, Precision::Fine);
        at.add(self.isa, &mut self.pool, Part::FfnDown, &gated, &mut out);
        out
    }

    fn add(&mut self, arch: &Arch, hidden: &mut [f32], mut out: Vec<f32>, post_norm: Option<&[f32]>) {
        if let Some(weight) = post_norm {
            out = self.norm(arch, &out, weight);
        }
        hidden.iter_mut().zip(out).for_each(|(x, y)| *x += y);
    }
}

fn soften(cap: Option<f32>, logits: &mut Logits<'_>) {
    if let Some(cap) = cap {
        logits.each(|x| *x = cap * (*x / cap).tanh());
    }
}

/// Rows that follow each other in one sequence, at most `most` together and none across a multiple of it.
fn neighbours(rows: &[Row<'_>], most: usize) -> Vec<Neighbours> {
    let mut tiles: Vec<Neighbours> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        match tiles.last_mut() {
            Some(last)
                if std::ptr::eq(rows[i - 1].pages, row.pages)
                    && row.pos == last.pos + last.n
                    && !row.pos.is_multiple_of(most) =>
            {
                last.n += 1;
            }
            _ => tiles.push(Neighbours { first: i, n: 1, pos: row.pos }),
        }
    }
    tiles
}

/// Float weights read floats.
fn precision(w: &Matrix, otherwise: Precision) -> Precision {
    if w.is_float() { Precision::Float } else { otherwise }
}

/// Cosine and sine of each pair.
type Angles = Vec<(f32, f32)>;

fn angles(rope: &Rope, rows: &[Row<'_>]) -> Vec<Angles> {
    let pair = |pos: usize, freq: &f32| {
        // in f64: a position in the tens of thousands times an angle loses digits in f32
        let angle = pos as f64 * f64::from(*freq);
        (angle.cos() as f32 * rope.magnitude, angle.sin() as f32 * rope.magnitude)
    };
    rows.iter().map(|row| rope.freqs.iter().map(|freq| pair(row.pos, freq)).collect()).collect()
}
