//! The component in wasmtime, on files: the scenarios, rivals, faults, and processes that are killed.

mod guest;
#[path = "../../../../tests/blocking/interpreter.rs"]
mod interpreter;
mod kills;
mod scenarios;
mod stores;
