//! `kinglet route status`: where each promise stands, and what is missing.
use super::told::{Told, told};
use crate::{
    config::{Config, promise::percent},
    models::Store,
    money, out,
    table::{Side, table},
};
use clap::Args;
use router::certify::Kind;
use serde_json::json;

#[derive(Args)]
pub(crate) struct Status {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        let all = told(config, store, None)?;
        if self.json {
            let routes = all.iter().map(|told| {
                json!({ "route": told.promised.route, "standing": told.standing, "statement": told.statement,
                        "audits_waiting": told.series.n - told.series.n_judged,
                        "spent_today_usd": money::json(told.series.cost) })
            });
            return out::print_json(&json!({ "routes": routes.collect::<Vec<_>>() }));
        }
        out::print(&table(&HEAD, all.iter().map(row)))
    }
}

const HEAD: [(&str, Side); 9] = [
    ("ROUTE", Side::Left),
    ("PROMISE", Side::Left),
    ("STATE", Side::Left),
    ("HERE", Side::Right),
    ("AUDITS", Side::Right),
    ("WAITING", Side::Right),
    ("MISSING", Side::Right),
    ("SPENT TODAY", Side::Right),
    ("LAST ALARM", Side::Left),
];

fn row(told: &Told) -> [String; 9] {
    let Told { promised, statement, series, standing } = told;
    let share = statement.local as f64 / statement.audits.max(1) as f64;
    let state = match statement.version {
        Some(version) => format!("certified, v{version}"),
        None => "shadowing".to_owned(),
    };
    let missing = match statement.missing {
        _ if standing.untaught > 0 => format!("{} to learn", standing.untaught),
        Some(n) => n.to_string(),
        None => "-".to_owned(),
    };
    [
        promised.route.clone(),
        format!("{} <= {}", name(promised.promise.kind), percent(promised.promise.most)),
        state,
        if statement.is_certified { format!("{:.0} %", 100.0 * share) } else { "-".to_owned() },
        statement.all_audits.to_string(),
        (series.n - series.n_judged).to_string(),
        missing,
        money::show(series.cost),
        statement.alarm.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

/// What is promised to be rare.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Harm => "harm",
        Kind::Loss => "loss",
    }
}
