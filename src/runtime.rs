//! The runtime: commands in, outcomes out.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::catalog::{CreateWorkerRequest, WorkerDetail, WorkerSummary};
use crate::diagnostics::RuntimeDiagnostic;
use crate::error::{Error, Result};
use crate::event_log::{EventCursor, EventId, EventKind, RuntimeEvent, RuntimeEventBatch};
use crate::history::{Resident, ResidentKind};
use crate::identity::{OperationId, RuntimeId, WorkerId, WorkerRef};
use crate::interaction::{WorkerInput, WorkerInteractionAck, WorkerOutput};
use crate::lifecycle::{RuntimeStatus, WorkerEnd, WorkerLifecycleAck, WorkerStatus};
use crate::limits::{MAX_INTEGER, RuntimeLimits};
use crate::request::RequestBytes;
use crate::state::{State, Worker};
use crate::storage::{Room, Store};
use crate::summary::RuntimeSummary;
use crate::text::check_length;
use crate::transaction::{Accepted, Target, Transaction, resolve};
use crate::transcript::{TranscriptEntry, TranscriptProjection, TranscriptQuery, TranscriptRole};
use crate::typed_request::decode_request;

/// What a runtime is created with. It may get more fields: give the rest by `..Default::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// Its name for people.
    pub display_name: Option<String>,
    /// How much a single read may ask for.
    pub limits: RuntimeLimits,
}

impl RuntimeOptions {
    pub(crate) fn check(&self) -> Result<()> {
        for (path, limit) in [
            ("limits.maxTranscriptProjectionItems", self.limits.max_transcript_projection_items),
            ("limits.maxEventBatchItems", self.limits.max_event_batch_items),
        ] {
            if limit > MAX_INTEGER {
                return Err(Error::invalid(path, "must be at most 2^53 - 1"));
            }
        }
        self.display_name.as_ref().map_or(Ok(()), |name| check_length(name, "displayName"))
    }
}

/// One runtime: in memory, or what a host drives to keep one in a [store](crate::storage).
///
/// It knows no clock: whoever calls a mutation says what time it is, and the time is recorded as information only.
/// Every mutation is all or nothing; a refused one leaves no trace.
///
/// One that is kept in a store refuses the methods that change it at once ([`Error::StorageFailed`]): its changes are
/// [executed](Self::execute), [finished](Self::finish) into a commit, and [merged](Self::merge_open) once that is durable.
#[derive(Clone, Debug)]
pub struct Runtime {
    pub(crate) state: State,
    pub(crate) open: Option<Transaction>,
    /// What was open before [`begin_aside`](Self::begin_aside).
    pub(crate) set_aside: Option<Transaction>,
    /// For a runtime that is kept by a host's storage.
    pub(crate) store: Option<Box<Store>>,
}

impl Runtime {
    /// A fresh runtime; its start is event 1.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where a limit is above [`MAX_INTEGER`] or the display name above 16 MiB.
    pub fn new(runtime_id: RuntimeId, options: RuntimeOptions, at: Timestamp) -> Result<Self> {
        let mut runtime = Self::unstarted(runtime_id, options)?;
        runtime.transact(|transaction, _| {
            transaction.start_runtime(at);
            Ok(())
        })?;
        Ok(runtime)
    }

    pub(crate) fn unstarted(runtime_id: RuntimeId, options: RuntimeOptions) -> Result<Self> {
        options.check()?;
        let RuntimeOptions { display_name, limits } = options;
        Ok(Self {
            state: State::new(runtime_id, display_name, limits),
            open: None,
            set_aside: None,
            store: None,
        })
    }

    /// One command as a transaction of its own.
    fn transact<T>(&mut self, run: impl FnOnce(&mut Transaction, &State) -> Result<T>) -> Result<T> {
        if self.store.is_some() {
            let reason =
                "a runtime with a store changes by transactions that are committed before they are merged";
            return Err(Error::StorageFailed { reason: reason.to_owned() }.boxed());
        }
        let mut transaction = Transaction::default();
        let outcome = run(&mut transaction, &self.state)?;
        self.merge(&transaction);
        Ok(outcome)
    }

    /// Makes a transaction's changes durable state.
    pub(crate) fn merge(&mut self, transaction: &Transaction) {
        let applied = self.state.apply(transaction.entries());
        // A transaction is written over this very state: what it wrote can be read and applied.
        assert!(applied.is_ok(), "a transaction was merged over another state than its own");
    }

    /// The runtime's identity.
    pub fn runtime_id(&self) -> &RuntimeId {
        &self.state.runtime_id
    }

    /// Whether it takes mutations.
    pub fn status(&self) -> RuntimeStatus {
        if self.state.stopped { RuntimeStatus::Stopped } else { RuntimeStatus::Running }
    }

