//! The operator's commands over the ledger: keys, spend, reports, exports and prices, as the program does them.
#[path = "../support/model.rs"]
mod model;
#[path = "../support/mod.rs"]
mod support;

mod books;
mod export;
mod keys;
mod prices;
mod promises;
mod report;
mod secrets;
