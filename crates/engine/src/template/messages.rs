//! What transformers does to messages, tools and documents before a template sees them.
use super::arguments::wrong;
use minijinja::{Error, Value, value::ValueKind};

/// The names that a message's reasoning goes by; templates read the first, and some the second.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// The variable `name` as a template is given it.
pub(super) fn prepare(name: &str, value: &Value) -> Result<Value, Error> {
    if !matches!(name, "messages" | "tools" | "documents") || value.is_none() {
        return Ok(value.clone());
    }
    let mut prepared = Vec::new();
    for item in value.try_iter()? {
        if item.kind() != ValueKind::Map {
            return Err(wrong(format!("`{name}`: an object expected in each place, {} found", item.kind())));
        }
        prepared.push(if name == "messages" { with_reasoning(item) } else { item });
    }
    Ok(prepared.into())
}

/// Reasoning under its older names is given under the others too.
fn with_reasoning(message: Value) -> Value {
    let field = |name: &&str| message.get_attr(name).ok().filter(|value| !value.is_none() && !value.is_undefined());
    let Some(reasoning) = REASONING.iter().find_map(field) else {
        return message;
    };
    let pair = |key: Value| {
        let value = message.get_item(&key).unwrap_or_default();
        (key, value)
    };
    let pairs = std::iter::once((Value::from(REASONING[1]), reasoning.clone()))
        .chain(message.try_iter().into_iter().flatten().map(pair))
        .chain([(Value::from(REASONING[0]), reasoning.clone())]);
    Value::from_pairs(pairs)
}
