//! Restoring: the Worker table and what was committed last, read and verified.

use alloc::boxed::Box;
use alloc::string::String;

use super::catalog_pages::{CatalogBatch, decode_receipts, decode_requests};
use super::chunk::{self, Chunk};
use super::directory;
use super::key;
use super::record::ENVELOPE;
use super::restoring::{Restoring, Stage, first_of, join};
use super::root::{DisplayName, Root};
use super::standing;
use super::store::Store;
use super::tail::StoredChunk;
use crate::diagnostics::DiagnosticKind;
use crate::error::{Error, Result};
use crate::history::History;
use crate::lifecycle::WorkerStatus;
use crate::runtime::Runtime;
use crate::sorted::SortedMap;
use crate::state::{Remark, State, Worker};

/// How far a restoration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Records are needed first.
    Needs,
    /// A part of what was read is gone through; it goes on from there.
    Part,
    /// It has come to its end.
    Whole,
}

/// A part ends once it has come to so many Workers, entries of directories and log entries: a moment for a page that does
/// something else beside.
const PART: usize = 2_048;

fn malformed(key: &str) -> Box<Error> {
    Error::corrupt(key, "its body is malformed")
}

/// Runtimes with a [store](crate::storage): reading it after it was taken over.
impl Runtime {
    /// Reads a store that was taken over: `false` while records are needed, see [`needs`](Self::needs). With
    /// `loss_accepted` the opening is remarked in the diagnostics.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`], [`Error::StorageMissing`] with the key of what is wrong. The runtime is then of no use.
    pub fn restore(&mut self, loss_accepted: bool) -> Result<bool> {
        loop {
            match self.restore_part(loss_accepted)? {
                Restored::Part => {}
                restored => return Ok(restored == Restored::Whole),
            }
        }
    }

    /// The same a part at a time, for a host that is not to be held up for long.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn restore_part(&mut self, loss_accepted: bool) -> Result<Restored> {
        let Some(store) = &mut self.store else {
            return Ok(Restored::Whole);
        };
        let Some(mut restoring) = store.restoring.take() else {
            return Ok(Restored::Whole);
        };
        if !restoring.wanted.is_empty() {
            store.needs.clone_from(&restoring.wanted);
            store.restoring = Some(restoring);
            return Ok(Restored::Needs);
        }
        store.needs.clear();
        if !restoring.go_on(&mut self.state, store)? {
            store.restoring = Some(restoring);
            return Ok(Restored::Part);
        }
        restore_losses(&mut self.state, &store.root)?;
        if loss_accepted {
            store.root.losses.push(self.state.remarks.len() as u64);
            self.state.remarks.push(Remark { kind: DiagnosticKind::LossAccepted, worker: 0 });
            store.root_changed = true;
        }
        Ok(Restored::Whole)
    }
}

impl Restoring {
    /// Goes through one part; whether nothing is left.
    fn go_on(&mut self, state: &mut State, store: &mut Store) -> Result<bool> {
        let mut gone_through = 0;
        while gone_through < PART {
            let step = match self.stage {
                Stage::Beginning => self.begin(state, &store.root).map(|()| None)?,
                Stage::Catalog => self.catalog_batch(state, store)?,
                Stage::Standing => self.standing(state, &store.root)?,
                Stage::Receipts => self.receipts_batch(state, store)?,
                Stage::Tail => self.chunk(state, store)?,
            };
            match (step, self.stage) {
                (Some(count), _) => gone_through += count,
                (None, Stage::Tail) => return Ok(true),
                (None, stage) => {
                    self.done = 0;
                    self.stage = match stage {
                        Stage::Beginning => Stage::Catalog,
                        Stage::Catalog => Stage::Standing,
                        Stage::Standing => Stage::Receipts,
                        Stage::Receipts | Stage::Tail => Stage::Tail,
                    };
                }
            }
        }
        Ok(false)
    }
}

/// Puts the remarks on accepted losses between those that follow from the Workers, which must all be there.
fn restore_losses(state: &mut State, root: &Root) -> Result<()> {
    for &place in &root.losses {
        let place = usize::try_from(place).ok().filter(|place| *place <= state.remarks.len());
        let place = place.ok_or_else(|| malformed(key::ROOT))?;
        state.remarks.insert(place, Remark { kind: DiagnosticKind::LossAccepted, worker: 0 });
    }
    Ok(())
}

impl Restoring {
    /// What is neither in batches nor in directories.
    fn begin(&self, state: &mut State, root: &Root) -> Result<()> {
        state.display_name = match &root.display_name {
            DisplayName::Here(name) => name.clone(),
            DisplayName::Apart(bytes) => {
                let joined = join(self.under("n/"), &key::name)?;
                if (joined.len() as u64) < *bytes {
                    return Err(Error::missing(key::name(self.under("n/").len())));
                }
                Some(String::from_utf8(joined).map_err(|_| malformed(&key::name(0)))?)
            }
        };
        state.stopped = root.stopped;
        state.history = History::starting_at(root.next_event);
        Ok(())
    }

