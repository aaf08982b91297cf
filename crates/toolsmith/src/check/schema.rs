//! A tool's schemas: that they can be read, say what each argument is, and fit the properties that are claimed.
use crate::{
    Property, Tool,
    finding::{Finding, FindingKind::Schema},
    schema::validator,
};

/// Most bytes of a schema.
const MOST: usize = 16 << 10;

pub(super) fn check(tool: &Tool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fault = |message: String| findings.push(Finding::new(Schema, message));
    for (name, schema) in [("input", &tool.input), ("output", &tool.output)] {
        if !schema.is_object() || schema.to_string().len() > MOST {
            fault(format!("`{name}`: a JSON Schema of at most {MOST} bytes expected"));
        } else if let Err(error) = validator(schema) {
            fault(format!("`{name}`: no valid JSON Schema: {error}"));
        }
    }
    if tool.input["type"] != "object" || !tool.input["properties"].is_object() {
        fault("`input`: a schema with `\"type\": \"object\"` and `properties` expected".to_owned());
    }
    for (name, property) in tool.input["properties"].as_object().into_iter().flatten() {
        if property["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            fault(format!("`input`: property `{name}`: a `description` expected"));
        }
    }
    for property in &tool.properties {
        if let Some(argument) = property.argument()
            && tool.input["properties"].get(argument).is_none()
        {
            fault(format!("`properties`: {}: `{argument}` is no property of `input`", property.kind()));
        }
    }
    findings
}

impl Property {
    /// The argument that it is about.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::ShuffleInvariant { argument }
            | Self::RenamingEquivariant { argument }
            | Self::Idempotent { argument }
            | Self::OneOf { argument }
            | Self::Permutes { argument } => Some(argument),
            Self::Inverse => None,
        }
    }

    /// Its name, as makers write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ShuffleInvariant { .. } => "shuffle_invariant",
            Self::RenamingEquivariant { .. } => "renaming_equivariant",
            Self::Idempotent { .. } => "idempotent",
            Self::OneOf { .. } => "one_of",
            Self::Permutes { .. } => "permutes",
            Self::Inverse => "inverse",
        }
    }
}
