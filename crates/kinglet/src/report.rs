//! `kinglet report`: spend, tokens, speed, and what was saved against sending everything to the large model.
use crate::{
    accounts,
    config::Config,
    models::say,
    money, out,
    table::{Side, csv, table},
    when::{self, Period},
};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use ledger::{By, Ledger, Line};
use serde_json::{Value, json};

#[derive(Args)]
pub(crate) struct Report {
    /// What to sum by.
    #[arg(long, value_parser = groups(), default_value = "model")]
    by: By,
    #[command(flatten)]
    period: Period,
    /// As JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV.
    #[arg(long)]
    csv: bool,
}

impl Report {
    pub(crate) fn run(&self, config: &Config) -> Result<(), String> {
        let now = when::now();
        let span = self.period.span(now)?;
        let read = async |ledger: &Ledger| {
            let lines = ledger.report(span, self.by).await?;
            Ok((total(&lines, ledger.report(span, By::Total).await?), lines))
        };
        let (total, lines) = accounts::with(config, false, read)?;
        if self.json {
            let lines: Vec<_> = lines.iter().map(as_json).collect();
            return out::print_json(&json!({ "by": self.by.name(), "lines": lines, "total": as_json(&total) }));
        }
        if self.csv {
            return out::print(&csv(NAMES, lines.iter().map(fields)));
        }
        say(&format!("{}, UTC; money in USD", self.period.name(now)));
        let all = (self.by != By::Total).then_some(&total);
        let mut head = HEAD;
        let name = self.by.name().to_uppercase();
        head[0].0 = &name;
        out::print(&table(&head, lines.iter().chain(all).map(row)))
    }
}

/// Reads a group, and has the help list them all.
fn groups() -> impl TypedValueParser<Value = By> {
    PossibleValuesParser::new(By::ALL.map(By::name)).try_map(|name| name.parse())
}

/// The sum of `lines`, with the speed of `all`: requests may have come between the two looks, and a bill must add up.
fn total(lines: &[Line], all: Vec<Line>) -> Line {
    let sum = |of: fn(&Line) -> i64| lines.iter().map(of).sum();
    Line {
        group: "total".to_owned(),
        requests: sum(|l| l.requests),
        failed: sum(|l| l.failed),
        input: sum(|l| l.input),
        cached_input: sum(|l| l.cached_input),
        output: sum(|l| l.output),
        reasoning: sum(|l| l.reasoning),
        cost: sum(|l| l.cost),
        reference_cost: sum(|l| l.reference_cost),
        saved: sum(|l| l.saved),
        ..all.into_iter().next().unwrap_or_default()
    }
}

/// ALL LARGE is what the large model would have cost, of requests that can be compared.
const HEAD: [(&str, Side); 12] = [
    ("", Side::Left),
    ("REQUESTS", Side::Right),
    ("FAILED", Side::Right),
    ("INPUT", Side::Right),
    ("CACHED", Side::Right),
    ("OUTPUT", Side::Right),
    ("COST", Side::Right),
    ("ALL LARGE", Side::Right),
    ("SAVED", Side::Right),
    ("TOK/S", Side::Right),
    ("FIRST", Side::Right),
    ("WHOLE", Side::Right),
];

fn row(line: &Line) -> [String; 12] {
    let compared = line.reference_cost != 0 || line.saved != 0;
    let of_compared = |shown: String| if compared { shown } else { "-".to_owned() };
    let percent = 100.0 * line.saved as f64 / line.reference_cost.max(1) as f64;
    [
        if line.group.is_empty() { "-".to_owned() } else { line.group.clone() },
        line.requests.to_string(),
        line.failed.to_string(),
        line.input.to_string(),
        line.cached_input.to_string(),
        line.output.to_string(),
        money::show(line.cost),
        of_compared(money::show(line.reference_cost)),
        of_compared(format!("{} ({percent:.0} %)", money::show(line.saved))),
        format!("{:.1}", line.tokens_second),
        seconds(line.first_token_us),
        seconds(line.total_us),
    ]
}

fn seconds(micros: i64) -> String {
    if micros == 0 { "-".to_owned() } else { format!("{:.2} s", micros as f64 / 1e6) }
}

fn as_json(line: &Line) -> Value {
    let millis = |micros: i64| micros as f64 / 1e3;
    json!({
        "group": line.group,
        "requests": line.requests,
        "failed": line.failed,
        "input_tokens": line.input,
        "cached_input_tokens": line.cached_input,
        "output_tokens": line.output,
        "reasoning_tokens": line.reasoning,
        "cost_usd": money::json(line.cost),
        "all_large_usd": money::json(line.reference_cost),
        "saved_usd": money::json(line.saved),
        "output_tokens_per_second": line.tokens_second,
        "first_token_ms": millis(line.first_token_us),
        "whole_ms": millis(line.total_us),
    })
}

const NAMES: [&str; 13] = [
    "group",
    "requests",
    "failed",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "all_large_usd",
    "saved_usd",
    "output_tokens_per_second",
    "first_token_ms",
    "whole_ms",
];

fn fields(line: &Line) -> [String; 13] {
    let millis = |micros: i64| format!("{:.3}", micros as f64 / 1e3);
    [
        line.group.clone(),
        line.requests.to_string(),
        line.failed.to_string(),
        line.input.to_string(),
        line.cached_input.to_string(),
        line.output.to_string(),
        line.reasoning.to_string(),
        money::exact(line.cost),
        money::exact(line.reference_cost),
        money::exact(line.saved),
        format!("{:.3}", line.tokens_second),
        millis(line.first_token_us),
        millis(line.total_us),
    ]
}
