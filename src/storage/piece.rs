//! Transcript entries by Worker: the bodies of runs and of settled segments.
//!
//! A body is a list of groups, each: Worker, sequence of the first entry, count of entries, then for each entry: tag (role,
//! and bit 7 where the text is stored apart), event since the one before, time since the one before, text.

use alloc::vec::Vec;

use crate::Timestamp;
use crate::codec::{Decoded, Malformed, Reader, put_str, put_varint, put_zigzag};
use crate::event_log::EventId;
use crate::transcript::TranscriptRole;

const APART: u8 = 0x80;

/// The text of a stored entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    /// Here.
    Here(&'a str),
    /// In records of its own, of this many bytes.
    Apart(u64),
}

impl Text<'_> {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Here(text) => text.len() as u64,
            Self::Apart(bytes) => *bytes,
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
        match entry.text {
            Text::Here(text) => put_str(out, text),
            Text::Apart(bytes) => put_varint(out, bytes),
        }
    }
}

/// How many bytes an entry takes in a group, at the most.
pub(crate) fn size_of(entry: &StoredEntry<'_>) -> usize {
    match entry.text {
        Text::Here(text) => text.len() + 26,
        Text::Apart(_) => 32,
    }
}

/// One group of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Where it lies in its body, in bytes.
    pub(crate) place: (usize, usize),
    pub(crate) worker: u32,
    pub(crate) first: u64,
    pub(crate) count: u64,
}

impl Group {
    /// The last sequence.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.count - 1
    }
}

/// Reads a body group by group, each of them whole.
pub(crate) struct Groups<'a> {
    body: &'a [u8],
    reader: Reader<'a>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, reader: Reader::new(body) }
    }

    fn read(&mut self, visit: &mut impl FnMut(u32, StoredEntry<'a>)) -> Decoded<Group> {
        let start = self.body.len() - self.reader.len();
        let reader = &mut self.reader;
        let worker = reader.varint_u32();
        let first = reader.varint();
        let count = reader.count() as u64;
        if worker == 0 || first == 0 || count == 0 || first.checked_add(count).is_none() {
            return Err(Malformed);
        }
        let (mut event, mut at) = (0, 0u64);
        for sequence in first..first + count {
            let tag = reader.byte();
            let role = reader.one_of(&TranscriptRole::ALL, tag & !APART);
            event = reader.sum(event);
            at = at.wrapping_add(reader.zigzag() as u64);
            let text = if tag & APART == 0 { Text::Here(reader.str()) } else { Text::Apart(reader.varint()) };
            reader.check()?;
            visit(worker, StoredEntry { sequence, role, event, at, text });
        }
        Ok(Group { place: (start, self.body.len() - reader.len()), worker, first, count })
    }

    /// Visits every entry of a body and gives its groups.
    ///
    /// # Errors
    /// [`Malformed`] where it is not one.
    pub(crate) fn visit(body: &'a [u8], mut visit: impl FnMut(u32, StoredEntry<'a>)) -> Decoded<Vec<Group>> {
        let mut groups = Self::new(body);
        let mut found = Vec::new();
        while !groups.reader.is_empty() {
            found.push(groups.read(&mut visit)?);
        }
        Ok(found)
    }
}
