//! How much memory a model will need, told from its file before anything is loaded.
use crate::{
    Error, Limits,
    arch::Arch,
    forward::LOGIT_ROWS,
    gguf::{Gguf, Value},
    kernel::Matrix,
    model::Info,
    schedule::STEP_TOKENS,
};

/// The program itself: code, threads, buffers of connections, the tokenizer's compiled pattern.
const PROGRAM: u64 = 8 << 20;

/// Bytes of memory that a model takes in full use, by purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Weights, repacked.
    pub weights: u64,
    /// The KV cache, when all of it is used; it grows up to this.
    pub cache: u64,
    /// The tokenizer, activations of one step, logits, and the program.
    pub work: u64,
}

impl Memory {
    /// What `file` will need under `limits`.
    ///
    /// # Errors
    /// As [`Info::read`].
    pub fn estimate(file: &Gguf, limits: &Limits) -> Result<Self, Error> {
        let (arch, info) = (Arch::read(file)?, Info::read(file)?);
        let cache = info.kv_bytes_per_token(limits.kv).saturating_mul(limits.n_cache as u64);
        Ok(Self { weights: info.weight_bytes, cache, work: PROGRAM + tokenizer(file) + step(&arch) })
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.cache).saturating_add(self.work)
    }
}

/// Bytes of `file`'s weights once they are repacked. An embedding that is not the output too stays in the file.
pub(crate) fn weights(file: &Gguf) -> u64 {
    let untied = file.tensor("output.weight").is_some();
    let stays = |name: &str| name == "token_embd.weight" && untied;
    let output = if untied { "output.weight" } else { "token_embd.weight" };
    let packed = file.tensors().iter().filter(|t| !stays(&t.name)).map(|t| match t.shape[..] {
        [n_in, n_out] if t.name == output => Matrix::screened_bytes(t.kind, n_in, n_out) as u64,
        [n_in, n_out] => Matrix::packed_bytes(t.kind, n_in, n_out) as u64,
        _ => (t.n_elements() * size_of::<f32>()) as u64,
    });
    packed.sum()
}

/// Texts twice (as written and as bytes of an answer), their ends and ids, and a table of merges.
fn tokenizer(file: &Gguf) -> u64 {
    let array = |key: &str| match file.get(&format!("tokenizer.ggml.{key}")) {
        Some(Value::Array(array)) => (array.len as u64, array.n_bytes() as u64),
        _ => (0, 0),
    };
    let ((n_tokens, token_bytes), (n_merges, _)) = (array("tokens"), array("merges"));
    2 * token_bytes + 16 * n_tokens + 40 * n_merges
}

/// Activations of the longest step in f32: five rows of the hidden width, four of the feed-forward's; and logits, twice.
fn step(arch: &Arch) -> u64 {
    let width = 5 * arch.n_embd.max(arch.n_heads * arch.head_dim) + 4 * arch.n_ff;
    (size_of::<f32>() * (STEP_TOKENS * width + 2 * LOGIT_ROWS * arch.n_vocab)) as u64
}
