//! The scenarios that every host of the runtime passes, through the component.

use serde_json::{Map, Value, json};
use tempfile::tempdir;
use wasmtime::component::ResourceAny;
use worker_runtime_wasmtime::bindings::worker_runtime::runtime::types::{
    CapabilityRequest, CreateWorkerRequest, DetailValue, Error, EventCursor, EventKind, InteractionAck,
    LifecycleAck, ProfileSelector, ResourceRef, RoleIntent, RuntimeStatus, Severity, TranscriptRole,
    WorkerIntent, WorkerRef, WorkerStatus,
};
use worker_runtime_wasmtime::{Directory, Guest};

use crate::guest::{guest, open_options, opened};
use crate::interpreter::{Subject, run};

struct Hosted {
    guest: Guest,
    runtime: ResourceAny,
    is_stored: bool,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn optional(value: &Value, name: &str) -> Option<String> {
    value.get(name).map(text)
}

fn list<T>(value: &Value, name: &str, item: impl Fn(&Value) -> T) -> Vec<T> {
    value[name].as_array().into_iter().flatten().map(item).collect()
}

fn worker(step: &Value) -> WorkerRef {
    let worker = &step["worker"];
    WorkerRef { runtime_id: text(&worker["runtimeId"]), worker_id: text(&worker["workerId"]) }
}

fn request(step: &Value) -> CreateWorkerRequest {
    let empty = json!({});
    let request = step.get("request").unwrap_or(&empty);
    let resource =
        |value: &Value| ResourceRef { name: text(&value["name"]), reference: text(&value["reference"]) };
    let intent = &request["intent"];
    let profile = &request["profile"];
    CreateWorkerRequest {
        intent: match intent["kind"].as_str() {
            None | Some("assistant") => WorkerIntent::Assistant(optional(intent, "purpose")),
            Some("task") => WorkerIntent::Task(text(&intent["objective"])),
            _ => WorkerIntent::Role(RoleIntent {
                role: text(&intent["role"]),
                purpose: optional(intent, "purpose"),
            }),
        },
        profile: match profile["kind"].as_str() {
            None | Some("runtime_default") => ProfileSelector::RuntimeDefault,
            Some("builtin") => ProfileSelector::Builtin(text(&profile["value"])),
            _ => ProfileSelector::Named(text(&profile["value"])),
        },
        config_bundle: request.get("configBundle").map(|bundle| text(&bundle["id"])),
        requested_capabilities: list(request, "requestedCapabilities", |value| CapabilityRequest {
            name: text(&value["name"]),
            reason: optional(value, "reason"),
        }),
        workspace_refs: list(request, "workspaceRefs", resource),
        mount_refs: list(request, "mountRefs", resource),
    }
}

fn role(name: &Value) -> TranscriptRole {
    match name.as_str() {
        Some("user") => TranscriptRole::User,
        Some("system") => TranscriptRole::System,
        Some("assistant") => TranscriptRole::Assistant,
        _ => TranscriptRole::Tool,
    }
}

fn worker_json(worker: &WorkerRef) -> Value {
    json!({ "runtimeId": worker.runtime_id, "workerId": worker.worker_id })
}

fn status_json(status: WorkerStatus) -> Value {
    json!(match status {
        WorkerStatus::Running => "running",
        WorkerStatus::Stopped => "stopped",
        WorkerStatus::Cancelled => "cancelled",
    })
}

fn runtime_status_json(status: RuntimeStatus) -> Value {
    json!(match status {
        RuntimeStatus::Running => "running",
        RuntimeStatus::Stopped => "stopped",
    })
}

fn intent_json(intent: &WorkerIntent) -> Value {
    let mut found = match intent {
        WorkerIntent::Assistant(purpose) => json!({ "kind": "assistant", "purpose": purpose }),
        WorkerIntent::Task(objective) => json!({ "kind": "task", "objective": objective }),
        WorkerIntent::Role(RoleIntent { role, purpose }) => {
            json!({ "kind": "role", "role": role, "purpose": purpose })
        }
    };
    found.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    found
}

fn profile_json(profile: &ProfileSelector) -> Value {
    match profile {
        ProfileSelector::RuntimeDefault => json!({ "kind": "runtime_default" }),
        ProfileSelector::Builtin(value) => json!({ "kind": "builtin", "value": value }),
        ProfileSelector::Named(value) => json!({ "kind": "named", "value": value }),
    }
}

fn error_json(error: Error) -> Value {
    let details = error.details.into_iter().map(|detail| match detail.value {
        DetailValue::Text(text) => (detail.name, json!(text)),
        DetailValue::Number(number) => (detail.name, json!(number)),
    });
    json!({ "code": error.code, "details": details.collect::<Map<_, _>>() })
}

fn interaction_json(ack: InteractionAck) -> Value {
    json!({
        "workerRef": worker_json(&ack.worker), "status": status_json(ack.status),
        "transcriptSequence": ack.transcript_sequence, "eventId": ack.event_id,
    })
}

fn lifecycle_json(ack: LifecycleAck) -> Value {
    json!({
        "workerRef": worker_json(&ack.worker), "status": status_json(ack.status), "eventId": ack.event_id,
    })
}

fn cursor_json(cursor: &EventCursor) -> Value {
    json!({ "runtimeId": cursor.runtime_id, "nextEventId": cursor.next_event_id })
}

fn detail_json(
    detail: worker_runtime_wasmtime::bindings::worker_runtime::runtime::types::WorkerDetail,
) -> Value {
    let resources = |resources: &[ResourceRef]| -> Vec<Value> {
        let each = resources.iter();
        each.map(|resource| json!({ "name": resource.name, "reference": resource.reference })).collect()
    };
    let capabilities: Vec<Value> = detail
        .request
        .requested_capabilities
        .iter()
        .map(|capability| match &capability.reason {
            Some(reason) => json!({ "name": capability.name, "reason": reason }),
            None => json!({ "name": capability.name }),
        })
        .collect();
    json!({
        "workerRef": worker_json(&detail.worker), "status": status_json(detail.status),
        "intent": intent_json(&detail.request.intent), "profile": profile_json(&detail.request.profile),
        "configBundle": detail.request.config_bundle.map(|id| json!({ "id": id })),
        "requestedCapabilities": capabilities,
        "workspaceRefs": resources(&detail.request.workspace_refs),
        "mountRefs": resources(&detail.request.mount_refs),
        "transcriptLen": detail.transcript_len, "lastEventId": detail.last_event_id,
    })
}

fn role_json(role: TranscriptRole) -> Value {
    json!(match role {
        TranscriptRole::User => "user",
        TranscriptRole::System => "system",
        TranscriptRole::Assistant => "assistant",
        TranscriptRole::Tool => "tool",
    })
}

fn event_kind_json(kind: EventKind) -> Value {
    json!(match kind {
        EventKind::RuntimeStarted => "runtime_started",
        EventKind::RuntimeStopped => "runtime_stopped",
        EventKind::WorkerCreated => "worker_created",
        EventKind::WorkerInputAccepted => "worker_input_accepted",
        EventKind::WorkerOutputRecorded => "worker_output_recorded",
        EventKind::WorkerStopped => "worker_stopped",
        EventKind::WorkerCancelled => "worker_cancelled",
    })
}

fn severity_json(severity: Severity) -> Value {
    json!(match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    })
}

