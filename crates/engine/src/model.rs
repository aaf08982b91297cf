//! A loaded model: weights, tokenizer and template.
use crate::{
    Error, Template, Tokenizer, Vocabulary,
    arch::Arch,
    cache::KvType,
    error::quoted,
    gguf::{Gguf, Tensor},
    kernel::Matrix,
    memory, quant,
};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    thread,
};

/// How to load a model.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Threads to compute with; all cores when `None`.
    pub n_threads: Option<usize>,
}

/// What is known of a model without reading its weights.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// Architecture, as in `general.architecture`.
    pub arch: String,
    /// Number of weights.
    pub n_params: u64,
    /// The most frequent quantisation by bytes among the layers' weights, e.g. `Q4_1`.
    pub quantisation: String,
    /// Tokens that the model was trained to attend to.
    pub n_ctx: usize,
    /// Width of the hidden state.
    pub n_embd: usize,
    /// `general.license`, if given.
    pub license: Option<String>,
    /// Bytes of weights once loaded.
    pub weight_bytes: u64,
    /// KV heads of all layers together.
    pub n_kv_heads: usize,
    /// Numbers of one key or value.
    pub head_dim: usize,
}

impl Info {
    /// Reads what the metadata and tensor list say.
    ///
    /// # Errors
    /// As [`Model::load`], without reading weights.
    pub fn read(file: &Gguf) -> Result<Self, Error> {
        let arch = Arch::read(file)?;
        let mut by_kind = HashMap::new();
        for tensor in file.tensors().iter().filter(|t| t.name.starts_with("blk.") && t.shape.len() > 1) {
            *by_kind.entry(tensor.kind.name()).or_insert(0) += tensor.n_bytes();
        }
        Ok(Self {
            n_params: file.tensors().iter().map(|t| t.n_elements() as u64).sum(),
            quantisation: by_kind.iter().max_by_key(|(_, n)| **n).map_or("F32", |(kind, _)| kind).to_owned(),
            n_ctx: arch.n_ctx,
            n_embd: arch.n_embd,
            license: file.str("general.license").ok().map(str::to_owned),
            weight_bytes: memory::weights(file),
            n_kv_heads: arch.n_layers * arch.n_kv_heads,
            head_dim: arch.head_dim,
            arch: arch.name,
        })
    }

    /// Bytes of KV cache for each token of context.
    pub fn kv_bytes_per_token(&self, kv: KvType) -> u64 {
        (self.n_kv_heads * 2 * kv.n_bytes(self.head_dim)) as u64
    }
}

/// A model ready to run.
pub struct Model {
    /// What is known of it.
    pub info: Info,
    /// Of its file: [`Gguf::identity`].
    pub identity: String,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
    /// Its chat template, if the file has one.
    pub template: Option<Template>,
    pub(crate) arch: Arch,
    pub(crate) weights: Weights,
    pub(crate) n_threads: usize,
    /// Made when the first grammar asks for it.
    vocabulary: OnceLock<Result<Arc<Vocabulary>, Error>>,
}

pub(crate) struct Weights {
    file: Gguf,
    token_embd: Tensor,
    pub(crate) output_norm: Vec<f32>, // (n_embd)
    pub(crate) output: Matrix,        // (n_vocab, n_embd)
    pub(crate) blk: Vec<Layer>,
}

/// One layer; optional parts are there when their tensor is.
pub(crate) struct Layer {
    pub(crate) attn_norm: Vec<f32>,                   // (n_embd)
    pub(crate) attn_q: Linear,                        // (n_heads * head_dim, n_embd)
    pub(crate) attn_k: Linear,                        // (n_kv_heads * head_dim, n_embd)
    pub(crate) attn_v: Linear,                        // (n_kv_heads * head_dim, n_embd)
    pub(crate) attn_q_norm: Option<Vec<f32>>,         // (head_dim)
    pub(crate) attn_k_norm: Option<Vec<f32>>,         // (head_dim)
    pub(crate) attn_output: Linear,                   // (n_embd, n_heads * head_dim)
    pub(crate) post_attention_norm: Option<Vec<f32>>, // (n_embd)
    pub(crate) ffn_norm: Vec<f32>,                    // (n_embd)
    pub(crate) ffn_gate: Linear,                      // (n_ff, n_embd)
    pub(crate) ffn_up: Linear,                        // (n_ff, n_embd)
    pub(crate) ffn_down: Linear,                      // (n_embd, n_ff)
    pub(crate) post_ffw_norm: Option<Vec<f32>>,       // (n_embd)
}

