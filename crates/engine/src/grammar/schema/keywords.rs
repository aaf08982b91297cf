//! The keywords of JSON Schema by the draft that brought them: what is not listed is refused.
use super::Fault;
use serde_json::{Map, Value};

/// A draft of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    D4,
    D6,
    D7,
    D2019,
    D2020,
}

/// What says nothing of validity.
const ANNOTATIONS: [&str; 12] = [
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$defs",
    "definitions",
    "contentEncoding",
    "contentMediaType",
];

/// What is enforced, from which draft on, and up to which.
const ENFORCED: [(&str, Draft, Draft); 36] = [
    ("$schema", Draft::D4, Draft::D2020),
    ("$id", Draft::D6, Draft::D2020),
    ("id", Draft::D4, Draft::D4),
    ("$anchor", Draft::D2019, Draft::D2020),
    ("$ref", Draft::D4, Draft::D2020),
    ("type", Draft::D4, Draft::D2020),
    ("enum", Draft::D4, Draft::D2020),
    ("const", Draft::D6, Draft::D2020),
    ("allOf", Draft::D4, Draft::D2020),
    ("anyOf", Draft::D4, Draft::D2020),
    ("oneOf", Draft::D4, Draft::D2020),
    ("not", Draft::D4, Draft::D2020),
    ("if", Draft::D7, Draft::D2020),
    ("then", Draft::D7, Draft::D2020),
    ("else", Draft::D7, Draft::D2020),
    ("properties", Draft::D4, Draft::D2020),
    ("patternProperties", Draft::D4, Draft::D2020),
    ("additionalProperties", Draft::D4, Draft::D2020),
    ("propertyNames", Draft::D6, Draft::D2020),
    ("required", Draft::D4, Draft::D2020),
    ("minProperties", Draft::D4, Draft::D2020),
    ("maxProperties", Draft::D4, Draft::D2020),
    ("dependentRequired", Draft::D2019, Draft::D2020),
    ("dependentSchemas", Draft::D2019, Draft::D2020),
    ("dependencies", Draft::D4, Draft::D7),
    ("items", Draft::D4, Draft::D2020),
    ("prefixItems", Draft::D2020, Draft::D2020),
    ("additionalItems", Draft::D4, Draft::D2019),
    ("minItems", Draft::D4, Draft::D2020),
    ("maxItems", Draft::D4, Draft::D2020),
    ("uniqueItems", Draft::D4, Draft::D2020),
    ("minLength", Draft::D4, Draft::D2020),
    ("maxLength", Draft::D4, Draft::D2020),
    ("pattern", Draft::D4, Draft::D2020),
    ("format", Draft::D4, Draft::D2020),
    ("multipleOf", Draft::D4, Draft::D2020),
];
/// Bounds of numbers; the exclusive ones were truth values once.
const BOUNDS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
/// What the last two drafts have and is not enforced.
pub(super) const UNEVALUATED: [&str; 2] = ["unevaluatedProperties", "unevaluatedItems"];

/// The draft that a schema names; the last where it names none.
pub(super) fn draft(schema: &Value) -> Result<Draft, Fault> {
    let Some(named) = schema.get("$schema") else { return Ok(Draft::D2020) };
    let known = [
        ("http://json-schema.org/draft-04/schema", Draft::D4),
        ("http://json-schema.org/draft-06/schema", Draft::D6),
        ("http://json-schema.org/draft-07/schema", Draft::D7),
        ("https://json-schema.org/draft/2019-09/schema", Draft::D2019),
        ("https://json-schema.org/draft/2020-12/schema", Draft::D2020),
    ];
    let name = named
        .as_str()
        .unwrap_or_default()
        .trim_end_matches('#')
        .replace("https://json-schema.org/draft-0", "http://json-schema.org/draft-0");
    let found = known.iter().find(|(uri, _)| *uri == name);
    found.map(|(_, draft)| *draft).ok_or_else(|| {
        Fault::new(format!("`$schema`: drafts 4, 6, 7, 2019-09 and 2020-12 are known, {named} found"))
            .at(|| "/$schema".to_owned())
    })
}

/// Refuses the first keyword of `schema` that is not known or not enforced.
pub(super) fn check(schema: &Map<String, Value>, draft: Draft) -> Result<(), Fault> {
    for key in schema.keys() {
        let enforced = ENFORCED.iter().any(|(name, from, to)| name == key && (from..=to).contains(&&draft));
        let known = enforced
            || ANNOTATIONS.contains(&key.as_str())
            || BOUNDS.contains(&key.as_str())
            || key.starts_with("x-")
            || (UNEVALUATED.contains(&key.as_str()) && draft >= Draft::D2019);
        if !known {
            let other = ENFORCED.iter().any(|(name, ..)| name == key);
            let why = if other { "does not belong to this schema's draft" } else { "is not enforced here" };
            return Err(Fault::new(format!("keyword `{key:.60}` {why}")).at(|| format!("/{}", escaped(key))));
        }
    }
    Ok(())
}

/// A name as part of a JSON pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
