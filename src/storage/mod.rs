//! What a host stores for a runtime: keys and bytes, never I/O.
//!
//! For hosts that cannot block while their store answers, such as those with an event loop; the others have it easier with
//! [`blocking`](crate::blocking). The runtime says what is to be written and what is to be read, the host does it:
//!
//! 1. A store is created by [`Runtime::create_stored`](crate::Runtime::create_stored), or taken over by
//!    [`RootRecord::read`], [`Runtime::from_root`](crate::Runtime::from_root) and
//!    [`Runtime::take_over`](crate::Runtime::take_over), then read by [`Runtime::restore`](crate::Runtime::restore).
//! 2. Changes are [executed](crate::Runtime::execute) in a transaction, which
//!    [`Runtime::finish`](crate::Runtime::finish) turns into the operations of one commit. They count once it is durable:
//!    [`Runtime::merge_open`](crate::Runtime::merge_open). A commit that was refused is dropped by
//!    [`Runtime::abort_open`](crate::Runtime::abort_open).
//! 3. What asks for history answers that it [needs](crate::Runtime::needs) records: they are read,
//!    [provided](crate::Runtime::provide), and the question is asked again.
//! 4. While nothing else goes on, [`Runtime::regroup`](crate::Runtime::regroup) gives small commits that make later openings
//!    and pages read less.
//!
//! A commit names the head that the store must have and the one that it makes, both as [`Token`]s: whoever finds another head
//! than their own has lost the store, and nothing that they read counts. The records are described byte by byte in
//! `docs/format.md` of the crate's files.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use worker_runtime::storage::{Ops, RootRecord, StoreOptions, Token, root_range};
//! use worker_runtime::{Command, Runtime, RuntimeId, RuntimeOptions, host::now};
//!
//! type Records = BTreeMap<String, Vec<u8>>;
//!
//! /// In earnest all of it or nothing, durable, and only where the store has the head that is known.
//! fn apply(records: &mut Records, ops: Ops) {
//!     for (key, value) in ops.into_vec() {
//!         match value {
//!             Some(value) => records.insert(key, value),
//!             None => records.remove(&key),
//!         };
//!     }
//! }
//!
//! fn read(records: &Records, gte: &str, lt: &str, limit: Option<u64>) -> Vec<(String, Vec<u8>)> {
//!     let most = limit.map_or(usize::MAX, |limit| limit as usize);
//!     let range = records.range(gte.to_string()..lt.to_string()).take(most);
//!     range.map(|(key, value)| (key.clone(), value.clone())).collect()
//! }
//!
//! # fn main() -> worker_runtime::Result<()> {
//! // In earnest from a secure random source.
//! let [first, second, third] = [1, 2, 3].map(|bits| Token::from_random_bits([bits; 16]));
//! let id = RuntimeId::new("plants")?;
//! let mut records = Records::new();
//!
//! let options = RuntimeOptions::default();
//! let mut runtime = Runtime::create_stored(id.clone(), options, StoreOptions::default(), [0; 16], now())?;
//! apply(&mut records, runtime.finish(first));
//! runtime.merge_open();
//!
//! runtime.begin();
//! runtime.execute(&Command::CreateWorker(Default::default()), None, now())?;
//! apply(&mut records, runtime.finish(second));
//! runtime.merge_open();
//!
//! let (gte, lt) = root_range();
//! let root = RootRecord::read(&id, &read(&records, gte, lt, None))?;
//! let mut opened = Runtime::from_root(root, StoreOptions::default())?;
//! apply(&mut records, opened.take_over(second, third));
//! opened.merge_open();
//! while !opened.restore(false)? {
//!     let (layout, needs) = opened.needs();
//!     for need in needs.to_vec() {
//!         let found = read(&records, &need.gte, &need.lt, need.limit);
//!         opened.provide(layout, &need.gte, found)?;
//!     }
//! }
//! assert_eq!(opened.list_workers(), runtime.list_workers());
//! # Ok(())
//! # }
//! ```

mod cache;
mod catalog_pages;
mod changes;
mod chunk;
mod commit;
mod directory;
mod event_segment;
mod flush;
mod key;
mod leftovers;
mod merge;
mod need;
mod opening;
mod options;
mod paging;
mod parts;
mod piece;
mod record;
mod restore;
mod restoring;
mod room;
mod root;
mod sizes;
mod standing;
mod store;
mod tail;
mod transfer;
mod upkeep;

pub use commit::{Op, Ops, Token};
pub use key::root_range;
pub use need::Need;
pub use opening::RootRecord;
pub use options::StoreOptions;
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
pub(crate) use paging::Begun;
pub use paging::{Page, PageEntry, PageEvent};
pub use restore::Restored;
pub(crate) use room::Room;
pub use sizes::{LEAST_PART_BYTES, Sizes};
#[cfg(any(feature = "transfer", all(feature = "wasm", target_arch = "wasm32")))]
pub(crate) use transfer::ExportedEvent;
pub use transfer::{ImportedEntry, ImportedEvent, OperationRecord};
pub use upkeep::Regrouping;

pub(crate) use directory::Piece;
pub(crate) use store::Store;
