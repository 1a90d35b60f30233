//! Statuses, and what stopping and cancelling answer.

use crate::event_log::EventId;
use crate::identity::WorkerRef;

/// Where a Worker stands. `Stopped` and `Cancelled` are final: the first call wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum WorkerStatus {
    /// It takes inputs and outputs.
    Running = 0,
    /// It ended by `stop_worker`, or with its runtime.
    Stopped = 1,
    /// It ended by `cancel_worker`.
    Cancelled = 2,
}

impl WorkerStatus {
    /// All statuses, by code.
    pub const ALL: [Self; 3] = [Self::Running, Self::Stopped, Self::Cancelled];

    /// The status as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How a Worker is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkerEnd {
    /// `running` → `stopped`.
    Stop,
    /// `running` → `cancelled`.
    Cancel,
}

impl WorkerEnd {
    /// The status that it leads to.
    pub fn status(self) -> WorkerStatus {
        match self {
            Self::Stop => WorkerStatus::Stopped,
            Self::Cancel => WorkerStatus::Cancelled,
        }
    }
}

/// Whether a runtime takes mutations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum RuntimeStatus {
    /// It does.
    Running,
    /// It can be read, and never changed again.
    Stopped,
}

/// What stopping or cancelling a Worker answers: always the first end, whoever asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct WorkerLifecycleAck {
    /// The Worker.
    pub worker_ref: WorkerRef,
    /// Its final status.
    pub status: WorkerStatus,
    /// The event that ended it.
    pub event_id: EventId,
}
