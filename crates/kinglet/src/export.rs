//! `kinglet export`: what was asked and answered, as JSON lines or Parquet.
use crate::{
    accounts,
    config::Config,
    models::say,
    when::{self, Period},
};
use clap::{Args, ValueEnum};
use ledger::Ledger;
use std::{
    io::BufWriter,
    path::{Path, PathBuf},
};

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    period: Period,
    /// JSON lines or Parquet [default: parquet for FILE.parquet, else jsonl].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where to; it is there when it is whole, in place of what may have been there, for its owner's eyes alone.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Parquet,
}

impl Export {
    pub(crate) fn run(&self, config: &Config) -> Result<(), String> {
        let span = self.period.span(when::now())?;
        let name = self.output.display();
        let fault = |e: std::io::Error| format!("{name}: {e}; give another file with --output FILE");
        if self.output.is_dir() {
            return Err(format!("{name}: a file expected, this is a folder"));
        }
        let dir = self.output.parent().filter(|dir| *dir != Path::new("")).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".kinglet-export-").tempfile_in(dir).map_err(fault)?;
        let parquet = self.output.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        let format = self.format.unwrap_or(if parquet { Format::Parquet } else { Format::Jsonl });
        let out = BufWriter::new(file.as_file_mut());
        let write = async |ledger: &Ledger| match format {
            Format::Jsonl => ledger.export_json(span, out).await,
            Format::Parquet => ledger.export_parquet(span, out).await,
        };
        let n = accounts::with(config, false, write)?;
        file.as_file().sync_all().map_err(fault)?;
        file.persist(&self.output).map_err(|e| fault(e.error))?;
        say(&format!("{name}: {n} requests"));
        Ok(())
    }
}
