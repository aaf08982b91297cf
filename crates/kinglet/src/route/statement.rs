//! `kinglet route statement`: what is proven on a route, as a text and as fields.
use super::{
    told::{Told, told},
    verify::verify,
};
use crate::{config::Config, models::Store, out};
use clap::Args;
use router::statement::Statement;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Say {
    /// The route [default: all with a promise].
    route: Option<String>,
    /// As JSON, which can be verified later.
    #[arg(long)]
    json: bool,
    /// Hold a statement that was printed as JSON against the ledger: ends with 1 if they differ.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "route"])]
    verify: Option<PathBuf>,
}

impl Say {
    pub(super) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        if let Some(file) = &self.verify {
            return verify(config, file);
        }
        let all = told(config, store, self.route.as_deref())?;
        if self.json {
            let statements: Vec<_> = all.iter().map(|told| &told.statement).collect();
            return out::print_json(&json!({ "statements": statements }));
        }
        let texts = all.iter().map(|Told { statement, .. }| {
            let Statement { text, number, hash, setting, .. } = statement;
            match hash.is_empty() {
                true => format!("{text}\n"),
                false => format!("{text}\nCompared: {setting}.\nLedger up to audit {number}: {hash}\n"),
            }
        });
        out::print(&texts.collect::<Vec<_>>().join("\n"))
    }
}
