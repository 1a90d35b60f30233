//! Moving a runtime from one store to another, event by event: what an export holds beside what can be read anyway, and
//! the replay of it under the same checks that the first recording went through.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::commit::{Ops, Token};
use super::flush::flush;
use super::options::StoreOptions;
use crate::Timestamp;
use crate::catalog::CreateWorkerRequest;
use crate::diagnostics::DiagnosticKind;
use crate::digits::{bytes_from_hex, hex};
use crate::error::{Error, Result};
use crate::event_log::{EventId, EventKind};
use crate::identity::{RuntimeId, WorkerId};
use crate::lifecycle::WorkerEnd;
use crate::operation::{Answer, Fingerprint, OperationKey, Receipt};
use crate::request::RequestBytes;
use crate::runtime::{Runtime, RuntimeOptions, message_of};
use crate::state::Remark;
use crate::text::check_length;
use crate::transaction::{Target, Transaction};
use crate::transcript::TranscriptRole;

/// One event of an export, with all that was recorded with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct ImportedEvent {
    /// Its place in the log.
    pub id: EventId,
    /// What happened, as callers see it.
    pub kind: String,
    /// As callers see it.
    pub message: String,
    /// The host's clock then.
    pub recorded_at: Timestamp,
    /// The Worker, where it concerns one.
    pub worker_id: Option<String>,
    /// For a creation: what the Worker was created with.
    pub request: Option<CreateWorkerRequest>,
    /// For an input or output: the entry.
    pub entry: Option<ImportedEntry>,
}

/// One transcript entry of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
pub struct ImportedEntry {
    /// Its place in the transcript.
    pub sequence: u64,
    /// Who speaks, as callers see it.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// An [`ImportedEvent`] whose parts lie elsewhere.
pub(crate) struct ExportedEvent<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
    pub(crate) recorded_at: Timestamp,
    pub(crate) worker_id: Option<&'a str>,
    /// In its stored form.
    pub(crate) request: Option<&'a [u8]>,
    /// Sequence, role and content.
    pub(crate) entry: Option<(u64, &'a str, &'a str)>,
}

/// The receipt of a remembered operation, as an export holds it: hashes of its id and of its request, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct OperationRecord {
    /// The hash of the operation id, 32 lower-case hex digits.
    pub key: String,
    /// The hash of the request, 16 lower-case hex digits.
    pub fingerprint: String,
    /// The Worker of the answer.
    pub worker_id: String,
    /// The event of the answer.
    pub event_id: EventId,
    /// What the event is, as callers see it: `worker_created`, `worker_input_accepted` …
    pub kind: String,
    /// For an input or output: its place in the transcript.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sequence: Option<u64>,
}

fn mismatch(path: &str) -> Box<Error> {
    Error::invalid(path, "does not follow from the lines before it")
}

/// Runtimes that are moved from one [store](crate::storage) to another, event by event.
impl Runtime {
    /// The receipts of the remembered operations, oldest first.
    pub fn operations(&self) -> Vec<OperationRecord> {
        let receipts = &self.state.receipts;
        receipts.last(receipts.len()).map(|(key, receipt)| record_of(key, receipt)).collect()
    }

    /// An empty runtime that an export is read into. Its store counts as absent until the commit of
    /// [`finish_import`](Self::finish_import); before it, the open transaction is finished and merged as any other.
    ///
    /// # Errors
    /// As [`Runtime::create_stored`].
    pub fn import_stored(
        runtime_id: RuntimeId,
        options: RuntimeOptions,
        store: StoreOptions,
        incarnation: [u8; 16],
    ) -> Result<Self> {
        let mut runtime = Self::create_stored(runtime_id, options, store, incarnation, 0)?;
        runtime.open = Some(Transaction::default());
        if let Some(store) = &mut runtime.store {
            store.root.unfinished = true;
        }
        Ok(runtime)
    }

    /// Records an event of an export anew, in the open transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where it does not follow from what came before; whatever the first recording would have
    /// been refused with. The import is then to be given up.
    pub fn import_event(&mut self, event: &ImportedEvent) -> Result<()> {
        let request = event.request.as_ref().map(CreateWorkerRequest::stored).transpose()?;
        self.import_exported(&ExportedEvent {
            id: event.id,
            kind: &event.kind,
            message: &event.message,
            recorded_at: event.recorded_at,
            worker_id: event.worker_id.as_deref(),
            request: request.as_deref(),
            entry: event.entry.as_ref().map(|entry| (entry.sequence, &*entry.role, &*entry.content)),
        })
    }

