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
mod adapted;
mod app;
mod constraint;
pub mod download;
mod layers;
pub mod load;
pub mod local;
mod metrics;
mod openai;
mod registry;
mod server;
mod tools;

pub use adapted::Adapted;
pub use app::Config;
pub use local::{InProcess, Local, system_prefix};
pub use registry::Registry;
pub use server::serve;
