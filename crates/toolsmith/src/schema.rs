//! A tool's schemas, ready to hold arguments and results against.
use crate::Tool;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// Faults that are told at once.
const MOST_FAULTS: usize = 5;

/// What tells valid values; patterns take linear time.
///
/// # Errors
/// Why it is no JSON Schema.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
    options.build(schema).map_err(|error| error.to_string())
}

/// The schemas of a tool.
pub struct Schemas {
    input: Validator,
    output: Validator,
}

impl Schemas {
    /// Those of `tool`.
    ///
    /// # Errors
    /// Which one is no JSON Schema, and why.
    pub fn new(tool: &Tool) -> Result<Self, String> {
        let compile = |name: &str, schema: &Value| validator(schema).map_err(|error| format!("{name} schema: {error}"));
        Ok(Self { input: compile("input", &tool.input)?, output: compile("output", &tool.output)? })
    }

    /// Whether these are arguments, an object, that the tool takes.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn check_arguments(&self, arguments: &Value) -> Result<(), String> {
        check("arguments", &self.input, arguments)
    }

    /// Whether this is a result that the tool may return.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn check_result(&self, result: &Value) -> Result<(), String> {
        check("result", &self.output, result)
    }
}

fn check(what: &str, schema: &Validator, value: &Value) -> Result<(), String> {
    let faults = schema.iter_errors(value).take(MOST_FAULTS).map(|fault| {
        let place = fault.instance_path().to_string();
        if place.is_empty() { fault.to_string() } else { format!("{place}: {fault}") }
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("{what}: {}", faults.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_name_their_place() {
        let input = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let tool = Tool { input, output: json!({"type": "integer"}), ..Tool::default() };
        let schemas = Schemas::new(&tool).expect("schemas");
        let fault = |value| schemas.check_arguments(&value).expect_err("a fault");
        assert!(fault(json!({"n": "one"})).starts_with("arguments: /n: "), "{}", fault(json!({"n": "one"})));
        assert!(fault(json!({})).contains("\"n\""));
        assert!(schemas.check_arguments(&json!({"n": 1})).is_ok() && schemas.check_result(&json!("one")).is_err());
        assert!(Schemas::new(&Tool { input: json!({"type": 7}), ..tool }).is_err());
    }
}
