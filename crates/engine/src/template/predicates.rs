//! Tests, the words after `is`, as Jinja2 has them.
use super::{
    arguments::{int, wrong},
    guarded,
    methods::hashable,
    objects::{Method, is_generator},
    python::{ordering, text},
};
use minijinja::{
    Environment, Error, Value,
    value::{ObjectRepr, ValueKind},
};
use std::cmp::Ordering;

/// What minijinja has and Jinja2 has not.
const FOREIGN: [&str; 5] = ["containing", "endingwith", "int", "safe", "startingwith"];

/// Gives `jinja` all tests of this file.
pub(super) fn add(jinja: &mut Environment<'_>) {
    FOREIGN.iter().for_each(|name| jinja.remove_test(name));
    jinja.add_test("iterable", is_iterable);
    jinja.add_test("sequence", |value: &Value| is_iterable(value) && !is_generator(value));
    jinja.add_test("number", |value: &Value| matches!(value.kind(), ValueKind::Bool | ValueKind::Number));
    jinja.add_test("callable", is_callable);
    jinja.add_test("even", |value: &Value| Ok::<_, Error>(remainder(value, 2.0)? == 0.0));
    jinja.add_test("odd", |value: &Value| Ok::<_, Error>(remainder(value, 2.0)? == 1.0));
    jinja.add_test("divisibleby", divisible_by);
    jinja.add_test("lower", |value: &Value| all_cased(value, char::is_uppercase));
    jinja.add_test("upper", |value: &Value| all_cased(value, char::is_lowercase));
    jinja.add_test("in", is_in);
    type Order = (&'static [&'static str], fn(Ordering) -> bool);
    let orders: [Order; 4] = [
        (&["lt", "lessthan", "<"], Ordering::is_lt),
        (&["le", "<="], Ordering::is_le),
        (&["gt", "greaterthan", ">"], Ordering::is_gt),
        (&["ge", ">="], Ordering::is_ge),
    ];
    for (names, holds) in orders {
        for name in names {
            jinja.add_test(*name, move |a: &Value, b: &Value| ordering(a, b).map(holds));
        }
    }
}

fn is_iterable(value: &Value) -> bool {
    !matches!(value.kind(), ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::Plain)
}

fn is_callable(value: &Value) -> bool {
    let plain = |value: &Value| value.as_object().is_some_and(|object| object.repr() == ObjectRepr::Plain);
    // an undefined value can be called too, though it only fails
    value.is_undefined() || value.downcast_object_ref::<Method>().is_some() || plain(value)
}

fn number(value: &Value) -> Result<f64, Error> {
    match value.kind() {
        ValueKind::Bool | ValueKind::Number => {
            int(value).map_or_else(|| f64::try_from(value.clone()), |n| Ok(n as f64))
        }
        other => Err(wrong(format!("a number expected, {other} found"))),
    }
}

fn remainder(value: &Value, by: f64) -> Result<f64, Error> {
    Ok(number(value)?.rem_euclid(by))
}

fn divisible_by(value: &Value, by: &Value) -> Result<bool, Error> {
    match number(by)? {
        0.0 => Err(wrong("divisibleby: zero")),
        by => Ok(remainder(value, by)? == 0.0),
    }
}

/// Whether there are letters with case, and none for which `other` holds.
fn all_cased(value: &Value, other: fn(char) -> bool) -> bool {
    let text = text(value);
    text.chars().any(|c| c.is_lowercase() || c.is_uppercase()) && !text.chars().any(other)
}

pub(super) fn is_in(value: &Value, values: &Value) -> Result<bool, Error> {
    if let Some(text) = values.as_str() {
        let part = value.as_str().ok_or_else(|| wrong(format!("in: text expected, {} found", value.kind())))?;
        return Ok(guarded::contains(text, part));
    }
    match values.kind() {
        ValueKind::Map => {
            let key = hashable(value)?;
            Ok(values.as_object().is_some_and(|map| map.get_value(key).is_some()))
        }
        ValueKind::Undefined => Ok(false),
        _ => Ok(super::python::iterate(values)?.any(|item| item == *value)),
    }
}
