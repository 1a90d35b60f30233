//! The binding as JavaScript finds it: every export, called inside a module, in Node.js and in a browser.

#![cfg(all(target_arch = "wasm32", feature = "wasm"))]

mod calls;
mod closed;
mod foreseen;
mod handles;
mod malformed;
mod numbers;
mod reads;
mod runs;
mod stores;
mod support;
mod texts;
mod transactions;
mod transfer;
mod values;
