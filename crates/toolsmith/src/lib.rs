//! Tools a large model once wrote, verified, now run in its place (LATM).
//!
//! A tool is three functions in a subset of Python: `extract(text)` gives arguments or None (not mine), `run(**arguments)`
//! a result, `render(result, text)` the answer. It answers text by text with no model call at all (Cai et al., "Large
//! Language Models as Tool Makers", arXiv 2305.17126, where a small model still parses each question).
//!
//! ```text
//! examples -> make: maker writes -> check -> verify in the sandbox -> record -> shadow -> active
//!                      ^------- repair -------|   (twice: two programs, each written without the other)
//! request  -> dispatch: whose? -> sandbox: extract, run, render -> both agree? answer, else the next tier
//! ```
mod answer;
pub mod check;
mod compare;
pub mod dispatch;
pub mod finding;
pub mod make;
pub mod mutate;
mod observe;
pub mod prompt;
mod property;
pub mod sandbox;
pub mod schema;
pub mod spans;
pub mod suggest;
mod syntax;
pub mod tool;
mod vary;
pub mod verify;
mod words;

pub use answer::{Agreement, Said, agreement, answer};
pub use finding::{Counter, Finding, FindingKind};
pub use make::{Budget, Task, Unmade, make, second};
pub use sandbox::{Call, Fault, FaultKind, Limits, Outcome, Protection, Sandbox, Standing, Worker};
pub use schema::Schemas;
pub use tool::{Comparison, Example, Property, Provenance, Report, Second, Tool};
pub use verify::{Gates, verify};
