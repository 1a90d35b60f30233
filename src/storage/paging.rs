//! Pages of history, out of what is resident and what was read from the store.

use alloc::borrow::ToOwned;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::cache::Body;
use super::event_segment::StoredEvent;
use super::key;
use super::piece::{Group, StoredEntry, Text};
use super::room::Room;
use super::store::Store;
use crate::Timestamp;
use crate::error::{Error, Result};
use crate::event_log::{EventId, EventKind};
use crate::history::{self, History, ResidentKind, utf16_len};
use crate::limits::MAX_PAGE_BYTES;
use crate::runtime::Runtime;
use crate::transcript::TranscriptRole;

/// Whether a page could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// It was, and so many were visited: fewer than asked for where their texts come to more than
    /// [`MAX_PAGE_BYTES`](crate::limits::MAX_PAGE_BYTES), but at least one where there is one.
    Ready(u64),
    /// Records are needed first, see [`Runtime::needs`].
    Needs,
}

/// One entry of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageEntry<'a> {
    /// Its place in the transcript, from 1.
    pub sequence: u64,
    /// Who speaks.
    pub role: TranscriptRole,
    /// What was said: never blank, so that an empty one is one that the host keeps itself.
    pub content: &'a str,
    /// Its length in UTF-16 units.
    pub content_utf16: u32,
    /// The event that recorded it.
    pub event_id: EventId,
    /// The host's clock then.
    pub recorded_at: Timestamp,
}

/// One event of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageEvent<'a> {
    /// Its place in the log, from 1.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// The Worker's number, 0 for none.
    pub worker: u32,
    /// The host's clock then.
    pub recorded_at: Timestamp,
    /// The caller's reason, where there is one.
    pub reason: Option<&'a str>,
}

/// A page whose stored part was looked at.
pub(crate) enum Begun {
    /// There is no more to it.
    Ended(Page),
    /// What is resident goes in as well, as far as there is room.
    Open(Room),
}

/// Stored records that together hold what a page wants, in order.
#[derive(Default)]
struct Found {
    bodies: Vec<Body>,
    /// Bytes of the records in `bodies`.
    bytes: usize,
}

/// An event, and its text that is stored apart.
type Blob = (EventId, Arc<[u8]>);

/// The text of an event, where it is stored apart out of those that were found.
fn whole_text<'a>(blobs: &'a [Blob], event: EventId, text: Text<'a>) -> Result<&'a str> {
    let whole = match text {
        Text::Here(whole) => Some(whole),
        Text::Apart(_) => blobs.iter().find(|(id, _)| *id == event).map(|(_, blob)| &**blob),
    };
    whole
        .filter(|whole| whole.len() as u64 == text.len())
        .and_then(|whole| core::str::from_utf8(whole).ok())
        .ok_or_else(|| Error::corrupt(&key::blob(event, 0), "its text is not the one that was stored"))
}

impl Store {
    fn blob(&mut self, event: EventId, blobs: &mut Vec<Blob>) -> bool {
        if let Some(blob) = self.cache.blob(event) {
            blobs.push((event, blob));
            return true;
        }
        let prefix = key::blob_prefix(event);
        let end = key::end_of(&prefix);
        self.need(prefix, end, None);
        false
    }
}

/// How many records to read for so many entries, given what one of those before them takes. More are asked for once it
/// is known that they are needed: a page is to read what it shows and little else.
fn records_of(entries: u64, entry_bytes: Option<u64>, part_bytes: usize) -> u64 {
    match entry_bytes {
        Some(bytes) => entries.saturating_mul(bytes).div_ceil(part_bytes as u64).clamp(1, MOST_RECORDS),
        // Two records hold most pages.
        None if entries > 64 => 2,
        None => 1,
    }
}

/// How many records are read at once for a long page.
const MOST_RECORDS: u64 = 16;

