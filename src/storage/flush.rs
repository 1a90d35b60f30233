//! Flushing: everything that was committed last becomes a run, a segment of events, and what the Worker table says of it.

use alloc::string::String;
use alloc::vec::Vec;

use super::catalog_pages::{CatalogBatch, encode_receipts, encode_requests};
use super::changes::{Flushed, Pending};
use super::commit::{Ops, Token};
use super::directory::{self, DirectoryEntry, Piece};
use super::event_segment::{SegmentWriter, StoredEvent};
use super::key;
use super::parts::put_parts;
use super::piece::{StoredEntry, Text, put_group, size_of};
use super::record::{Kind, Seed, seal};
use super::root::{Root, RunInfo};
use super::sizes::Sizes;
use super::store::Store;
use crate::history::{Resident, ResidentKind};
use crate::limits::REMEMBERED_OPERATIONS;
use crate::sorted::SortedMap;
use crate::state::State;

/// Writes sorted entries as the records of a run or of a Worker's settled segments.
pub(crate) struct PieceWriter {
    seed: Seed,
    part_bytes: usize,
    kind: Kind,
    body: Vec<u8>,
    last: (u32, u64),
    /// Bytes of the records written so far.
    pub(crate) bytes: u64,
}

impl PieceWriter {
    pub(crate) fn new(seed: Seed, part_bytes: usize, kind: Kind) -> Self {
        Self { seed, part_bytes, kind, body: Vec::new(), last: (0, 0), bytes: 0 }
    }

    /// Appends consecutive entries of one Worker; `key` makes a record's key of its last entry.
    pub(crate) fn push(
        &mut self,
        ops: &mut Ops,
        key: &dyn Fn(u32, u64) -> String,
        worker: u32,
        entries: &[StoredEntry<'_>],
    ) {
        let mut rest = entries;
        while !rest.is_empty() {
            let mut size = self.body.len() + 24;
            let mut fitting = 0;
            while let Some(entry) = rest.get(fitting) {
                size += size_of(entry);
                if size > self.part_bytes && (fitting > 0 || !self.body.is_empty()) {
                    break;
                }
                fitting += 1;
            }
            let (group, later) = rest.split_at(fitting);
            if let Some(last) = group.last() {
                put_group(&mut self.body, worker, group);
                self.last = (worker, last.sequence);
            }
            rest = later;
            if !rest.is_empty() {
                self.close(ops, key);
            }
        }
    }

    /// Ends the record that is being written.
    pub(crate) fn close(&mut self, ops: &mut Ops, key: &dyn Fn(u32, u64) -> String) {
        if self.body.is_empty() {
            return;
        }
        let key = key(self.last.0, self.last.1);
        let value = seal(self.seed, &key, self.kind, &self.body);
        self.bytes += value.len() as u64;
        ops.put(key, value);
        self.body.clear();
    }
}

/// Writes a directory and tells its parts.
pub(crate) fn put_directory(
    ops: &mut Ops,
    seed: Seed,
    part_bytes: usize,
    run: u64,
    first_fragment: u64,
    entries: &[DirectoryEntry],
) -> u64 {
    // An entry takes at most 46 bytes.
    let mut fragment = first_fragment;
    for part in entries.chunks((part_bytes / 46).max(1)) {
        let key = key::directory(run, fragment);
        let value = seal(seed, &key, Kind::Directory, &directory::encode(part));
        ops.put(key, value);
        fragment += 1;
    }
    fragment - first_fragment
}

impl Flushed {
    pub(crate) fn apply(self, store: &mut Store, state: &mut State) {
        for &(worker, _) in state.dirty.take().unwrap_or_default().iter() {
            if let Some(worker) = state.workers.get_mut(worker as usize - 1) {
                let end = worker.transcript_len();
                if !worker.entries.is_empty() {
                    worker.pieces.push(Piece { run: self.run, end });
                }
                worker.stored = end;
                worker.entries = Vec::new();
            }
        }
        state.dirty = Some(Default::default());
        state.history.drop_before(self.root.next_event);
        state.receipts.fresh = 0;
        store.unflushed.move_to(&mut store.garbage);
        store.swept(self.swept);
        store.is_short_of_room = false;
        store.catalog = self.catalog;
        store.receipt_parts = self.receipt_parts;
        store.tail = self.root.tail;
        store.chain = self.root.chain;
        store.root = self.root;
        store.root_changed = false;
        store.layout += 1;
    }
}

/// A text as it is stored: where it is long, in records of its own that are written here.
fn stored_text<'a>(ops: &mut Ops, seed: Seed, sizes: &Sizes, event: u64, text: &'a str) -> Text<'a> {
    if text.len() <= sizes.inline_bytes {
        return Text::Here(text.as_bytes());
    }
    put_parts(ops, seed, sizes.part_bytes, Kind::Blob, text.as_bytes(), &|part| key::blob(event, part));
    Text::Apart(text.len() as u64)
}

