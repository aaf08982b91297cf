//! The program: configuration, and one file for each command.
mod ask;
mod chat;
mod config;
mod models;
mod places;
mod run;
mod screen;
mod serve;

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
        /// Check everything, show the configuration in force, and end.
        #[arg(long)]
        check: bool,
    },
    /// Talk to a model.
    Chat(chat::Start),
    /// Answer one prompt.
    Run(run::Question),
    /// Fetch a model of the catalogue.
    Pull {
        /// Its name.
        name: String,
    },
}

fn main() -> ExitCode {
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
        Command::Pull { .. } => {}
    }
    let store = models::Store::open(config.models_dir.clone())?;
    match args.command {
        Command::Serve { check, .. } => serve::run(&config, &store, check).map(|()| ExitCode::SUCCESS),
        Command::Chat(start) => chat::run(&config, &store, start),
        Command::Run(question) => run::run(&config, &store, question),
        Command::Pull { name } => store.find(&name).map(|_| ExitCode::SUCCESS),
    }
}
