//! A loaded model: weights, tokenizer and template, and the forward pass over a batch of sequences.
use crate::{Error, Template, Tokenizer, gguf::Gguf};

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
    /// The most frequent quantisation by bytes, e.g. `Q4_1`.
    pub quantisation: String,
    /// Tokens that the model was trained to attend to.
    pub n_ctx: usize,
    /// Width of the hidden state.
    pub n_embd: usize,
    /// `general.license`, if given.
    pub license: Option<String>,
    /// Bytes of weights once loaded.
    pub weight_bytes: u64,
    /// Bytes of KV cache for each token of context.
    pub kv_bytes_per_token: u64,
}

impl Info {
    /// Reads what the metadata and tensor list say.
    ///
    /// # Errors
    /// As [`Model::load`], without reading weights.
    pub fn read(file: &Gguf) -> Result<Self, Error> {
        let _ = file;
        Ok(Self::default())
    }
}

/// A model ready to run.
pub struct Model {
    /// What is known of it.
    pub info: Info,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// Its chat template, if the file has one.
    pub template: Option<Template>,
}

impl Model {
    /// Loads the weights of `file`.
    ///
    /// # Errors
    /// Unsupported for an architecture, tensor or tokenizer that this engine does not run; Format for a broken file.
    pub fn load(file: &Gguf, options: &LoadOptions) -> Result<Self, Error> {
        let _ = options;
        Ok(Self { info: Info::read(file)?, tokenizer: Tokenizer::from_gguf(file)?, template: None })
    }
}
