//! Whether arguments are a request's own: every value is a span, none is used twice, and nothing that matters is left over.
use super::{
    Refused,
    candidates::{self, Kind, Literal},
};
use crate::Tool;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, ops::Range};

/// A word that stands in fewer of a tool's examples than one in so many is not its wording, but what it is about.
const RARE: usize = 10;

/// Whether `arguments` are valid for `tool` and point at `text`, with no span twice and no literal left over: no number, time
/// or quotation that is not in the wording of all examples, and no word that is in few of them.
///
/// # Errors
/// `Invalid`, `NotThere`, `Twice` or `LeftOver`.
pub fn check(tool: &Tool, text: &str, arguments: &Map<String, Value>) -> Result<(), Refused> {
    let value = Value::Object(arguments.clone());
    let validator = jsonschema::validator_for(&tool.input).map_err(|fault| Refused::Schema(fault.to_string()))?;
    validator.validate(&value).map_err(|fault| Refused::Invalid(fault.to_string()))?;
    let used = placed(text, &value, &tool.input)?;
    let literals = candidates::literals(text);
    let wording = Wording::of(tool);
    let left = literals.iter().find(|literal| {
        let consumed = used.iter().any(|used| used.start <= literal.range.start && literal.range.end <= used.end);
        // what stands in quotation marks may be used in parts
        let inside = literal.kind == Kind::Quoted && used.iter().any(|used| overlap(used, &literal.range));
        !consumed && !inside && wording.is_about(literal, text)
    });
    left.map_or(Ok(()), |literal| Err(Refused::LeftOver(text[literal.range.clone()].to_owned())))
}

/// Where in `text` the leaves of `value` stand: the longest take their place first, each the first that is free.
fn placed(text: &str, value: &Value, schema: &Value) -> Result<Vec<Range<usize>>, Refused> {
    let mut leaves = Vec::new();
    collect(value, schema, &mut leaves)?;
    leaves.sort_by_key(|leaf| std::cmp::Reverse(leaf.length()));
    let literals = candidates::literals(text);
    let mut used: Vec<Range<usize>> = Vec::new();
    for leaf in leaves {
        let places = leaf.places(text, &literals);
        match places.iter().find(|place| !used.iter().any(|used| overlap(used, place))) {
            Some(place) => used.push(place.clone()),
            None if places.is_empty() => return Err(Refused::NotThere(leaf.shown())),
            None => return Err(Refused::Twice(leaf.shown())),
        }
    }
    Ok(used)
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// A value that must stand in the text.
enum Leaf<'a> {
    Text(&'a str),
    Number(&'a Value),
}

impl Leaf<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(number) => number.to_string().len(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn places(&self, text: &str, literals: &[Literal]) -> Vec<Range<usize>> {
        match self {
            Self::Text(leaf) => occurrences(text, leaf),
            Self::Number(number) => {
                let numbers = literals.iter().filter(|literal| literal.kind == Kind::Number);
                let same = |range: &Range<usize>| {
                    candidates::value(&text[range.clone()]).is_some_and(|value| value.as_f64() == number.as_f64())
                };
                numbers.map(|literal| literal.range.clone()).filter(same).collect()
            }
        }
    }
}

/// All places of `leaf` in `text` that begin and end where words do.
fn occurrences(text: &str, leaf: &str) -> Vec<Range<usize>> {
    let joined =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    let whole = |range: &Range<usize>| {
        !joined(text[..range.start].chars().next_back(), leaf.chars().next())
            && !joined(leaf.chars().next_back(), text[range.end..].chars().next())
    };
    if leaf.trim().is_empty() {
        return Vec::new();
    }
    text.match_indices(leaf).map(|(at, _)| at..at + leaf.len()).filter(whole).collect()
}

/// The leaves of `value`: texts, numbers, and names that `schema` does not give.
fn collect<'a>(value: &'a Value, schema: &Value, leaves: &mut Vec<Leaf<'a>>) -> Result<(), Refused> {
    match value {
        Value::String(text) => leaves.push(Leaf::Text(text)),
        Value::Number(_) => leaves.push(Leaf::Number(value)),
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, schema, leaves))?,
        Value::Object(fields) => {
            for (name, field) in fields {
                if !is_named(schema, name) {
                    leaves.push(Leaf::Text(name));
                }
                collect(field, schema, leaves)?;
            }
        }
        Value::Null | Value::Bool(_) => return Err(Refused::NotThere(value.to_string())),
    }
    Ok(())
}

/// Whether `schema` has a property called `name`, anywhere.
fn is_named(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(fields) => {
            let here = fields.get("properties").and_then(Value::as_object).is_some_and(|all| all.contains_key(name));
            here || fields.values().any(|field| is_named(field, name))
        }
        Value::Array(items) => items.iter().any(|item| is_named(item, name)),
        _ => false,
    }
}

/// In how many of a tool's examples words and literals stand.
struct Wording {
    counts: BTreeMap<String, usize>,
    n: usize,
}

impl Wording {
    fn of(tool: &Tool) -> Self {
        let mut counts = BTreeMap::new();
        for example in &tool.examples {
            let literals = candidates::literals(&example.text);
            let mut names: Vec<_> = literals.iter().map(|literal| folded(literal, &example.text)).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().for_each(|name| *counts.entry(name).or_default() += 1);
        }
        Self { counts, n: tool.examples.len() }
    }

    /// Whether a literal of a request is what the request is about.
    fn is_about(&self, literal: &Literal, text: &str) -> bool {
        let n = self.counts.get(&folded(literal, text)).copied().unwrap_or(0);
        match literal.kind {
            Kind::Word => n * RARE < self.n.max(1),
            // a number in every example is part of the question
            Kind::Number | Kind::Time | Kind::Quoted => n < self.n.max(1),
        }
    }
}

fn folded(literal: &Literal, text: &str) -> String {
    text[literal.range.clone()].to_lowercase()
}
