//! Tools in the making: scripted makers, real verification in the real sandbox.
mod checking;
mod making;
mod mutants;
mod properties;
mod scripted;
mod verifying;
