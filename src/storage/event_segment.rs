//! Events without the entries' contents: consecutive ones, in columns of their own record.
//!
//! A body is: first event, count, then for each event: code (bit 6 set: a text follows, bit 7 set: it is stored apart), Worker where
//! the kind has one, time since the one before, text.

use alloc::vec::Vec;

use crate::Timestamp;
use crate::codec::{Decoded, Malformed, Reader, put_str, put_varint, put_zigzag};
use crate::event_log::{EventId, EventKind};
use crate::storage::piece::Text;

const TEXT: u8 = 0x40;
const APART: u8 = 0x80;

/// One stored event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvent<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: EventKind,
    pub(crate) worker: u32,
    pub(crate) at: Timestamp,
    pub(crate) text: Option<Text<'a>>,
}

fn has_worker(kind: EventKind) -> bool {
    !matches!(kind, EventKind::RuntimeStarted | EventKind::RuntimeStopped)
}

/// Collects consecutive events into a body.
pub(crate) struct SegmentWriter {
    first: EventId,
    count: u64,
    last: Timestamp,
    events: Vec<u8>,
}

impl SegmentWriter {
    pub(crate) fn new(first: EventId) -> Self {
        Self { first, count: 0, last: 0, events: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: &StoredEvent<'_>) {
        let flags = match event.text {
            None => 0,
            Some(Text::Here(_)) => TEXT,
            Some(Text::Apart(_)) => TEXT | APART,
        };
        self.events.push(event.kind as u8 | flags);
        if has_worker(event.kind) {
            put_varint(&mut self.events, u64::from(event.worker));
        }
        put_zigzag(&mut self.events, event.at.wrapping_sub(self.last) as i64);
        self.last = event.at;
        match event.text {
            None => {}
            Some(Text::Here(text)) => put_str(&mut self.events, text),
            Some(Text::Apart(bytes)) => put_varint(&mut self.events, bytes),
        }
        self.count += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// The last event and the body, if there is any.
    pub(crate) fn finish(self) -> Option<(EventId, Vec<u8>)> {
        let last = (self.first + self.count).checked_sub(1).filter(|_| self.count > 0)?;
        let mut body = Vec::with_capacity(self.events.len() + 16);
        put_varint(&mut body, self.first);
        put_varint(&mut body, self.count);
        body.extend_from_slice(&self.events);
        Some((last, body))
    }
}

/// Visits every event of a body and gives the first one's id and their count.
///
/// # Errors
/// [`Malformed`] where it is not one.
pub(crate) fn visit<'a>(body: &'a [u8], mut visit: impl FnMut(StoredEvent<'a>)) -> Decoded<(EventId, u64)> {
    let mut reader = Reader::new(body);
    let first = reader.varint();
    let count = reader.count() as u64;
    if first == 0 || count == 0 || first.checked_add(count).is_none() {
        return Err(Malformed);
    }
    let mut at = 0u64;
    for id in first..first + count {
        let code = reader.byte();
        let kind = reader.one_of(&EventKind::ALL, code & 0x3f);
        let worker = if has_worker(kind) { reader.varint_u32() } else { 0 };
        at = at.wrapping_add(reader.zigzag() as u64);
        let text = match code & (TEXT | APART) {
            0 => None,
            TEXT => Some(Text::Here(reader.str())),
            APART => return Err(Malformed),
            _ => Some(Text::Apart(reader.varint())),
        };
        reader.check()?;
        visit(StoredEvent { id, kind, worker, at, text });
    }
    reader.finish().map(|()| (first, count))
}