impl Hosted {
    fn change(&mut self, name: &str, step: &Value) -> Option<Result<Value, Error>> {
        let Self { guest, runtime, .. } = self;
        let runtime = *runtime;
        let operation = optional(step, "operationId");
        let operation = operation.as_deref();
        let reason = optional(step, "reason");
        let reason = reason.as_deref();
        let interact = |guest: &mut Guest, spoken: &Value| {
            let (role, content) = (role(&spoken["kind"]), text(&spoken["content"]));
            let worker = worker(step);
            guest
                .call(|exports, store| {
                    exports.call_interact(store, runtime, &worker, role, &content, operation)
                })
                .expect("no trap")
                .map(interaction_json)
        };
        Some(match name {
            "createWorker" => guest
                .call(|exports, store| exports.call_create_worker(store, runtime, &request(step), operation))
                .expect("no trap")
                .map(detail_json),
            "sendInput" => interact(guest, &step["input"]),
            "recordOutput" => interact(guest, &step["output"]),
            "stopWorker" => guest
                .call(|exports, store| {
                    exports.call_stop_worker(store, runtime, &worker(step), reason, operation)
                })
                .expect("no trap")
                .map(lifecycle_json),
            "cancelWorker" => guest
                .call(|exports, store| {
                    exports.call_cancel_worker(store, runtime, &worker(step), reason, operation)
                })
                .expect("no trap")
                .map(lifecycle_json),
            "stopRuntime" => guest
                .call(|exports, store| exports.call_stop_runtime(store, runtime))
                .expect("no trap")
                .map(|event| json!(event)),
            _ => return None,
        })
    }

    fn page(&mut self, name: &str, step: &Value) -> Option<Result<Value, Error>> {
        let Self { guest, runtime, .. } = self;
        let runtime = *runtime;
        Some(match name {
            "transcriptProjection" => {
                let number = |name: &str| step["query"][name].as_u64().expect("a number");
                let (start, limit) = (number("start"), number("limit"));
                guest
                    .call(|exports, store| {
                        exports.call_transcript_projection(store, runtime, &worker(step), start, limit)
                    })
                    .expect("no trap")
                    .map(|page| {
                        let items = page.items.iter().map(|item| {
                            json!({
                                "sequence": item.sequence, "role": role_json(item.role), "content": item.content,
                                "eventId": item.event_id, "recordedAt": item.recorded_at,
                            })
                        });
                        json!({
                            "workerRef": worker_json(&page.worker), "start": page.start, "limit": page.limit,
                            "totalItems": page.total_items, "items": items.collect::<Vec<_>>(),
                            "nextStart": page.next_start,
                        })
                    })
            }
            "readEvents" => {
                let cursor = EventCursor {
                    runtime_id: text(&step["cursor"]["runtimeId"]),
                    next_event_id: step["cursor"]["nextEventId"].as_u64().expect("a number"),
                };
                let limit = step["limit"].as_u64().expect("a limit");
                guest
                    .call(|exports, store| exports.call_read_events(store, runtime, &cursor, limit))
                    .expect("no trap")
                    .map(|batch| {
                        let events = batch.events.iter().map(|event| {
                            json!({
                                "id": event.id, "kind": event_kind_json(event.kind), "message": event.message,
                                "workerRef": event.worker.as_ref().map(worker_json),
                            })
                        });
                        json!({
                            "runtimeId": batch.cursor.runtime_id, "cursor": cursor_json(&batch.cursor),
                            "events": events.collect::<Vec<_>>(), "hasMore": batch.has_more,
                        })
                    })
            }
            _ => return None,
        })
    }

