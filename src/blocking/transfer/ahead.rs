//! Reading the entries behind events before their lines are written.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::source::ExportSource;
use crate::blocking::failure::Failure;
use crate::event_log::EventId;
use crate::limits::MAX_PAGE_BYTES;
use crate::storage::Page;
use crate::transcript::TranscriptRole;

/// Entries are read ahead of their lines until they have so many bytes, or one of them has more.
const MOST_BYTES: usize = MAX_PAGE_BYTES;
/// A page has about so many bytes at the most: the records that it is read from stay in memory until it was.
const PAGE_BYTES: u64 = 1024 * 1024;
/// How long an entry is taken to be before any was read.
const SUPPOSED_BYTES: u64 = 1024;

/// An entry that waits for its line.
#[derive(Debug)]
pub(super) struct ReadEntry {
    pub(super) event: EventId,
    pub(super) sequence: u64,
    pub(super) role: TranscriptRole,
    pub(super) content: String,
}

/// A Worker whose transcript has entries behind events.
#[derive(Debug, Default)]
struct Speaker {
    /// Its place in the order of those who speak in the window.
    place: usize,
    /// How many entries were read so far.
    read: u64,
    /// How many more the window has.
    wanted: u64,
    /// Those that were read and not yet taken.
    waiting: VecDeque<ReadEntry>,
}

/// Reads the entries behind events. Events are in the order in which everybody spoke, a store has every Worker's entries
/// together: so that a record is not read anew for each of them, the events of a window are told in advance, and what they
/// need is read Worker by Worker. Where that is more than may wait, each Worker has its share of the room.
#[derive(Debug)]
pub(super) struct ReadAhead {
    speakers: BTreeMap<u32, Speaker>,
    /// Those who speak in the window, as stores have them: neighbours often are in the same record.
    order: Vec<u32>,
    /// Every other window is read from its end, where the cache still has what the one before read last.
    is_backwards: bool,
    /// Entries of the window that were not read so far.
    unread: u64,
    /// Bytes that wait.
    bytes: usize,
    /// Entries that were read and their bytes, to know how long entries are.
    seen: (u64, u64),
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self {
            speakers: BTreeMap::new(),
            order: Vec::new(),
            is_backwards: true,
            unread: 0,
            bytes: 0,
            seen: (1, SUPPOSED_BYTES),
        }
    }
}

impl ReadAhead {
    /// Begins the next window, once the entries of the one before are taken.
    pub(super) fn begin(&mut self) {
        self.order.clear();
        self.is_backwards = !self.is_backwards;
    }

    /// Tells whose entry is behind one more event of the window.
    pub(super) fn want(&mut self, worker: u32) {
        let speaker = self.speakers.entry(worker).or_default();
        if speaker.wanted == 0 {
            self.order.push(worker);
        }
        speaker.wanted += 1;
        self.unread += 1;
    }

    /// Reads what there is room for of the window, once all of it is known and before its first entry is taken.
    pub(super) fn fill(&mut self, source: &mut impl ExportSource) -> Result<(), Failure> {
        self.order.sort_unstable();
        if self.is_backwards {
            self.order.reverse();
        }
        for (place, worker) in self.order.iter().enumerate() {
            self.speakers.entry(*worker).or_default().place = place;
        }
        self.read_from(source, 0)
    }

    /// Sees to it that a Worker's next entry waits, where its transcript has one.
    pub(super) fn ready(&mut self, source: &mut impl ExportSource, worker: u32) -> Result<(), Failure> {
        let speaker = self.speakers.entry(worker).or_default();
        if speaker.waiting.is_empty() {
            let place = speaker.place;
            self.read_from(source, place)?;
        }
        Ok(())
    }

    /// The next entry of a Worker; `None` where its transcript has none, which no event speaks of.
    pub(super) fn take(&mut self, worker: u32) -> Option<ReadEntry> {
        let entry = self.speakers.get_mut(&worker)?.waiting.pop_front()?;
        self.bytes -= entry.content.len();
        Some(entry)
    }

    /// Reads what the Worker at this place waits for, and goes on with those behind it who have nothing either, while there
    /// is room.
    fn read_from(&mut self, source: &mut impl ExportSource, first: usize) -> Result<(), Failure> {
        for place in first..self.order.len() {
            let worker = self.order[place];
            let share = self.share_of(worker).max(u64::from(place == first));
            if share == 0 {
                break;
            }
            self.read(source, worker, share)?;
        }
        Ok(())
    }

    /// How many entries a Worker that has none may have read: all that it wants while everybody can have that, one page at
    /// the most.
    fn share_of(&self, worker: u32) -> u64 {
        let Some(speaker) = self.speakers.get(&worker).filter(|speaker| speaker.waiting.is_empty()) else {
            return 0;
        };
        let (entries, bytes) = self.seen;
        let length = (bytes / entries).max(1);
        let room = (MOST_BYTES.saturating_sub(self.bytes) as u64) / length;
        let share = if self.unread <= room { speaker.wanted } else { speaker.wanted * room / self.unread };
        share.min((PAGE_BYTES / length).max(1))
    }

    /// Reads some entries of a Worker, as far as there is room for them.
    fn read(&mut self, source: &mut impl ExportSource, worker: u32, wanted: u64) -> Result<(), Failure> {
        let start = self.speakers.entry(worker).or_default().read;
        let room = MOST_BYTES.saturating_sub(self.bytes);
        let (mut entries, mut bytes) = (VecDeque::new(), 0);
        source.ask(|runtime| {
            entries.clear();
            bytes = 0;
            let mut is_full = false;
            let page = runtime.visit_transcript(worker, start, wanted, |entry| {
                is_full |= !entries.is_empty() && bytes + entry.content.len() > room;
                if !is_full {
                    bytes += entry.content.len();
                    entries.push_back(ReadEntry {
                        event: entry.event_id,
                        sequence: entry.sequence,
                        role: entry.role,
                        content: entry.content.to_owned(),
                    });
                }
            })?;
            Ok(visited(page))
        })?;
        let read = entries.len() as u64;
        self.bytes += bytes;
        self.seen = (self.seen.0 + read, self.seen.1 + bytes as u64);
        self.unread -= read;
        let speaker = self.speakers.entry(worker).or_default();
        speaker.read += read;
        speaker.wanted -= read;
        speaker.waiting = entries;
        Ok(())
    }
}

pub(super) fn visited(page: Page) -> Option<()> {
    matches!(page, Page::Ready(_)).then_some(())
}
