//! Functions that templates call by name.
use super::{
    arguments::wrong,
    objects::Dict,
    python::{iterate, text},
    source::LOOP_FILTER,
};
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Rest, ValueKind},
};

/// Gives `jinja` all functions of this file, and the filter that loops go through.
pub(super) fn add(jinja: &mut Environment<'_>) {
    jinja.remove_global("debug");
    jinja.add_function("raise_exception", |message: &Value| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, text(message)))
    });
    jinja.add_function("dict", dict);
    jinja.add_function("cycler", |items: Rest<Value>| minijinja_contrib::globals::cycler(items.0));
    jinja.add_function("joiner", minijinja_contrib::globals::joiner);
    jinja.add_filter(LOOP_FILTER, iterated);
}

fn dict(placed: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let mut pairs = Vec::new();
    match &placed[..] {
        [] => {}
        [map] if map.kind() == ValueKind::Map => {
            for key in map.try_iter()? {
                let value = map.get_item(&key)?;
                pairs.push((key, value));
            }
        }
        [items] => {
            for item in iterate(items)? {
                match &iterate(&item)?.collect::<Vec<_>>()[..] {
                    [key, value] => pairs.push((key.clone(), value.clone())),
                    other => return Err(wrong(format!("dict: pairs expected, {} values found", other.len()))),
                }
            }
        }
        _ => return Err(wrong("dict: at most one argument without a name expected")),
    }
    for name in named.args() {
        pairs.push((name.into(), named.get(name)?));
    }
    Ok(Dict::of(Value::from_pairs(pairs)))
}

/// What a loop runs over: a list where the length would not be known.
fn iterated(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Map | ValueKind::Seq => Ok(value.clone()),
        _ => Ok(iterate(value)?.collect::<Vec<_>>().into()),
    }
}
