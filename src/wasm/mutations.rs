//! Commands: executed in the handle's open transaction, merged or dropped as a whole.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{Cutter, Outbox, answer, with_exchange};
use super::handles::{check_memory, timestamp, with_runtime};
use super::local::Local;
use super::reads::write_detail;
use super::values::{from_value, refusal};
use crate::catalog::CreateWorkerRequest;
use crate::error::{Error, Result};
use crate::identity::{OperationId, WorkerRef};
use crate::lifecycle::WorkerEnd;
use crate::request::RequestBytes;
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
pub fn begin(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.begin();
        Ok(())
    })
}

/// Whether the open transaction changes anything.
#[wasm_bindgen]
pub fn changed(handle: u32) -> Result<bool, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.has_changes()))
}

/// Makes what the open transaction changed part of the state.
#[wasm_bindgen]
pub fn merge(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.merge_open();
        Ok(())
    })
}

/// Drops the open transaction.
#[wasm_bindgen]
pub fn abort(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.abort_open();
        Ok(())
    })
}

/// Opens a transaction that changes nothing, beside the open one, until [`end_aside`].
#[wasm_bindgen]
pub fn begin_aside(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.begin_aside();
        Ok(())
    })
}

/// Goes on with the transaction that was open before [`begin_aside`].
#[wasm_bindgen]
pub fn end_aside(handle: u32) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.end_aside();
        Ok(())
    })
}

/// The absent length.
const NONE: u32 = u32::MAX;

/// One run of inputs and outputs, as JavaScript wrote it.
struct Run<'a> {
    words: core::slice::Iter<'a, u32>,
    text: Cutter<'a>,
}

struct Interaction<'a> {
    role: TranscriptRole,
    target: Target,
    operation: Option<OperationId>,
    content: &'a str,
}

impl<'a> Run<'a> {
    fn word(&mut self) -> Result<u32> {
        self.words.next().copied().ok_or_else(|| Error::invalid("", "the run is too short"))
    }

    fn next(&mut self) -> Result<Interaction<'a>> {
        let role = self.word()?;
        let role = TranscriptRole::from_code(role).ok_or_else(|| Error::invalid("kind", "is unknown"))?;
        let worker = self.word()?;
        let operation_len = self.word()?;
        let content_len = self.word()?;
        let target = if worker == 0 {
            let (runtime_len, worker_len) = (self.word()?, self.word()?);
            let runtime_id = self.text.cut(runtime_len)?.to_owned();
            let worker_id = self.text.cut(worker_len)?.to_owned();
            Target::Ref(WorkerRef { runtime_id, worker_id })
        } else {
            Target::Number(worker)
        };
        let operation = match operation_len {
            NONE => None,
            len => Some(OperationId::new(self.text.cut(len)?)?),
        };
        let content = self.text.cut(content_len)?;
        Ok(Interaction { role, target, operation, content })
    }
}

/// Executes a run of inputs and outputs from the exchange area and tells how many of them were taken: those that would
/// make the commit too large wait for the next one, the first of a transaction never does.
///
/// In: the number of commands, then for each its role, its Worker's number or 0, the lengths of its operation id (or
/// 2^32 − 1) and of its content, and for Worker 0 the lengths of the reference's two ids. Their texts, joined: for
/// Worker 0 the two ids, then operation id and content. Out, for each taken: 0, event, sequence, Worker; or 1 and the
/// index of a refusal for [`take_error`], 0, 0.
#[wasm_bindgen]
pub fn execute(handle: u32, text_bytes: u32, now: f64) -> Result<u32, JsValue> {
    let at = timestamp(now);
    let mut errors = Vec::new();
    let (words, text) =
        with_exchange(|area| (core::mem::take(&mut area.words), core::mem::take(&mut area.text)));
    let taken = with_runtime(handle, |runtime| {
        check_memory()?;
        let (transaction, state) = open_transaction(runtime)?;
        let bytes =
            text.get(..text_bytes as usize).ok_or_else(|| Error::invalid("", "the text is too short"))?;
        let mut run = Run { words: words.iter(), text: Cutter::new(bytes)? };
        let count = run.word()?;
        answer(|out| {
            for taken in 0..count {
                let Interaction { role, target, operation, content } = run.next()?;
                if transaction.must_wait(content.len()) {
                    return Ok(taken);
                }
                match transaction.interact(state, &target, role, content, operation.as_ref(), at) {
                    Ok(accepted) => write_accepted(out, accepted),
                    Err(error) => {
                        for number in [1, errors.len() as u64, 0, 0] {
                            out.number(number);
                        }
                        errors.push(error);
                    }
                }
            }
            Ok(count)
        })
    });
    with_exchange(|area| (area.words, area.text) = (words, text));
    ERRORS.with(|latest| *latest = errors);
    taken
}

