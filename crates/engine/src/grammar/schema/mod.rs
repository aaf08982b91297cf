//! JSON Schema as a grammar: whatever the grammar lets through is valid, and what cannot be enforced is refused.
mod emit;
mod expand;
mod expr;
mod extent;
mod keywords;
mod number;
mod pattern;
mod read;
mod set;
mod text;
pub(super) mod value;

use crate::{Error, Kind};
pub(crate) use pattern::literal;
use serde_json::Value;

/// How a grammar is to write values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// At most 15 digits a number, as many as a 64-bit float tells apart: no model runs on in one.
    Few,
    /// Any number of digits: to judge texts that others wrote.
    Any,
}

/// What is wrong, and later also where.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    what: String,
    /// A JSON pointer, once it is known.
    at: Option<String>,
}

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: None }
    }

    /// The same fault, found at `place` unless a closer one is known.
    fn at(self, place: impl FnOnce() -> String) -> Self {
        Self { at: self.at.or_else(|| Some(place())), ..self }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        const LONGEST: usize = 300;
        let mut place = fault.at.unwrap_or_default();
        if let Some((end, _)) = place.char_indices().nth(LONGEST) {
            place.replace_range(end.., "..");
        }
        Self::new(Kind::Unsupported, format!("schema at `#{place}`: {}", fault.what))
    }
}

/// The Lark rules of the values of `schema`; the rule named `start` gives them all, each name begins with `prefix`.
///
/// # Errors
/// Unsupported, with the keyword and its place as a JSON pointer.
pub(super) fn rules(schema: &Value, start: &str, prefix: &str, digits: Digits) -> Result<String, Error> {
    let mut expander = expand::Expander::new(schema)?;
    Ok(emit::rules(&mut expander, start, prefix, digits)?)
}
