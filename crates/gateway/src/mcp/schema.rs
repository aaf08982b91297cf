//! Schemas of tools as the protocol wants them: objects, also where a result is none.
use serde_json::{Map, Value, json};

/// Under which name a result stands that is no object.
const RESULT: &str = "result";
/// What else a schema's references may point to.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// The schema of arguments: an object, whatever a tool says.
pub(super) fn of_arguments(schema: &Value) -> Map<String, Value> {
    let mut schema = schema.as_object().cloned().unwrap_or_default();
    schema.insert("type".to_owned(), "object".into());
    schema
}

/// The schema of results: as it is for an object, else of an object that holds it.
pub(super) fn of_results(schema: &Value) -> Map<String, Value> {
    if is_object(schema) {
        return schema.as_object().cloned().unwrap_or_default();
    }
    let mut inner = schema.clone();
    let mut outer = Map::new();
    // references begin at the root, and go on to find what they mean there
    for name in DEFINITIONS {
        if let Some(definitions) = inner.as_object_mut().and_then(|inner| inner.remove(name)) {
            outer.insert(name.to_owned(), definitions);
        }
    }
    let whole = json!({
        "type": "object",
        "description": "What the tool returns is no object: it stands under `result`.",
        "properties": { RESULT: inner },
        "required": [RESULT],
        "additionalProperties": false,
    });
    if let Value::Object(whole) = whole {
        outer.extend(whole);
    }
    outer
}

/// A result as [`of_results`] says.
pub(super) fn wrapped_result(schema: &Value, result: Value) -> Value {
    if is_object(schema) { result } else { json!({ RESULT: result }) }
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object"
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolsmith::{Schemas, Tool};

    fn check(schema: &Value, value: &Value) -> Result<(), String> {
        let tool = Tool { input: json!({}), output: schema.clone(), ..Tool::default() };
        Schemas::new(&tool).expect("a schema").check_result(value)
    }

    #[test]
    fn results_that_are_no_objects_are_held_by_one() {
        let plain = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
        assert_eq!(Value::Object(of_results(&plain)), plain);
        assert_eq!(wrapped_result(&plain, json!({"n": 1})), json!({"n": 1}));
        let list = json!({"type": "array", "items": {"$ref": "#/$defs/word"}, "$defs": {"word": {"type": "string"}}});
        let outer = Value::Object(of_results(&list));
        let result = wrapped_result(&list, json!(["a"]));
        assert_eq!(check(&outer, &result), Ok(()));
        assert!(check(&outer, &json!({"result": [1]})).is_err() && check(&outer, &json!(["a"])).is_err());
    }
}
