//! Runtimes on a host's store, for hosts that block while their store answers: native programs and components.
//!
//! The core says what is to be stored and what is to be read; here it is offered, asked for and believed, by the protocol
//! that makes a store outlive crashes and rivals. A host gives a [`Storage`] over keys and bytes, and a [`Host`] with a
//! clock, a secure random source and patience. A rule of the domain has no place here, nor has a record's format. With
//! feature `transfer` whole runtimes are written as lines and read back.
//!
//! ```no_run
//! # fn example(mut storage: impl worker_runtime::blocking::Storage) -> Result<(), worker_runtime::blocking::Failure> {
//! use worker_runtime::blocking::{OpenOptions, open};
//! use worker_runtime::{Command, RuntimeId, host::SystemHost};
//!
//! let id = RuntimeId::new("plants")?;
//! let mut runtime = open(&mut storage, SystemHost::default(), id, &OpenOptions::default())?;
//! let worker = runtime.execute(Command::CreateWorker(Default::default()), None)?;
//! # let _ = worker;
//! runtime.close();
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
