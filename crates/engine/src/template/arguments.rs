//! Arguments of a call, bound to the names of a Python function's parameters.
use minijinja::{
    Error, ErrorKind, Value,
    value::{Kwargs, Rest, from_args},
};

/// The arguments of one call, in the order of the parameters; `None` where none was given.
pub(super) struct Arguments<const N: usize> {
    names: [&'static str; N],
    values: [Option<Value>; N],
}

impl<const N: usize> Arguments<N> {
    /// Binds `given`, the last of which may be the named ones, to parameters of these `names`.
    pub(super) fn bind(given: &[Value], names: [&'static str; N]) -> Result<Self, Error> {
        let (placed, named) = split(given)?;
        Self::new(&placed, &named, names)
    }

    /// Binds what is `placed` and what is `named` to parameters of these `names`.
    pub(super) fn new(placed: &[Value], named: &Kwargs, names: [&'static str; N]) -> Result<Self, Error> {
        if placed.len() > N {
            return Err(wrong(format!("at most {N} arguments expected, {} found", placed.len())));
        }
        let mut values = [const { None }; N];
        for (value, given) in values.iter_mut().zip(placed) {
            *value = Some(given.clone());
        }
        for (value, name) in values.iter_mut().zip(names) {
            if named.has(name) {
                if value.is_some() {
                    return Err(wrong(format!("argument `{name}` is given twice")));
                }
                *value = Some(named.get(name)?);
            }
        }
        named.assert_all_used()?;
        Ok(Self { names, values })
    }

    /// The argument, if it was given.
    pub(super) fn given(&self, i: usize) -> Option<&Value> {
        self.values[i].as_ref()
    }

    /// The argument, if it was given and is not None.
    pub(super) fn some(&self, i: usize) -> Option<&Value> {
        self.given(i).filter(|value| !value.is_none())
    }

    /// An argument that must be given.
    pub(super) fn need(&self, i: usize) -> Result<&Value, Error> {
        self.given(i).ok_or_else(|| wrong(format!("argument `{}` is missing", self.names[i])))
    }

    /// An argument that must be text.
    pub(super) fn text(&self, i: usize) -> Result<&str, Error> {
        let value = self.need(i)?;
        value
            .as_str()
            .ok_or_else(|| wrong(format!("argument `{}`: text expected, {} found", self.names[i], value.kind())))
    }

    /// An argument that is text where it is given and not None.
    pub(super) fn text_or_none(&self, i: usize) -> Result<Option<&str>, Error> {
        self.some(i).map(|_| self.text(i)).transpose()
    }

    /// A whole number, or `default` where none is given.
    pub(super) fn int(&self, i: usize, default: i64) -> Result<i64, Error> {
        self.given(i).map_or(Ok(default), |value| {
            int(value).ok_or_else(|| {
                wrong(format!("argument `{}`: a whole number expected, {} found", self.names[i], value.kind()))
            })
        })
    }

    /// Whether the argument counts as true; `default` where none is given.
    pub(super) fn flag(&self, i: usize, default: bool) -> bool {
        self.given(i).map_or(default, Value::is_true)
    }
}

/// What is given by place, and what by name.
pub(super) fn split(given: &[Value]) -> Result<(Vec<Value>, Kwargs), Error> {
    let (placed, named): (Rest<Value>, Kwargs) = from_args(given)?;
    Ok((placed.0, named))
}

/// A whole number that Python takes for an index: True is 1, and 1.0 is none.
pub(super) fn int(value: &Value) -> Option<i64> {
    match value.kind() {
        minijinja::value::ValueKind::Bool => Some(i64::from(value.is_true())),
        _ if value.is_integer() => value.as_i64(),
        _ => None,
    }
}

/// What Python would raise a TypeError or a ValueError for.
pub(super) fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.into())
}