/// A matrix and its bias, if any.
pub(crate) struct Linear {
    pub(crate) weight: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
}

impl Model {
    /// Loads the weights of `file`.
    ///
    /// # Errors
    /// Unsupported for an architecture, tensor or tokenizer that this engine does not run; Format for a broken file.
    pub fn load(file: &Gguf, options: &LoadOptions) -> Result<Self, Error> {
        let arch = Arch::read(file)?;
        let n_cores = thread::available_parallelism().map_or(1, usize::from);
        let n_threads = options.n_threads.unwrap_or(n_cores).clamp(1, 256);
        let template = match file.get("tokenizer.chat_template") {
            Some(_) => Some(Template::new(file.str("tokenizer.chat_template")?)?),
            None => None,
        };
        let (tokenizer, weights) = thread::scope(|scope| {
            let tokenizer = scope.spawn(|| Tokenizer::from_gguf(file));
            let weights = Weights::load(file, &arch, n_threads);
            (
                tokenizer.join().map_err(|_| Error::new(crate::Kind::Internal, "the tokenizer's loader panicked")),
                weights,
            )
        });
        let (tokenizer, weights) = (tokenizer??, weights?);
        if tokenizer.n_vocab() > arch.n_vocab {
            return Err(Error::format(format!(
                "tensor `token_embd.weight`: a row for each of {} tokens expected, {} found",
                tokenizer.n_vocab(),
                arch.n_vocab
            )));
        }
        let tokenizer = Arc::new(tokenizer);
        let identity = file.identity();
        // the panels hold the weights now
        file.forget_pages();
        Ok(Self {
            info: Info::read(file)?,
            identity,
            tokenizer,
            template,
            arch,
            weights,
            n_threads,
            vocabulary: OnceLock::new(),
        })
    }

    /// Its vocabulary as grammars need it; the first call makes it.
    ///
    /// # Errors
    /// As [`Vocabulary::new`].
    pub fn vocabulary(&self) -> Result<Arc<Vocabulary>, Error> {
        self.vocabulary.get_or_init(|| Vocabulary::new(&self.tokenizer).map(Arc::new)).clone()
    }
}

impl Weights {
    fn load(file: &Gguf, arch: &Arch, n_threads: usize) -> Result<Self, Error> {
        let reader = Reader { file, arch };
        reader.check_names()?;
        let token_embd = reader.tensor("token_embd.weight", &[arch.n_embd, arch.n_vocab])?.clone();
        let tied = file.tensor("output.weight").is_none();
        let (output, blk) = thread::scope(|scope| {
            let output = scope.spawn(|| {
                let name = if tied { "token_embd.weight" } else { "output.weight" };
                let tensor = reader.rows(name, arch.n_embd, arch.n_vocab)?;
                let bytes = file.all_bytes(tensor);
                Ok::<_, Error>(Matrix::screened(tensor.kind, bytes, arch.n_embd, arch.n_vocab, n_threads))
            });
            let blk: Result<Vec<_>, _> = (0..arch.n_layers).map(|i| reader.layer(i)).collect();
            (output.join().map_err(|_| Error::new(crate::Kind::Internal, "a weight loader panicked")), blk)
        });
        let output_norm = reader.vector("output_norm.weight", arch.n_embd)?;
        Ok(Self { file: file.clone(), token_embd, output_norm, output: output??, blk: blk? })
    }

    /// Decodes the embedding of `token` into `out`.
    pub(crate) fn embedding(&self, token: u32, out: &mut [f32]) {
        let bytes = self.file.bytes(&self.token_embd);
        let n_bytes = out.len() / self.token_embd.kind.block_len() * self.token_embd.kind.block_bytes();
        quant::dequantise(self.token_embd.kind, &bytes[token as usize * n_bytes..][..n_bytes], out);
    }
}

/// Tensors that this engine reads, beside those of layers.
const TENSORS: [&str; 4] = ["token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight"];
/// Parts of a layer with a weight and perhaps a bias.
const LINEARS: [&str; 7] = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
/// Parts of a layer with a weight alone.
const NORMS: [&str; 6] =
    ["attn_norm", "attn_q_norm", "attn_k_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"];

/// Finds tensors and checks their shapes.
struct Reader<'a> {
    file: &'a Gguf,
    arch: &'a Arch,
}

