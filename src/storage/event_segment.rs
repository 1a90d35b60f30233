//! Events without the entries' contents: consecutive ones, in columns of their own record.
//!
//! A body is: first event, count, then for each event: code (bit 6 set: a text follows, bit 7 set: it is stored apart), Worker where
//! the kind has one, time since the one before, text.

use alloc::vec::Vec;

use crate::Timestamp;
use crate::codec::{Decoded, Malformed, Reader, put_varint, put_zigzag};
use crate::event_log::{EventId, EventKind};
use crate::storage::piece::{Group, Text};

const TEXT: u8 = 0x40;
const APART: u8 = 0x80;

/// A page begins reading no more than so many events before its first one.
const GROUP: u64 = 128;

/// One stored event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvent<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: EventKind,
    pub(crate) worker: u32,
    pub(crate) at: Timestamp,
    pub(crate) text: Option<Text<'a>>,
}

impl<'a> StoredEvent<'a> {
    /// What stands before the event `first`, whose time is told from `at`.
    fn before(first: EventId, at: Timestamp) -> Self {
        Self { id: first - 1, kind: EventKind::ALL[0], worker: 0, at, text: None }
    }

    /// Becomes the event that follows, which is the next one of the body.
    fn follow(&mut self, events: &mut Reader<'a>) {
        let code = events.byte();
        self.id += 1;
        self.kind = events.one_of(&EventKind::ALL, code & 0x3f);
        self.worker = if has_worker(self.kind) { events.varint_u32() } else { 0 };
        self.at = self.at.wrapping_add(events.zigzag() as u64);
        let is_apart = code & APART != 0;
        events.require(!is_apart || code & TEXT != 0);
        self.text = (code & TEXT != 0).then(|| Text::read(events, is_apart));
    }
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
        if let Some(text) = event.text {
            text.put(&mut self.events);
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

/// Reads through every event of a body and gives its groups.
///
/// # Errors
/// [`Malformed`] where it is not one.
pub(crate) fn groups(body: &[u8]) -> Decoded<Vec<Group>> {
    let mut reader = Reader::new(body);
    let first = reader.varint();
    let mut rest = reader.count() as u64;
    if first == 0 || rest == 0 || first.checked_add(rest).is_none() {
        return Err(Malformed);
    }
    let mut event = StoredEvent::before(first, 0);
    let mut groups = Vec::new();
    while rest > 0 {
        let (first, at, count) = (event.id + 1, event.at, rest.min(GROUP));
        let start = body.len() - reader.len();
        for _ in 0..count {
            event.follow(&mut reader);
            reader.require(event.text.is_none_or(Text::is_well_formed));
            reader.check()?;
        }
        groups.push(Group { place: (start, body.len() - reader.len()), worker: 0, first, count, at });
        rest -= count;
    }
    reader.finish().map(|()| groups)
}

/// Visits the events from one on until another, out of a body that was read through before.
pub(crate) fn visit<'a>(
    body: &'a [u8],
    groups: &[Group],
    (from, until): (EventId, EventId),
    visit: &mut dyn FnMut(StoredEvent<'a>),
) {
    let place = groups.partition_point(|group| group.first <= from);
    let Some(group) = place.checked_sub(1).and_then(|place| groups.get(place)) else { return };
    let mut reader = Reader::new(body.get(group.place.0..).unwrap_or_default());
    let mut event = StoredEvent::before(group.first, group.at);
    while event.id + 1 < until && !reader.is_empty() {
        event.follow(&mut reader);
        if event.id >= from {
            visit(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn events_are_found_from_any_to_any_other() {
        let reasons: Vec<_> = (0..3 * GROUP).map(|n| format!("reason {n}")).collect();
        let mut expected = Vec::new();
        let mut writer = SegmentWriter::new(7);
        for (id, reason) in (7..).zip(&reasons) {
            let text = match id % 5 {
                0 => Some(Text::Here(reason.as_bytes())),
                1 => Some(Text::Apart(id << 20)),
                _ => None,
            };
            let kind = EventKind::ALL[id as usize % EventKind::ALL.len()];
            let worker = if has_worker(kind) { id as u32 * 40 } else { 0 };
            let event = StoredEvent { id, kind, worker, at: (id * 7919) % 1000, text };
            writer.push(&event);
            expected.push(event);
        }
        let (last, body) = writer.finish().expect("there are events");
        let groups = groups(&body).expect("it is a body");
        assert_eq!((groups.len(), groups[0].first, groups[2].end()), (3, 7, last));
        for from in (7..=last).step_by(5) {
            for until in [from, from + 1, from + 16, from + 2 * GROUP, last + 1, last + 9] {
                let mut found = Vec::new();
                visit(&body, &groups, (from, until), &mut |event| found.push(event));
                assert!(found.iter().eq(expected.iter().filter(|event| (from..until).contains(&event.id))));
            }
        }
    }

    #[test]
    fn a_body_is_read_through_to_its_end() {
        let body = [5, 2, EventKind::WorkerCancelled as u8 | TEXT, 1, 0, 2, b'h', b'i', 0, 0];
        assert_eq!(groups(&body).map(|groups| groups[0].end()), Ok(6));
        for at in 0..body.len() {
            assert!(groups(&body[..at]).is_err(), "{at} bytes of it");
        }
        for (at, byte) in [(0, 0), (1, 0), (1, 3), (2, 0x3f), (2, APART), (6, 0xff)] {
            let mut forged = body;
            forged[at] = byte;
            assert!(groups(&forged).is_err(), "{byte} at {at}");
        }
    }
}
