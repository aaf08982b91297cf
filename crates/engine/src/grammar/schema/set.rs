//! Sets of JSON values, one level deep: what stands inside arrays and objects is named, and looked at later.
use super::{Fault, expr::Expr, number::Numbers, text::Texts};
use std::{collections::BTreeSet, rc::Rc};

/// Most alternatives of arrays or objects in one set.
const MOST_WAYS: usize = 256;

/// A value must satisfy this subschema, or equal this value: by its number; or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Demand {
    pub(super) idx: usize,
    pub(super) holds: bool,
}

/// All that is demanded of a value; nothing allows any.
pub(super) type Demands = BTreeSet<Demand>;

pub(super) fn demand(idx: usize) -> Demands {
    Demands::from([Demand { idx, holds: true }])
}

fn joined(a: &Demands, b: &Demands) -> Demands {
    a.union(b).copied().collect()
}

/// Values of each type.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) null: bool,
    pub(super) yes: bool,
    pub(super) no: bool,
    pub(super) numbers: Expr<Numbers>,
    pub(super) texts: Expr<Texts>,
    pub(super) arrays: Vec<Array>,
    pub(super) objects: Vec<Object>,
}

/// Arrays of these items.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    /// The first ones, each its own; `None` stands for `never`.
    pub(super) prefix: Vec<Option<Demands>>,
    /// Those behind them.
    pub(super) rest: Option<Demands>,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// Objects that satisfy all of this.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) blocks: Vec<Rc<Block>>,
    /// Names that must be there.
    pub(super) required: Vec<String>,
    /// Names that must not.
    pub(super) forbidden: Vec<String>,
    /// What every name satisfies.
    pub(super) names: Expr<Texts>,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// What one schema says of properties by name.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) named: Vec<(String, Demands)>,
    pub(super) patterns: Vec<(Expr<Texts>, Demands)>,
    /// `None` stands for `never`.
    pub(super) others: Option<Demands>,
}

impl Array {
    pub(super) fn any() -> Self {
        Self { prefix: Vec::new(), rest: Some(Demands::new()), min: 0, max: usize::MAX }
    }

    /// What is demanded of item `i`.
    pub(super) fn item(&self, i: usize) -> Option<Demands> {
        self.prefix.get(i).unwrap_or(&self.rest).clone()
    }

    fn both(&self, other: &Self) -> Option<Self> {
        let both = |a: Option<Demands>, b: Option<Demands>| Some(joined(&a?, &b?));
        let n = self.prefix.len().max(other.prefix.len());
        let array = Self {
            prefix: (0..n).map(|i| both(self.item(i), other.item(i))).collect(),
            rest: both(self.rest.clone(), other.rest.clone()),
            min: self.min.max(other.min),
            max: self.max.min(other.max),
        };
        (array.min <= array.max).then_some(array)
    }

    fn not(&self) -> Result<Vec<Self>, Fault> {
        let is_any = |item: &Option<Demands>| item.as_ref().is_some_and(Demands::is_empty);
        if !self.prefix.iter().all(is_any) || !is_any(&self.rest) {
            return Err(Fault::new("the negation of a schema for array items is not enforced"));
        }
        let mut ways = Vec::new();
        if self.min > 0 {
            ways.push(Self { max: self.min - 1, ..Self::any() });
        }
        if self.max < usize::MAX {
            ways.push(Self { min: self.max + 1, ..Self::any() });
        }
        Ok(ways)
    }
}

impl Object {
    pub(super) fn any() -> Self {
        Self {
            blocks: Vec::new(),
            required: Vec::new(),
            forbidden: Vec::new(),
            names: Expr::All,
            min: 0,
            max: usize::MAX,
        }
    }

