//! What is asked of any text that a caller passes.

use alloc::boxed::Box;

use crate::error::{Error, Result};
use crate::limits::MAX_STRING_BYTES;

/// Whether a text says nothing: empty, or only Unicode `White_Space`.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

pub(crate) fn blank(path: &str) -> Box<Error> {
    Error::invalid(path, "must not be blank")
}

/// Refuses a text that is longer than any may be.
pub(crate) fn check_length(text: &str, path: &str) -> Result<()> {
    if text.len() > MAX_STRING_BYTES { Err(too_long(path)) } else { Ok(()) }
}

pub(crate) fn too_long(path: &str) -> Box<Error> {
    Error::invalid(path, "must be at most 16 MiB of UTF-8 long")
}
