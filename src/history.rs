//! The resident part of the event log: columns of metadata and joined texts, in blocks that fill up one after another.
//!
//! An entry costs its text and 21 bytes here, and 8 in its Worker's list of entries.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::event_log::{EventId, EventKind};
use crate::transcript::TranscriptRole;

/// A block is closed once it has this many events …
const BLOCK_EVENTS: usize = 512;
/// … or this many bytes of text, whichever comes first.
const BLOCK_TEXT_BYTES: usize = 1024 * 1024;

/// The kind of a resident event: transcript roles and event kinds in one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResidentKind {
    Event(EventKind),
    Entry(TranscriptRole),
}

impl ResidentKind {
    const ENTRY: u8 = 0x80;

    fn code(self) -> u8 {
        match self {
            Self::Event(kind) => kind as u8,
            Self::Entry(role) => Self::ENTRY | role as u8,
        }
    }

    fn from_code(code: u8) -> Self {
        if code & Self::ENTRY == 0 {
            Self::Event(EventKind::ALL[usize::from(code)])
        } else {
            Self::Entry(TranscriptRole::ALL[usize::from(code & !Self::ENTRY)])
        }
    }

    /// The kind of event that callers see.
    pub(crate) fn event_kind(self) -> EventKind {
        match self {
            Self::Event(kind) => kind,
            Self::Entry(TranscriptRole::User | TranscriptRole::System) => EventKind::WorkerInputAccepted,
            Self::Entry(TranscriptRole::Assistant | TranscriptRole::Tool) => EventKind::WorkerOutputRecorded,
        }
    }
}

/// One resident event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: ResidentKind,
    /// The Worker's number, 0 for none.
    pub(crate) worker: u32,
    pub(crate) at: Timestamp,
    /// An entry's content, or the reason of an event that has one.
    pub(crate) text: Option<&'a str>,
    /// The text's length in UTF-16 units, as JavaScript counts.
    pub(crate) text_utf16: u32,
}

const NO_TEXT: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Block {
    first: EventId,
    kinds: Vec<u8>,
    workers: Vec<u32>,
    times: Vec<Timestamp>,
    ends: Vec<u32>,
    utf16: Vec<u32>,
    text: String,
}

impl Block {
    fn new(first: EventId) -> Self {
        Self {
            first,
            kinds: Vec::new(),
            workers: Vec::new(),
            times: Vec::new(),
            ends: Vec::new(),
            utf16: Vec::new(),
            text: String::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.kinds.len() >= BLOCK_EVENTS || self.text.len() >= BLOCK_TEXT_BYTES
    }

    fn shrink(&mut self) {
        self.kinds.shrink_to_fit();
        self.workers.shrink_to_fit();
        self.times.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.utf16.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    fn push(&mut self, kind: ResidentKind, worker: u32, at: Timestamp, text: Option<&str>) {
        self.kinds.push(kind.code());
        self.workers.push(worker);
        self.times.push(at);
        self.utf16.push(text.map_or(NO_TEXT, utf16_len));
        self.text.push_str(text.unwrap_or_default());
        self.ends.push(self.text.len() as u32);
    }

    fn get(&self, index: usize) -> Resident<'_> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let utf16 = self.utf16[index];
        Resident {
            id: self.first + index as u64,
            kind: ResidentKind::from_code(self.kinds[index]),
            worker: self.workers[index],
            at: self.times[index],
            text: (utf16 != NO_TEXT).then(|| &self.text[start..self.ends[index] as usize]),
            text_utf16: if utf16 == NO_TEXT { 0 } else { utf16 },
        }
    }
}

/// How many UTF-16 units a text has. A caller's text is at most 16 MiB, so the count fits.
pub(crate) fn utf16_len(text: &str) -> u32 {
    if text.is_ascii() {
        return text.len() as u32;
    }
    // Every byte that starts a character is one unit, those that start a four-byte one are two.
    text.bytes().map(|b| u32::from(b & 0xc0 != 0x80) + u32::from(b >= 0xf0)).sum()
}

/// The resident events, consecutive up to the end of the log.
#[derive(Clone, Debug)]
pub(crate) struct History {
    blocks: VecDeque<Block>,
    next: EventId,
}

impl History {
    /// An empty history whose next event is `next`.
    pub(crate) fn starting_at(next: EventId) -> Self {
        Self { blocks: VecDeque::new(), next }
    }