/// The commit that flushes everything there is.
pub(crate) fn flush(store: &mut Store, state: &State, token: Token) -> Ops {
    let mut ops = Ops::default();
    let seed = store.seed;
    let sizes = store.sizes;
    let mut root = store.root.clone();
    let mut fresh_id = || {
        root.next_id += 1;
        root.next_id - 1
    };
    let run = fresh_id();
    let catalog_id = fresh_id();
    let receipts_id = fresh_id();

    let mut blobs = Ops::default();
    let mut entries = Vec::new();
    let mut directory = Vec::new();
    let mut writer = PieceWriter::new(seed, sizes.part_bytes, Kind::Run);
    let run_key = |worker, end| key::run(run, worker, end);
    let dirty = state.dirty.as_ref().map_or(&[][..], SortedMap::entries);
    for &(number, _) in dirty {
        let Some(worker) = state.worker(number) else {
            continue;
        };
        entries.clear();
        for (sequence, &event) in (worker.stored + 1..).zip(&worker.entries) {
            if let Some(Resident { kind: ResidentKind::Entry(role), at, text, .. }) = state.history.get(event)
            {
                let text = stored_text(&mut blobs, seed, &sizes, event, text.unwrap_or_default());
                entries.push(StoredEntry { sequence, role, event, at, text });
            }
        }
        writer.push(&mut ops, &run_key, number, &entries);
        directory.push(DirectoryEntry {
            worker: number,
            status: worker.status,
            settled: worker.settled,
            from: worker.stored,
            end: worker.transcript_len(),
            last_event: worker.last_event,
        });
    }
    writer.close(&mut ops, &run_key);
    let bytes = writer.bytes;
    if !directory.is_empty() {
        let fragments = put_directory(&mut ops, seed, sizes.part_bytes, run, 0, &directory);
        root.runs.push(RunInfo { id: run, tier: 1, bytes, fragments: (0, fragments) });
    }
    put_events(&mut ops, &mut blobs, seed, &sizes, state, root.next_event);
    ops.append(blobs);

    let catalog = put_catalog(&mut ops, store, state, catalog_id);
    let receipt_parts = put_receipts(&mut ops, &mut root, store, state, receipts_id);

    root.next_chunk = store.next_chunk;
    root.chain = if store.root_changed { store.chain.follow_loss() } else { store.chain };
    root.next_event = state.history.next_event();
    root.workers = state.workers.len() as u32;
    root.stopped = state.stopped;
    (root.token, root.sealed, root.tail) = (token, token, token);
    let swept = store.sweep(&mut ops, &mut root, store.unflushed.chunks());
    root.put(&mut ops);
    store.pending = Some(Pending::Flush(Flushed { root, run, swept, catalog, receipt_parts }));
    ops
}

fn put_events(ops: &mut Ops, blobs: &mut Ops, seed: Seed, sizes: &Sizes, state: &State, first: u64) {
    let mut close = |writer: SegmentWriter| {
        if let Some((last, body)) = writer.finish() {
            let key = key::events(last);
            let value = seal(seed, &key, Kind::Events, &body);
            ops.put(key, value);
        }
    };
    let mut writer = SegmentWriter::new(first);
    for event in state.history.range(first, u64::MAX) {
        let text = match event.kind {
            ResidentKind::Entry(_) => None,
            ResidentKind::Event(_) => event.text.map(|text| stored_text(blobs, seed, sizes, event.id, text)),
        };
        let size =
            24 + event.text.filter(|_| text.is_some()).map_or(0, |text| text.len().min(sizes.inline_bytes));
        if writer.len() > 0 && writer.len() + size > sizes.part_bytes {
            close(core::mem::replace(&mut writer, SegmentWriter::new(event.id)));
        }
        let kind = event.kind.event_kind();
        writer.push(&StoredEvent { id: event.id, kind, worker: event.worker, at: event.at, text });
    }
    close(writer);
}

fn put_catalog(ops: &mut Ops, store: &Store, state: &State, id: u64) -> Option<CatalogBatch> {
    let mut first = store.root.workers + 1;
    if state.workers.len() < first as usize {
        return store.catalog;
    }
    if let Some(small) = store.catalog.filter(|batch| batch.bytes < store.sizes.batch_bytes) {
        for part in 0..small.parts {
            ops.delete(key::catalog(small.first, small.id, part));
        }
        first = small.first;
    }
    let requests = state.workers[first as usize - 1..].iter().map(|worker| &*worker.request);
    let encoded = encode_requests(requests);
    let parts = put_parts(ops, store.seed, store.sizes.part_bytes, Kind::Catalog, &encoded, &|part| {
        key::catalog(first, id, part)
    });
    Some(CatalogBatch { first, id, parts, bytes: encoded.len() })
}

fn put_receipts(ops: &mut Ops, root: &mut Root, store: &Store, state: &State, id: u64) -> Vec<usize> {
    let mut parts = store.receipt_parts.clone();
    let mut count = state.receipts.fresh;
    if count == 0 {
        return parts;
    }
    let mut drop_oldest = |root: &mut Root, parts: &mut Vec<usize>| {
        let (batch, _) = root.receipts.remove(0);
        for part in 0..parts.remove(0) {
            ops.delete(key::receipts(batch, part));
        }
    };
    let newer = |root: &Root| root.receipts.iter().skip(1).map(|(_, count)| *count as usize).sum::<usize>();
    while !root.receipts.is_empty() && newer(root) + count >= REMEMBERED_OPERATIONS {
        drop_oldest(root, &mut parts);
    }
    if root.receipts.len() >= store.sizes.receipt_batches {
        while !root.receipts.is_empty() {
            drop_oldest(root, &mut parts);
        }
        count = state.receipts.len();
    }
    let encoded = encode_receipts(state.receipts.last(count));
    parts.push(put_parts(ops, store.seed, store.sizes.part_bytes, Kind::Receipts, &encoded, &|part| {
        key::receipts(id, part)
    }));
    root.receipts.push((id, count as u64));
    parts
}
