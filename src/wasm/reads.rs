//! What can be seen of a runtime, written into the exchange area.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{Outbox, answer};
use super::handles::with_runtime;
use super::values::to_value;
use crate::catalog::{ProfileSelector, ResourceRef, WorkerDetail, WorkerIntent};
use crate::error::{Error, Result};
use crate::event_log::{EventCursor, EventKind};
use crate::history::utf16_len;
use crate::identity::{RuntimeId, WorkerId, WorkerRef};
use crate::lifecycle::{RuntimeStatus, WorkerStatus};
use crate::runtime::{check_limit, message_of, page_bounds, request_of};
use crate::storage::{Page, PageEvent};
use crate::transcript::TranscriptRole;

/// The event kinds by code: a JSON list of `{ kind, message }`, the message empty where a kind has no default.
#[wasm_bindgen]
pub fn events_table() -> String {
    let kind = |kind: &EventKind| {
        ["{\"kind\":\"", kind.as_str(), "\",\"message\":\"", kind.default_message(), "\"}"].concat()
    };
    list(EventKind::ALL.iter().map(kind))
}

/// The transcript roles by code, as a JSON list.
#[wasm_bindgen]
pub fn roles_table() -> String {
    list(TranscriptRole::ALL.iter().map(|role| ["\"", role.as_str(), "\""].concat()))
}

/// The Worker statuses by code, as a JSON list.
#[wasm_bindgen]
pub fn statuses_table() -> String {
    list(WorkerStatus::ALL.iter().map(|status| ["\"", status.as_str(), "\""].concat()))
}

/// A JSON list; nothing in the tables needs an escape.
fn list(items: impl Iterator<Item = String>) -> String {
    ["[", &items.collect::<Vec<_>>().join(","), "]"].concat()
}

/// The number of a Worker by its id, 0 where there is none.
#[wasm_bindgen]
pub fn worker_number(handle: u32, worker_id: &str) -> Result<u32, JsValue> {
    with_runtime(handle, |runtime| {
        let number = WorkerId::parse(worker_id).map_or(0, WorkerId::number);
        Ok(runtime.state.worker(number).map_or(0, |_| number))
    })
}

/// The id of a Worker by its number.
#[wasm_bindgen]
pub fn worker_id(handle: u32, number: u32) -> Result<String, JsValue> {
    with_runtime(handle, |_| Ok(WorkerId::from_number(number).text()))
}

/// The number of the Worker that a reference names; throws where it names none of this runtime.
#[wasm_bindgen]
pub fn resolve(handle: u32, runtime_id: String, worker_id: String) -> Result<u32, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.find(&WorkerRef { runtime_id, worker_id })?.0))
}

/// Throws where a cursor of this runtime id is none of this runtime.
#[wasm_bindgen]
pub fn check_cursor(handle: u32, runtime_id: String) -> Result<(), JsValue> {
    let cursor = EventCursor { runtime_id, next_event_id: 1 };
    with_runtime(handle, |runtime| cursor.check(runtime.runtime_id()))
}

/// 0 running, 1 stopped.
#[wasm_bindgen]
pub fn status(handle: u32) -> Result<u32, JsValue> {
    with_runtime(handle, |runtime| Ok(u32::from(runtime.status() == RuntimeStatus::Stopped)))
}

/// Counts and settings, as an object.
#[wasm_bindgen]
pub fn summary(handle: u32) -> Result<JsValue, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.summary())).map(|summary| to_value(&summary))
}

/// The id of the last event.
#[wasm_bindgen]
pub fn last_event_id(handle: u32) -> Result<f64, JsValue> {
    with_runtime(handle, |runtime| Ok((runtime.state.history.next_event() - 1) as f64))
}

fn write_intent(out: &mut Outbox, intent: &WorkerIntent) {
    match intent {
        WorkerIntent::Assistant { purpose } => {
            out.number(0);
            out.optional_text(purpose.as_deref());
        }
        WorkerIntent::Task { objective } => {
            out.number(1);
            out.text(objective);
        }
        WorkerIntent::Role { role, purpose } => {
            out.number(2);
            out.text(role);
            out.optional_text(purpose.as_deref());
        }
    }
}

fn write_profile(out: &mut Outbox, profile: &ProfileSelector) {
    match profile {
        ProfileSelector::RuntimeDefault => out.number(0),
        ProfileSelector::Builtin { value } => {
            out.number(1);
            out.text(value);
        }
        ProfileSelector::Named { value } => {
            out.number(2);
            out.text(value);
        }
    }
}

fn write_resources(out: &mut Outbox, resources: &[ResourceRef]) {
    out.number(resources.len() as u64);
    for resource in resources {
        out.text(&resource.name);
        out.text(&resource.reference);
    }
}

/// All Workers. Out: their count, then for each number, status, intent, profile, count of capabilities, whether it has
/// a bundle, transcript length, last event.
#[wasm_bindgen]
pub fn list_workers(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        let state = &runtime.state;
        answer(|out| {
            out.number(state.workers.len() as u64);
            for (number, worker) in (1..).zip(&state.workers) {
                let request = request_of(worker);
                out.number(number);
                out.number(state.visible_status(worker.status) as u64);
                write_intent(out, &request.intent);
                write_profile(out, &request.profile);
                out.number(request.requested_capabilities.len() as u64);
                out.number(u64::from(request.config_bundle.is_some()));
                out.number(worker.transcript_len());
                out.number(worker.last_event);
            }
        });
        Ok(())
    })
}

