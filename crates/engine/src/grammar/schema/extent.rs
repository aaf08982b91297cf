//! How far sets of numbers and strings reach: whether anything is in them, and how many digits it takes.
use super::{
    Fault,
    expr::{Expr, Leaf},
    number::{Decimal, Numbers},
    text::Texts,
};
use llguidance::derivre::{RegexAst, RegexBuilder};

/// Work for the question whether a set is empty.
const FUEL: u64 = 200_000;

/// Whether only whole numbers are among `numbers`.
pub(super) fn is_integral(numbers: &Expr<Numbers>) -> bool {
    match numbers {
        Expr::Nothing | Expr::Leaf(Numbers::Integers) => true,
        Expr::Leaf(Numbers::One(x) | Numbers::Multiples(x)) => x.is_integer(),
        Expr::Both(parts) => parts.iter().any(is_integral),
        Expr::Either(parts) => parts.iter().all(is_integral),
        _ => false,
    }
}

/// Digits before the point of the largest bound.
pub(super) fn largest(numbers: &Expr<Numbers>) -> usize {
    match numbers {
        Expr::Leaf(leaf) => leaf.bound().map_or(0, Decimal::n_int),
        Expr::Both(parts) | Expr::Either(parts) => parts.iter().map(largest).max().unwrap_or(0),
        Expr::Not(part) => largest(part),
        Expr::All | Expr::Nothing => 0,
    }
}

pub(super) fn is_empty(texts: &Expr<Texts>, all: &str) -> Result<bool, Fault> {
    match texts {
        Expr::Nothing => Ok(true),
        // patterns may match nothing at all, but seldom do
        Expr::All | Expr::Leaf(Texts::One(_)) => Ok(false),
        texts => always_empty(&RegexAst::And(vec![RegexAst::Regex(all.to_owned()), ast_of(texts, all)?])),
    }
}

pub(super) fn always_empty(ast: &RegexAst) -> Result<bool, Fault> {
    let large = |_| Fault::new("the patterns and ranges of this value make too large an automaton");
    let mut builder = RegexBuilder::new();
    let expr = builder.mk(ast).map_err(large)?;
    Ok(builder.into_regex_limited(expr, FUEL).map_err(large)?.always_empty())
}

pub(super) fn ast_of<L: Leaf>(expr: &Expr<L>, all: &str) -> Result<RegexAst, Fault> {
    let several = |parts: &[Expr<L>]| parts.iter().map(|part| ast_of(part, all)).collect::<Result<Vec<_>, _>>();
    Ok(match expr {
        Expr::All => RegexAst::Regex(all.to_owned()),
        Expr::Nothing => RegexAst::NoMatch,
        Expr::Leaf(leaf) => RegexAst::Regex(leaf.regex()?),
        Expr::Both(parts) => RegexAst::And(several(parts)?),
        Expr::Either(parts) => RegexAst::Or(several(parts)?),
        Expr::Not(part) => RegexAst::Not(Box::new(ast_of(part, all)?)),
    })
}
