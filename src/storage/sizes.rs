//! How large things grow before they are split or regrouped. None of it is part of the format: a store that was written with
//! some sizes can be read with any others.

use crate::error::{Error, Result};

/// The smallest [`Sizes::part_bytes`]: an entry of a Worker table, which is never split, takes up to 46 bytes.
pub const LEAST_PART_BYTES: usize = 64;

/// The sizes. Whoever opens a store with some that [cannot work](Self::check) is refused. More of them may come: give the rest
/// by `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The longest body that a page may have to read, in bytes; at least [`LEAST_PART_BYTES`]. With its envelope a value
    /// stays below 48 KiB. The parts of a commit may be longer by a quarter, so that 256 contents of 200 characters are one
    /// record, and stay below 60 KiB: some hosts store values above 64 KiB apart, and slowly.
    pub part_bytes: usize,
    /// A text longer than this is stored in records of its own when it is regrouped; less than `part_bytes`.
    pub inline_bytes: usize,
    /// What was committed last is flushed once it is this many bytes …
    pub flush_bytes: usize,
    /// … or this many commits …
    pub flush_chunks: usize,
    /// … and before the next user commit once it is this many bytes, or four times as many commits …
    pub urgent_bytes: usize,
    /// … or before it would come to more than this many bytes as it is stored: an opening reads all of it. A single
    /// mutation that is larger goes alone.
    pub tail_bytes: usize,
    /// The last batch of create requests is written anew together with the next ones while it is smaller than this.
    pub batch_bytes: usize,
    /// More batches of receipts than this become one.
    pub receipt_batches: usize,
    /// How many runs of a tier become one of the next; at least 2, and no merge has more.
    pub fan_out: usize,
    /// An idle runtime merges once it has more runs than this.
    pub idle_runs: usize,
    /// A Worker's entries in the runs that are merged are settled once they are at least this many bytes.
    pub settled_bytes: usize,
    /// One step of a merge reads and writes about this many bytes. At least `part_bytes` and `settled_bytes` together: what
    /// a step reads of a Worker then always settles or fits, and so every step gets somewhere.
    pub step_bytes: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            part_bytes: 48 * 1024 - 64,
            inline_bytes: 16 * 1024,
            flush_bytes: 256 * 1024,
            flush_chunks: 512,
            urgent_bytes: 768 * 1024,
            tail_bytes: 1024 * 1024,
            batch_bytes: 24 * 1024,
            receipt_batches: 16,
            fan_out: 32,
            idle_runs: 4,
            settled_bytes: 40 * 1024,
            step_bytes: 192 * 1024,
        }
    }
}

impl Sizes {
    /// Sizes at which a few dozen entries go through everything that thousands do otherwise.
    pub fn tiny() -> Self {
        Self {
            part_bytes: 256,
            inline_bytes: 80,
            flush_bytes: 600,
            flush_chunks: 12,
            urgent_bytes: 2000,
            tail_bytes: 3000,
            batch_bytes: 100,
            receipt_batches: 3,
            fan_out: 3,
            idle_runs: 2,
            settled_bytes: 200,
            step_bytes: 700,
        }
    }

    /// Whether a store can be kept with them.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with the path of what does not go with the others.
    pub fn check(&self) -> Result<()> {
        let least_step = self.part_bytes.saturating_add(self.settled_bytes) as u64;
        for (path, is_possible) in [
            ("sizes.partBytes", self.part_bytes >= LEAST_PART_BYTES),
            ("sizes.inlineBytes", self.inline_bytes < self.part_bytes),
            ("sizes.fanOut", self.fan_out >= 2),
            ("sizes.stepBytes", self.step_bytes >= least_step),
        ] {
            if !is_possible {
                return Err(Error::invalid(path, "does not go with the other sizes"));
            }
        }
        Ok(())
    }

    /// The longest part of what a commit writes.
    pub(crate) fn chunk_part_bytes(&self) -> usize {
        self.part_bytes.saturating_add(self.part_bytes / 4)
    }

    /// A merge may lag behind by this many runs before it goes before user commits.
    pub(crate) fn urgent_runs(&self) -> usize {
        self.fan_out * 2
    }

    /// So many commits that are not regrouped, or records that are to be deleted, go before user commits.
    pub(crate) fn urgent_chunks(&self) -> usize {
        self.flush_chunks * 4
    }
}
