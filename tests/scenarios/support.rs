//! What the scenarios share.

use std::fmt::Write;

use worker_runtime::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, Error, ErrorDetail, EventCursor, InputKind,
    OperationId, OutputKind, ProfileSelector, ResourceRef, Runtime, RuntimeEvent, RuntimeId, RuntimeLimits,
    RuntimeOptions, TranscriptEntry, TranscriptQuery, WorkerInput, WorkerIntent, WorkerOutput, WorkerRef,
};

pub(crate) const NOW: u64 = 1_790_000_000_000;

pub(crate) fn runtime_named(id: &str) -> Runtime {
    with_limits(id, RuntimeLimits::default())
}

pub(crate) fn with_limits(id: &str, limits: RuntimeLimits) -> Runtime {
    let id = RuntimeId::new(id).expect("a valid id");
    Runtime::new(id, RuntimeOptions { display_name: None, limits }, NOW).expect("a runtime")
}

pub(crate) fn runtime() -> Runtime {
    runtime_named("here")
}

/// A runtime and one running Worker in it, created by event 2.
pub(crate) fn with_worker() -> (Runtime, WorkerRef) {
    let mut runtime = runtime();
    let worker = create(&mut runtime);
    (runtime, worker)
}

pub(crate) fn create(runtime: &mut Runtime) -> WorkerRef {
    runtime.create_worker(&CreateWorkerRequest::default(), NOW).expect("a Worker").worker_ref
}

/// A reference that was never handed out.
pub(crate) fn reference(runtime_id: &str, worker_id: &str) -> WorkerRef {
    WorkerRef { runtime_id: runtime_id.into(), worker_id: worker_id.into() }
}

pub(crate) fn input(kind: InputKind, content: &str) -> WorkerInput {
    WorkerInput { kind, content: content.into() }
}

pub(crate) fn user(content: &str) -> WorkerInput {
    input(InputKind::User, content)
}

pub(crate) fn output(kind: OutputKind, content: &str) -> WorkerOutput {
    WorkerOutput { kind, content: content.into() }
}

pub(crate) fn operation(id: &str) -> OperationId {
    OperationId::new(id).expect("a valid operation id")
}

/// A request in which every field is given.
pub(crate) fn full_request() -> CreateWorkerRequest {
    CreateWorkerRequest {
        intent: WorkerIntent::Role { role: "gardener".into(), purpose: Some("plants".into()) },
        profile: ProfileSelector::Named { value: "evening".into() },
        config_bundle: Some(ConfigBundleRef { id: "bundle-7".into() }),
        requested_capabilities: vec![
            CapabilityRequest { name: "water".into(), reason: Some("dry soil".into()) },
            CapabilityRequest { name: "prune".into(), reason: None },
        ],
        workspace_refs: vec![ResourceRef { name: "garden".into(), reference: "plot 4".into() }],
        mount_refs: vec![ResourceRef { name: "shed".into(), reference: String::new() }],
    }
}

/// Every event, batch by batch; the runtime's limits are above 0.
pub(crate) fn events(runtime: &Runtime) -> Vec<RuntimeEvent> {
    let mut cursor = runtime.event_cursor_from_start();
    let mut events = Vec::new();
    let limit = runtime.summary().limits.max_event_batch_items.min(7);
    loop {
        let batch = runtime.read_events(&cursor, limit).expect("a batch");
        events.extend(batch.events);
        cursor = batch.cursor;
        if !batch.has_more {
            return events;
        }
    }
}

/// Kind and message of every event.
pub(crate) fn log(runtime: &Runtime) -> Vec<(&'static str, String)> {
    events(runtime).into_iter().map(|event| (event.kind.as_str(), event.message)).collect()
}

/// A whole transcript, page by page.
pub(crate) fn transcript(runtime: &Runtime, worker: &WorkerRef) -> Vec<TranscriptEntry> {
    let mut entries = Vec::new();
    let mut start = Some(0);
    let limit = runtime.summary().limits.max_transcript_projection_items.min(5);
    while let Some(from) = start {
        let query = TranscriptQuery { start: from, limit };
        let page = runtime.transcript_projection(worker, query).expect("a page");
        entries.extend(page.items);
        start = page.next_start;
    }
    entries
}

pub(crate) fn cursor(runtime_id: &str, next_event_id: u64) -> EventCursor {
    EventCursor { runtime_id: runtime_id.into(), next_event_id }
}

/// Everything that can be seen of a runtime, as one text.
pub(crate) fn visible(runtime: &Runtime) -> String {
    let mut seen = String::new();
    let _ = write!(
        seen,
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        runtime.runtime_id(),
        runtime.status(),
        runtime.summary(),
        runtime.diagnostics(),
        events(runtime),
        runtime.event_cursor_now(),
    );
    for worker in runtime.list_workers() {
        let detail = runtime.worker_detail(&worker.worker_ref);
        let _ = writeln!(seen, "{worker:?}\n{detail:?}\n{:?}", transcript(runtime, &worker.worker_ref));
    }
    seen
}

/// The refusal of a call that must leave no trace.
#[track_caller]
pub(crate) fn refused<T>(
    runtime: &mut Runtime,
    call: impl FnOnce(&mut Runtime) -> worker_runtime::Result<T>,
) -> Error {
    let before = visible(runtime);
    let error = call(runtime).err().expect("the call is to be refused");
    assert_eq!(visible(runtime), before, "a refused call left a trace");
    *error
}

/// The text under `name` among an error's details.
pub(crate) fn text_detail(error: &Error, name: &str) -> Option<String> {
    error.details().into_iter().find_map(|(key, detail)| match detail {
        ErrorDetail::Text(text) if key == name => Some(text.to_owned()),
        _ => None,
    })
}

/// The number under `name` among an error's details.
pub(crate) fn number_detail(error: &Error, name: &str) -> Option<u64> {
    error.details().into_iter().find_map(|(key, detail)| match detail {
        ErrorDetail::Number(number) if key == name => Some(number),
        _ => None,
    })
}
