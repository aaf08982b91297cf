//! The server over loopback, with a model that follows a script.
#![expect(clippy::panic, reason = "a test says what it waited for")]
mod adapters;
mod anthropic;
mod bill;
mod books;
mod elsewhere;
mod ollama;
mod requests;
mod responses;
mod script;
mod server;
mod spans;
mod support;
mod tools;
