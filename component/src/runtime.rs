//! The exported resource: a runtime in memory, on a store, or only looked at.

use std::cell::RefCell;
use std::rc::Rc;

use worker_runtime::blocking::{self, Failure, Host};
use worker_runtime::{
    Command, Error, EventCursor, OperationId, Outcome, Runtime, RuntimeId, RuntimeLimits, RuntimeOptions,
    TranscriptQuery, WorkerEnd, WorkerRef, storage::StoreOptions,
};

use crate::convert::{self, Result};
use crate::exports::worker_runtime::runtime::runtimes::{self as wit, GuestRuntime};
use crate::host::{Imported, ImportedHost};
use crate::kept::Kept;
use crate::lines;
use crate::worker_runtime::runtime::types;

/// One runtime.
pub(crate) struct Handle {
    id: String,
    kept: Rc<RefCell<Kept>>,
}

fn generated_or(id: Option<String>) -> Result<RuntimeId> {
    let id = match id {
        Some(id) => RuntimeId::new(id),
        None => ImportedHost.random_bits().map(RuntimeId::from_random_bits),
    };
    id.map_err(convert::error)
}

fn operation(id: Option<String>) -> Result<Option<OperationId>> {
    id.map(OperationId::new).transpose().map_err(convert::error)
}

fn split(options: wit::CreateOptions) -> Result<(RuntimeId, RuntimeOptions)> {
    let limits = options.limits.map_or_else(RuntimeLimits::default, convert::limits);
    let id = generated_or(options.runtime_id)?;
    Ok((id, RuntimeOptions { display_name: options.display_name, limits }))
}

impl Handle {
    fn export(id: &RuntimeId, kept: Kept) -> wit::Runtime {
        wit::Runtime::new(Self { id: id.as_str().to_owned(), kept: Rc::new(RefCell::new(kept)) })
    }

    /// What needs nothing from a store.
    fn look<T>(&self, ask: impl FnOnce(&Runtime) -> worker_runtime::Result<T>) -> Result<T> {
        let mut kept = self.kept.borrow_mut();
        let runtime = match &mut *kept {
            Kept::Memory(runtime) => Ok(&**runtime),
            Kept::Stored(stored) => stored.view().runtime(),
            Kept::Viewed(view) => view.runtime(),
            Kept::Closed => Err(Error::RuntimeClosed),
        };
        ask(runtime.map_err(convert::error)?).map_err(convert::error)
    }

    fn change(&self, command: Command, operation: Option<OperationId>) -> Result<Outcome> {
        let changed = match &mut *self.kept.borrow_mut() {
            Kept::Memory(runtime) => {
                runtime.begin();
                let outcome = runtime.execute(&command, operation.as_ref(), ImportedHost.now());
                runtime.merge_open();
                outcome.map_err(Failure::from)
            }
            Kept::Stored(stored) => stored.execute(command, operation),
            Kept::Viewed(_) => {
                Err(Error::StorageFailed { reason: "a view does not change what it shows".to_owned() }.into())
            }
            Kept::Closed => Err(Error::RuntimeClosed.into()),
        };
        changed.map_err(convert::failure)
    }

    fn end(
        &self,
        worker: types::WorkerRef,
        end: WorkerEnd,
        reason: Option<String>,
        operation_id: Option<String>,
    ) -> Result<types::LifecycleAck> {
        let command = Command::EndWorker { worker: convert::worker_ref_in(worker), end, reason };
        match self.change(command, operation(operation_id)?)? {
            Outcome::Ended(ack) => Ok(convert::lifecycle_ack(ack)),
            _ => Err(unexpected()),
        }
    }
}

/// The core answers a command with its own outcome.
fn unexpected() -> types::Error {
    convert::error(Error::RuntimePoisoned)
}

impl GuestRuntime for Handle {
    fn create(options: wit::CreateOptions) -> Result<wit::Runtime> {
        let (id, options) = split(options)?;
        let runtime = Runtime::new(id.clone(), options, ImportedHost.now()).map_err(convert::error)?;
        Ok(Self::export(&id, Kept::Memory(Box::new(runtime))))
    }

    fn open(options: wit::OpenOptions) -> Result<wit::Runtime> {
        let wit::OpenOptions { create_with, create, takeover, accept_loss, cache_bytes } = options;
        let (id, runtime) = split(create_with)?;
        let mut store = StoreOptions::default();
        if let Some(bytes) = cache_bytes {
            store.cache_bytes = bytes as usize;
        }
        let options = blocking::OpenOptions { runtime, create, takeover, accept_loss, store };
        let stored = blocking::open(&mut Imported, ImportedHost, id.clone(), &options);
        Ok(Self::export(&id, Kept::Stored(Box::new(stored.map_err(convert::failure)?))))
    }

    fn inspect(runtime_id: String) -> Result<wit::Runtime> {
        let id = RuntimeId::new(runtime_id).map_err(convert::error)?;
        let view = blocking::inspect(&mut Imported, ImportedHost, &id).map_err(convert::failure)?;
        Ok(Self::export(&id, Kept::Viewed(Box::new(view))))
    }

    fn runtime_id(&self) -> String {
        self.id.clone()
    }

    fn status(&self) -> Result<types::RuntimeStatus> {
        self.look(|runtime| Ok(convert::runtime_status(runtime.status())))
    }

