//! A decoder as the papers have it, in f64, one token after the other; and the GGUF file that says the same.
use crate::{rng::Rng, vocabulary, writer::File};
use engine::quant::{self, Type};
use std::{collections::HashMap, f64::consts::PI};

pub(crate) const N_VOCAB: usize = 20;

#[derive(Clone)]
pub(crate) enum Scaling {
    None,
    Linear(f64),
    Yarn { factor: f64, original_ctx: u32, attn_factor: f64 },
    Factors(Vec<f32>),
}

/// A model: its numbers and switches. Weights follow from their names.
#[derive(Clone)]
pub(crate) struct Spec {
    pub family: &'static str,
    pub kind: Type,
    pub n_layers: usize,
    pub n_embd: usize,
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub head_dim: usize,
    pub n_rot: usize,
    pub n_ff: usize,
    pub tied: bool,
    pub biases: bool,
    pub qk_norms: bool,
    pub post_norms: bool,
    pub eps: f64,
    pub rope_base: f64,
    pub scaling: Scaling,
    pub attention_scale: Option<f64>,
    pub attention_softcap: Option<f64>,
    pub output_softcap: Option<f64>,
    pub window: Option<usize>,
    pub period: Option<usize>,
    pub layers: Option<Vec<bool>>,
    pub window_rope_base: Option<f64>,
}

impl Spec {
    pub(crate) fn llama() -> Self {
        Self {
            family: "llama",
            kind: Type::F32,
            n_layers: 2,
            n_embd: 64,
            n_heads: 4,
            n_kv_heads: 2,
            head_dim: 16,
            n_rot: 16,
            n_ff: 96,
            tied: false,
            biases: false,
            qk_norms: false,
            post_norms: false,
            eps: 1e-5,
            rope_base: 10_000.0,
            scaling: Scaling::None,
            attention_scale: None,
            attention_softcap: None,
            output_softcap: None,
            window: None,
            period: None,
            layers: None,
            window_rope_base: None,
        }
    }

    /// Heads are wider than their share of the embedding.
    pub(crate) fn gemma3() -> Self {
        let (head_dim, n_rot) = (32, 32);
        let rope_base = 1_000_000.0;
        Self {
            family: "gemma3",
            n_layers: 7,
            head_dim,
            n_rot,
            rope_base,
            tied: true,
            qk_norms: true,
            post_norms: true,
            ..Self::llama()
        }
    }

    fn is_gemma(&self) -> bool {
        self.family == "gemma3"
    }

