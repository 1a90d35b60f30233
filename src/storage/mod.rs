//! What a host stores for a runtime: keys and bytes, never I/O.
//!
//! Every user commit is one **chunk** of log entries. Chunks are what was committed last; in the background they are
//! regrouped by Worker into sorted **runs**, and what a Worker has gathered in runs becomes **settled** segments of its
//! own. `docs/format.md` describes every record byte by byte, `ARCHITECTURE.md` why it is so.

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
