//! What all benches of the core have in common.

/// When everything happens.
pub(crate) const AT: u64 = 1_700_000_000_000;
const CONTENT_BYTES: usize = 200;
pub(crate) const PAGE: u64 = 256;

pub(crate) fn content(number: u64) -> String {
    format!("{number:0CONTENT_BYTES$}")
}
