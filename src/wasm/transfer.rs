//! Exports and imports: what JavaScript writes as lines, and reads back.

use alloc::borrow::ToOwned;

use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::Inbox;
use super::handles::{integer, truth, with_runtime};
use super::storage::{give_operations, token};
use crate::request::{RequestSource, store_request};
use crate::storage::{ExportedEvent, OperationRecord};

/// The receipts of the remembered operations, oldest first. Out: their count, then for each key, fingerprint, Worker id, event,
/// kind, sequence or −1.
#[wasm_bindgen]
pub fn operations(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let operations = runtime.operations();
        out.number(operations.len() as u64);
        for operation in &operations {
            out.text(&operation.key);
            out.text(&operation.fingerprint);
            out.text(&operation.worker_id);
            out.number(operation.event_id);
            out.text(&operation.kind);
            out.optional_number(operation.sequence);
        }
        Ok(0.0)
    })
}

/// Records an exported event anew; 0 where it must wait for the next commit. In: kind, message, optional Worker id; whether it
/// has an entry, and its sequence, role and content; whether it has a request, and that.
#[wasm_bindgen]
pub fn import_event(handle: u32, text_bytes: u32, id: f64, recorded_at: f64) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| {
        let (kind, message, worker_id) = (inbox.text(), inbox.text(), inbox.optional_text());
        let entry = match inbox.word() {
            0 => None,
            _ => Some((inbox.integer(), inbox.text(), inbox.text())),
        };
        inbox.check()?;
        if runtime.must_wait(entry.map_or(message.len(), |(_, _, content)| content.len())) {
            return Ok(0.0);
        }
        let request = match inbox.word() {
            0 => None,
            _ => Some(store_request(inbox)?),
        };
        inbox.check()?;
        let event = ExportedEvent {
            id: integer(id),
            kind,
            message,
            recorded_at: integer(recorded_at),
            worker_id,
            request: request.as_deref(),
            entry,
        };
        runtime.import_exported(&event).map(|()| truth(true))
    })
}

fn operation(inbox: &mut Inbox<'_>) -> OperationRecord {
    OperationRecord {
        key: inbox.text().to_owned(),
        fingerprint: inbox.text().to_owned(),
        worker_id: inbox.text().to_owned(),
        kind: inbox.text().to_owned(),
        event_id: inbox.integer(),
        sequence: Some(inbox.integer()).filter(|sequence| *sequence != u64::MAX),
    }
}

/// The commit that ends an import and makes the store count. In: the head that it makes; the count of remembered operations,
/// for each key, fingerprint, Worker id, kind, event, and sequence or 2^64 − 1; the count of accepted losses, for each its
/// place among the diagnostics. Out: operations.
#[wasm_bindgen]
pub fn finish_import(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        let token = token(inbox)?;
        let operations = inbox.list(operation)?;
        let losses = inbox.list(Inbox::integer)?;
        give_operations(out, runtime.finish_import(&operations, &losses, token)?)
    })
}
