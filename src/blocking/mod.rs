//! Runtimes on a host's store, for hosts that block while their store answers: native programs and components.
//!
//! A host gives a [`Storage`] over keys and bytes, which knows nothing of Workers or events, and a [`Host`] with a clock, a
//! secure random source and patience (`host::SystemHost` has the system's). What is here offers commits,
//! asks for records and believes them by the protocol that makes a store outlive crashes and rivals:
//!
//! - [`open`] creates a runtime or restores it, and takes its store over. Whoever had it before is fenced: every later call of
//!   theirs gets [`Error::StorageConflict`](crate::Error::StorageConflict).
//! - [`StoredRuntime::execute`] answers once the store has confirmed the mutation. Where it cannot tell what became of it,
//!   [`Failure::outcome`] says so, and the same call under the same [`OperationId`](crate::OperationId) is harmless.
//! - [`View`] reads, page by page: history is not kept in memory.
//! - [`StoredRuntime::regroup`] is for idle moments, so that later openings and pages read less.
//! - [`inspect`] looks at a store without taking it over.
//!
//! With feature `transfer` whole runtimes are written as lines (`export_lines`) and read back (`Import`).
//!
//! # A whole example
//!
//! The store here is a map; one in a database is the same around a transaction.
//!
//! ```
//! use std::cell::RefCell;
//! use std::collections::BTreeMap;
//! use std::rc::Rc;
//!
//! use worker_runtime::blocking::{Access, Commit, Durability, Failure, OpenOptions, Storage, Store, StoreError, open};
//! use worker_runtime::host::SystemHost;
//! use worker_runtime::storage::Need;
//! use worker_runtime::{Command, Outcome, RuntimeId, TranscriptQuery, TranscriptRole};
//!
//! /// What is kept of one runtime.
//! #[derive(Default)]
//! struct Kept {
//!     head: Option<String>,
//!     records: BTreeMap<String, Vec<u8>>,
//! }
//!
//! #[derive(Default)]
//! struct Maps(BTreeMap<RuntimeId, Rc<RefCell<Kept>>>);
//!
//! impl Storage for Maps {
//!     type Store = Map;
//!
//!     fn open(&mut self, id: &RuntimeId, _access: Access) -> Result<Map, StoreError> {
//!         Ok(Map(self.0.entry(id.clone()).or_default().clone()))
//!     }
//!
//!     fn delete(&mut self, id: &RuntimeId) -> Result<(), StoreError> {
//!         self.0.get(id).map(|kept| kept.take());
//!         Ok(())
//!     }
//! }
//!
//! struct Map(Rc<RefCell<Kept>>);
//!
//! impl Store for Map {
//!     fn durability(&self) -> Durability {
//!         Durability::Memory
//!     }
//!
//!     fn head(&mut self) -> Result<Option<String>, StoreError> {
//!         Ok(self.0.borrow().head.clone())
//!     }
//!
//!     fn read(&mut self, range: &Need) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
//!         let kept = self.0.borrow();
//!         let most = range.limit.map_or(usize::MAX, |limit| limit as usize);
//!         let found = kept.records.range(range.gte.clone()..range.lt.clone()).take(most);
//!         Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
//!     }
//!
//!     fn commit(&mut self, commit: &Commit) -> Result<Option<String>, StoreError> {
//!         let mut kept = self.0.borrow_mut();
//!         if kept.head == commit.from {
//!             for (key, value) in commit.ops.clone() {
//!                 match value {
//!                     Some(value) => kept.records.insert(key, value),
//!                     None => kept.records.remove(&key),
//!                 };
//!             }
//!             kept.head = Some(commit.to.clone());
//!         }
//!         // `to` for a commit that was applied, now or before; what somebody else has made of it otherwise.
//!         Ok(kept.head.clone())
//!     }
//! }
//!
//! # fn main() -> Result<(), Failure> {
//! let mut storage = Maps::default();
//! let id = RuntimeId::new("plants")?;
//! let options = OpenOptions::default();
//!
//! let mut runtime = open(&mut storage, SystemHost::default(), id.clone(), &options)?;
//! let Outcome::Created(detail) = runtime.execute(Command::CreateWorker(Default::default()), None)? else {
//!     unreachable!("a creation answers so");
//! };
//! let worker = detail.worker_ref;
//! let (role, content) = (TranscriptRole::User, "Start with the fern.".to_string());
//! runtime.execute(Command::Interact { worker: worker.clone(), role, content }, None)?;
//! while runtime.regroup()? {}
//! runtime.close();
//!
//! let mut runtime = open(&mut storage, SystemHost::default(), id, &options)?;
//! let page = runtime.view().transcript_projection(&worker, TranscriptQuery { start: 0, limit: 50 })?;
//! assert_eq!(page.items[0].content, "Start with the fern.");
//! # Ok(())
//! # }
//! ```

mod contract;
mod failure;
mod holding;
mod mutations;
mod offering;
mod opening;
mod reading;
mod regrouping;
#[cfg(feature = "transfer")]
mod transfer;

pub use contract::{Access, Commit, Durability, Host, Storage, Store, StoreError};
pub use failure::{Certainty, Failure};
pub use mutations::StoredRuntime;
pub use opening::{OpenOptions, inspect, open};
pub use reading::View;
#[cfg(feature = "transfer")]
pub use transfer::{Export, ExportLines, ExportSource, Import, export_lines};
