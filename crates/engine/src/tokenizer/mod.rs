//! Text to token ids and back, from the vocabulary inside a GGUF file.
use crate::{Error, gguf::Gguf};

/// How text that looks like a special token is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// As the special token.
    Parse,
    /// As plain text.
    AsText,
}

/// A vocabulary and its way to split text.
pub struct Tokenizer {}

impl Tokenizer {
    /// Reads the tokenizer of `file`.
    ///
    /// # Errors
    /// Unsupported for an unknown model or pre-tokenizer (by name), Format for a broken vocabulary.
    pub fn from_gguf(file: &Gguf) -> Result<Self, Error> {
        let _ = file;
        Ok(Self {})
    }

    /// Token ids of `text`; no BOS is added.
    pub fn encode(&self, text: &str, special: Special) -> Vec<u32> {
        let _ = (text, special);
        Vec::new()
    }

    /// Token ids of a rendered template whose user strings went through [`Self::guard`]: what stands in the template is
    /// parsed for special tokens, what the user wrote stays text. Adds BOS when the model wants it and it is not there.
    pub fn encode_prompt(&self, rendered: &str) -> Vec<u32> {
        let _ = rendered;
        Vec::new()
    }

    /// `text` so marked that no special token in it is parsed by [`Self::encode_prompt`].
    pub fn guard<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        text.into()
    }

    /// The bytes that token `id` stands for in an answer; empty for control tokens and for ids outside the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        let _ = id;
        &[]
    }

    /// The token's own text, control tokens included (`<|im_end|>`); for logprobs and messages.
    pub fn text(&self, id: u32) -> String {
        let _ = id;
        String::new()
    }

    /// Size of the vocabulary.
    pub fn n_vocab(&self) -> usize {
        0
    }

    /// The token that begins a text.
    pub fn bos(&self) -> Option<u32> {
        None
    }

    /// The token that ends a text.
    pub fn eos(&self) -> Option<u32> {
        None
    }

    /// Whether the model wants BOS before every text.
    pub fn add_bos(&self) -> bool {
        false
    }

    /// Whether `id` ends an answer (EOS, end of turn, ...).
    pub fn is_end(&self, id: u32) -> bool {
        let _ = id;
        false
    }
}
