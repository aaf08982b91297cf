//! Model families as data: the numbers and switches that make one decoder out of all of them.
use crate::{
    Error,
    gguf::Gguf,
    kernel::{Gate, Rope},
    quant,
};

/// What a family does that its metadata does not say.
struct Family {
    name: &'static str,
    /// How rotary pairs stand.
    neox: bool,
    gate: Gate,
    /// Embeddings are scaled by the root of their width.
    scale_embedding: bool,
    /// With sliding windows: every n-th layer sees everything.
    window_period: usize,
    /// Rotary base of layers with a window.
    window_rope_base: Option<f32>,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "llama",
        neox: false,
        gate: Gate::Silu,
        scale_embedding: false,
        window_period: 1,
        window_rope_base: None,
    },
    Family {
        name: "gemma3",
        neox: true,
        gate: Gate::Gelu,
        scale_embedding: true,
        window_period: 6,
        window_rope_base: Some(10_000.0),
    },
];

/// A decoder.
#[derive(Clone, Debug)]
pub(crate) struct Arch {
    pub name: String,
    pub n_layers: usize,
    pub n_embd: usize,
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub head_dim: usize,
    pub n_ff: usize,
    pub n_vocab: usize,
    /// Tokens that it was trained to attend to.
    pub n_ctx: usize,
    pub eps: f32,
    pub gate: Gate,
    pub embedding_scale: f32,
    pub attention_scale: f32,
    pub attention_softcap: Option<f32>,
    pub output_softcap: Option<f32>,
    /// Tokens that layers with a window see.
    pub window: Option<usize>,
    window_period: usize,
    /// Of layers that see everything.
    pub rope: Rope,
    /// Of layers with a window.
    pub window_rope: Rope,
}

impl Arch {
    /// Reads it from metadata.
    ///
    /// # Errors
    /// Unsupported for an unknown family (by name) or feature; Format for missing or impossible numbers.
    pub(crate) fn read(file: &Gguf) -> Result<Self, Error> {
        let name = file.str("general.architecture")?;
        let family = FAMILIES.iter().find(|f| f.name == name).ok_or_else(|| {
            let known: Vec<_> = FAMILIES.iter().map(|f| f.name).collect();
            Error::unsupported(format!("architecture `{name}`; this engine runs {}", known.join(", ")))
        })?;
        let get = |suffix: &str, max: u64| count(file, &format!("{name}.{suffix}"), max);
        let n_embd = get("embedding_length", 1 << 16)?;
        let n_heads = get("attention.head_count", 1 << 10)?;
        let optional = |suffix: &str, max: u64, default: usize| match file.get(&format!("{name}.{suffix}")) {
            Some(_) => get(suffix, max),
            None => Ok(default),
        };
        let head_dim = optional("attention.key_length", 1 << 12, n_embd / n_heads)?;
        let n_kv_heads = optional("attention.head_count_kv", 1 << 10, n_heads)?;
        if optional("attention.value_length", 1 << 12, head_dim)? != head_dim || !n_heads.is_multiple_of(n_kv_heads) {
            return Err(Error::unsupported("keys and values of different length, or heads that do not share evenly"));
        }
        if file.get(&format!("{name}.expert_count")).is_some_and(|v| *v != crate::gguf::Value::U64(0)) {
            return Err(Error::unsupported("mixture of experts"));
        }
        let n_rot = optional("rope.dimension_count", 1 << 12, head_dim)?;
        if n_rot > head_dim || !n_rot.is_multiple_of(2) {
            return Err(Error::format(format!("`{name}.rope.dimension_count`: even and at most {head_dim} expected")));
        }
        let number = |suffix: &str| file.f32(&format!("{name}.{suffix}")).ok();
        let base = number("rope.freq_base").unwrap_or(10_000.0);
        let rope = Rope { freqs: freqs(base, n_rot), magnitude: 1.0, neox: family.neox };
        let window_rope = match family.window_rope_base {
            Some(base) => Rope { freqs: freqs(base, n_rot), ..rope.clone() },
            None => rope.clone(),
        };
        Ok(Self {
            name: name.to_owned(),
            n_layers: get("block_count", 1 << 10)?,
            n_embd,
            n_heads,
            n_kv_heads,
            head_dim,
            n_ff: get("feed_forward_length", 1 << 20)?,
            n_vocab: file.tensor("token_embd.weight").map_or(0, |t| *t.shape.get(1).unwrap_or(&0)),
            n_ctx: get("context_length", 1 << 30)?,
            eps: file.f32(&format!("{name}.attention.layer_norm_rms_epsilon"))?,
            gate: family.gate,
            embedding_scale: if family.scale_embedding { (n_embd as f32).sqrt() } else { 1.0 },
            attention_scale: number("attention.scale").unwrap_or(1.0 / (head_dim as f32).sqrt()),
            attention_softcap: number("attn_logit_softcapping").filter(|cap| *cap > 0.0),
            output_softcap: number("final_logit_softcapping").filter(|cap| *cap > 0.0),
            window: file.u64(&format!("{name}.attention.sliding_window")).ok().map(|n| n as usize).filter(|n| *n > 0),
            window_period: family.window_period,
            rope: scale_rope(file, name, base, rope)?,
            window_rope,
        })
    }

