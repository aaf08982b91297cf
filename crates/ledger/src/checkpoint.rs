//! Brings SQLite's log into its database file beside the writer, as that waits for the disk.
use crate::database::Database;
use sqlx::{AnyConnection, Executor, Row, any::AnyRow};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

/// Rows written between two checkpoints: about four megabytes of log.
const ROWS: usize = 2048;
/// Pages of log after which the writer itself waits until all is brought in, so that the log begins anew: 64 MB.
const PAGES: i64 = 16_384;

#[derive(Default)]
pub(crate) struct Checkpoint {
    n_rows: usize,
    shared: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    running: AtomicBool,
    /// Pages in the log at the last look.
    n_pages: AtomicI64,
}

impl Checkpoint {
    /// Counts what was written, and begins a checkpoint when it is time.
    pub(crate) async fn after(&mut self, n_rows: usize, writer: &mut AnyConnection, database: &Database) {
        self.n_rows += n_rows;
        if !database.sqlite || self.n_rows < ROWS || self.shared.running.swap(true, Ordering::SeqCst) {
            return;
        }
        self.n_rows = 0;
        let shared = self.shared.clone();
        if shared.n_pages.load(Ordering::SeqCst) > PAGES {
            // the one beside us has left little to do, and while we do it nothing is written
            shared.note(writer.fetch_one("PRAGMA wal_checkpoint(PASSIVE)").await);
            return;
        }
        let pool = database.pool.clone();
        tokio::spawn(async move {
            shared.note(pool.fetch_one("PRAGMA wal_checkpoint(PASSIVE)").await);
        });
    }

    /// Leaves one file, if nobody else has the database open.
    pub(crate) async fn last(&self, writer: &mut AnyConnection, database: &Database) {
        if database.sqlite {
            let _ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").await; // else the next program does it
        }
    }
}

impl Progress {
    /// A checkpoint ended; one that failed is made up for by the next.
    fn note(&self, row: sqlx::Result<AnyRow>) {
        if let Ok(n_pages) = row.and_then(|row| row.try_get::<i64, _>(1)) {
            self.n_pages.store(n_pages, Ordering::SeqCst);
        }
        self.running.store(false, Ordering::SeqCst);
    }
}
