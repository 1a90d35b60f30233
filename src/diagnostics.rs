//! Diagnostics: what the runtime remarked about what it was given.

use crate::identity::WorkerRef;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum Severity {
    /// Good to know.
    Info = 0,
    /// Worth a look.
    Warning = 1,
    /// Something is wrong.
    Error = 2,
}

impl Severity {
    /// All severities, by code.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The severity as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is remarked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum DiagnosticKind {
    /// A Worker has no reference to a configuration.
    LocalDefaultResources = 0,
    /// A Worker asked for no capability.
    ToolsLess = 1,
    /// A store was opened although something in it was lost.
    LossAccepted = 2,
}

impl DiagnosticKind {
    /// All kinds, by code.
    pub const ALL: &[Self] = &[Self::LocalDefaultResources, Self::ToolsLess, Self::LossAccepted];

    /// How much it matters.
    pub fn severity(self) -> Severity {
        match self {
            Self::LocalDefaultResources | Self::ToolsLess => Severity::Info,
            Self::LossAccepted => Severity::Warning,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::LocalDefaultResources => "runtime.local_default_resources",
            Self::ToolsLess => "worker.tools_less",
            Self::LossAccepted => "storage.loss_accepted",
        }
    }

    /// The message for a person.
    pub fn message(self) -> &'static str {
        match self {
            Self::LocalDefaultResources => {
                "worker created without ConfigBundleRef; runtime-local defaults are assumed"
            }
            Self::ToolsLess => "worker created without requested tool capabilities",
            Self::LossAccepted => "the store was opened although the host had evidence of loss",
        }
    }
}

/// One remark.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct RuntimeDiagnostic {
    /// Its place in the list, from 1.
    pub id: u64,
    /// How much it matters.
    pub severity: Severity,
    /// The stable code.
    pub code: &'static str,
    /// For a person.
    pub message: &'static str,
    /// The Worker, where it concerns one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub worker_ref: Option<WorkerRef>,
}
