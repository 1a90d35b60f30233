//! `worker-runtime` keeps the books for AI-agent Workers inside somebody else's program: who they are, what they were
//! created for, whether they still run, what was said to them and by them, and everything that happened, in order. It
//! executes no model and no tool.
//!
//! ```
//! use worker_runtime::{CreateWorkerRequest, InputKind, Runtime, TranscriptQuery, WorkerInput, WorkerIntent, host};
//!
//! # fn main() -> worker_runtime::Result<()> {
//! let mut runtime = Runtime::new_memory()?;
//! let request = CreateWorkerRequest {
//!     intent: WorkerIntent::Task { objective: "water the plants".into() },
//!     ..Default::default()
//! };
//! let worker = runtime.create_worker(&request, host::now())?.worker_ref;
//! let input = WorkerInput { kind: InputKind::User, content: "Start with the fern.".into() };
//! let ack = runtime.send_input(&worker, &input, host::now())?;
//! assert_eq!((ack.transcript_sequence, ack.event_id), (1, 3));
//!
//! let page = runtime.transcript_projection(&worker, TranscriptQuery { start: 0, limit: 10 })?;
//! assert_eq!(page.items[0].content, "Start with the fern.");
//! # Ok(())
//! # }
//! ```
//!
//! That runtime is in memory. Those that survive in a store are in [`blocking`], for programs that wait while their store
//! answers, and in [`storage`] for those that cannot. The calls, their order of checks and what they refuse are the same:
//! every refusal is an [`Error`] with a stable [`code`](Error::code), and leaves no trace.
//!
//! There is no clock, no entropy source and no I/O in it: whoever calls a mutation says what time it is, and nothing is
//! ordered by that. Runtimes go from thread to thread, as far as the store and the host do.
//!
//! # Features
//!
//! - `host`, on by default: module `host` with the system's clock, and identities from its random source. The rest of the
//!   crate is `no_std` with `alloc`.
//! - `serde`: [`WorkerRef`], [`EventCursor`], requests, limits and all that is answered, in the shapes of the JavaScript API.
//! - `transfer`: exports and imports of whole runtimes as JSON Lines, in [`blocking`].
//! - `wasm`: the WebAssembly binding of the npm package, for `wasm32-unknown-unknown` without the default features.
//!
//! # What may grow
//!
//! In a minor version, enums and structs that are `#[non_exhaustive]` may get more variants and fields: refusals, remarks,
//! commands, and what the runtime answers. So may the structs of options and requests that callers fill in; each says so, and
//! is written with `..Default::default()`. Everything else is a closed set: a `match` on kinds of events, statuses, roles or
//! intents needs no arm for the rest.

#![no_std]
#![cfg_attr(feature = "wasm", recursion_limit = "512")]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "host", test))]
extern crate std;

pub mod blocking;
mod catalog;
mod codec;
mod command;
mod diagnostics;
mod digits;
#[cfg(feature = "host")]
mod entropy;
mod entry;
mod error;
mod event_log;
#[cfg(any(test, all(feature = "wasm", target_arch = "wasm32")))]
mod foreseen;
mod hash;
mod history;
#[cfg(feature = "host")]
pub mod host;
mod identity;
mod interaction;
mod lifecycle;
pub mod limits;
mod operation;
mod request;
mod runtime;
#[cfg(feature = "serde")]
mod shape;
mod sorted;
mod state;
pub mod storage;
mod summary;
mod text;
mod transaction;
mod transcript;
mod typed_request;
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
pub mod wasm;

pub use catalog::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, WorkerDetail,
    WorkerIntent, WorkerSummary,
};
pub use command::{Command, Outcome};
pub use diagnostics::{DiagnosticKind, RuntimeDiagnostic, Severity};
pub use error::{Error, ErrorDetail, Result};
pub use event_log::{EventCursor, EventId, EventKind, RuntimeEvent, RuntimeEventBatch};
pub use identity::{OperationId, RuntimeId, WorkerId, WorkerRef};
pub use interaction::{InputKind, OutputKind, WorkerInput, WorkerInteractionAck, WorkerOutput};
pub use lifecycle::{RuntimeStatus, WorkerEnd, WorkerLifecycleAck, WorkerStatus};
pub use limits::RuntimeLimits;
pub use runtime::{Runtime, RuntimeOptions};
pub use summary::RuntimeSummary;
pub use transcript::{TranscriptEntry, TranscriptProjection, TranscriptQuery, TranscriptRole};

/// The examples of the readme.
#[cfg(all(doctest, feature = "host"))]
#[doc = include_str!("../docs/crate.md")]
struct Readme;

/// A host's clock: milliseconds since the Unix epoch. Information only: nothing is ordered by it.
pub type Timestamp = u64;
