//! Durable state, and the only way in which it changes: applying log entries.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::codec::{Decoded, Malformed};
use crate::diagnostics::DiagnosticKind;
use crate::entry::{Entry, EntryBody, EntryReader};
use crate::event_log::{EventId, EventKind};
use crate::history::{History, NewEvent, ResidentKind};
use crate::identity::RuntimeId;
use crate::lifecycle::WorkerStatus;
use crate::limits::RuntimeLimits;
use crate::operation::{Answer, Receipt, Receipts};
use crate::request::RequestBytes;
use crate::sorted::SortedMap;
use crate::storage::Piece;
use crate::transcript::TranscriptRole;

/// One Worker.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    /// What it was created with, in its stored form: it was read back once before it came here.
    pub(crate) request: Box<[u8]>,
    /// Its own status; a stopped runtime's Workers count as stopped besides.
    pub(crate) status: WorkerStatus,
    /// The last event that concerned it alone; for an ended Worker the one that ended it.
    pub(crate) last_event: EventId,
    /// How many entries are in settled segments of a store.
    pub(crate) settled: u64,
    /// The runs of a store that have its entries after the settled ones, in order.
    pub(crate) pieces: Vec<Piece>,
    /// How many entries are in a store's segments and runs, and not resident.
    pub(crate) stored: u64,
    /// The events of the entries after those, in order.
    pub(crate) entries: Vec<EventId>,
}

impl Worker {
    /// A Worker that was just created.
    pub(crate) fn new(request: &[u8], event: EventId) -> Self {
        Self {
            request: request.into(),
            status: WorkerStatus::Running,
            last_event: event,
            settled: 0,
            pieces: Vec::new(),
            stored: 0,
            entries: Vec::new(),
        }
    }

    pub(crate) fn transcript_len(&self) -> u64 {
        self.stored + self.entries.len() as u64
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { status: self.status, transcript_len: self.transcript_len(), last_event: self.last_event }
    }
}

/// What of a Worker changes after its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: WorkerStatus,
    pub(crate) transcript_len: u64,
    pub(crate) last_event: EventId,
}

/// A diagnostic without its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remark {
    pub(crate) kind: DiagnosticKind,
    /// The Worker's number, 0 for none.
    pub(crate) worker: u32,
}

/// What is durable of one runtime.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) runtime_id: RuntimeId,
    pub(crate) display_name: Option<String>,
    pub(crate) limits: RuntimeLimits,
    pub(crate) stopped: bool,
    pub(crate) workers: Vec<Worker>,
    pub(crate) history: History,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) receipts: Receipts,
    /// How many Workers have each status, by code.
    pub(crate) by_status: [u64; 3],
    /// For a store: the Workers that changed since the last flush, and how each stood then, if it was there.
    pub(crate) dirty: Option<Dirty>,
}

/// How a Worker stood at the last flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AtFlush {
    pub(crate) status: WorkerStatus,
    pub(crate) last_event: EventId,
}

/// By Worker number.
pub(crate) type Dirty = SortedMap<u32, Option<AtFlush>>;

// Out of the way of runtimes without a store.
#[inline(never)]
fn note_change(dirty: &mut Dirty, number: u32, worker: &Worker) {
    let stood = AtFlush { status: worker.status, last_event: worker.last_event };
    dirty.insert_if_absent(number, Some(stood));
}

impl State {
    /// A runtime to which nothing has happened yet, not even its start.
    pub(crate) fn new(runtime_id: RuntimeId, display_name: Option<String>, limits: RuntimeLimits) -> Self {
        Self {
            runtime_id,
            display_name,
            limits,
            stopped: false,
            workers: Vec::new(),
            history: History::starting_at(1),
            remarks: Vec::new(),
            receipts: Receipts::default(),
            by_status: [0; 3],
            dirty: None,
        }
    }

    pub(crate) fn worker(&self, number: u32) -> Option<&Worker> {
        self.workers.get((number as usize).checked_sub(1)?)
    }

    /// A running Worker that is about to change.
    #[inline(always)]
    fn running(&mut self, number: u32) -> Decoded<&mut Worker> {
        let index = (number as usize).checked_sub(1).ok_or(Malformed)?;
        let worker = self.workers.get_mut(index).ok_or(Malformed)?;
        if worker.status != WorkerStatus::Running {
            return Err(Malformed);
        }
        if let Some(dirty) = &mut self.dirty {
            note_change(dirty, number, worker);
        }
        Ok(worker)
    }

    /// The status that callers see.
    pub(crate) fn visible_status(&self, own: WorkerStatus) -> WorkerStatus {
        if self.stopped && own == WorkerStatus::Running { WorkerStatus::Stopped } else { own }
    }

