//! `kinglet route`: how promises stand, what can be said of them, and what they would come to on labelled requests.
mod judge_error;
mod labels;
mod replay;
mod statement;
mod status;
mod told;
mod verify;

use crate::{config::Config, models::Store};
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Action {
    /// Show how the routes with a promise stand.
    Status(status::Status),
    /// Print what is proven on a route, and what it rests on; or hold an earlier statement against the ledger.
    Statement(statement::Say),
    /// Show what a route would have done on requests that both models answered, and what could be promised.
    Replay(replay::Replay),
    /// Say how much harm the judge misses at most, from comparisons that people judged too.
    JudgeError(judge_error::JudgeError),
}

impl Action {
    pub(crate) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        match self {
            Self::Status(status) => status.run(config, store),
            Self::Statement(say) => say.run(config, store),
            Self::Replay(replay) => replay.run(config),
            Self::JudgeError(judge_error) => judge_error.run(config, store),
        }
    }
}
