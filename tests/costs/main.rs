//! What a store costs: how much is read, written and kept, whatever is stored.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../host/mod.rs"]
mod host;

mod merging;
mod opening;
mod pages;
