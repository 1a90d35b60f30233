//! Commands executed on an overlay over durable state. What they change is written as log entries; nothing durable
//! changes until the entries are applied, and dropping the transaction undoes all of it.

use alloc::borrow::ToOwned;

use crate::Timestamp;
use crate::entry::{ENTRY_OVERHEAD, Entry, EntryBody, EntryOperation, EntryWriter};
use crate::error::{Error, Result};
use crate::event_log::EventId;
use crate::identity::{OperationId, WorkerId, WorkerRef};
use crate::lifecycle::{WorkerEnd, WorkerStatus};
use crate::limits::{MAX_COMMIT_BYTES, MAX_INTEGER};
use crate::operation::{Answer, Fingerprint, FingerprintBuilder, OperationKey, Receipt, Receipts};
use crate::request::RequestBytes;
use crate::sorted::SortedMap;
use crate::state::{Standing, State};
use crate::text::{blank, is_blank};
use crate::transcript::TranscriptRole;

/// The Worker that a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A Worker of this runtime, by its number; whether it exists is checked at execution.
    Number(u32),
    /// Whatever a reference says; it is checked at execution, because the Worker may be made until then.
    Ref(WorkerRef),
}

const METHOD_CREATE: u8 = 1;
const METHOD_STOP: u8 = 2;
const METHOD_CANCEL: u8 = 3;
const METHOD_INTERACTION: u8 = 16;

/// What a stop or cancel found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) worker: u32,
    pub(crate) status: WorkerStatus,
    pub(crate) event: EventId,
}

/// What an input or output got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) worker: u32,
    pub(crate) sequence: u64,
    pub(crate) event: EventId,
}

/// What a creation got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) worker: u32,
    pub(crate) event: EventId,
}

/// How much goes into one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Bytes of log entries.
    pub(crate) bytes: usize,
    /// Whether the first command goes in however large it is.
    pub(crate) takes_any_first: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { bytes: MAX_COMMIT_BYTES, takes_any_first: true }
    }
}

/// How many Workers one commit changes at most: more wait for the next one, as they do where it is full.
const MOST_TOUCHED: usize = 4096;

/// The overlay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    room: Room,
    /// A command did not go in that would go into a commit of its own.
    is_short_of_room: bool,
    writer: EntryWriter,
    events: u64,
    created: u32,
    stopped: bool,
    touched: SortedMap<u32, Standing>,
    receipts: Receipts,
}

impl Transaction {
    /// One whose commit has this much room.
    pub(crate) fn within(room: Room) -> Self {
        Self { room, ..Self::default() }
    }

    /// One in which nothing but what is remembered is answered: to it, the runtime has stopped.
    pub(crate) fn of_receipts() -> Self {
        Self { stopped: true, ..Self::default() }
    }

    /// What is to be stored and applied.
    pub(crate) fn entries(&self) -> &[u8] {
        &self.writer.bytes
    }

    /// Whether there is anything to store.
    pub(crate) fn has_changes(&self) -> bool {
        !self.writer.bytes.is_empty()
    }

    /// Whether a command with this many bytes of text must wait for another commit.
    pub(crate) fn must_wait(&mut self, text_bytes: usize) -> bool {
        let is_first = self.writer.bytes.is_empty();
        let size = self.writer.bytes.len() + text_bytes + ENTRY_OVERHEAD;
        let is_too_large = size > self.room.bytes && !(is_first && self.room.takes_any_first);
        // Where the store has less room than a commit may take, the next commit would have no more.
        self.is_short_of_room |= is_too_large && self.room.bytes < Room::default().bytes;
        is_too_large || self.touched.len() >= MOST_TOUCHED
    }

    /// Whether a command had to wait because the store has to make room first.
    pub(crate) fn is_short_of_room(&self) -> bool {
        self.is_short_of_room
    }

    pub(crate) fn next_event(&self, state: &State) -> EventId {
        state.history.next_event() + self.events
    }

    fn last_event(&self, state: &State) -> EventId {
        self.next_event(state) - 1
    }