/// Pages of history, for runtimes with a [store](crate::storage) and for those in memory, which never need records.
impl Runtime {
    /// Visits the entries of the Worker with this [`number`](crate::WorkerId::number) from place `start` (0 for the first) on,
    /// `len` of them, all of which exist, unless records are needed first. Where it answers so, nothing was visited.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`], [`Error::StorageMissing`] where the records are not what was stored.
    pub fn visit_transcript(
        &mut self,
        number: u32,
        start: u64,
        len: u64,
        mut visit: impl FnMut(PageEntry<'_>),
    ) -> Result<Page> {
        match self.visit_stored_entries(number, start, len, &mut visit)? {
            Begun::Ended(page) => Ok(page),
            Begun::Open(room) => Ok(self.resident_entries(number, start, len, room).visit(visit)),
        }
    }

    /// Visits those of the entries that are not resident; [`resident_entries`](Self::resident_entries) has the others.
    pub(crate) fn visit_stored_entries(
        &mut self,
        number: u32,
        start: u64,
        len: u64,
        visit: &mut impl FnMut(PageEntry<'_>),
    ) -> Result<Begun> {
        let Some(worker) = self.state.worker(number) else {
            return Ok(Begun::Ended(Page::Ready(0)));
        };
        let mut room = Room::PAGE;
        let mut stored_end = (start + len).min(worker.stored);
        if let Some(store) = self.store.as_deref_mut().filter(|_| start < stored_end) {
            store.needs.clear();
            let mut found = Found::default();
            let mut entry_bytes = None;
            let mut sequence = start + 1;
            while sequence <= stored_end {
                let (prefix, wanted, until) = if sequence <= worker.settled {
                    (key::settled_prefix(number), key::settled(number, sequence), worker.settled)
                } else {
                    match worker.pieces.iter().find(|piece| sequence <= piece.end) {
                        Some(piece) => {
                            (key::run_prefix(piece.run), key::run(piece.run, number, sequence), piece.end)
                        }
                        None => {
                            return Err(Error::missing(key::settled(number, sequence)));
                        }
                    }
                };
                match store.cache.find(&prefix, &wanted, (number, sequence)) {
                    Some((_, body)) => {
                        // One that does not hold the entry leaves a hole, which is noticed below.
                        let last = body.group(number).map_or(0, Group::end);
                        sequence = if last < sequence { until } else { last.min(until) } + 1;
                        entry_bytes = body.entry_bytes(number).or(entry_bytes);
                        found.bytes += body.bytes.len();
                        found.bodies.push(body);
                        if found.bytes > MAX_PAGE_BYTES {
                            stored_end = stored_end.min(sequence - 1);
                        }
                    }
                    None => {
                        let entries = until.min(stored_end) - sequence + 1;
                        let limit = records_of(entries, entry_bytes, store.sizes.part_bytes);
                        store.need(wanted, key::end_of(&prefix), Some(limit));
                        sequence = until + 1;
                    }
                }
            }
            if !store.needs.is_empty() {
                return Ok(Begun::Ended(Page::Needs));
            }
            let bodies = found.bodies;
            let mut blobs = Vec::new();
            let mut entries: Vec<StoredEntry<'_>> = Vec::new();
            for body in &bodies {
                let next = entries.last().map_or(start, |last| last.sequence) + 1;
                body.visit(number, (next, stored_end), &mut |entry| {
                    entries.push(entry);
                });
            }
            if entries.len() as u64 != stored_end - start {
                return Err(Error::corrupt(&key::settled(number, start + 1), "a transcript has a hole"));
            }
            entries.truncate(entries.iter().take_while(|entry| room.take(entry.text.len())).count());
            let apart = entries.iter().filter(|entry| matches!(entry.text, Text::Apart(_)));
            let mut complete = true;
            for entry in apart {
                complete &= store.blob(entry.event, &mut blobs);
            }
            if complete {
                for entry in &entries {
                    let content = whole_text(&blobs, entry.event, entry.text)?;
                    visit(PageEntry {
                        sequence: entry.sequence,
                        role: entry.role,
                        content,
                        content_utf16: utf16_len(content),
                        event_id: entry.event,
                        recorded_at: entry.at,
                    });
                }
                store.cache.trim();
            } else {
                return Ok(Begun::Ended(Page::Needs));
            }
            if (entries.len() as u64) < (start + len).min(worker.stored) - start {
                return Ok(Begun::Ended(Page::Ready(room.taken)));
            }
        }
        Ok(Begun::Open(room))
    }

    /// Visits the events from `first` (at least 1) on, at most `limit` of them, unless records are needed first. Where it
    /// answers so, nothing was visited.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`], [`Error::StorageMissing`] where the records are not what was stored.
    pub fn visit_events(
        &mut self,
        first: EventId,
        limit: u64,
        mut visit: impl FnMut(PageEvent<'_>),
    ) -> Result<Page> {
        match self.visit_stored_events(first, limit, &mut visit)? {
            Begun::Ended(page) => Ok(page),
            Begun::Open(room) => Ok(self.resident_events(first, limit, room).visit(visit)),
        }
    }

    /// Visits those of the events that are not resident; [`resident_events`](Self::resident_events) has the others.
    pub(crate) fn visit_stored_events(
        &mut self,
        first: EventId,
        limit: u64,
        visit: &mut impl FnMut(PageEvent<'_>),
    ) -> Result<Begun> {
        let end = first.saturating_add(limit).min(self.state.history.next_event());
        let mut next = first;
        let mut room = Room::PAGE;
        if let Some(store) = self.store.as_deref_mut().filter(|store| first < store.root.next_event) {
            store.needs.clear();
            let mut stored_end = end.min(store.root.next_event);
            let mut found = Found::default();
            while next < stored_end {
                let wanted = key::events(next);
                match store.cache.find("e/", &wanted, (0, next)) {
                    Some((key, body)) => {
                        next = key::number(&key, 1).map_or(stored_end, |last| last + 1);
                        found.bytes += body.bytes.len();
                        found.bodies.push(body);
                        if found.bytes > MAX_PAGE_BYTES {
                            stored_end = stored_end.min(next);
                        }
                    }
                    None => {
                        store.need(wanted, "e0".to_owned(), Some(1));
                        return Ok(Begun::Ended(Page::Needs));
                    }
                }
            }
            let bodies = found.bodies;
            let mut blobs = Vec::new();
            let mut events: Vec<StoredEvent<'_>> = Vec::new();
            for body in &bodies {
                let next = events.last().map_or(first, |last| last.id + 1);
                body.visit_events((next, stored_end), &mut |event| events.push(event));
            }
            if events.len() as u64 != stored_end.saturating_sub(first) {
                return Err(Error::corrupt(&key::events(first), "the event log has a hole"));
            }
            let length = |event: &StoredEvent<'_>| event.text.map_or(0, |text| text.len());
            events.truncate(events.iter().take_while(|event| room.take(length(event))).count());
            let apart = events.iter().filter(|event| matches!(event.text, Some(Text::Apart(_))));
            let mut complete = true;
            for event in apart {
                complete &= store.blob(event.id, &mut blobs);
            }
            if !complete {
                return Ok(Begun::Ended(Page::Needs));
            }
            for event in &events {
                let reason = event.text.map(|text| whole_text(&blobs, event.id, text)).transpose()?;
                visit(PageEvent {
                    id: event.id,
                    kind: event.kind,
                    worker: event.worker,
                    recorded_at: event.at,
                    reason,
                });
            }
            store.cache.trim();
            if first + (events.len() as u64) < end.min(store.root.next_event) {
                return Ok(Begun::Ended(Page::Ready(room.taken)));
            }
        }
        Ok(Begun::Open(room))
    }

    /// The resident ones of the `len` entries from `start` on.
    pub(crate) fn resident_entries(
        &self,
        number: u32,
        start: u64,
        len: u64,
        room: Room,
    ) -> ResidentEntries<'_> {
        let (stored, entries) =
            self.state.worker(number).map_or((0, &[][..]), |worker| (worker.stored, &worker.entries));
        let first = start.max(stored);
        let (from, to) = (first - stored, (start + len).saturating_sub(stored).min(entries.len() as u64));
        let events = entries.get(from as usize..to as usize).unwrap_or_default().iter();
        ResidentEntries { history: &self.state.history, events, sequence: first, room }
    }

    /// The resident ones of the `limit` events from `first` on.
    pub(crate) fn resident_events(&self, first: EventId, limit: u64, room: Room) -> ResidentEvents<'_> {
        let stored = self.store.as_ref().map_or(0, |store| store.root.next_event);
        let (from, end) = (first.max(stored), first.saturating_add(limit));
        ResidentEvents { events: self.state.history.range(from, end.saturating_sub(from)), room }
    }
}

/// Consecutive resident entries of a Worker, up to the size of a page.
pub(crate) struct ResidentEntries<'a> {
    history: &'a History,
    events: core::slice::Iter<'a, EventId>,
    /// Of the entry before the next one.
    sequence: u64,
    room: Room,
}

impl<'a> ResidentEntries<'a> {
    /// Visits them; how much of the page was read.
    #[inline(always)]
    pub(crate) fn visit(mut self, mut visit: impl FnMut(PageEntry<'a>)) -> Page {
        while let Some(entry) = self.next_entry() {
            visit(entry);
        }
        Page::Ready(self.room.taken)
    }

    // Called per entry, and a module that is optimised for its size would make it a call.
    #[inline(always)]
    fn next_entry(&mut self) -> Option<PageEntry<'a>> {
        let entry = self.history.get(*self.events.next()?)?;
        let ResidentKind::Entry(role) = entry.kind else { return None };
        let content = entry.text.unwrap_or_default();
        if !self.room.take(content.len() as u64) {
            return None;
        }
        self.sequence += 1;
        Some(PageEntry {
            sequence: self.sequence,
            role,
            content,
            content_utf16: entry.text_utf16,
            event_id: entry.id,
            recorded_at: entry.at,
        })
    }
}

/// Consecutive resident events, up to the size of a page.
pub(crate) struct ResidentEvents<'a> {
    events: history::Range<'a>,
    room: Room,
}

impl<'a> ResidentEvents<'a> {
    /// Visits them; how much of the page was read.
    #[inline(always)]
    pub(crate) fn visit(mut self, mut visit: impl FnMut(PageEvent<'a>)) -> Page {
        while let Some(event) = self.next_event() {
            visit(event);
        }
        Page::Ready(self.room.taken)
    }

    // Called per event, and a module that is optimised for its size would make it a call.
    #[inline(always)]
    fn next_event(&mut self) -> Option<PageEvent<'a>> {
        let event = self.events.next()?;
        let reason = match event.kind {
            ResidentKind::Entry(_) => None,
            ResidentKind::Event(_) => event.text,
        };
        if !self.room.take(reason.map_or(0, str::len) as u64) {
            return None;
        }
        Some(PageEvent {
            id: event.id,
            kind: event.kind.event_kind(),
            worker: event.worker,
            recorded_at: event.at,
            reason,
        })
    }
}
