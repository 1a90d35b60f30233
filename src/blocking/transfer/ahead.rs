//! Reading the entries behind events before their lines are written.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::source::ExportSource;
use crate::blocking::failure::Failure;
use crate::event_log::EventId;
use crate::limits::MAX_PAGE_BYTES;
use crate::state::Worker;
use crate::storage::Page;
use crate::transcript::TranscriptRole;

/// Entries are read ahead of their lines until they take so many bytes, or one of them does …
const MOST_BYTES: usize = MAX_PAGE_BYTES;
/// … and so many more for each Worker: the more there are, the less of each one's record is of use before it is read anew.
const WORKER_BYTES: usize = 2 * 1024;
/// … up to so many Workers.
const MOST_WORKERS: usize = 24 * 1024;
/// What an entry and its event take beside its content, about.
const ENTRY_BYTES: usize = 96;
/// A page has about so many bytes at the most: the records that it is read from stay in memory until it was.
const PAGE_BYTES: u64 = 1024 * 1024;
/// How much an entry is thought to take before any was read, and how many are read first to know better.
const SUPPOSED_BYTES: u64 = 320;
const SAMPLE_ENTRIES: u64 = 16;

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
/// need is read Worker by Worker. Where that is more than was thought, each Worker has its share of the room.
#[derive(Debug)]
pub(super) struct ReadAhead {
    speakers: BTreeMap<u32, Speaker>,
    /// Those who speak in the window, as stores have them: neighbours often are in the same record.
    order: Vec<u32>,
    /// Every other window is read from its end, where the cache still has what the one before read last.
    is_backwards: bool,
    /// Entries of the window that were not read so far.
    unread: u64,
    /// How many bytes may wait.
    most: usize,
    /// Bytes that wait.
    bytes: usize,
    /// Entries that were read and what they take, to know how much an entry does.
    seen: (u64, u64),
}

impl ReadAhead {
    /// For a runtime that has so many Workers.
    pub(super) fn new(workers: usize) -> Self {
        Self {
            speakers: BTreeMap::new(),
            order: Vec::new(),
            is_backwards: true,
            unread: 0,
            most: MOST_BYTES + workers.min(MOST_WORKERS) * WORKER_BYTES,
            bytes: 0,
            seen: (1, SUPPOSED_BYTES),
        }
    }

    /// How many entries there is room for while none waits, with some to spare: few that have none are read as slowly as all.
    pub(super) fn room(&self) -> u64 {
        (self.most - self.most / 16) as u64 / self.length()
    }

    /// Notes how much entries take.
    fn see(&mut self, entries: u64, bytes: usize) {
        self.seen = (self.seen.0 + entries, self.seen.1 + bytes as u64);
    }

    /// How much an entry takes.
    fn length(&self) -> u64 {
        let (entries, bytes) = self.seen;
        (bytes / entries).max(1)
    }

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

    /// Learns from the first entries of one who speaks in the window how much one takes, unless some were read.
    pub(super) fn sample(&mut self, source: &mut impl ExportSource) -> Result<(), Failure> {
        let Some(worker) = self.order.first().filter(|_| self.seen.0 == 1) else {
            return Ok(());
        };
        let (mut entries, mut bytes) = (0, 0);
        source.ask(|runtime| {
            (entries, bytes) = (0, 0);
            let length = runtime.state.worker(*worker).map_or(0, Worker::transcript_len);
            let page = runtime.visit_transcript(*worker, 0, SAMPLE_ENTRIES.min(length), |entry| {
                entries += 1;
                bytes += entry.content.len() + ENTRY_BYTES;
            })?;
            Ok(visited(page))
        })?;
        self.see(entries, bytes);
        Ok(())
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
        self.bytes -= entry.content.len() + ENTRY_BYTES;
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
        let length = self.length();
        let room = (self.most.saturating_sub(self.bytes) as u64) / length;
        let share = if self.unread <= room { speaker.wanted } else { speaker.wanted * room / self.unread };
        share.min((PAGE_BYTES / length).max(1))
    }

    /// Reads some entries of a Worker, as far as there is room for them.
    fn read(&mut self, source: &mut impl ExportSource, worker: u32, wanted: u64) -> Result<(), Failure> {
        let start = self.speakers.entry(worker).or_default().read;
        let room = self.most.saturating_sub(self.bytes);
        let (mut entries, mut bytes) = (VecDeque::new(), 0);
        source.ask(|runtime| {
            entries.clear();
            bytes = 0;
            let mut is_full = false;
            let page = runtime.visit_transcript(worker, start, wanted, |entry| {
                let taken = entry.content.len() + ENTRY_BYTES;
                is_full |= !entries.is_empty() && bytes + taken > room;
                if !is_full {
                    bytes += taken;
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
        self.see(read, bytes);
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
