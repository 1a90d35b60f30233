//! What the lines between the header and the end of an export say, and whether they fit together.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::fields::{Fields, Value};
use super::filling::Filling;
use super::format::Counts;
use super::request::{check_whole, read_request};
use crate::blocking::contract::{Host, Store};
use crate::blocking::failure::Failure;
use crate::diagnostics::DiagnosticKind;
use crate::error::Result;
use crate::event_log::EventKind;
use crate::identity::WorkerId;
use crate::runtime::RuntimeOptions;
use crate::state::Remark;
use crate::storage::{ExportedEvent, OperationRecord};
use crate::{RuntimeId, RuntimeLimits};

/// What the first line says.
pub(super) fn read_header(fields: &Fields<'_>) -> Result<(RuntimeId, RuntimeOptions)> {
    let limits = fields.need("limits", "limits")?.object("limits")?;
    let limit = |name, path| limits.need(name, path)?.integer(path);
    let runtime_id = RuntimeId::new(fields.need("runtimeId", "runtimeId")?.text("runtimeId")?)?;
    let display_name = optional_text(fields, "displayName")?;
    let limits = RuntimeLimits {
        max_transcript_projection_items: limit(
            "maxTranscriptProjectionItems",
            "limits.maxTranscriptProjectionItems",
        )?,
        max_event_batch_items: limit("maxEventBatchItems", "limits.maxEventBatchItems")?,
    };
    Ok((runtime_id, RuntimeOptions { display_name: display_name.map(Cow::into_owned), limits }))
}

fn text<'a>(fields: &Fields<'a>, name: &str) -> Result<Cow<'a, str>> {
    fields.need(name, name)?.text(name)
}

fn integer(fields: &Fields<'_>, name: &str) -> Result<u64> {
    fields.need(name, name)?.integer(name)
}

fn optional_text<'a>(fields: &Fields<'a>, name: &str) -> Result<Option<Cow<'a, str>>> {
    fields.get(name).map(|value| value.text(name)).transpose()
}

struct ReadEntry<'a> {
    sequence: u64,
    role: Cow<'a, str>,
    content: Cow<'a, str>,
}

fn read_entry(value: Value<'_>) -> Result<ReadEntry<'_>> {
    let fields = value.object("entry")?;
    Ok(ReadEntry {
        sequence: fields.need("sequence", "entry.sequence")?.integer("entry.sequence")?,
        role: fields.need("role", "entry.role")?.text("entry.role")?,
        content: fields.need("content", "entry.content")?.text("entry.content")?,
    })
}

/// What was read of the lines after the header.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) counts: Counts,
    /// How many diagnostics were as they follow from the events.
    matched: u64,
    /// The places of accepted losses among the diagnostics.
    pub(super) losses: Vec<u64>,
    pub(super) operations: Vec<OperationRecord>,
}

impl Body {
    pub(super) fn event<S: Store, H: Host>(
        &mut self,
        fields: &Fields<'_>,
        filling: &mut Filling<S, H>,
    ) -> Result<(), Failure> {
        self.counts.events += 1;
        let id = integer(fields, "id")?;
        let kind = text(fields, "kind")?;
        let message = text(fields, "message")?;
        let recorded_at = integer(fields, "recordedAt")?;
        let worker_id = optional_text(fields, "workerId")?;
        let entry = fields.get("entry").map(read_entry).transpose()?;
        let given = fields.get("request");
        let request = given.map(|value| read_request(value)?.stored()).transpose()?;
        if kind == EventKind::WorkerCreated.as_str() {
            self.counts.workers += 1;
            check_whole(given)?;
        } else if [EventKind::WorkerInputAccepted, EventKind::WorkerOutputRecorded]
            .iter()
            .any(|known| kind == known.as_str())
        {
            self.counts.entries += 1;
        }
        filling.event(&ExportedEvent {
            id,
            kind: &kind,
            message: &message,
            recorded_at,
            worker_id: worker_id.as_deref(),
            request: request.as_deref(),
            entry: entry.as_ref().map(|entry| (entry.sequence, &*entry.role, &*entry.content)),
        })
    }

    /// What is wrong with a diagnostic, if anything.
    pub(super) fn diagnostic<S: Store, H: Host>(
        &mut self,
        fields: &Fields<'_>,
        filling: &mut Filling<S, H>,
    ) -> Result<Option<&'static str>, Failure> {
        let place = self.counts.diagnostics;
        self.counts.diagnostics += 1;
        if !fields.get("id").is_some_and(|id| id.is_number(place + 1)) {
            return Ok(Some("is out of order"));
        }
        let is = |name: &str, expected: &str| fields.get(name).is_some_and(|value| value.is_text(expected));
        let expected = if is("code", DiagnosticKind::LossAccepted.code()) {
            // It follows from no event.
            self.losses.push(place);
            Some(&Remark { kind: DiagnosticKind::LossAccepted, worker: 0 })
        } else {
            self.matched += 1;
            filling.remarks()?.get(self.matched as usize - 1)
        };
        let fits = expected.is_some_and(|expected| {
            let (kind, worker) = (expected.kind, expected.worker);
            is("severity", kind.severity().as_str())
                && is("code", kind.code())
                && is("message", kind.message())
                && match worker {
                    0 => fields.get("workerId").is_none(),
                    number => is("workerId", &WorkerId::from_number(number).text()),
                }
        });
        Ok((!fits).then_some("does not follow from the events"))
    }

    /// Whether no diagnostic is missing.
    pub(super) fn has_all_diagnostics<S: Store, H: Host>(
        &self,
        filling: &mut Filling<S, H>,
    ) -> Result<bool, Failure> {
        Ok(filling.remarks()?.len() as u64 == self.matched)
    }

    pub(super) fn operation(&mut self, fields: &Fields<'_>) -> Result<()> {
        self.counts.operations += 1;
        self.operations.push(OperationRecord {
            key: text(fields, "key")?.into_owned(),
            fingerprint: text(fields, "fingerprint")?.into_owned(),
            worker_id: text(fields, "workerId")?.into_owned(),
            event_id: integer(fields, "eventId")?,
            kind: text(fields, "kind")?.into_owned(),
            sequence: fields.get("sequence").map(|value| value.integer("sequence")).transpose()?,
        });
        Ok(())
    }
}
