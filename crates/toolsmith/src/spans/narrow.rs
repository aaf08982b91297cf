//! A tool's schema with every text and number in it limited to what stands in one request.
use super::candidates;
use crate::schema::validator;
use serde_json::{Map, Value, json};

/// Entries of a list, at most.
const MOST_ITEMS: usize = 100;
/// Schemas within schemas.
const DEEPEST: usize = 12;

/// `schema` for the arguments in `text` alone, named in the order of `names`. Whether a piece of it may be the argument at a path
/// is for `may_be` to say.
///
/// # Errors
/// Says why nothing in `text` can satisfy it, or what of it cannot be limited.
pub(super) fn narrowed(
    schema: &Value,
    text: &str,
    names: &[String],
    may_be: &dyn Fn(&str, &str) -> bool,
) -> Result<Value, String> {
    let (texts, numbers) = (candidates::texts(text), candidates::numbers(text));
    let mut narrow = Narrow { root: schema, texts, numbers, names, may_be, path: String::new(), enums: Vec::new() };
    let mut narrowed = narrow.schema(schema, 0)?;
    if !narrow.enums.is_empty() {
        let names =
            narrow.enums.into_iter().enumerate().map(|(i, values)| (format!("spans{i}"), json!({"enum": values})));
        narrowed["$defs"] = Value::Object(names.collect());
    }
    Ok(narrowed)
}

struct Narrow<'a> {
    root: &'a Value,
    texts: Vec<&'a str>,
    numbers: Vec<Value>,
    names: &'a [String],
    may_be: &'a dyn Fn(&str, &str) -> bool,
    /// Where in the arguments it is.
    path: String,
    /// The lists of values so far: most leaves share theirs.
    enums: Vec<Vec<Value>>,
}

impl<'a> Narrow<'a> {
    /// The schema of what stands at `step` from here.
    fn within(&mut self, step: &str, schema: &'a Value, depth: usize) -> Result<Value, String> {
        let n = self.path.len();
        self.path.push_str(step);
        let narrowed = self.schema(schema, depth + 1);
        self.path.truncate(n);
        narrowed
    }

