//! What a run's surroundings do, step by step, written down for another implementation: it makes its own decisions, and
//! is to leave the same trace.
//!
//! A line of JSON each: first an object with what holds for the whole run, then the steps as lists `[clock, name, …]`,
//! and last an object with the hash of the trace. Where the words of the trace are wanted, they follow each step as a text.

use serde_json::{Value, json};
use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, TranscriptRole, WorkerEnd, WorkerIntent};

use crate::faults::Faults;
use crate::model::{Issued, RUNTIME_ID};

/// A script.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) lines: String,
    has_words: bool,
}

impl Script {
    pub(crate) fn new(seed: u64, faults: &Faults, has_words: bool) -> Self {
        let mut script = Self { lines: String::new(), has_words };
        let limits = &faults.runtime.limits;
        script.line(&json!({
            "seed": seed,
            "runtimeId": RUNTIME_ID,
            "displayName": faults.runtime.display_name,
            "limits": {
                "maxTranscriptProjectionItems": limits.max_transcript_projection_items,
                "maxEventBatchItems": limits.max_event_batch_items,
            },
        }));
        script
    }

    fn line(&mut self, value: &Value) {
        self.lines.push_str(&value.to_string());
        self.lines.push('\n');
    }

    /// The next step.
    pub(crate) fn step(&mut self, clock: u64, step: Value) {
        let mut list = vec![json!(clock)];
        if let Value::Array(words) = step {
            list.extend(words);
        }
        self.line(&Value::Array(list));
    }

    /// What could be seen of it.
    pub(crate) fn seen(&mut self, words: &str) {
        if self.has_words {
            self.line(&json!(words));
        }
    }

    pub(crate) fn end(&mut self, hash: u64) {
        self.line(&json!({ "hash": format!("{hash:016x}") }));
    }
}

/// How a runtime uses its store, as the binding takes it.
pub(crate) fn options(options: &StoreOptions) -> Value {
    let Sizes {
        part_bytes,
        inline_bytes,
        flush_bytes,
        flush_chunks,
        urgent_bytes,
        tail_bytes,
        batch_bytes,
        receipt_batches,
        fan_out,
        idle_runs,
        settled_bytes,
        step_bytes,
    } = options.sizes;
    json!({
        "cacheBytes": options.cache_bytes,
        "sizes": [
            part_bytes, inline_bytes, flush_bytes, flush_chunks, urgent_bytes, tail_bytes, batch_bytes, receipt_batches, fan_out,
            idle_runs, settled_bytes, step_bytes,
        ],
    })
}

/// A mutation, as its caller asks for it: its number, its method and the arguments.
pub(crate) fn mutation(issued: &Issued) -> Value {
    let operation = issued.operation.as_ref().map(|operation| operation.as_str());
    let (method, arguments) = match &issued.command {
        Command::CreateWorker(request) => ("createWorker", vec![create(request)]),
        Command::Interact { worker, role, content } => {
            let kind = role.as_str();
            let method = match role {
                TranscriptRole::User | TranscriptRole::System => "sendInput",
                TranscriptRole::Assistant | TranscriptRole::Tool => "recordOutput",
            };
            (method, vec![reference(worker), json!({ "kind": kind, "content": content })])
        }
        Command::EndWorker { worker, end, reason } => {
            let method = match end {
                WorkerEnd::Stop => "stopWorker",
                WorkerEnd::Cancel => "cancelWorker",
            };
            (method, vec![reference(worker), json!(reason)])
        }
        Command::StopRuntime => ("stopRuntime", Vec::new()),
        other => panic!("a command that is not written down: {other:?}"),
    };
    json!([issued.serial, method, arguments, operation])
}

fn reference(worker: &worker_runtime::WorkerRef) -> Value {
    json!({ "runtimeId": worker.runtime_id, "workerId": worker.worker_id })
}

fn create(request: &CreateWorkerRequest) -> Value {
    let mut made = json!({});
    made["intent"] = match &request.intent {
        WorkerIntent::Assistant { purpose: None } => json!({ "kind": "assistant" }),
        WorkerIntent::Assistant { purpose } => json!({ "kind": "assistant", "purpose": purpose }),
        WorkerIntent::Task { objective } => json!({ "kind": "task", "objective": objective }),
        WorkerIntent::Role { role, purpose: None } => json!({ "kind": "role", "role": role }),
        WorkerIntent::Role { role, purpose } => json!({ "kind": "role", "role": role, "purpose": purpose }),
    };
    if let Some(bundle) = &request.config_bundle {
        made["configBundle"] = json!({ "id": bundle.id });
    }
    let names = request.requested_capabilities.iter();
    made["requestedCapabilities"] = names.map(|capability| json!({ "name": capability.name })).collect();
    made
}
