//! The tail: the chunks that are not regrouped yet, and what they come to.

use alloc::vec::Vec;

/// A chunk in the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredChunk {
    pub(crate) number: u64,
    pub(crate) parts: usize,
    /// Bytes of its log entries.
    pub(crate) bytes: usize,
    /// Bytes of its records, keys included.
    pub(crate) stored: usize,
}

/// Chunks, oldest first. Every mutation asks how much they are, so that it is not counted anew each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail {
    chunks: Vec<StoredChunk>,
    bytes: usize,
    stored: usize,
}

impl Tail {
    pub(crate) fn push(&mut self, chunk: StoredChunk) {
        self.bytes += chunk.bytes;
        self.stored += chunk.stored;
        self.chunks.push(chunk);
    }

    /// Moves all of them behind others.
    pub(crate) fn move_to(&mut self, others: &mut Vec<StoredChunk>) {
        others.append(&mut self.chunks);
        (self.bytes, self.stored) = (0, 0);
    }

    pub(crate) fn chunks(&self) -> &[StoredChunk] {
        &self.chunks
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Bytes of their log entries.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of their records, keys included: so much of them an opening reads.
    pub(crate) fn stored(&self) -> usize {
        self.stored
    }
}
