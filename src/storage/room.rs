//! Where a page ends early.

use crate::limits::MAX_PAGE_BYTES;

/// What a page still has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// How many texts went in.
    pub(crate) taken: u64,
    bytes: u64,
}

impl Room {
    pub(crate) const PAGE: Self = Self { taken: 0, bytes: MAX_PAGE_BYTES as u64 };
    pub(crate) const ENDLESS: Self = Self { taken: 0, bytes: u64::MAX };

    /// Whether one more text of this many bytes goes in; the first one always does.
    #[inline(always)]
    pub(crate) fn take(&mut self, bytes: u64) -> bool {
        let fits = self.taken == 0 || bytes <= self.bytes;
        if fits {
            self.taken += 1;
            self.bytes = self.bytes.saturating_sub(bytes);
        }
        fits
    }
}
