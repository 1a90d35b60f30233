//! Restoring: the Worker table and what was committed last, read and verified.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::catalog_pages::{decode_receipts, decode_requests};
use super::chunk::{self, Chunk};
use super::directory::{self, DirectoryEntry};
use super::key;
use super::parts::join_parts;
use super::record::{ENVELOPE, Seed, unseal};
use super::root::{DisplayName, Root, RunInfo};
use super::store::{CatalogBatch, Need, Piece, Store, StoredChunk, met};
use crate::diagnostics::DiagnosticKind;
use crate::error::{Error, Result};
use crate::history::History;
use crate::identity::WorkerId;
use crate::lifecycle::WorkerStatus;
use crate::runtime::Runtime;
use crate::sorted::{SortedMap, sort};
use crate::state::{Remark, State, Worker};

/// What was read so far.
#[derive(Clone, Debug)]
pub(crate) struct Restoring {
    wanted: Vec<Need>,
    records: SortedMap<String, Vec<u8>>,
}

impl Restoring {
    pub(crate) fn new(root: &Root) -> Self {
        let need = |gte: String, lt: &str| Need { gte, lt: lt.to_owned(), limit: None };
        let mut wanted = vec![need(key::chunks_from(root.next_chunk), "c0"), need("w/".to_owned(), "w0")];
        for (first, last) in directories(root) {
            let end = key::directory(last.id, last.fragments.1);
            wanted.push(need(key::directory(first.id, first.fragments.0), &end));
        }
        // The oldest batches are deleted first.
        if let (Some(&(first, _)), Some(&(last, _))) = (root.receipts.first(), root.receipts.last()) {
            wanted.push(need(key::receipts_prefix(first), &key::end_of(&key::receipts_prefix(last))));
        }
        if matches!(root.display_name, DisplayName::Apart(_)) {
            wanted.push(need("n/".to_owned(), "n0"));
        }
        Self { wanted, records: SortedMap::default() }
    }

    pub(crate) fn provide(&mut self, seed: Seed, gte: &str, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        for (key, value) in records {
            let body = unseal(seed, &key, &value)?.to_vec();
            self.records.insert(key, body);
        }
        met(&mut self.wanted, gte);
        Ok(())
    }

    fn under(&self, prefix: &str) -> &[Record] {
        let end = key::end_of(prefix);
        self.records.range(prefix..end.as_str())
    }
}

/// A key, and what the record holds.
type Record = (String, Vec<u8>);

/// The records that begin `records` and are of one thing, and the rest.
fn first_of<'a>(records: &'a [Record], same: &dyn Fn(&str) -> bool) -> (&'a [Record], &'a [Record]) {
    records.split_at(records.iter().take_while(|(key, _)| same(key)).count())
}

fn join(parts: &[Record], key: &dyn Fn(usize) -> String) -> Result<Vec<u8>> {
    join_parts(&mut parts.iter().map(|(key, body)| (key.as_str(), &body[..])), key)
}

/// Runs whose ids are no further apart are read together.
const NEAR_IDS: u64 = 32;

/// The first and last runs of each range of directories to be read. Between them lie at most `NEAR_IDS` ids of runs
/// that were merged: hosts may keep marks of what was deleted, and to pass over those of a whole history would take
/// longer the longer it is.
fn directories(root: &Root) -> Vec<(RunInfo, RunInfo)> {
    let mut runs = root.runs.clone();
    runs.extend(root.job.as_ref().map(|job| job.output));
    let mut by_id = Vec::new();
    for (place, run) in runs.iter().enumerate() {
        if run.fragments.0 < run.fragments.1 {
            by_id.push((run.id, place));
        }
    }
    sort(&mut by_id);
    let mut ranges: Vec<(RunInfo, RunInfo)> = Vec::new();
    for (_, place) in by_id {
        let run = runs[place];
        match ranges.last_mut() {
            Some((_, last)) if run.id - last.id <= NEAR_IDS => *last = run,
            _ => ranges.push((run, run)),
        }
    }
    ranges
}

fn malformed(key: &str) -> Box<Error> {
    Error::corrupt(key, "its body is malformed")
}

fn missing(key: String) -> Box<Error> {
    Error::StorageMissing { key }.boxed()
}

