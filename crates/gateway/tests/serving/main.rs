//! The server over loopback, with a model that follows a script.
#![expect(clippy::panic, reason = "a test says what it waited for")]
mod adapters;
mod books;
mod elsewhere;
mod requests;
mod script;
mod server;
mod support;
mod tools;
