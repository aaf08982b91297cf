//! The HTTP server in front of everyone who answers.
