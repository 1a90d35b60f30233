//! The one error type and its stable codes.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::digits::push_decimal;
use crate::identity::{RuntimeId, WorkerId};

/// The result of everything that can be refused. The error is boxed: it is large and rare, and what can be refused passes its result on
/// through many hands.
pub type Result<T, E = Box<Error>> = core::result::Result<T, E>;

/// Why a call was refused. A refused call leaves no trace.
///
/// [`code`](Error::code) is stable; the text of [`Display`](fmt::Display) is for people and may change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The runtime was stopped; it can be read, not changed.
    RuntimeStopped {
        /// The runtime that was stopped.
        runtime_id: RuntimeId,
    },
    /// The handle was closed.
    RuntimeClosed,
    /// The module behind the handle trapped.
    RuntimePoisoned,
    /// A reference names another runtime.
    WrongRuntime {
        /// This runtime.
        expected: RuntimeId,
        /// The runtime that the reference names.
        actual: String,
        /// The Worker that the reference names.
        worker_id: String,
    },
    /// A cursor names another runtime.
    WrongRuntimeCursor {
        /// This runtime.
        expected: RuntimeId,
        /// The runtime that the cursor names.
        actual: String,
    },
    /// A reference names a Worker that this runtime does not have.
    WorkerNotFound {
        /// This runtime.
        runtime_id: RuntimeId,
        /// The Worker that the reference names.
        worker_id: String,
    },
    /// A page or a batch asks for more than the configured limit.
    LimitTooLarge {
        /// What was asked for.
        requested: u64,
        /// The configured limit.
        max: u64,
    },
    /// An argument is malformed, blank or too long, or the Worker's status forbids the call.
    InvalidRequest {
        /// The argument or field, such as `intent.objective`; empty where none is to blame.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of an import is malformed, or does not follow from those before it.
    #[cfg(feature = "transfer")]
    InvalidLine {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
        /// Why it was refused, where something else says so; also the [`source`](core::error::Error::source).
        cause: Option<Box<Error>>,
    },
    /// An interaction with a Worker that no longer runs.
    WorkerNotRunning {
        /// The Worker.
        worker_id: WorkerId,
        /// Its final status, `stopped` or `cancelled`.
        status: &'static str,
    },
    /// A remembered operation id was used again with another request.
    OperationConflict {
        /// The operation id.
        operation_id: String,
    },
    /// The storage failed; nothing is known to be broken.
    StorageFailed {
        /// What the host said.
        reason: String,
    },
    /// Somebody else has taken the store over.
    StorageConflict,
    /// A living holder has the store.
    StorageLocked,
    /// A stored record is broken, swapped or contradicts another.
    StorageCorrupt {
        /// The record's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A stored record, or the store, is not there.
    StorageMissing {
        /// The record's key.
        key: String,
    },
    /// The store has vanished or gone back in time.
    StorageLost {
        /// What gives it away.
        reason: String,
    },
    /// A stored record has a format that this version does not know.
    StorageUnsupportedVersion {
        /// The record's key.
        key: String,
        /// The version found.
        found: u64,
        /// The newest version that can be read.
        supported: u64,
    },
}

impl Error {
    /// As [`Result`] has it. Out of line, because refusals are made in many places and nowhere often.
    #[cold]
    #[inline(never)]
    pub(crate) fn boxed(self) -> Box<Self> {
        Box::new(self)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn invalid(path: &str, reason: &str) -> Box<Self> {
        Self::InvalidRequest { path: path.to_owned(), reason: reason.to_owned() }.boxed()
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn corrupt(key: &str, reason: &str) -> Box<Self> {
        Self::StorageCorrupt { key: key.to_owned(), reason: reason.to_owned() }.boxed()
    }

    pub(crate) fn missing(key: String) -> Box<Self> {
        Self::StorageMissing { key }.boxed()
    }

    /// The stable code of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RuntimeStopped { .. } => "runtime_stopped",
            Self::RuntimeClosed => "runtime_closed",
            Self::RuntimePoisoned => "runtime_poisoned",
            Self::WrongRuntime { .. } => "wrong_runtime",
            Self::WrongRuntimeCursor { .. } => "wrong_runtime_cursor",
            Self::WorkerNotFound { .. } => "worker_not_found",
            Self::LimitTooLarge { .. } => "limit_too_large",
            Self::InvalidRequest { .. } | Self::WorkerNotRunning { .. } => "invalid_request",
            #[cfg(feature = "transfer")]
            Self::InvalidLine { .. } => "invalid_request",
            Self::OperationConflict { .. } => "operation_conflict",
            Self::StorageFailed { .. } => "storage_failed",
            Self::StorageConflict => "storage_conflict",
            Self::StorageLocked => "storage_locked",
            Self::StorageCorrupt { .. } => "storage_corrupt",
            Self::StorageMissing { .. } => "storage_missing",
            Self::StorageLost { .. } => "storage_lost",
            Self::StorageUnsupportedVersion { .. } => "storage_unsupported_version",
        }
    }
}

/// One detail of a refusal, as plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
pub enum ErrorDetail<'a> {
    /// An id, a key, a path.
    Text(&'a str),
    /// A count or a limit.
    Number(u64),
}

impl Error {
    /// What the refusal is about, by name: ids, limits, keys, paths.
    pub fn details(&self) -> Vec<(&'static str, ErrorDetail<'_>)> {
        let mut details = Vec::new();
        self.detail(&mut |name, detail| details.push((name, detail)));
        details
    }

    /// The details, one after another.
    pub(crate) fn detail<'a>(&'a self, visit: &mut dyn FnMut(&'static str, ErrorDetail<'a>)) {
        let mut text = |name, text| visit(name, ErrorDetail::Text(text));
        match self {
            Self::RuntimeStopped { runtime_id } => text("runtimeId", runtime_id.as_str()),
            Self::RuntimeClosed
            | Self::RuntimePoisoned
            | Self::StorageConflict
            | Self::StorageLocked
            | Self::StorageFailed { .. }
            | Self::StorageLost { .. } => {}
            Self::WrongRuntime { expected, actual, worker_id } => {
                text("expectedRuntimeId", expected.as_str());
                text("actualRuntimeId", actual);
                text("workerId", worker_id);
            }
            Self::WrongRuntimeCursor { expected, actual } => {
                text("expectedRuntimeId", expected.as_str());
                text("actualRuntimeId", actual);
            }
            Self::WorkerNotFound { runtime_id, worker_id } => {
                text("runtimeId", runtime_id.as_str());
                text("workerId", worker_id);
            }
            Self::LimitTooLarge { requested, max } => {
                visit("requested", ErrorDetail::Number(*requested));
                visit("max", ErrorDetail::Number(*max));
            }
            Self::InvalidRequest { path, .. } if path.is_empty() => {}
            Self::InvalidRequest { path, .. } => text("path", path),
            #[cfg(feature = "transfer")]
            Self::InvalidLine { line, cause, .. } => {
                if let Some(cause) = cause {
                    cause.detail(visit);
                }
                visit("line", ErrorDetail::Number(*line));
            }
            Self::WorkerNotRunning { worker_id: _, status } => text("status", status),
            Self::OperationConflict { operation_id } => text("operationId", operation_id),
            Self::StorageCorrupt { key, .. } | Self::StorageMissing { key } => text("key", key),
            Self::StorageUnsupportedVersion { key, found, supported } => {
                text("key", key);
                visit("found", ErrorDetail::Number(*found));
                visit("supported", ErrorDetail::Number(*supported));
            }
        }
    }
}

