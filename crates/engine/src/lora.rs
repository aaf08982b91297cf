//! LoRA adapters (Hu et al. 2021, arXiv:2106.09685) as llama.cpp writes them into GGUF files, kept beside the weights.
//!
//! ```text
//! general.type = "adapter" | general.architecture | adapter.type = "lora" | adapter.lora.alpha
//! NAME.lora_a (n_in, rank) | NAME.lora_b (rank, n_out)      y = W x + alpha / rank * B (A x)
//! token_embd.weight.lora_a (rank, n_vocab) | .lora_b (rank, n_embd), the one pair whose A is read by token
//! ```
//!
//! Where a family's converter reorders the rows of a weight, as it does with queries and keys of `llama`, it has
//! reordered those of B in the same way: files are applied as they are.
mod apply;
mod held;
mod info;

pub(crate) use apply::{AtLayer, of_rows};
pub(crate) use held::Adapters;
pub use info::Info;

use crate::{
    Error, Kind, Model,
    arch::Arch,
    error::quoted,
    gguf::{Gguf, Tensor},
    kernel::{Isa, LowRank},
    quant,
};
use std::{
    collections::HashSet,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Highest rank: far beyond any adapter's, as rank is what makes them small.
const MAX_RANK: usize = 1 << 10;
/// Largest factor by which a file or a caller may scale.
const MAX_SCALE: f32 = 1e4;

/// The matrices of a layer, by the tensors' names in the file.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    AttnQ,
    AttnK,
    AttnV,
    AttnOutput,
    FfnGate,
    FfnUp,
    FfnDown,
}

const PARTS: [(Part, &str); 7] = [
    (Part::AttnQ, "attn_q"),
    (Part::AttnK, "attn_k"),
    (Part::AttnV, "attn_v"),
    (Part::AttnOutput, "attn_output"),
    (Part::FfnGate, "ffn_gate"),
    (Part::FfnUp, "ffn_up"),
    (Part::FfnDown, "ffn_down"),
];

/// An adapter for one model, ready to be applied to any of its requests.
pub struct Adapter {
    key: u64,
    identity: String,
    n_bytes: usize,
    layers: Vec<[Option<Pair>; PARTS.len()]>,
    output: Option<Pair>,
    embedding: Option<Embedding>,
}

/// What is added to a matrix: `b (a x)`; all factors are in `b`.
struct Pair {
    a: LowRank, // (rank, n_in)
    b: LowRank, // (n_out, rank)
}

/// What is added to the embedding of a token: `b a[token]`.
struct Embedding {
    rank: usize,
    a: Vec<f32>, // (n_vocab, rank)
    b: LowRank,  // (n_embd, rank)
}

impl Adapter {
    /// Reads the adapter in `file`, made for `model`, and weakens or strengthens it by `scale`.
    ///
    /// # Errors
    /// Format or Unsupported for a file that is no adapter, or not one of this model; Input for a scale that cannot be.
    pub fn load(model: &Model, file: &Gguf, scale: f32) -> Result<Self, Error> {
        if !scale.is_finite() || scale.abs() > MAX_SCALE {
            let message = format!("scale: a number from -{MAX_SCALE} to {MAX_SCALE} expected, {scale} found");
            return Err(Error::new(Kind::Input, message));
        }
        let info = Info::read(file)?;
        if info.arch != model.arch.name {
            let found = quoted(&info.arch);
            return Err(Error::unsupported(format!(
                "the adapter is for architecture {found}, and the model is of `{}`; take one made for this model",
                model.arch.name
            )));
        }
        check_names(file, &model.arch)?;
        Reader { file, alpha: info.alpha, scale }.adapter(&model.arch)
    }

    /// Of its file, with the scale: [`Gguf::identity`].
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// A number that no other adapter of this process has or had, not even one loaded from the same file; never 0.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Bytes of memory.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Whether logits are changed otherwise than through the hidden state.
    pub(crate) fn changes_output(&self) -> bool {
        self.output.is_some()
    }

    fn pair(&self, layer_idx: usize, part: Part) -> Option<&Pair> {
        self.layers.get(layer_idx)?[part as usize].as_ref()
    }