    fn look(&mut self, name: &str, step: &Value) -> Result<Value, Error> {
        let Self { guest, runtime, .. } = self;
        let runtime = *runtime;
        let no_trap = "no trap";
        match name {
            "status" => guest
                .call(|exports, store| exports.call_status(store, runtime))
                .expect(no_trap)
                .map(runtime_status_json),
            "summary" => guest
                .call(|exports, store| exports.call_summary(store, runtime))
                .expect(no_trap)
                .map(|summary| {
                    json!({
                        "runtimeId": summary.runtime_id, "status": runtime_status_json(summary.status),
                        "workerCount": summary.worker_count, "activeWorkerCount": summary.active_worker_count,
                        "stoppedWorkerCount": summary.stopped_worker_count,
                        "cancelledWorkerCount": summary.cancelled_worker_count,
                        "diagnosticCount": summary.diagnostic_count,
                        "limits": {
                            "maxTranscriptProjectionItems": summary.limits.max_transcript_projection_items,
                            "maxEventBatchItems": summary.limits.max_event_batch_items,
                        },
                    })
                }),
            "diagnostics" => guest
                .call(|exports, store| exports.call_diagnostics(store, runtime))
                .expect(no_trap)
                .map(|list| {
                    let each = list.iter().map(|item| {
                        json!({
                            "id": item.id, "severity": severity_json(item.severity), "code": item.code,
                            "message": item.message, "workerRef": item.worker.as_ref().map(worker_json),
                        })
                    });
                    each.collect()
                }),
            "listWorkers" => guest
                .call(|exports, store| exports.call_list_workers(store, runtime))
                .expect(no_trap)
                .map(|list| {
                    let each = list.iter().map(|item| {
                        json!({
                            "workerRef": worker_json(&item.worker), "status": status_json(item.status),
                            "intent": intent_json(&item.intent), "profile": profile_json(&item.profile),
                            "requestedCapabilityCount": item.requested_capability_count,
                            "hasConfigBundle": item.has_config_bundle, "transcriptLen": item.transcript_len,
                            "lastEventId": item.last_event_id,
                        })
                    });
                    each.collect()
                }),
            "workerDetail" => guest
                .call(|exports, store| exports.call_worker_detail(store, runtime, &worker(step)))
                .expect(no_trap)
                .map(detail_json),
            "eventCursorFromStart" => guest
                .call(|exports, store| exports.call_event_cursor_from_start(store, runtime))
                .expect(no_trap)
                .map(|cursor| cursor_json(&cursor)),
            "eventCursorNow" => guest
                .call(|exports, store| exports.call_event_cursor_now(store, runtime))
                .expect(no_trap)
                .map(|cursor| cursor_json(&cursor)),
            "regroup" => {
                while guest.call(|exports, store| exports.call_regroup(store, runtime)).expect(no_trap)? {}
                Ok(Value::Null)
            }
            _ => panic!("no call is named {name}"),
        }
    }
}

impl Subject for Hosted {
    fn call(&mut self, name: &str, step: &Value) -> Result<Value, Value> {
        let answer = match self.change(name, step).or_else(|| self.page(name, step)) {
            Some(answer) => answer,
            None => self.look(name, step),
        };
        answer.map_err(error_json)
    }

    fn reopen(&mut self) {
        if self.is_stored {
            let runtime = self.runtime;
            self.guest.call(|exports, store| exports.call_close(store, runtime)).expect("no trap");
            let closed = self.look("status", &Value::Null).expect_err("it is closed");
            assert_eq!(closed.code, "runtime_closed");
            self.runtime = opened(&mut self.guest);
        }
    }
}

#[test]
fn every_scenario_passes_in_memory_and_on_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("scenarios") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a scenario");
        let kept = tempdir().expect("a folder");
        let mut guest = guest(Directory::new(kept.path()));
        let create_with = open_options().create_with;
        let memory = guest.call(|exports, store| exports.call_create(store, &create_with));
        let runtime = memory.expect("no trap").expect("a runtime");
        let mut hosted = Hosted { guest, runtime, is_stored: false };
        run(&format!("{name} in memory"), &text, &mut hosted);
        hosted.runtime = opened(&mut hosted.guest);
        hosted.is_stored = true;
        run(&format!("{name} on files"), &text, &mut hosted);
        count += 1;
    }
    assert!(count >= 6, "{count} scenarios");
}
