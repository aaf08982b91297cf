//! Filters over sequences, as Jinja2 has them: what it computes lazily is a generator here too.
use super::{
    arguments::{Arguments, int, wrong},
    methods::hashable,
    objects::{Generator, Group, is_generator, is_tuple},
    python::{bounded, item, iterate, length, ordering, text},
};
use minijinja::{
    Environment, Error, State, Value,
    value::{Kwargs, Rest, Tuple, ValueKind},
};
use std::{cmp::Ordering, collections::HashSet};

/// Gives `jinja` all filters of this file.
pub(super) fn add(jinja: &mut Environment<'_>) {
    jinja.add_filter("list", |value: &Value| Ok::<_, Error>(iterate(value)?.collect::<Vec<_>>()));
    jinja.add_filter("length", length);
    jinja.add_filter("count", length);
    jinja.add_filter("first", |value: &Value| Ok::<_, Error>(iterate(value)?.next().unwrap_or_default()));
    jinja.add_filter("last", last);
    jinja.add_filter("join", join);
    jinja.add_filter("min", |value: &Value, given: Rest<Value>, named: Kwargs| {
        extreme(value, &given, &named, Ordering::Less)
    });
    jinja.add_filter("max", |value: &Value, given: Rest<Value>, named: Kwargs| {
        extreme(value, &given, &named, Ordering::Greater)
    });
    jinja.add_filter("sum", sum);
    jinja.add_filter("sort", sort);
    jinja.add_filter("unique", unique);
    jinja.add_filter("reverse", reverse);
    jinja.add_filter("batch", batch);
    jinja.add_filter("slice", slice);
    jinja.add_filter("groupby", group_by);
    jinja.add_filter("items", items);
    jinja.add_filter("dictsort", dict_sort);
    jinja.add_filter("map", map);
    jinja.add_filter("select", |state: &mut State, value: &Value, given: Rest<Value>| {
        pick(state, value, &given, false, true)
    });
    jinja.add_filter("reject", |state: &mut State, value: &Value, given: Rest<Value>| {
        pick(state, value, &given, false, false)
    });
    jinja.add_filter("selectattr", |state: &mut State, value: &Value, given: Rest<Value>| {
        pick(state, value, &given, true, true)
    });
    jinja.add_filter("rejectattr", |state: &mut State, value: &Value, given: Rest<Value>| {
        pick(state, value, &given, true, false)
    });
}

/// `attribute` of a value: a name or a place, or several with points between.
fn attribute(value: &Value, attribute: &Value, default: Option<&Value>) -> Result<Value, Error> {
    let mut value = value.clone();
    let mut step = |key: Value| -> Result<(), Error> {
        value = item(&value, &key)?;
        if let Some(default) = default.filter(|_| value.is_undefined()) {
            value = default.clone();
        }
        Ok(())
    };
    match attribute.as_str() {
        None => step(attribute.clone())?,
        Some(path) => {
            let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            for part in path.split('.') {
                step(match part.parse::<i64>().ok().filter(|_| is_number(part)) {
                    Some(place) => place.into(),
                    None => part.into(),
                })?;
            }
        }
    }
    Ok(value)
}

/// What values are compared by: their `attribute` if one is given, small letters like large ones unless `cased`.
fn key(value: &Value, by: Option<&Value>, cased: bool) -> Result<Value, Error> {
    let key = by.map_or_else(|| Ok(value.clone()), |by| attribute(value, by, None))?;
    match key.as_str() {
        Some(text) if !cased => Ok(text.to_lowercase().into()),
        _ => Ok(key),
    }
}

fn last(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        _ if is_generator(value) => Err(wrong("last: a generator cannot be read from its end")),
        _ => Ok(iterate(value)?.last().unwrap_or_default()),
    }
}

fn join(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["d", "attribute"])?;
    let between = arguments.given(0).map(text).unwrap_or_default();
    let mut out = String::new();
    for (i, item) in iterate(value)?.enumerate() {
        let item = arguments.some(1).map_or_else(|| Ok(item.clone()), |by| attribute(&item, by, None))?;
        let item = text(&item);
        bounded(out.len() + between.len() + item.len())?;
        out.push_str(if i > 0 { &between } else { "" });
        out.push_str(&item);
    }
    Ok(out)
}

fn extreme(value: &Value, given: &[Value], named: &Kwargs, wanted: Ordering) -> Result<Value, Error> {
    let arguments = Arguments::new(given, named, ["case_sensitive", "attribute"])?;
    let mut best: Option<(Value, Value)> = None;
    for item in iterate(value)? {
        let key = key(&item, arguments.some(1), arguments.flag(0, false))?;
        let better = match &best {
            Some((_, top)) => ordering(&key, top)? == wanted,
            None => true,
        };
        if better {
            best = Some((item, key));
        }
    }
    Ok(best.map(|(item, _)| item).unwrap_or_default())
}

