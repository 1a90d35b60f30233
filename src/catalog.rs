//! The catalog: what a Worker was created for.

use alloc::string::String;
use alloc::vec::Vec;

use crate::event_log::EventId;
use crate::identity::{RuntimeId, WorkerId, WorkerRef};
use crate::lifecycle::WorkerStatus;

/// What a Worker is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case", try_from = "crate::shape::IntentShape")
)]
pub enum WorkerIntent {
    /// A general assistant.
    Assistant {
        /// What for, where it is known.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        purpose: Option<String>,
    },
    /// One task.
    Task {
        /// The task; not blank.
        objective: String,
    },
    /// A standing role.
    Role {
        /// The role; not blank.
        role: String,
        /// What for, where it is known.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        purpose: Option<String>,
    },
}

impl Default for WorkerIntent {
    fn default() -> Self {
        Self::Assistant { purpose: None }
    }
}

/// Which configuration a Worker asks for: a selector, not a resolved configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case", try_from = "crate::shape::ProfileShape")
)]
pub enum ProfileSelector {
    /// The host's default.
    #[default]
    RuntimeDefault,
    /// One that comes with the host.
    Builtin {
        /// Its name; not blank.
        value: String,
    },
    /// One that somebody named.
    Named {
        /// Its name; not blank.
        value: String,
    },
}

/// A reference to configuration that the host resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ConfigBundleRef {
    /// The bundle; not blank.
    pub id: String,
}

/// Something that a Worker would like to be able to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CapabilityRequest {
    /// Its name; not blank.
    pub name: String,
    /// Why.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reason: Option<String>,
}

/// A resource, opaque to the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ResourceRef {
    /// Its name; not blank.
    pub name: String,
    /// Where it is; may be blank.
    pub reference: String,
}

/// What a Worker is created with; everything is optional. It may get more fields: give what is wanted, and the rest by
/// `..Default::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct CreateWorkerRequest {
    /// What it is for; an assistant by default.
    pub intent: WorkerIntent,
    /// Which configuration it asks for; the host's default by default.
    pub profile: ProfileSelector,
    /// The configuration that the host resolves for it.
    pub config_bundle: Option<ConfigBundleRef>,
    /// What it would like to be able to do.
    pub requested_capabilities: Vec<CapabilityRequest>,
    /// Its workspaces.
    pub workspace_refs: Vec<ResourceRef>,
    /// Its mounts.
    pub mount_refs: Vec<ResourceRef>,
}

/// A Worker in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct WorkerSummary {
    /// Its reference.
    pub worker_ref: WorkerRef,
    /// Its runtime.
    pub runtime_id: RuntimeId,
    /// Its identity.
    pub worker_id: WorkerId,
    /// Where it stands.
    pub status: WorkerStatus,
    /// What it is for.
    pub intent: WorkerIntent,
    /// Which configuration it asks for.
    pub profile: ProfileSelector,
    /// How many capabilities it asked for.
    pub requested_capability_count: u64,
    /// Whether it names a configuration.
    pub has_config_bundle: bool,
    /// How many entries its transcript has.
    pub transcript_len: u64,
    /// The last event that concerned it alone.
    pub last_event_id: EventId,
}

/// The whole record of a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct WorkerDetail {
    /// Its reference.
    pub worker_ref: WorkerRef,
    /// Its runtime.
    pub runtime_id: RuntimeId,
    /// Its identity.
    pub worker_id: WorkerId,
    /// Where it stands.
    pub status: WorkerStatus,
    /// What it is for.
    pub intent: WorkerIntent,
    /// Which configuration it asks for.
    pub profile: ProfileSelector,
    /// The configuration that the host resolves for it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub config_bundle: Option<ConfigBundleRef>,
    /// What it would like to be able to do.
    pub requested_capabilities: Vec<CapabilityRequest>,
    /// Its workspaces.
    pub workspace_refs: Vec<ResourceRef>,
    /// Its mounts.
    pub mount_refs: Vec<ResourceRef>,
    /// How many entries its transcript has.
    pub transcript_len: u64,
    /// The last event that concerned it alone.
    pub last_event_id: EventId,
}
