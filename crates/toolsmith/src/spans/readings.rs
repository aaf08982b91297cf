//! All arguments that a request may hold: pieces of it in their order, with nothing between them but what may be left over.
use super::{
    candidates::{self, Kind, Literal},
    habits::Habits,
    placed::occurrences,
};
use crate::schema::validator;
use serde_json::{Map, Value};
use std::ops::Range;

/// Schemas within schemas.
const DEEPEST: usize = 12;
/// Beginnings of arguments that are looked at, at most.
const MOST: usize = 4000;

/// The readings of `text` by `schema`, whose names stand in the order of `names`.
///
/// # Errors
/// Says what of the schema is no piece of a text, or that there are too many ways to read this one.
pub(super) fn readings(
    schema: &Value,
    text: &str,
    names: &[String],
    habits: &Habits,
) -> Result<Vec<Map<String, Value>>, String> {
    let literals = candidates::literals(text);
    let mut search = Search { root: schema, text, names, habits, pieces: pieces(text, &literals), literals, n: 0 };
    let begin = At { end: 0, path: None };
    let mut all = Vec::new();
    for (value, at) in search.schema(schema, "", &begin, 0)? {
        let is_whole = at.path.is_some() && habits.may_skip(None, text, at.end..text.len(), &search.literals);
        if let (Value::Object(arguments), true) = (value, is_whole)
            && !all.contains(&arguments)
        {
            all.push(arguments);
        }
    }
    Ok(all)
}

/// The pieces of `text` that may be values, by where they begin.
fn pieces(text: &str, literals: &[Literal]) -> Vec<(Range<usize>, Value)> {
    let mut all = Vec::new();
    for piece in candidates::texts(text) {
        let places = occurrences(text, piece);
        if !piece.contains(char::is_alphanumeric) && piece.contains(' ') {
            let signs = piece.replace(' ', "");
            all.extend(places.iter().map(|range| (range.clone(), Value::from(signs.as_str()))));
        }
        all.extend(places.into_iter().map(|range| (range, Value::from(piece))));
    }
    for literal in literals.iter().filter(|literal| literal.kind == Kind::Number) {
        all.extend(candidates::value(&text[literal.range.clone()]).map(|value| (literal.range.clone(), value)));
    }
    all.sort_by_key(|(range, _)| (range.start, range.end));
    all
}

/// How far a text is read.
#[derive(Clone)]
struct At {
    end: usize,
    /// The last argument.
    path: Option<String>,
}

/// A value, and how far the text is read with it.
type Ways = Vec<(Value, At)>;

struct Search<'a> {
    root: &'a Value,
    text: &'a str,
    names: &'a [String],
    habits: &'a Habits,
    literals: Vec<Literal>,
    pieces: Vec<(Range<usize>, Value)>,
    /// Beginnings that were looked at.
    n: usize,
}

impl<'a> Search<'a> {
    fn schema(&mut self, schema: &'a Value, path: &str, at: &At, depth: usize) -> Result<Ways, String> {
        if depth > DEEPEST {
            return Err(format!("a schema at most {DEEPEST} deep expected"));
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let place = reference.strip_prefix('#').and_then(|place| self.root.pointer(place));
            let place = place.ok_or_else(|| format!("`$ref` to `{reference}` leads nowhere in the schema"))?;
            return self.schema(place, path, at, depth + 1);
        }
        if schema.get("allOf").is_some() {
            return Err("`allOf` cannot be pointed at".to_owned());
        }
        if let Some(Value::Array(ways)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            return self.any(ways.iter().map(|way| (way, None)), path, at, depth);
        }
        match &schema["type"] {
            Value::String(one) => self.typed(schema, one, path, at, depth),
            Value::Array(several) => {
                self.any(several.iter().map(|one| (schema, Some(one.as_str().unwrap_or_default()))), path, at, depth)
            }
            _ if schema.get("properties").is_some() => self.typed(schema, "object", path, at, depth),
            _ if schema.get("enum").is_some() || schema.get("const").is_some() => self.leaf(schema, path, at),
            _ => Err("a schema without `type` cannot be pointed at".to_owned()),
        }
    }

    /// All ways by any of the schemas, each as the type that is given beside it; an error only where all err.
    fn any(
        &mut self,
        schemas: impl Iterator<Item = (&'a Value, Option<&'a str>)>,
        path: &str,
        at: &At,
        depth: usize,
    ) -> Result<Ways, String> {
        let (mut all, mut why) = (None, "no alternative is given".to_owned());
        for (schema, name) in schemas {
            let ways = match name {
                Some(name) => self.typed(schema, name, path, at, depth),
                None => self.schema(schema, path, at, depth + 1),
            };
            match ways {
                Ok(ways) => all.get_or_insert_with(Vec::new).extend(ways),
                Err(fault) => why = fault,
            }
        }
        all.ok_or(why)
    }

