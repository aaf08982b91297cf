//! `kinglet bench`: how fast a model runs here, against the machine's limits, against a peer, or behind any server.
mod child;
mod limits;
mod load;
mod numbers;
mod own;
mod peer;
mod receipts;
mod record;
mod table;
mod versus;

use crate::{config::Config, models::Store};
use std::{path::PathBuf, thread, time::Duration};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A name from the catalogue (fetched when absent), or a GGUF file.
    #[arg(default_value = "smollm2-135m")]
    model: String,
    /// Runs of each kind of work; the median is shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Threads [default: all cores].
    #[arg(long)]
    threads: Option<usize>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Kinds of work, separated by commas [default: all].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WORK")]
    only: Vec<What>,
    /// Folder of llama.cpp's programs, which then run alternately with ours on the same file.
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    peer: Option<PathBuf>,
    /// Folder with receipts_test.jsonl: documents that both sides turn into JSON of one schema.
    #[arg(long, value_name = "DIR", requires = "peer")]
    receipts: Option<PathBuf>,
    /// Receipts in each round.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    documents: u32,
    /// Folder for the record of this comparison.
    #[arg(long, value_name = "DIR", requires = "peer")]
    record: Option<PathBuf>,
    /// Most seconds for one program or one load.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Puts a load on this server of OpenAI's API instead, such as http://127.0.0.1:8080/v1.
    #[arg(long)]
    url: Option<String>,
    /// Key for that server, if it wants one.
    #[arg(long, env = "KINGLET_BENCH_KEY", hide_env_values = true, requires = "url")]
    key: Option<String>,
    #[command(flatten)]
    load: load::Options,
}

/// Kinds of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum What {
    /// 512 tokens of prompt.
    Prefill,
    /// 128 tokens of answer.
    Decode,
    /// 64 tokens of answer after 1024 of prompt.
    Depth,
    /// 64 tokens of answer in each of 16 streams.
    Streams,
    /// The first token after 128 of prompt (without a peer).
    First,
    /// A server's start until it is ready (this and all that follow: with a peer).
    Start,
    /// A server's memory after a few requests.
    Memory,
    /// The command line's start until its first token.
    Cli,
    /// 1, 4 and 16 clients of a server.
    Load,
    /// 16 clients whose prompts begin alike.
    Shared,
    /// Documents into JSON.
    Receipts,
}

impl Args {
    fn wants(&self, what: What) -> bool {
        self.only.is_empty() || self.only.contains(&what)
    }

    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// Measures what `args` ask for, and prints what was found.
pub(crate) fn run(config: &Config, store: &Store, args: &Args) -> Result<(), String> {
    if args.threads == Some(0) {
        return Err("--threads 0: at least 1 expected".to_owned());
    }
    match (&args.url, &args.peer) {
        (Some(url), _) => load::alone(url, args),
        (None, Some(dir)) => versus::run(store, dir, args),
        (None, None) => own::run(config.kv, store, args),
    }
}
