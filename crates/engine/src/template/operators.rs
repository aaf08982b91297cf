//! Operators as Python applies them, called by the functions that stand in their place.
use super::{
    arguments::{int, wrong},
    filters::escape,
    format,
    objects::{is_generator, is_tuple},
    predicates::is_in,
    python::{bounded, ordering, text},
    sequences::add_up,
};
use minijinja::{
    Environment, Error, Value,
    value::{Rest, ValueKind},
};
use std::cmp::Ordering;

/// Gives `jinja` the functions that stand for operators.
pub(super) fn add(jinja: &mut Environment<'_>) {
    type Order = (&'static str, fn(Ordering) -> bool);
    let orders: [Order; 4] = [
        ("python_lt", Ordering::is_lt),
        ("python_le", Ordering::is_le),
        ("python_gt", Ordering::is_gt),
        ("python_ge", Ordering::is_ge),
    ];
    for (name, holds) in orders {
        jinja.add_function(name, move |a: &Value, b: &Value| ordering(a, b).map(holds));
    }
    jinja.add_function("python_in", is_in);
    jinja.add_function("python_not_in", |a: &Value, b: &Value| is_in(a, b).map(|is| !is));
    jinja.add_function("python_join", join);
    jinja.add_function("python_mod", modulo);
    jinja.add_function("python_sliced", sliced);
    jinja.add_function("python_add", |values: Rest<Value>| {
        let (first, rest) = values.split_first().ok_or_else(|| wrong("nothing to add"))?;
        rest.iter().try_fold(first.clone(), |sum, value| plus(&sum, value))
    });
}

/// `a ~ b ~ ..`
fn join(values: Rest<Value>) -> Result<String, Error> {
    let mut out = String::new();
    for value in values.iter() {
        match value.as_str() {
            Some(text) => out.push_str(text),
            None => out.push_str(&text(value)),
        }
        bounded(out.len())?;
    }
    Ok(out)
}

/// What slices are cut from, if it has any.
fn sliced(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Seq => Ok(value.clone()),
        ValueKind::Iterable if !is_generator(value) => Ok(value.clone()),
        other => Err(wrong(format!("{other} cannot be sliced"))),
    }
}

/// `a % b`: what is left of a division, or text filled in.
fn modulo(a: &Value, b: &Value) -> Result<Value, Error> {
    if let Some(form) = a.as_str() {
        return match b.kind() {
            _ if is_tuple(b) => format::percent(form, &b.try_iter()?.collect::<Vec<_>>(), None),
            ValueKind::Map | ValueKind::Seq | ValueKind::Iterable => format::percent(form, &[], Some(b)),
            _ => format::percent(form, std::slice::from_ref(b), None),
        }
        .map(Value::from);
    }
    let number = |value: &Value| match value.kind() {
        ValueKind::Bool | ValueKind::Number => {
            int(value).map_or_else(|| f64::try_from(value.clone()), |n| Ok(n as f64))
        }
        other => Err(wrong(format!("`%`: a number expected, {other} found"))),
    };
    let whole = |value: &Value| int(value).map(i128::from).or_else(|| i128::try_from(value.clone()).ok());
    let is_float = |value: &Value| value.kind() == ValueKind::Number && !value.is_integer();
    let (x, y) = (number(a)?, number(b)?);
    if y == 0.0 {
        return Err(wrong("`%`: division by zero"));
    }
    match (whole(a), whole(b)) {
        (Some(n), Some(by)) if !is_float(a) && !is_float(b) => {
            let left = n.checked_rem(by).unwrap_or(0);
            Ok((if left != 0 && (left < 0) != (by < 0) { left + by } else { left }).into())
        }
        _ => {
            let left = x % y;
            let left = if left != 0.0 && (left < 0.0) != (y < 0.0) { left + y } else { left };
            Ok((if left == 0.0 { 0f64.copysign(y) } else { left }).into())
        }
    }
}

/// `a + b`; markup stays markup, and escapes the text that is added to it.
fn plus(a: &Value, b: &Value) -> Result<Value, Error> {
    let (Some(left), Some(right)) = (a.as_str(), b.as_str()) else {
        return add_up(a, b);
    };
    bounded(left.len() + right.len())?;
    let markup = |value: &Value, text: &str| if value.is_safe() { text.to_owned() } else { escape(text) };
    match a.is_safe() || b.is_safe() {
        true => Ok(Value::from_safe_string(markup(a, left) + &markup(b, right))),
        false => Ok((left.to_owned() + right).into()),
    }
}
