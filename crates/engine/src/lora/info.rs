//! What an adapter's file says of itself, whatever the model.
use crate::{
    Error,
    error::quoted,
    gguf::{Gguf, Value},
};

/// What is known of an adapter without its model.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// Architecture of the model that it is for, as in `general.architecture`.
    pub arch: String,
    /// `adapter.lora.alpha`; 0 when B is scaled already.
    pub alpha: f32,
    /// Lowest and highest rank of its pairs.
    pub ranks: (usize, usize),
    /// Matrices that it changes.
    pub n_pairs: usize,
}

impl Info {
    /// Whether `file` calls itself an adapter, of whatever type.
    pub fn is_told_by(file: &Gguf) -> bool {
        file.str("general.type").is_ok_and(|kind| kind == "adapter")
    }

    /// Reads what the metadata and tensor list say.
    ///
    /// # Errors
    /// Format or Unsupported when `file` is no LoRA adapter that this engine applies.
    pub fn read(file: &Gguf) -> Result<Self, Error> {
        for (key, expected) in [("general.type", "adapter"), ("adapter.type", "lora")] {
            let found = match file.get(key) {
                Some(Value::Str(found)) if found == expected => continue,
                found => found.map_or_else(|| "nothing".to_owned(), Value::to_string),
            };
            return Err(Error::unsupported(format!("metadata `{key}`: the text `{expected}` expected, {found} found")));
        }
        if file.n_shards() > 1 {
            return Err(Error::unsupported("an adapter in several files; one file is read"));
        }
        // such an adapter is off until the prompt has called it
        if let Some((key, _)) = file.metadata().iter().find(|(key, _)| key.starts_with("adapter.alora.")) {
            return Err(Error::unsupported(format!("metadata {}: activated LoRA; plain LoRA is run", quoted(key))));
        }
        let alpha = if file.get("adapter.lora.alpha").is_some() { file.f32("adapter.lora.alpha")? } else { 0.0 };
        if !(0.0..=super::MAX_SCALE).contains(&alpha) {
            let most = super::MAX_SCALE;
            return Err(Error::format(format!(
                "metadata `adapter.lora.alpha`: a number from 0 to {most} expected, {alpha} found"
            )));
        }
        let b = file.tensors().iter().filter(|t| t.name.ends_with(".lora_b"));
        let ranks: Vec<usize> = b.filter_map(|t| t.shape.first().copied()).collect();
        Ok(Self {
            arch: file.str("general.architecture")?.to_owned(),
            alpha,
            ranks: (ranks.iter().copied().min().unwrap_or(0), ranks.iter().copied().max().unwrap_or(0)),
            n_pairs: ranks.len(),
        })
    }
}