    /// All tensors but the factors of rotary pairs: name and shape, the contiguous dimension first.
    pub(crate) fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (n_q, n_kv) = (self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim);
        let n = self.n_embd;
        let mut all = vec![("token_embd.weight".to_owned(), vec![n, N_VOCAB])];
        all.push(("output_norm.weight".to_owned(), vec![n]));
        if !self.tied {
            all.push(("output.weight".to_owned(), vec![n, N_VOCAB]));
        }
        for i in 0..self.n_layers {
            let mut add = |name: &str, shape: &[usize]| all.push((format!("blk.{i}.{name}"), shape.to_vec()));
            let linears = [
                ("attn_q", n, n_q),
                ("attn_k", n, n_kv),
                ("attn_v", n, n_kv),
                ("attn_output", n_q, n),
                ("ffn_gate", n, self.n_ff),
                ("ffn_up", n, self.n_ff),
                ("ffn_down", self.n_ff, n),
            ];
            for (name, n_in, n_out) in linears {
                add(&format!("{name}.weight"), &[n_in, n_out]);
                if self.biases {
                    add(&format!("{name}.bias"), &[n_out]);
                }
            }
            add("attn_norm.weight", &[n]);
            add("ffn_norm.weight", &[n]);
            if self.qk_norms {
                add("attn_q_norm.weight", &[self.head_dim]);
                add("attn_k_norm.weight", &[self.head_dim]);
            }
            if self.post_norms {
                add("post_attention_norm.weight", &[n]);
                add("post_ffw_norm.weight", &[n]);
            }
        }
        all
    }

    /// The tensor's type and bytes.
    fn weights(&self, name: &str, shape: &[usize]) -> (Type, Vec<u8>) {
        let seed = name.bytes().fold(7u64, |h, b| h.wrapping_mul(0x0100_0000_01b3) ^ u64::from(b));
        let mut rng = Rng(seed);
        if let [n] = shape {
            let (middle, width) = if name.ends_with("bias") { (0.0, 0.6) } else { (1.0, 0.4) };
            let bytes = (0..*n).flat_map(|_| (middle + width * uniform(&mut rng)).to_le_bytes()).collect();
            return (Type::F32, bytes);
        }
        let n: usize = shape.iter().product();
        let width = if name.starts_with("token_embd") { 1.0 } else { 1.5 / (shape[0] as f32).sqrt() };
        let floats = (0..n).map(|_| width * 1.7 * uniform(&mut rng));
        let bytes = match self.kind {
            Type::F32 => floats.flat_map(f32::to_le_bytes).collect(),
            Type::F16 => floats.flat_map(|x| half::f16::from_f32(x).to_le_bytes()).collect(),
            Type::BF16 => floats.flat_map(|x| half::bf16::from_f32(x).to_le_bytes()).collect(),
            kind => (0..n / kind.block_len()).flat_map(|_| block(kind, width, &mut rng)).collect(),
        };
        (self.kind, bytes)
    }

    /// The file.
    pub(crate) fn file(&self) -> File {
        let mut file = File::new();
        file.set("general.architecture", self.family);
        let key = |suffix: &str| format!("{}.{suffix}", self.family);
        let counts = [
            ("block_count", self.n_layers),
            ("context_length", 64),
            ("embedding_length", self.n_embd),
            ("feed_forward_length", self.n_ff),
            ("attention.head_count", self.n_heads),
            ("attention.head_count_kv", self.n_kv_heads),
        ];
        counts.iter().for_each(|(k, n)| file.set(&key(k), *n as u32));
        if self.head_dim * self.n_heads != self.n_embd {
            file.set(&key("attention.key_length"), self.head_dim as u32);
            file.set(&key("attention.value_length"), self.head_dim as u32);
        }
        if self.n_rot != self.head_dim {
            file.set(&key("rope.dimension_count"), self.n_rot as u32);
        }
        file.set(&key("attention.layer_norm_rms_epsilon"), self.eps as f32);
        file.set(&key("rope.freq_base"), self.rope_base as f32);
        let numbers = [
            ("attention.scale", self.attention_scale),
            ("attn_logit_softcapping", self.attention_softcap),
            ("final_logit_softcapping", self.output_softcap),
            ("rope.freq_base_swa", self.window_rope_base),
        ];
        numbers.iter().filter_map(|(k, x)| Some((k, (*x)?))).for_each(|(k, x)| file.set(&key(k), x as f32));
        self.set_windows_and_scaling(&mut file);
        vocabulary::sentence_piece(&mut file, N_VOCAB);
        for (name, shape) in self.tensors() {
            let (kind, bytes) = self.weights(&name, &shape);
            file.add(&name, &shape, id(kind), bytes);
        }
        file
    }

    fn set_windows_and_scaling(&self, file: &mut File) {
        let key = |suffix: &str| format!("{}.{suffix}", self.family);
        if let Some(n) = self.window {
            file.set(&key("attention.sliding_window"), n as u32);
        }
        if let Some(n) = self.period {
            file.set(&key("attention.sliding_window_pattern"), n as u32);
        }
        if let Some(layers) = &self.layers {
            file.set(&key("attention.sliding_window_pattern"), &layers[..]);
        }
        match &self.scaling {
            Scaling::None => {}
            Scaling::Linear(factor) => {
                file.set(&key("rope.scaling.type"), "linear");
                file.set(&key("rope.scaling.factor"), *factor as f32);
            }
            Scaling::Yarn { factor, original_ctx, attn_factor } => {
                file.set(&key("rope.scaling.type"), "yarn");
                file.set(&key("rope.scaling.factor"), *factor as f32);
                file.set(&key("rope.scaling.attn_factor"), *attn_factor as f32);
                file.set(&key("rope.scaling.original_context_length"), *original_ctx);
            }
            Scaling::Factors(factors) => {
                let bytes = factors.iter().flat_map(|x| x.to_le_bytes()).collect();
                file.add("rope_freqs.weight", &[factors.len()], 0, bytes);
            }
        }
    }

    /// Log-probabilities of all tokens after each of `tokens` but the last.
    pub(crate) fn logprobs(&self, tokens: &[u32]) -> Vec<Vec<f64>> {
        self.logprobs_with(tokens, |_, _| {})
    }

    /// The same, with weights that `change` has changed; it is given each tensor by name.
    pub(crate) fn logprobs_with(&self, tokens: &[u32], change: impl Fn(&str, &mut [f64])) -> Vec<Vec<f64>> {
        let decode = |(name, shape): (String, Vec<usize>)| {
            let (kind, bytes) = self.weights(&name, &shape);
            let mut floats = vec![0.0; shape.iter().product()];
            quant::dequantise(kind, &bytes, &mut floats);
            let mut weights: Vec<f64> = floats.into_iter().map(f64::from).collect();
            change(&name, &mut weights);
            (name, weights)
        };
        let run = Run { spec: self, weights: self.tensors().into_iter().map(decode).collect() };
        let mut cache = vec![Vec::new(); self.n_layers];
        tokens[..tokens.len() - 1].iter().enumerate().map(|(pos, id)| run.token(*id, pos, &mut cache)).collect()
    }
}

