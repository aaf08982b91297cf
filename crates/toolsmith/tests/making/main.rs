//! Tools in the making: scripted makers, real verification in the real sandbox.
mod checking;
mod families;
mod making;
mod mutants;
mod properties;
mod scripted;
mod seconds;
mod verifying;
