//! Directories: which Workers a run has, and how they stood when it was written. All directories together are the
//! Worker table: the newest that has a Worker tells how it stands.
//!
//! A body is: count, then for each Worker in ascending order: its number since the one before, status, entries settled,
//! entries before this run since the settled ones, entries in this run, last event.

use alloc::vec::Vec;

use crate::codec::{Decoded, Reader, put_varint};
use crate::event_log::EventId;
use crate::lifecycle::WorkerStatus;

/// One Worker in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryEntry {
    pub(crate) worker: u32,
    pub(crate) status: WorkerStatus,
    /// How many entries are in settled segments.
    pub(crate) settled: u64,
    /// How many entries lie before those of this run.
    pub(crate) from: u64,
    /// How many entries there are with those of this run.
    pub(crate) end: u64,
    pub(crate) last_event: EventId,
}

/// Consecutive entries of a Worker in a run, from where the piece before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) run: u64,
    pub(crate) end: u64,
}

/// Writes a body.
pub(crate) fn encode(entries: &[DirectoryEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 10 + 4);
    put_varint(&mut out, entries.len() as u64);
    let mut worker = 0;
    for entry in entries {
        put_varint(&mut out, u64::from(entry.worker - worker));
        worker = entry.worker;
        out.push(entry.status as u8);
        put_varint(&mut out, entry.settled);
        put_varint(&mut out, entry.from - entry.settled);
        put_varint(&mut out, entry.end - entry.from);
        put_varint(&mut out, entry.last_event);
    }
    out
}

/// Reads a body.
pub(crate) fn decode(body: &[u8]) -> Decoded<Vec<DirectoryEntry>> {
    let mut reader = Reader::new(body);
    let mut worker = 0u32;
    let entries = reader.list(|reader| {
        let before = worker;
        worker = before.wrapping_add(reader.varint_u32());
        reader.require(worker > before);
        let code = reader.byte();
        let status = reader.one_of(&WorkerStatus::ALL, code);
        let settled = reader.varint();
        let from = reader.sum(settled);
        let end = reader.sum(from);
        DirectoryEntry { worker, status, settled, from, end, last_event: reader.varint() }
    });
    reader.finish().map(|()| entries)
}
