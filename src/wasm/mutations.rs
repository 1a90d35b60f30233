//! Commands: executed in the handle's open transaction, merged or dropped as a whole.

use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{Inbox, Outbox, answer};
use super::handles::{check_memory, timestamp, truth, with_runtime};
use super::local::Local;
use super::reads::last_event;
use crate::error::{Error, Result};
use crate::identity::OperationId;
use crate::lifecycle::WorkerEnd;
use crate::request::{RequestBytes, RequestSource, store_request};
use crate::runtime::Runtime;
use crate::state::State;
use crate::transaction::{Accepted, Target, Transaction};
use crate::transcript::TranscriptRole;

/// The refusals of the latest run of commands.
static ERRORS: Local<Vec<Error>> = Local::new(Vec::new());

fn open_transaction(runtime: &mut Runtime) -> Result<(&mut Transaction, &State)> {
    match runtime.open.as_mut() {
        Some(transaction) => Ok((transaction, &runtime.state)),
        None => Err(Error::invalid("", "no transaction is open")),
    }
}

/// Opens a transaction; one that was open is dropped.
#[wasm_bindgen]
pub fn begin(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        runtime.begin();
        Ok(0.0)
    })
}

/// Whether the open transaction changes anything.
#[wasm_bindgen]
pub fn changed(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| Ok(truth(runtime.has_changes())))
}

/// Makes what the open transaction changed part of the state, and gives the id of the last event.
#[wasm_bindgen]
pub fn merge(handle: u32) -> f64 {
    super::storage::forget_operations();
    with_runtime(handle, 0, &mut |runtime, _, _| {
        runtime.merge_open();
        Ok(last_event(runtime))
    })
}

/// Drops the open transaction.
#[wasm_bindgen]
pub fn abort(handle: u32) -> f64 {
    super::storage::forget_operations();
    with_runtime(handle, 0, &mut |runtime, _, _| {
        runtime.abort_open();
        Ok(0.0)
    })
}

/// Opens a transaction beside the open one that answers with what is remembered and refuses all else, until [`end_aside`].
#[wasm_bindgen]
pub fn begin_aside(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        runtime.begin_aside();
        Ok(0.0)
    })
}

/// Goes on with the transaction that was open before [`begin_aside`].
#[wasm_bindgen]
pub fn end_aside(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        runtime.end_aside();
        Ok(0.0)
    })
}

struct Interaction<'a> {
    role: TranscriptRole,
    target: Target,
    operation: Option<OperationId>,
    content: &'a str,
}

/// A Worker by its number, or where that is 0 by the two ids of a reference.
fn target(inbox: &mut Inbox<'_>) -> Target {
    let number = inbox.word();
    if number != 0 {
        return Target::Number(number);
    }
    Target::Ref(inbox.worker_ref())
}

fn interaction<'a>(inbox: &mut Inbox<'a>) -> Result<Interaction<'a>> {
    let role = inbox.word();
    let target = target(inbox);
    let operation = inbox.operation_id()?;
    let content = inbox.text();
    inbox.check()?;
    let role = TranscriptRole::from_code(role).ok_or_else(|| Error::invalid("kind", "is unknown"))?;
    Ok(Interaction { role, target, operation, content })
}

/// Executes a run of inputs and outputs from the exchange area and tells how many of them were taken: those that would
/// make the commit too large wait for the next one, the first of a transaction never does.
///
/// In: the number of commands, then for each its role, its Worker's number or 0 and the reference's two ids, optional
/// operation id and content. Out, for each taken: 0, event, sequence, Worker; or 1 and the index of a refusal for
/// [`take_error`], 0, 0.
#[wasm_bindgen]
pub fn execute(handle: u32, text_bytes: u32, now: f64) -> f64 {
    let at = timestamp(now);
    let mut errors = Vec::new();
    let taken = with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        check_memory()?;
        let (transaction, state) = open_transaction(runtime)?;
        let count = inbox.word();
        inbox.check()?;
        for taken in 0..count {
            let Interaction { role, target, operation, content } = interaction(inbox)?;
            if transaction.must_wait(content.len()) {
                return Ok(f64::from(taken));
            }
            match transaction.interact(state, &target, role, content, operation.as_ref(), at) {
                Ok(accepted) => write_accepted(out, accepted),
                Err(error) => {
                    out.numbers([1.0, errors.len() as f64, 0.0, 0.0]);
                    errors.push(*error);
                }
            }
        }
        Ok(f64::from(count))
    });
    ERRORS.with(|latest| *latest = errors);
    taken
}

fn write_accepted(out: &mut Outbox, Accepted { worker, sequence, event }: Accepted) {
    out.numbers([0.0, event as f64, sequence as f64, f64::from(worker)]);
}

/// A refusal of the latest run, as every call is refused; 0 where there is none of that index.
#[wasm_bindgen]
pub fn take_error(index: u32) -> f64 {
    answer(0, &mut |_, _| {
        let error = ERRORS.with(|errors| errors.get(index as usize).cloned());
        error.map_or(Ok(0.0), |error| Err(error.boxed()))
    })
}

/// Creates a Worker and gives its number, 0 where it must wait for the next commit. In: optional operation id, request.
/// Out: the event.
#[wasm_bindgen]
pub fn execute_create(handle: u32, text_bytes: u32, now: f64) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        check_memory()?;
        let (transaction, state) = open_transaction(runtime)?;
        let operation = inbox.operation_id()?;
        let request = store_request(inbox)?;
        if transaction.must_wait(request.len()) {
            return Ok(0.0);
        }
        let request = RequestBytes(&request);
        let created = transaction.create_worker(state, request, operation.as_ref(), timestamp(now))?;
        out.number(created.event);
        Ok(f64::from(created.worker))
    })
}

/// Stops or cancels a Worker and gives its number, 0 where it must wait for the next commit. In: its number, or 0 and the
/// reference's two ids; optional operation id and reason. Out: its status and the event that ended it.
#[wasm_bindgen]
pub fn execute_end(handle: u32, text_bytes: u32, cancel: bool, now: f64) -> f64 {
    let end = if cancel { WorkerEnd::Cancel } else { WorkerEnd::Stop };
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        let (transaction, state) = open_transaction(runtime)?;
        let target = target(inbox);
        let operation = inbox.operation_id()?;
        let reason = inbox.optional_text();
        inbox.check()?;
        if transaction.must_wait(reason.map_or(0, str::len)) {
            return Ok(0.0);
        }
        let ended =
            transaction.end_worker(state, &target, end, reason, operation.as_ref(), timestamp(now))?;
        out.numbers([f64::from(ended.status as u8), ended.event as f64]);
        Ok(f64::from(ended.worker))
    })
}

/// Stops the runtime and gives the id of the event, or of the last one where it was stopped before.
#[wasm_bindgen]
pub fn execute_stop_runtime(handle: u32, now: f64) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        let (transaction, state) = open_transaction(runtime)?;
        Ok(transaction.stop_runtime(state, timestamp(now)) as f64)
    })
}
