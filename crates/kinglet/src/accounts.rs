//! The ledger as commands use it: opened where the configuration says, worked with, and closed.
use crate::config::Config;
use ledger::{Error, Kind, Ledger};

/// Does `work` with the ledger; `make` it if there is none yet.
pub(crate) fn with<T>(
    config: &Config,
    make: bool,
    work: impl AsyncFnOnce(&Ledger) -> ledger::Result<T>,
) -> Result<T, String> {
    let options = config.ledger(make)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("no runtime for the ledger: {e}"))?;
    runtime.block_on(async {
        let ledger = Ledger::open(options).await.map_err(|e| fault(config, &e))?;
        let done = work(&ledger).await;
        ledger.close().await;
        done.map_err(|e| e.to_string())
    })
}

/// Why the ledger could not be opened, and what may help.
pub(crate) fn fault(config: &Config, e: &Error) -> String {
    let remedy = match e.kind {
        Kind::Database => "; is it there, is it a ledger, and may this user write to it?",
        _ => "",
    };
    match config.ledger_place() {
        Ok(place) => config.about("ledger.url", &format!("{place}: {e}{remedy}")),
        Err(nowhere) => nowhere,
    }
}