    fn standing(&self, state: &State, worker: u32) -> Option<Standing> {
        match self.touched.get(&worker) {
            Some(standing) => Some(*standing),
            None => state.worker(worker).map(|worker| worker.standing()),
        }
    }

    /// An operation id that is remembered answers before any check of state.
    fn remembered(
        &self,
        state: &State,
        operation: Option<&OperationId>,
        fingerprint: impl FnOnce() -> Fingerprint,
    ) -> Result<core::result::Result<Answer, Option<EntryOperation>>> {
        let Some(id) = operation else {
            return Ok(Err(None));
        };
        let key = OperationKey::of(id);
        let fingerprint = fingerprint();
        match self.receipts.get(&key).or_else(|| state.receipts.get(&key)) {
            None => Ok(Err(Some(EntryOperation { key, fingerprint }))),
            Some(receipt) if receipt.fingerprint == fingerprint => Ok(Ok(receipt.answer)),
            Some(_) => Err(Error::OperationConflict { operation_id: id.as_str().to_owned() }.boxed()),
        }
    }

    fn check_running(&self, state: &State) -> Result<()> {
        if self.stopped || state.stopped {
            return Err(Error::RuntimeStopped { runtime_id: state.runtime_id.clone() }.boxed());
        }
        if self.next_event(state) > MAX_INTEGER {
            return Err(Error::invalid("", "the event log is full"));
        }
        Ok(())
    }

    fn find(&self, state: &State, target: &Target) -> Result<(u32, Standing)> {
        let number = match target {
            Target::Number(number) => *number,
            Target::Ref(worker) => resolve(state, worker)?.map_or(0, WorkerId::number),
        };
        self.standing(state, number).map(|standing| (number, standing)).ok_or_else(|| {
            let worker_id = match target {
                Target::Number(number) => WorkerId::from_number(*number).text(),
                Target::Ref(worker) => worker.worker_id.clone(),
            };
            Error::WorkerNotFound { runtime_id: state.runtime_id.clone(), worker_id }.boxed()
        })
    }

    fn push(
        &mut self,
        body: EntryBody<'_>,
        at: Timestamp,
        operation: Option<EntryOperation>,
        answer: Option<Answer>,
    ) {
        self.writer.push(&Entry { at, body, operation });
        self.events += 1;
        if let (Some(EntryOperation { key, fingerprint }), Some(answer)) = (operation, answer) {
            self.receipts.insert(key, Receipt { fingerprint, answer });
        }
    }

    /// The first event of a runtime.
    pub(crate) fn start_runtime(&mut self, at: Timestamp) {
        self.push(EntryBody::RuntimeStarted, at, None, None);
    }

    pub(crate) fn create_worker(
        &mut self,
        state: &State,
        request: RequestBytes<'_>,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<Created> {
        let fingerprint = || FingerprintBuilder::new(METHOD_CREATE).part(request.0).finish();
        let operation = match self.remembered(state, operation, fingerprint)? {
            Ok(Answer::Created { worker, event }) => return Ok(Created { worker, event }),
            Ok(_) => return Err(Error::invalid("operationId", "was given to another method")),
            Err(operation) => operation,
        };
        self.check_running(state)?;
        request.check()?;
        let worker = u32::try_from(state.workers.len())
            .ok()
            .and_then(|count| count.checked_add(self.created)?.checked_add(1))
            .ok_or_else(|| Error::invalid("", "the catalog is full"))?;
        let event = self.next_event(state);
        let answer = Answer::Created { worker, event };
        self.push(EntryBody::WorkerCreated(request), at, operation, Some(answer));
        self.created += 1;
        let standing = Standing { status: WorkerStatus::Running, transcript_len: 0, last_event: event };
        self.touched.insert(worker, standing);
        Ok(Created { worker, event })
    }

