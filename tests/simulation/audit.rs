//! Everything that can be seen of a runtime, compared with what follows from its events.

use worker_runtime::storage::{Need, Page, PageEntry, PageEvent, RootRecord, StoreOptions, root_range};
use worker_runtime::{
    DiagnosticKind, Error, Result, Runtime, RuntimeId, RuntimeOptions, RuntimeStatus, WorkerStatus,
};

use crate::model::{Event, Model, RUNTIME_ID, answered};
use crate::random::Random;
use crate::store::{Head, Records, read, token};

pub(crate) fn runtime_id() -> RuntimeId {
    RuntimeId::new(RUNTIME_ID).expect("a valid id")
}

/// What a runtime tells besides what follows from its events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Particulars {
    pub(crate) runtime: RuntimeOptions,
    /// How often a loss was accepted.
    pub(crate) losses: usize,
}

/// What is answered without a read.
pub(crate) fn check_resident(runtime: &Runtime, model: &Model, particulars: &Particulars) {
    let summary = runtime.summary();
    assert_eq!(summary.display_name, particulars.runtime.display_name);
    assert_eq!(summary.limits, particulars.runtime.limits);
    assert_eq!(runtime.event_cursor_now().next_event_id, model.len() as u64 + 1, "the end of the event log");
    assert_eq!(summary.status == RuntimeStatus::Stopped, model.stopped, "the status");
    assert_eq!(summary.worker_count, model.workers.len() as u64, "how many Workers there are");
    let workers = runtime.list_workers();
    assert_eq!(workers.len(), model.workers.len());
    let mut remarks = Vec::new();
    for ((number, found), expected) in (1..).zip(&workers).zip(&model.workers) {
        let stopped = model.stopped && expected.status == WorkerStatus::Running;
        let status = if stopped { WorkerStatus::Stopped } else { expected.status };
        assert_eq!(found.worker_id.number(), number);
        assert_eq!(found.status, status, "the status of Worker {number}");
        assert_eq!(found.last_event_id, expected.last_event, "the last event of Worker {number}");
        assert_eq!(found.transcript_len, expected.transcript.len() as u64, "entries of Worker {number}");
        let request = model.request(number);
        assert_eq!(found.intent, request.intent, "what Worker {number} is for");
        assert_eq!(found.has_config_bundle, request.config_bundle.is_some());
        assert_eq!(found.requested_capability_count, request.requested_capabilities.len() as u64);
        if request.config_bundle.is_none() {
            remarks.push((DiagnosticKind::LocalDefaultResources.code(), number));
        }
        if request.requested_capabilities.is_empty() {
            remarks.push((DiagnosticKind::ToolsLess.code(), number));
        }
    }
    let mut diagnostics = runtime.diagnostics();
    let all = diagnostics.len();
    assert_eq!(runtime.summary().diagnostic_count, all as u64);
    diagnostics.retain(|diagnostic| diagnostic.code != DiagnosticKind::LossAccepted.code());
    assert_eq!(all - diagnostics.len(), particulars.losses, "how many losses were accepted");
    assert_eq!(diagnostics.len(), remarks.len(), "how many diagnostics there are");
    for (found, (code, number)) in diagnostics.iter().zip(remarks) {
        assert_eq!(found.code, code);
        let worker = found.worker_ref.as_ref().expect("a Worker");
        assert_eq!(worker.worker_id, format!("worker-{number:08x}"));
    }
}

/// One entry of a transcript.
pub(crate) fn check_entry(entry: &PageEntry<'_>, worker: u32, sequence: u64, model: &Model) {
    let id = model.workers[worker as usize - 1].transcript[sequence as usize - 1];
    let event = &model.events[id as usize - 1];
    assert_eq!((entry.sequence, entry.event_id), (sequence, id), "an entry of Worker {worker}");
    assert_eq!(Some(entry.role), event.role(), "the role of entry {sequence} of Worker {worker}");
    assert_eq!(entry.recorded_at, event.at, "the time of entry {sequence} of Worker {worker}");
    assert_eq!(Some(entry.content), event.text(), "the content of entry {sequence} of Worker {worker}");
    assert_eq!(entry.content_utf16 as usize, entry.content.encode_utf16().count());
}

/// One event of the log.
pub(crate) fn check_event(event: &PageEvent<'_>, id: u64, model: &Model) {
    let expected = &model.events[id as usize - 1];
    assert_eq!((event.id, event.kind, event.worker), (id, expected.kind, expected.worker), "event {id}");
    assert_eq!(event.recorded_at, expected.at, "the time of event {id}");
    assert_eq!(event.reason, expected.reason(), "the reason of event {id}");
}