    fn schema(&mut self, schema: &'a Value, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("a schema at most {DEEPEST} deep expected"));
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let place = reference.strip_prefix('#').and_then(|place| self.root.pointer(place));
            let place = place.ok_or_else(|| format!("`$ref` to `{reference}` leads nowhere in the schema"))?;
            return self.schema(place, depth + 1);
        }
        if schema.get("allOf").is_some() {
            return Err("`allOf` cannot be limited to spans".to_owned());
        }
        if let Some(Value::Array(ways)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            return any(ways.iter().map(|way| self.schema(way, depth + 1)).collect());
        }
        match &schema["type"] {
            Value::String(one) => self.typed(schema, one, depth),
            Value::Array(several) => {
                let ways = several.iter().filter_map(Value::as_str).map(|one| self.typed(schema, one, depth));
                any(ways.collect())
            }
            _ if schema.get("properties").is_some() => self.typed(schema, "object", depth),
            _ if schema.get("enum").is_some() || schema.get("const").is_some() => {
                any(["string", "number"].map(|one| self.typed(schema, one, depth)).into())
            }
            _ => Err("a schema without `type` cannot be limited to spans".to_owned()),
        }
    }

    fn typed(&mut self, schema: &'a Value, name: &str, depth: usize) -> Result<Value, String> {
        match name {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => self.leaf(schema, true),
            "number" | "integer" => self.leaf(schema, false),
            other => Err(format!("a value of type {other} is no span")),
        }
    }

    /// One of the spans that `schema` allows.
    fn leaf(&mut self, schema: &Value, is_text: bool) -> Result<Value, String> {
        let mut alone = schema.clone();
        if let Some(Value::Array(types)) = schema.get("type") {
            // of several, those that are meant here
            let fits = |one: &&Value| (**one == "string") == is_text;
            alone["type"] = Value::Array(types.iter().filter(fits).cloned().collect());
        }
        let validator = validator(&alone)?;
        let all: Vec<Value> = if is_text {
            self.texts.iter().filter(|text| (self.may_be)(&self.path, text)).map(|&text| text.into()).collect()
        } else {
            self.numbers.clone()
        };
        let fitting: Vec<Value> = all.into_iter().filter(|value| validator.is_valid(value)).collect();
        if fitting.is_empty() {
            let what = if is_text { "text" } else { "number" };
            return Err(format!("no {what} in the request is what {schema:.200} asks for"));
        }
        let idx = self.enums.iter().position(|known| *known == fitting).unwrap_or_else(|| {
            self.enums.push(fitting);
            self.enums.len() - 1
        });
        Ok(json!({"$ref": format!("#/$defs/spans{idx}")}))
    }

    fn array(&mut self, schema: &'a Value, depth: usize) -> Result<Value, String> {
        if let Some(Value::Array(places)) = schema.get("prefixItems") {
            let places: Vec<Value> =
                places.iter().map(|place| self.within("[]", place, depth)).collect::<Result<_, _>>()?;
            let n = places.len();
            return Ok(json!({"type": "array", "prefixItems": places, "items": false, "minItems": n, "maxItems": n}));
        }
        let items = schema.get("items").filter(|items| items.is_object());
        let items = items.ok_or("a list without `items` cannot be limited to spans")?;
        let items = self.within("[]", items, depth)?;
        let most = MOST_ITEMS.min(self.texts.len() + self.numbers.len());
        let most = schema["maxItems"].as_u64().map_or(most, |n| most.min(usize::try_from(n).unwrap_or(most)));
        let least = schema["minItems"].as_u64().unwrap_or(0);
        if least > most as u64 {
            return Err(format!("{least} entries of a list expected, {most} spans found at most"));
        }
        Ok(json!({"type": "array", "items": items, "minItems": least, "maxItems": most}))
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Result<Value, String> {
        let properties = schema["properties"].as_object();
        let is_open = properties.is_none_or(Map::is_empty);
        let required: Vec<&str> = schema["required"]
            .as_array()
            .map_or_else(Vec::new, |names| names.iter().filter_map(Value::as_str).collect());
        let mut narrowed = Map::new();
        let mut properties: Vec<_> = properties.into_iter().flatten().collect();
        properties.sort_by_key(|(name, _)| self.names.iter().position(|known| known == *name));
        for (name, property) in properties {
            match self.within(&format!(".{name}"), property, depth) {
                Ok(property) => narrowed.extend([(name.clone(), property)]),
                Err(why) if required.contains(&name.as_str()) => return Err(format!("`{name}`: {why}")),
                Err(_) => {}
            }
        }
        // names that the schema does not know are spans themselves
        let others = schema.get("additionalProperties").filter(|others| others.is_object() && is_open);
        if let Some(others) = others {
            let names = schema.get("propertyNames").unwrap_or(&Value::Bool(true));
            let any_text = json!({"type": "string"});
            let names = if names.is_object() { names } else { &any_text };
            let n = self.path.len();
            self.path.push_str("{}");
            let names = self.leaf(names, true);
            self.path.truncate(n);
            let (names, others) = (names?, self.within("{}", others, depth)?);
            let most = MOST_ITEMS.min(self.texts.len());
            return Ok(json!({
                "type": "object", "propertyNames": names, "additionalProperties": others, "maxProperties": most,
            }));
        }
        if narrowed.is_empty() && !is_open {
            return Err("none of its properties can be a span".to_owned());
        }
        Ok(json!({"type": "object", "properties": narrowed, "required": required, "additionalProperties": false}))
    }
}

/// Any of the ways that are open; the first one's reason where none is.
fn any(ways: Vec<Result<Value, String>>) -> Result<Value, String> {
    let mut why = None;
    let mut open = Vec::new();
    for way in ways {
        match way {
            Ok(way) => open.push(way),
            Err(fault) => why = why.or(Some(fault)),
        }
    }
    match (open.pop(), open.is_empty()) {
        (None, _) => Err(why.unwrap_or_else(|| "no alternative is given".to_owned())),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            open.push(last);
            Ok(json!({"anyOf": open}))
        }
    }
}
