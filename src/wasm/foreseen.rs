//! Inputs and outputs that JavaScript has answered at their call, executed many at once.

use wasm_bindgen::prelude::wasm_bindgen;

use super::handles::{integer, timestamp, truth, with_runtime};
use crate::foreseen::Foreseen;

/// Appends inputs and outputs of a runtime in memory, the first of them as event `first`, and tells whether all of them are what the
/// runtime itself would have answered. Their contents, which are not blank, stay with JavaScript. In: `count` times
/// `Foreseen`, `now` being the clock at the call of the first.
#[wasm_bindgen]
pub fn execute_foreseen(handle: u32, count: u32, first: f64, now: f64) -> f64 {
    with_runtime(handle, 0, &mut |runtime, inbox, _| {
        let (entries, _): (&[Foreseen], _) = inbox.words().as_chunks();
        let agrees = entries
            .get(..count as usize)
            .is_some_and(|entries| runtime.append_foreseen(integer(first), timestamp(now), entries));
        Ok(truth(agrees))
    })
}
