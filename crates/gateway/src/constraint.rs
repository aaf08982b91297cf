//! What form an answer must have, in all the words that clients use for it.
use crate::local;
use chat::{Error, Guided};
use engine::{Grammar, Shape};
use serde_json::Value;
use std::sync::Arc;

/// A shape, and the field that asked for it.
pub(crate) type Asked = (Shape, String);

/// The shape that `guided` asks for, if any.
pub(crate) fn read(guided: &Guided) -> Result<Option<Asked>, Error> {
    let mut all = Vec::new();
    if let Some(format) = &guided.response_format {
        all.extend(response_format(format)?);
    }
    if let Some(outputs) = guided.structured_outputs.as_ref().filter(|value| !value.is_null()) {
        all.extend(structured_outputs(outputs)?);
    }
    for (name, schema) in [("guided_json", &guided.guided_json), ("json_schema", &guided.json_schema)] {
        if let Some(schema) = schema.as_ref().filter(|value| !value.is_null()) {
            all.push((schema_of(schema, name)?, name.to_owned()));
        }
    }
    for (name, regex) in [("guided_regex", &guided.guided_regex), ("regex", &guided.regex)] {
        all.extend(regex.iter().map(|regex| (Shape::Regex(regex.clone()), name.to_owned())));
    }
    for (name, grammar) in [("guided_grammar", &guided.guided_grammar), ("grammar", &guided.grammar)] {
        let grammar = grammar.iter().filter(|text| !text.is_empty());
        all.extend(grammar.map(|grammar| (Shape::Grammar(grammar.clone()), name.to_owned())));
    }
    if let Some(choices) = &guided.guided_choice {
        all.push((choice(choices, "guided_choice")?, "guided_choice".to_owned()));
    }
    match &all[..] {
        [_, (_, second), ..] => {
            Err(Error::field(second.clone(), "an answer has one form, and another field asks for one too"))
        }
        _ => Ok(all.pop()),
    }
}

/// The compiled grammar; a fault names the field.
pub(crate) fn compile(local: &dyn crate::Local, asked: &Asked) -> Result<Arc<Grammar>, Error> {
    local.grammar(&asked.0).map_err(|fault| {
        let error = local::error(fault);
        Error::field(asked.1.clone(), error.message)
    })
}

fn response_format(format: &Value) -> Result<Option<Asked>, Error> {
    let field = "response_format";
    match format["type"].as_str() {
        None if format.is_null() => Ok(None),
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(match format.get("schema") {
            // as llama.cpp has it
            Some(schema) => (schema_of(schema, "response_format.schema")?, "response_format.schema".to_owned()),
            None => (Shape::object(), field.to_owned()),
        })),
        Some("json_schema") => {
            let place = "response_format.json_schema.schema";
            let schema = format["json_schema"].get("schema").or_else(|| format.get("schema"));
            let schema = schema.filter(|value| !value.is_null()).ok_or_else(|| Error::field(place, "missing"))?;
            Ok(Some((schema_of(schema, place)?, place.to_owned())))
        }
        _ => Err(Error::field("response_format.type", "`text`, `json_object` or `json_schema` expected")),
    }
}

fn structured_outputs(outputs: &Value) -> Result<Option<Asked>, Error> {
    let field = "structured_outputs";
    let fields = outputs.as_object().ok_or_else(|| Error::field(field, "an object expected"))?;
    let mut found = None;
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let place = format!("{field}.{name}");
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| Error::field(&*place, "a text expected"));
        let shape = match name.as_str() {
            "json" => schema_of(value, &place)?,
            "regex" => Shape::Regex(text()?),
            "grammar" => Shape::Grammar(text()?),
            "choice" => choice(&texts(value, &place)?, &place)?,
            "json_object" if value == true => Shape::object(),
            "json_object" => continue,
            _ => return Err(Error::field(&*place, "`json`, `regex`, `choice`, `grammar` or `json_object` expected")),
        };
        if found.replace((shape, place.clone())).is_some() {
            return Err(Error::field(place, "an answer has one form, and another is asked for beside it"));
        }
    }
    Ok(found)
}

/// A schema, also as a text that holds one.
fn schema_of(value: &Value, place: &str) -> Result<Shape, Error> {
    let schema = match value {
        Value::String(text) => {
            serde_json::from_str(text).map_err(|e| Error::field(place, format!("a JSON schema expected: {e}")))?
        }
        other => other.clone(),
    };
    if schema.is_object() || schema.is_boolean() {
        Ok(Shape::Schema(schema))
    } else {
        Err(Error::field(place, "a JSON schema expected"))
    }
}

fn texts(value: &Value, place: &str) -> Result<Vec<String>, Error> {
    let wrong = || Error::field(place, "a list of texts expected");
    value.as_array().ok_or_else(wrong)?.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}

fn choice(choices: &[String], place: &str) -> Result<Shape, Error> {
    if choices.is_empty() {
        return Err(Error::field(place, "at least one choice expected"));
    }
    Ok(Shape::Either(choices.iter().cloned().map(Shape::Literal).collect()))
}