impl Runtime {
    /// Reads a store that was taken over: `false` while records are needed, see [`needs`](Self::needs). With
    /// `loss_accepted` the opening is remarked in the diagnostics.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`], [`Error::StorageMissing`] with the key of what is wrong. The runtime is then of no use.
    pub fn restore(&mut self, loss_accepted: bool) -> Result<bool> {
        let Some(store) = &mut self.store else {
            return Ok(true);
        };
        let Some(restoring) = store.restoring.take() else {
            return Ok(true);
        };
        if !restoring.wanted.is_empty() {
            store.needs.clone_from(&restoring.wanted);
            store.restoring = Some(restoring);
            return Ok(false);
        }
        store.needs.clear();
        restore_state(&mut self.state, store, &restoring)?;
        restore_tail(&mut self.state, store, &restoring)?;
        restore_losses(&mut self.state, &store.root)?;
        if loss_accepted {
            store.root.losses.push(self.state.remarks.len() as u64);
            self.state.remarks.push(Remark { kind: DiagnosticKind::LossAccepted, worker: 0 });
            store.root_changed = true;
        }
        Ok(true)
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

fn restore_state(state: &mut State, store: &mut Store, restoring: &Restoring) -> Result<()> {
    let root = &store.root;
    state.display_name = match &root.display_name {
        DisplayName::Here(name) => name.clone(),
        DisplayName::Apart(bytes) => {
            let joined = join(restoring.under("n/"), &key::name)?;
            if (joined.len() as u64) < *bytes {
                return Err(missing(key::name(restoring.under("n/").len())));
            }
            Some(String::from_utf8(joined).map_err(|_| malformed(&key::name(0)))?)
        }
    };
    state.stopped = root.stopped;
    state.history = History::starting_at(root.next_event);
    store.catalog = restore_catalog(state, root, restoring)?;
    restore_standing(state, root, restoring)?;
    for worker in &state.workers {
        state.by_status[worker.status as usize] += 1;
    }
    for &(batch, count) in &root.receipts {
        let prefix = key::receipts_prefix(batch);
        let first = key::receipts(batch, 0);
        let parts = restoring.under(&prefix);
        if parts.is_empty() {
            return Err(missing(first));
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
    }
    if let Some(stray) = restoring
        .under("o/")
        .iter()
        .map(|(key, _)| key)
        .find(|key| !root.receipts.iter().any(|(batch, _)| key::number(key, 1) == Some(*batch)))
    {
        return Err(Error::corrupt(stray, "it belongs to nothing"));
    }
    state.receipts.fresh = 0;
    state.dirty = Some(SortedMap::default());
    Ok(())
}

/// The Workers, in order and without a hole.
fn restore_catalog(state: &mut State, root: &Root, restoring: &Restoring) -> Result<Option<CatalogBatch>> {
    let mut last = None;
    let mut records = restoring.under("w/");
    while let Some((first_key, _)) = records.first() {
        let batch = |key: &str| (key::number(key, 1), key::number(key, 2));
        let found = batch(first_key);
        let id = found.1.ok_or_else(|| malformed(first_key))?;
        let first = state.workers.len() as u32 + 1;
        let (parts, rest) = first_of(records, &|key| batch(key) == found);
        records = rest;
        let joined = join(parts, &|part| key::catalog(first, id, part))?;
        let requests = decode_requests(&joined).map_err(|_| malformed(first_key))?;
        for request in requests {
            state.restore_worker(request).map_err(|_| malformed(first_key))?;
        }
        last = Some(CatalogBatch { first, id, parts: parts.len(), bytes: joined.len() });
    }
    if state.workers.len() != root.workers as usize {
        let first = state.workers.len() as u32 + 1;
        return Err(missing(key::catalog_prefix(first)));
    }
    Ok(last)
}

/// How each Worker stands and where its entries are.
fn restore_standing(state: &mut State, root: &Root, restoring: &Restoring) -> Result<()> {
    let mut runs = Vec::new();
    for (place, run) in root.runs.iter().enumerate() {
        let job = root.job.as_ref().filter(|job| job.inputs.contains(&place));
        // What a merge has written so far goes before what it has yet to read.
        if let Some(job) = job.filter(|job| job.inputs.start == place) {
            runs.push((job.output.id, job.output.fragments, None));
        }
        runs.push((run.id, run.fragments, job.map(|job| job.next_worker)));
    }
    let is_known = |key: &str| match (key::number(key, 1), key::number(key, 2)) {
        (Some(id), Some(part)) => {
            runs.iter().any(|(run, parts, _)| *run == id && (parts.0..parts.1).contains(&part))
        }
        _ => false,
    };
    if let Some((stray, _)) = restoring.under("d/").iter().find(|(key, _)| !is_known(key)) {
        return Err(Error::corrupt(stray, "it belongs to no run"));
    }
    let read = |run: u64, fragment: u64| -> Result<Vec<DirectoryEntry>> {
        let key = key::directory(run, fragment);
        let body = restoring.records.get(&key).ok_or_else(|| missing(key.clone()))?;
        let entries = directory::decode(body).map_err(|_| malformed(&key))?;
        if entries.iter().any(|entry| entry.worker > root.workers) {
            return Err(malformed(&key));
        }
        Ok(entries)
    };
    for &(run, fragments, _) in &runs {
        for fragment in fragments.0..fragments.1 {
            for entry in read(run, fragment)? {
                let worker = &mut state.workers[entry.worker as usize - 1];
                worker.settled = worker.settled.max(entry.settled);
            }
        }
    }
    let mut seen = vec![false; state.workers.len()];
    for &(run, fragments, from_worker) in &runs {
        for fragment in fragments.0..fragments.1 {
            for entry in read(run, fragment)? {
                // A Worker that a merge is done with has nothing in its inputs any more; the one it is at may be done in part.
                if from_worker.is_some_and(|next| entry.worker < next) {
                    continue;
                }
                let in_part = from_worker == Some(entry.worker);
                let index = entry.worker as usize - 1;
                let worker = &mut state.workers[index];
                seen[index] = true;
                worker.status = entry.status;
                worker.last_event = entry.last_event;
                let before = worker.pieces.last().map_or(worker.settled, |piece| piece.end);
                if entry.from == entry.end || entry.end <= worker.settled || in_part && entry.end <= before {
                    continue;
                }
                let from = if in_part { entry.from.max(before) } else { entry.from.max(worker.settled) };
                if from != before {
                    return Err(Error::corrupt(
                        &key::directory(run, fragment),
                        "it leaves a hole in a transcript",
                    ));
                }
                match worker.pieces.last_mut() {
                    Some(last) if last.run == run => last.end = entry.end,
                    _ => worker.pieces.push(Piece { run, end: entry.end }),
                }
            }
        }
    }
    if let Some(index) = seen.iter().position(|seen| !seen) {
        return Err(missing(["d/ of ", &WorkerId::from_number(index as u32 + 1).text()].concat()));
    }
    for worker in &mut state.workers {
        worker.stored = worker.pieces.last().map_or(worker.settled, |piece| piece.end);
    }
    Ok(())
}

/// What was committed after the root was brought up to date.
fn restore_tail(state: &mut State, store: &mut Store, restoring: &Restoring) -> Result<()> {
    let root = &store.root;
    let mut last = root.sealed;
    let mut chain = root.chain;
    let mut number = root.next_chunk;
    let mut records = restoring.under("c/");
    while let Some((first_key, _)) = records.first() {
        let found = key::number(first_key, 1);
        let (parts, rest) = first_of(records, &|key| key::number(key, 1) == found);
        records = rest;
        let joined = join(parts, &|part| key::chunk(number, part))?;
        let Ok(Chunk { token, chain: stored_chain, first_event, entries }) = chunk::decode(&joined) else {
            // All parts are whole; what is short is their number.
            return Err(missing(key::chunk(number, parts.len())));
        };
        chain = chain.follow(entries);
        if chain != stored_chain || first_event != state.history.next_event() {
            return Err(Error::corrupt(first_key, "it does not follow the one before it"));
        }
        state.apply(entries).map_err(|_| malformed(first_key))?;
        let stored = parts.iter().map(|(key, body)| key.len() + ENVELOPE + body.len()).sum();
        store.chunks.push(StoredChunk { number, parts: parts.len(), bytes: entries.len(), stored });
        last = token;
        number += 1;
    }
    if last != root.tail {
        return Err(missing(key::chunk(number, 0)));
    }
    store.next_chunk = number;
    store.chain = chain;
    store.tail = root.tail;
    Ok(())
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
