//! Runs a small language model on this CPU: GGUF in, tokens out. No async, no HTTP, no JSON messages.
//!
//! ```no_run
//! let file = engine::gguf::Gguf::open("model.gguf".as_ref())?;
//! let model = engine::Model::load(&file, &engine::LoadOptions::default())?;
//! # Ok::<(), engine::Error>(())
//! ```
mod arch;
mod cache;
pub mod error;
mod forward;
pub mod gguf;
pub mod grammar;
mod kernel;
pub mod lora;
mod memory;
pub mod model;
pub mod quant;
pub mod sample;
pub mod schedule;
mod speculate;
pub mod template;
pub mod tokenizer;

pub use cache::{KvType, saved::looks_like_saved_prompts};
pub use error::{Error, Kind};
pub use grammar::{Grammar, Shape, Vocabulary};
pub use kernel::{DotRate, dot_rate};
pub use lora::Adapter;
pub use memory::Memory;
pub use model::{LoadOptions, Model};
pub use sample::Sampling;
pub use schedule::{Engine, Event, Finish, Job, Limits, Listener, Pinned, Request, Stats, TokenInfo, Usage, Want};
pub use template::Template;
pub use tokenizer::Tokenizer;
