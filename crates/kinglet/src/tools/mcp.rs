//! `kinglet tools mcp`: the tools that answer, for an agent that starts this program and talks to it by pipes.
use super::{routes, with};
use crate::{config::Config, prices};
use clap::Args;
use gateway::{Accounts, Mcp, Toolbox};
use std::{collections::BTreeSet, sync::Arc};

#[derive(Args)]
pub(crate) struct Lend {
    /// Those of this route [default: of all].
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
}

impl Lend {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let book = prices::book(config)?;
        with(config, false, async |ledger| {
            let sandbox = config.sandbox().await.map_err(|fault| fault.to_string())?;
            let only = self.route.clone().map(|route| BTreeSet::from([route]));
            let books = Accounts::new(ledger.clone(), book, None, config.keep());
            let tools = Mcp::new(Toolbox::new(ledger.clone(), sandbox), routes(config)?, only);
            tools.counted(Some(Arc::new(books))).on_stdio().await
        })
    }
}
