//! Traces on their way out: as JSON lines, or as Parquet.
mod parquet;

use crate::{Error, Kind, Ledger, Micros, Result, Span, Trace};
use parquet::Table;
use std::io::{self, Write};

/// Traces that are in memory at once.
const ROWS: u16 = 4096;

impl Ledger {
    /// Writes the traces of `span`, one JSON object a line, in the order of their times; returns how many.
    ///
    /// # Errors
    /// `Database`, also where `out` fails.
    pub async fn export_json(&self, span: Span, mut out: impl Write) -> Result<u64> {
        let mut pages = Pages::new(self, span);
        let mut n_rows = 0;
        while let Some(page) = pages.next().await? {
            n_rows += page.len() as u64;
            for trace in page {
                serde_json::to_writer(&mut out, &trace).map_err(|e| failed(&e.into()))?;
                out.write_all(b"\n").map_err(|e| failed(&e))?;
            }
        }
        out.flush().map_err(|e| failed(&e))?;
        Ok(n_rows)
    }

    /// Writes the traces of `span` as a Parquet file with the columns of the table `traces`, in the order of their
    /// times; returns how many.
    ///
    /// # Errors
    /// `Database`, also where `out` fails.
    pub async fn export_parquet(&self, span: Span, out: impl Write + Send) -> Result<u64> {
        let mut pages = Pages::new(self, span);
        let mut table = Table::new(out).map_err(|e| failed(&io::Error::other(e)))?;
        let mut n_rows = 0;
        while let Some(page) = pages.next().await? {
            n_rows += page.len() as u64;
            table.write(&page).map_err(|e| failed(&io::Error::other(e)))?;
        }
        table.end().map_err(|e| failed(&io::Error::other(e)))?;
        Ok(n_rows)
    }
}

fn failed(e: &io::Error) -> Error {
    Error::new(Kind::Database, format!("ledger export: {e}"))
}

/// The traces of a span, page by page.
struct Pages<'l> {
    ledger: &'l Ledger,
    span: Span,
    after: (Micros, i64),
}

impl<'l> Pages<'l> {
    fn new(ledger: &'l Ledger, span: Span) -> Self {
        Self { ledger, span, after: (Micros::MIN, i64::MIN) }
    }

    async fn next(&mut self) -> Result<Option<Vec<Trace>>> {
        let page = self.ledger.page(self.span, self.after, ROWS).await?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = *last;
        Ok(Some(page.into_iter().map(|(_, trace)| trace).collect()))
    }
}
