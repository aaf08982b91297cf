//! `kinglet tools` from a file to an agent: added, shown, tested, approved, lent by pipes and over HTTP, and stopped.
#[path = "../support/mod.rs"]
mod support;

mod agent;
mod commands;
mod making;
mod server;
mod shelf;
mod statement;