/// How often one page may ask for records.
const MOST_ROUNDS: usize = 200;

pub(crate) fn satisfy(runtime: &mut Runtime, records: &Records) -> Result<()> {
    let (layout, needs) = runtime.needs();
    let needs = needs.to_vec();
    assert!(!needs.is_empty(), "something is needed, and nothing is");
    for need in needs {
        runtime.provide(layout, &need.gte, read(records, &need))?;
    }
    Ok(())
}

fn transcript_page(
    runtime: &mut Runtime,
    records: &Records,
    model: &Model,
    worker: u32,
    page: (u64, u64),
) -> Result<()> {
    let (start, len) = page;
    for _ in 0..MOST_ROUNDS {
        let mut next = start;
        let state = runtime.visit_transcript(worker, start, len, |entry| {
            next += 1;
            check_entry(&entry, worker, next, model);
        })?;
        if state != Page::Needs {
            assert_eq!(next, start + len, "a page of Worker {worker} is short");
            return Ok(());
        }
        satisfy(runtime, records)?;
    }
    panic!("a page never gets what it needs");
}

fn event_page(runtime: &mut Runtime, records: &Records, model: &Model, first: u64, len: u64) -> Result<()> {
    for _ in 0..MOST_ROUNDS {
        let mut next = first;
        let state = runtime.visit_events(first, len, |event| {
            check_event(&event, next, model);
            next += 1;
        })?;
        if state != Page::Needs {
            assert_eq!(next, (first + len).min(model.len() as u64 + 1), "a batch of events is short");
            return Ok(());
        }
        satisfy(runtime, records)?;
    }
    panic!("a batch never gets what it needs");
}

/// Restores a runtime out of records.
pub(crate) fn restore(runtime: &mut Runtime, records: &Records, accepts_loss: bool) -> Result<()> {
    for _ in 0..MOST_ROUNDS {
        if runtime.restore(accepts_loss)? {
            return Ok(());
        }
        satisfy(runtime, records)?;
    }
    panic!("an opening never gets what it needs");
}

/// The root record of a store.
pub(crate) fn root(records: &Records) -> Result<RootRecord> {
    let (gte, lt) = root_range();
    let need = Need { gte: gte.into(), lt: lt.into(), limit: None };
    RootRecord::read(&runtime_id(), &read(records, &need))
}

/// Reads everything and tells what could not be read; what can be read is the truth.
pub(crate) fn read_all(
    runtime: &mut Runtime,
    records: &Records,
    model: &Model,
    particulars: &Particulars,
    random: &mut Random,
) -> Vec<Error> {
    check_resident(runtime, model, particulars);
    let mut errors = Vec::new();
    for (number, worker) in (1..).zip(&model.workers) {
        let mut start = 0;
        while start < worker.transcript.len() as u64 {
            let len = (1 + random.below(30) as u64).min(worker.transcript.len() as u64 - start);
            errors.extend(
                transcript_page(runtime, records, model, number, (start, len)).err().map(|error| *error),
            );
            start += len;
        }
    }
    let mut first = 1;
    while first <= model.len() as u64 {
        let len = 1 + random.below(40) as u64;
        errors.extend(event_page(runtime, records, model, first, len).err().map(|error| *error));
        first += len;
    }
    check_receipts(runtime, model);
    errors
}

/// What was done under an operation id answers as it did the first time.
fn check_receipts(runtime: &mut Runtime, model: &Model) {
    let mut again = model.clone();
    runtime.begin();
    for cause in model.events.iter().filter_map(|event| event.cause.as_ref()) {
        let Some(operation) = &cause.operation else { continue };
        let found = answered(runtime.execute(&cause.command, Some(operation), 0));
        let expected = again.execute(cause, 0);
        assert_eq!(found, expected, "operation {} again", operation.as_str());
    }
    assert!(!runtime.has_changes(), "a repeated operation changed something");
    runtime.abort_open();
}

/// Reads a store as a visitor, who changes nothing, and compares all of it.
pub(crate) fn inspect(
    head: Head,
    records: &Records,
    events: &[Event],
    particulars: &Particulars,
    options: StoreOptions,
    random: &mut Random,
) {
    let found = (|| {
        let mut runtime = Runtime::from_root(root(records)?, options)?;
        runtime.look_at(token(head));
        restore(&mut runtime, records, false)?;
        let errors = read_all(&mut runtime, records, &Model::of(events), particulars, random);
        errors.into_iter().next().map_or(Ok(()), Err)
    })();
    if let Err(error) = found {
        panic!("a store that nothing was done to is refused: {error}");
    }
}