fn sum(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["attribute", "start"])?;
    let mut total = arguments.given(1).cloned().unwrap_or_else(|| 0.into());
    for item in iterate(value)? {
        let item = arguments.some(0).map_or_else(|| Ok(item.clone()), |by| attribute(&item, by, None))?;
        total = add_up(&total, &item)?;
    }
    Ok(total)
}

/// `a + b` of numbers, or of lists, or of tuples.
pub(super) fn add_up(a: &Value, b: &Value) -> Result<Value, Error> {
    use ValueKind::{Bool, Iterable, Number, Seq};
    match (a.kind(), b.kind()) {
        (Bool | Number, Bool | Number) => match (int(a), int(b)) {
            (Some(x), Some(y)) => Ok(x.checked_add(y).ok_or_else(|| wrong("the numbers are too large"))?.into()),
            _ => {
                let float = |value: &Value| int(value).map_or_else(|| f64::try_from(value.clone()), |n| Ok(n as f64));
                Ok((float(a)? + float(b)?).into())
            }
        },
        (Seq | Iterable, Seq | Iterable) if is_tuple(a) == is_tuple(b) && !is_generator(a) && !is_generator(b) => {
            let both: Vec<_> = a.try_iter()?.chain(b.try_iter()?).collect();
            Ok(if is_tuple(a) { Tuple::from(both).into() } else { both.into() })
        }
        (a, b) => Err(wrong(format!("{a} and {b} cannot be added"))),
    }
}

/// Sorts, equal ones in their order, by keys that may be several each.
fn sort_by_keys(mut keyed: Vec<(Vec<Value>, Value)>, reverse: bool) -> Result<Vec<(Vec<Value>, Value)>, Error> {
    let mut failed = None;
    let compare = |a: &[Value], b: &[Value]| -> Result<Ordering, Error> {
        if let Some((x, y)) = a.iter().zip(b).find(|(x, y)| x != y) {
            return ordering(x, y);
        }
        // equal ones must have an order too
        a.first().zip(b.first()).filter(|_| a.len() == 1).map_or(Ok(Ordering::Equal), |(x, y)| ordering(x, y))
    };
    keyed.sort_by(|(a, _), (b, _)| {
        let found = compare(a, b).unwrap_or_else(|e| {
            failed.get_or_insert(e);
            Ordering::Equal
        });
        if reverse { found.reverse() } else { found }
    });
    failed.map_or(Ok(keyed), Err)
}

fn sort(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Vec<Value>, Error> {
    let arguments = Arguments::new(&given, &named, ["reverse", "case_sensitive", "attribute"])?;
    let cased = arguments.flag(1, false);
    let by: Vec<Option<Value>> = match arguments.some(2) {
        None => vec![None],
        Some(by) => {
            by.as_str().map_or_else(|| vec![Some(by.clone())], |by| by.split(',').map(|by| Some(by.into())).collect())
        }
    };
    let keyed = iterate(value)?.map(|item| {
        let keys = by.iter().map(|by| key(&item, by.as_ref(), cased)).collect::<Result<_, _>>()?;
        Ok((keys, item))
    });
    let sorted = sort_by_keys(keyed.collect::<Result<_, Error>>()?, arguments.flag(0, false))?;
    Ok(sorted.into_iter().map(|(_, item)| item).collect())
}

fn unique(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["case_sensitive", "attribute"])?;
    let (mut seen, mut kept) = (HashSet::new(), Vec::new());
    for item in iterate(value)? {
        let key = key(&item, arguments.some(1), arguments.flag(0, false))?;
        if seen.insert(hashable(&key)?.clone()) {
            kept.push(item);
        }
    }
    Ok(Generator::of(kept))
}

fn reverse(value: &Value) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.chars().rev().collect::<String>().into());
    }
    let mut items: Vec<_> = iterate(value)?.collect();
    items.reverse();
    Ok(Generator::of(items))
}

fn batch(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["linecount", "fill_with"])?;
    arguments.need(0)?;
    let size = usize::try_from(arguments.int(0, 0)?).unwrap_or(0);
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for item in iterate(value)? {
        match rows.last_mut().filter(|row| row.len() != size) {
            Some(row) => row.push(item),
            None => rows.push(vec![item]),
        }
    }
    if let (Some(fill), Some(row)) = (arguments.some(1), rows.last_mut()) {
        bounded(size.saturating_mul(size_of::<Value>()))?;
        row.resize(size.max(row.len()), fill.clone());
    }
    Ok(Generator::of(rows.into_iter().map(Value::from).collect()))
}

fn slice(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["slices", "fill_with"])?;
    arguments.need(0)?;
    let items: Vec<_> = iterate(value)?.collect();
    let n = usize::try_from(arguments.int(0, 0)?).ok().filter(|n| *n > 0);
    let n = n.ok_or_else(|| wrong("slice: at least one slice expected"))?;
    bounded(n.saturating_mul(64))?;
    let (each, longer) = (items.len() / n, items.len() % n);
    let mut rest = &items[..];
    let slices = (0..n).map(|i| {
        let (slice, left) = rest.split_at(each + usize::from(i < longer));
        rest = left;
        let fill = arguments.some(1).filter(|_| i >= longer);
        slice.iter().chain(fill).cloned().collect::<Vec<_>>().into()
    });
    Ok(Generator::of(slices.collect()))
}

