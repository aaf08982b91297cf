//! Upstreams, against a server on loopback that plays what it is told.
#![expect(clippy::panic, reason = "a test says what it waited for")]
mod anthropic;
mod attacks;
mod cuts;
mod faults;
mod openai;
mod stage;
