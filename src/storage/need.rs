//! What the core asks its host to read.

use alloc::string::String;
use alloc::vec::Vec;

/// Records to be read: `gte <= key < lt` in ascending order, at most `limit` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The first key.
    pub gte: String,
    /// The first key after them.
    pub lt: String,
    /// How many at the most; `None` for all.
    pub limit: Option<u64>,
}

/// Takes out the need that starts with `gte`.
#[inline(never)]
pub(crate) fn met(needs: &mut Vec<Need>, gte: &str) {
    needs.retain(|need| need.gte != gte);
}
