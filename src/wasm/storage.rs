//! Stores: the commits and the records that JavaScript carries between a runtime and its host.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{ABSENT, Inbox, Outbox, answer};
use super::handles::{integer, keep, store_options, truth, with_runtime};
use super::local::Local;
use crate::error::Result;
use crate::identity::RuntimeId;
use crate::request::RequestSource;
use crate::runtime::Runtime;
use crate::storage::{Op, Ops, Regrouping, Restored, RootRecord, Token};

/// The operations whose values JavaScript was given the addresses of, until the next merge, abort or commit.
static OPERATIONS: Local<Vec<Op>> = Local::new(Vec::new());

/// Gives back the memory of the operations that were given out last.
pub(crate) fn forget_operations() {
    OPERATIONS.with(|operations| *operations = Vec::new());
}

/// Operations: their count, then for each its key, and the address and length of its value, or −1 twice to delete it.
/// The values are to be copied before the module is entered again.
pub(crate) fn give_operations(out: &mut Outbox, operations: Ops) -> Result<f64> {
    let operations = operations.into_vec();
    out.number(operations.len() as u64);
    for (key, value) in &operations {
        out.text(key);
        out.numbers(
            value.as_ref().map_or([ABSENT; 2], |value| [value.as_ptr() as usize as f64, value.len() as f64]),
        );
    }
    OPERATIONS.with(|given| *given = operations);
    Ok(1.0)
}

/// Records: their count, then for each its key and the number of its bytes.
fn take_records(inbox: &mut Inbox<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    inbox.list(|inbox| {
        let key = inbox.text().to_owned();
        let len = inbox.word();
        (key, inbox.bytes(len).to_owned())
    })
}

pub(crate) fn token(inbox: &mut Inbox<'_>) -> Result<Token> {
    let head = inbox.text();
    inbox.check()?;
    Token::parse(head)
}

/// The range that holds the root record alone. Out: `gte` and `lt`.
#[wasm_bindgen]
pub fn root_range() {
    answer(0, &mut |_, out| {
        let (gte, lt) = crate::storage::root_range();
        out.text(gte);
        out.text(lt);
        Ok(0.0)
    });
}

/// A runtime whose root record was read; it is of no use before it is restored. In: runtime id, records.
#[wasm_bindgen]
pub fn open_root(text_bytes: u32, cache_bytes: f64) -> f64 {
    answer(text_bytes, &mut |inbox, _| {
        let id = inbox.text();
        let records = take_records(inbox)?;
        let root = RootRecord::read(&RuntimeId::new(id)?, &records)?;
        Runtime::from_root(root, store_options(cache_bytes)).map(keep)
    })
}

/// Whether the store at `head` is an import that was never finished, and so counts as absent. Refuses a root record that
/// says so of another head. In: the head.
#[wasm_bindgen]
pub fn is_unfinished(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| runtime.is_unfinished(token(inbox)?).map(truth))
}

/// The commit that takes the store over from a head and makes another its head. In: the two heads. Out: operations.
#[wasm_bindgen]
pub fn takeover(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        let (head, to) = (token(inbox)?, token(inbox)?);
        give_operations(out, runtime.take_over(head, to))
    })
}

/// Reads the store as it stands at a head, without taking it over. In: the head.
#[wasm_bindgen]
pub fn look_at(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| {
        runtime.look_at(token(inbox)?);
        Ok(0.0)
    })
}

/// Verifies a part of what was read of the store: 0 while records are needed, 1 once it was the last one, 2 where more is left.
#[wasm_bindgen]
pub fn restore(handle: u32, loss_accepted: bool) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        Ok(match runtime.restore_part(loss_accepted)? {
            Restored::Needs => 0.0,
            Restored::Whole => 1.0,
            Restored::Part => 2.0,
        })
    })
}

/// The records that are to be read. Out: the layout they are of, the count of ranges, then for each `gte`, `lt` and how
/// many at the most, or −1.
#[wasm_bindgen]
pub fn needs(handle: u32) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, out| {
        let (layout, needs) = runtime.needs();
        out.number(layout);
        out.number(needs.len() as u64);
        for need in needs {
            out.text(&need.gte);
            out.text(&need.lt);
            out.optional_number(need.limit);
        }
        Ok(0.0)
    })
}

/// Takes in the records of a range. In: its `gte`, records.
#[wasm_bindgen]
pub fn provide(handle: u32, text_bytes: u32, layout: f64) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, _| {
        let gte = inbox.text();
        let records = take_records(inbox)?;
        runtime.provide(integer(layout), gte, records).map(|()| 0.0)
    })
}

/// The open transaction's commit. In: the head that it makes. Out: operations.
#[wasm_bindgen]
pub fn finish(handle: u32, text_bytes: u32) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        let token = token(inbox)?;
        give_operations(out, runtime.finish(token))
    })
}

/// Whether there is regrouping to do: 0 none, 1 when nobody waits, 2 before the next user commit, 3 because that has no room otherwise.
#[wasm_bindgen]
pub fn regrouping(handle: u32, idle: bool) -> f64 {
    with_runtime(handle, 0, &mut |runtime, _, _| {
        Ok(match runtime.regrouping(idle) {
            Regrouping::None => 0.0,
            Regrouping::Due => 1.0,
            Regrouping::Urgent if runtime.is_short_of_room() => 3.0,
            Regrouping::Urgent => 2.0,
        })
    })
}

/// The commit of the next step of regrouping; 0 where records are needed first or there is nothing to do. It is merged and
/// aborted as a transaction is. Refused where stored records contradict each other: nothing is merged then before the store is
/// opened anew. In: the head that it makes. Out: operations.
#[wasm_bindgen]
pub fn regroup(handle: u32, text_bytes: u32, idle: bool) -> f64 {
    with_runtime(handle, text_bytes, &mut |runtime, inbox, out| {
        let token = token(inbox)?;
        runtime.regroup(token, idle)?.map_or(Ok(0.0), |operations| give_operations(out, operations))
    })
}
