//! Objects as Python has them: dicts with their methods for attributes, views of dicts, and generators that run once.
use super::methods;
use minijinja::{
    Error, State, Value,
    value::{DynObject, Enumerator, Object, ObjectExt, ObjectRepr, Tuple, ValueKind},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// Values nested deeper than this stay as they came.
const MAX_DEPTH: usize = 200;
const METHODS: [&str; 11] =
    ["clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

/// `value` with each map in it made a [`Dict`].
pub(super) fn adopt(value: Value, depth: usize) -> Value {
    match value.kind() {
        _ if depth > MAX_DEPTH => value,
        ValueKind::Map => {
            let key_value = |key: Value| {
                let item = value.get_item(&key).unwrap_or_default();
                (key, adopt(item, depth + 1))
            };
            Dict::of(Value::from_pairs(value.try_iter().into_iter().flatten().map(key_value)))
        }
        ValueKind::Seq => {
            value.try_iter().into_iter().flatten().map(|item| adopt(item, depth + 1)).collect::<Vec<_>>().into()
        }
        _ => value,
    }
}

/// A dict: `d.items` is its method, even where it has such a key; `d['items']` is the key.
#[derive(Debug)]
pub(super) struct Dict(DynObject);

impl Dict {
    pub(super) fn of(map: Value) -> Value {
        map.as_object().cloned().map_or(map, |map| Value::from_object(Self(map)))
    }
}

impl Object for Dict {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get_value(key)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match METHODS.iter().find(|name| **name == key) {
            Some(name) => Some(Value::from_object(Method { of: Value::from_dyn_object(self.clone()), name })),
            None => self.0.get_value_by_str(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.0.enumerate()
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.0.enumerator_len()
    }
}

/// A dict's method that was not called yet.
#[derive(Debug)]
pub(super) struct Method {
    of: Value,
    pub(super) name: &'static str,
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        methods::call(state, &self.of, self.name, args)
    }
}

/// Which part of a dict a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Keys,
    Values,
    Items,
}

/// What `keys`, `values` and `items` of a dict give.
#[derive(Debug)]
pub(super) struct View {
    of: DynObject,
    pub(super) part: Part,
}

impl View {
    pub(super) fn of(dict: &DynObject, part: Part) -> Value {
        Value::from_object(Self { of: dict.clone(), part })
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        // it has no places
        Some(Value::UNDEFINED)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|this| {
            let part = this.part;
            Box::new(this.of.try_iter_pairs().into_iter().flatten().map(move |(key, value)| match part {
                Part::Keys => key,
                Part::Values => value,
                Part::Items => Tuple::from([key, value]).into(),
            }))
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.of.enumerator_len()
    }
}

/// What lazy filters give: it is true, has no length, and each of its values is to be had once.
#[derive(Debug)]
pub(super) struct Generator(Arc<Mutex<VecDeque<Value>>>);

impl Generator {
    pub(super) fn of(values: Vec<Value>) -> Value {
        Value::from_object(Self(Arc::new(Mutex::new(values.into()))))
    }
}

impl Object for Generator {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        // it has no places
        Some(Value::UNDEFINED)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let values = self.0.clone();
        let next = move || values.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Enumerator::Iter(Box::new(std::iter::from_fn(next)))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        None
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// One group of the filter `groupby`: a pair whose members have names.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) grouper: Value,
    pub(super) list: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_usize()? {
            0 => Some(self.grouper.clone()),
            1 => Some(self.list.clone()),
            _ => None,
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "grouper" => Some(self.grouper.clone()),
            "list" => Some(self.list.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }
}

/// Whether Python would see a tuple here.
pub(super) fn is_tuple(value: &Value) -> bool {
    value.is_tuple() || value.downcast_object_ref::<Group>().is_some()
}

/// Whether Python would see a generator here, which has neither length nor places.
pub(super) fn is_generator(value: &Value) -> bool {
    value.downcast_object_ref::<Generator>().is_some()
}
