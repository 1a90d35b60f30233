//! What a host drives: finishing commits, regrouping in the background, reading what is needed.

use alloc::string::String;
use alloc::vec::Vec;

use super::changes::Pending;
use super::commit::{Ops, Token};
use super::flush::flush;
use super::merge;
use super::need::Need;
use super::store::Store;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::state::State;

/// Whether there is regrouping to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Regrouping {
    /// Nothing.
    None,
    /// When nobody waits for a commit.
    Due,
    /// Before the next user commit.
    Urgent,
}

/// Runtimes with a [store](crate::storage): commits, regrouping, and records that are needed.
impl Runtime {
    /// The commit of the open transaction, which makes `token` the head. Empty for a runtime without a store.
    pub fn finish(&mut self, token: Token) -> Ops {
        match (&mut self.store, &self.open) {
            (Some(store), Some(transaction)) => store.finish(&self.state, transaction, token),
            _ => Ops::default(),
        }
    }

    /// Whether the store wants regrouping; `idle` says that nothing else is going on.
    pub fn regrouping(&self, idle: bool) -> Regrouping {
        let Some(store) = self.store.as_deref().filter(|store| store.is_open()) else {
            return Regrouping::None;
        };
        if store.is_short_of_room
            || store.unflushed.bytes() >= store.sizes.urgent_bytes
            || store.unflushed.chunks().len() >= store.sizes.urgent_chunks()
            || store.garbage.len() >= store.sizes.urgent_chunks()
            || store.root.runs.len() >= store.sizes.urgent_runs() && merge::is_due(store, false)
        {
            Regrouping::Urgent
        } else if store.wants_flush()
            || store.root_changed
            || merge::is_due(store, idle)
            || store.has_garbage()
        {
            Regrouping::Due
        } else {
            Regrouping::None
        }
    }

    /// Whether a mutation waits for the next step of regrouping, without which its commit has no room. That step is then a
    /// flush, whatever else is due, and to be done before the next user commit however many were done before it.
    pub fn is_short_of_room(&self) -> bool {
        self.store.as_deref().is_some_and(|store| store.is_short_of_room)
    }

    /// The next small step of regrouping as a commit, which makes `token` the head: merged by
    /// [`merge_open`](Self::merge_open), dropped by [`abort_open`](Self::abort_open). `None`: nothing to do, or records
    /// are needed first, see [`needs`](Self::needs).
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`](crate::Error::StorageCorrupt), [`Error::StorageMissing`](crate::Error::StorageMissing) where
    /// stored records contradict each other or are never given: whatever can be verified can still be read and changed, and
    /// nothing is merged any more until the store is opened anew.
    pub fn regroup(&mut self, token: Token, idle: bool) -> Result<Option<Ops>> {
        let Some(store) = self.store.as_deref_mut().filter(|store| store.is_open()) else {
            return Ok(None);
        };
        store.needs.clear();
        // What is not regrouped yet continues a chain that does not know of the loss.
        if store.wants_flush() || store.root_changed && !store.unflushed.is_empty() {
            return Ok(Some(flush(store, &self.state, token)));
        }
        if store.root_changed || store.garbage.len() >= store.sizes.urgent_chunks() {
            return Ok(Some(store.put_root_alone(token)));
        }
        if merge::is_due(store, idle) {
            let step = merge::step(store, &self.state, token, idle);
            store.is_merging_over = step.is_err();
            return step;
        }
        if let Some(need) = store.leftovers.wanted() {
            store.needs.push(need);
            return Ok(None);
        }
        Ok(store.has_garbage().then(|| store.put_root_alone(token)))
    }

    /// The records that are to be read and provided before what was asked for can be answered, and the layout of the
    /// store that they are of.
    pub fn needs(&self) -> (u64, &[Need]) {
        self.store.as_deref().map_or((0, &[]), |store| (store.layout, &store.needs))
    }

    /// Takes in the records of the need that starts with `gte`, as they were read. Those of an older layout are ignored:
    /// whoever asked asks again.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`](crate::Error::StorageCorrupt), [`Error::StorageMissing`](crate::Error::StorageMissing)
    /// with the key of what is wrong.
    pub fn provide(&mut self, layout: u64, gte: &str, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        match &mut self.store {
            Some(store) => store.provide(layout, gte, records),
            None => Ok(()),
        }
    }
}

impl Store {
    fn is_open(&self) -> bool {
        self.restoring.is_none() && self.pending.is_none() && self.root.token != Token::default()
    }

    /// The commit under way is durable.
    pub(crate) fn committed(&mut self, state: &mut State) {
        match self.pending.take() {
            None => {}
            Some(Pending::Chunk { chunk, chain, token, root }) => {
                self.next_chunk = chunk.number + 1;
                self.chain = chain;
                self.tail = token;
                self.unflushed.push(chunk);
                if let Some(root) = root {
                    self.root = root;
                }
            }
            Some(Pending::Root { root, swept }) => {
                self.swept(swept);
                if self.unflushed.is_empty() {
                    self.chain = root.chain;
                }
                self.root = root;
                self.root_changed = false;
            }
            Some(Pending::Flush(flushed)) => flushed.apply(self, state),
            Some(Pending::Merge(merged)) => merged.apply(self, state),
        }
    }

    fn wants_flush(&self) -> bool {
        self.is_short_of_room
            || self.unflushed.bytes() >= self.sizes.flush_bytes
            || self.unflushed.chunks().len() >= self.sizes.flush_chunks
    }

    /// Brings the stored root up to date and takes garbage out.
    fn put_root_alone(&mut self, token: Token) -> Ops {
        let mut ops = Ops::default();
        let mut root = self.root_as_of(token);
        if self.root_changed {
            root.chain = self.chain.follow_loss();
        }
        let swept = self.sweep(&mut ops, &mut root, &[]);
        root.put(&mut ops);
        self.pending = Some(Pending::Root { root, swept });
        ops
    }
}