pub(crate) fn write_detail(out: &mut Outbox, number: u32, detail: &WorkerDetail) {
    out.number(u64::from(number));
    out.number(detail.status as u64);
    write_intent(out, &detail.intent);
    write_profile(out, &detail.profile);
    out.optional_text(detail.config_bundle.as_ref().map(|bundle| bundle.id.as_str()));
    out.number(detail.requested_capabilities.len() as u64);
    for capability in &detail.requested_capabilities {
        out.text(&capability.name);
        out.optional_text(capability.reason.as_deref());
    }
    write_resources(out, &detail.workspace_refs);
    write_resources(out, &detail.mount_refs);
    out.number(detail.transcript_len);
    out.number(detail.last_event_id);
}

/// One Worker. Out: number, status, intent, profile, bundle, capabilities, workspaces and mounts each after their
/// count, transcript length, last event.
#[wasm_bindgen]
pub fn worker_detail(handle: u32, number: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        let worker_ref = runtime.worker_ref(number).ok_or_else(|| Error::invalid("", "Worker 0 is none"))?;
        let detail = runtime.worker_detail(&worker_ref)?;
        answer(|out| write_detail(out, number, &detail));
        Ok(())
    })
}

/// All diagnostics. Out: their count, then for each id, severity, code, message, Worker or 0.
#[wasm_bindgen]
pub fn diagnostics(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        let remarks = &runtime.state.remarks;
        answer(|out| {
            out.number(remarks.len() as u64);
            for (id, remark) in (1..).zip(remarks) {
                out.number(id);
                out.number(remark.kind.severity() as u64);
                out.text(remark.kind.code());
                out.text(remark.kind.message());
                out.number(u64::from(remark.worker));
            }
        });
        Ok(())
    })
}

/// In place of the length of a text.
const ABSENT: f64 = -1.0;

/// A number from JavaScript that was checked to be an integer from 0 to 2^53 − 1.
fn integer(value: f64) -> u64 {
    value as u64
}

/// One page of a Worker's transcript, `bounded` by the configured limit or not; false where records are needed first.
/// Out: total, next start or −1, count, then for each role, content or −1 where the host keeps it, event, time.
#[wasm_bindgen]
pub fn transcript_page(
    handle: u32,
    number: u32,
    start: f64,
    limit: f64,
    bounded: bool,
) -> Result<bool, JsValue> {
    with_runtime(handle, |runtime| {
        if bounded {
            check_limit(integer(limit), runtime.state.limits.max_transcript_projection_items)?;
        }
        let worker =
            runtime.state.worker(number).ok_or_else(|| Error::invalid("", "there is no such Worker"))?;
        let total = worker.transcript_len();
        let page = page_bounds(integer(start), integer(limit), total);
        answer(|out| {
            out.number(total);
            out.optional_number(page.next_start);
            out.number(page.len);
            let visited = runtime.visit_transcript(number, page.start, page.len, |entry| {
                let at_host = entry.content.is_empty();
                out.numbers([
                    f64::from(entry.role as u8),
                    if at_host { ABSENT } else { f64::from(entry.content_utf16) },
                    entry.event_id as f64,
                    entry.recorded_at as f64,
                ]);
                out.unmeasured_text(entry.content);
            })?;
            if let Page::Ready(count) = visited {
                let next = page.start + count;
                out.set(1, (next < total).then_some(next));
                out.set(2, Some(count));
            }
            Ok(visited != Page::Needs)
        })
    })
}

/// Refuses a page of more entries than the configured limit allows.
fn check_batch(limit: u64, bounded: bool, max: u64) -> Result<()> {
    if bounded { check_limit(limit, max) } else { Ok(()) }
}

/// Writes the message of an event that has another than its kind's default, and gives its length.
#[inline(never)]
fn write_message(out: &mut Outbox, runtime_id: &RuntimeId, event: &PageEvent<'_>) -> f64 {
    let message = message_of(runtime_id, event.kind, event.worker, event.reason).unwrap_or_default();
    out.unmeasured_text(&message);
    f64::from(utf16_len(&message))
}

/// Some consecutive events, `bounded` by the configured limit or not; false where records are needed first. Out: where
/// to go on, whether more follow, count, then for each kind, message or −1 for the kind's default, Worker or 0, time.
#[wasm_bindgen]
pub fn events_page(handle: u32, next_event_id: f64, limit: f64, bounded: bool) -> Result<bool, JsValue> {
    with_runtime(handle, |runtime| {
        let (asked, limit) = (integer(next_event_id), integer(limit));
        check_batch(limit, bounded, runtime.state.limits.max_event_batch_items)?;
        let end = runtime.state.history.next_event();
        let first = asked.max(1);
        let count = end.saturating_sub(first).min(limit);
        let next = if count == 0 { asked } else { first + count };
        let runtime_id = runtime.runtime_id().clone();
        answer(|out| {
            out.number(next);
            out.number(u64::from(next.max(1) < end));
            out.number(count);
            let visited = runtime.visit_events(first, count, |event| {
                let length = if event.reason.is_none() && !event.kind.default_message().is_empty() {
                    ABSENT
                } else {
                    write_message(out, &runtime_id, &event)
                };
                let (kind, worker) = (f64::from(event.kind as u8), f64::from(event.worker));
                out.numbers([kind, length, worker, event.recorded_at as f64]);
            })?;
            if let Page::Ready(visited) = visited
                && visited < count
            {
                out.set(0, Some(first + visited));
                out.set(1, Some(1));
                out.set(2, Some(visited));
            }
            Ok(visited != Page::Needs)
        })
    })
}
