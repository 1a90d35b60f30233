//! What can be seen of a runtime, written into the exchange area.

use alloc::borrow::ToOwned;
use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{ABSENT, Outbox, answer};
use super::handles::{integer, truth, with_runtime};
use crate::diagnostics::DiagnosticKind;
use crate::error::{Error, Result};
use crate::event_log::{EventCursor, EventKind};
use crate::history::utf16_len;
use crate::identity::RuntimeId;
use crate::lifecycle::{RuntimeStatus, WorkerStatus};
use crate::limits::MAX_PAGE_ITEMS;
use crate::request::{Part, RequestBytes, RequestSource};
use crate::runtime::{Runtime, check_limit, message_of, page_bounds};
use crate::state::{State, Worker};
use crate::storage::{Begun, Page, PageEntry, PageEvent};
use crate::transcript::TranscriptRole;

/// The words behind the codes. Out: the event kinds, each with its default message, which is empty where it has none; the
/// transcript roles, the Worker statuses; the kinds of diagnostics, each with severity, code and message; each list after its count.
#[wasm_bindgen]
pub fn vocabulary() {
    answer(0, &mut |_, out| {
        out.number(EventKind::ALL.len() as u64);
        for kind in EventKind::ALL {
            out.text(kind.as_str());
            out.text(kind.default_message());
        }
        list(out, &TranscriptRole::ALL.map(TranscriptRole::as_str));
        list(out, &WorkerStatus::ALL.map(WorkerStatus::as_str));
        out.number(DiagnosticKind::ALL.len() as u64);
        for kind in DiagnosticKind::ALL {
            out.text(kind.severity().as_str());
            out.text(kind.code());
            out.text(kind.message());
        }
        Ok(0.0)
    });
}

fn list(out: &mut Outbox, words: &[&str]) {
    out.number(words.len() as u64);
    words.iter().for_each(|word| out.text(word));
}

/// The number of the Worker that a reference names; refused where it names none of this runtime. In: the two ids.
#[wasm_bindgen]
pub fn resolve(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| {
        let worker = inbox.worker_ref();
        inbox.check()?;
        Ok(f64::from(runtime.find(&worker)?.0))
    })
}

/// Refused where a cursor of this runtime id is none of this runtime. In: the id.
#[wasm_bindgen]
pub fn check_cursor(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| {
        let cursor = EventCursor { runtime_id: inbox.text().to_owned(), next_event_id: 1 };
        inbox.check()?;
        cursor.check(runtime.runtime_id()).map(|()| 0.0)
    })
}

/// Counts and settings. Out: runtime id, optional display name; whether it is stopped; counts of Workers, of those that
/// run, were stopped, were cancelled, and of diagnostics; the limits of a transcript page and of a batch of events.
#[wasm_bindgen]
pub fn summary(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let summary = runtime.summary();
        out.text(summary.runtime_id.as_str());
        out.optional_text(summary.display_name.as_deref());
        out.numbers([
            truth(summary.status == RuntimeStatus::Stopped),
            summary.worker_count as f64,
            summary.active_worker_count as f64,
            summary.stopped_worker_count as f64,
            summary.cancelled_worker_count as f64,
            summary.diagnostic_count as f64,
            summary.limits.max_transcript_projection_items as f64,
            summary.limits.max_event_batch_items as f64,
        ]);
        Ok(0.0)
    })
}

/// The id of the last event.
#[wasm_bindgen]
pub fn last_event_id(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| Ok(last_event(runtime)))
}

pub(super) fn last_event(runtime: &Runtime) -> f64 {
    double(runtime.state.history.next_event() - 1)
}

fn worker(state: &State, number: u32) -> Result<&Worker> {
    state.worker(number).ok_or_else(|| Error::invalid("", "there is no such Worker"))
}

/// How consecutive Workers stand, from `number` on. Out, for each: status, transcript length, last event.
#[wasm_bindgen]
pub fn standings(handle: u32, number: u32, count: u32) -> f64 {
    each_worker(handle, number, count, &mut |state, worker, out| {
        out.numbers([
            f64::from(state.visible_status(worker.status) as u8),
            worker.transcript_len() as f64,
            worker.last_event as f64,
        ]);
        Ok(())
    })
}

/// What consecutive Workers were created for, from `number` on. Out, for each: kind of the intent, its objective or role, its
/// optional purpose; kind of the profile, its value; optional bundle; count of capabilities, each a name and an optional
/// reason; count of workspaces and count of mounts, each a name and a reference. What a kind does not have is left out.
#[wasm_bindgen]
pub fn requests(handle: u32, number: u32, count: u32) -> f64 {
    each_worker(handle, number, count, &mut |_, worker, out| {
        RequestBytes(&worker.request).visit(&mut |part| {
            match part {
                Part::Kind(kind) => out.number(u64::from(kind)),
                Part::Name(_, text) | Part::Text(_, text) => out.text(text),
                Part::Optional { text, .. } => out.optional_text(text),
                Part::Count(count) => out.number(count as u64),
            }
            Ok(())
        })
    })
}

type WriteWorker<'w> = dyn FnMut(&State, &Worker, &mut Outbox) -> Result<()> + 'w;

