//! The component in wasmtime, on files: the scenarios, rivals, faults, and processes that are killed.

#[path = "../../../../tests/blocking/changes.rs"]
mod changes;
mod guest;
#[path = "../../../../tests/blocking/interpreter.rs"]
mod interpreter;
mod kills;
mod lines;
mod scenarios;
mod stores;