    fn typed(&mut self, schema: &'a Value, name: &str, path: &str, at: &At, depth: usize) -> Result<Ways, String> {
        match name {
            "object" => self.object(schema, path, at, depth),
            "array" => self.array(schema, path, at, depth),
            "string" | "number" | "integer" => self.leaf(schema, path, at),
            other => Err(format!("a value of type {other} is no piece of a text")),
        }
    }

    /// The pieces that may come next.
    fn leaf(&mut self, schema: &Value, path: &str, at: &At) -> Result<Ways, String> {
        let validator = validator(schema)?;
        let mut ways = Vec::new();
        let first = self.pieces.partition_point(|(range, _)| range.start < at.end);
        for (range, value) in &self.pieces[first..] {
            let gap = at.path.clone().map(|before| (before, path.to_owned()));
            if !self.habits.may_skip(gap, self.text, at.end..range.start, &self.literals) {
                break;
            }
            if validator.is_valid(value) && value.as_str().is_none_or(|leaf| self.habits.may_be(path, leaf)) {
                ways.push((value.clone(), At { end: range.end, path: Some(path.to_owned()) }));
            }
        }
        self.count(ways)
    }

    fn count(&mut self, ways: Ways) -> Result<Ways, String> {
        self.n += ways.len();
        if self.n > MOST { Err("there are too many ways to read it".to_owned()) } else { Ok(ways) }
    }

    fn array(&mut self, schema: &'a Value, path: &str, at: &At, depth: usize) -> Result<Ways, String> {
        let path = format!("{path}[]");
        let (least, most) = (schema["minItems"].as_u64().unwrap_or(0), schema["maxItems"].as_u64());
        let places = schema["prefixItems"].as_array();
        let items = schema.get("items").filter(|items| items.is_object());
        let (mut ended, mut open) = (Vec::new(), vec![(Vec::new(), at.clone())]);
        for n in 0.. {
            let is_enough = places.map_or(n >= least, |places| n == places.len() as u64);
            if is_enough {
                ended.extend(open.iter().map(|(list, at)| (Value::Array(list.clone()), at.clone())));
            }
            let next = match places {
                Some(places) => usize::try_from(n).ok().and_then(|n| places.get(n)),
                None => Some(items.ok_or("a list without `items` cannot be pointed at")?),
            };
            let Some(next) = next.filter(|_| !open.is_empty() && most.is_none_or(|most| n < most)) else { break };
            let mut longer = Vec::new();
            for (list, at) in open {
                for (value, further) in self.schema(next, &path, &at, depth + 1)? {
                    // an entry without a piece of the text could be repeated for ever
                    if further.end > at.end {
                        longer.push(([list.clone(), vec![value]].concat(), further));
                    }
                }
            }
            open = longer;
        }
        self.count(ended)
    }

    fn object(&mut self, schema: &'a Value, path: &str, at: &At, depth: usize) -> Result<Ways, String> {
        let properties = schema["properties"].as_object();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        if let Some(others) = others.filter(|_| properties.is_none_or(Map::is_empty)) {
            return self.map(schema, others, path, at, depth);
        }
        let mut properties: Vec<_> = properties.into_iter().flatten().collect();
        properties.sort_by_key(|(name, _)| self.names.iter().position(|known| known == *name));
        let mut open = vec![(Map::new(), at.clone())];
        for (name, property) in properties {
            let is_required =
                schema["required"].as_array().is_some_and(|all| all.contains(&Value::from(name.as_str())));
            let mut longer = Vec::new();
            for (fields, at) in open {
                if !is_required {
                    longer.push((fields.clone(), at.clone()));
                }
                let ways = match self.schema(property, &format!("{path}.{name}"), &at, depth + 1) {
                    Err(_) if !is_required && self.n <= MOST => Vec::new(),
                    ways => ways.map_err(|why| format!("`{name}`: {why}"))?,
                };
                for (value, at) in ways {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), value);
                    longer.push((fields, at));
                }
            }
            open = longer;
        }
        self.count(open.into_iter().map(|(fields, at)| (Value::Object(fields), at)).collect())
    }

    /// An object whose names are pieces of the text themselves.
    fn map(&mut self, schema: &'a Value, others: &'a Value, path: &str, at: &At, depth: usize) -> Result<Ways, String> {
        let path = format!("{path}{{}}");
        let any = Value::Bool(true);
        let names = schema.get("propertyNames").unwrap_or(&any);
        let (mut ended, mut open) = (Vec::new(), vec![(Map::new(), at.clone())]);
        while !open.is_empty() {
            let mut longer = Vec::new();
            for (fields, at) in open {
                for (name, at) in self.leaf(names, &path, &at)? {
                    let Some(name) = name.as_str().filter(|name| !fields.contains_key(*name)) else { continue };
                    for (value, at) in self.schema(others, &path, &at, depth + 1)? {
                        let mut fields = fields.clone();
                        fields.insert(name.to_owned(), value);
                        longer.push((fields, at));
                    }
                }
                ended.push((Value::Object(fields), at));
            }
            open = longer;
        }
        self.count(ended)
    }
}