fn group_by(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Vec<Value>, Error> {
    let arguments = Arguments::new(&given, &named, ["attribute", "default", "case_sensitive"])?;
    let cased = arguments.flag(2, false);
    let keyed = iterate(value)?.map(|item| {
        let own = attribute(&item, arguments.need(0)?, arguments.some(1))?;
        Ok((vec![key(&own, None, cased)?, own], item))
    });
    let keyed: Vec<(Vec<Value>, Value)> = keyed.collect::<Result<_, Error>>()?;
    let pair =
        |(keys, item): &(Vec<Value>, Value)| (keys[..1].to_vec(), Tuple::from([keys[1].clone(), item.clone()]).into());
    let own = keyed.iter().map(pair).collect();
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for (keys, pair) in sort_by_keys(own, false)? {
        let (grouper, item) = (pair.get_item_by_index(0)?, pair.get_item_by_index(1)?);
        match groups.last_mut().filter(|(key, ..)| *key == keys[0]) {
            Some((_, _, list)) => list.push(item),
            None => groups.push((keys[0].clone(), grouper, vec![item])),
        }
    }
    let group =
        |(_, grouper, list): (Value, Value, Vec<Value>)| Value::from_object(Group { grouper, list: list.into() });
    Ok(groups.into_iter().map(group).collect())
}

fn pairs(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    match value.kind() {
        ValueKind::Map => value.try_iter()?.map(|key| Ok((key.clone(), value.get_item(&key)?))).collect(),
        other => Err(wrong(format!("a dict expected, {other} found"))),
    }
}

fn items(value: &Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Ok(Generator::of(Vec::new()));
    }
    Ok(Generator::of(pairs(value)?.into_iter().map(|(key, value)| Tuple::from([key, value]).into()).collect()))
}

fn dict_sort(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Vec<Value>, Error> {
    let arguments = Arguments::new(&given, &named, ["case_sensitive", "by", "reverse"])?;
    let by_value = match arguments.given(1).map_or("key", |by| by.as_str().unwrap_or_default()) {
        "key" => false,
        "value" => true,
        other => return Err(wrong(format!("dictsort: `key` or `value` expected, `{other}` found"))),
    };
    let keyed = pairs(value)?.into_iter().map(|(name, value)| {
        let key = key(if by_value { &value } else { &name }, None, arguments.flag(0, false))?;
        Ok((vec![key], Tuple::from([name, value]).into()))
    });
    let sorted = sort_by_keys(keyed.collect::<Result<_, Error>>()?, arguments.flag(2, false))?;
    Ok(sorted.into_iter().map(|(_, pair)| pair).collect())
}

fn map(state: &mut State, value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let by = named.get::<Option<Value>>("attribute")?.filter(|_| given.is_empty());
    let mut out = Vec::new();
    if let Some(by) = by {
        let default = named.get::<Option<Value>>("default")?;
        named.assert_all_used()?;
        if value.is_true() {
            for item in iterate(value)? {
                out.push(attribute(&item, &by, default.as_ref())?);
            }
        }
    } else if value.is_true() {
        let name = given.first().and_then(Value::as_str).ok_or_else(|| wrong("map: a filter's name expected"))?;
        for item in iterate(value)? {
            let mut args: Vec<_> = std::iter::once(item).chain(given.iter().skip(1).cloned()).collect();
            args.extend(again(&named)?);
            out.push(state.apply_filter(name, &args)?);
        }
    }
    Ok(Generator::of(out))
}

/// The named arguments, to be given on.
fn again(named: &Kwargs) -> Result<Option<Value>, Error> {
    let pairs = named.args().map(|name| Ok((name, named.get::<Value>(name)?))).collect::<Result<Vec<_>, Error>>()?;
    Ok((!pairs.is_empty()).then(|| Kwargs::from_iter(pairs).into()))
}

/// Those values that pass a test, or do not; without a test, those that are true.
fn pick(state: &mut State, value: &Value, given: &[Value], by_attribute: bool, wanted: bool) -> Result<Value, Error> {
    let mut out = Vec::new();
    let (by, given) = match given.split_first().filter(|_| by_attribute) {
        Some((by, rest)) => (Some(by), rest),
        None if by_attribute => return Err(wrong("an attribute's name expected")),
        None => (None, given),
    };
    if value.is_true() {
        for item in iterate(value)? {
            let subject = by.map_or_else(|| Ok(item.clone()), |by| attribute(&item, by, None))?;
            let passes = match given.split_first() {
                None => subject.is_true(),
                Some((test, rest)) => {
                    let name = test.as_str().ok_or_else(|| wrong("a test's name expected"))?;
                    let args: Vec<_> = std::iter::once(subject).chain(rest.iter().cloned()).collect();
                    state.perform_test(name, &args)?
                }
            };
            if passes == wanted {
                out.push(item);
            }
        }
    }
    Ok(Generator::of(out))
}
