//! The sizes of stores, which only tests change.

use wasm_bindgen::prelude::wasm_bindgen;

use super::local::Local;
use crate::storage::Sizes;

/// What a test has set in place of the usual sizes.
static SIZES: Local<Option<Sizes>> = Local::new(None);

/// The sizes of stores that are created or opened now.
pub(crate) fn sizes() -> Sizes {
    SIZES.with(|set| set.unwrap_or_default())
}

/// Has stores that are created or opened from here on use these sizes, so that a test needs little for much to happen.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "a boundary of plain values")]
pub fn __test_sizes(
    part_bytes: usize,
    inline_bytes: usize,
    flush_bytes: usize,
    flush_chunks: usize,
    urgent_bytes: usize,
    tail_bytes: usize,
    batch_bytes: usize,
    receipt_batches: usize,
    fan_out: usize,
    idle_runs: usize,
    settled_bytes: usize,
    step_bytes: usize,
) {
    let step_bytes = step_bytes as u64;
    let sizes = Sizes {
        part_bytes,
        inline_bytes,
        flush_bytes,
        flush_chunks,
        urgent_bytes,
        tail_bytes,
        batch_bytes,
        receipt_batches,
        fan_out,
        idle_runs,
        settled_bytes,
        step_bytes,
    };
    SIZES.with(|set| *set = Some(sizes));
}
