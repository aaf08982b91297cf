//! From subschemas to sets of values: what each keyword allows, and how keywords meet.
use super::{
    Fault,
    expr::Expr,
    keywords::{self, Draft, UNEVALUATED, escaped},
    number::Numbers,
    pattern::Pattern,
    read::{anchored, count, decimal, kind, length, list, map, names, percent_decoded, text_of, types},
    set::{Array, Block, Demands, Object, Set, demand},
    text::{self, Texts},
};
use serde_json::{Map, Value};
use std::{collections::HashMap, rc::Rc};

/// Subschemas that one schema may hold.
const MOST_SCHEMAS: usize = 20_000;
/// Sets that may be computed for one schema: sets meet sets.
const MOST_SETS: usize = 20_000;
/// Keywords that apply to the same value as their neighbours.
const BESIDE: [&str; 10] =
    ["$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "patternProperties"];

/// What a demand is about.
#[derive(Clone, Copy)]
enum Place<'a> {
    Schema(&'a Value),
    /// Equal to this.
    Constant(&'a Value),
}

/// Knows every subschema by number.
pub(super) struct Expander<'a> {
    root: &'a Value,
    draft: Draft,
    places: Vec<(Place<'a>, String)>,
    numbers: HashMap<*const Value, usize>,
    constants: HashMap<*const Value, usize>,
    sets: HashMap<usize, Set>,
    /// Subschemas that are being looked at: one that comes back to itself has no meaning.
    open: Vec<usize>,
    n_sets: usize,
}

impl<'a> Expander<'a> {
    pub(super) fn new(root: &'a Value) -> Result<Self, Fault> {
        let draft = keywords::draft(root)?;
        Ok(Self {
            root,
            draft,
            places: Vec::new(),
            numbers: HashMap::new(),
            constants: HashMap::new(),
            sets: HashMap::new(),
            open: Vec::new(),
            n_sets: 0,
        })
    }

    /// What is demanded of the whole value.
    pub(super) fn root(&mut self) -> Result<Demands, Fault> {
        Ok(demand(self.schema(self.root, String::new())?))
    }

    /// The values that satisfy `demands`.
    pub(super) fn set(&mut self, demands: &Demands) -> Result<Set, Fault> {
        let mut all = Set::all();
        for one in demands {
            let set = self.of(one.idx)?;
            let place = self.places[one.idx].1.clone();
            let set = if one.holds { Ok(set) } else { set.not() };
            all = set.and_then(|set| all.both(&set)).map_err(|fault| fault.at(|| place))?;
        }
        Ok(all)
    }

    fn schema(&mut self, value: &'a Value, place: String) -> Result<usize, Fault> {
        if let Some(idx) = self.numbers.get(&std::ptr::from_ref(value)) {
            return Ok(*idx);
        }
        let idx = self.add(Place::Schema(value), place)?;
        self.numbers.insert(value, idx);
        Ok(idx)
    }

    fn constant(&mut self, value: &'a Value, place: String) -> Result<usize, Fault> {
        if let Some(idx) = self.constants.get(&std::ptr::from_ref(value)) {
            return Ok(*idx);
        }
        let idx = self.add(Place::Constant(value), place)?;
        self.constants.insert(value, idx);
        Ok(idx)
    }

    fn add(&mut self, place: Place<'a>, at: String) -> Result<usize, Fault> {
        if self.places.len() >= MOST_SCHEMAS {
            return Err(Fault::new(format!("at most {MOST_SCHEMAS} subschemas expected")).at(|| at));
        }
        self.places.push((place, at));
        Ok(self.places.len() - 1)
    }

    /// The values of one place.
    fn of(&mut self, idx: usize) -> Result<Set, Fault> {
        if let Some(set) = self.sets.get(&idx) {
            return Ok(set.clone());
        }
        let (place, at) = (self.places[idx].0, self.places[idx].1.clone());
        self.n_sets += 1;
        if self.open.contains(&idx) || self.open.len() > 100 || self.n_sets > MOST_SETS {
            return Err(Fault::new("`$ref` leads back to itself before any value is read").at(|| at));
        }
        self.open.push(idx);
        let set = match place {
            Place::Schema(Value::Bool(true)) => Ok(Set::all()),
            Place::Schema(Value::Bool(false)) => Ok(Set::none()),
            Place::Schema(Value::Object(keys)) => self.keywords(keys, &at),
            Place::Schema(other) => Err(Fault::new(format!("a schema expected, {} found", kind(other)))),
            Place::Constant(value) => self.constant_set(value, &at),
        };
        self.open.pop();
        let set = set.map_err(|fault| fault.at(|| at))?;
        self.sets.insert(idx, set.clone());
        Ok(set)
    }

    fn keywords(&mut self, keys: &'a Map<String, Value>, at: &str) -> Result<Set, Fault> {
        let within = |fault: Fault| match fault.at {
            Some(place) => Fault { at: Some(format!("{at}{place}")), ..fault },
            None => fault.at(|| at.to_owned()),
        };
        keywords::check(keys, self.draft).map_err(within)?;
        if let Some(name) = ["$id", "id"].iter().find(|name| keys.contains_key(**name) && !at.is_empty()) {
            return Err(
                Fault::new(format!("keyword `{name}` below the root is not read")).at(|| format!("{at}/{name}"))
            );
        }
        // before 2019-09 nothing beside a reference counts
        let alone = self.draft <= Draft::D7 && keys.contains_key("$ref");
        let mut set = Set::all();
        for (key, value) in keys {
            let place = format!("{at}/{}", escaped(key));
            if alone && key != "$ref" {
                continue;
            }
            let one = self.keyword(keys, key, value, &place);
            let one = one.map_err(|fault| {
                // the innermost keyword is the one to name
                let what = if fault.at.is_some() {
                    fault.what.clone()
                } else {
                    format!("keyword `{key:.60}`: {}", fault.what)
                };
                Fault { what, ..fault.clone() }.at(|| place.clone())
            });
            if let Some(one) = one? {
                set = set.both(&one).map_err(|fault| fault.at(|| place))?;
            }
        }
        Ok(set)
    }

    /// What the keyword `key` allows; `None` when it allows all, or is read with another.
    fn keyword(
        &mut self,
        keys: &'a Map<String, Value>,
        key: &str,
        value: &'a Value,
        at: &str,
    ) -> Result<Option<Set>, Fault> {
        let numbers = |set: Expr<Numbers>| Ok(Some(Set { numbers: set, ..Set::all() }));
        let texts = |set: Texts| Ok(Some(Set { texts: Expr::Leaf(set), ..Set::all() }));
        match key {
            "$ref" => self.reference(value).map(Some),
            "type" => types(value).map(Some),
            "enum" => self.one_of_values(value, at).map(Some),
            "const" => self.constant_set(value, at).map(Some),
            "allOf" | "anyOf" | "oneOf" => self.combined(key, value, at).map(Some),
            "not" => self.sub(value, at)?.not().map(Some),
            "if" => self.conditional(keys, value, at).map(Some),
            "properties" | "patternProperties" | "additionalProperties" => self.block(keys, key, at),
            "propertyNames" => Ok(Some(Set {
                objects: vec![Object { names: self.sub(value, at)?.texts, ..Object::any() }],
                ..Set::all()
            })),
            "required" => Ok(Some(objects(vec![Object { required: names(value)?, ..Object::any() }]))),
            "minProperties" => Ok(Some(objects(vec![Object { min: count(value)?, ..Object::any() }]))),
            "maxProperties" => Ok(Some(objects(vec![Object { max: count(value)?, ..Object::any() }]))),
            "dependentRequired" | "dependentSchemas" | "dependencies" => self.dependent(value, at).map(Some),
            "items" | "prefixItems" | "additionalItems" => self.items(keys, key, at),
            "minItems" => Ok(Some(arrays(Array { min: count(value)?, ..Array::any() }))),
            "maxItems" => Ok(Some(arrays(Array { max: count(value)?, ..Array::any() }))),
            "uniqueItems" => self.unique(keys, value),
            "minLength" => texts(Texts::Length { min: length(value)?, max: None }),
            "maxLength" => texts(Texts::Length { min: 0, max: Some(length(value)?) }),
            "pattern" => texts(Texts::Matching(Rc::new(Pattern::read(text_of(value)?)?))),
            "format" => {
                let name = text_of(value)?;
                let source =
                    text::format(name).ok_or_else(|| Fault::new(format!("the format `{name:.60}` is not enforced")))?;
                texts(Texts::Matching(Rc::new(Pattern::compile(&source)?)))
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => match self.bound(keys, key, value)? {
                Some(bound) => numbers(Expr::Leaf(bound)),
                None => Ok(None),
            },
            "multipleOf" => numbers(Expr::Leaf(Numbers::multiples(decimal(value)?)?)),
            key if UNEVALUATED.contains(&key) => Self::unevaluated(keys, value).map(|()| None),
            _ => Ok(None),
        }
    }

    /// The values of a subschema that applies to the same value.
    fn sub(&mut self, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let idx = self.schema(value, at.to_owned())?;
        self.of(idx)
    }

    fn reference(&mut self, value: &'a Value) -> Result<Set, Fault> {
        let reference = text_of(value)?;
        let own = ["$id", "id"].iter().find_map(|name| self.root.get(name)?.as_str()).unwrap_or_default();
        let local =
            reference.strip_prefix(own.trim_end_matches('#')).filter(|rest| rest.starts_with('#') || rest.is_empty());
        let fragment = reference.strip_prefix('#').or_else(|| local.map(|rest| rest.trim_start_matches('#')));
        let fragment = fragment.ok_or_else(|| {
            Fault::new(format!("only references into the same schema are followed, `{reference:.80}` found"))
        })?;
        let decoded = percent_decoded(fragment);
        let missing = || Fault::new(format!("`{reference:.80}` is not in this schema"));
        let target = match decoded.as_str() {
            "" => Some(self.root),
            pointer if pointer.starts_with('/') => self.root.pointer(pointer),
            anchor => anchored(self.root, anchor, 0),
        };
        let target = target.ok_or_else(missing)?;
        let place = if decoded.starts_with('/') || decoded.is_empty() { decoded } else { format!("/{decoded}") };
        self.sub(target, &place)
    }

    fn combined(&mut self, key: &str, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let parts = list(value)?;
        if parts.is_empty() {
            return Err(Fault::new("at least one schema expected, none found"));
        }
        let parts = parts.iter().enumerate().map(|(i, part)| self.sub(part, &format!("{at}/{i}")));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        match key {
            "allOf" => parts.iter().try_fold(Set::all(), |all, part| all.both(part)),
            "anyOf" => parts.iter().try_fold(Set::none(), |all, part| all.either(part)),
            _ => self.exactly_one(&parts),
        }
    }

    /// Each part without all others.
    fn exactly_one(&mut self, parts: &[Set]) -> Result<Set, Fault> {
        let mut all = Set::none();
        for (i, part) in parts.iter().enumerate() {
            let mut alone = part.clone();
            for (_, other) in parts.iter().enumerate().filter(|(j, _)| *j != i) {
                let shared = alone.both(other)?;
                if !self.is_empty(&shared)? {
                    alone = alone.without(&shared, other)?;
                }
            }
            all = all.either(&alone)?;
        }
        Ok(all)
    }

    /// Whether `set` surely has no values, looking at the properties that its objects must have.
    fn is_empty(&mut self, set: &Set) -> Result<bool, Fault> {
        let scalars = Set { objects: Vec::new(), ..set.clone() };
        if !scalars.is_surely_empty() {
            return Ok(false);
        }
        for object in &set.objects {
            if !self.is_impossible(object)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_impossible(&mut self, object: &Object) -> Result<bool, Fault> {
        for name in &object.required {
            match object.property(name) {
                None => return Ok(true),
                // one level further down: a property that tells alternatives apart is seldom deeper
                Some(demands) if demands.iter().all(|d| !self.open.contains(&d.idx)) && self.open.len() < 40 => {
                    if self.set(&demands).is_ok_and(|set| set.is_surely_empty()) {
                        return Ok(true);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(false)
    }

    fn conditional(&mut self, keys: &'a Map<String, Value>, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let base = at.trim_end_matches("/if");
        let branch = |me: &mut Self, name: &str| match keys.get(name) {
            Some(schema) => me.sub(schema, &format!("{base}/{name}")),
            None => Ok(Set::all()),
        };
        if !keys.contains_key("then") && !keys.contains_key("else") {
            return Ok(Set::all());
        }
        let condition = self.sub(value, at)?;
        let (then, otherwise) = (branch(self, "then")?, branch(self, "else")?);
        condition.both(&then)?.either(&condition.not()?.both(&otherwise)?)
    }

    /// Reads `properties`, `patternProperties` and `additionalProperties` together, with the first of them.
    fn block(&mut self, keys: &'a Map<String, Value>, key: &str, at: &str) -> Result<Option<Set>, Fault> {
        let all = ["properties", "patternProperties", "additionalProperties"];
        if keys.keys().find(|k| all.contains(&k.as_str())).is_none_or(|first| first != key) {
            return Ok(None);
        }
        let base = &at[..at.len() - key.len() - 1];
        let mut block = Block { named: Vec::new(), patterns: Vec::new(), others: Some(Demands::new()) };
        for (name, schema) in map(keys.get("properties"))? {
            let idx = self.schema(schema, format!("{base}/properties/{}", escaped(name)))?;
            block.named.push((name.clone(), demand(idx)));
        }
        for (source, schema) in map(keys.get("patternProperties"))? {
            let place = format!("{base}/patternProperties/{}", escaped(source));
            let pattern = Pattern::read(source).map_err(|fault| fault.at(|| place.clone()))?;
            let idx = self.schema(schema, place)?;
            block.patterns.push((Expr::Leaf(Texts::Matching(Rc::new(pattern))), demand(idx)));
        }
        if let Some(schema) = keys.get("additionalProperties") {
            block.others = self.unless_false(schema, format!("{base}/additionalProperties"))?;
        } else if keys.get("unevaluatedProperties") == Some(&Value::Bool(false)) {
            block.others = None;
        }
        let objects = vec![Object { blocks: vec![Rc::new(block)], ..Object::any() }];
        Ok(Some(Set { objects, ..Set::all() }))
    }

    /// `false` is `None`, so that its consequences are seen at once; `true` demands nothing.
    fn unless_false(&mut self, schema: &'a Value, at: String) -> Result<Option<Demands>, Fault> {
        Ok(match schema {
            Value::Bool(false) => None,
            Value::Bool(true) => Some(Demands::new()),
            schema => Some(demand(self.schema(schema, at)?)),
        })
    }

    /// Reads `items`, `prefixItems` and `additionalItems` together, with the first of them.
    fn items(&mut self, keys: &'a Map<String, Value>, key: &str, at: &str) -> Result<Option<Set>, Fault> {
        let all = ["items", "prefixItems", "additionalItems"];
        if keys.keys().find(|k| all.contains(&k.as_str())).is_none_or(|first| first != key) {
            return Ok(None);
        }
        let base = &at[..at.len() - key.len() - 1];
        let tuple = keys.get("items").is_some_and(Value::is_array);
        if tuple && self.draft == Draft::D2020 {
            return Err(Fault::new("a list of schemas is `prefixItems` in this draft").at(|| format!("{base}/items")));
        }
        let (first, rest) = match tuple {
            true => ("items", "additionalItems"),
            false => ("prefixItems", "items"),
        };
        let mut array = Array::any();
        if let Some(prefix) = keys.get(first) {
            for (i, schema) in list(prefix)?.iter().enumerate() {
                array.prefix.push(self.unless_false(schema, format!("{base}/{first}/{i}"))?);
            }
        }
        if let Some(schema) = keys.get(rest) {
            array.rest = self.unless_false(schema, format!("{base}/{rest}"))?;
        } else if keys.get("unevaluatedItems") == Some(&Value::Bool(false)) {
            array.rest = None;
        }
        Ok(Some(arrays(array)))
    }

    /// `false` beside keywords that it can be read with is the same as for additional ones.
    fn unevaluated(keys: &Map<String, Value>, value: &Value) -> Result<(), Fault> {
        let simple = !keys.keys().any(|key| BESIDE.contains(&key.as_str()) && key != "patternProperties");
        let near = keys.contains_key("properties") || keys.contains_key("prefixItems") || keys.contains_key("items");
        match value {
            Value::Bool(true) => Ok(()),
            Value::Bool(false) if simple && near => Ok(()),
            _ => Err(Fault::new(
                "it is enforced only as `false`, beside properties or items and without other subschemas",
            )),
        }
    }

    fn unique(&mut self, keys: &Map<String, Value>, value: &Value) -> Result<Option<Set>, Fault> {
        let few = keys.get("maxItems").and_then(Value::as_u64).is_some_and(|n| n <= 1);
        match value {
            Value::Bool(false) => Ok(None),
            Value::Bool(true) if few => Ok(None),
            Value::Bool(true) => Err(Fault::new("that items differ is not enforced, but for `maxItems` of 0 or 1")),
            _ => Err(Fault::new("true or false expected")),
        }
    }

    /// Whoever has this property has those too, or satisfies that schema.
    fn dependent(&mut self, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let mut all = Set::all();
        for (name, needs) in map(Some(value))? {
            let with = objects(vec![Object { required: vec![name.clone()], ..Object::any() }]);
            let with = match needs {
                Value::Array(_) => with.both(&objects(vec![Object { required: names(needs)?, ..Object::any() }]))?,
                schema => with.both(&self.sub(schema, &format!("{at}/{}", escaped(name)))?)?,
            };
            // a schema may refuse values that are no objects, but only objects have the property
            let with = Set { objects: with.objects, ..Set::none() };
            let absent = objects(vec![Object { forbidden: vec![name.clone()], ..Object::any() }]);
            all = all.both(&absent.either(&with)?)?;
        }
        Ok(all)
    }

    fn bound(&self, keys: &Map<String, Value>, key: &str, value: &Value) -> Result<Option<Numbers>, Fault> {
        let exclusive = key.starts_with("exclusive");
        if self.draft == Draft::D4 && exclusive {
            return if value.is_boolean() { Ok(None) } else { Err(Fault::new("true or false expected in draft 4")) };
        }
        let number = decimal(value)?;
        let partner = if key == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
        let without = exclusive || (self.draft == Draft::D4 && keys.get(partner) == Some(&Value::Bool(true)));
        if without && number.n_digits() > 15 {
            return Err(Fault::new("an exclusive bound of more than 15 digits is not enforced"));
        }
        let from = key.ends_with("inimum");
        Ok(Some(if from { Numbers::From(number, without) } else { Numbers::To(number, without) }))
    }

    fn one_of_values(&mut self, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let values = list(value)?;
        let mut all = Set::none();
        for (i, value) in values.iter().enumerate() {
            all = all.either(&self.constant_set(value, &format!("{at}/{i}"))?)?;
        }
        Ok(all)
    }

    fn constant_set(&mut self, value: &'a Value, at: &str) -> Result<Set, Fault> {
        let none = Set::none();
        Ok(match value {
            Value::Null => Set { null: true, ..none },
            Value::Bool(true) => Set { yes: true, ..none },
            Value::Bool(false) => Set { no: true, ..none },
            Value::Number(_) => Set { numbers: Expr::Leaf(Numbers::One(decimal(value)?)), ..none },
            Value::String(text) => Set { texts: Expr::Leaf(Texts::One(text.clone())), ..none },
            Value::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| Ok(Some(demand(self.constant(item, format!("{at}/{i}"))?))));
                let prefix = items.collect::<Result<Vec<_>, Fault>>()?;
                let n = prefix.len();
                Set { arrays: vec![Array { prefix, rest: None, min: n, max: n }], ..none }
            }
            Value::Object(fields) => {
                let named = fields.iter().map(|(name, value)| {
                    Ok((name.clone(), demand(self.constant(value, format!("{at}/{}", escaped(name)))?)))
                });
                let block = Block { named: named.collect::<Result<_, Fault>>()?, patterns: Vec::new(), others: None };
                let required = fields.keys().cloned().collect();
                Set { objects: vec![Object { blocks: vec![Rc::new(block)], required, ..Object::any() }], ..none }
            }
        })
    }
}

impl Set {
    /// This set without `other`, of which it holds `shared`.
    fn without(&self, shared: &Self, other: &Self) -> Result<Self, Fault> {
        // only what is shared need be taken away: types that are not shared need no negation
        let part = Self {
            arrays: if shared.arrays.is_empty() { Vec::new() } else { other.arrays.clone() },
            objects: if shared.objects.is_empty() { Vec::new() } else { other.objects.clone() },
            ..other.clone()
        };
        self.both(&part.not()?)
    }
}

fn arrays(array: Array) -> Set {
    Set { arrays: if array.min > array.max { Vec::new() } else { vec![array] }, ..Set::all() }
}

fn objects(objects: Vec<Object>) -> Set {
    Set { objects, ..Set::all() }
}
