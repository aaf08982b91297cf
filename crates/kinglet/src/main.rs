//! The program: configuration, and one file for each command.
mod check;
mod models;
mod serve;

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
    /// Fetch a model of the catalogue.
    Pull {
        /// Its name.
        name: String,
    },
    /// Answer JSON lines on tokens or templates, to hold a corpus against.
    Check {
        #[arg(value_enum)]
        what: check::What,
        /// File of JSON lines [default: standard input].
        file: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = models::Store::open(args.models).and_then(|store| match args.command {
        Command::Serve { listen, model } => serve::run(&store, listen, &model),
        Command::Pull { name } => store.find(&name).map(|_| ()),
        Command::Check { what, file } => check::run(&store, what, file.as_deref()),
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
