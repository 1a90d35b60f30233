//! What the commit that is under way changes in the store, once it is durable.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::catalog_pages::CatalogBatch;
use super::chunk::Chain;
use super::commit::Token;
use super::directory::Piece;
use super::root::Root;
use super::tail::StoredChunk;
use crate::sorted::SortedMap;

/// The changes, by what made the commit.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    Chunk { chunk: StoredChunk, chain: Chain, token: Token, root: Option<Box<Root>> },
    Root { root: Box<Root>, swept: Swept },
    Flush(Flushed),
    Merge(Merged),
}

/// What a commit takes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    /// Chunks of the garbage.
    pub(crate) chunks: usize,
    pub(crate) leftovers: bool,
}

/// What a flush changes.
#[derive(Clone, Debug)]
pub(crate) struct Flushed {
    pub(crate) root: Box<Root>,
    pub(crate) run: u64,
    pub(crate) swept: Swept,
    pub(crate) catalog: Option<CatalogBatch>,
    pub(crate) receipt_parts: Vec<usize>,
}

/// What a step of a merge changes.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) root: Box<Root>,
    pub(crate) moved: Vec<Moved>,
    pub(crate) consumed: SortedMap<String, ()>,
}

/// A Worker's entries moved as far as one step goes.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) worker: u32,
    /// How many of them are settled now.
    pub(crate) settled: u64,
    /// Where the others are now.
    pub(crate) pieces: Vec<Piece>,
    /// The last of its entries that is not read from the inputs any more.
    pub(crate) done: u64,
}
