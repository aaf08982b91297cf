//! What texts a grammar is to allow, in parts that can be put together.
use super::{Digits, MOST_BYTES, gbnf, schema};
use crate::{Error, Kind};
use serde_json::Value;
use std::fmt::Write;

/// A set of texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// The values of a JSON schema, as compact JSON, properties in the schema's order.
    Schema(Value),
    /// This text alone.
    Literal(String),
    /// What matches this regex from end to end (syntax of the `regex` crate, without anchors and look-around).
    Regex(String),
    /// A grammar of its own, in Lark's notation or in GBNF: only alone, not as a part.
    Grammar(String),
    /// Any text without this one in it.
    Prose {
        /// What must not stand in it.
        without: String,
    },
    /// Any text that ends with the first occurrence of this one.
    ProseUpTo(String),
    /// One after the other.
    Sequence(Vec<Self>),
    /// One of them.
    Either(Vec<Self>),
    /// So many times; without end when `most` is `None`.
    Repeat {
        /// What is repeated.
        what: Box<Self>,
        /// Least.
        least: usize,
        /// Most.
        most: Option<usize>,
    },
}

impl Shape {
    /// Any JSON object.
    pub fn object() -> Self {
        Self::Schema(serde_json::json!({ "type": "object" }))
    }

    /// The grammar in Lark's notation.
    pub(super) fn lark(&self, digits: Digits) -> Result<String, Error> {
        if let Self::Grammar(text) = self {
            bounded(text)?;
            return if text.contains("::=") { gbnf::lark(text) } else { own_grammar(text) };
        }
        let mut parts = Parts { digits, n: 0, rules: String::new() };
        let start = parts.add(self)?;
        Ok(format!("start: {start}\n{}", parts.rules))
    }
}

/// Lark's own notation; what would have a schema read by the library's own, looser reading is refused.
fn own_grammar(text: &str) -> Result<String, Error> {
    if text.contains("%json") {
        return Err(Error::new(Kind::Unsupported, "grammar: `%json` is not read here, give the schema as such"));
    }
    Ok(text.to_owned())
}

fn bounded(text: &str) -> Result<(), Error> {
    if text.len() > MOST_BYTES {
        return Err(Error::new(
            Kind::Input,
            format!("grammar: at most {MOST_BYTES} bytes expected, {} found", text.len()),
        ));
    }
    Ok(())
}

struct Parts {
    digits: Digits,
    n: usize,
    rules: String,
}

impl Parts {
    /// The name of the rule for `shape`.
    fn add(&mut self, shape: &Shape) -> Result<String, Error> {
        self.n += 1;
        let n = self.n;
        let body = match shape {
            Shape::Schema(value) => {
                let name = format!("s{n}");
                self.rules += &schema::rules(value, &name, &format!("s{n}x"), self.digits)?;
                return Ok(name);
            }
            Shape::Literal(text) if text.is_empty() => "\"\"".to_owned(),
            Shape::Literal(text) => format!("/{}/", schema::literal(text)),
            Shape::Regex(regex) => {
                bounded(regex)?;
                let hir = regex_syntax::Parser::new().parse(regex);
                let hir = hir.map_err(|e| {
                    let last = e.to_string().lines().last().unwrap_or_default().to_owned();
                    Error::new(Kind::Input, format!("regex: not read: {last}"))
                })?;
                format!("/{}/", slashed(&hir.to_string()))
            }
            Shape::Grammar(_) => return Err(Error::new(Kind::Input, "grammar: it cannot be combined with anything")),
            Shape::Prose { without } => {
                let text = schema::literal(without);
                let _ = writeln!(self.rules, "P{n}: /(?s:.+)/ & ~/(?s:.*){text}(?s:.*)/");
                format!("P{n}?")
            }
            Shape::ProseUpTo(end) => {
                let text = schema::literal(end);
                let _ = writeln!(self.rules, "P{n}: /(?s:.*){text}/ & ~/(?s:.*){text}(?s:.+)/");
                format!("P{n}")
            }
            Shape::Sequence(parts) => self.all(parts)?.join(" "),
            Shape::Either(parts) => self.all(parts)?.join(" | "),
            Shape::Repeat { what, least, most } => {
                let name = self.add(what)?;
                let most = most.map_or(String::new(), |n| n.to_string());
                format!("{name}{{{least},{most}}}")
            }
        };
        let _ = writeln!(self.rules, "r{n}: {body}");
        Ok(format!("r{n}"))
    }

    fn all(&mut self, shapes: &[Shape]) -> Result<Vec<String>, Error> {
        shapes.iter().map(|shape| self.add(shape)).collect()
    }
}

/// A regex between slashes.
fn slashed(regex: &str) -> String {
    if regex.is_empty() { "(?:)".to_owned() } else { regex.replace('/', r"\x2f").replace('\n', r"\n") }
}
