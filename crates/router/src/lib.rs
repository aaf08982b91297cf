//! Decides, without I/O, who may answer and when an answer is good enough; certifies that decision.
//!
//! Everything here is a pure function: what it gave in the path of a request, it gives again from the ledger.
pub mod calibrate;
pub mod chart;
pub mod checks;
pub mod features;
pub mod frontier;
mod logistic;
pub mod score;
pub mod signals;
mod words;
