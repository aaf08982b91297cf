//! Where arguments stand in the text that they were read from.
use super::{
    Refused,
    candidates::{self, Kind, Literal},
};
use serde_json::{Map, Value};
use std::ops::Range;

/// A text or number among arguments, and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    /// Which argument it is: names, `[]` for the entries of a list, `{}` for names that no schema gives.
    pub(super) path: String,
    pub(super) range: Range<usize>,
}

/// The order in which a tool's arguments stand in its requests: their names, and the schema that says which names there are.
pub(super) struct Order<'a> {
    pub(super) names: &'a [String],
    pub(super) schema: &'a Value,
}

/// The places of all leaves of `arguments` in `text`, each behind the one before it.
///
/// # Errors
/// `NotThere`, `Twice` or `Disorder`.
pub(super) fn placed(text: &str, arguments: &Map<String, Value>, order: &Order<'_>) -> Result<Vec<Placed>, Refused> {
    let mut leaves = Vec::new();
    collect_fields(arguments, "", order, &mut leaves)?;
    let literals = candidates::literals(text);
    let mut all: Vec<Placed> = Vec::new();
    for (path, leaf) in leaves {
        let places = leaf.places(text, &literals);
        let end = all.last().map_or(0, |last| last.range.end);
        let is_free = |place: &&Range<usize>| !all.iter().any(|used| overlap(&used.range, place));
        match places.iter().find(|place| place.start >= end) {
            Some(range) => all.push(Placed { path, range: range.clone() }),
            None if places.is_empty() => return Err(Refused::NotThere(leaf.shown())),
            None if places.iter().any(|place| is_free(&place)) => return Err(Refused::Disorder(leaf.shown())),
            None => return Err(Refused::Twice(leaf.shown())),
        }
    }
    Ok(all)
}

/// All leaves of `arguments` in that order: which argument each is, and what stands for it in a text.
///
/// # Errors
/// `NotThere` for what no text can hold.
pub(super) fn leaves(arguments: &Map<String, Value>, order: &Order<'_>) -> Result<Vec<(String, String)>, Refused> {
    let mut leaves = Vec::new();
    collect_fields(arguments, "", order, &mut leaves)?;
    Ok(leaves.into_iter().map(|(path, leaf)| (path, leaf.shown())).collect())
}

pub(super) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// A value that must stand in the text.
enum Leaf<'a> {
    Text(&'a str),
    Number(&'a Value),
}

impl Leaf<'_> {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn places(&self, text: &str, literals: &[Literal]) -> Vec<Range<usize>> {
        match self {
            Self::Text(leaf) if is_signs(leaf) => signs(text, leaf),
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
pub(super) fn occurrences(text: &str, leaf: &str) -> Vec<Range<usize>> {
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

/// Whether it is made of signs alone, without blanks.
fn is_signs(leaf: &str) -> bool {
    !leaf.is_empty() && !leaf.contains(|c: char| c.is_alphanumeric() || c.is_whitespace())
}

/// All places of the signs of `leaf` in `text`, where blanks may stand between them.
fn signs(text: &str, leaf: &str) -> Vec<Range<usize>> {
    let from = |start: usize| {
        let mut rest = &text[start..];
        for sign in leaf.chars() {
            rest = rest.trim_start_matches(' ').strip_prefix(sign)?;
        }
        Some(start..text.len() - rest.len())
    };
    let begin = leaf.chars().next();
    text.char_indices().filter(|(_, c)| Some(*c) == begin).filter_map(|(start, _)| from(start)).collect()
}

/// The leaves of `value`: texts, numbers, and names that no schema gives.
fn collect<'a>(
    value: &'a Value,
    path: &str,
    order: &Order<'_>,
    leaves: &mut Vec<(String, Leaf<'a>)>,
) -> Result<(), Refused> {
    match value {
        Value::String(text) => leaves.push((path.to_owned(), Leaf::Text(text))),
        Value::Number(_) => leaves.push((path.to_owned(), Leaf::Number(value))),
        Value::Array(items) => {
            let path = format!("{path}[]");
            items.iter().try_for_each(|item| collect(item, &path, order, leaves))?;
        }
        Value::Object(fields) => collect_fields(fields, path, order, leaves)?,
        Value::Null | Value::Bool(_) => return Err(Refused::NotThere(value.to_string())),
    }
    Ok(())
}

fn collect_fields<'a>(
    fields: &'a Map<String, Value>,
    path: &str,
    order: &Order<'_>,
    leaves: &mut Vec<(String, Leaf<'a>)>,
) -> Result<(), Refused> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| order.names.iter().position(|known| known == *name));
    for (name, field) in fields {
        if is_named(order.schema, name) {
            collect(field, &format!("{path}.{name}"), order, leaves)?;
        } else {
            let path = format!("{path}{{}}");
            leaves.push((path.clone(), Leaf::Text(name)));
            collect(field, &path, order, leaves)?;
        }
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

/// The names that `value` gives its fields, in their order, with those within.
pub(super) fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if !found.contains(name) {
                    found.push(name.clone());
                }
                names(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}
