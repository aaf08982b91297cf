//! Methods of Python's lists and dicts; those that change their object are refused, as by transformers.
use super::{
    arguments::{Arguments, wrong},
    objects::{Dict, Part, View, is_generator, is_tuple},
    strings,
};
use minijinja::{Error, ErrorKind, State, Value, value::ValueKind};

/// Calls the method `name` of `value`.
pub(super) fn call(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => strings::method(state, value.as_str().unwrap_or_default(), name, args),
        ValueKind::Map => of_dict(value, name, args),
        ValueKind::Seq | ValueKind::Iterable if !is_generator(value) => of_list(value, name, args),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn of_dict(value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let Some(dict) = value.as_object() else {
        return Err(Error::from(ErrorKind::UnknownMethod));
    };
    let part = match name {
        "keys" => Part::Keys,
        "values" => Part::Values,
        "items" => Part::Items,
        "get" => {
            let args = Arguments::bind(args, ["key", "default"])?;
            let key = hashable(args.need(0)?)?;
            let default = || args.given(1).cloned().unwrap_or_else(|| Value::from(()));
            return Ok(dict.get_value(key).unwrap_or_else(default));
        }
        "copy" => {
            Arguments::bind(args, [])?;
            return Ok(Dict::of(Value::from_pairs(dict.try_iter_pairs().into_iter().flatten())));
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    };
    Arguments::bind(args, [])?;
    Ok(View::of(dict, part))
}

/// What may be a key of a dict: no list and no dict.
pub(super) fn hashable(key: &Value) -> Result<&Value, Error> {
    match key.kind() {
        ValueKind::Map | ValueKind::Seq | ValueKind::Iterable if !is_tuple(key) => {
            Err(wrong(format!("{} cannot be a key", key.kind())))
        }
        _ => Ok(key),
    }
}

fn of_list(list: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match name {
        "count" => {
            let args = Arguments::bind(args, ["value"])?;
            let wanted = args.need(0)?;
            Ok(list.try_iter()?.filter(|item| item == wanted).count().into())
        }
        "index" => {
            let args = Arguments::bind(args, ["value", "start", "stop"])?;
            let n = list.len().map_or(i64::MAX, |n| n as i64);
            let place = |i: i64| if i < 0 { (n + i).max(0) } else { i };
            let (start, stop) = (place(args.int(1, 0)?), place(args.int(2, i64::MAX)?));
            let wanted = args.need(0)?;
            let within = |i: &usize| (start..stop).contains(&(*i as i64));
            let found = list.try_iter()?.enumerate().find(|(i, item)| within(i) && item == wanted);
            found.map(|(i, _)| i.into()).ok_or_else(|| wrong("the list has no such value"))
        }
        "copy" if !is_tuple(list) => {
            Arguments::bind(args, [])?;
            Ok(list.try_iter()?.collect::<Vec<_>>().into())
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}