impl Error {
    /// The message, piece by piece.
    pub(crate) fn tell(&self, push: &mut dyn FnMut(&str)) {
        let number = |number| {
            let mut digits = String::new();
            push_decimal(&mut digits, number);
            digits
        };
        let mut all = |pieces: &[&str]| pieces.iter().for_each(|piece| push(piece));
        match self {
            Self::RuntimeStopped { runtime_id } => {
                all(&["runtime ", runtime_id.as_str(), " is stopped: it can be read, not changed"]);
            }
            Self::RuntimeClosed => all(&["the runtime was closed: open it again"]),
            Self::RuntimePoisoned => all(&["the module trapped: open the runtime again"]),
            Self::WrongRuntime { expected, actual, worker_id } => {
                all(&[worker_id, " belongs to runtime ", actual, ", this is runtime ", expected.as_str()]);
            }
            Self::WrongRuntimeCursor { expected, actual } => {
                all(&["the cursor belongs to runtime ", actual, ", this is runtime ", expected.as_str()]);
            }
            Self::WorkerNotFound { runtime_id, worker_id } => {
                all(&["runtime ", runtime_id.as_str(), " has no Worker ", worker_id]);
            }
            Self::LimitTooLarge { requested, max } => {
                all(&[&number(*requested), " items were asked for, the limit is ", &number(*max)]);
            }
            Self::InvalidRequest { path, reason } => {
                all(&[path, if path.is_empty() { "" } else { " " }, reason]);
            }
            #[cfg(feature = "transfer")]
            Self::InvalidLine { line, problem, cause } => {
                all(&["line ", &number(*line), " ", problem]);
                if let Some(cause) = cause {
                    all(&[": "]);
                    cause.tell(push);
                }
            }
            Self::WorkerNotRunning { worker_id, status } => {
                all(&[&worker_id.text(), " is ", status, ": only a running Worker takes inputs and outputs"]);
            }
            Self::OperationConflict { operation_id } => {
                all(&["operation id ", operation_id, " was used before with another request"]);
            }
            Self::StorageFailed { reason } => all(&["the storage failed: ", reason]),
            Self::StorageConflict => all(&["somebody else has taken the store over"]),
            Self::StorageLocked => all(&["a living holder has the store"]),
            Self::StorageCorrupt { key, reason } => {
                all(&["the stored record ", key, " is corrupt: ", reason]);
            }
            Self::StorageMissing { key } => all(&["the stored record ", key, " is missing"]),
            Self::StorageLost { reason } => all(&["the store was lost: ", reason]),
            Self::StorageUnsupportedVersion { key, found, supported } => all(&[
                "the stored record ",
                key,
                " has format ",
                &number(*found),
                "; this version reads up to ",
                &number(*supported),
                ": update the package",
            ]),
        }
    }
}

impl From<Box<Self>> for Error {
    fn from(error: Box<Self>) -> Self {
        *error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = Ok(());
        self.tell(&mut |piece| written = written.and_then(|()| f.write_str(piece)));
        written
    }
}

impl core::error::Error for Error {
    /// The cause of a refused line; every other refusal is its own.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(feature = "transfer")]
            Self::InvalidLine { cause: Some(cause), .. } => Some(&**cause),
            _ => None,
        }
    }
}
