//! The operator's commands over the ledger: keys, spend, reports, exports and prices, as the program does them.
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the model is for other tests")]
mod support;

mod books;
mod export;
mod keys;
mod prices;
mod report;
mod secrets;
