//! The lines of an export as they are written: one header, events, diagnostics, operations, one trailer.

use alloc::format;
use alloc::string::String;

use serde::Serialize;

use crate::Timestamp;
use crate::blocking::failure::{Result, failed};
use crate::catalog::{CapabilityRequest, ConfigBundleRef, ProfileSelector, ResourceRef, WorkerIntent};
use crate::event_log::EventId;
use crate::limits::RuntimeLimits;
use crate::storage::OperationRecord;

pub(super) const FORMAT: &str = "worker-runtime-export";
pub(super) const VERSION: u64 = 1;

/// What lines of a type may be followed by is what stands behind it.
pub(super) const ORDER: [&str; 5] = ["header", "event", "diagnostic", "operation", "trailer"];

/// One line. Its fields are in the order in which they are written.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Header(Header<'a>),
    Event(Event<'a>),
    Diagnostic(Diagnostic<'a>),
    Operation(&'a OperationRecord),
    Trailer(Trailer),
}

impl Line<'_> {
    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| failed("a line could not be written"))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header<'a> {
    pub(super) format: &'a str,
    pub(super) version: u64,
    pub(super) runtime_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<&'a str>,
    pub(super) limits: RuntimeLimits,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    pub(super) id: EventId,
    pub(super) kind: &'a str,
    pub(super) message: &'a str,
    pub(super) recorded_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worker_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Request<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<Entry<'a>>,
}

/// What a Worker was created with, defaults filled in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    pub(super) intent: &'a WorkerIntent,
    pub(super) profile: &'a ProfileSelector,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config_bundle: Option<&'a ConfigBundleRef>,
    pub(super) requested_capabilities: &'a [CapabilityRequest],
    pub(super) workspace_refs: &'a [ResourceRef],
    pub(super) mount_refs: &'a [ResourceRef],
}

#[derive(Serialize)]
pub(super) struct Entry<'a> {
    pub(super) sequence: u64,
    pub(super) role: &'a str,
    pub(super) content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Diagnostic<'a> {
    pub(super) id: u64,
    pub(super) severity: &'a str,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worker_id: Option<String>,
}

/// What a trailer counts.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) events: u64,
    pub(super) workers: u64,
    pub(super) entries: u64,
    pub(super) diagnostics: u64,
    pub(super) operations: u64,
}

impl Counts {
    /// The counts by their names in a trailer.
    pub(super) fn named(self) -> [(&'static str, u64); 5] {
        let Self { events, workers, entries, diagnostics, operations } = self;
        [
            ("events", events),
            ("workers", workers),
            ("entries", entries),
            ("diagnostics", diagnostics),
            ("operations", operations),
        ]
    }
}

#[derive(Serialize)]
pub(super) struct Trailer {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) crc32: String,
}

/// CRC-32 (IEEE 802.3) of lines, each as UTF-8 and followed by a line feed.
#[derive(Clone, Debug, Default)]
pub(super) struct LineChecksum(crc32fast::Hasher);

impl LineChecksum {
    pub(super) fn add(&mut self, line: &str) {
        self.0.update(line.as_bytes());
        self.0.update(b"\n");
    }

    /// 8 lower-case hex digits.
    pub(super) fn value(&self) -> String {
        format!("{:08x}", self.0.clone().finalize())
    }
}
