//! Answers in JSON, compared leaf by leaf: names of fields to the letter, values by what they say, arrays in order.
use super::text;
use serde_json::Value;

/// From here on a float does not tell whole numbers apart.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0; // 2^53

/// Whether all fields are the same, or the same is said.
pub(super) fn agree(small: &str, large: &str) -> bool {
    if small.trim() == large.trim() {
        return true;
    }
    match (Fields::read(small), Fields::read(large)) {
        (Some(small), Some(large)) => small.serves_as(&large) && same(&small.value, &large.value),
        (None, None) => text::same(small, large),
        _ => false,
    }
}

/// The share of leaves that are the same, as F1: `2 common / (leaves of one + leaves of the other)`.
/// Leaves are values, empty arrays and empty objects.
pub(super) fn f1(small: &str, large: &str) -> f64 {
    if small.trim() == large.trim() {
        return 1.0;
    }
    match (Fields::read(small), Fields::read(large)) {
        (Some(small), Some(large)) if small.serves_as(&large) => {
            let n_all = n_leaves(&small.value) + n_leaves(&large.value);
            2.0 * n_common(&small.value, &large.value) as f64 / n_all as f64
        }
        (None, None) if text::same(small, large) => 1.0,
        _ => 0.0,
    }
}

/// An object or an array, and how it stands in its text.
struct Fields {
    value: Value,
    /// Nothing is around it, so that a program can read it.
    is_bare: bool,
}

impl Fields {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let inner = unfenced(text);
        let value = serde_json::from_str(inner.unwrap_or(text)).ok()?;
        matches!(value, Value::Object(_) | Value::Array(_)).then_some(Self { value, is_bare: inner.is_none() })
    }

    /// Who can read the large answer can read this one.
    fn serves_as(&self, large: &Self) -> bool {
        self.is_bare || !large.is_bare
    }
}

/// What stands inside the one block of code that `text` is.
pub(super) fn unfenced(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("```")?.strip_suffix("```")?;
    let (language, inner) = inner.split_once('\n')?;
    language.trim().bytes().all(|b| b.is_ascii_alphanumeric()).then(|| inner.trim())
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => same_leaf(a, b),
    }
}

/// Types are a schema's matter: 12 and "12" say the same here. Nothing (`null`) is said by no text.
fn same_leaf(a: &Value, b: &Value) -> bool {
    match (said(a), said(b)) {
        (Some(a), Some(b)) => text::same(&a, &b),
        (None, None) => a.is_null() && b.is_null(),
        _ => false,
    }
}

/// A value as text; none where it has none, or lost digits when it was read.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_f64() && number.as_f64().is_none_or(|n| n.abs() >= EXACT_BELOW) => None,
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn n_leaves(value: &Value) -> usize {
    match value {
        Value::Object(fields) if !fields.is_empty() => fields.values().map(n_leaves).sum(),
        Value::Array(values) if !values.is_empty() => values.iter().map(n_leaves).sum(),
        _ => 1,
    }
}

/// How many leaves stand in the same place in both and say the same.
fn n_common(a: &Value, b: &Value) -> usize {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.is_empty() && b.is_empty() => 1,
        (Value::Array(a), Value::Array(b)) if a.is_empty() && b.is_empty() => 1,
        (Value::Object(a), Value::Object(b)) => a.iter().filter_map(|(name, a)| Some(n_common(a, b.get(name)?))).sum(),
        (Value::Array(a), Value::Array(b)) => a.iter().zip(b).map(|(a, b)| n_common(a, b)).sum(),
        (a, b) => usize::from(same_leaf(a, b)),
    }
}
