//! A runtime's store as the core sees it: which records there are, which are wanted, and what the commit under way will
//! make of them.

use alloc::borrow::ToOwned;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::cache::Cache;
use super::chunk::{Chain, Chunk, put_chunk};
use super::key;
use super::opening::StoreOptions;
use super::record::{Kind, Seed, seal};
use super::restore::Restoring;
use super::root::Root;
use super::sizes::Sizes;
use crate::digits::{bytes_from_hex, hex};
use crate::error::{Error, Result};
use crate::state::State;
use crate::transaction::Transaction;

/// A head as the runtime makes them: 128 random bits, 32 lower-case hex digits in a store's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token(pub(crate) [u8; 16]);

impl Token {
    /// A token from a secure random source; never to be given to two commits.
    pub fn from_random_bits(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`] where it is not one: such a head was not made by a runtime.
    pub fn parse(head: &str) -> Result<Self> {
        bytes_from_hex(head)
            .map(Self)
            .ok_or_else(|| Error::corrupt(key::ROOT, "the head was not made by a runtime"))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// One operation of a commit: a key, and its value or `None` to delete it.
pub type Op = (String, Option<Vec<u8>>);

/// The operations of a commit; no key twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ops(Vec<Op>);

impl Ops {
    pub(crate) fn put(&mut self, key: String, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.0.push((key, None));
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The operations.
    pub fn into_vec(self) -> Vec<Op> {
        self.0
    }
}

/// Records to be read: `gte <= key < lt` in ascending order, at most `limit` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The first key.
    pub gte: String,
    /// The first key after them.
    pub lt: String,
    /// How many at the most; `None` for all.
    pub limit: Option<u64>,
}

/// Consecutive entries of a Worker in a run, from where the piece before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) run: u64,
    pub(crate) end: u64,
}

/// A chunk in the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredChunk {
    pub(crate) number: u64,
    pub(crate) parts: usize,
    pub(crate) bytes: usize,
}

/// A batch of create requests in the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatalogBatch {
    pub(crate) first: u32,
    pub(crate) id: u64,
    pub(crate) parts: usize,
    pub(crate) bytes: usize,
}

/// What the commit that is under way makes of the store once it is durable.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    Chunk { chunk: StoredChunk, chain: Chain, token: Token, root: Option<Root> },
    Root { root: Root, swept: usize },
    Flush(super::flush::Flushed),
    Merge(super::merge::Merged),
}

/// A store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) seed: Seed,
    pub(crate) root: Root,
    pub(crate) sizes: Sizes,
    /// Set until everything was read and verified.
    pub(crate) restoring: Option<Restoring>,
    /// Not regrouped yet, oldest first.
    pub(crate) chunks: VecDeque<StoredChunk>,
    /// Regrouped and to be deleted, oldest first.
    pub(crate) garbage: VecDeque<StoredChunk>,
    pub(crate) next_chunk: u64,
    pub(crate) chain: Chain,
    /// The head that the last user commit made, or the root's where there was none after it.
    pub(crate) tail: Token,
    pub(crate) catalog: Option<CatalogBatch>,
    /// How many parts each of the root's batches of receipts has.
    pub(crate) receipt_parts: VecDeque<usize>,
    pub(crate) pending: Option<Pending>,
    pub(crate) cache: Cache,
    pub(crate) needs: Vec<Need>,
    /// Moves whenever records are regrouped: what was wanted before may be gone.
    pub(crate) layout: u64,
    /// The root in memory knows of a loss that was accepted, the stored one does not.
    pub(crate) root_changed: bool,
}

/// How many records of garbage one commit deletes at the most.
pub(crate) const DELETED_AT_ONCE: usize = 64;

impl Store {
    pub(crate) fn new(root: Root, options: StoreOptions) -> Self {
        Self {
            seed: Seed::of_store(&root.runtime_id, &root.incarnation),
            sizes: options.sizes,
            restoring: None,
            chunks: VecDeque::new(),
            garbage: VecDeque::new(),
            next_chunk: root.next_chunk,
            chain: root.chain,
            tail: root.tail,
            catalog: None,
            receipt_parts: VecDeque::new(),
            pending: None,
            cache: Cache::new(options.cache_bytes),
            needs: Vec::new(),
            layout: 0,
            root_changed: false,
            root,
        }
    }

    /// Writes the root record.
    pub(crate) fn put_root(ops: &mut Ops, root: &Root) {
        let value = seal(Seed::of_root(&root.runtime_id), key::ROOT, Kind::Root, &root.encode());
        ops.put(key::ROOT.to_owned(), value);
    }

    /// The operations of a user commit; `with_root` for the one that creates the store.
    pub(crate) fn finish(
        &mut self,
        state: &State,
        transaction: &Transaction,
        token: Token,
        with_root: bool,
    ) -> Ops {
        let mut ops = Ops::default();
        let entries = transaction.entries();
        let chain = self.chain.follow(entries);
        let first_event = state.history.next_event();
        let chunk = Chunk { token, chain, first_event, entries };
        let parts = put_chunk(&mut ops, self.seed, self.sizes.part_bytes, self.next_chunk, &chunk);
        let root = with_root.then(|| {
            let mut root = self.root.clone();
            (root.token, root.tail) = (token, token);
            Self::put_root(&mut ops, &root);
            super::opening::put_name(
                &mut ops,
                self.seed,
                self.sizes.part_bytes,
                &root,
                state.display_name.as_deref(),
            );
            root
        });
        let chunk = StoredChunk { number: self.next_chunk, parts, bytes: entries.len() };
        self.pending = Some(Pending::Chunk { chunk, chain, token, root });
        ops
    }

    /// The commit under way is durable.
    pub(crate) fn committed(&mut self, state: &mut State) {
        match self.pending.take() {
            None => {}
            Some(Pending::Chunk { chunk, chain, token, root }) => {
                self.next_chunk = chunk.number + 1;
                self.chain = chain;
                self.tail = token;
                self.chunks.push_back(chunk);
                if let Some(root) = root {
                    self.root = root;
                }
            }
            Some(Pending::Root { root, swept }) => {
                self.garbage.drain(..swept);
                if self.chunks.is_empty() {
                    self.chain = root.chain;
                }
                self.root = root;
                self.root_changed = false;
            }
            Some(Pending::Flush(flushed)) => flushed.apply(self, state),
            Some(Pending::Merge(merged)) => merged.apply(self, state),
        }
    }

    /// A root that says where the store stands when `token` is the head: everything read, nothing after it.
    pub(crate) fn root_as_of(&self, token: Token) -> Root {
        let mut root = self.root.clone();
        root.token = token;
        if self.chunks.is_empty() {
            (root.sealed, root.tail) = (token, token);
        } else {
            root.tail = self.tail;
        }
        root
    }

    /// Takes some of the garbage out.
    pub(crate) fn sweep(&self, ops: &mut Ops, root: &mut Root, regrouped: &[StoredChunk]) -> usize {
        let mut swept = 0;
        let mut deleted = 0;
        for chunk in self.garbage.iter().chain(regrouped) {
            if deleted > 0 && deleted + chunk.parts > DELETED_AT_ONCE {
                break;
            }
            for part in 0..chunk.parts {
                ops.delete(key::chunk(chunk.number, part));
            }
            deleted += chunk.parts;
            root.deleted_chunk = chunk.number + 1;
            swept += 1;
        }
        swept
    }

    /// Bytes of log entries that an opening would have to read.
    pub(crate) fn tail_bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.bytes).sum()
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
            self.needs.retain(|need| need.gte != gte);
            return Ok(());
        }
        if layout == self.layout {
            self.cache.provide(self.seed, gte, records)?;
        }
        Ok(())
    }
}
