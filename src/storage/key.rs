//! Keys. Numbers are fixed-width lower-case hex, so that the order of keys is the order of numbers.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::event_log::EventId;

/// The root record.
pub(crate) const ROOT: &str = "root";

/// The range that holds the root record alone: `gte <= key < lt`.
pub fn root_range() -> (&'static str, &'static str) {
    (ROOT, "root!")
}

/// The first key after all those that start with `prefix`, which ends with `/`.
pub(crate) fn end_of(prefix: &str) -> String {
    // '0' is the code unit after '/'.
    let mut end = prefix.strip_suffix('/').unwrap_or(prefix).to_owned();
    end.push('0');
    end
}

/// Part `part` of chunk `chunk`.
pub(crate) fn chunk(chunk: u64, part: usize) -> String {
    format!("c/{chunk:012x}/{part:05x}")
}

/// The first key of chunk `chunk`.
pub(crate) fn chunks_from(chunk: u64) -> String {
    format!("c/{chunk:012x}/")
}

/// Fragment `fragment` of a run's directory.
pub(crate) fn directory(run: u64, fragment: u64) -> String {
    format!("d/{run:012x}/{fragment:08x}")
}

/// The record of a run whose last entry is this Worker's entry `end`.
pub(crate) fn run(run: u64, worker: u32, end: u64) -> String {
    format!("r/{run:012x}/{worker:08x}/{end:014x}")
}

/// All records of a run.
pub(crate) fn run_prefix(run: u64) -> String {
    format!("r/{run:012x}/")
}

/// The settled segment of a Worker whose last entry is `end`.
pub(crate) fn settled(worker: u32, end: u64) -> String {
    format!("t/{worker:08x}/{end:014x}")
}

/// All settled segments of a Worker.
pub(crate) fn settled_prefix(worker: u32) -> String {
    format!("t/{worker:08x}/")
}

/// The segment of events whose last one is `last`.
pub(crate) fn events(last: EventId) -> String {
    format!("e/{last:014x}")
}

/// Part `part` of the batch of Workers that starts with `first`.
pub(crate) fn catalog(first: u32, batch: u64, part: usize) -> String {
    format!("w/{first:08x}/{batch:012x}/{part:05x}")
}

/// Part `part` of a batch of receipts.
pub(crate) fn receipts(batch: u64, part: usize) -> String {
    format!("o/{batch:012x}/{part:05x}")
}

/// Part `part` of the text of an event.
pub(crate) fn blob(event: EventId, part: usize) -> String {
    format!("b/{event:014x}/{part:05x}")
}

/// All parts of the text of an event.
pub(crate) fn blob_prefix(event: EventId) -> String {
    format!("b/{event:014x}/")
}

/// Part `part` of a display name that does not fit the root record.
pub(crate) fn name(part: usize) -> String {
    format!("n/{part:05x}")
}

/// The number in a key's `index`-th place, places being parted by `/` and the first one being the letter.
pub(crate) fn number(key: &str, index: usize) -> Option<u64> {
    u64::from_str_radix(key.split('/').nth(index)?, 16).ok()
}
