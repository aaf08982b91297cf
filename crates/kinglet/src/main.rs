//! The program: configuration, and one file for each command.
mod bench;
mod inspect;
mod list;
mod memory;
mod models;
mod out;
mod pull;
mod rm;
mod serve;
mod units;

use clap::{Parser, Subcommand};
use std::{io::Write, path::PathBuf, process::ExitCode};

/// Small first: answers on this machine, behind an OpenAI-compatible API.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// Folder of models [default: $XDG_DATA_HOME/kinglet/models or ~/.local/share/kinglet/models].
    #[arg(long, env = "KINGLET_MODELS", global = true)]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a model over HTTP.
    Serve {
        /// Address and port.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// A name from the catalogue (fetched when absent), or a GGUF file.
        #[arg(long, default_value = "smollm2-135m")]
        model: String,
    },
    /// Measure how fast a model runs on this machine.
    Bench(bench::Args),
    /// List the models on disk and those that can be fetched.
    Models(list::List),
    /// Fetch a model.
    Pull(pull::Pull),
    /// Remove a model from disk.
    Rm(rm::Rm),
    /// Show what is in a model file.
    Inspect(inspect::Inspect),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = models::Store::open(args.models).and_then(|store| match args.command {
        Command::Serve { listen, model } => serve::run(&store, listen, &model),
        Command::Bench(args) => bench::run(&store, &args),
        Command::Models(list) => list.run(&store),
        Command::Pull(pull) => pull.run(&store),
        Command::Rm(rm) => rm.run(&store),
        Command::Inspect(inspect) => inspect.run(&store),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // standard error may be closed; there is nobody left to tell then
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
