//! Upstreams, against a server on loopback that plays what it is told.
mod anthropic;
mod attacks;
mod cuts;
mod faults;
mod openai;
mod stage;
