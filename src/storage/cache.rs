//! Verified records that were read lately, up to a configured number of bytes.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::event_segment::{self, StoredEvent};
use super::key;
use super::parts::join_parts;
use super::piece::{Group, StoredEntry};
use super::record::{Seed, unseal};
use crate::error::{Error, Result};
use crate::event_log::EventId;
use crate::sorted::{SortedMap, sort};

/// A record that was read through once.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Arc<[u8]>,
    /// For transcript entries and events: its groups, in order.
    groups: Arc<[Group]>,
}

impl Body {
    fn cost(&self) -> usize {
        self.bytes.len() + self.groups.len() * GROUP + OVERHEAD
    }

    /// Where the entries of a Worker are.
    pub(crate) fn group(&self, worker: u32) -> Option<&Group> {
        let index = self.groups.binary_search_by_key(&worker, |group| group.worker).ok()?;
        self.groups.get(index)
    }

    /// Bytes of one entry of a Worker, on average and rounded up.
    pub(crate) fn entry_bytes(&self, worker: u32) -> Option<u64> {
        let group = self.group(worker)?;
        Some(((group.place.1 - group.place.0) as u64).div_ceil(group.count))
    }

    /// Visits the entries of a Worker from one sequence to another, both included.
    pub(crate) fn visit<'a>(
        &'a self,
        worker: u32,
        sequences: (u64, u64),
        visit: &mut dyn FnMut(StoredEntry<'a>),
    ) {
        if let Some(group) = self.group(worker) {
            group.visit(&self.bytes, sequences, visit);
        }
    }

    /// Visits the events from one on until another.
    pub(crate) fn visit_events<'a>(
        &'a self,
        events: (EventId, EventId),
        visit: &mut dyn FnMut(StoredEvent<'a>),
    ) {
        event_segment::visit(&self.bytes, &self.groups, events, visit);
    }
}

#[derive(Clone, Debug)]
struct Cached {
    body: Body,
    /// The first entry as (Worker, sequence), or the first event as (0, id).
    first: (u32, u64),
    used: u64,
}

/// The cache.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    records: SortedMap<String, Cached>,
    bytes: usize,
    budget: usize,
    clock: u64,
    /// Bytes of one transcript entry, on average over the record that came last; 0 before there was one.
    pub(crate) entry_bytes: u64,
}

/// What one record costs beside its body, and each of its groups. Where addresses are shorter it is less: a budget keeps the
/// same records on every platform.
const OVERHEAD: usize = 128;
const GROUP: usize = 48;

impl Cache {
    pub(crate) fn new(budget: usize) -> Self {
        Self { records: SortedMap::default(), bytes: 0, budget, clock: 0, entry_bytes: 0 }
    }

    fn insert(&mut self, key: String, bytes: &[u8], groups: Vec<Group>, first: (u32, u64)) {
        self.clock += 1;
        self.remove(&key);
        let entries: u64 = groups.iter().filter(|group| group.worker > 0).map(|group| group.count).sum();
        self.entry_bytes =
            (bytes.len() as u64).checked_div(entries).map_or(self.entry_bytes, |mean| mean + 1);
        let body = Body { bytes: bytes.into(), groups: groups.into() };
        self.bytes += body.cost();
        self.records.insert(key, Cached { body, first, used: self.clock });
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Some(cached) = self.records.remove(key) {
            self.bytes -= cached.body.cost();
        }
    }

    /// The record that holds `target`, whose key is the first one from `from` on that starts with `prefix`.
    pub(crate) fn find(&mut self, prefix: &str, from: &str, target: (u32, u64)) -> Option<(String, Body)> {
        self.clock += 1;
        let clock = self.clock;
        let (key, cached) = self.records.first_from(from)?;
        if !key.starts_with(prefix) || cached.first > target {
            return None;
        }
        cached.used = clock;
        Some((key.clone(), cached.body.clone()))
    }

    /// The joined text of an event that is stored apart.
    pub(crate) fn blob(&mut self, event: u64) -> Option<Arc<[u8]>> {
        let prefix = key::blob_prefix(event);
        self.find(&prefix, &prefix, (0, event)).map(|(_, body)| body.bytes)
    }

    /// Drops what was used least lately until the budget holds.
    pub(crate) fn trim(&mut self) {
        self.trim_to(0);
    }

    /// The same, where so many bytes may stay even if the budget is less.
    pub(crate) fn trim_to(&mut self, floor: usize) {
        let budget = self.budget.max(floor);
        if self.bytes <= budget {
            return;
        }
        let mut by_age = Vec::new();
        for (_, cached) in self.records.iter() {
            by_age.push((cached.used, cached.body.cost()));
        }
        sort(&mut by_age);
        // No two were used at the same time.
        let mut kept_since = 0;
        for (used, cost) in by_age {
            if self.bytes <= budget {
                break;
            }
            self.bytes -= cost;
            kept_since = used + 1;
        }
        self.records.retain(|cached| cached.used >= kept_since);
    }

    /// Takes in what was read from `gte` on. The first record must hold what was asked for.
    pub(crate) fn provide(&mut self, seed: Seed, gte: &str, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        let missing = || Error::missing(gte.to_owned());
        if gte.starts_with("b/") {
            let event = key::number(gte, 1).ok_or_else(missing)?;
            if records.is_empty() {
                return Err(missing());
            }
            let mut parts = Vec::new();
            for (key, value) in &records {
                parts.push((key.as_str(), unseal(seed, key, value)?));
            }
            let joined = join_parts(&mut parts.into_iter(), &|part| key::blob(event, part))?;
            self.insert(key::blob_prefix(event), &joined, Vec::new(), (0, event));
            return Ok(());
        }
        let target = last_of(gte).ok_or_else(missing)?;
        let mut asked = true;
        for (key, value) in records {
            let body = unseal(seed, &key, &value)?;
            let (groups, first, last) =
                bounds(&key, body).ok_or_else(|| Error::corrupt(&key, "its body is malformed"))?;
            if last_of(&key) != Some(last) {
                return Err(Error::corrupt(&key, "it does not hold what its key says"));
            }
            if asked && first > target {
                return Err(missing());
            }
            asked = false;
            self.insert(key, body, groups, first);
        }
        if asked { Err(missing()) } else { Ok(()) }
    }
}

/// The last entry or event of the record of this key.
fn last_of(key: &str) -> Option<(u32, u64)> {
    let place = match key.as_bytes().first()? {
        b'e' => return Some((0, key::number(key, 1)?)),
        b't' => 1,
        _ => 2,
    };
    Some((key::number(key, place)?.try_into().ok()?, key::number(key, place + 1)?))
}

type Bounds = (Vec<Group>, (u32, u64), (u32, u64));

/// The first and the last entry or event of a body, once it was read through.
fn bounds(key: &str, body: &[u8]) -> Option<Bounds> {
    let is_of_events = key.starts_with("e/");
    let groups = if is_of_events { event_segment::groups(body) } else { Group::all(body) }.ok()?;
    let is_sorted = is_of_events || groups.windows(2).all(|pair| pair[0].worker < pair[1].worker);
    let (first, last) = (*groups.first()?, *groups.last()?);
    is_sorted.then_some((groups, (first.worker, first.first), (last.worker, last.end())))
}
