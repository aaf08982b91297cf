//! Decides, without I/O, who may answer and when an answer is good enough; certifies that decision.
//!
//! Everything here is a pure function: what it gave in the path of a request, it gives again from the ledger.
pub mod bound;
pub mod calibrate;
pub mod certify;
pub mod chart;
pub mod checks;
pub mod drift;
pub mod features;
pub mod fold;
pub mod frontier;
pub mod judge;
pub mod life;
mod logistic;
pub mod replay;
pub mod score;
pub mod signals;
pub mod split;
pub mod statement;
pub mod trial;
mod words;