impl Reader<'_> {
    /// Refuses a tensor that no step would read: without it the answers would be wrong.
    fn check_names(&self) -> Result<(), Error> {
        let is_known = |name: &str| {
            let of_layer = || {
                let (layer_idx, part) = name.strip_prefix("blk.")?.split_once('.')?;
                let (part, end) = part.split_once('.')?;
                let known = match end {
                    "weight" => LINEARS.contains(&part) || NORMS.contains(&part),
                    "bias" => LINEARS.contains(&part),
                    _ => false,
                };
                Some(known && layer_idx.parse::<usize>().ok()? < self.arch.n_layers)
            };
            TENSORS.contains(&name) || of_layer().unwrap_or(false)
        };
        match self.file.tensors().iter().find(|t| !is_known(&t.name)) {
            None => Ok(()),
            Some(tensor) => Err(Error::unsupported(format!(
                "tensor {}: no place for it in a `{}` model of {} layers",
                quoted(&tensor.name),
                self.arch.name,
                self.arch.n_layers
            ))),
        }
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&Tensor, Error> {
        let tensor = self.file.tensor(name).ok_or_else(|| Error::format(format!("tensor `{name}` is missing")))?;
        if tensor.shape != shape || shape.contains(&0) {
            return Err(Error::format(format!("tensor `{name}`: shape {shape:?} expected, {:?} found", tensor.shape)));
        }
        Ok(tensor)
    }

    fn vector(&self, name: &str, n: usize) -> Result<Vec<f32>, Error> {
        let tensor = self.tensor(name, &[n])?;
        if !tensor.kind.is_float() {
            let found = tensor.kind.name();
            return Err(Error::unsupported(format!("tensor `{name}`: F32, F16 or BF16 expected, {found} found")));
        }
        let mut out = vec![0.0; n];
        quant::dequantise(tensor.kind, self.file.bytes(tensor), &mut out);
        Ok(out)
    }

    fn optional(&self, name: &str, n: usize) -> Result<Option<Vec<f32>>, Error> {
        self.file.tensor(name).map(|_| self.vector(name, n)).transpose()
    }

    /// A tensor of rows that can be multiplied.
    fn rows(&self, name: &str, n_in: usize, n_out: usize) -> Result<&Tensor, Error> {
        let tensor = self.tensor(name, &[n_in, n_out])?;
        if !n_in.is_multiple_of(32) {
            return Err(Error::unsupported(format!(
                "tensor `{name}`: rows of {n_in} weights; a multiple of 32 is run"
            )));
        }
        Ok(tensor)
    }

    fn linear(&self, layer_idx: usize, name: &str, n_in: usize, n_out: usize) -> Result<Linear, Error> {
        let tensor = self.rows(&format!("blk.{layer_idx}.{name}.weight"), n_in, n_out)?;
        let weight = Matrix::new(tensor.kind, self.file.all_bytes(tensor), n_in, n_out, 1);
        Ok(Linear { weight, bias: self.optional(&format!("blk.{layer_idx}.{name}.bias"), n_out)? })
    }

    fn layer(&self, i: usize) -> Result<Layer, Error> {
        let a = self.arch;
        let (n_q, n_kv) = (a.n_heads * a.head_dim, a.n_kv_heads * a.head_dim);
        let optional = |name: &str, n| self.optional(&format!("blk.{i}.{name}.weight"), n);
        let required = |name: &str, n| self.vector(&format!("blk.{i}.{name}.weight"), n);
        Ok(Layer {
            attn_norm: required("attn_norm", a.n_embd)?,
            attn_q: self.linear(i, "attn_q", a.n_embd, n_q)?,
            attn_k: self.linear(i, "attn_k", a.n_embd, n_kv)?,
            attn_v: self.linear(i, "attn_v", a.n_embd, n_kv)?,
            attn_q_norm: optional("attn_q_norm", a.head_dim)?,
            attn_k_norm: optional("attn_k_norm", a.head_dim)?,
            attn_output: self.linear(i, "attn_output", n_q, a.n_embd)?,
            post_attention_norm: optional("post_attention_norm", a.n_embd)?,
            ffn_norm: required("ffn_norm", a.n_embd)?,
            ffn_gate: self.linear(i, "ffn_gate", a.n_embd, a.n_ff)?,
            ffn_up: self.linear(i, "ffn_up", a.n_embd, a.n_ff)?,
            ffn_down: self.linear(i, "ffn_down", a.n_ff, a.n_embd)?,
            post_ffw_norm: optional("post_ffw_norm", a.n_embd)?,
        })
    }
}