    /// Adds to the embedding of `token`, before the model's own scale.
    pub(crate) fn add_to_embedding(&self, isa: Isa, token: u32, out: &mut [f32]) {
        if let Some(Embedding { rank, a, b }) = &self.embedding {
            b.add_product(isa, [&a[token as usize * rank..][..*rank]], &mut [out]);
        }
    }

    /// Adds to the logits of `hidden`, before they are capped.
    pub(crate) fn add_to_output(&self, isa: Isa, hidden: &[f32], logits: &mut [f32]) {
        if let Some(pair) = &self.output {
            pair.add_product(isa, [hidden], &mut [logits]);
        }
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").field("key", &self.key).field("n_bytes", &self.n_bytes).finish_non_exhaustive()
    }
}

/// Inputs and outputs of a part.
fn shape(arch: &Arch, part: Part) -> (usize, usize) {
    let (n_q, n_kv) = (arch.n_heads * arch.head_dim, arch.n_kv_heads * arch.head_dim);
    match part {
        Part::AttnQ => (arch.n_embd, n_q),
        Part::AttnK | Part::AttnV => (arch.n_embd, n_kv),
        Part::AttnOutput => (n_q, arch.n_embd),
        Part::FfnGate | Part::FfnUp => (arch.n_embd, arch.n_ff),
        Part::FfnDown => (arch.n_ff, arch.n_embd),
    }
}

fn name(layer_idx: usize, part: &str) -> String {
    format!("blk.{layer_idx}.{part}.weight")
}

/// Refuses a tensor that would change nothing: without it the answers would be those of another adapter.
fn check_names(file: &Gguf, arch: &Arch) -> Result<(), Error> {
    let of_layers = (0..arch.n_layers).flat_map(|i| PARTS.map(|(_, part)| name(i, part)));
    let places = of_layers.chain(["token_embd.weight", "output.weight"].map(str::to_owned));
    let known: HashSet<String> = places.flat_map(|place| ["a", "b"].map(|end| format!("{place}.lora_{end}"))).collect();
    match file.tensors().iter().find(|t| !known.contains(&t.name)) {
        None if file.tensors().is_empty() => Err(Error::format("the adapter has no tensors")),
        None => Ok(()),
        Some(tensor) => Err(Error::unsupported(format!(
            "tensor {}: no place for it beside a `{}` model of {} layers; \
             `.lora_a` and `.lora_b` of matrices are expected",
            quoted(&tensor.name),
            arch.name,
            arch.n_layers
        ))),
    }
}

/// Reads tensors that [`check_names`] knows.
struct Reader<'a> {
    file: &'a Gguf,
    alpha: f32,
    scale: f32,
}

