//! Drives the runtime and the model side by side.

use proptest::prop_assert_eq;
use proptest::test_runner::TestCaseResult;
use worker_runtime::{
    CreateWorkerRequest, Error, ErrorDetail, EventCursor, InputKind, OperationId, Outcome, OutputKind,
    Runtime, RuntimeEvent, RuntimeId, RuntimeLimits, RuntimeOptions, RuntimeStatus, TranscriptEntry,
    TranscriptQuery, TranscriptRole, WorkerDetail, WorkerEnd, WorkerInput, WorkerInteractionAck,
    WorkerLifecycleAck, WorkerOutput, WorkerRef,
};

use crate::calls::{Call, Command, HERE};
use crate::naive::Model;
use crate::seen::{Answer, Refusal, Seen, SeenDiagnostic, SeenEntry, SeenEvent, SeenWorker};

const START: u64 = 42;

fn both(limits: RuntimeLimits) -> (Runtime, Model) {
    let id = RuntimeId::new(HERE).expect("a valid id");
    let options = RuntimeOptions { display_name: None, limits };
    (Runtime::new(id, options, START).expect("a runtime"), Model::new(limits, START))
}

/// The calls that were made so far, for those that are made again.
#[derive(Default)]
struct Made(Vec<(Command, Option<String>)>);

impl Made {
    /// What a call comes to: a command, its operation id, and when.
    fn next(&mut self, call: &Call) -> Option<(Command, Option<String>, u64)> {
        let (command, operation, at) = match call {
            Call::New { command, operation, at } => {
                // Reads and the stop of the runtime take no operation id.
                let takes = matches!(command, Command::Create(_) | Command::Say { .. } | Command::End { .. });
                (command.clone(), operation.clone().filter(|_| takes), *at)
            }
            Call::Again { back, at } => {
                let (command, operation) = self.0.iter().rev().nth(*back)?;
                (command.clone(), operation.clone(), *at)
            }
        };
        self.0.push((command.clone(), operation.clone()));
        Some((command, operation, at))
    }
}

/// Makes all calls on both sides, each by itself, and compares.
pub(crate) fn one_by_one(limits: RuntimeLimits, calls: &[Call]) -> TestCaseResult {
    let (mut runtime, mut model) = both(limits);
    let mut made = Made::default();
    prop_assert_eq!(see(&runtime), model.see());
    for call in calls {
        let Some((command, operation, at)) = made.next(call) else {
            continue;
        };
        let before = see(&runtime);
        let found = execute(&mut runtime, &command, operation.as_deref(), at);
        let expected = model.execute(&command, operation.as_deref(), at);
        prop_assert_eq!(&found, &expected, "{:?} under {:?}", &command, &operation);
        let after = see(&runtime);
        prop_assert_eq!(&after, &model.see(), "after {:?} under {:?}", &command, &operation);
        if found.is_err() {
            prop_assert_eq!(&after, &before, "a refusal left a trace");
        }
    }
    Ok(())
}

/// Makes the calls of each transaction on both sides, and then merges or drops it. What is read meanwhile is what
/// was there before.
pub(crate) fn in_transactions(limits: RuntimeLimits, transactions: &[(Vec<Call>, bool)]) -> TestCaseResult {
    let (mut runtime, mut model) = both(limits);
    let mut made = Made::default();
    for (calls, merge) in transactions {
        let mut ahead = model.clone();
        runtime.begin();
        for call in calls {
            let Some((command, operation, at)) = made.next(call) else {
                continue;
            };
            let operation = operation.as_deref();
            let (found, expected) = match mutation(&command) {
                Some(mutation) => {
                    let id = operation.map(|id| OperationId::new(id).expect("a valid id"));
                    let found = runtime.execute(&mutation, id.as_ref(), at);
                    let found = found.map(answer).map_err(|error| refusal(&error));
                    (found, ahead.execute(&command, operation, at))
                }
                None => {
                    (execute(&mut runtime, &command, None, at), model.clone().execute(&command, None, at))
                }
            };
            prop_assert_eq!(&found, &expected, "{:?} under {:?}", &command, &operation);
        }
        prop_assert_eq!(runtime.has_changes(), ahead.see().next_event > model.see().next_event);
        prop_assert_eq!(&see(&runtime), &model.see(), "before the end of a transaction");
        if *merge {
            runtime.merge_open();
            model = ahead;
        } else {
            runtime.abort_open();
        }
        prop_assert_eq!(&see(&runtime), &model.see(), "after a transaction, merged: {}", merge);
    }
    Ok(())
}