fn write_accepted(out: &mut Outbox, Accepted { worker, sequence, event }: Accepted) {
    for number in [0, event, sequence, u64::from(worker)] {
        out.number(number);
    }
}

/// A refusal of the latest run, as `{ code, message, details }`; `undefined` where there is none of that index.
#[wasm_bindgen]
pub fn take_error(index: u32) -> JsValue {
    let error = ERRORS.with(|errors| errors.get(index as usize).cloned());
    error.map_or(JsValue::UNDEFINED, |error| refusal(&error))
}

fn operation_id(operation: Option<String>) -> Result<Option<OperationId>> {
    operation.map(OperationId::new).transpose()
}

/// Creates a Worker and gives its number; its detail is in the exchange area. `undefined`: it must wait for the next commit.
#[wasm_bindgen]
pub fn execute_create(
    handle: u32,
    request: JsValue,
    operation: Option<String>,
    now: f64,
) -> Result<Option<u32>, JsValue> {
    let request: CreateWorkerRequest = from_value(request)?;
    with_runtime(handle, |runtime| {
        let operation = operation_id(operation)?;
        check_memory()?;
        let (transaction, state) = open_transaction(runtime)?;
        let stored = request.stored()?;
        if transaction.must_wait(stored.len()) {
            return Ok(None);
        }
        let at = timestamp(now);
        let created = transaction.create_worker(state, RequestBytes(&stored), operation.as_ref(), at)?;
        let detail = runtime.detail_at_creation(created.worker, created.event, &request);
        answer(|out| write_detail(out, created.worker, &detail));
        Ok(Some(created.worker))
    })
}

/// Stops or cancels a Worker, by its number or, where that is 0, by a reference, and gives its number; its status and
/// the event that ended it are in the exchange area. `undefined`: it must wait for the next commit.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "a boundary of plain values")]
pub fn execute_end(
    handle: u32,
    worker: u32,
    runtime_id: Option<String>,
    worker_id: Option<String>,
    cancel: bool,
    reason: Option<String>,
    operation: Option<String>,
    now: f64,
) -> Result<Option<u32>, JsValue> {
    let target = match (worker, runtime_id, worker_id) {
        (0, Some(runtime_id), Some(worker_id)) => Target::Ref(WorkerRef { runtime_id, worker_id }),
        (number, ..) => Target::Number(number),
    };
    let end = if cancel { WorkerEnd::Cancel } else { WorkerEnd::Stop };
    with_runtime(handle, |runtime| {
        let operation = operation_id(operation)?;
        let (transaction, state) = open_transaction(runtime)?;
        if transaction.must_wait(reason.as_ref().map_or(0, String::len)) {
            return Ok(None);
        }
        let reason = reason.as_deref();
        let ended =
            transaction.end_worker(state, &target, end, reason, operation.as_ref(), timestamp(now))?;
        answer(|out| {
            out.number(ended.status as u64);
            out.number(ended.event);
        });
        Ok(Some(ended.worker))
    })
}

/// Stops the runtime and gives the id of the event, or of the last one where it was stopped before.
#[wasm_bindgen]
pub fn execute_stop_runtime(handle: u32, now: f64) -> Result<f64, JsValue> {
    with_runtime(handle, |runtime| {
        let (transaction, state) = open_transaction(runtime)?;
        Ok(transaction.stop_runtime(state, timestamp(now)) as f64)
    })
}
