//! `kinglet spend`: what each key used and holds of its limits now.
use crate::{
    accounts,
    config::Config,
    key::state,
    limits, out,
    table::{Side, table},
    when,
};
use clap::Args;
use ledger::{Standing, Taken};
use serde_json::{Value, json};

#[derive(Args)]
pub(crate) struct Spend {
    /// This key alone [default: all that are good].
    key: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Spend {
    pub(crate) fn run(&self, config: &Config) -> Result<(), String> {
        let mut standings = accounts::with(config, false, async |ledger| ledger.standings().await)?;
        let now = when::now();
        match &self.key {
            Some(id) => standings.retain(|s| s.key.id == *id),
            None => standings.retain(|s| state(&s.key, now) == "good"),
        }
        if let Some(id) = self.key.as_ref().filter(|_| standings.is_empty()) {
            return Err(format!("key `{id}`: not in the ledger, see kinglet key list"));
        }
        match self.json {
            true => out::print_json(&standings.iter().map(as_json).collect()),
            false => out::print(&table(&HEAD, standings.iter().flat_map(rows))),
        }
    }
}

const HEAD: [(&str, Side); 8] = [
    ("KEY", Side::Left),
    ("OWNER", Side::Left),
    ("LIMIT", Side::Left),
    ("USED", Side::Right),
    ("HELD", Side::Right),
    ("OF", Side::Right),
    ("TAKEN", Side::Right),
    ("UNTIL", Side::Left),
];

/// What there is to say of a key: its limits, and its money also without one.
fn told(standing: &Standing) -> impl Iterator<Item = (&'static str, &Taken)> {
    let named = limits::NAMES.into_iter().zip(&standing.taken);
    named.filter(|(name, taken)| taken.most.is_some() || name.starts_with("budget"))
}

fn rows(standing: &Standing) -> impl Iterator<Item = [String; 8]> {
    let key = &standing.key;
    told(standing).map(|(_, taken)| {
        let number = |n| limits::number(taken.limit, n);
        [
            key.id.clone(),
            key.owner.clone(),
            limits::unit(taken.limit).to_owned(),
            number(taken.used),
            number(taken.held),
            taken.most.map_or_else(|| "-".to_owned(), number),
            taken.most.map_or_else(|| "-".to_owned(), |most| share(taken.used.saturating_add(taken.held), most)),
            taken.until.map_or_else(|| "-".to_owned(), when::moment),
        ]
    })
}

fn share(taken: i64, most: i64) -> String {
    match most {
        0 => "all".to_owned(),
        _ => format!("{:.0} %", 100.0 * taken as f64 / most as f64),
    }
}

fn as_json(standing: &Standing) -> Value {
    let limits = told(standing).map(|(name, taken)| {
        let number = |n| limits::json_number(taken.limit, n);
        json!({
            "limit": name,
            "used": number(taken.used),
            "held": number(taken.held),
            "most": taken.most.map(number),
            "until": taken.until.map(when::moment),
        })
    });
    json!({ "key": standing.key.id, "owner": standing.key.owner, "limits": limits.collect::<Vec<_>>() })
}
