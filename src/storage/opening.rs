//! Creating a store, and opening one up to the moment in which it is this runtime's.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::changes::{Pending, Swept};
use super::commit::{Ops, Token};
use super::key;
use super::options::StoreOptions;
use super::record::{FORMAT, Seed, unseal};
use super::restoring::Restoring;
use super::root::{DisplayName, Root};
use super::store::Store;
use crate::Timestamp;
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::transaction::Transaction;

/// A display name up to this many bytes is in the root record itself.
const NAME_BYTES: usize = 1024;

/// A root record that was read and verified, of a store that is not this runtime's yet.
#[derive(Clone, Debug)]
pub struct RootRecord(Box<Root>);

impl RootRecord {
    /// Reads the root record of `runtime`'s store, given what the range [`root_range`](super::root_range) holds.
    ///
    /// # Errors
    /// [`Error::StorageMissing`] where there is none, [`Error::StorageCorrupt`] where it is broken or another runtime's,
    /// [`Error::StorageUnsupportedVersion`] where it is of a newer format.
    pub fn read(runtime: &RuntimeId, records: &[(String, Vec<u8>)]) -> Result<Self> {
        let Some((_, value)) = records.iter().find(|(key, _)| key == key::ROOT) else {
            return Err(Error::missing(key::ROOT.to_owned()));
        };
        let body = unseal(Seed::of_root(runtime.as_str()), key::ROOT, value)?;
        let root = Root::decode(body).map_err(|_| Error::corrupt(key::ROOT, "its body is malformed"))?;
        if root.runtime_id != runtime.as_str() {
            return Err(Error::corrupt(key::ROOT, "it belongs to another runtime"));
        }
        debug_assert!(value.get(8).is_some_and(|format| *format <= FORMAT));
        Ok(Self(root))
    }

    /// Whether the store at `head` is an import that was never finished, and so counts as absent.
    ///
    /// # Errors
    /// As [`Runtime::is_unfinished`].
    pub fn is_unfinished(&self, head: Token) -> Result<bool> {
        self.0.is_unfinished_at(head)
    }
}

/// Runtimes with a [store](crate::storage): creating one, and taking one over.
impl Runtime {
    /// A fresh runtime whose creation is an open transaction: [`finish`](Self::finish) gives the commit that creates the store.
    ///
    /// # Errors
    /// As [`Runtime::new`], and [`Error::InvalidRequest`] where the [sizes](super::Sizes::check) cannot work.
    pub fn create_stored(
        runtime_id: RuntimeId,
        options: RuntimeOptions,
        store: StoreOptions,
        incarnation: [u8; 16],
        at: Timestamp,
    ) -> Result<Self> {
        store.sizes.check()?;
        let mut runtime = Self::unstarted(runtime_id, options)?;
        let state = &mut runtime.state;
        let display_name = match &state.display_name {
            Some(name) if name.len() > NAME_BYTES => DisplayName::Apart(name.len() as u64),
            name => DisplayName::Here(name.clone()),
        };
        let root = Box::new(Root {
            runtime_id: state.runtime_id.as_str().to_owned(),
            incarnation,
            display_name,
            limits: state.limits,
            unfinished: false,
            token: Token::default(),
            sealed: Token::default(),
            tail: Token::default(),
            next_chunk: 0,
            deleted_chunk: 0,
            chain: Default::default(),
            next_event: 1,
            workers: 0,
            stopped: false,
            next_id: 1,
            runs: Vec::new(),
            job: None,
            receipts: Vec::new(),
            losses: Vec::new(),
        });
        state.dirty = Some(Default::default());
        runtime.store = Some(Box::new(Store::new(root, store)));
        let mut transaction = Transaction::default();
        transaction.start_runtime(at);
        runtime.open = Some(transaction);
        Ok(runtime)
    }

    /// A runtime whose store is to be taken over and read: [`take_over`](Self::take_over), then [`restore`](Self::restore).
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`] where the root record names no runtime, [`Error::InvalidRequest`] where the
    /// [sizes](super::Sizes::check) cannot work.
    pub fn from_root(root: RootRecord, store: StoreOptions) -> Result<Self> {
        store.sizes.check()?;
        let root = root.0;
        let runtime_id = RuntimeId::new(root.runtime_id.clone())
            .map_err(|_| Error::corrupt(key::ROOT, "its runtime id is none"))?;
        let options = RuntimeOptions { display_name: None, limits: root.limits };
        let mut runtime = Self::unstarted(runtime_id, options)?;
        let restoring = Restoring::new(&root);
        let mut store = Store::new(root, store);
        store.restoring = Some(restoring);
        runtime.store = Some(Box::new(store));
        Ok(runtime)
    }

    /// Whether the store at `head` is an import that was never finished, and so counts as absent.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`] where the root record says so and is not that of the last commit: every commit of an
    /// import writes it, so this one is from before the import was finished.
    pub fn is_unfinished(&self, head: Token) -> Result<bool> {
        self.store.as_ref().map_or(Ok(false), |store| store.root.is_unfinished_at(head))
    }

    /// The commit that takes a store over from `head`, which makes `to` its head: the root record alone, with what is
    /// needed to verify the rest afterwards.
    pub fn take_over(&mut self, head: Token, to: Token) -> Ops {
        let mut ops = Ops::default();
        if let Some(store) = &mut self.store {
            let mut root = store.root.clone();
            if head != root.token {
                root.tail = head;
            }
            root.token = to;
            root.put(&mut ops);
            store.pending = Some(Pending::Root { root, swept: Swept::default() });
        }
        ops
    }

    /// Reads a store as it stands at `head` without taking it over, instead of [`take_over`](Self::take_over).
    pub fn look_at(&mut self, head: Token) {
        if let Some(store) = &mut self.store
            && head != store.root.token
        {
            store.root.tail = head;
        }
    }
}
