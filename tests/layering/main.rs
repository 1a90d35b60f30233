//! What the architecture page says that a layer does not know, read off the sources.

#![cfg(not(target_arch = "wasm32"))]

mod core_rules;
mod map;
mod package_rules;
mod tokens;
mod tree;