    /// Counts and settings.
    pub fn summary(&self) -> RuntimeSummary {
        let [running, stopped, cancelled] = self.state.by_status;
        let (active, stopped) = if self.state.stopped { (0, stopped + running) } else { (running, stopped) };
        RuntimeSummary {
            runtime_id: self.state.runtime_id.clone(),
            display_name: self.state.display_name.clone(),
            status: self.status(),
            worker_count: self.state.workers.len() as u64,
            active_worker_count: active,
            stopped_worker_count: stopped,
            cancelled_worker_count: cancelled,
            diagnostic_count: self.state.remarks.len() as u64,
            limits: self.state.limits,
        }
    }

    /// What the runtime remarked, in order.
    pub fn diagnostics(&self) -> Vec<RuntimeDiagnostic> {
        let remark = |(index, remark): (usize, &crate::state::Remark)| RuntimeDiagnostic {
            id: index as u64 + 1,
            severity: remark.kind.severity(),
            code: remark.kind.code(),
            message: remark.kind.message(),
            worker_ref: self.worker_ref(remark.worker),
        };
        self.state.remarks.iter().enumerate().map(remark).collect()
    }

    pub(crate) fn worker_ref(&self, number: u32) -> Option<WorkerRef> {
        (number > 0).then(|| WorkerRef::new(&self.state.runtime_id, WorkerId::from_number(number)))
    }

    fn named(&self, number: u32) -> WorkerRef {
        WorkerRef::new(&self.state.runtime_id, WorkerId::from_number(number))
    }

    /// Creates a Worker: the next id, status `running`, an event and its diagnostics.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidRequest`] with the path of a field above 16 MiB, [`Error::RuntimeStopped`],
    /// [`Error::InvalidRequest`] with the path of a blank field.
    pub fn create_worker(&mut self, request: &CreateWorkerRequest, at: Timestamp) -> Result<WorkerDetail> {
        self.create_worker_as(request, None, at)
    }

