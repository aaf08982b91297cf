//! `kinglet tools list`: a line for each tool.
use super::{routes, with};
use crate::{
    config::Config,
    out,
    table::{Side, table},
    when,
};
use clap::Args;
use gateway::toolbox::Told;
use serde_json::json;

/// Letters of an id that are shown: enough to name it by.
pub(super) const SHORT: usize = 12;

#[derive(Args)]
pub(crate) struct List {
    /// Of this route [default: of all].
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let all = with(config, false, async |ledger| {
            let (routes, mut all) = (routes(config)?, Vec::new());
            for kept in ledger.tools(self.route.as_deref()).await.map_err(|e| e.to_string())? {
                all.push(Told::read(ledger, &routes, kept).await.map_err(|e| e.to_string())?);
            }
            Ok(all)
        })?;
        match self.json {
            true => out::print_json(&json!({ "tools": all.iter().map(Told::line).collect::<Vec<_>>() })),
            false => out::print(&table(&HEAD, all.iter().map(row))),
        }
    }
}

/// COMPARED is how often its answer stood beside another, AGREED how many of these were no worse.
const HEAD: [(&str, Side); 9] = [
    ("TOOL", Side::Left),
    ("ID", Side::Left),
    ("ROUTE", Side::Left),
    ("NUMBER", Side::Right),
    ("STATUS", Side::Left),
    ("COMPARED", Side::Right),
    ("AGREED", Side::Right),
    ("SINCE", Side::Left),
    ("WHY", Side::Left),
];

fn row(told: &Told) -> [String; 9] {
    let Told { kept, standing, .. } = told;
    let agreed = if standing.n > 0 { format!("{:.1} %", 100.0 * (1.0 - standing.loss)) } else { "-".to_owned() };
    [
        kept.name.clone(),
        kept.id.chars().take(SHORT).collect(),
        kept.route.clone(),
        kept.number.to_string(),
        kept.now.status.clone(),
        standing.n.to_string(),
        agreed,
        when::moment(kept.now.time),
        kept.now.why.clone(),
    ]
}