    /// How many tokens back layer `layer_idx` sees; `None` is all.
    pub(crate) fn window(&self, layer_idx: usize) -> Option<usize> {
        self.window.filter(|_| !(layer_idx + 1).is_multiple_of(self.window_period))
    }
}

/// A required number from 1 to `max`.
fn count(file: &Gguf, key: &str, max: u64) -> Result<usize, Error> {
    match file.u64(key)? {
        n if n > 0 && n <= max => Ok(n as usize),
        n => Err(Error::format(format!("metadata `{key}`: 1 to {max} expected, {n} found"))),
    }
}

fn freqs(base: f32, n_rot: usize) -> Vec<f32> {
    (0..n_rot / 2).map(|i| base.powf(-2.0 * i as f32 / n_rot as f32)).collect()
}

/// Applies the file's factors per pair and its scaling: linear, or YaRN (Peng et al. 2023, arXiv:2309.00071).
fn scale_rope(file: &Gguf, name: &str, base: f32, mut rope: Rope) -> Result<Rope, Error> {
    if let Some(tensor) = file.tensor("rope_freqs.weight") {
        let mut factors = vec![0.0; tensor.n_elements()];
        if factors.len() != rope.freqs.len() || !tensor.kind.is_float() {
            return Err(Error::format(format!("tensor `rope_freqs.weight`: {} floats expected", rope.freqs.len())));
        }
        quant::dequantise(tensor.kind, file.bytes(tensor), &mut factors);
        rope.freqs.iter_mut().zip(factors).for_each(|(freq, factor)| *freq /= factor);
    }
    let key = |suffix: &str| format!("{name}.rope.scaling.{suffix}");
    let kind = file.str(&key("type")).unwrap_or("linear");
    let factor = file.f32(&key("factor")).or_else(|_| file.f32(&format!("{name}.rope.scale_linear"))).unwrap_or(1.0);
    if !factor.is_finite() || factor <= 0.0 {
        return Err(Error::format(format!("metadata `{}`: above 0 expected, {factor} found", key("factor"))));
    }
    match kind {
        "none" => {}
        "linear" => rope.freqs.iter_mut().for_each(|freq| *freq /= factor),
        "yarn" => yarn(&mut rope, factor, base, file.f32(&key("original_context_length"))?),
        other => return Err(Error::unsupported(format!("rope scaling `{other}`; none, linear and yarn are run"))),
    }
    Ok(rope)
}

fn yarn(rope: &mut Rope, factor: f32, base: f32, original_ctx: f32) {
    let n = rope.freqs.len() as f32;
    // the pair that turns `turns` times within the original context
    let pair = |turns: f32| n * (original_ctx / (turns * std::f32::consts::TAU)).ln() / base.ln();
    let (low, high) = (pair(32.0).floor().max(0.0), pair(1.0).ceil().min(2.0 * n - 1.0));
    for (i, freq) in rope.freqs.iter_mut().enumerate() {
        let ramp = ((i as f32 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
        *freq = *freq / factor * ramp + *freq * (1.0 - ramp);
    }
    rope.magnitude = 0.1f32.mul_add(factor.ln(), 1.0);
}