    /// [`create_worker`](Self::create_worker) under an operation id: a repeat of the same request answers as the first did.
    ///
    /// # Errors
    /// [`Error::OperationConflict`] where the id was used with another request, before every check of state.
    pub fn create_worker_as(
        &mut self,
        request: &CreateWorkerRequest,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<WorkerDetail> {
        let stored = request.stored()?;
        let created = self.transact(|transaction, state| {
            transaction.create_worker(state, RequestBytes(&stored), operation, at)
        })?;
        Ok(self.detail_at_creation(created.worker, created.event, request))
    }

    pub(crate) fn detail_at_creation(
        &self,
        number: u32,
        event: EventId,
        request: &CreateWorkerRequest,
    ) -> WorkerDetail {
        let request = request.clone();
        WorkerDetail {
            worker_ref: self.named(number),
            runtime_id: self.state.runtime_id.clone(),
            worker_id: WorkerId::from_number(number),
            status: WorkerStatus::Running,
            intent: request.intent,
            profile: request.profile,
            config_bundle: request.config_bundle,
            requested_capabilities: request.requested_capabilities,
            workspace_refs: request.workspace_refs,
            mount_refs: request.mount_refs,
            transcript_len: 0,
            last_event_id: event,
        }
    }

    /// All Workers, in the order of their creation.
    pub fn list_workers(&self) -> Vec<WorkerSummary> {
        (1..).zip(&self.state.workers).map(|(number, worker)| self.summarize(number, worker)).collect()
    }

    fn summarize(&self, number: u32, worker: &Worker) -> WorkerSummary {
        let request = request_of(worker);
        WorkerSummary {
            worker_ref: self.named(number),
            runtime_id: self.state.runtime_id.clone(),
            worker_id: WorkerId::from_number(number),
            status: self.state.visible_status(worker.status),
            requested_capability_count: request.requested_capabilities.len() as u64,
            has_config_bundle: request.config_bundle.is_some(),
            intent: request.intent,
            profile: request.profile,
            transcript_len: worker.transcript_len(),
            last_event_id: worker.last_event,
        }
    }

    /// The whole record of a Worker.
    ///
    /// # Errors
    /// [`Error::WrongRuntime`], then [`Error::WorkerNotFound`].
    pub fn worker_detail(&self, worker: &WorkerRef) -> Result<WorkerDetail> {
        let (number, found) = self.find(worker)?;
        let mut detail = self.detail_at_creation(number, found.last_event, &request_of(found));
        detail.status = self.state.visible_status(found.status);
        detail.transcript_len = found.transcript_len();
        Ok(detail)
    }

    pub(crate) fn find(&self, worker: &WorkerRef) -> Result<(u32, &Worker)> {
        let number = resolve(&self.state, worker)?.map_or(0, WorkerId::number);
        let found = self.state.worker(number).ok_or_else(|| {
            let (runtime_id, worker_id) = (self.state.runtime_id.clone(), worker.worker_id.clone());
            Error::WorkerNotFound { runtime_id, worker_id }.boxed()
        })?;
        Ok((number, found))
    }

    /// Appends an input to a running Worker's transcript.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidRequest`] (content above 16 MiB), [`Error::RuntimeStopped`],
    /// [`Error::InvalidRequest`] (blank content), [`Error::WrongRuntime`], [`Error::WorkerNotFound`],
    /// [`Error::WorkerNotRunning`].
    pub fn send_input(
        &mut self,
        worker: &WorkerRef,
        input: &WorkerInput,
        at: Timestamp,
    ) -> Result<WorkerInteractionAck> {
        self.interact(worker, input.kind.into(), &input.content, None, at)
    }

    /// Appends to a running Worker's transcript what its model or tool answered.
    ///
    /// # Errors
    /// As [`send_input`](Self::send_input).
    pub fn record_output(
        &mut self,
        worker: &WorkerRef,
        output: &WorkerOutput,
        at: Timestamp,
    ) -> Result<WorkerInteractionAck> {
        self.interact(worker, output.kind.into(), &output.content, None, at)
    }

    /// [`send_input`](Self::send_input) or [`record_output`](Self::record_output), by the role of the entry, with an
    /// operation id: a repeat of the same request answers as the first did.
    ///
    /// # Errors
    /// As [`send_input`](Self::send_input); [`Error::OperationConflict`] comes before every check of state.
    pub fn interact(
        &mut self,
        worker: &WorkerRef,
        role: TranscriptRole,
        content: &str,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<WorkerInteractionAck> {
        check_length(content, "content")?;
        let target = Target::Ref(worker.clone());
        let Accepted { worker, sequence, event } = self.transact(|transaction, state| {
            transaction.interact(state, &target, role, content, operation, at)
        })?;
        Ok(WorkerInteractionAck {
            worker_ref: self.named(worker),
            status: WorkerStatus::Running,
            transcript_sequence: sequence,
            event_id: event,
        })
    }

    /// Ends a Worker. The first end wins: a later one, of either kind, changes nothing and answers as the first did.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidRequest`] (a reason above 16 MiB), [`Error::OperationConflict`],
    /// [`Error::RuntimeStopped`], [`Error::WrongRuntime`], [`Error::WorkerNotFound`].
    pub fn end_worker(
        &mut self,
        worker: &WorkerRef,
        end: WorkerEnd,
        reason: Option<&str>,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<WorkerLifecycleAck> {
        check_length(reason.unwrap_or_default(), "reason")?;
        let target = Target::Ref(worker.clone());
        let ended = self.transact(|transaction, state| {
            transaction.end_worker(state, &target, end, reason, operation, at)
        })?;
        Ok(WorkerLifecycleAck {
            worker_ref: self.named(ended.worker),
            status: ended.status,
            event_id: ended.event,
        })
    }

    /// Stops a Worker, with a reason that becomes the event's message as given.
    ///
    /// # Errors
    /// As [`end_worker`](Self::end_worker).
    pub fn stop_worker(
        &mut self,
        worker: &WorkerRef,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<WorkerLifecycleAck> {
        self.end_worker(worker, WorkerEnd::Stop, reason, None, at)
    }

    /// Cancels a Worker, with a reason that becomes the event's message as given.
    ///
    /// # Errors
    /// As [`end_worker`](Self::end_worker).
    pub fn cancel_worker(
        &mut self,
        worker: &WorkerRef,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<WorkerLifecycleAck> {
        self.end_worker(worker, WorkerEnd::Cancel, reason, None, at)
    }

    /// Stops the runtime and every running Worker. Answers with the id of the event `runtime_stopped`, or of the last
    /// event where it was stopped before.
    ///
    /// # Errors
    /// None for a runtime in memory.
    pub fn stop_runtime(&mut self, at: Timestamp) -> Result<EventId> {
        self.transact(|transaction, state| Ok(transaction.stop_runtime(state, at)))
    }

    /// One page of a transcript.
    ///
    /// # Errors
    /// [`Error::LimitTooLarge`], then as [`worker_detail`](Self::worker_detail); for a runtime with a store
    /// [`Error::StorageFailed`] where the page is not resident, see [`visit_transcript`](Self::visit_transcript).
    pub fn transcript_projection(
        &self,
        worker: &WorkerRef,
        query: TranscriptQuery,
    ) -> Result<TranscriptProjection> {
        let TranscriptQuery { start, limit } = query;
        check_limit(limit, self.state.limits.max_transcript_projection_items)?;
        let (number, found) = self.find(worker)?;
        let page = page_bounds(start, limit, found.transcript_len());
        if page.len > 0 && page.start < found.stored {
            return Err(not_resident());
        }
        let mut items = Vec::with_capacity(page.len as usize);
        self.resident_entries(number, page.start, page.len, Room::ENDLESS).visit(|entry| {
            items.push(TranscriptEntry {
                sequence: entry.sequence,
                worker_ref: self.named(number),
                role: entry.role,
                content: entry.content.to_owned(),
                event_id: entry.event_id,
                recorded_at: entry.recorded_at,
            });
        });
        Ok(TranscriptProjection {
            worker_ref: self.named(number),
            start,
            limit,
            total_items: found.transcript_len(),
            items,
            next_start: page.next_start,
        })
    }

    /// The cursor of the first event.
    pub fn event_cursor_from_start(&self) -> EventCursor {
        self.cursor(1)
    }

    /// The cursor one past the last event.
    pub fn event_cursor_now(&self) -> EventCursor {
        self.cursor(self.state.history.next_event())
    }

    fn cursor(&self, next_event_id: EventId) -> EventCursor {
        EventCursor { runtime_id: self.state.runtime_id.as_str().to_owned(), next_event_id }
    }

    /// At most `limit` events from the cursor on.
    ///
    /// # Errors
    /// [`Error::WrongRuntimeCursor`], then [`Error::LimitTooLarge`]; for a runtime with a store
    /// [`Error::StorageFailed`] where the page is not resident, see [`visit_events`](Self::visit_events).
    pub fn read_events(&self, cursor: &EventCursor, limit: u64) -> Result<RuntimeEventBatch> {
        cursor.check(&self.state.runtime_id)?;
        check_limit(limit, self.state.limits.max_event_batch_items)?;
        let first = cursor.next_event_id.max(1);
        if limit > 0 && first < self.state.history.next_event() && self.state.history.get(first).is_none() {
            return Err(not_resident());
        }
        let events: Vec<_> = self.state.history.range(first, limit).map(|event| self.event(&event)).collect();
        let next = if events.is_empty() { cursor.next_event_id } else { first + events.len() as u64 };
        Ok(RuntimeEventBatch {
            runtime_id: self.state.runtime_id.clone(),
            has_more: next.max(1) < self.state.history.next_event(),
            cursor: self.cursor(next),
            events,
        })
    }

    fn event(&self, resident: &Resident<'_>) -> RuntimeEvent {
        let kind = resident.kind.event_kind();
        let reason = match resident.kind {
            ResidentKind::Entry(_) => None,
            ResidentKind::Event(_) => resident.text,
        };
        RuntimeEvent {
            id: resident.id,
            kind,
            message: message_of(&self.state.runtime_id, kind, resident.worker, reason)
                .unwrap_or_else(|| kind.default_message().to_owned()),
            worker_ref: self.worker_ref(resident.worker),
            recorded_at: resident.at,
        }
    }
}

/// The message of an event that has another than its kind's default.
pub(crate) fn message_of(
    runtime_id: &RuntimeId,
    kind: EventKind,
    worker: u32,
    reason: Option<&str>,
) -> Option<String> {
    match kind {
        EventKind::RuntimeStopped => Some(["runtime ", runtime_id.as_str(), " stopped"].concat()),
        EventKind::WorkerCreated => {
            Some(["worker ", &WorkerId::from_number(worker).text(), " created"].concat())
        }
        _ => reason.map(str::to_owned),
    }
}

/// Which part of `total` items a page of `limit` from `start` on is.
pub(crate) struct PageBounds {
    pub(crate) start: u64,
    pub(crate) len: u64,
    pub(crate) next_start: Option<u64>,
}

pub(crate) fn page_bounds(start: u64, limit: u64, total: u64) -> PageBounds {
    let from = start.min(total);
    let len = limit.min(total - from);
    PageBounds { start: from, len, next_start: (from + len < total).then_some(from + len) }
}

pub(crate) fn check_limit(requested: u64, max: u64) -> Result<()> {
    if requested > max {
        return Err(Error::LimitTooLarge { requested, max }.boxed());
    }
    Ok(())
}

pub(crate) fn request_of(worker: &Worker) -> CreateWorkerRequest {
    // The bytes were decoded once before they became part of the state.
    decode_request(&worker.request).unwrap_or_default()
}

fn not_resident() -> Box<Error> {
    let reason = "the page is not resident: visit it, and provide the records that it needs".to_owned();
    Error::StorageFailed { reason }.boxed()
}
