//! Remembers every answer: trace, cost, price, key, verdict. SQLite by default, PostgreSQL for many replicas.
//!
//! The only durable state there is. It reads no clock, no environment and no configuration: all of that is given to it.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("ledger.db");
//! use ledger::{Amount, By, Ledger, Limits, NewKey, Options, Span, Tokens, Trace};
//!
//! let ledger = Ledger::open(Options::file(&path, std::sync::Arc::new(|| 1_715_600_000_000_000))).await?;
//! let limits = Limits { cost_day: Some(1_000), ..Limits::default() };
//! let (key, secret) = ledger.create_key(NewKey { owner: "ann".into(), limits, ..NewKey::default() }, "root").await?;
//! assert_eq!(ledger.find_key(&secret).await?, Some(key.clone()));
//!
//! // the most that the request may use, before; what it used, after
//! let reservation = ledger.reserve(&key, Amount::request(1_000, 900)).await?;
//! assert!(ledger.reserve(&key, Amount::request(1_000, 900)).await.is_err());
//! let tokens = Tokens { input: 20, output: 80, ..Tokens::default() };
//! ledger.settle(reservation, Trace { id: "r-1".into(), tokens, cost: 123, ..Trace::default() }).await?;
//!
//! assert_eq!(ledger.report(Span::all(), By::Total).await?[0].cost, 123);
//! ledger.close().await;
//! # Ok::<(), ledger::Error>(())
//! # }).unwrap();
//! ```
mod audit;
mod audits;
mod batch;
mod calendar;
mod cells;
mod checkpoint;
mod database;
mod error;
mod export;
mod feedback;
mod hold;
mod key;
mod keys;
mod limits;
mod migrate;
mod open;
mod price;
mod report;
mod secret;
mod standing;
mod tools;
mod trace;
mod writer;

pub use audit::Action;
pub use audits::{Agreed, Audit, Judged, Judgement, Series, chain_policy};
pub use calendar::{Micros, date, midnight};
pub use database::{Durability, Options};
pub use error::{Error, Kind, Result};
pub use feedback::Feedback;
pub use hold::Reservation;
pub use key::{Key, NewKey, Unusable};
pub use limits::{Amount, Limits, Refusal};
pub use open::{Ledger, Span};
pub use price::{Book, Fault, Hardware, Price};
pub use report::{By, Line};
pub use standing::{Standing, Taken};
pub use tools::{KeptTool, ToolEvent};
pub use trace::{Attempt, Bodies, Keep, Tokens, Trace};

/// Tells the time in microseconds since 1970.
pub type Clock = std::sync::Arc<dyn Fn() -> Micros + Send + Sync>;
