//! `kinglet tools`: small programs that answer before any model is asked: made, shown, tested, approved, and lent to agents.
mod add;
mod decide;
mod export;
mod list;
mod make;
mod material;
mod mcp;
mod show;
mod suggest;
mod tested;

use crate::{accounts, config::Config};
use clap::{Args, Subcommand};
use gateway::{Routes, toolbox::Told};
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
    /// Show which requests recur, and when a tool for them pays.
    Suggest(suggest::Suggest),
    /// Have a large model write a tool, from requests with right answers; it is verified, and kept in shadow.
    Make(make::Make),
    /// Keep a tool that was written by hand or elsewhere, once it is verified as any other.
    Add(add::Add),
    /// Write a tool as its maker wrote it.
    Export(export::Export),
    /// Lend the tools that answer to another program by the Model Context Protocol, on standard input and output.
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
            Self::Suggest(suggest) => suggest.run(config),
            Self::Make(make) => make.run(config),
            Self::Add(add) => add.run(config),
            Self::Export(export) => export.run(config),
            Self::Mcp(lend) => lend.run(config),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

impl Which {
    /// What the ledger has of it.
    async fn find(&self, config: &Config, ledger: &Ledger) -> Result<Told, String> {
        let kept = ledger.find_tool(self.route.as_deref(), &self.tool).await.map_err(|e| e.to_string())?;
        Told::read(ledger, &routes(config)?, kept).await.map_err(|e| e.to_string())
    }
}

/// The routes, as far as they say what is to be proven of tools: which model is here does not matter to that.
fn routes(config: &Config) -> Result<Routes, String> {
    config.elsewhere.routes(Some(&config.model))
}

/// Does `work` with the ledger, made if need be where `make` says so; its faults may be others than the ledger's.
fn with<T>(config: &Config, make: bool, work: impl AsyncFnOnce(&Ledger) -> Result<T, String>) -> Result<T, String> {
    accounts::with(config, make, async |ledger| Ok(work(ledger).await))?
}
