//! The runtime at a glance.

use alloc::string::String;

use crate::identity::RuntimeId;
use crate::lifecycle::RuntimeStatus;
use crate::limits::RuntimeLimits;

/// Counts and settings of one runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct RuntimeSummary {
    /// The runtime.
    pub runtime_id: RuntimeId,
    /// Its name for people, where it has one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub display_name: Option<String>,
    /// Whether it takes mutations.
    pub status: RuntimeStatus,
    /// All Workers.
    pub worker_count: u64,
    /// Those that run.
    pub active_worker_count: u64,
    /// Those that were stopped, with the runtime or before it.
    pub stopped_worker_count: u64,
    /// Those that were cancelled.
    pub cancelled_worker_count: u64,
    /// All diagnostics.
    pub diagnostic_count: u64,
    /// How much a single read may ask for.
    pub limits: RuntimeLimits,
}
