//! Sets of texts or of numbers as boolean expressions over simple ones, printed as terminals of a Lark grammar.
use super::Fault;

/// Most parts of one expression.
const MOST_PARTS: usize = 4096;

/// A simple set.
pub(super) trait Leaf: Clone {
    /// What is in it.
    type Value;
    /// Its one value, if it has but one.
    fn only(&self) -> Option<&Self::Value>;
    /// Whether `value` is in it.
    fn has(&self, value: &Self::Value) -> bool;
    /// A regex of exactly the texts that write its values.
    fn regex(&self) -> Result<String, Fault>;
}

#[derive(Clone, Debug)]
pub(super) enum Expr<L> {
    All,
    Nothing,
    Leaf(L),
    Both(Vec<Self>),
    Either(Vec<Self>),
    Not(Box<Self>),
}

impl<L: Leaf> Expr<L> {
    pub(super) fn both(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::All, x) | (x, Self::All) => x,
            (a, b) if a.values().is_some() => a.filtered(&b),
            (a, b) if b.values().is_some() => b.filtered(&a),
            (Self::Both(mut a), Self::Both(b)) => {
                a.extend(b);
                Self::Both(a)
            }
            (Self::Both(mut a), b) | (b, Self::Both(mut a)) => {
                a.push(b);
                Self::Both(a)
            }
            (a, b) => Self::Both(vec![a, b]),
        }
    }

    pub(super) fn either(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Nothing, x) | (x, Self::Nothing) => x,
            (Self::Either(mut a), Self::Either(b)) => {
                a.extend(b);
                Self::Either(a)
            }
            (Self::Either(mut a), b) => {
                a.push(b);
                Self::Either(a)
            }
            (a, Self::Either(mut b)) => {
                b.insert(0, a);
                Self::Either(b)
            }
            (a, b) => Self::Either(vec![a, b]),
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::All => Self::Nothing,
            Self::Nothing => Self::All,
            Self::Not(x) => *x,
            x => Self::Not(Box::new(x)),
        }
    }

    /// Its values, if they are given one by one.
    fn values(&self) -> Option<Vec<&L>> {
        match self {
            Self::Leaf(leaf) => leaf.only().map(|_| vec![leaf]),
            Self::Either(parts) => {
                parts.iter().map(Self::values).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
            }
            _ => None,
        }
    }

    /// Of its values, given one by one, those that are in `other`.
    fn filtered(&self, other: &Self) -> Self {
        let values = self.values().unwrap_or_default();
        let kept = values.into_iter().filter(|leaf| leaf.only().is_some_and(|v| other.has(v)));
        kept.fold(Self::Nothing, |all, leaf| all.either(Self::Leaf(leaf.clone())))
    }

    pub(super) fn has(&self, value: &L::Value) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Leaf(leaf) => leaf.has(value),
            Self::Both(parts) => parts.iter().all(|x| x.has(value)),
            Self::Either(parts) => parts.iter().any(|x| x.has(value)),
            Self::Not(x) => !x.has(value),
        }
    }

    fn n_parts(&self) -> usize {
        match self {
            Self::Both(parts) | Self::Either(parts) => 1 + parts.iter().map(Self::n_parts).sum::<usize>(),
            Self::Not(x) => 1 + x.n_parts(),
            _ => 1,
        }
    }

    /// Whether only sets given part by part and their unions stand in it.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::All | Self::Nothing | Self::Leaf(_) => true,
            Self::Either(parts) => parts.iter().all(|x| matches!(x, Self::Leaf(_))),
            _ => false,
        }
    }

    /// The expression as a terminal: what it leaves open is bounded by the terminal `all`.
    pub(super) fn terminal(&self, all: &str) -> Result<String, Fault> {
        if self.n_parts() > MOST_PARTS {
            return Err(Fault::new(format!("a set of more than {MOST_PARTS} parts is too large")));
        }
        Ok(match self {
            Self::All => all.to_owned(),
            Self::Nothing => format!("({all} & ~{all})"),
            Self::Leaf(leaf) => format!("/{}/", leaf.regex()?),
            Self::Both(parts) => format!("({all} & {})", joined(parts, all, " & ")?),
            Self::Either(parts) if self.is_plain() => {
                let parts =
                    parts.iter().map(|x| if let Self::Leaf(leaf) = x { leaf.regex() } else { Ok(String::new()) });
                format!("/{}/", parts.collect::<Result<Vec<_>, _>>()?.join("|"))
            }
            Self::Either(parts) => format!("({})", joined(parts, all, " | ")?),
            Self::Not(x) => format!("({all} & ~({}))", x.terminal(all)?),
        })
    }
}

fn joined<L: Leaf>(parts: &[Expr<L>], all: &str, by: &str) -> Result<String, Fault> {
    Ok(parts.iter().map(|x| x.terminal(all)).collect::<Result<Vec<_>, _>>()?.join(by))
}
