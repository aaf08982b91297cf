//! Reads prompts: one text, several, token ids, or several lists of them.
use crate::Local;
use chat::Error;
use serde_json::Value;

/// Most prompts of one request, and most answers.
pub(super) const MOST: usize = 2048;

/// What is to be continued or embedded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Prompt {
    Text(String),
    Tokens(Vec<u32>),
}

impl Prompt {
    pub(super) fn encode(&self, local: &dyn Local) -> Vec<u32> {
        match self {
            Self::Text(text) => local.encode(text),
            Self::Tokens(ids) => ids.clone(),
        }
    }

    /// The prompt as an answer repeats it.
    pub(super) fn echo(&self, local: &dyn Local) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Tokens(ids) => {
                let bytes: Vec<u8> = ids.iter().flat_map(|id| local.bytes(*id)).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
        }
    }
}

/// The prompts in the field `name`.
pub(super) fn read(value: &Value, name: &str, n_vocab: usize) -> Result<Vec<Prompt>, Error> {
    let several = match value {
        Value::String(text) => return Ok(vec![Prompt::Text(text.clone())]),
        Value::Array(items) => items,
        Value::Null => return Err(Error::field(name, "missing")),
        _ => return Err(Error::field(name, "a text, a list of texts or a list of token ids expected")),
    };
    match several.first() {
        None => Err(Error::field(name, "at least one expected, an empty list found")),
        Some(Value::Number(_)) => Ok(vec![Prompt::Tokens(tokens(several, name, n_vocab)?)]),
        Some(_) if several.len() > MOST => Err(Error::field(name, format!("at most {MOST} expected"))),
        Some(_) => several.iter().enumerate().map(|(i, v)| one(v, &format!("{name}[{i}]"), n_vocab)).collect(),
    }
}

fn one(value: &Value, place: &str, n_vocab: usize) -> Result<Prompt, Error> {
    match value {
        Value::String(text) => Ok(Prompt::Text(text.clone())),
        Value::Array(ids) => tokens(ids, place, n_vocab).map(Prompt::Tokens),
        _ => Err(Error::field(place, "a text or a list of token ids expected")),
    }
}

fn tokens(ids: &[Value], place: &str, n_vocab: usize) -> Result<Vec<u32>, Error> {
    let id = |(i, value): (usize, &Value)| {
        let id = value.as_u64().and_then(|id| u32::try_from(id).ok()).filter(|id| (*id as usize) < n_vocab);
        id.ok_or_else(|| Error::field(format!("{place}[{i}]"), format!("a token id below {n_vocab} expected")))
    };
    ids.iter().enumerate().map(id).collect()
}