    fn summary(&self) -> Result<types::RuntimeSummary> {
        let mut summary = self.look(|runtime| Ok(convert::summary(runtime.summary())))?;
        summary.durability = match &mut *self.kept.borrow_mut() {
            Kept::Stored(stored) => Some(convert::durability(stored.view().durability())),
            Kept::Viewed(view) => Some(convert::durability(view.durability())),
            Kept::Memory(_) | Kept::Closed => None,
        };
        Ok(summary)
    }

    fn diagnostics(&self) -> Result<Vec<types::Diagnostic>> {
        self.look(|runtime| Ok(runtime.diagnostics().into_iter().map(convert::diagnostic).collect()))
    }

    fn create_worker(
        &self,
        request: types::CreateWorkerRequest,
        operation_id: Option<String>,
    ) -> Result<types::WorkerDetail> {
        let command = Command::CreateWorker(convert::request_in(request));
        match self.change(command, operation(operation_id)?)? {
            Outcome::Created(detail) => Ok(convert::detail(*detail)),
            _ => Err(unexpected()),
        }
    }

    fn list_workers(&self) -> Result<Vec<types::WorkerSummary>> {
        self.look(|runtime| Ok(runtime.list_workers().into_iter().map(convert::worker_summary).collect()))
    }

    fn worker_detail(&self, worker: types::WorkerRef) -> Result<types::WorkerDetail> {
        let worker = convert::worker_ref_in(worker);
        self.look(|runtime| runtime.worker_detail(&worker).map(convert::detail))
    }

    fn interact(
        &self,
        worker: types::WorkerRef,
        role: types::TranscriptRole,
        content: String,
        operation_id: Option<String>,
    ) -> Result<types::InteractionAck> {
        let (worker, role) = (convert::worker_ref_in(worker), convert::role_in(role));
        let command = Command::Interact { worker, role, content };
        match self.change(command, operation(operation_id)?)? {
            Outcome::Accepted(ack) => Ok(convert::interaction_ack(ack)),
            _ => Err(unexpected()),
        }
    }

    fn stop_worker(
        &self,
        worker: types::WorkerRef,
        reason: Option<String>,
        operation_id: Option<String>,
    ) -> Result<types::LifecycleAck> {
        self.end(worker, WorkerEnd::Stop, reason, operation_id)
    }

    fn cancel_worker(
        &self,
        worker: types::WorkerRef,
        reason: Option<String>,
        operation_id: Option<String>,
    ) -> Result<types::LifecycleAck> {
        self.end(worker, WorkerEnd::Cancel, reason, operation_id)
    }

    fn stop_runtime(&self) -> Result<u64> {
        match self.change(Command::StopRuntime, None)? {
            Outcome::RuntimeStopped(event) => Ok(event),
            _ => Err(unexpected()),
        }
    }

    fn transcript_projection(
        &self,
        worker: types::WorkerRef,
        start: u64,
        limit: u64,
    ) -> Result<types::TranscriptProjection> {
        convert::within("start", start)?;
        convert::within("limit", limit)?;
        let worker: WorkerRef = convert::worker_ref_in(worker);
        let query = TranscriptQuery { start, limit };
        let page = match &mut *self.kept.borrow_mut() {
            Kept::Memory(runtime) => runtime.transcript_projection(&worker, query).map_err(Failure::from),
            Kept::Stored(stored) => stored.view().transcript_projection(&worker, query),
            Kept::Viewed(view) => view.transcript_projection(&worker, query),
            Kept::Closed => Err(Error::RuntimeClosed.into()),
        };
        page.map(convert::projection).map_err(convert::failure)
    }

    fn event_cursor_from_start(&self) -> Result<types::EventCursor> {
        self.look(|runtime| Ok(convert::cursor(runtime.event_cursor_from_start())))
    }

    fn event_cursor_now(&self) -> Result<types::EventCursor> {
        self.look(|runtime| Ok(convert::cursor(runtime.event_cursor_now())))
    }

    fn read_events(&self, cursor: types::EventCursor, limit: u64) -> Result<types::EventBatch> {
        convert::within("cursor.nextEventId", cursor.next_event_id)?;
        convert::within("limit", limit)?;
        let cursor = EventCursor { runtime_id: cursor.runtime_id, next_event_id: cursor.next_event_id };
        let batch = match &mut *self.kept.borrow_mut() {
            Kept::Memory(runtime) => runtime.read_events(&cursor, limit).map_err(Failure::from),
            Kept::Stored(stored) => stored.view().read_events(&cursor, limit),
            Kept::Viewed(view) => view.read_events(&cursor, limit),
            Kept::Closed => Err(Error::RuntimeClosed.into()),
        };
        batch.map(convert::batch).map_err(convert::failure)
    }

    fn export_lines(&self) -> Result<wit::LineSource> {
        lines::Source::of(&self.kept).map(wit::LineSource::new)
    }

    fn regroup(&self) -> Result<bool> {
        match &mut *self.kept.borrow_mut() {
            Kept::Stored(stored) => stored.regroup().map_err(convert::error),
            Kept::Memory(_) | Kept::Viewed(_) => Ok(false),
            Kept::Closed => Err(convert::error(Error::RuntimeClosed)),
        }
    }

    fn close(&self) {
        let kept = self.kept.replace(Kept::Closed);
        if let Kept::Stored(stored) = kept {
            stored.close();
        }
    }
}
