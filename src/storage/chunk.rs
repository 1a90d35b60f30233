//! Chunks: the log entries of one commit, as they were committed.
//!
//! The first part starts with: token 16, chain 8, byte length of the entries (varint), first event (varint). The chain
//! is a hash over all chunks since the root's; the token is the head that the commit made.

use alloc::vec::Vec;

use super::commit::{Ops, Token};
use super::key;
use super::parts::put_parts;
use super::record::{ENVELOPE, Kind, Seed};
use crate::codec::{Decoded, Reader, put_varint};
use crate::event_log::EventId;
use crate::hash::hash;

/// The hash over a chunk and all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain(pub(crate) u64);

impl Chain {
    pub(crate) fn follow(self, entries: &[u8]) -> Self {
        Self(hash(entries, self.0))
    }

    /// What chunks follow after a loss was accepted: none of them fits a root record that does not know of it.
    pub(crate) fn follow_loss(self) -> Self {
        self.follow(b"loss accepted")
    }
}

/// What a chunk holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    pub(crate) token: Token,
    pub(crate) chain: Chain,
    pub(crate) first_event: EventId,
    pub(crate) entries: &'a [u8],
}

/// Writes chunk `number` and tells its parts.
pub(crate) fn put_chunk(
    ops: &mut Ops,
    seed: Seed,
    part_bytes: usize,
    number: u64,
    chunk: &Chunk<'_>,
) -> usize {
    let mut bytes = Vec::with_capacity(chunk.entries.len() + 40);
    bytes.extend_from_slice(&chunk.token.0);
    bytes.extend_from_slice(&chunk.chain.0.to_le_bytes());
    put_varint(&mut bytes, chunk.entries.len() as u64);
    put_varint(&mut bytes, chunk.first_event);
    bytes.extend_from_slice(chunk.entries);
    put_parts(ops, seed, part_bytes, Kind::Chunk, &bytes, &|part| key::chunk(number, part))
}

/// The most bytes of entries whose chunk takes at most `stored` bytes, keys included.
pub(crate) fn entries_within(stored: usize, part_bytes: usize) -> usize {
    /// Before the entries: token 16, chain 8, and two varints, of at most 5 and 8 bytes for what can be stored.
    const HEADER: usize = 37;
    let record = part_bytes + ENVELOPE + key::chunk(0, 0).len();
    let parts = stored.div_ceil(record);
    stored.saturating_sub(HEADER + parts * (record - part_bytes))
}

/// Reads a chunk whose parts were joined.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<Chunk<'_>> {
    let mut reader = Reader::new(bytes);
    let token = Token(reader.array());
    let chain = Chain(u64::from_le_bytes(reader.array()));
    let len = reader.size();
    let first_event = reader.varint();
    let entries = reader.bytes(len);
    reader.finish().map(|()| Chunk { token, chain, first_event, entries })
}
