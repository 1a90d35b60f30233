//! The resident part of the event log: columns of metadata and joined texts, in blocks that fill up one after another.
//!
//! An entry costs its text and 21 bytes here, or 13 where the host keeps its text, and 8 in its Worker's list of entries.
//!
//! What is `inline(always)` here is called per event, and a module that is optimised for its size would make it calls.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::event_log::{EventId, EventKind};
use crate::transcript::TranscriptRole;

/// Every block but the last has this many events, so that an event is found by its place.
const BLOCK_EVENTS: usize = 512;
/// Longer texts are not joined with the others of their block.
const JOINED_TEXT_BYTES: usize = 8 * 1024;

/// The kind of a resident event: transcript roles and event kinds in one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResidentKind {
    Event(EventKind),
    Entry(TranscriptRole),
}

impl ResidentKind {
    const ENTRY: u8 = 0x80;

    #[inline(always)]
    fn code(self) -> u8 {
        match self {
            Self::Event(kind) => kind as u8,
            Self::Entry(role) => Self::ENTRY | role as u8,
        }
    }

    #[inline(always)]
    fn from_code(code: u8) -> Self {
        if code & Self::ENTRY == 0 {
            Self::Event(EventKind::ALL[usize::from(code)])
        } else {
            Self::Entry(TranscriptRole::ALL[usize::from(code & !Self::ENTRY)])
        }
    }

    /// The kind of event that callers see.
    #[inline(always)]
    pub(crate) fn event_kind(self) -> EventKind {
        match self {
            Self::Event(kind) => kind,
            Self::Entry(TranscriptRole::User | TranscriptRole::System) => EventKind::WorkerInputAccepted,
            Self::Entry(TranscriptRole::Assistant | TranscriptRole::Tool) => EventKind::WorkerOutputRecorded,
        }
    }
}

/// An event to be appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewEvent<'a> {
    pub(crate) kind: ResidentKind,
    /// The Worker's number, 0 for none.
    pub(crate) worker: u32,
    pub(crate) at: Timestamp,
    /// An entry's content, absent where the host keeps it; or the reason of an event that has one.
    pub(crate) text: Option<&'a str>,
}

/// One resident event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: ResidentKind,
    /// The Worker's number, 0 for none.
    pub(crate) worker: u32,
    pub(crate) at: Timestamp,
    /// An entry's content, absent where the host keeps it; or the reason of an event that has one.
    pub(crate) text: Option<&'a str>,
    /// The text's length in UTF-16 units, as JavaScript counts.
    pub(crate) text_utf16: u32,
}

const NO_TEXT: u32 = u32::MAX;

/// What is known of each event of a block, by its place there.
#[derive(Clone, Debug)]
struct Columns {
    kinds: [u8; BLOCK_EVENTS],
    workers: [u32; BLOCK_EVENTS],
    times: [Timestamp; BLOCK_EVENTS],
}

#[derive(Clone, Debug)]
struct Block {
    first: EventId,
    /// How many events it has.
    len: usize,
    columns: Box<Columns>,
    texts: Texts,
}

impl Block {
    fn new(first: EventId) -> Self {
        let columns =
            Columns { kinds: [0; BLOCK_EVENTS], workers: [0; BLOCK_EVENTS], times: [0; BLOCK_EVENTS] };
        Self { first, len: 0, columns: Box::new(columns), texts: Texts::default() }
    }

    fn is_full(&self) -> bool {
        self.len == BLOCK_EVENTS
    }

    /// Only while it is not full.
    #[inline(always)]
    fn push(&mut self, NewEvent { kind, worker, at, text }: NewEvent<'_>) {
        let (index, columns) = (self.len % BLOCK_EVENTS, &mut *self.columns);
        if let Some(text) = text {
            self.texts.push(index, text);
        }
        columns.kinds[index] = kind.code();
        columns.workers[index] = worker;
        columns.times[index] = at;
        self.len += 1;
    }

