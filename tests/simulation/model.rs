//! What a runtime is, told as simply as possible: a list of events, and what follows from it. It knows nothing of
//! storage and can be taken back event by event.

use std::collections::HashMap;
use std::rc::Rc;

use worker_runtime::{
    Command, CreateWorkerRequest, EventKind, OperationId, Outcome, TranscriptRole, WorkerEnd, WorkerId,
    WorkerIntent, WorkerRef, WorkerStatus,
};

pub(crate) const RUNTIME_ID: &str = "simulated";

/// One mutation that a caller asked for.
#[derive(Debug)]
pub(crate) struct Issued {
    /// Its place among all mutations of a run.
    pub(crate) serial: usize,
    pub(crate) command: Command,
    pub(crate) operation: Option<OperationId>,
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// The Worker's number, 0 for none.
    pub(crate) worker: u32,
    pub(crate) at: u64,
    /// What made it; nothing made the first one.
    pub(crate) cause: Option<Rc<Issued>>,
}

impl Event {
    pub(crate) fn role(&self) -> Option<TranscriptRole> {
        match &self.cause.as_ref()?.command {
            Command::Interact { role, .. } => Some(*role),
            _ => None,
        }
    }

    /// What was said, or why something was ended.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.cause.as_ref()?.command {
            Command::Interact { content, .. } => Some(content),
            Command::EndWorker { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }

    /// The reason that a reader of the event log gets.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.text().filter(|_| self.role().is_none())
    }
}

/// What a mutation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Created { worker: u32, event: u64 },
    Accepted { worker: u32, sequence: u64, event: u64 },
    Ended { worker: u32, status: WorkerStatus, event: u64 },
    Stopped { event: u64 },
}

/// The answer, or the code of the refusal.
pub(crate) type Answered = Result<Answer, &'static str>;

/// What the runtime said, in the model's words.
pub(crate) fn answered(outcome: worker_runtime::Result<Outcome>) -> Answered {
    let number = |worker: &WorkerRef| {
        assert_eq!(worker.runtime_id, RUNTIME_ID);
        WorkerId::parse(&worker.worker_id).expect("the runtime's own id").number()
    };
    match outcome.map_err(|error| error.code())? {
        Outcome::Created(detail) => {
            assert_eq!((detail.transcript_len, detail.status), (0, WorkerStatus::Running));
            Ok(Answer::Created { worker: number(&detail.worker_ref), event: detail.last_event_id })
        }
        Outcome::Accepted(ack) => Ok(Answer::Accepted {
            worker: number(&ack.worker_ref),
            sequence: ack.transcript_sequence,
            event: ack.event_id,
        }),
        Outcome::Ended(ack) => {
            Ok(Answer::Ended { worker: number(&ack.worker_ref), status: ack.status, event: ack.event_id })
        }
        Outcome::RuntimeStopped(event) => Ok(Answer::Stopped { event }),
        other => panic!("an outcome that the model does not know: {other:?}"),
    }
}

/// One Worker.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) status: WorkerStatus,
    pub(crate) last_event: u64,
    /// The events that are its transcript.
    pub(crate) transcript: Vec<u64>,
}

/// A runtime.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) events: Vec<Event>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) stopped: bool,
    receipts: HashMap<String, (Rc<Issued>, Answer)>,
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn objective(request: &CreateWorkerRequest) -> &str {
    match &request.intent {
        WorkerIntent::Task { objective } => objective,
        _ => "no task",
    }
}

