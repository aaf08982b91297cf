//! Reads what stands behind keywords: lists, names, counts, numbers, types, and places that references name.
use super::{
    Fault,
    expr::Expr,
    number::{Decimal, Numbers},
    set::{Array, Object, Set},
};
use serde_json::Value;

/// Longest that a length may be counted.
const MOST_LENGTH: u64 = 100_000;

pub(super) fn types(value: &Value) -> Result<Set, Fault> {
    let all = match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let mut set = Set::none();
    for one in all {
        let none = Set::none();
        let one = match one.as_str() {
            Some("null") => Set { null: true, ..none },
            Some("boolean") => Set { yes: true, no: true, ..none },
            Some("number") => Set { numbers: Expr::All, ..none },
            Some("integer") => Set { numbers: Expr::Leaf(Numbers::Integers), ..none },
            Some("string") => Set { texts: Expr::All, ..none },
            Some("array") => Set { arrays: vec![Array::any()], ..none },
            Some("object") => Set { objects: vec![Object::any()], ..none },
            _ => return Err(Fault::new(format!("one of the seven types expected, {} found", short(one)))),
        };
        set = set.either(&one)?;
    }
    Ok(set)
}

/// The subschema below `value` that is named `anchor`.
pub(super) fn anchored<'a>(value: &'a Value, anchor: &str, depth: usize) -> Option<&'a Value> {
    let inside: Box<dyn Iterator<Item = &Value>> = match value {
        _ if depth > 128 => return None,
        Value::Object(fields) if fields.get("$anchor").is_some_and(|name| name == anchor) => return Some(value),
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => return None,
    };
    inside.into_iter().find_map(|value| anchored(value, anchor, depth + 1))
}

pub(super) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%')
            .then(|| text.get(i + 1..i + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(bytes[i]));
        i += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) fn text_of(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| Fault::new(format!("a text expected, {} found", kind(value))))
}

pub(super) fn list(value: &Value) -> Result<&Vec<Value>, Fault> {
    value.as_array().ok_or_else(|| Fault::new(format!("a list expected, {} found", kind(value))))
}

pub(super) fn map(value: Option<&Value>) -> Result<Box<dyn Iterator<Item = (&String, &Value)> + '_>, Fault> {
    match value {
        None => Ok(Box::new(std::iter::empty())),
        Some(Value::Object(fields)) => Ok(Box::new(fields.iter())),
        Some(other) => Err(Fault::new(format!("an object expected, {} found", kind(other)))),
    }
}

pub(super) fn names(value: &Value) -> Result<Vec<String>, Fault> {
    let mut all: Vec<String> = Vec::new();
    for name in list(value)? {
        let name = text_of(name)?.to_owned();
        if !all.contains(&name) {
            all.push(name);
        }
    }
    Ok(all)
}

pub(super) fn whole(value: &Value) -> Result<u64, Fault> {
    let float = || value.as_f64().filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x)).map(|x| x as u64);
    value
        .as_u64()
        .or_else(float)
        .ok_or_else(|| Fault::new(format!("a whole number from 0 on expected, {} found", short(value))))
}

pub(super) fn count(value: &Value) -> Result<usize, Fault> {
    whole(value).map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

pub(super) fn length(value: &Value) -> Result<u32, Fault> {
    match whole(value)? {
        n if n <= MOST_LENGTH => Ok(n as u32),
        n => Err(Fault::new(format!("a length of at most {MOST_LENGTH} is enforced, {n} found"))),
    }
}

pub(super) fn decimal(value: &Value) -> Result<Decimal, Fault> {
    match value {
        Value::Number(number) => Decimal::read(&number.to_string()),
        other => Err(Fault::new(format!("a number expected, {} found", kind(other)))),
    }
}

pub(super) fn short(value: &Value) -> String {
    format!("{:.60}", value.to_string())
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
