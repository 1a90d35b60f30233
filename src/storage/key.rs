//! Keys. Numbers are fixed-width lower-case hex, so that the order of keys is the order of numbers.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::digits::{from_hex, push_hex};
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

/// A letter and numbers in so many hex digits, parted by `/`.
fn key(letter: &str, numbers: &[(u64, u32)]) -> String {
    let mut key = String::from(letter);
    for &(number, digits) in numbers {
        key.push('/');
        push_hex(&mut key, number, digits);
    }
    key
}

/// What all keys start with that go on after these numbers.
fn prefix(letter: &str, numbers: &[(u64, u32)]) -> String {
    let mut prefix = key(letter, numbers);
    prefix.push('/');
    prefix
}

/// Part `part` of chunk `chunk`.
pub(crate) fn chunk(chunk: u64, part: usize) -> String {
    key("c", &[(chunk, 12), (part as u64, 5)])
}

/// The first key of chunk `chunk`.
pub(crate) fn chunks_from(chunk: u64) -> String {
    prefix("c", &[(chunk, 12)])
}

/// Fragment `fragment` of a run's directory.
pub(crate) fn directory(run: u64, fragment: u64) -> String {
    key("d", &[(run, 12), (fragment, 8)])
}

/// The record of a run whose last entry is this Worker's entry `end`.
pub(crate) fn run(run: u64, worker: u32, end: u64) -> String {
    key("r", &[(run, 12), (u64::from(worker), 8), (end, 14)])
}

/// All records of a run.
pub(crate) fn run_prefix(run: u64) -> String {
    prefix("r", &[(run, 12)])
}

/// The settled segment of a Worker whose last entry is `end`.
pub(crate) fn settled(worker: u32, end: u64) -> String {
    key("t", &[(u64::from(worker), 8), (end, 14)])
}

/// All settled segments of a Worker.
pub(crate) fn settled_prefix(worker: u32) -> String {
    prefix("t", &[(u64::from(worker), 8)])
}

/// The segment of events whose last one is `last`.
pub(crate) fn events(last: EventId) -> String {
    key("e", &[(last, 14)])
}

/// Part `part` of the batch of Workers that starts with `first`.
pub(crate) fn catalog(first: u32, batch: u64, part: usize) -> String {
    key("w", &[(u64::from(first), 8), (batch, 12), (part as u64, 5)])
}

/// Part `part` of a batch of receipts.
pub(crate) fn receipts(batch: u64, part: usize) -> String {
    key("o", &[(batch, 12), (part as u64, 5)])
}

/// The first key of the batch of Workers that starts with `first`.
pub(crate) fn catalog_prefix(first: u32) -> String {
    prefix("w", &[(u64::from(first), 8)])
}

/// All parts of a batch of receipts.
pub(crate) fn receipts_prefix(batch: u64) -> String {
    prefix("o", &[(batch, 12)])
}

/// Part `part` of the text of an event.
pub(crate) fn blob(event: EventId, part: usize) -> String {
    key("b", &[(event, 14), (part as u64, 5)])
}

/// All parts of the text of an event.
pub(crate) fn blob_prefix(event: EventId) -> String {
    prefix("b", &[(event, 14)])
}

/// Part `part` of a display name that does not fit the root record.
pub(crate) fn name(part: usize) -> String {
    key("n", &[(part as u64, 5)])
}

/// The number in a key's `index`-th place, places being parted by `/` and the first one being the letter.
pub(crate) fn number(key: &str, index: usize) -> Option<u64> {
    let mut place = key.as_bytes();
    let length = |place: &[u8]| place.iter().position(|byte| *byte == b'/');
    for _ in 0..index {
        place = place.get(length(place)? + 1..)?;
    }
    from_hex(place.get(..length(place).unwrap_or(place.len()))?)
}
