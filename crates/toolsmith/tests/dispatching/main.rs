//! From requests to tools: whose a request is, what a small model may read out of it, and when a tool is worth making.
mod dense;
mod finding;
mod reading;
mod recurring;
mod traffic;
