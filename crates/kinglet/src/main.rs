//! The program: configuration, and one file for each command.
fn main() {}