impl Reader<'_> {
    fn adapter(&self, arch: &Arch) -> Result<Adapter, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (mut layers, mut n_bytes) = (Vec::with_capacity(arch.n_layers), 0);
        for layer_idx in 0..arch.n_layers {
            let mut pairs = [const { None }; PARTS.len()];
            for (part, part_name) in PARTS {
                let (n_in, n_out) = shape(arch, part);
                pairs[part as usize] = self.pair(&name(layer_idx, part_name), n_in, n_out)?;
            }
            n_bytes += pairs.iter().flatten().map(Pair::n_bytes).sum::<usize>();
            layers.push(pairs);
        }
        let output = self.pair("output.weight", arch.n_embd, arch.n_vocab)?;
        let embedding = self.embedding(arch)?;
        n_bytes += output.as_ref().map_or(0, Pair::n_bytes);
        n_bytes += embedding.as_ref().map_or(0, |e| size_of_val(&e.a[..]) + e.b.n_bytes());
        let (key, identity) =
            (NEXT.fetch_add(1, Ordering::Relaxed), format!("{}*{}", self.file.identity(), self.scale));
        Ok(Adapter { key, identity, n_bytes, layers, output, embedding })
    }

    /// What is added to the matrix `name`, if anything is.
    fn pair(&self, name: &str, n_in: usize, n_out: usize) -> Result<Option<Pair>, Error> {
        let Some((a, b)) = self.tensors(name)? else { return Ok(None) };
        let rank = rank(a, a.shape.get(1), n_in, b)?;
        check_shape(a, &[n_in, rank])?;
        check_shape(b, &[rank, n_out])?;
        // the rows that fill up the last panel of A come out as zeros, and B has columns for them
        let padded = rank.next_multiple_of(LowRank::GRAIN);
        Ok(Some(Pair { a: self.matrix(a, n_in, rank, 1.0)?, b: self.matrix(b, padded, n_out, self.factor(rank))? }))
    }

    fn embedding(&self, arch: &Arch) -> Result<Option<Embedding>, Error> {
        let Some((a, b)) = self.tensors("token_embd.weight")? else { return Ok(None) };
        let rank = rank(a, a.shape.first(), arch.n_vocab, b)?;
        check_shape(a, &[rank, arch.n_vocab])?;
        check_shape(b, &[rank, arch.n_embd])?;
        let padded = rank.next_multiple_of(LowRank::GRAIN);
        let mut of_tokens = vec![0.0; arch.n_vocab * padded];
        self.rows(a, |token, row| of_tokens[token * padded..][..rank].copy_from_slice(row))?;
        let b = self.matrix(b, padded, arch.n_embd, self.factor(rank))?;
        Ok(Some(Embedding { rank: padded, a: of_tokens, b }))
    }

    /// A and B of `name`: both or none.
    fn tensors(&self, name: &str) -> Result<Option<(&Tensor, &Tensor)>, Error> {
        let half = |end| self.file.tensor(&format!("{name}.lora_{end}"));
        match (half("a"), half("b")) {
            (None, None) => Ok(None),
            (Some(a), Some(b)) => Ok(Some((a, b))),
            (a, _) => {
                let (here, missing) = if a.is_some() { ("a", "b") } else { ("b", "a") };
                Err(Error::format(format!("tensor `{name}.lora_{missing}` is missing beside `{name}.lora_{here}`")))
            }
        }
    }

    /// An alpha of 0, or none, says that B is scaled already.
    fn factor(&self, rank: usize) -> f32 {
        if self.alpha == 0.0 { self.scale } else { self.scale * self.alpha / rank as f32 }
    }

    fn matrix(&self, tensor: &Tensor, n_in: usize, n_out: usize, factor: f32) -> Result<LowRank, Error> {
        let mut matrix = LowRank::zero(n_in, n_out);
        self.rows(tensor, |row_idx, row| matrix.set_row(row_idx, row, factor))?;
        Ok(matrix)
    }

    /// Calls `hear` with each row of `tensor`.
    fn rows(&self, tensor: &Tensor, mut hear: impl FnMut(usize, &[f32])) -> Result<(), Error> {
        let mut row = vec![0.0; tensor.shape[0]];
        let n_bytes = row.len() / tensor.kind.block_len() * tensor.kind.block_bytes();
        for (row_idx, bytes) in self.file.bytes(tensor).chunks_exact(n_bytes).enumerate() {
            quant::dequantise(tensor.kind, bytes, &mut row);
            if let Some(x) = row.iter().find(|x| !x.is_finite()) {
                let name = quoted(&tensor.name);
                return Err(Error::format(format!(
                    "tensor {name}: finite numbers expected, {x} found in row {row_idx}"
                )));
            }
            hear(row_idx, &row);
        }
        Ok(())
    }
}

/// The rank of A, which B must have too.
fn rank(a: &Tensor, rank: Option<&usize>, n: usize, b: &Tensor) -> Result<usize, Error> {
    match rank {
        Some(rank) if a.shape.len() == 2 && (1..=MAX_RANK).contains(rank) => match b.shape.first() {
            Some(other) if other == rank => Ok(*rank),
            _ => Err(Error::format(format!(
                "tensor {}: the rank of its A, {rank}, expected first, shape {:?} found",
                quoted(&b.name),
                b.shape
            ))),
        },
        _ => Err(Error::format(format!(
            "tensor {}: {n} by a rank of 1 to {MAX_RANK} expected, shape {:?} found",
            quoted(&a.name),
            a.shape
        ))),
    }
}

fn check_shape(tensor: &Tensor, shape: &[usize]) -> Result<(), Error> {
    if tensor.shape == shape {
        return Ok(());
    }
    let (name, found) = (quoted(&tensor.name), &tensor.shape);
    Err(Error::format(format!("tensor {name}: shape {shape:?} expected for this model, {found:?} found")))
}
