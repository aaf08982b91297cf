//! The HTTP server in front of everyone who answers.
//!
//! ```no_run
//! # async fn run(engine: std::sync::Arc<engine::Engine>) -> std::io::Result<()> {
//! let registry = gateway::Registry::new(["small".to_owned()]);
//! registry.ready("small", engine); // may come later: until then requests are told to come back
//! let stop = std::future::pending();
//! gateway::serve(gateway::Config::default(), registry, |address| drop(address), stop).await
//! # }
//! ```
mod account;
mod adapted;
mod admin;
mod anthropic;
mod app;
mod bill;
mod blocks;
mod cascade;
mod constraint;
mod dialect;
pub mod download;
mod events;
mod exact;
mod exchange;
mod judging;
mod layers;
pub mod load;
pub mod local;
mod mcp;
mod metrics;
mod moment;
mod ollama;
mod openai;
mod pieces;
mod promise;
mod registry;
mod routes;
mod server;
mod telemetry;
mod tls;
pub mod toolbox;
mod tools;
mod upstream;

pub use account::Accounts;
pub use adapted::Adapted;
pub use app::Config;
pub use local::{InProcess, Local, system_prefix};
pub use mcp::Mcp;
pub use promise::{Comparing, Live, Promise, Promised, catch_up, catch_up_to};
pub use registry::Registry;
pub use routes::{Route, Routes, Target, Tier};
pub use server::serve;
pub use telemetry::{Collector, Telemetry};
pub use tls::Tls;
pub use toolbox::{Ready, ToolPolicy, Toolbox, Who};
#[doc(hidden)]
pub use upstream::read_recorded;
pub use upstream::{Api, Remote, Secret, Settings, Upstream};