    /// Workers of the next batch, in order and without a hole.
    fn catalog_batch(&mut self, state: &mut State, store: &mut Store) -> Result<Option<usize>> {
        let records = self.rest("w/");
        let Some((first_key, _)) = records.first() else {
            if state.workers.len() != store.root.workers as usize {
                let first = state.workers.len() as u32 + 1;
                return Err(Error::missing(key::catalog_prefix(first)));
            }
            return Ok(None);
        };
        let batch = |key: &str| (key::number(key, 1), key::number(key, 2));
        let found = batch(first_key);
        let id = found.1.ok_or_else(|| malformed(first_key))?;
        let first = (state.workers.len() - self.of_batch) as u32 + 1;
        let parts = first_of(records, &|key| batch(key) == found);
        let joined = join(parts, &|part| key::catalog(first, id, part))?;
        let requests = decode_requests(&joined).map_err(|_| malformed(first_key))?;
        let rest = &requests[self.of_batch..];
        let count = rest.len().min(PART);
        for request in &rest[..count] {
            state.restore_worker(request).map_err(|_| malformed(first_key))?;
        }
        if count < rest.len() {
            self.of_batch += count;
        } else {
            store.catalog = Some(CatalogBatch { first, id, parts: parts.len(), bytes: joined.len() });
            self.done += parts.len();
            self.of_batch = 0;
        }
        Ok(Some(count))
    }

    /// What the next directory says of its Workers.
    fn standing(&mut self, state: &mut State, root: &Root) -> Result<Option<usize>> {
        let fragments = standing::fragments(root);
        let Some(fragment) = fragments.get(self.done) else {
            let is_known = |key: &str| {
                let of = (key::number(key, 1), key::number(key, 2));
                fragments.iter().any(|known| of == (Some(known.run), Some(known.number)))
            };
            if let Some((stray, _)) = self.under("d/").iter().find(|(key, _)| !is_known(key)) {
                return Err(Error::corrupt(stray, "it belongs to no run"));
            }
            standing::make_up(state)?;
            return Ok(None);
        };
        let key = key::directory(fragment.run, fragment.number);
        let body = self.records.get(&key).ok_or_else(|| Error::missing(key.clone()))?;
        let entries = directory::decode(body).map_err(|_| malformed(&key))?;
        for entry in &entries {
            let worker = state.workers.get_mut(entry.worker as usize - 1).ok_or_else(|| malformed(&key))?;
            fragment.note(worker, entry);
        }
        self.done += 1;
        Ok(Some(entries.len()))
    }

    /// The next batch of receipts.
    fn receipts_batch(&mut self, state: &mut State, store: &mut Store) -> Result<Option<usize>> {
        let root = &store.root;
        let Some(&(batch, count)) = root.receipts.get(self.done) else {
            let is_known =
                |key: &str| root.receipts.iter().any(|(batch, _)| key::number(key, 1) == Some(*batch));
            if let Some((stray, _)) = self.under("o/").iter().find(|(key, _)| !is_known(key)) {
                return Err(Error::corrupt(stray, "it belongs to nothing"));
            }
            state.receipts.fresh = 0;
            state.dirty = Some(SortedMap::default());
            return Ok(None);
        };
        let first = key::receipts(batch, 0);
        let parts = self.under(&key::receipts_prefix(batch));
        if parts.is_empty() {
            return Err(Error::missing(first));
        }
        let joined = join(parts, &|part| key::receipts(batch, part))?;
        let receipts = decode_receipts(&joined).map_err(|_| malformed(&first))?;
        if receipts.len() as u64 != count {
            return Err(malformed(&first));
        }
        for (key, receipt) in receipts {
            state.receipts.insert(key, receipt);
        }
        store.receipt_parts.push(parts.len());
        self.done += 1;
        Ok(Some(count as usize))
    }

    /// The next commit after the root was brought up to date.
    fn chunk(&mut self, state: &mut State, store: &mut Store) -> Result<Option<usize>> {
        let (number, records) = (store.next_chunk, self.rest("c/"));
        let Some((first_key, _)) = records.first() else {
            if self.last != store.root.tail {
                return Err(Error::missing(key::chunk(number, 0)));
            }
            store.tail = self.last;
            return Ok(None);
        };
        let found = key::number(first_key, 1);
        let parts = first_of(records, &|key| key::number(key, 1) == found);
        let joined = join(parts, &|part| key::chunk(number, part))?;
        let Ok(Chunk { token, chain, first_event, entries }) = chunk::decode(&joined) else {
            // All parts are whole; what is short is their number.
            return Err(Error::missing(key::chunk(number, parts.len())));
        };
        if store.chain.follow(entries) != chain || first_event != state.history.next_event() {
            return Err(Error::corrupt(first_key, "it does not follow the one before it"));
        }
        state.apply(entries).map_err(|_| malformed(first_key))?;
        let stored = parts.iter().map(|(key, body)| key.len() + ENVELOPE + body.len()).sum();
        store.unflushed.push(StoredChunk { number, parts: parts.len(), bytes: entries.len(), stored });
        (store.next_chunk, store.chain) = (number + 1, chain);
        self.done += parts.len();
        self.last = token;
        Ok(Some((state.history.next_event() - first_event) as usize))
    }
}

impl State {
    fn restore_worker(&mut self, request: &[u8]) -> crate::codec::Decoded<()> {
        let number = self.workers.len() as u32 + 1;
        self.remark_on(request, number)?;
        let mut worker = Worker::new(request, 0);
        worker.status = WorkerStatus::Running;
        self.workers.push(worker);
        Ok(())
    }
}
