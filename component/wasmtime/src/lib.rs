//! A native program that runs the component: wasmtime, the system's clock and random source, and a storage on files.
//!
//! ```no_run
//! use worker_runtime_wasmtime::{Directory, Guest};
//! # fn main() -> wasmtime::Result<()> {
//! let component = std::fs::read("worker_runtime.component.wasm")?;
//! let mut guest = Guest::new(&component, Directory::new("agents"))?;
//! # let _ = &mut guest;
//! # Ok(())
//! # }
//! ```

mod files;
mod host;

pub use files::{Directory, FileStore};
pub use host::{BoxedStore, Context, Guest, RecordStore, State, Storage, bindings};
