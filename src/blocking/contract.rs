//! What a host provides.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::Timestamp;
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::storage::{Need, Op};

/// What a commit that was confirmed survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The machine losing its power.
    PowerLoss,
    /// The process being killed.
    ProcessCrash,
    /// Neither.
    Memory,
}

/// One commit: all of it is applied, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The head that the store must have now; `None`: the store does not exist yet.
    pub from: Option<String>,
    /// The head that it has afterwards. Never given to two different commits.
    pub to: String,
    /// No key twice; a value of `None` deletes. Keys are 1 to 200 characters from `!` to `~`, values at most 1 MiB.
    pub ops: Vec<Op>,
}

/// What a call of the host may fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The commit is certainly not applied and never will be: quota, a value too large, no permission.
    Rejected {
        /// What the host said.
        reason: String,
    },
    /// The store has vanished or gone back in time, and the host knows it.
    Lost {
        /// What gives it away.
        reason: String,
    },
    /// A living holder has the store, and it is not waited for any longer. For [`Storage::open`] only.
    Locked,
    /// Anything else. What became of a commit is unknown.
    Failed {
        /// What the host said.
        reason: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::from(self.clone()).fmt(f)
    }
}

impl core::error::Error for StoreError {}

/// One runtime's records. Dropping it lets go of it.
pub trait Store {
    /// What a confirmed commit survives.
    fn durability(&self) -> Durability;

    /// The present head, `None` where there is no store: never created, or deleted.
    ///
    /// # Errors
    /// [`StoreError::Lost`], [`StoreError::Failed`].
    fn head(&mut self) -> Result<Option<String>, StoreError>;

    /// The records with `gte <= key < lt` in ascending order of their keys, at most `limit`: the state after exactly one
    /// commit, not older than the last one that was confirmed.
    ///
    /// # Errors
    /// [`StoreError::Lost`], [`StoreError::Failed`].
    fn read(&mut self, range: &Need) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// Linearizable across everybody who opened this store. Where the head is `from`, applies all of the commit, or
    /// nothing, and answers `to` once it is durable; where it is `to`, this very commit was applied before: changes
    /// nothing and answers `to`; otherwise changes nothing and answers the actual head.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] only where the commit is certainly not applied and never will be, also by no earlier
    /// offering of it. [`StoreError::Lost`]. [`StoreError::Failed`]: its outcome is unknown.
    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, StoreError>;
}

/// How a store is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// A living holder is not waited for.
    pub takeover: bool,
    /// Nothing will be written; no lock is taken and nobody is waited for.
    pub read_only: bool,
}

/// Where a host keeps runtimes.
pub trait Storage {
    /// One runtime's records.
    type Store: Store;

    /// The store of one runtime, existing or not yet.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Lost`], [`StoreError::Failed`].
    fn open(&mut self, runtime_id: &RuntimeId, access: Access) -> Result<Self::Store, StoreError>;

    /// Removes every record of a runtime and its head, linearizably with commits; harmless where there is nothing. Asked for
    /// by an import that was refused.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn delete(&mut self, runtime_id: &RuntimeId) -> Result<(), StoreError>;
}

impl<St: Storage> Storage for &mut St {
    type Store = St::Store;

    fn open(&mut self, runtime_id: &RuntimeId, access: Access) -> Result<Self::Store, StoreError> {
        (**self).open(runtime_id, access)
    }

    fn delete(&mut self, runtime_id: &RuntimeId) -> Result<(), StoreError> {
        (**self).delete(runtime_id)
    }
}

/// What else a runtime needs of the program around it.
pub trait Host {
    /// The clock: milliseconds since the Unix epoch. Information only.
    fn now(&self) -> Timestamp;

    /// 128 bits of a secure random source.
    ///
    /// # Errors
    /// [`Error::StorageFailed`](crate::Error::StorageFailed) where there is none.
    fn random_bits(&self) -> Result<[u8; 16]>;

    /// Waits for so many milliseconds before a store is asked again that has not told what became of a commit, or whose
    /// owner was faster; `waited` is how long the call was made to wait before. `false` gives up: the caller is told
    /// that the outcome is unknown, and the next call offers the commit again.
    fn pause(&self, waited: u64, milliseconds: u64) -> bool;
}
