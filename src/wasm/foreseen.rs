//! Inputs and outputs that JavaScript has answered at their call, executed many at once.

use wasm_bindgen::prelude::wasm_bindgen;

use super::handles::{integer, timestamp, truth, with_runtime};
use crate::foreseen::Foreseen;
use crate::transcript::TranscriptRole;

/// Words for each.
const WORDS: usize = 3;

/// Appends inputs and outputs of a runtime in memory from the exchange area, the first of them as event `first`, and tells
/// whether all of them are what the runtime itself would have answered. Their contents, which are not blank, stay with JavaScript.
///
/// In, for each of `count`: its Worker's number; its place in the transcript modulo 2^32; its role, and four times the
/// milliseconds since `now` at which it was called.
#[wasm_bindgen]
pub fn execute_foreseen(handle: u32, count: u32, first: f64, now: f64) -> f64 {
    with_runtime(handle, 0, &mut |runtime, inbox, _| {
        let (entries, _) = inbox.words().as_chunks::<WORDS>();
        let Some(entries) = entries.get(..count as usize) else {
            return Ok(truth(false));
        };
        Ok(truth(runtime.append_foreseen(
            integer(first),
            entries.iter().map(|&[worker, sequence, last]| Foreseen {
                worker,
                role: TranscriptRole::ALL[(last & 3) as usize],
                sequence,
                at: timestamp(now + f64::from(last >> 2)),
            }),
        )))
    })
}