    pub(crate) fn import_exported(&mut self, event: &ExportedEvent<'_>) -> Result<()> {
        if self.open.is_none() {
            self.begin();
        }
        let transaction = self.open.get_or_insert_default();
        let state = &self.state;
        let at = event.recorded_at;
        if event.id != transaction.next_event(state) {
            return Err(mismatch("id"));
        }
        let kind = EventKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == event.kind)
            .ok_or_else(|| Error::invalid("kind", "is unknown"))?;
        if (kind == EventKind::RuntimeStarted) != (event.id == 1) {
            return Err(mismatch("kind"));
        }
        let number = match event.worker_id {
            None => 0,
            Some(id) => WorkerId::parse(id).ok_or_else(|| mismatch("workerId"))?.number(),
        };
        let target = Target::Number(number);
        let own_message = message_of(&state.runtime_id, kind, number, None);
        let default = own_message.as_deref().unwrap_or(kind.default_message());
        let ends = matches!(kind, EventKind::WorkerStopped | EventKind::WorkerCancelled);
        if !ends && event.message != default {
            return Err(mismatch("message"));
        }
        match kind {
            EventKind::RuntimeStarted => transaction.start_runtime(at),
            EventKind::RuntimeStopped => {
                transaction.stop_runtime(state, at);
            }
            EventKind::WorkerCreated => {
                let request = RequestBytes(event.request.ok_or_else(|| mismatch("request"))?);
                if transaction.create_worker(state, request, None, at)?.worker != number {
                    return Err(mismatch("workerId"));
                }
            }
            EventKind::WorkerInputAccepted | EventKind::WorkerOutputRecorded => {
                let (sequence, role, content) = event.entry.ok_or_else(|| mismatch("entry"))?;
                let role = TranscriptRole::ALL
                    .into_iter()
                    .find(|known| known.as_str() == role)
                    .ok_or_else(|| Error::invalid("entry.role", "is unknown"))?;
                let is_input = matches!(role, TranscriptRole::User | TranscriptRole::System);
                check_length(content, "entry.content")?;
                if is_input != (kind == EventKind::WorkerInputAccepted) {
                    return Err(mismatch("entry.role"));
                }
                if transaction.interact(state, &target, role, content, None, at)?.sequence != sequence {
                    return Err(mismatch("entry.sequence"));
                }
            }
            EventKind::WorkerStopped | EventKind::WorkerCancelled => {
                let cancels = kind == EventKind::WorkerCancelled;
                let end = if cancels { WorkerEnd::Cancel } else { WorkerEnd::Stop };
                check_length(event.message, "message")?;
                let reason = (event.message != default).then_some(event.message);
                if transaction.end_worker(state, &target, end, reason, None, at)?.event != event.id {
                    return Err(mismatch("workerId"));
                }
            }
        }
        // A second stop of the runtime records nothing.
        if transaction.next_event(state) == event.id + 1 { Ok(()) } else { Err(mismatch("kind")) }
    }

    /// The commit that ends an import and makes the store count; everything before it is merged. `operations` are
    /// remembered, `losses` are the places of accepted losses among the diagnostics, from 0.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where an operation or a loss does not fit what was imported.
    pub fn finish_import(
        &mut self,
        operations: &[OperationRecord],
        losses: &[u64],
        token: Token,
    ) -> Result<Ops> {
        let end = self.state.history.next_event();
        let mut last = 0;
        for record in operations {
            let (key, receipt) =
                receipt_of(record).ok_or_else(|| Error::invalid("operation", "is malformed"))?;
            let worker = WorkerId::parse(&record.worker_id).and_then(|id| self.state.worker(id.number()));
            if worker.is_none() || record.event_id >= end {
                return Err(Error::invalid("operation", "names a Worker or an event that was not imported"));
            }
            if record.event_id <= last || self.state.receipts.get(&key).is_some() {
                return Err(Error::invalid("operation", "is remembered twice, or out of order"));
            }
            last = record.event_id;
            self.state.receipts.insert(key, receipt);
        }
        for &place in losses {
            let index = usize::try_from(place).ok().filter(|index| *index <= self.state.remarks.len());
            let index = index.ok_or_else(|| Error::invalid("diagnostic", "is out of place"))?;
            self.state.remarks.insert(index, Remark { kind: DiagnosticKind::LossAccepted, worker: 0 });
        }
        let Some(store) = self.store.as_deref_mut() else {
            return Ok(Ops::default());
        };
        store.root.unfinished = false;
        store.root.losses.extend_from_slice(losses);
        Ok(flush(store, &self.state, token))
    }
}

fn record_of(key: &OperationKey, receipt: &Receipt) -> OperationRecord {
    let (kind, worker, event_id, sequence) = match receipt.answer {
        Answer::Created { worker, event } => (EventKind::WorkerCreated, worker, event, None),
        Answer::Interaction { worker, event, sequence } => {
            (EventKind::WorkerInputAccepted, worker, event, Some(sequence))
        }
        Answer::Ended { worker, event, cancelled: false } => (EventKind::WorkerStopped, worker, event, None),
        Answer::Ended { worker, event, cancelled: true } => (EventKind::WorkerCancelled, worker, event, None),
    };
    OperationRecord {
        key: hex(&key.0),
        fingerprint: hex(&receipt.fingerprint.0.to_be_bytes()),
        worker_id: WorkerId::from_number(worker).text(),
        event_id,
        kind: kind.as_str().to_owned(),
        sequence,
    }
}

fn receipt_of(record: &OperationRecord) -> Option<(OperationKey, Receipt)> {
    let worker = WorkerId::parse(&record.worker_id)?.number();
    let event = record.event_id;
    let kind = EventKind::ALL.into_iter().find(|kind| kind.as_str() == record.kind)?;
    let answer = match (kind, record.sequence) {
        (EventKind::WorkerCreated, None) => Answer::Created { worker, event },
        (EventKind::WorkerInputAccepted | EventKind::WorkerOutputRecorded, Some(sequence)) => {
            Answer::Interaction { worker, event, sequence }
        }
        (EventKind::WorkerStopped, None) => Answer::Ended { worker, event, cancelled: false },
        (EventKind::WorkerCancelled, None) => Answer::Ended { worker, event, cancelled: true },
        _ => return None,
    };
    let fingerprint = Fingerprint(u64::from_be_bytes(bytes_from_hex(&record.fingerprint)?));
    Some((OperationKey(bytes_from_hex(&record.key)?), Receipt { fingerprint, answer }))
}