    #[inline(always)]
    fn get(&self, index: usize) -> Resident<'_> {
        let (text, text_utf16) =
            if index < self.texts.utf16.len() { self.texts.get(index) } else { (None, 0) };
        let (place, columns) = (index % BLOCK_EVENTS, &*self.columns);
        Resident {
            id: self.first + index as u64,
            kind: ResidentKind::from_code(columns.kinds[place]),
            worker: columns.workers[place],
            at: columns.times[place],
            text,
            text_utf16,
        }
    }
}

/// The texts of a block's events: joined, but for the long ones.
#[derive(Clone, Debug, Default)]
struct Texts {
    /// For each event up to the last one with a text: where the joined text ends after it.
    ends: Vec<u32>,
    /// For each of them: the length of its text in UTF-16 units, or `NO_TEXT`.
    utf16: Vec<u32>,
    joined: String,
    /// The long ones, by their event's place in the block.
    long: Vec<(usize, Box<str>)>,
}

impl Texts {
    // Out of the way of events that have none.
    #[inline(never)]
    fn push(&mut self, index: usize, text: &str) {
        if self.ends.capacity() == 0 {
            self.ends.reserve_exact(BLOCK_EVENTS);
            self.utf16.reserve_exact(BLOCK_EVENTS);
        }
        if self.ends.len() < index {
            self.ends.resize(index, self.joined.len() as u32);
            self.utf16.resize(index, NO_TEXT);
        }
        if text.len() > JOINED_TEXT_BYTES {
            self.long.push((index, text.into()));
        } else {
            self.joined.push_str(text);
        }
        self.ends.push(self.joined.len() as u32);
        self.utf16.push(utf16_len(text));
    }

    /// The text of an event not after the last one that has a text.
    #[inline(never)]
    fn get(&self, index: usize) -> (Option<&str>, u32) {
        let utf16 = self.utf16[index];
        if utf16 == NO_TEXT {
            return (None, 0);
        }
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = self.ends[index];
        // Nothing else joins nothing: an empty text is found here as well.
        let long = || self.long.binary_search_by_key(&index, |(of, _)| *of).ok();
        let text = match (start == end).then(long).flatten() {
            Some(place) => &self.long[place].1,
            None => self.joined.get(start as usize..end as usize).unwrap_or_default(),
        };
        (Some(text), utf16)
    }

    fn shrink(&mut self) {
        self.joined.shrink_to_fit();
        self.long.shrink_to_fit();
    }
}

/// The lowest bit of each of eight bytes.
const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// How many UTF-16 units a text has. A caller's text is at most 16 MiB, so the count fits.
pub(crate) fn utf16_len(text: &str) -> u32 {
    // Every byte that starts a character is one unit, those that start a four-byte one are two.
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let mut units = 0;
    for eight in eights {
        let bits = u64::from_le_bytes(*eight);
        let starts_none = bits >> 7 & !(bits >> 6) & LOW_BITS;
        let starts_four = bits >> 7 & bits >> 6 & bits >> 5 & bits >> 4 & LOW_BITS;
        units += 8 - starts_none.count_ones() + starts_four.count_ones();
    }
    for byte in rest {
        units += u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0);
    }
    units
}

/// The resident events, consecutive up to the end of the log.
#[derive(Clone, Debug)]
pub(crate) struct History {
    blocks: Vec<Block>,
    next: EventId,
}

impl History {
    /// An empty history whose next event is `next`.
    pub(crate) fn starting_at(next: EventId) -> Self {
        Self { blocks: Vec::new(), next }
    }

    /// The id that the next event will have.
    pub(crate) fn next_event(&self) -> EventId {
        self.next
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, event: NewEvent<'_>) {
        if self.blocks.last().is_none_or(Block::is_full) {
            self.begin_block();
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(event);
            self.next += 1;
        }
    }

    #[inline(never)]
    fn begin_block(&mut self) {
        if let Some(full) = self.blocks.last_mut() {
            full.texts.shrink();
        }
        self.blocks.push(Block::new(self.next));
    }

    /// Lets go of the events before `id`; a block goes once none of its events is wanted.
    pub(crate) fn drop_before(&mut self, id: EventId) {
        let unwanted = self.blocks.iter().take_while(|block| block.first + block.len as u64 <= id).count();
        self.blocks.drain(..unwanted);
    }