/// The command as a value, if it is a mutation.
fn mutation(command: &Command) -> Option<worker_runtime::Command> {
    Some(match command.clone() {
        Command::Create(request) => worker_runtime::Command::CreateWorker(request),
        Command::Say { worker, role, content } => worker_runtime::Command::Interact { worker, role, content },
        Command::End { worker, cancel, reason } => {
            let end = if cancel { WorkerEnd::Cancel } else { WorkerEnd::Stop };
            worker_runtime::Command::EndWorker { worker, end, reason }
        }
        Command::StopRuntime => worker_runtime::Command::StopRuntime,
        Command::Detail(_) | Command::Page { .. } | Command::Batch { .. } => return None,
    })
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Created(detail) => Answer::Created(worker(*detail)),
        Outcome::Accepted(ack) => accepted(ack),
        Outcome::Ended(ack) => ended(ack),
        Outcome::RuntimeStopped(event) => Answer::Stopped { event },
        other => panic!("an outcome that the model does not know: {other:?}"),
    }
}

fn accepted(ack: WorkerInteractionAck) -> Answer {
    assert_eq!(ack.status.as_str(), "running");
    Answer::Accepted {
        worker_id: own(ack.worker_ref),
        sequence: ack.transcript_sequence,
        event: ack.event_id,
    }
}

fn ended(ack: WorkerLifecycleAck) -> Answer {
    Answer::Ended { worker_id: own(ack.worker_ref), status: ack.status.as_str(), event: ack.event_id }
}

fn execute(
    runtime: &mut Runtime,
    command: &Command,
    operation: Option<&str>,
    at: u64,
) -> Result<Answer, Refusal> {
    let operation = operation.map(|id| OperationId::new(id).expect("a valid id"));
    let operation = operation.as_ref();
    let answer = match command {
        Command::Create(request) => match operation {
            None => runtime.create_worker(request, at),
            id => runtime.create_worker_as(request, id, at),
        }
        .map(|detail| Answer::Created(worker(detail))),
        Command::Say { worker, role, content } => say(runtime, worker, *role, content, operation, at),
        Command::End { worker, cancel, reason } => {
            let reason = reason.as_deref();
            match (operation, cancel) {
                (None, false) => runtime.stop_worker(worker, reason, at),
                (None, true) => runtime.cancel_worker(worker, reason, at),
                (id, false) => runtime.end_worker(worker, WorkerEnd::Stop, reason, id, at),
                (id, true) => runtime.end_worker(worker, WorkerEnd::Cancel, reason, id, at),
            }
            .map(ended)
        }
        Command::StopRuntime => Ok(Answer::Stopped { event: runtime.stop_runtime(at).expect("a stop") }),
        Command::Detail(named) => runtime.worker_detail(named).map(|detail| Answer::Detail(worker(detail))),
        Command::Page { worker, start, limit } => runtime
            .transcript_projection(worker, TranscriptQuery { start: *start, limit: *limit })
            .map(|page| {
                assert_eq!((page.start, page.limit, &page.worker_ref), (*start, *limit, worker));
                Answer::Page {
                    total: page.total_items,
                    next_start: page.next_start,
                    entries: page.items.into_iter().map(entry).collect(),
                }
            }),
        Command::Batch { runtime_id, next_event_id, limit } => {
            let cursor = EventCursor { runtime_id: runtime_id.clone(), next_event_id: *next_event_id };
            runtime.read_events(&cursor, *limit).map(|batch| {
                assert_eq!((batch.runtime_id.as_str(), batch.cursor.runtime_id.as_str()), (HERE, HERE));
                Answer::Batch {
                    next: batch.cursor.next_event_id,
                    has_more: batch.has_more,
                    events: batch.events.into_iter().map(event).collect(),
                }
            })
        }
    };
    answer.map_err(|error| refusal(&error))
}

fn say(
    runtime: &mut Runtime,
    worker: &WorkerRef,
    role: TranscriptRole,
    content: &str,
    operation: Option<&OperationId>,
    at: u64,
) -> worker_runtime::Result<Answer> {
    if operation.is_some() {
        return runtime.interact(worker, role, content, operation, at).map(accepted);
    }
    let content = content.to_owned();
    match role {
        TranscriptRole::User => {
            runtime.send_input(worker, &WorkerInput { kind: InputKind::User, content }, at)
        }
        TranscriptRole::System => {
            runtime.send_input(worker, &WorkerInput { kind: InputKind::System, content }, at)
        }
        TranscriptRole::Assistant => {
            runtime.record_output(worker, &WorkerOutput { kind: OutputKind::Assistant, content }, at)
        }
        TranscriptRole::Tool => {
            runtime.record_output(worker, &WorkerOutput { kind: OutputKind::Tool, content }, at)
        }
    }
    .map(accepted)
}

