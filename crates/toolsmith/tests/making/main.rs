//! Tools in the making: scripted makers, real verification in the real sandbox.
mod checking;
mod families;
mod making;
mod mutants;
mod properties;
mod scripted;
mod second_tools;
mod seconds;
mod verifying;
