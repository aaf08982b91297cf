//! Schemas: whatever the grammar of an accepted one lets through is valid, and every other is refused with a reason.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it counted")]
#[path = "support/rng.rs"]
mod rng;

use engine::{Grammar, Shape, Vocabulary, grammar::Judge};
use rng::Rng;
use serde_json::{Value, json};
use std::sync::Arc;

/// Random texts for each schema.
const N_TEXTS: u64 = 20;

fn validator(schema: &Value) -> Option<jsonschema::Validator> {
    jsonschema::options().should_validate_formats(true).build(schema).ok()
}

/// Faults of one schema; whether it was accepted.
fn hold(vocabulary: &Arc<Vocabulary>, schema: &Value, faults: &mut Vec<String>) -> bool {
    let grammar = match Grammar::compile(vocabulary, &Shape::Schema(schema.clone())) {
        Ok(grammar) => grammar,
        Err(error) => {
            let placed = error.message.starts_with("schema at `#") && error.message.len() < 500;
            if !placed && !error.message.starts_with("grammar:") {
                faults.push(format!("{schema}: refused without a place: {error}"));
            }
            return false;
        }
    };
    let Some(validator) = validator(schema) else {
        faults.push(format!("{schema}: accepted, but the validator refuses it"));
        return true;
    };
    let judge = Judge::new(vocabulary, schema).unwrap();
    for seed in 0..N_TEXTS {
        let text = match grammar.example(seed, 120) {
            Ok(Some(text)) => String::from_utf8(text).unwrap(),
            Ok(None) => continue,
            Err(error) => {
                faults.push(format!("{schema}: {error}"));
                break;
            }
        };
        match serde_json::from_str::<Value>(&text) {
            Ok(value) if validator.is_valid(&value) => {}
            Ok(_) => {
                faults.push(format!("{schema}: lets through {text}"));
                break;
            }
            Err(error) => {
                faults.push(format!("{schema}: {error} in {text}"));
                break;
            }
        }
        if !judge.accepts(&text) {
            faults.push(format!("{schema}: its own {text} is not accepted"));
            break;
        }
    }
    true
}

/// A random schema, a few levels deep.
fn random(rng: &mut Rng, depth: usize) -> Value {
    let mut below = |n: u64| rng.next() % n;
    let (kind, a, b, c) = (below(if depth == 0 { 9 } else { 22 }), below(6), below(6), below(4));
    let (low, high) = (a.min(b), a.max(b));
    let mut sub = || random(rng, depth.saturating_sub(1));
    match kind {
        0 => json!({ "type": "integer", "minimum": low as i64 * 7 - 20, "maximum": high * 13 }),
        1 => {
            json!({ "type": "number", "exclusiveMinimum": low as f64 / 4.0 - 0.5, "maximum": high as f64 * 2.5 + 0.1 })
        }
        2 => json!({ "type": "string", "minLength": low, "maxLength": high }),
        3 => {
            let pattern = ["^a+b?$", "[0-9]{2}", "^(x|yz)", "\\w-\\d$", "^[^\"]*$", "é|\\n"][a as usize];
            json!({ "type": "string", "pattern": pattern, "maxLength": high + 4 })
        }
        4 => {
            let values = json!(["a", "b\n", 1, 2.5, null, true, ["x"], { "k": 1 }]);
            json!({ "enum": values.as_array().unwrap()[a as usize..] })
        }
        5 => {
            let name = ["string", "null", "boolean", "integer", "number", "array"][a as usize];
            json!({ "type": name })
        }
        6 => {
            let name = ["date", "time", "date-time", "uuid", "ipv4", "email"][a as usize];
            json!({ "type": "string", "format": name })
        }
        7 => {
            let values = json!(["q", 3, [1, "z"], { "a": 0 }, false, -1.5]);
            json!({ "const": values[a as usize] })
        }
        8 => json!({ "type": "integer", "multipleOf": a + 2, "minimum": -50, "exclusiveMaximum": 70 }),
        9 => json!({ "type": "array", "items": sub(), "minItems": low, "maxItems": high }),
        10 => json!({ "type": "array", "prefixItems": [sub(), sub()], "items": c % 2 == 0, "minItems": c }),
        11 => {
            json!({ "type": "object", "properties": { "a": sub(), "b": sub() }, "required": ["a"], "additionalProperties": c % 2 == 0 })
        }
        12 => {
            json!({ "type": "object", "patternProperties": { "^x": sub(), "[0-9]$": sub() }, "additionalProperties": c == 0, "maxProperties": 3 })
        }
        13 => json!({ "anyOf": [sub(), sub()] }),
        14 => json!({ "allOf": [sub(), sub()] }),
        15 => json!({ "oneOf": [sub(), sub()] }),
        16 => json!({ "not": sub(), "type": ["string", "integer", "null"] }),
        17 => json!({ "if": sub(), "then": sub(), "else": sub() }),
        18 => {
            json!({ "type": "object", "properties": { "a": sub(), "b": sub(), "c": sub() }, "dependentRequired": { "a": ["b"], "b": ["d"] }, "minProperties": 1 })
        }
        19 => {
            json!({ "type": "object", "propertyNames": { "pattern": "^[a-c]{1,2}$" }, "additionalProperties": sub(), "maxProperties": high })
        }
        20 => {
            json!({ "$defs": { "t": { "type": "object", "properties": { "v": sub(), "n": { "$ref": "#/$defs/t" } }, "required": ["v"] } }, "type": ["string", "null"] })
        }
        _ => {
            json!({ "allOf": [{ "type": "object", "properties": { "k": sub() }, "required": ["k"] }], "properties": { "k": sub(), "l": sub() }, "unevaluatedProperties": c > 0 })
        }
    }
}

#[test]
fn what_is_accepted_is_enforced() {
    let vocabulary = Arc::new(Vocabulary::bytes().unwrap());
    let mut rng = Rng(1);
    let mut faults = Vec::new();
    let (mut n, mut n_accepted) = (0, 0);
    let written: Vec<Value> = serde_json::from_str(include_str!("schemas.json")).unwrap();
    for schema in written.into_iter().chain((0..400).map(|_| random(&mut rng, 2))) {
        n += 1;
        n_accepted += usize::from(hold(&vocabulary, &schema, &mut faults));
    }
    println!("{n_accepted} of {n} schemas accepted");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(n_accepted > n / 2, "{n_accepted} of {n}");
}