fn refusal(error: &Error) -> Refusal {
    let about = error.details().into_iter().map(|(_, detail)| match detail {
        ErrorDetail::Text(text) => text.to_owned(),
        ErrorDetail::Number(number) => number.to_string(),
    });
    Refusal { code: error.code(), about: about.collect() }
}

/// The Worker that a reference names, which must be one of this runtime.
fn own(worker: WorkerRef) -> String {
    assert_eq!(worker.runtime_id, HERE);
    worker.worker_id
}

fn worker(detail: WorkerDetail) -> SeenWorker {
    assert_eq!(detail.runtime_id.as_str(), HERE);
    assert_eq!(detail.worker_id.to_string(), detail.worker_ref.worker_id);
    SeenWorker {
        worker_id: own(detail.worker_ref),
        status: detail.status.as_str(),
        request: CreateWorkerRequest {
            intent: detail.intent,
            profile: detail.profile,
            config_bundle: detail.config_bundle,
            requested_capabilities: detail.requested_capabilities,
            workspace_refs: detail.workspace_refs,
            mount_refs: detail.mount_refs,
        },
        transcript_len: detail.transcript_len,
        last_event: detail.last_event_id,
    }
}

fn entry(entry: TranscriptEntry) -> SeenEntry {
    SeenEntry {
        sequence: entry.sequence,
        role: entry.role.as_str(),
        content: entry.content,
        event: entry.event_id,
        at: entry.recorded_at,
    }
}

fn event(event: RuntimeEvent) -> SeenEvent {
    SeenEvent {
        id: event.id,
        kind: event.kind.as_str(),
        message: event.message,
        worker_id: event.worker_ref.map(own),
        at: event.recorded_at,
    }
}

/// Everything that can be seen of the runtime, in pages as large as its limits allow.
fn see(runtime: &Runtime) -> Seen {
    let summary = runtime.summary();
    assert_eq!(summary.status, runtime.status());
    let workers: Vec<_> = runtime
        .list_workers()
        .into_iter()
        .map(|listed| {
            let detail = worker(runtime.worker_detail(&listed.worker_ref).expect("a detail"));
            // The list and the detail agree.
            assert_eq!(listed.worker_ref.worker_id, detail.worker_id);
            assert_eq!((listed.status.as_str(), listed.last_event_id), (detail.status, detail.last_event));
            assert_eq!(listed.transcript_len, detail.transcript_len);
            assert_eq!((&listed.intent, &listed.profile), (&detail.request.intent, &detail.request.profile));
            assert_eq!(listed.requested_capability_count, detail.request.requested_capabilities.len() as u64);
            assert_eq!(listed.has_config_bundle, detail.request.config_bundle.is_some());
            detail
        })
        .collect();
    let diagnostics: Vec<_> = runtime
        .diagnostics()
        .into_iter()
        .map(|diagnostic| SeenDiagnostic {
            id: diagnostic.id,
            severity: diagnostic.severity.as_str(),
            code: diagnostic.code,
            worker_id: diagnostic.worker_ref.map(own),
        })
        .collect();
    assert_eq!(summary.diagnostic_count, diagnostics.len() as u64);
    Seen {
        status: match summary.status {
            RuntimeStatus::Running => "running",
            RuntimeStatus::Stopped => "stopped",
        },
        counts: [
            summary.worker_count,
            summary.active_worker_count,
            summary.stopped_worker_count,
            summary.cancelled_worker_count,
        ],
        diagnostics,
        transcripts: workers.iter().map(|worker| transcript(runtime, &worker.worker_id)).collect(),
        workers,
        events: events(runtime),
        next_event: runtime.event_cursor_now().next_event_id,
    }
}

fn transcript(runtime: &Runtime, worker_id: &str) -> Vec<SeenEntry> {
    let limit = runtime.summary().limits.max_transcript_projection_items;
    let worker = WorkerRef { runtime_id: HERE.into(), worker_id: worker_id.into() };
    let mut entries = Vec::new();
    let mut next = Some(0);
    while let Some(start) = next.filter(|_| limit > 0) {
        let page = runtime.transcript_projection(&worker, TranscriptQuery { start, limit }).expect("a page");
        entries.extend(page.items.into_iter().map(entry));
        next = page.next_start;
    }
    entries
}

fn events(runtime: &Runtime) -> Vec<SeenEvent> {
    let limit = runtime.summary().limits.max_event_batch_items;
    let mut cursor = runtime.event_cursor_from_start();
    let mut events = Vec::new();
    let mut more = limit > 0;
    while more {
        let batch = runtime.read_events(&cursor, limit).expect("a batch");
        events.extend(batch.events.into_iter().map(event));
        (cursor, more) = (batch.cursor, batch.has_more);
    }
    events
}
