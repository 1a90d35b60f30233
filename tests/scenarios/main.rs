//! What the specification says of identity, catalog, lifecycle, interaction and observation, sentence by sentence,
//! through the crate's public interface.

#![cfg(not(target_arch = "wasm32"))]

mod catalog;
mod identity;
mod interaction;
mod lifecycle;
mod limits;
mod observation;
mod operations;
mod support;
