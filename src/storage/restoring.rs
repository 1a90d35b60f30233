//! A restoration under way: what it reads, and how far it has gone through it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::commit::Token;
use super::key;
use super::need::{Need, met};
use super::parts::join_parts;
use super::record::{Seed, unseal};
use super::root::{DisplayName, Root, RunInfo};
use crate::error::Result;
use crate::sorted::{SortedMap, sort};

/// What was read so far, and what of it was gone through.
#[derive(Clone, Debug)]
pub(crate) struct Restoring {
    pub(crate) wanted: Vec<Need>,
    pub(crate) records: SortedMap<String, Vec<u8>>,
    pub(crate) stage: Stage,
    /// How many batches, directories or records of the stage are done.
    pub(crate) done: usize,
    /// How many Workers of a batch that is not.
    pub(crate) of_batch: usize,
    /// The head that the last commit made of those that are done.
    pub(crate) last: Token,
}

/// What is gone through, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Beginning,
    Catalog,
    Standing,
    Receipts,
    Tail,
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
        let last = root.sealed;
        Self { wanted, records: SortedMap::default(), stage: Stage::Beginning, done: 0, of_batch: 0, last }
    }

    pub(crate) fn provide(&mut self, seed: Seed, gte: &str, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        for (key, value) in records {
            let body = unseal(seed, &key, &value)?.to_vec();
            self.records.insert(key, body);
        }
        met(&mut self.wanted, gte);
        Ok(())
    }

    /// The records whose keys go on after `prefix`.
    pub(crate) fn under(&self, prefix: &str) -> &[Record] {
        let end = key::end_of(prefix);
        self.records.range(prefix..end.as_str())
    }

    /// Those of them that are not done.
    pub(crate) fn rest(&self, prefix: &str) -> &[Record] {
        self.under(prefix).get(self.done..).unwrap_or_default()
    }
}

/// A key, and what the record holds.
pub(crate) type Record = (String, Vec<u8>);

/// The records that begin `records` and are of one thing.
pub(crate) fn first_of<'a>(records: &'a [Record], same: &dyn Fn(&str) -> bool) -> &'a [Record] {
    &records[..records.iter().take_while(|(key, _)| same(key)).count()]
}

pub(crate) fn join(parts: &[Record], key: &dyn Fn(usize) -> String) -> Result<Vec<u8>> {
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
