//! What a handle of the component stands for.

use worker_runtime::Runtime;
use worker_runtime::blocking::{StoredRuntime, View};

use crate::host::{ImportedHost, ImportedStore};

/// A runtime in memory, on a store, or only looked at, until it is closed.
pub(crate) enum Kept {
    Memory(Box<Runtime>),
    Stored(Box<StoredRuntime<ImportedStore, ImportedHost>>),
    Viewed(Box<View<ImportedStore, ImportedHost>>),
    Closed,
}
