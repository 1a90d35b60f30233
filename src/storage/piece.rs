//! Transcript entries by Worker: the bodies of runs and of settled segments.
//!
//! A body is a list of groups, each: Worker, sequence of the first entry, count of entries, then for each entry: tag (role,
//! and bit 7 where the text is stored apart), event since the one before, time since the one before, text.

use alloc::vec::Vec;

use crate::Timestamp;
use crate::codec::{Decoded, Malformed, Reader, put_varint, put_zigzag};
use crate::event_log::EventId;
use crate::transcript::TranscriptRole;

const APART: u8 = 0x80;

/// The text of a stored entry: a record is asked whether it is one when it is read through, and whoever shows it once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    /// Here.
    Here(&'a [u8]),
    /// In records of its own, of this many bytes.
    Apart(u64),
}

impl<'a> Text<'a> {
    /// The next one, where it is here, and otherwise its length.
    pub(crate) fn read(reader: &mut Reader<'a>, is_apart: bool) -> Self {
        if is_apart {
            return Text::Apart(reader.varint());
        }
        let len = reader.count();
        Text::Here(reader.bytes(len))
    }

    pub(crate) fn put(self, out: &mut Vec<u8>) {
        put_varint(out, self.len());
        if let Self::Here(text) = self {
            out.extend_from_slice(text);
        }
    }

    /// Whether what is here is a text.
    pub(crate) fn is_well_formed(self) -> bool {
        !matches!(self, Self::Here(text) if core::str::from_utf8(text).is_err())
    }

    /// How many bytes it has.
    pub(crate) fn len(self) -> u64 {
        match self {
            Self::Here(text) => text.len() as u64,
            Self::Apart(bytes) => bytes,
        }
    }
}

/// One stored entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredEntry<'a> {
    pub(crate) sequence: u64,
    pub(crate) role: TranscriptRole,
    pub(crate) event: EventId,
    pub(crate) at: Timestamp,
    pub(crate) text: Text<'a>,
}

impl<'a> StoredEntry<'a> {
    /// What stands before the first entry of a group.
    fn before(first: u64) -> Self {
        Self { sequence: first - 1, role: TranscriptRole::ALL[0], event: 0, at: 0, text: Text::Apart(0) }
    }

    /// Becomes the entry that follows, which is the next one of the group.
    // One function for all that go through groups.
    #[inline(never)]
    fn follow(&mut self, group: &mut Reader<'a>) {
        let tag = group.byte();
        self.sequence += 1;
        self.role = group.one_of(&TranscriptRole::ALL, tag & !APART);
        self.event = group.sum(self.event);
        self.at = self.at.wrapping_add(group.zigzag() as u64);
        self.text = Text::read(group, tag & APART != 0);
    }
}

/// Writes consecutive entries of one Worker as a group that is appended to a body.
pub(crate) fn put_group(out: &mut Vec<u8>, worker: u32, entries: &[StoredEntry<'_>]) {
    let Some(first) = entries.first() else {
        return;
    };
    put_varint(out, u64::from(worker));
    put_varint(out, first.sequence);
    put_varint(out, entries.len() as u64);
    let (mut event, mut at) = (0, 0);
    for entry in entries {
        let apart = if matches!(entry.text, Text::Apart(_)) { APART } else { 0 };
        out.push(entry.role as u8 | apart);
        // Events ascend. Where a forged record made them not, reading what comes out is refused.
        put_varint(out, entry.event.wrapping_sub(event));
        put_zigzag(out, entry.at.wrapping_sub(at) as i64);
        (event, at) = (entry.event, entry.at);
        entry.text.put(out);
    }
}

/// How many bytes an entry takes in a group, at the most.
pub(crate) fn size_of(entry: &StoredEntry<'_>) -> usize {
    match entry.text {
        Text::Here(text) => text.len() + 26,
        Text::Apart(_) => 32,
    }
}

/// Consecutive entries of one Worker in a body of entries, or consecutive events in a body of events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Where it lies in its body, in bytes.
    pub(crate) place: (usize, usize),
    /// 0 where it is one of events.
    pub(crate) worker: u32,
    /// The first sequence, or event.
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// What the first time is told from.
    pub(crate) at: Timestamp,
}

impl Group {
    /// The last sequence.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.count - 1
    }

    /// Reads through the next one: Worker, first sequence, count, entries.
    fn read(reader: &mut Reader<'_>, body_len: usize) -> Decoded<Self> {
        let start = body_len - reader.len();
        let worker = reader.varint_u32();
        let first = reader.varint();
        let count = reader.count() as u64;
        if worker == 0 || first == 0 || count == 0 || first.checked_add(count).is_none() {
            return Err(Malformed);
        }
        let mut entry = StoredEntry::before(first);
        for _ in 0..count {
            entry.follow(reader);
            reader.require(entry.text.is_well_formed());
            reader.check()?;
        }
        Ok(Self { place: (start, body_len - reader.len()), worker, first, count, at: 0 })
    }

    /// Reads through every entry of a body and gives its groups.
    ///
    /// # Errors
    /// [`Malformed`] where it is not one.
    pub(crate) fn all(body: &[u8]) -> Decoded<Vec<Self>> {
        let mut reader = Reader::new(body);
        let mut groups = Vec::new();
        while !reader.is_empty() {
            groups.push(Self::read(&mut reader, body.len())?);
        }
        Ok(groups)
    }

    /// Visits its entries from one sequence to another, both included. It was read through before.
    pub(crate) fn visit<'a>(
        &self,
        body: &'a [u8],
        (from, to): (u64, u64),
        visit: &mut dyn FnMut(StoredEntry<'a>),
    ) {
        let mut reader = Reader::new(body.get(self.place.0..self.place.1).unwrap_or_default());
        for _ in 0..3 {
            reader.varint();
        }
        let mut entry = StoredEntry::before(self.first);
        while entry.sequence < to && !reader.is_empty() {
            entry.follow(&mut reader);
            if entry.sequence >= from {
                visit(entry);
            }
        }
    }
}
