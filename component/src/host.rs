//! The host's side of the world, as the crate wants it.

use worker_runtime::blocking::{Access, Commit, Durability, Host, Storage, Store, StoreError};
use worker_runtime::storage::Need;
use worker_runtime::{Result, RuntimeId, Timestamp};

use crate::worker_runtime::runtime::{host, storage};

/// The storage that the component imports.
pub(crate) struct Imported;

/// One store of it.
pub(crate) struct ImportedStore(storage::Store);

/// The clock, random source and patience that the component imports.
pub(crate) struct ImportedHost;

impl From<storage::Failure> for StoreError {
    fn from(failure: storage::Failure) -> Self {
        match failure {
            storage::Failure::Rejected(reason) => Self::Rejected { reason },
            storage::Failure::Lost(reason) => Self::Lost { reason },
            storage::Failure::Locked => Self::Locked,
            storage::Failure::Failed(reason) => Self::Failed { reason },
        }
    }
}

impl Storage for Imported {
    type Store = ImportedStore;

    fn open(&mut self, runtime_id: &RuntimeId, access: Access) -> Result<ImportedStore, StoreError> {
        let Access { takeover, read_only, .. } = access;
        Ok(ImportedStore(storage::open(runtime_id.as_str(), takeover, read_only)?))
    }

    fn delete(&mut self, runtime_id: &RuntimeId) -> Result<(), StoreError> {
        Ok(storage::delete(runtime_id.as_str())?)
    }
}

impl Store for ImportedStore {
    fn durability(&self) -> Durability {
        match self.0.durability() {
            storage::Durability::PowerLoss => Durability::PowerLoss,
            storage::Durability::ProcessCrash => Durability::ProcessCrash,
            storage::Durability::Memory => Durability::Memory,
        }
    }

    fn head(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.0.head()?)
    }

    fn read(&mut self, range: &Need) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let entries = self.0.read(&range.gte, &range.lt, range.limit)?;
        Ok(entries.into_iter().map(|entry| (entry.key, entry.value)).collect())
    }

    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, StoreError> {
        let operations = commit
            .ops
            .iter()
            .map(|(key, value)| storage::Operation { key: key.clone(), value: value.clone() })
            .collect();
        Ok(self.0.commit(&storage::Commit {
            expected: commit.from.clone(),
            to: commit.to.clone(),
            operations,
        })?)
    }
}

impl Host for ImportedHost {
    fn now(&self) -> Timestamp {
        host::now().min(worker_runtime::limits::MAX_INTEGER)
    }

    fn random_bits(&self) -> Result<[u8; 16]> {
        let (high, low) = host::random_bits();
        Ok((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
    }

    fn pause(&self, waited: u64, milliseconds: u64) -> bool {
        host::pause(waited, milliseconds)
    }
}