    fn both(&self, other: &Self) -> Option<Self> {
        let mut object = self.clone();
        object.blocks.extend(other.blocks.iter().cloned());
        for (to, from) in [(&mut object.required, &other.required), (&mut object.forbidden, &other.forbidden)] {
            from.iter()
                .filter(|name| !to.contains(name))
                .cloned()
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|n| to.push(n));
        }
        object.names = object.names.both(other.names.clone());
        (object.min, object.max) = (object.min.max(other.min), object.max.min(other.max));
        let fits = object.min <= object.max && object.required.len() <= object.max;
        (fits && !object.required.iter().any(|name| object.forbidden.contains(name))).then_some(object)
    }

    /// What is demanded of the property `name`; `None` when it must not be there.
    pub(super) fn property(&self, name: &str) -> Option<Demands> {
        if self.forbidden.iter().any(|n| n == name) || !self.names.has(&name.to_owned()) {
            return None;
        }
        let mut all = Demands::new();
        for block in &self.blocks {
            let named = block.named.iter().filter(|(n, _)| n == name).map(|(_, d)| d);
            let matched = block.patterns.iter().filter(|(p, _)| p.has(&name.to_owned())).map(|(_, d)| d);
            let found: Vec<_> = named.chain(matched).collect();
            match (&found[..], &block.others) {
                ([], None) => return None,
                ([], Some(others)) => all.extend(others),
                (found, _) => found.iter().for_each(|d| all.extend(*d)),
            }
        }
        Some(all)
    }

    fn not(&self) -> Result<Vec<Self>, Fault> {
        let mut ways = Vec::new();
        for block in &self.blocks {
            let is_any = |demands: &Demands| demands.is_empty();
            if !block.patterns.iter().all(|(_, d)| is_any(d)) || !block.others.as_ref().is_some_and(is_any) {
                let what = "patternProperties and additionalProperties";
                return Err(Fault::new(format!("the negation of a schema with {what} is not enforced")));
            }
            for (name, demands) in &block.named {
                for one in demands {
                    let other = Demands::from([Demand { holds: !one.holds, ..*one }]);
                    let block = Block {
                        named: vec![(name.clone(), other)],
                        patterns: Vec::new(),
                        others: Some(Demands::new()),
                    };
                    ways.push(Self { blocks: vec![Rc::new(block)], required: vec![name.clone()], ..Self::any() });
                }
            }
        }
        if !matches!(self.names, Expr::All) {
            return Err(Fault::new("the negation of propertyNames is not enforced"));
        }
        ways.extend(self.required.iter().map(|name| Self { forbidden: vec![name.clone()], ..Self::any() }));
        ways.extend(self.forbidden.iter().map(|name| Self { required: vec![name.clone()], ..Self::any() }));
        if self.min > 0 {
            ways.push(Self { max: self.min - 1, ..Self::any() });
        }
        if self.max < usize::MAX {
            ways.push(Self { min: self.max + 1, ..Self::any() });
        }
        Ok(ways)
    }
}

impl Set {
    pub(super) fn all() -> Self {
        Self {
            null: true,
            yes: true,
            no: true,
            numbers: Expr::All,
            texts: Expr::All,
            arrays: vec![Array::any()],
            objects: vec![Object::any()],
        }
    }

    pub(super) fn none() -> Self {
        Self {
            null: false,
            yes: false,
            no: false,
            numbers: Expr::Nothing,
            texts: Expr::Nothing,
            arrays: Vec::new(),
            objects: Vec::new(),
        }
    }

    pub(super) fn both(&self, other: &Self) -> Result<Self, Fault> {
        let arrays = self.arrays.iter().flat_map(|a| other.arrays.iter().filter_map(|b| a.both(b)));
        let objects = self.objects.iter().flat_map(|a| other.objects.iter().filter_map(|b| a.both(b)));
        Self {
            null: self.null && other.null,
            yes: self.yes && other.yes,
            no: self.no && other.no,
            numbers: self.numbers.clone().both(other.numbers.clone()),
            texts: self.texts.clone().both(other.texts.clone()),
            arrays: arrays.collect(),
            objects: objects.collect(),
        }
        .few()
    }

    pub(super) fn either(&self, other: &Self) -> Result<Self, Fault> {
        let arrays = other.arrays.iter().filter(|a| !self.arrays.contains(a)).cloned();
        Self {
            null: self.null || other.null,
            yes: self.yes || other.yes,
            no: self.no || other.no,
            numbers: self.numbers.clone().either(other.numbers.clone()),
            texts: self.texts.clone().either(other.texts.clone()),
            arrays: self.arrays.iter().cloned().chain(arrays).collect(),
            objects: [&self.objects[..], &other.objects].concat(),
        }
        .few()
    }

    pub(super) fn not(&self) -> Result<Self, Fault> {
        let mut not = Self {
            null: !self.null,
            yes: !self.yes,
            no: !self.no,
            numbers: self.numbers.clone().not(),
            texts: self.texts.clone().not(),
            arrays: vec![Array::any()],
            objects: vec![Object::any()],
        };
        for array in &self.arrays {
            let other = Self { arrays: array.not()?, ..Self::all() };
            not = not.both(&other)?;
        }
        for object in &self.objects {
            let other = Self { objects: object.not()?, ..Self::all() };
            not = not.both(&other)?;
        }
        Ok(not)
    }

    /// Whether no value is in it, as far as one level tells.
    pub(super) fn is_surely_empty(&self) -> bool {
        let scalars = self.null || self.yes || self.no;
        let nothing = matches!((&self.numbers, &self.texts), (Expr::Nothing, Expr::Nothing));
        !scalars && nothing && self.arrays.is_empty() && self.objects.is_empty()
    }

    fn few(self) -> Result<Self, Fault> {
        if self.arrays.len().max(self.objects.len()) > MOST_WAYS {
            return Err(Fault::new(format!("more than {MOST_WAYS} alternatives of its kind of value come of this")));
        }
        Ok(self)
    }
}
