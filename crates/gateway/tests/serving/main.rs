//! The server over loopback, with a model that follows a script.
#![expect(clippy::panic, reason = "a test says what it waited for")]
mod adapters;
mod anthropic;
mod audits;
mod bill;
mod books;
mod elsewhere;
#[cfg(unix)]
mod killed;
mod meaning;
mod ollama;
mod pointed;
/// The ledger's tests start it.
#[cfg(unix)]
#[path = "../../../ledger/tests/boundaries/server.rs"]
#[expect(dead_code, reason = "the ledger's tests use more of it")]
mod postgres;
mod promise;
#[cfg(unix)]
mod replicas;
mod requests;
mod responses;
mod script;
mod server;
#[cfg(unix)]
mod shared;
mod spans;
mod support;
mod toolbox;
mod tools;
