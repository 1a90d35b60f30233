//! What an owner before this one has left behind.

use alloc::string::String;
use alloc::vec::Vec;

use super::key;
use super::need::Need;

/// How many records of leftovers are looked for at once: what they hold is read as well.
const LEFTOVERS_AT_ONCE: u64 = 32;

/// Chunks that an owner before this one regrouped and did not delete. What is left of them is looked for when they are
/// to be deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leftovers {
    /// The numbers that they may have.
    pub(crate) chunks: core::ops::Range<u64>,
    /// The keys of the next ones, once they were looked for.
    pub(crate) keys: Vec<String>,
    /// There are no others.
    pub(crate) is_whole: bool,
}

impl Leftovers {
    /// Where the next ones are looked for; `None` where that is done or there are none.
    pub(crate) fn wanted(&self) -> Option<Need> {
        (!self.chunks.is_empty() && self.keys.is_empty() && !self.is_whole).then(|| Need {
            gte: key::chunks_from(self.chunks.start),
            lt: key::chunks_from(self.chunks.end),
            limit: Some(LEFTOVERS_AT_ONCE),
        })
    }

    pub(crate) fn provide(&mut self, gte: &str, keys: Vec<String>) {
        if self.wanted().is_some_and(|need| need.gte == gte) {
            self.is_whole = (keys.len() as u64) < LEFTOVERS_AT_ONCE;
            self.keys = keys;
        }
    }

    /// Those that were found are deleted.
    pub(crate) fn swept(&mut self) {
        self.keys.clear();
        if self.is_whole {
            *self = Self::default();
        }
    }
}
