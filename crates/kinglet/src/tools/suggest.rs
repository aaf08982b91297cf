//! `kinglet tools suggest`: requests that recur, and when a tool for them pays.
use super::with;
use crate::{
    config::Config,
    models::say,
    money, out, prices,
    table::{Side, table},
    when,
};
use clap::Args;
use gateway::{
    Accounts,
    toolbox::{Suggested, Suggestions, suggest},
};
use ledger::{Ledger, Micros};
use serde_json::json;

const DAY: Micros = 86_400_000_000;
/// Letters of an example that are shown.
const SHOWN: usize = 60;

#[derive(Args)]
pub(crate) struct Suggest {
    /// On this route [default: on all].
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// Of the requests of so many days.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Suggest {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let found = with(config, false, async |ledger| look(config, ledger, self.route.as_deref(), self.days).await)?;
        if self.json {
            let all = found.all.iter().map(Suggested::line).collect::<Vec<_>>();
            let (requests, heard) = (found.requests, found.heard);
            return out::print_json(&json!({ "suggestions": all, "requests": requests, "with_texts": heard }));
        }
        say(&format!("{} requests, {} of them with texts that a tool may answer", found.requests, found.heard));
        if found.requests > 0 && found.heard == 0 {
            say("the ledger keeps no texts: set ledger.keep = \"30d\" in kinglet.toml, and come back in some days");
        }
        out::print(&table(&HEAD, found.all.iter().enumerate().map(|(i, one)| row(i + 1, one))))
    }
}

/// What recurs in the ledger.
pub(super) async fn look(
    config: &Config,
    ledger: &Ledger,
    route: Option<&str>,
    days: u16,
) -> Result<Suggestions, String> {
    let accounts = Accounts::new(ledger.clone(), prices::book(config)?, None, config.keep());
    let policy = config.tool_policy()?;
    let since = when::now() - Micros::from(days) * DAY;
    suggest(&accounts, &policy.makers(), route, since).await.map_err(|e| e.to_string())
}

const HEAD: [(&str, Side); 8] = [
    ("NUMBER", Side::Right),
    ("ROUTE", Side::Left),
    ("REQUESTS", Side::Right),
    ("A DAY", Side::Right),
    ("COST EACH", Side::Right),
    ("SAVED A DAY", Side::Right),
    ("PAYS IN", Side::Right),
    ("SUCH AS", Side::Left),
];

fn row(number: usize, one: &Suggested) -> [String; 8] {
    let text = one.material.examples.first().map_or("", |example| example.text.as_str());
    [
        number.to_string(),
        one.route.clone(),
        one.count.to_string(),
        format!("{:.1}", one.pays.per_day),
        money::show(one.mean_cost.round() as i64),
        money::show(one.pays.saved_per_day.round() as i64),
        one.pays.days.map_or_else(|| "-".to_owned(), |days| format!("{days:.1} days")),
        text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect(),
    ]
}