    /// The id that the next event will have.
    pub(crate) fn next_event(&self) -> EventId {
        self.next
    }

    pub(crate) fn push(&mut self, kind: ResidentKind, worker: u32, at: Timestamp, text: Option<&str>) {
        if self.blocks.back().is_none_or(Block::is_full) {
            if let Some(full) = self.blocks.back_mut() {
                full.shrink();
            }
            self.blocks.push_back(Block::new(self.next));
        }
        if let Some(block) = self.blocks.back_mut() {
            block.push(kind, worker, at, text);
        }
        self.next += 1;
    }

    /// Lets go of the events before `id`; a block goes once none of its events is wanted.
    pub(crate) fn drop_before(&mut self, id: EventId) {
        while self.blocks.front().is_some_and(|block| block.first + block.kinds.len() as u64 <= id) {
            self.blocks.pop_front();
        }
    }

    /// The event with this id, if it is resident.
    pub(crate) fn get(&self, id: EventId) -> Option<Resident<'_>> {
        if id >= self.next {
            return None;
        }
        let block = &self.blocks[self.blocks.partition_point(|block| block.first <= id).checked_sub(1)?];
        Some(block.get((id - block.first) as usize))
    }

    /// At most `limit` consecutive events from `id` on.
    pub(crate) fn range(&self, id: EventId, limit: u64) -> impl Iterator<Item = Resident<'_>> {
        let end = id.saturating_add(limit).min(self.next);
        let mut place = self.blocks.partition_point(|block| block.first <= id).saturating_sub(1);
        let mut at = if self.blocks.front().is_none_or(|block| block.first <= id) { id } else { end };
        core::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let mut block = self.blocks.get(place)?;
            if at - block.first >= block.kinds.len() as u64 {
                place += 1;
                block = self.blocks.get(place)?;
            }
            at += 1;
            Some(block.get((at - 1 - block.first) as usize))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_across_blocks() {
        let mut history = History::starting_at(1);
        for i in 0..3000u64 {
            let text = "x".repeat((i % 5) as usize);
            history.push(ResidentKind::Entry(TranscriptRole::User), i as u32, i * 10, Some(&text));
        }
        for id in 1..=3000u64 {
            let event = history.get(id).expect("resident");
            assert_eq!((event.id, event.worker, event.at), (id, id as u32 - 1, (id - 1) * 10));
            assert_eq!(event.text.map(str::len), Some(((id - 1) % 5) as usize));
        }
        assert!(history.get(0).is_none() && history.get(3001).is_none());
        let ids: Vec<_> = history.range(500, 1000).map(|event| event.id).collect();
        assert_eq!(ids, (500..1500).collect::<Vec<_>>());
        assert_eq!(history.range(2999, 1000).count(), 2);
        assert_eq!(history.range(4000, 1000).count(), 0);
    }

    #[test]
    fn a_block_that_a_long_text_filled_is_followed_by_another() {
        let mut history = History::starting_at(1);
        for _ in 0..3 {
            let long = "é".repeat(BLOCK_TEXT_BYTES);
            history.push(ResidentKind::Entry(TranscriptRole::Tool), 1, 0, Some(&long));
        }
        assert_eq!(history.range(1, 10).map(|e| e.text_utf16).sum::<u32>(), 3 * BLOCK_TEXT_BYTES as u32);
        assert_eq!(history.blocks.len(), 3);
    }

    #[test]
    fn lengths_are_counted_as_javascript_does() {
        for text in ["", "abc", "é", "日本", "🦀", "a🦀é日"] {
            assert_eq!(utf16_len(text) as usize, text.encode_utf16().count(), "{text}");
        }
    }
}