struct Run<'a> {
    spec: &'a Spec,
    weights: HashMap<String, Vec<f64>>,
}

/// Keys and values of the tokens so far.
type Layer = Vec<(Vec<f64>, Vec<f64>)>;

impl Run<'_> {
    fn token(&self, id: u32, pos: usize, cache: &mut [Layer]) -> Vec<f64> {
        let s = self.spec;
        let scale = if s.is_gemma() { (s.n_embd as f64).sqrt() } else { 1.0 };
        let row = &self.weights["token_embd.weight"][id as usize * s.n_embd..][..s.n_embd];
        let mut x: Vec<f64> = row.iter().map(|x| x * scale).collect();
        for (i, cache) in cache.iter_mut().enumerate() {
            let step = self.attention(i, &self.norm(&format!("blk.{i}.attn_norm"), &x), pos, cache);
            self.add(&mut x, &format!("blk.{i}.post_attention_norm"), step);
            let step = self.feed_forward(i, &self.norm(&format!("blk.{i}.ffn_norm"), &x));
            self.add(&mut x, &format!("blk.{i}.post_ffw_norm"), step);
        }
        let name = if s.tied { "token_embd" } else { "output" };
        let mut logits = self.linear(name, &self.norm("output_norm", &x));
        if let Some(cap) = s.output_softcap {
            logits.iter_mut().for_each(|x| *x = cap * (*x / cap).tanh());
        }
        let log_sum = logits.iter().map(|x| x.exp()).sum::<f64>().ln();
        logits.iter().map(|x| x - log_sum).collect()
    }

    fn add(&self, x: &mut [f64], norm: &str, mut step: Vec<f64>) {
        if self.spec.post_norms {
            step = self.norm(norm, &step);
        }
        x.iter_mut().zip(step).for_each(|(x, y)| *x += y);
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let weight = &self.weights[&format!("{name}.weight")];
        x.iter().zip(weight).map(|(x, w)| x / (mean + self.spec.eps).sqrt() * w).collect()
    }

    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let rows = self.weights[&format!("{name}.weight")].chunks(x.len());
        let mut out: Vec<f64> = rows.map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect();
        if let Some(bias) = self.weights.get(&format!("{name}.bias")) {
            out.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
        }
        out
    }

    fn feed_forward(&self, i: usize, x: &[f64]) -> Vec<f64> {
        let gate = |x: f64| match self.spec.is_gemma() {
            true => 0.5 * x * (1.0 + ((2.0 / PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh()),
            false => x / (1.0 + (-x).exp()),
        };
        let up = self.linear(&format!("blk.{i}.ffn_up"), x);
        let gated = self.linear(&format!("blk.{i}.ffn_gate"), x).into_iter().zip(up).map(|(g, up)| gate(g) * up);
        self.linear(&format!("blk.{i}.ffn_down"), &gated.collect::<Vec<_>>())
    }

    fn has_window(&self, i: usize) -> bool {
        let s = self.spec;
        let by_period = !(i + 1).is_multiple_of(s.period.unwrap_or(6));
        s.window.is_some() && s.is_gemma() && s.layers.as_ref().map_or(by_period, |layers| layers[i])
    }

    fn attention(&self, i: usize, x: &[f64], pos: usize, cache: &mut Layer) -> Vec<f64> {
        let s = self.spec;
        let heads = |part: &str| {
            let all = self.linear(&format!("blk.{i}.attn_{part}"), x);
            let rotated = all.chunks(s.head_dim).flat_map(|head| match s.qk_norms {
                true => self.rotate(i, pos, self.norm(&format!("blk.{i}.attn_{part}_norm"), head)),
                false => self.rotate(i, pos, head.to_vec()),
            });
            rotated.collect::<Vec<f64>>()
        };
        let q = heads("q");
        // the cache keeps f16
        let half = |x: Vec<f64>| x.iter().map(|x| half::f16::from_f64(*x).to_f64()).collect::<Vec<_>>();
        cache.push((half(heads("k")), half(self.linear(&format!("blk.{i}.attn_v"), x))));
        let wide = s.is_gemma() && s.n_layers == 62;
        let query_dim = if wide { s.n_embd / s.n_heads } else { s.head_dim };
        let scale = s.attention_scale.unwrap_or(1.0 / (query_dim as f64).sqrt());
        let from = if self.has_window(i) { (pos + 1).saturating_sub(s.window.unwrap_or(0)) } else { 0 };
        let mut out = Vec::new();
        for (head, q) in q.chunks(s.head_dim).enumerate() {
            let at = head * s.n_kv_heads / s.n_heads * s.head_dim;
            let score = |(k, _): &(Vec<f64>, Vec<f64>)| {
                let score = scale * k[at..][..s.head_dim].iter().zip(q).map(|(k, q)| k * q).sum::<f64>();
                s.attention_softcap.map_or(score, |cap| cap * (score / cap).tanh()).exp()
            };
            let scores: Vec<f64> = cache[from..].iter().map(score).collect();
            let total: f64 = scores.iter().sum();
            let mix =
                |j| cache[from..].iter().zip(&scores).map(|((_, v), score)| v[at + j] * score / total).sum::<f64>();
            out.extend((0..s.head_dim).map(mix));
        }
        self.linear(&format!("blk.{i}.attn_output"), &out)
    }

    /// Llama's pairs are neighbours in the file, Gemma's stand half the rotated part apart.
    fn rotate(&self, i: usize, pos: usize, mut head: Vec<f64>) -> Vec<f64> {
        let s = self.spec;
        let n = s.n_rot / 2;
        let window = self.has_window(i);
        let base = if window { s.window_rope_base.unwrap_or(10_000.0) } else { s.rope_base };
        for pair in 0..n {
            let freq = base.powf(-(pair as f64) / n as f64);
            let (freq, magnitude) = if window { (freq, 1.0) } else { self.scaled(freq, pair) };
            let (sin, cos) = (freq * pos as f64).sin_cos();
            let (a, b) = if s.is_gemma() { (pair, pair + n) } else { (2 * pair, 2 * pair + 1) };
            let (x, y) = (head[a] * magnitude, head[b] * magnitude);
            (head[a], head[b]) = (x * cos - y * sin, x * sin + y * cos);
        }
        head
    }

    fn scaled(&self, freq: f64, pair: usize) -> (f64, f64) {
        match &self.spec.scaling {
            Scaling::None => (freq, 1.0),
            Scaling::Linear(factor) => (freq / factor, 1.0),
            Scaling::Factors(factors) => (freq / f64::from(factors[pair]), 1.0),
            Scaling::Yarn { factor, original_ctx, attn_factor } => {
                // the pair that turns so often within the original context: between the two, from kept to stretched
                let n = self.spec.n_rot as f64;
                let turning = |turns: f64| {
                    n * (f64::from(*original_ctx) / (turns * 2.0 * PI)).ln() / (2.0 * self.spec.rope_base.ln())
                };
                let (low, high) = (turning(32.0).floor().max(0.0), turning(1.0).ceil().min(n - 1.0));
                let stretched = ((pair as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
                let freq = stretched * freq / factor + (1.0 - stretched) * freq;
                (freq, (0.1 * factor.ln() + 1.0) * attn_factor)
            }
        }
    }
}

/// -1 to 1.
fn uniform(rng: &mut Rng) -> f32 {
    (rng.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// A block of random quantised weights of about this width.
fn block(kind: Type, width: f32, rng: &mut Rng) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..kind.block_bytes()).map(|_| rng.next() as u8).collect();
    // where the block's scale and minimum stand, how large its integers get, and the minimum that centres them
    let (d_at, largest, m) = match kind {
        Type::Q4_0 => (0, 8.0, None),
        Type::Q4_1 => (0, 8.0, Some((2, -8.0))),
        Type::Q5_0 => (0, 16.0, None),
        Type::Q5_1 => (0, 16.0, Some((2, -16.0))),
        Type::Q8_0 | Type::IQ4NL => (0, 127.0, None),
        Type::Q2K => (80, 30.0, Some((82, 1.5))),
        Type::Q3K => (108, 64.0, None),
        Type::Q4K => (0, 400.0, Some((2, 7.5))),
        Type::Q5K => (0, 800.0, Some((2, 15.5))),
        Type::Q6K => (208, 3000.0, None),
        Type::F32 | Type::F16 | Type::BF16 => return bytes,
    };
    let d = width / largest;
    bytes[d_at..d_at + 2].copy_from_slice(&half::f16::from_f32(d).to_le_bytes());
    if let Some((at, factor)) = m {
        bytes[at..at + 2].copy_from_slice(&half::f16::from_f32(d * factor).to_le_bytes());
    }
    bytes
}

/// The type's number in a file.
fn id(kind: Type) -> u32 {
    (0..64).find(|id| Type::from_id(*id) == Ok(kind)).unwrap_or(u32::MAX)
}
