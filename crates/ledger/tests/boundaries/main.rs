//! The ledger at its boundaries: databases, crashes, limits, prices, bills.
mod audited;
mod crash;
mod exports;
#[cfg(unix)]
mod postgres;
mod price;
mod scenarios;
#[cfg(unix)]
mod server;
mod sqlite;
mod support;
mod tools;
