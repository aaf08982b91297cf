//! A key's limits as operators write and read them.
use crate::money;
use clap::Args;
use ledger::Limits;
use serde_json::{Map, Value};

/// How the limits of money begin that the ledger counts in micro-USD.
const MICRO: &str = "micro-";

/// Those that are given. `none` takes one away.
#[derive(Args)]
pub(crate) struct Given {
    /// Most requests at work at once.
    #[arg(long, value_name = "N", value_parser = count)]
    concurrent: Option<Most>,
    /// Most requests a minute.
    #[arg(long, value_name = "N", value_parser = count)]
    requests_minute: Option<Most>,
    /// Most tokens a minute, read and written.
    #[arg(long, value_name = "N", value_parser = count)]
    tokens_minute: Option<Most>,
    /// Most tokens a day (UTC), read and written.
    #[arg(long, value_name = "N", value_parser = count)]
    tokens_day: Option<Most>,
    /// Most tokens a month (UTC), read and written.
    #[arg(long, value_name = "N", value_parser = count)]
    tokens_month: Option<Most>,
    /// Most USD a day (UTC).
    #[arg(long, value_name = "USD", value_parser = budget)]
    budget_day: Option<Most>,
    /// Most USD a month (UTC).
    #[arg(long, value_name = "USD", value_parser = budget)]
    budget_month: Option<Most>,
}

/// How much a limit allows; none is without limit.
#[derive(Clone, Copy)]
struct Most(Option<i64>);

impl Given {
    /// Changes `limits` to what is given; whether anything is.
    pub(crate) fn change(&self, limits: &mut Limits) -> bool {
        let all = [
            (self.concurrent, &mut limits.concurrent),
            (self.requests_minute, &mut limits.requests_minute),
            (self.tokens_minute, &mut limits.tokens_minute),
            (self.tokens_day, &mut limits.tokens_day),
            (self.tokens_month, &mut limits.tokens_month),
            (self.budget_day, &mut limits.cost_day),
            (self.budget_month, &mut limits.cost_month),
        ];
        let mut any = false;
        for (given, limit) in all {
            if let Some(Most(most)) = given {
                (*limit, any) = (most, true);
            }
        }
        any
    }
}

/// The names of the limits for programs, in the order of `Limits`: those of the flags, and the unit of money.
pub(crate) const NAMES: [&str; Limits::N] = [
    "concurrent",
    "requests_minute",
    "tokens_minute",
    "tokens_day",
    "tokens_month",
    "budget_day_usd",
    "budget_month_usd",
];

/// The limits that are set, in words: `5 USD a day, 10 concurrent requests`.
pub(crate) fn in_words(limits: &Limits) -> String {
    let set = limits.all().into_iter().filter_map(|(limit, most)| Some((limit, most?)));
    let words: Vec<_> = set.map(|(limit, most)| format!("{} {}", number(limit, most), unit(limit))).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The limits that are set, as JSON.
pub(crate) fn as_json(limits: &Limits) -> Value {
    let set = NAMES.into_iter().zip(limits.all());
    set.filter_map(|(name, (limit, most))| Some((name.to_owned(), json_number(limit, most?))))
        .collect::<Map<_, _>>()
        .into()
}

/// `limit`, which the ledger counts in micro-USD if it is of money, in USD: `USD a day`.
pub(crate) fn unit(limit: &str) -> &str {
    limit.strip_prefix(MICRO).unwrap_or(limit)
}

/// A number of what `limit` limits, for people.
pub(crate) fn number(limit: &str, n: i64) -> String {
    if limit.starts_with(MICRO) { money::exact(n) } else { n.to_string() }
}

/// A number of what `limit` limits, for programs.
pub(crate) fn json_number(limit: &str, n: i64) -> Value {
    if limit.starts_with(MICRO) { money::json(n) } else { n.into() }
}

fn count(text: &str) -> Result<Most, String> {
    let (digits, scale) = match text.strip_suffix(['k', 'M']) {
        Some(digits) => (digits, if text.ends_with('k') { 1_000 } else { 1_000_000 }),
        None => (text, 1),
    };
    let fault = || format!("{text:?}: a number such as 60, 200k or 2M expected, or `none`");
    match text {
        "none" => Ok(Most(None)),
        _ => digits.parse::<u32>().map(|n| Most(Some(i64::from(n) * scale))).map_err(|_| fault()),
    }
}

fn budget(text: &str) -> Result<Most, String> {
    match text {
        "none" => Ok(Most(None)),
        _ => money::usd(text).map(|micros| Most(Some(micros))).map_err(|e| format!("{e}, or `none`")),
    }
}