impl Model {
    /// What follows from events.
    pub(crate) fn of(events: &[Event]) -> Self {
        let mut model = Self::default();
        for event in events {
            model.take_in(event.clone());
        }
        model
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn start(&mut self, at: u64) {
        self.take_in(Event { kind: EventKind::RuntimeStarted, worker: 0, at, cause: None });
    }

    fn take_in(&mut self, event: Event) {
        let id = self.events.len() as u64 + 1;
        let worker = event.worker;
        let answer = match event.kind {
            EventKind::RuntimeStarted => None,
            EventKind::RuntimeStopped => {
                self.stopped = true;
                Some(Answer::Stopped { event: id })
            }
            EventKind::WorkerCreated => {
                assert_eq!(worker as usize, self.workers.len() + 1);
                let status = WorkerStatus::Running;
                self.workers.push(Worker { status, last_event: id, transcript: Vec::new() });
                Some(Answer::Created { worker, event: id })
            }
            EventKind::WorkerInputAccepted | EventKind::WorkerOutputRecorded => {
                let entry = &mut self.workers[worker as usize - 1];
                entry.transcript.push(id);
                entry.last_event = id;
                Some(Answer::Accepted { worker, sequence: entry.transcript.len() as u64, event: id })
            }
            EventKind::WorkerStopped | EventKind::WorkerCancelled => {
                let cancelled = event.kind == EventKind::WorkerCancelled;
                let status = if cancelled { WorkerStatus::Cancelled } else { WorkerStatus::Stopped };
                let ended = &mut self.workers[worker as usize - 1];
                (ended.status, ended.last_event) = (status, id);
                Some(Answer::Ended { worker, status, event: id })
            }
        };
        if let (Some(answer), Some(cause)) = (answer, &event.cause)
            && let Some(operation) = &cause.operation
        {
            let before = self.receipts.insert(operation.as_str().to_owned(), (Rc::clone(cause), answer));
            assert!(before.is_none(), "operation {} was done twice", operation.as_str());
        }
        self.events.push(event);
    }

    /// Takes back what came after the first `len` events.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.events.len() > len {
            let Some(event) = self.events.pop() else { return };
            if let Some(operation) = event.cause.as_ref().and_then(|cause| cause.operation.as_ref()) {
                self.receipts.remove(operation.as_str());
            }
            match event.kind {
                EventKind::RuntimeStarted => {}
                EventKind::RuntimeStopped => self.stopped = false,
                EventKind::WorkerCreated => drop(self.workers.pop()),
                _ => {
                    let about = |before: &Event| before.worker == event.worker;
                    let last = self.events.iter().rposition(about).expect("its creation");
                    let worker = &mut self.workers[event.worker as usize - 1];
                    worker.last_event = last as u64 + 1;
                    worker.status = WorkerStatus::Running;
                    if event.role().is_some() {
                        worker.transcript.pop();
                    }
                }
            }
        }
    }

    fn find(&self, worker: &WorkerRef) -> Result<u32, &'static str> {
        if worker.runtime_id != RUNTIME_ID {
            return Err("wrong_runtime");
        }
        let number = WorkerId::parse(&worker.worker_id).map_or(0, WorkerId::number);
        let known = number > 0 && number as usize <= self.workers.len();
        if known { Ok(number) } else { Err("worker_not_found") }
    }

    /// What is remembered of a mutation's operation id.
    pub(crate) fn remembered(&self, issued: &Issued) -> Option<Answered> {
        let (first, answer) = self.receipts.get(issued.operation.as_ref()?.as_str())?;
        Some(if first.command == issued.command { Ok(*answer) } else { Err("operation_conflict") })
    }

    /// Does what a caller asks for.
    pub(crate) fn execute(&mut self, issued: &Rc<Issued>, at: u64) -> Answered {
        if let Some(answered) = self.remembered(issued) {
            return answered;
        }
        let Issued { command, .. } = &**issued;
        let last = self.events.len() as u64;
        let event = last + 1;
        if self.stopped {
            let again = matches!(command, Command::StopRuntime);
            return if again { Ok(Answer::Stopped { event: last }) } else { Err("runtime_stopped") };
        }
        let (kind, worker, answer) = match command {
            Command::StopRuntime => (EventKind::RuntimeStopped, 0, Answer::Stopped { event }),
            Command::CreateWorker(request) => {
                if blank(objective(request)) {
                    return Err("invalid_request");
                }
                let worker = self.workers.len() as u32 + 1;
                (EventKind::WorkerCreated, worker, Answer::Created { worker, event })
            }
            Command::Interact { worker, role, content } => {
                if blank(content) {
                    return Err("invalid_request");
                }
                let worker = self.find(worker)?;
                let entry = &self.workers[worker as usize - 1];
                if entry.status != WorkerStatus::Running {
                    return Err("invalid_request");
                }
                let kind = match role {
                    TranscriptRole::User | TranscriptRole::System => EventKind::WorkerInputAccepted,
                    TranscriptRole::Assistant | TranscriptRole::Tool => EventKind::WorkerOutputRecorded,
                };
                let sequence = entry.transcript.len() as u64 + 1;
                (kind, worker, Answer::Accepted { worker, sequence, event })
            }
            Command::EndWorker { worker, end, .. } => {
                let worker = self.find(worker)?;
                let Worker { status, last_event, .. } = self.workers[worker as usize - 1];
                if status != WorkerStatus::Running {
                    return Ok(Answer::Ended { worker, status, event: last_event });
                }
                let (kind, status) = match end {
                    WorkerEnd::Stop => (EventKind::WorkerStopped, WorkerStatus::Stopped),
                    WorkerEnd::Cancel => (EventKind::WorkerCancelled, WorkerStatus::Cancelled),
                };
                (kind, worker, Answer::Ended { worker, status, event })
            }
            other => panic!("a command that the model does not know: {other:?}"),
        };
        self.take_in(Event { kind, worker, at, cause: Some(Rc::clone(issued)) });
        Ok(answer)
    }

    /// What a Worker was created with.
    pub(crate) fn request(&self, worker: u32) -> &CreateWorkerRequest {
        let created = |event: &&Event| event.kind == EventKind::WorkerCreated && event.worker == worker;
        match &self
            .events
            .iter()
            .find(created)
            .and_then(|event| event.cause.as_ref())
            .expect("a cause")
            .command
        {
            Command::CreateWorker(request) => request,
            other => panic!("{other:?} created a Worker"),
        }
    }
}