    pub(crate) fn interact(
        &mut self,
        state: &State,
        target: &Target,
        role: TranscriptRole,
        content: &str,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<Accepted> {
        let fingerprint = || {
            identify(FingerprintBuilder::new(METHOD_INTERACTION + role as u8), state, target)
                .part(content.as_bytes())
                .finish()
        };
        let operation = match self.remembered(state, operation, fingerprint)? {
            Ok(Answer::Interaction { worker, event, sequence }) => {
                return Ok(Accepted { worker, sequence, event });
            }
            Ok(_) => return Err(Error::invalid("operationId", "was given to another method")),
            Err(operation) => operation,
        };
        self.check_running(state)?;
        if is_blank(content) {
            return Err(blank("content"));
        }
        let (worker, mut standing) = self.find(state, target)?;
        if standing.status != WorkerStatus::Running {
            return Err(Error::WorkerNotRunning {
                worker_id: WorkerId::from_number(worker),
                status: standing.status.as_str(),
            }
            .boxed());
        }
        let event = self.next_event(state);
        standing.transcript_len += 1;
        standing.last_event = event;
        let sequence = standing.transcript_len;
        let answer = Answer::Interaction { worker, event, sequence };
        self.push(EntryBody::Interaction { worker, role, content }, at, operation, Some(answer));
        self.touched.insert(worker, standing);
        Ok(Accepted { worker, sequence, event })
    }

    pub(crate) fn end_worker(
        &mut self,
        state: &State,
        target: &Target,
        end: WorkerEnd,
        reason: Option<&str>,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<Ended> {
        let cancelled = end == WorkerEnd::Cancel;
        let fingerprint = || {
            let method = if cancelled { METHOD_CANCEL } else { METHOD_STOP };
            let builder = identify(FingerprintBuilder::new(method), state, target);
            match reason {
                None => builder.finish(),
                Some(reason) => builder.part(reason.as_bytes()).finish(),
            }
        };
        let operation = match self.remembered(state, operation, fingerprint)? {
            Ok(Answer::Ended { worker, event, cancelled }) => {
                let status = if cancelled { WorkerStatus::Cancelled } else { WorkerStatus::Stopped };
                return Ok(Ended { worker, status, event });
            }
            Ok(_) => return Err(Error::invalid("operationId", "was given to another method")),
            Err(operation) => operation,
        };
        self.check_running(state)?;
        let (worker, mut standing) = self.find(state, target)?;
        if standing.status == WorkerStatus::Running {
            let event = self.next_event(state);
            standing.status = end.status();
            standing.last_event = event;
            let body = EntryBody::WorkerEnded { worker, cancelled, reason };
            let answer = Answer::Ended { worker, event, cancelled };
            self.push(body, at, operation, Some(answer));
            self.touched.insert(worker, standing);
        }
        Ok(Ended { worker, status: standing.status, event: standing.last_event })
    }

    /// Answers with the id of the event, or of the last event where the runtime was stopped before.
    pub(crate) fn stop_runtime(&mut self, state: &State, at: Timestamp) -> EventId {
        if !self.stopped && !state.stopped {
            self.push(EntryBody::RuntimeStopped, at, None, None);
            self.stopped = true;
        }
        self.last_event(state)
    }
}

/// Which Worker a reference names, if its form can name one at all.
///
/// # Errors
/// [`Error::WrongRuntime`].
pub(crate) fn resolve(state: &State, worker: &WorkerRef) -> Result<Option<WorkerId>> {
    if worker.runtime_id != state.runtime_id.as_str() {
        return Err(Error::WrongRuntime {
            expected: state.runtime_id.clone(),
            actual: worker.runtime_id.clone(),
            worker_id: worker.worker_id.clone(),
        }
        .boxed());
    }
    Ok(WorkerId::parse(&worker.worker_id))
}

/// The same Worker hashes the same, whether it came by number or by reference.
fn identify(builder: FingerprintBuilder, state: &State, target: &Target) -> FingerprintBuilder {
    let number = match target {
        Target::Number(number) => Some(*number),
        Target::Ref(worker) => resolve(state, worker).ok().flatten().map(WorkerId::number),
    };
    // The first part tells which of the two follows: otherwise a reference could spell a number and a text.
    match (number, target) {
        (None, Target::Ref(worker)) => {
            builder.part(b"ref").part(worker.runtime_id.as_bytes()).part(worker.worker_id.as_bytes())
        }
        (number, _) => builder.part(b"number").part(&number.unwrap_or(0).to_le_bytes()),
    }
}