fn each_worker(handle: u32, number: u32, count: u32, write: &mut WriteWorker<'_>) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let state = &runtime.state;
        for place in 0..count {
            write(state, worker(state, number.saturating_add(place))?, out)?;
        }
        Ok(f64::from(count))
    })
}

/// Consecutive diagnostics from place `first` (0 for the first) on, at most `count`; how many. Out: for each kind, Worker or 0.
#[wasm_bindgen]
pub fn diagnostics(handle: u32, first: u32, count: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let remarks = runtime.state.remarks.get(first as usize..).unwrap_or_default();
        let given = remarks.len().min(count as usize);
        for remark in &remarks[..given] {
            out.number(remark.kind as u64);
            out.number(u64::from(remark.worker));
        }
        Ok(given as f64)
    })
}

/// One page of a Worker's transcript, `bounded` by the configured limit or not; 0 where records are needed first.
/// Out: total, next start or −1, count, then for each role, content or −1 where the host keeps it, event, time.
#[wasm_bindgen]
pub fn transcript_page(handle: u32, number: u32, start: f64, limit: f64, bounded: bool) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let limit = integer(limit);
        if bounded {
            check_limit(limit, runtime.state.limits.max_transcript_projection_items)?;
        }
        let total = worker(&runtime.state, number)?.transcript_len();
        let page = page_bounds(integer(start), limit.min(MAX_PAGE_ITEMS), total);
        out.number(total);
        out.optional_number(page.next_start);
        out.number(page.len);
        let (rows, text) = out.rows(page.len);
        let mut rows = rows.iter_mut();
        let (start, len) = (page.start, page.len);
        let mut write = |entry: PageEntry<'_>| write_entry(&mut rows, text, &entry);
        let visited = match runtime.visit_stored_entries(number, start, len, &mut write)? {
            Begun::Ended(page) => page,
            // Not by `write`: what is called in two places would be a call in both.
            Begun::Open(room) => runtime
                .resident_entries(number, start, len, room)
                .visit(|entry| write_entry(&mut rows, text, &entry)),
        };
        if let Page::Ready(count) = visited {
            let next = page.start + count;
            out.set(1, (next < total).then_some(next));
            out.set(2, Some(count));
        }
        Ok(truth(visited != Page::Needs))
    })
}

/// What is left of the rows of a page.
type Rows<'r> = core::slice::IterMut<'r, [f64; 4]>;

#[inline(always)]
fn write_entry(rows: &mut Rows<'_>, text: &mut String, entry: &PageEntry<'_>) {
    let length = if entry.content.is_empty() {
        ABSENT
    } else {
        text.push_str(entry.content);
        f64::from(entry.content_utf16)
    };
    if let Some(row) = rows.next() {
        *row = [f64::from(entry.role as u8), length, double(entry.event_id), double(entry.recorded_at)];
    }
}

#[inline(always)]
fn write_event(rows: &mut Rows<'_>, text: &mut String, runtime_id: &RuntimeId, event: &PageEvent<'_>) {
    let has_default = event.reason.is_none() && event.kind.has_default_message();
    let length = if has_default { ABSENT } else { write_message(text, runtime_id, event) };
    if let Some(row) = rows.next() {
        *row = [f64::from(event.kind as u8), length, f64::from(event.worker), double(event.recorded_at)];
    }
}

/// Writes the message of an event that has another than its kind's default, and gives its length.
#[inline(never)]
fn write_message(text: &mut String, runtime_id: &RuntimeId, event: &PageEvent<'_>) -> f64 {
    let message = message_of(runtime_id, event.kind, event.worker, event.reason).unwrap_or_default();
    text.push_str(&message);
    f64::from(utf16_len(&message))
}

/// Of what is counted, which stays below 2^53 and so is the same with a sign: that is converted faster.
#[inline(always)]
fn double(value: u64) -> f64 {
    value as i64 as f64
}

/// Some consecutive events, `bounded` by the configured limit or not; 0 where records are needed first. Out: where
/// to go on, whether more follow, count, then for each kind, message or −1 for the kind's default, Worker or 0, time.
#[wasm_bindgen]
pub fn events_page(handle: u32, next_event_id: f64, limit: f64, bounded: bool) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let (asked, limit) = (integer(next_event_id), integer(limit));
        if bounded {
            check_limit(limit, runtime.state.limits.max_event_batch_items)?;
        }
        let end = runtime.state.history.next_event();
        let first = asked.max(1);
        let count = end.saturating_sub(first).min(limit).min(MAX_PAGE_ITEMS);
        let next = if count == 0 { asked } else { first + count };
        out.number(next);
        out.number(u64::from(next.max(1) < end));
        out.number(count);
        let runtime_id = runtime.runtime_id().clone();
        let (rows, text) = out.rows(count);
        let mut rows = rows.iter_mut();
        let mut write = |event: PageEvent<'_>| write_event(&mut rows, text, &runtime_id, &event);
        let visited = match runtime.visit_stored_events(first, count, &mut write)? {
            Begun::Ended(page) => page,
            Begun::Open(room) => runtime
                .resident_events(first, count, room)
                .visit(|event| write_event(&mut rows, text, &runtime_id, &event)),
        };
        if let Page::Ready(visited) = visited
            && visited < count
        {
            out.set(0, Some(first + visited));
            out.set(1, Some(1));
            out.set(2, Some(visited));
        }
        Ok(truth(visited != Page::Needs))
    })
}
