//! A runtime's store as the core sees it: which records there are, which are wanted, and what the commit under way will
//! make of them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::cache::Cache;
use super::catalog_pages::CatalogBatch;
use super::changes::{Pending, Swept};
use super::chunk::{self, Chain, Chunk, put_chunk};
use super::commit::{Ops, Token};
use super::key;
use super::leftovers::Leftovers;
use super::need::{Need, met};
use super::options::StoreOptions;
use super::record::Seed;
use super::restoring::Restoring;
use super::root::Root;
use super::sizes::Sizes;
use super::tail::{StoredChunk, Tail};
use crate::error::Result;
use crate::state::State;
use crate::transaction::{Room, Transaction};

/// A store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) seed: Seed,
    pub(crate) root: Box<Root>,
    pub(crate) sizes: Sizes,
    /// Set until everything was read and verified.
    pub(crate) restoring: Option<Restoring>,
    /// What was committed last and is not regrouped yet.
    pub(crate) unflushed: Tail,
    /// Regrouped and to be deleted, oldest first.
    pub(crate) garbage: Vec<StoredChunk>,
    /// What is to be deleted before them.
    pub(crate) leftovers: Leftovers,
    /// How often a merge has asked for records since it last got on.
    pub(crate) merge_reads: u32,
    /// A merge has met records that it cannot go on with: none is tried again before the store is opened anew.
    pub(crate) is_merging_over: bool,
    /// A mutation waits until what was committed last is flushed.
    pub(crate) is_short_of_room: bool,
    pub(crate) next_chunk: u64,
    pub(crate) chain: Chain,
    /// The head that the last user commit made, or the root's where there was none after it.
    pub(crate) tail: Token,
    pub(crate) catalog: Option<CatalogBatch>,
    /// How many parts each of the root's batches of receipts has.
    pub(crate) receipt_parts: Vec<usize>,
    pub(crate) pending: Option<Pending>,
    pub(crate) cache: Cache,
    pub(crate) needs: Vec<Need>,
    /// Moves whenever records are regrouped: what was wanted before may be gone.
    pub(crate) layout: u64,
    /// The root in memory knows of a loss that was accepted, the stored one does not.
    pub(crate) root_changed: bool,
}

/// How many records of garbage one commit deletes at the most.
const DELETED_AT_ONCE: usize = 64;

impl Store {
    pub(crate) fn new(root: Box<Root>, options: StoreOptions) -> Self {
        Self {
            seed: Seed::of_store(&root.runtime_id, &root.incarnation),
            sizes: options.sizes,
            restoring: None,
            unflushed: Tail::default(),
            garbage: Vec::new(),
            leftovers: Leftovers { chunks: root.deleted_chunk..root.next_chunk, ..Leftovers::default() },
            merge_reads: 0,
            is_merging_over: false,
            is_short_of_room: false,
            next_chunk: root.next_chunk,
            chain: root.chain,
            tail: root.tail,
            catalog: None,
            receipt_parts: Vec::new(),
            pending: None,
            cache: Cache::new(options.cache_bytes),
            needs: Vec::new(),
            layout: 0,
            root_changed: false,
            root,
        }
    }

    /// The operations of a user commit, which may be the one that creates the store.
    pub(crate) fn finish(&mut self, state: &State, transaction: &Transaction, token: Token) -> Ops {
        let mut ops = Ops::default();
        let entries = transaction.entries();
        let chain = self.chain.follow(entries);
        let first_event = state.history.next_event();
        let chunk = Chunk { token, chain, first_event, entries };
        let parts = put_chunk(&mut ops, self.seed, self.sizes.chunk_part_bytes(), self.next_chunk, &chunk);
        let stored = ops.bytes();
        let is_creation = self.root.token == Token::default();
        let root = (is_creation || self.root.unfinished).then(|| {
            let mut root = self.root.clone();
            (root.token, root.tail) = (token, token);
            root.put(&mut ops);
            root
        });
        if is_creation {
            let (part_bytes, name) = (self.sizes.part_bytes, state.display_name.as_deref());
            self.root.put_name(&mut ops, self.seed, part_bytes, name);
        }
        let chunk = StoredChunk { number: self.next_chunk, parts, bytes: entries.len(), stored };
        self.pending = Some(Pending::Chunk { chunk, chain, token, root });
        ops
    }