    /// Applies entries in order.
    ///
    /// # Errors
    /// [`Malformed`] where they could not have been written over this state; what came before stays applied, so a
    /// caller that is refused abandons the state.
    pub(crate) fn apply(&mut self, entries: &[u8]) -> Decoded<()> {
        for entry in EntryReader::new(entries) {
            self.apply_one(&entry?)?;
        }
        Ok(())
    }

    fn apply_one(&mut self, entry: &Entry<'_>) -> Decoded<()> {
        let event = self.history.next_event();
        // Event 1 is the start and nothing else is; after the stop there is nothing.
        let is_start = entry.body == EntryBody::RuntimeStarted;
        if self.stopped || is_start != (event == 1) {
            return Err(Malformed);
        }
        let answer = match entry.body {
            EntryBody::RuntimeStarted => {
                self.push_event(EventKind::RuntimeStarted, 0, entry.at, None);
                None
            }
            EntryBody::RuntimeStopped => {
                self.stopped = true;
                self.push_event(EventKind::RuntimeStopped, 0, entry.at, None);
                None
            }
            EntryBody::WorkerCreated(request) => Some(self.create(request, event, entry.at)?),
            EntryBody::Interaction { worker, role, content } => {
                let sequence = self.append_entry(worker, role, entry.at, content)?;
                Some(Answer::Interaction { worker, event, sequence })
            }
            EntryBody::WorkerEnded { worker, cancelled, reason } => {
                let target = self.running(worker)?;
                let (status, kind) = if cancelled {
                    (WorkerStatus::Cancelled, EventKind::WorkerCancelled)
                } else {
                    (WorkerStatus::Stopped, EventKind::WorkerStopped)
                };
                target.status = status;
                target.last_event = event;
                self.by_status[WorkerStatus::Running as usize] -= 1;
                self.by_status[status as usize] += 1;
                self.push_event(kind, worker, entry.at, reason);
                Some(Answer::Ended { worker, event, cancelled })
            }
        };
        if let (Some(answer), Some(operation)) = (answer, entry.operation) {
            let fingerprint = operation.fingerprint;
            self.receipts.insert(operation.key, Receipt { fingerprint, answer });
        }
        Ok(())
    }

    /// Appends to a running Worker's transcript and tells the entry's place in it, from 1.
    fn append_entry(
        &mut self,
        worker: u32,
        role: TranscriptRole,
        at: Timestamp,
        content: &str,
    ) -> Decoded<u64> {
        let sequence = self.number_entry(worker, self.history.next_event())?;
        self.history.push(NewEvent { kind: ResidentKind::Entry(role), worker, at, text: Some(content) });
        Ok(sequence)
    }

    /// Makes an event the last entry of a running Worker's transcript and tells the entry's place in it.
    #[inline(always)]
    pub(crate) fn number_entry(&mut self, worker: u32, event: EventId) -> Decoded<u64> {
        let target = self.running(worker)?;
        target.last_event = event;
        target.entries.push(event);
        Ok(target.transcript_len())
    }

    fn create(&mut self, request: RequestBytes<'_>, event: EventId, at: u64) -> Decoded<Answer> {
        let worker = u32::try_from(self.workers.len() + 1).map_err(|_| Malformed)?;
        self.remark_on(request.0, worker)?;
        self.workers.push(Worker::new(request.0, event));
        if let Some(dirty) = &mut self.dirty {
            dirty.insert(worker, None);
        }
        self.by_status[WorkerStatus::Running as usize] += 1;
        self.push_event(EventKind::WorkerCreated, worker, at, None);
        Ok(Answer::Created { worker, event })
    }

    /// Makes the diagnostics of a Worker's creation.
    pub(crate) fn remark_on(&mut self, request: &[u8], worker: u32) -> Decoded<()> {
        let (bundle, capabilities) = RequestBytes(request).traits()?;
        if !bundle {
            let kind = DiagnosticKind::LocalDefaultResources;
            self.remarks.push(Remark { kind, worker });
        }
        if capabilities == 0 {
            let kind = DiagnosticKind::ToolsLess;
            self.remarks.push(Remark { kind, worker });
        }
        Ok(())
    }

    /// How a Worker stood at the last flush.
    pub(crate) fn stood_at_flush(&self, number: u32, worker: &Worker) -> AtFlush {
        let now = AtFlush { status: worker.status, last_event: worker.last_event };
        let changed = self.dirty.as_ref().and_then(|dirty| dirty.get(&number));
        changed.copied().flatten().unwrap_or(now)
    }

    fn push_event(&mut self, kind: EventKind, worker: u32, at: u64, text: Option<&str>) {
        self.history.push(NewEvent { kind: ResidentKind::Event(kind), worker, at, text });
    }
}
