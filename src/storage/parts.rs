//! Byte strings of any length, split over records that are small enough for every host.

use alloc::string::String;
use alloc::vec::Vec;

use super::commit::Ops;
use super::record::{Kind, Seed, seal};
use crate::error::{Error, Result};

/// Writes a byte string as parts; an empty one has one empty part.
pub(crate) fn put_parts(
    ops: &mut Ops,
    seed: Seed,
    part_bytes: usize,
    kind: Kind,
    bytes: &[u8],
    key: &dyn Fn(usize) -> String,
) -> usize {
    let count = bytes.len().div_ceil(part_bytes).max(1);
    for part in 0..count {
        let body = &bytes[part * part_bytes..bytes.len().min((part + 1) * part_bytes)];
        let key = key(part);
        let value = seal(seed, &key, kind, body);
        ops.put(key, value);
    }
    count
}

/// Joins parts that were read in order of their keys, which must be numbered from 0 without a hole.
pub(crate) fn join_parts<'a>(
    parts: &mut dyn Iterator<Item = (&'a str, &'a [u8])>,
    key: &dyn Fn(usize) -> String,
) -> Result<Vec<u8>> {
    let mut joined = Vec::new();
    for (part, (found, body)) in parts.enumerate() {
        let expected = key(part);
        if found != expected {
            return Err(Error::missing(expected));
        }
        joined.extend_from_slice(body);
    }
    Ok(joined)
}
