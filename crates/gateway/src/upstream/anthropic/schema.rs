//! JSON Schema in the subset that Anthropic's API enforces.
//!
//! The subset: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations>
use serde_json::{Map, Value, json};

/// Deeper schemas are not looked at.
const MOST_DEPTH: usize = 64;
/// What only narrows a value: the API refuses it, so the model is told of it in words.
const NARROWING: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// `schema` in the subset: whatever it allows, `schema` allows or narrows in ways that its descriptions tell. None where
/// something in it cannot be said so.
pub(super) fn native(schema: &Value) -> Option<Value> {
    let definitions = |name: &str| schema[name].as_object().into_iter().flatten();
    let all: Vec<_> = definitions("$defs").chain(definitions("definitions")).collect();
    let is_endless = all.iter().any(|(name, _)| reaches(name, name, &all, &mut Vec::new()));
    if is_endless { None } else { part(schema, MOST_DEPTH) }
}

fn part(schema: &Value, depth: usize) -> Option<Value> {
    let fields = schema.as_object()?;
    let deeper = depth.checked_sub(1)?;
    let each = |value: &Value| -> Option<Value> {
        let parts: Option<Map<_, _>> =
            value.as_object()?.iter().map(|(name, schema)| Some((name.clone(), part(schema, deeper)?))).collect();
        Some(Value::Object(parts?))
    };
    let list = |value: &Value| -> Option<Value> {
        value.as_array()?.iter().map(|schema| part(schema, deeper)).collect::<Option<Vec<_>>>().map(Value::Array)
    };
    let (mut native, mut told) = (Map::new(), Vec::new());
    for (name, value) in fields {
        let value = match name.as_str() {
            "$schema" | "$id" | "$comment" | "examples" | "additionalProperties" => continue,
            "title" | "description" | "default" | "type" | "const" | "required" => value.clone(),
            "enum" if value.as_array()?.iter().all(|value| !value.is_array() && !value.is_object()) => value.clone(),
            "$ref" if value.as_str()?.starts_with("#/$defs/") || value.as_str()?.starts_with("#/definitions/") => {
                value.clone()
            }
            "properties" | "$defs" | "definitions" => each(value)?,
            "items" => part(value, deeper)?,
            "anyOf" | "allOf" => list(value)?,
            "format" if FORMATS.contains(&value.as_str()?) => value.clone(),
            "minItems" if value.as_u64().is_some_and(|n| n < 2) => value.clone(),
            "format" => {
                told.push(format!("{name}: {value}"));
                continue;
            }
            narrowing if NARROWING.contains(&narrowing) => {
                told.push(format!("{name}: {value}"));
                continue;
            }
            _ => return None,
        };
        native.insert(name.clone(), value);
    }
    if fields.get("type").is_some_and(|kind| kind == "object") || fields.contains_key("properties") {
        // further properties are always forbidden there, which must take away nothing that was asked for
        let asked = fields.get("additionalProperties").is_some_and(Value::is_object);
        if asked || !fields.contains_key("properties") {
            return None;
        }
        native.insert("additionalProperties".to_owned(), json!(false));
    }
    if !told.is_empty() {
        let before =
            native.get("description").and_then(Value::as_str).map(|text| format!("{text} ")).unwrap_or_default();
        native.insert("description".to_owned(), format!("{before}({})", told.join(", ")).into());
    }
    Some(Value::Object(native))
}

/// Whether the definition `from` refers to `to`, also by way of others.
fn reaches<'a>(from: &'a str, to: &str, all: &[(&'a String, &'a Value)], seen: &mut Vec<&'a str>) -> bool {
    let Some((name, schema)) = all.iter().find(|(name, _)| *name == from) else { return false };
    if seen.contains(&name.as_str()) {
        return false;
    }
    seen.push(name);
    let mut found = Vec::new();
    references(schema, &mut found);
    found.into_iter().any(|next| next == to || reaches(next, to, all, seen))
}

/// The names of the definitions that `schema` refers to.
fn references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next()));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_narrows_is_told_in_words() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "total": { "type": "number", "minimum": 0, "description": "In euros." },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/line" }, "minItems": 1, "maxItems": 9 },
            },
            "required": ["total"],
            "$defs": { "line": { "type": "string", "format": "iban" } },
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "total": { "type": "number", "description": "In euros. (minimum: 0)" },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/line" }, "minItems": 1,
                    "description": "(maxItems: 9)" },
            },
            "required": ["total"],
            "$defs": { "line": { "type": "string", "description": "(format: \"iban\")" } },
            "additionalProperties": false,
        });
        assert_eq!(native(&schema), Some(expected));
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        let mut deep = json!({ "type": "string" });
        for _ in 0..2 * MOST_DEPTH {
            deep = json!({ "type": "array", "items": deep });
        }
        for schema in [
            json!({ "type": "object" }),
            json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
            json!({ "oneOf": [{ "type": "string" }] }),
            json!({ "not": {} }),
            json!({ "$ref": "https://elsewhere.example/schema" }),
            json!({ "enum": [{}] }),
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "array", "items": { "$ref": "#/$defs/b" } },
                "b": { "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/a" }] } } }),
            json!(true),
            deep,
        ] {
            assert_eq!(native(&schema), None, "{schema}");
        }
    }
}