    /// A root that says where the store stands when `token` is the head: everything read, nothing after it.
    pub(crate) fn root_as_of(&self, token: Token) -> Box<Root> {
        let mut root = self.root.clone();
        root.token = token;
        if self.unflushed.is_empty() {
            (root.sealed, root.tail) = (token, token);
        } else {
            root.tail = self.tail;
        }
        root
    }

    /// Takes some of the garbage out; what is `regrouped` becomes garbage.
    pub(crate) fn sweep(&self, ops: &mut Ops, root: &mut Root, regrouped: &[StoredChunk]) -> Swept {
        let mut swept = Swept { chunks: 0, leftovers: !self.leftovers.chunks.is_empty() };
        for key in &self.leftovers.keys {
            ops.delete(key.clone());
        }
        let mut deleted = self.leftovers.keys.len();
        let mut deleted_chunk = self.leftovers.chunks.end.max(root.deleted_chunk);
        'chunks: for chunks in [&self.garbage[..], regrouped] {
            for chunk in chunks {
                if deleted > 0 && deleted + chunk.parts > DELETED_AT_ONCE {
                    break 'chunks;
                }
                for part in 0..chunk.parts {
                    ops.delete(key::chunk(chunk.number, part));
                }
                deleted += chunk.parts;
                deleted_chunk = chunk.number + 1;
                swept.chunks += 1;
            }
        }
        // What may be left over is looked for from here on.
        if self.leftovers.chunks.is_empty() || self.leftovers.is_whole {
            root.deleted_chunk = deleted_chunk;
        }
        swept
    }

    /// What a commit took out is gone; what it regrouped is garbage by now.
    pub(crate) fn swept(&mut self, swept: Swept) {
        self.garbage.drain(..swept.chunks);
        if swept.leftovers {
            self.leftovers.swept();
        }
    }

    /// Whether there is anything to be deleted.
    pub(crate) fn has_garbage(&self) -> bool {
        !self.garbage.is_empty() || !self.leftovers.chunks.is_empty()
    }

    /// A transaction was merged or dropped: one that was short of room is remembered until there is more.
    pub(crate) fn ended(&mut self, transaction: Option<&Transaction>) {
        let is_short = transaction.is_some_and(Transaction::is_short_of_room);
        self.is_short_of_room |= is_short && !self.unflushed.is_empty();
    }

    /// How much the next commit may add to what an opening has to read.
    pub(crate) fn room(&self) -> Room {
        if self.is_short_of_room {
            // It was asked for before: more than that cannot be done for an opening.
            return Room::default();
        }
        let left = self.sizes.tail_bytes.saturating_sub(self.unflushed.stored());
        let bytes = chunk::entries_within(left, self.sizes.chunk_part_bytes()).min(Room::default().bytes);
        Room { bytes, takes_any_first: self.unflushed.is_empty() }
    }

    pub(crate) fn need(&mut self, gte: String, lt: String, limit: Option<u64>) {
        let need = Need { gte, lt, limit };
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }

    /// Takes in records that were read for a need of this layout; those of another layout are ignored.
    pub(crate) fn provide(&mut self, layout: u64, gte: &str, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        if let Some(restoring) = &mut self.restoring {
            restoring.provide(self.seed, gte, records)?;
            met(&mut self.needs, gte);
            return Ok(());
        }
        if gte.starts_with("c/") {
            let mut keys = Vec::new();
            for (key, _) in records {
                keys.push(key);
            }
            self.leftovers.provide(gte, keys);
        } else if layout == self.layout {
            self.cache.provide(self.seed, gte, records)?;
        }
        Ok(())
    }
}
