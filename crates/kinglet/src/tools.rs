//! `kinglet tools`: small programs that answer before any model is asked: made, shown, tested, approved, and lent to agents.
mod decide;
mod export;
mod list;
mod mcp;
mod show;
mod tested;

use crate::{accounts, config::Config};
use clap::{Args, Subcommand};
use gateway::toolbox::Told;
use ledger::Ledger;
use std::process::ExitCode;

/// Who decided, in a tool's history.
const WHO: &str = "command line";

#[derive(Subcommand)]
pub(crate) enum Action {
    /// List the tools there are, and how they stand.
    List(list::List),
    /// Show all about a tool: its code, what it was verified by, and what became of it.
    Show(show::Show),
    /// Run a tool on requests whose answers are known: its own examples, or those of a file.
    Test(tested::Test),
    /// Have a tool answer, once it is proven in shadow.
    Approve(decide::Approve),
    /// Stop a tool for now.
    Suspend(decide::Other),
    /// Have a suspended tool run in shadow again.
    Resume(decide::Other),
    /// Stop a tool for good.
    Retire(decide::Other),
    /// Write a tool as its maker wrote it.
    Export(export::Export),
    /// Lend the active tools to another program by the Model Context Protocol, on standard input and output.
    Mcp(mcp::Lend),
}

/// Which tool is meant.
#[derive(Args)]
pub(crate) struct Which {
    /// Its name, or how its id begins.
    #[arg(value_name = "NAME|ID")]
    tool: String,
    /// Its route [default: all are looked through].
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
}

impl Action {
    pub(crate) fn run(&self, config: &Config) -> Result<ExitCode, String> {
        match self {
            Self::Test(test) => return test.run(config),
            Self::List(list) => list.run(config),
            Self::Show(show) => show.run(config),
            Self::Approve(approve) => approve.run(config),
            Self::Suspend(other) => other.run(config, gateway::toolbox::Decision::Suspend),
            Self::Resume(other) => other.run(config, gateway::toolbox::Decision::Resume),
            Self::Retire(other) => other.run(config, gateway::toolbox::Decision::Retire),
            Self::Export(export) => export.run(config),
            Self::Mcp(lend) => lend.run(config),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

impl Which {
    /// What the ledger has of it.
    async fn find(&self, ledger: &Ledger) -> Result<Told, String> {
        let kept = ledger.find_tool(self.route.as_deref(), &self.tool).await.map_err(|e| e.to_string())?;
        Told::read(ledger, kept).await.map_err(|e| e.to_string())
    }
}

/// Does `work` with the ledger, whose faults may be others than the ledger's.
fn with<T>(config: &Config, work: impl AsyncFnOnce(&Ledger) -> Result<T, String>) -> Result<T, String> {
    accounts::with(config, false, async |ledger| Ok(work(ledger).await))?
}
