//! SQLite or PostgreSQL: the same statements for both, and the few words in which they differ.
use crate::{Clock, Error, Result};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Executor, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use std::{fmt::Write, path::Path, str::FromStr};

/// How safe a trace is once it is said to be.
///
/// Either way it survives the program, however that ends. On PostgreSQL its own `synchronous_commit` decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Written to SQLite's log, which the system holds: a power cut may take the last seconds, but nothing older, and
    /// the database stays whole. A commit takes some tens of microseconds.
    #[default]
    Process,
    /// On the disk: an answer's end waits for the disk as well, which takes milliseconds on most.
    Disk,
}

/// Where the ledger is, and how it is kept.
#[derive(Clone)]
pub struct Options {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub url: String,
    /// For SQLite.
    pub durability: Durability,
    /// Tells the time in microseconds since 1970.
    pub clock: Clock,
    /// Most traces and reservations that wait to be written; who comes then waits for room.
    pub queue: usize,
}

impl Options {
    /// The defaults, with the ledger at `url`.
    pub fn new(url: impl Into<String>, clock: Clock) -> Self {
        Self { url: url.into(), durability: Durability::default(), clock, queue: 4096 }
    }

    /// The defaults, with the ledger in one SQLite file, which is made if it is missing.
    pub fn file(path: &Path, clock: Clock) -> Self {
        let mut url = String::from("sqlite:");
        for &byte in path.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"/\\:._-".contains(&byte) {
                url.push(byte.into());
            } else {
                let _ = write!(url, "%{byte:02X}"); // a String takes all
            }
        }
        Self::new(url, clock)
    }
}

/// Connections to one database.
#[derive(Clone)]
pub(crate) struct Database {
    options: AnyConnectOptions,
    durability: Durability,
    pub(crate) sqlite: bool,
    /// For everything but the writer.
    pub(crate) pool: AnyPool,
}

impl Database {
    /// Prepares to connect; nothing is opened yet.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = options.url.starts_with("sqlite:");
        if !sqlite && !options.url.starts_with("postgres:") && !options.url.starts_with("postgresql:") {
            return Err(Error::input("ledger url: begins with neither `sqlite:` nor `postgres:`"));
        }
        let mode = if options.url.contains('?') { "&mode=rwc" } else { "?mode=rwc" };
        let url = if sqlite { format!("{}{mode}", options.url) } else { options.url.clone() };
        let connect = sqlx::ConnectOptions::disable_statement_logging(AnyConnectOptions::from_str(&url)?);
        // an administrator's actions are few and dear: always on the disk
        let pool = AnyPoolOptions::new()
            .max_connections(4)
            .after_connect(move |c, _| Box::pin(prepare(c, sqlite, Durability::Disk)))
            .connect_lazy_with(connect.clone());
        Ok(Self { options: connect, durability: options.durability, sqlite, pool })
    }

    /// The writer's own connection.
    pub(crate) async fn connect(&self) -> sqlx::Result<AnyConnection> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        prepare(&mut connection, self.sqlite, self.durability).await?;
        if self.sqlite {
            // a checkpoint waits for the disk: it is done beside the writer, not by it
            connection.execute("PRAGMA wal_autocheckpoint = 0").await?;
        }
        Ok(connection)
    }

    /// Begins to write. SQLite lets one in at a time, from here on; PostgreSQL locks what is touched.
    pub(crate) async fn begin<'c>(&self, c: &'c mut AnyConnection) -> sqlx::Result<Transaction<'c, Any>> {
        c.begin_with(if self.sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await
    }

    /// Has rows passed over that somebody else is at.
    pub(crate) fn skip_locked(sqlite: bool) -> &'static str {
        if sqlite { "" } else { "FOR UPDATE SKIP LOCKED" }
    }

    /// `sql` with the words in braces that the databases have different ones for.
    pub(crate) fn dialect(&self, sql: &str) -> String {
        let (serial, bytes, lock) = if self.sqlite {
            ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "")
        } else {
            ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA", "FOR UPDATE")
        };
        sql.replace("{serial}", serial).replace("{bytes}", bytes).replace("{lock}", lock)
    }
}

async fn prepare(c: &mut AnyConnection, sqlite: bool, durability: Durability) -> sqlx::Result<()> {
    if sqlite {
        c.execute("PRAGMA journal_mode = WAL").await?;
        c.execute(match durability {
            Durability::Process => "PRAGMA synchronous = NORMAL",
            Durability::Disk => "PRAGMA synchronous = FULL",
        })
        .await?;
    }
    Ok(())
}
