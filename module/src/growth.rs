//! How the module's memory grows.

use core::alloc::Layout;
use core::arch::wasm32::{memory_grow, memory_size};
use core::ptr::NonNull;

use talc::base::{CHUNK_UNIT, Talc, binning::Binning};
use talc::source::Source;

const PAGE_BYTES: usize = 64 * 1024;
/// A memory of so many pages grows by what is needed, a larger one by an eighth of what it has more than that …
const SMALL_PAGES: usize = 256;
/// … and by so many at the most: what is claimed counts where the core asks how full it is.
const MOST_PAGES: usize = 1024;

/// Memory at the end of what there is. Every growth has the engine make a new buffer of all of it, and collect garbage once
/// the old ones come to 64 MiB or so: page by page, that is most of what a large memory costs.
#[derive(Debug)]
pub(crate) struct Growth {
    end: Option<NonNull<u8>>,
}

impl Growth {
    pub(crate) const fn new() -> Self {
        Self { end: None }
    }
}

// SAFETY: asks nothing of an allocator but the one that it was given.
unsafe impl Source for Growth {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        // The allocator's own words, and what aligning may skip.
        let needed = (layout.size() + layout.align() + 3 * CHUNK_UNIT).div_ceil(PAGE_BYTES);
        let spare = (memory_size(0).saturating_sub(SMALL_PAGES) / 8).min(MOST_PAGES);
        let mut pages = needed.max(spare);
        let mut before = memory_grow(0, pages);
        if before == usize::MAX {
            pages = needed;
            before = memory_grow(0, pages);
        }
        if before == usize::MAX {
            return Err(());
        }
        let base = (before * PAGE_BYTES) as *mut u8;
        let bytes = pages * PAGE_BYTES;
        talc.source.end = match talc.source.end {
            // SAFETY: the heap ends where memory did, and what is behind it is nobody's.
            Some(end) if end.as_ptr() == base => Some(unsafe { talc.extend(end, base.wrapping_add(bytes)) }),
            // SAFETY: what has just come into being is nobody's.
            _ => unsafe { talc.claim(base, bytes) },
        };
        Ok(())
    }
}
