//! The program: configuration, and one file for each command.
mod accounts;
mod ask;
mod bench;
mod chat;
mod check;
mod config;
mod export;
mod inspect;
mod key;
mod limits;
mod list;
mod memory;
mod models;
mod money;
mod out;
mod pins;
mod places;
mod prices;
mod pull;
mod report;
mod rm;
mod route;
mod run;
mod sandbox;
mod screen;
mod serve;
mod spend;
mod table;
mod tools;
mod units;
mod when;

use clap::{Parser, Subcommand};
use config::Config;
use std::{io::Write, path::PathBuf, process::ExitCode};

/// Small first: answers on this machine, behind an OpenAI-compatible API.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// Folder of models [default: $XDG_DATA_HOME/kinglet/models or ~/.local/share/kinglet/models].
    #[arg(long, env = "KINGLET_MODELS", global = true)]
    models: Option<PathBuf>,
    /// Configuration [default: ./kinglet.toml, else $XDG_CONFIG_HOME/kinglet/kinglet.toml; none is needed].
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a model over HTTP.
    Serve {
        /// Address and port [default: server.listen, which is 127.0.0.1:8080].
        #[arg(long)]
        listen: Option<String>,
        /// A name from the catalogue (fetched when absent), or a GGUF file [default: models.default, which is smollm2-135m].
        #[arg(long)]
        model: Option<String>,
        /// A LoRA adapter (GGUF), answered by as MODEL@NAME; may be given several times [default: adapters.load].
        #[arg(long, value_name = "NAME=FILE")]
        adapter: Vec<String>,
        /// Check everything, show the configuration in force, and end.
        #[arg(long)]
        check: bool,
    },
    /// Talk to a model.
    Chat(chat::Start),
    /// Answer one prompt.
    Run(run::Question),
    /// List the models on disk and those that can be fetched.
    Models(list::List),
    /// Fetch a model.
    Pull(pull::Pull),
    /// Remove a model from disk.
    Rm(rm::Rm),
    /// Show what is in a model file.
    Inspect(inspect::Inspect),
    /// Make, list, limit and revoke the keys that clients ask with.
    #[command(subcommand)]
    Key(key::Action),
    /// Show what each key used and holds of its limits now.
    Spend(spend::Spend),
    /// Sum up spend, tokens, speed and savings.
    Report(report::Report),
    /// Show how promises stand, what is proven of them, and what a rule would do on labelled requests.
    #[command(subcommand)]
    Route(route::Action),
    /// Show, test, approve and suspend the tools that answer before any model is asked, and lend them to agents.
    #[command(subcommand)]
    Tools(tools::Action),
    /// Write what was asked and answered to a file.
    Export(export::Export),
    /// Show what models cost, or check a list of own prices.
    Prices(prices::Prices),
    /// Measure how fast a model runs on this machine.
    Bench(bench::Args),
    /// Answer JSON lines on tokens or templates, to hold a corpus against.
    Check {
        #[arg(value_enum)]
        what: check::What,
        /// File of JSON lines [default: standard input].
        file: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    // before anything else is read or started
    if let Some(code) = sandbox::work() {
        return code;
    }
    match execute(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            // standard error may be closed; there is nobody left to tell then
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(args: Args) -> Result<ExitCode, String> {
    let mut config = Config::find(args.config)?;
    config.models_from("--models or KINGLET_MODELS", args.models);
    let mut with = |flag, key, value: &Option<String>| config.flag(flag, key, value.as_deref());
    match &args.command {
        Command::Serve { listen, model, .. } => {
            with("--listen", "server.listen", listen)?;
            with("--model", "models.default", model)?;
        }
        Command::Chat(start) => with("the model", "models.default", &start.model)?,
        Command::Run(question) => with("--model", "models.default", &question.model)?,
        _ => {}
    }
    if let Command::Serve { adapter, .. } = &args.command {
        config.adapters_from("--adapter", adapter)?;
    }
    let store = models::Store::open(config.models_dir.clone())?;
    match args.command {
        Command::Serve { check, .. } => serve::run(&config, &store, check),
        Command::Chat(start) => return chat::run(&config, &store, start),
        Command::Run(question) => return run::run(&config, &store, question),
        Command::Models(list) => list.run(&config, &store),
        Command::Pull(pull) => pull.run(&store),
        Command::Rm(rm) => rm.run(&store),
        Command::Inspect(inspect) => inspect.run(&store),
        Command::Key(action) => action.run(&config),
        Command::Spend(spend) => spend.run(&config),
        Command::Report(report) => report.run(&config),
        Command::Route(action) => action.run(&config, &store),
        Command::Tools(action) => return action.run(&config),
        Command::Export(export) => export.run(&config),
        Command::Prices(prices) => prices.run(&config),
        Command::Bench(args) => bench::run(&config, &store, &args),
        Command::Check { what, file } => check::run(&store, what, file.as_deref()),
    }
    .map(|()| ExitCode::SUCCESS)
}
