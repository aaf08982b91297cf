//! One forward pass over a batch of tokens of several sequences, for every family.
use crate::{
    Model,
    arch::Arch,
    cache::{Cache, Pages},
    kernel::{self, Activations, Heads, Isa, Pool, Precision, Rope},
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
}

/// A hidden state, `[n_embd]`, whose logits are wanted.
pub(crate) struct Asked<'a> {
    pub hidden: &'a [f32],
    pub need: Need,
}

/// Which logits are wanted: the fewer, the less of the output matrix is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// All.
    All,
    /// Those of these tokens, ascending.
    Only(Vec<u32>),
    /// Those of `also`, ascending, and of the `n` best of all others. More may come.
    Best { n: usize, also: Vec<u32> },
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
    panels: Vec<f32>,
}

impl Runner {
    /// Threads and buffers for `model`.
    pub(crate) fn new(model: Arc<Model>) -> Self {
        let pool = Pool::new(model.n_threads);
        Self { model, pool, isa: Isa::best(), x: Activations::default(), panels: Vec::new() }
    }

    /// Runs `rows` through all layers and stores their keys and values. Rows of one sequence stand in order of position.
    /// Returns the hidden states after the last norm, `[rows][n_embd]`.
    pub(crate) fn forward(&mut self, cache: &mut Cache, rows: &[Row<'_>]) -> Vec<f32> {
        let model = self.model.clone();
        let (arch, weights) = (&model.arch, &model.weights);
        let mut hidden = vec![0.0; rows.len() * arch.n_embd];
        for (hidden, row) in hidden.chunks_mut(arch.n_embd).zip(rows) {
            weights.embedding(row.token, hidden);
            hidden.iter_mut().for_each(|x| *x *= arch.embedding_scale);
        }
        let angles = [angles(&arch.rope, rows), angles(&arch.window_rope, rows)];
        for (layer_idx, layer) in weights.blk.iter().enumerate() {
            let window = arch.window(layer_idx);
            let (rope, angles) = match window {
                None => (&arch.rope, &angles[0]),
                Some(_) => (&arch.window_rope, &angles[1]),
            };
            let normed = self.norm(arch, &hidden, &layer.attn_norm);
            let (q, k, v) = self.qkv(arch, layer, &normed, rope, angles);
            let n_kv = arch.n_kv_heads * arch.head_dim;
            for ((row, k), v) in rows.iter().zip(k.chunks(n_kv)).zip(v.chunks(n_kv)) {
                cache.store(layer_idx, row.pages, row.pos, k, v);
            }
            let mixed = self.attend(arch, cache, layer_idx, window, rows, &q);
            let out = self.linear(&layer.attn_output, &mixed, Precision::Coarse);
            self.add(arch, &mut hidden, out, layer.post_attention_norm.as_deref());
            let normed = self.norm(arch, &hidden, &layer.ffn_norm);
            let out = self.feed_forward(arch, layer, &normed);
            self.add(arch, &mut hidden, out, layer.post_ffw_norm.as_deref());
        }
        self.norm(arch, &hidden, &weights.output_norm)
    }

    /// Calls `hear(i, logits)` for each of `asked`, in order.
    pub(crate) fn logits(&mut self, asked: &[Asked<'_>], mut hear: impl FnMut(usize, &mut Logits<'_>)) {
        let model = self.model.clone();
        let n_vocab = model.arch.n_vocab;
        let (mut out, mut hidden) = (Vec::new(), Vec::new());
        // what is wrong here is wrong in the answer; and few rows come this far
        let precision = if model.weights.output.is_float() { Precision::Coarse } else { Precision::Fine };
        for (chunk_idx, asked) in asked.chunks(LOGIT_ROWS).enumerate() {
            hidden.clear();
            asked.iter().for_each(|asked| hidden.extend_from_slice(asked.hidden));
            self.x.set(self.isa, &mut self.pool, &hidden, model.arch.n_embd, precision);
            kernel::multiply(self.isa, &mut self.pool, &model.weights.output, &self.x, &mut self.panels, &mut out);
            for (i, (logits, asked)) in out.chunks_mut(n_vocab).zip(asked).enumerate() {
                if let Some(cap) = model.arch.output_softcap {
                    logits.iter_mut().for_each(|x| *x = cap * (*x / cap).tanh());
                }
                match &asked.need {
                    Need::All | Need::Best { .. } => hear(chunk_idx * LOGIT_ROWS + i, &mut Logits::All(logits)),
                    Need::Only(ids) => {
                        let mut some: Vec<_> = ids.iter().map(|id| (*id, logits[*id as usize])).collect();
                        hear(chunk_idx * LOGIT_ROWS + i, &mut Logits::Some(&mut some));
                    }
                }
            }
        }
    }

    fn norm(&mut self, arch: &Arch, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        let (isa, n) = (self.isa, arch.n_embd);
        self.pool.split(&mut out, n, 16, |i, out| kernel::rms_norm(isa, &x[i * n..][..n], weight, arch.eps, out));
        out
    }

    fn linear(&mut self, linear: &Linear, x: &[f32], precision: Precision) -> Vec<f32> {
        let precision = if linear.weight.is_float() { Precision::Coarse } else { precision };
        self.x.set(self.isa, &mut self.pool, x, linear.weight.n_in, precision);
        self.product(linear)
    }

    /// The product with the activations that were set last.
    fn product(&mut self, linear: &Linear) -> Vec<f32> {
        let mut out = Vec::new();
        kernel::multiply(self.isa, &mut self.pool, &linear.weight, &self.x, &mut self.panels, &mut out);
        if let Some(bias) = &linear.bias {
            for row in out.chunks_mut(bias.len()) {
                row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
            }
        }
        out
    }

    fn qkv(
        &mut self,
        arch: &Arch,
        layer: &Layer,
        x: &[f32],
        rope: &Rope,
        angles: &[Angles],
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        self.x.set(self.isa, &mut self.pool, x, arch.n_embd, Precision::Coarse);
        let (mut q, mut k) = (self.product(&layer.attn_q), self.product(&layer.attn_k));
        let v = self.product(&layer.attn_v);
        let (isa, head_dim) = (self.isa, arch.head_dim);
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
        let isa = self.isa;
        let unit = arch.n_heads / arch.n_kv_heads * arch.head_dim;
        let mut out = vec![0.0; q.len()];
        self.pool.split(&mut out, unit, 1, |i, out| {
            let (row, kv_head) = (&rows[i / arch.n_kv_heads], i % arch.n_kv_heads);
            let heads = Heads {
                from: window.map_or(0, |n| (row.pos + 1).saturating_sub(n)),
                to: row.pos,
                scale: arch.attention_scale,
                softcap: arch.attention_softcap,
            };
            let pages = cache.pages(layer_idx, kv_head, row.pages);
            heads.attend(isa, arch.head_dim, &q[i * unit..][..unit], &pages, out);
        });
        out
    }

    fn feed_forward(&mut self, arch: &Arch, layer: &Layer, x: &[f32]) -> Vec<f32> {
        self.x.set(self.isa, &mut self.pool, x, arch.n_embd, Precision::Coarse);
        let mut gate = self.product(&layer.ffn_gate);
        let up = self.product(&layer.ffn_up);
        let (isa, n_ff) = (self.isa, arch.n_ff);
        self.pool.split(&mut gate, n_ff, 8, |i, row| kernel::gate(isa, arch.gate, row, &up[i * n_ff..][..n_ff]));
        // a product of two: its largest values drown the others in 8 bits, and most of the error of a whole pass is made here
        self.linear(&layer.ffn_down, &gate, Precision::Fine)
    }

    fn add(&mut self, arch: &Arch, hidden: &mut [f32], mut out: Vec<f32>, post_norm: Option<&[f32]>) {
        if let Some(weight) = post_norm {
            out = self.norm(arch, &out, weight);
        }
        hidden.iter_mut().zip(out).for_each(|(x, y)| *x += y);
    }
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