    /// The block that an event is in if it is resident, and its place there.
    #[inline(always)]
    fn place(&self, id: EventId) -> Option<(usize, usize)> {
        let at = usize::try_from(id.checked_sub(self.blocks.first()?.first)?).ok()?;
        Some((at / BLOCK_EVENTS, at % BLOCK_EVENTS))
    }

    /// The event with this id, if it is resident.
    #[inline(always)]
    pub(crate) fn get(&self, id: EventId) -> Option<Resident<'_>> {
        if id >= self.next {
            return None;
        }
        let (block, index) = self.place(id)?;
        Some(self.blocks.get(block)?.get(index))
    }

    /// At most `limit` consecutive events from `id` on; none where that one is not resident.
    pub(crate) fn range(&self, id: EventId, limit: u64) -> Range<'_> {
        let (block, index) = self.place(id).unwrap_or((self.blocks.len(), 0));
        let mut blocks = self.blocks.get(block..).unwrap_or_default().iter();
        Range { block: blocks.next(), blocks, index, left: limit }
    }
}

/// Consecutive resident events.
#[derive(Clone, Debug)]
pub(crate) struct Range<'a> {
    block: Option<&'a Block>,
    blocks: core::slice::Iter<'a, Block>,
    /// The next event's place in its block.
    index: usize,
    left: u64,
}

impl<'a> Iterator for Range<'a> {
    type Item = Resident<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Resident<'a>> {
        let mut block = self.block?;
        if self.index >= block.len {
            (self.block, self.index) = (self.blocks.next(), 0);
            block = self.block?;
        }
        self.left = self.left.checked_sub(1)?;
        self.index += 1;
        Some(block.get(self.index - 1))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn push(history: &mut History, kind: ResidentKind, worker: u32, at: Timestamp, text: Option<&str>) {
        history.push(NewEvent { kind, worker, at, text });
    }

    #[test]
    fn events_are_found_across_blocks() {
        let mut history = History::starting_at(1);
        for i in 0..3000u64 {
            let text = "x".repeat((i % 5) as usize);
            push(&mut history, ResidentKind::Entry(TranscriptRole::User), i as u32, i * 10, Some(&text));
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
    fn long_texts_and_absent_ones_are_told_apart() {
        let mut history = History::starting_at(7);
        let texts = |i: usize| match i % 5 {
            0 => None,
            1 => Some("é".repeat(JOINED_TEXT_BYTES)),
            2 => Some(String::new()),
            3 => Some("x".repeat(JOINED_TEXT_BYTES)),
            _ => Some(format!("{i}")),
        };
        for i in 0..2000 {
            push(&mut history, ResidentKind::Entry(TranscriptRole::Tool), 1, 0, texts(i).as_deref());
        }
        for (i, event) in history.range(7, 3000).enumerate() {
            let text = texts(i);
            assert_eq!(event.text, text.as_deref());
            let units = text.map_or(0, |text| text.encode_utf16().count());
            assert_eq!(event.text_utf16 as usize, units);
        }
        history.drop_before(7 + 512 + 511);
        assert_eq!(history.get(7 + 511).map(|event| event.id), None);
        assert_eq!(history.get(7 + 512).map(|event| event.id), Some(7 + 512));
        assert_eq!(history.range(7 + 511, 10).count(), 0);
        assert_eq!(history.range(7 + 512, 3000).count(), 2000 - 512);
        history.drop_before(7 + 2000);
        assert!(history.get(7 + 1999).is_none());
        push(&mut history, ResidentKind::Event(EventKind::RuntimeStopped), 0, 5, None);
        assert_eq!(history.get(7 + 2000).map(|event| event.at), Some(5));
    }

    #[test]
    fn lengths_are_counted_as_javascript_does() {
        for text in ["", "abc", "é", "日本", "🦀", "a🦀é日"] {
            assert_eq!(utf16_len(text) as usize, text.encode_utf16().count(), "{text}");
        }
    }
}
