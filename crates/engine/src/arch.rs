//! Model families as data: the numbers and switches that make one decoder out of all of them.
mod keys;
mod rope;

use crate::{
    Error,
    error::quoted,
    gguf::{Gguf, Value},
    kernel::{Gate, Rope},
};
use keys::Keys;

/// What a family does that its metadata does not say.
struct Family {
    name: &'static str,
    /// How rotary pairs stand.
    neox: bool,
    gate: Gate,
    /// Embeddings are scaled by the root of their width.
    scale_embedding: bool,
    windows: Option<Windows>,
    /// The model with this many layers scales its queries by the width that each head has of the embedding, all others by
    /// the head's own size.
    wide_query_layers: Option<usize>,
}

/// How a family mixes layers that see all tokens and layers that see the last few.
struct Windows {
    /// Every n-th layer sees everything, where the file does not say.
    period: usize,
    /// Rotary base of layers with a window, where the file does not say.
    rope_base: f32,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "llama",
        neox: false,
        gate: Gate::Silu,
        scale_embedding: false,
        windows: None,
        wide_query_layers: None,
    },
    Family {
        name: "gemma3",
        neox: true,
        gate: Gate::Gelu,
        scale_embedding: true,
        windows: Some(Windows { period: 6, rope_base: 10_000.0 }),
        wide_query_layers: Some(62),
    },
];

const MAX_LAYERS: u64 = 1 << 10;
const MAX_HEADS: u64 = 1 << 10;
const MAX_HEAD_DIM: u64 = 1 << 12;
const MAX_TOKENS: u64 = 1 << 30;

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
    /// Per layer, how many tokens back it sees; `None` is all.
    windows: Vec<Option<usize>>,
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
            Error::unsupported(format!("architecture {}; this engine runs {}", quoted(name), known.join(", ")))
        })?;
        let keys = Keys { file, arch: family.name };
        if file.get(&keys.name("expert_count")).is_some_and(|v| *v != Value::U64(0)) {
            return Err(Error::unsupported(format!("metadata `{}`: mixture of experts", keys.name("expert_count"))));
        }
        let n_layers = keys.count("block_count", MAX_LAYERS)?;
        let n_embd = keys.count("embedding_length", 1 << 16)?;
        let (n_heads, n_kv_heads, head_dim) = heads(&keys, n_embd)?;
        let query_dim = if family.wide_query_layers == Some(n_layers) { n_embd / n_heads } else { head_dim };
        let attention_scale = keys.positive("attention.scale", 1e3)?;
        let (rope, window_rope) = rope::read(&keys, family, head_dim)?;
        Ok(Self {
            name: name.to_owned(),
            n_layers,
            n_embd,
            n_heads,
            n_kv_heads,
            head_dim,
            n_ff: keys.count("feed_forward_length", 1 << 20)?,
            n_vocab: n_vocab(file)?,
            n_ctx: keys.count("context_length", MAX_TOKENS)?,
            eps: keys.required_number("attention.layer_norm_rms_epsilon", 0.0, 1.0)?,
            gate: family.gate,
            embedding_scale: if family.scale_embedding { (n_embd as f32).sqrt() } else { 1.0 },
            attention_scale: attention_scale.unwrap_or(1.0 / (query_dim as f32).sqrt()),
            attention_softcap: keys.positive("attn_logit_softcapping", 1e6)?,
            output_softcap: keys.positive("final_logit_softcapping", 1e6)?,
            windows: windows(&keys, family.windows.as_ref(), n_layers)?,
            rope,
            window_rope,
        })
    }

    /// How many tokens back layer `layer_idx` sees; `None` is all.
    pub(crate) fn window(&self, layer_idx: usize) -> Option<usize> {
        self.windows[layer_idx]
    }
}

/// Query heads, heads of keys and values, and the size of each.
fn heads(keys: &Keys<'_>, n_embd: usize) -> Result<(usize, usize, usize), Error> {
    let n_heads = keys.count("attention.head_count", MAX_HEADS)?;
    let n_kv_heads = keys.count_or("attention.head_count_kv", MAX_HEADS, n_heads)?;
    if !n_heads.is_multiple_of(n_kv_heads) {
        return Err(Error::format(format!(
            "metadata `{}`: a divisor of the {n_heads} query heads expected, {n_kv_heads} found",
            keys.name("attention.head_count_kv")
        )));
    }
    let head_dim = match keys.optional_count("attention.key_length", MAX_HEAD_DIM)? {
        Some(n) => n,
        None if n_embd.is_multiple_of(n_heads) => n_embd / n_heads,
        None => {
            return Err(Error::format(format!(
                "metadata `{}`: expected, as {n_heads} heads do not share a width of {n_embd} evenly",
                keys.name("attention.key_length")
            )));
        }
    };
    let value_dim = keys.count_or("attention.value_length", MAX_HEAD_DIM, head_dim)?;
    if value_dim != head_dim {
        return Err(Error::unsupported(format!(
            "metadata `{}`: {value_dim}, while keys have {head_dim}; both of one length are run",
            keys.name("attention.value_length")
        )));
    }
    Ok((n_heads, n_kv_heads, head_dim))
}

/// The vocabulary is as large as the embedding has rows.
fn n_vocab(file: &Gguf) -> Result<usize, Error> {
    let tensor = file
        .tensor("token_embd.weight")
        .ok_or_else(|| Error::format("tensor `token_embd.weight` is missing; the file holds no language model"))?;
    match tensor.shape[..] {
        [_, n] if n <= 1 << 24 => Ok(n),
        _ => Err(Error::format(format!(
            "tensor `token_embd.weight`: two dimensions and at most {} tokens expected, shape {:?} found",
            1 << 24,
            tensor.shape
        ))),
    }
}

fn windows(keys: &Keys<'_>, family: Option<&Windows>, n_layers: usize) -> Result<Vec<Option<usize>>, Error> {
    const PATTERN: &str = "attention.sliding_window_pattern";
    let all = vec![None; n_layers];
    let Some(family) = family else { return Ok(all) };
    let size = match keys.file.get(&keys.name("attention.sliding_window")) {
        None | Some(Value::U64(0) | Value::I64(0)) => return Ok(all),
        Some(_) => keys.count("attention.sliding_window", MAX_TOKENS)?,
    };
    let has_window: Vec<bool> = match keys.file.get(&keys.name(PATTERN)) {
        Some(Value::Array(_)) => keys.file.bools(&keys.name(PATTERN))?,
        _ => {
            let period = keys.count_or(PATTERN, MAX_LAYERS, family.period)?;
            (1..=n_layers).map(|i| !i.is_multiple_of(period)).collect()
        }
    };
    if has_window.len() != n_layers {
        return Err(Error::format(format!(
            "metadata `{}`: one for each of {n_layers} layers expected, {} found",
            keys.name(PATTERN),
            has_window.len()
        )));
    }
    Ok(has_window.into_iter().map(|yes| yes.then_some(size)).collect())
}
