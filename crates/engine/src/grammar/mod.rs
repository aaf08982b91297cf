//! Constrained decoding: a grammar says, before each token, which tokens may come.
//!
//! A [`Shape`] describes the texts that may be written; [`Grammar::compile`] makes it ready for one vocabulary, away from
//! the engine's thread; a request that carries it is answered within it.
mod compiled;
mod example;
mod gbnf;
mod schema;
mod shape;
mod vocabulary;
mod writer;

use crate::{Error, Kind};
pub(crate) use compiled::Compiled;
use llguidance::{Matcher, api::TopLevelGrammar};
pub use schema::Digits;
pub use shape::Shape;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
pub use vocabulary::Vocabulary;
pub(crate) use writer::{Mask, Verdict, Writer};

/// Bytes that a regex or a grammar of a user may have.
const MOST_BYTES: usize = 256 << 10;

/// A compiled grammar for one vocabulary. Cheap to share among requests.
pub struct Grammar {
    vocabulary: Arc<Vocabulary>,
    fresh: Mutex<Matcher>,
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grammar")
    }
}

impl Grammar {
    /// Compiles `shape`; may take some milliseconds.
    ///
    /// # Errors
    /// Unsupported, naming the keyword of a schema and its place as a JSON pointer; Input for a regex or a grammar that
    /// is not one, or that is too large.
    pub fn compile(vocabulary: &Arc<Vocabulary>, shape: &Shape) -> Result<Self, Error> {
        Self::with_digits(vocabulary, shape, Digits::Few)
    }

    /// As [`Self::compile`], for texts that others wrote.
    ///
    /// # Errors
    /// As there.
    pub fn with_digits(vocabulary: &Arc<Vocabulary>, shape: &Shape, digits: Digits) -> Result<Self, Error> {
        let lark = shape.lark(digits)?;
        let parser = vocabulary.factory().create_parser(TopLevelGrammar::from_lark(lark));
        let mut matcher = Matcher::new(parser);
        if let Some(fault) = matcher.get_error() {
            return Err(Error::new(Kind::Input, format!("grammar: {}", first_lines(&fault))));
        }
        // a grammar that allows nothing would fail amid an answer
        let mask = matcher
            .compute_mask_or_eos()
            .map_err(|e| Error::new(Kind::Input, format!("grammar: {}", first_lines(&e.to_string()))))?;
        if mask.is_zero() {
            return Err(Error::new(Kind::Input, "grammar: no text satisfies it"));
        }
        Ok(Self { vocabulary: vocabulary.clone(), fresh: Mutex::new(matcher) })
    }

    /// Whether the grammar lets all of `text` through, and lets it end there.
    pub fn accepts(&self, text: &str) -> bool {
        let mut matcher = self.start();
        let ids = self.vocabulary.greedy(text.as_bytes());
        let read = |ids: &[u32]| matches!(matcher.try_consume_tokens(ids), Ok(n) if n == ids.len());
        let mut read = read;
        read(&ids) && matcher.is_accepting().unwrap_or(false)
    }

    fn start(&self) -> Matcher {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a JSON text writes a value that a schema's grammar accepts: ordinary white space, the order of properties and
/// the way in which numbers and strings are written do not matter, as they are no part of the value.
pub struct Judge {
    grammar: Grammar,
    order: Vec<String>,
}

impl Judge {
    /// For the values of `schema`.
    ///
    /// # Errors
    /// As [`Grammar::compile`].
    pub fn new(vocabulary: &Arc<Vocabulary>, schema: &serde_json::Value) -> Result<Self, Error> {
        let grammar = Grammar::with_digits(vocabulary, &Shape::Schema(schema.clone()), Digits::Any)?;
        Ok(Self { grammar, order: schema::value::order(schema) })
    }

    /// Whether `text` is accepted.
    pub fn accepts(&self, text: &str) -> bool {
        let Some(value) = schema::value::Written::read(text) else { return false };
        self.grammar.accepts(&value.compact(&self.order)) || self.grammar.accepts(&value.compact(&[]))
    }
}

/// The library's errors quote whole grammars.
fn first_lines(fault: &str) -> String {
    let line = fault.lines().find(|line| !line.trim().is_empty()).unwrap_or("unreadable");
    line.chars().take(300).collect()
}
