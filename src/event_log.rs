//! The event log: everything that happened in a runtime, ids 1, 2, 3 … without gaps.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::error::{Error, Result};
use crate::identity::{RuntimeId, WorkerRef};

/// The place of an event in its runtime's log, from 1.
pub type EventId = u64;

/// What happened. The set is closed: stored events name no other kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum EventKind {
    /// The runtime was created: event 1, once, never at a restore.
    RuntimeStarted = 0,
    /// The runtime was stopped, and every running Worker with it.
    RuntimeStopped = 1,
    /// A Worker was created.
    WorkerCreated = 2,
    /// A Worker took an input.
    WorkerInputAccepted = 3,
    /// An output of a Worker was recorded.
    WorkerOutputRecorded = 4,
    /// A Worker was stopped.
    WorkerStopped = 5,
    /// A Worker was cancelled.
    WorkerCancelled = 6,
}

impl EventKind {
    /// All kinds, by code.
    pub const ALL: [Self; 7] = [
        Self::RuntimeStarted,
        Self::RuntimeStopped,
        Self::WorkerCreated,
        Self::WorkerInputAccepted,
        Self::WorkerOutputRecorded,
        Self::WorkerStopped,
        Self::WorkerCancelled,
    ];

    /// The kind as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RuntimeStarted => "runtime_started",
            Self::RuntimeStopped => "runtime_stopped",
            Self::WorkerCreated => "worker_created",
            Self::WorkerInputAccepted => "worker_input_accepted",
            Self::WorkerOutputRecorded => "worker_output_recorded",
            Self::WorkerStopped => "worker_stopped",
            Self::WorkerCancelled => "worker_cancelled",
        }
    }

    /// Whether an event of this kind says the same as every other, if nothing of its own.
    #[cfg(any(test, all(feature = "wasm", target_arch = "wasm32")))]
    #[inline(always)]
    pub(crate) fn has_default_message(self) -> bool {
        !matches!(self, Self::RuntimeStopped | Self::WorkerCreated)
    }

    /// The message of an event that has none of its own; empty for the kinds whose message names something.
    pub fn default_message(self) -> &'static str {
        match self {
            Self::RuntimeStarted => "runtime started",
            Self::RuntimeStopped | Self::WorkerCreated => "",
            Self::WorkerInputAccepted => "worker input accepted",
            Self::WorkerOutputRecorded => "worker output recorded",
            Self::WorkerStopped => "worker stopped",
            Self::WorkerCancelled => "worker cancelled",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct RuntimeEvent {
    /// Its place in the log.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// For a person: what happened, or the caller's reason.
    pub message: String,
    /// The Worker, where it concerns one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub worker_ref: Option<WorkerRef>,
    /// The host's clock then; information only.
    pub recorded_at: Timestamp,
}

/// A place in the log of one runtime: plain data that may be kept and used again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct EventCursor {
    /// The runtime.
    pub runtime_id: String,
    /// The next event to read. 0 reads like 1; beyond the end is legal.
    pub next_event_id: EventId,
}

impl EventCursor {
    /// Checks that the cursor is one of `runtime`.
    ///
    /// # Errors
    /// [`Error::WrongRuntimeCursor`] where it is not.
    pub fn check(&self, runtime: &RuntimeId) -> Result<()> {
        if self.runtime_id == runtime.as_str() {
            return Ok(());
        }
        Err(Error::WrongRuntimeCursor { expected: runtime.clone(), actual: self.runtime_id.clone() }.boxed())
    }
}

/// Some consecutive events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct RuntimeEventBatch {
    /// The runtime.
    pub runtime_id: RuntimeId,
    /// Where to go on; unchanged where there was nothing.
    pub cursor: EventCursor,
    /// The events.
    pub events: Vec<RuntimeEvent>,
    /// Whether more are there already.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_message_is_told_of_where_there_is_one() {
        for kind in EventKind::ALL {
            assert_eq!(kind.has_default_message(), !kind.default_message().is_empty(), "{kind:?}");
        }
    }
}
