//! Stores: the commits and the records that JavaScript carries between a runtime and its host.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::handles::{keep, timestamp, with_runtime};
use super::local::Local;
use super::values::{Config, from_value, refusal};
use crate::entropy::random_bits;
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::storage::{Ops, Regrouping, RootRecord, Sizes, StoreOptions, Token};

type Records = Vec<(String, Vec<u8>)>;

/// Operations as a list of `[key, bytes]`, `[key, null]` to delete; the bytes are copies.
pub(crate) fn to_operations(ops: Ops) -> Array {
    ops.into_vec()
        .into_iter()
        .map(|(key, value)| {
            let value = value.map_or(JsValue::NULL, |value| Uint8Array::from(&value[..]).into());
            Array::of2(&key.into(), &value)
        })
        .collect()
}

/// Records from a list of `[key, bytes]`. Whatever else a host gave is corrupt.
fn from_records(records: &Array) -> Result<Records> {
    let malformed =
        || Error::StorageFailed { reason: "the storage answered with something else than records".into() };
    records
        .iter()
        .map(|record| {
            let record = record.dyn_into::<Array>().map_err(|_| malformed())?;
            let key = record.get(0).as_string().ok_or_else(malformed)?;
            let value = record.get(1).dyn_into::<Uint8Array>().map_err(|_| malformed())?;
            Ok((key, value.to_vec()))
        })
        .collect()
}

/// What a test has set in place of the usual sizes.
static SIZES: Local<Option<Sizes>> = Local::new(None);

/// Has stores that are created or opened from here on use these sizes, so that a test needs little for much to happen.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "a boundary of plain values")]
pub fn __test_sizes(
    part_bytes: usize,
    inline_bytes: usize,
    flush_bytes: usize,
    flush_chunks: usize,
    urgent_bytes: usize,
    tail_bytes: usize,
    batch_bytes: usize,
    receipt_batches: usize,
    fan_out: usize,
    idle_runs: usize,
    settled_bytes: usize,
    step_bytes: usize,
) {
    let step_bytes = step_bytes as u64;
    let sizes = Sizes {
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
    };
    SIZES.with(|set| *set = Some(sizes));
}

pub(crate) fn options(config: &Config) -> StoreOptions {
    let default =
        StoreOptions { sizes: SIZES.with(|set| set.unwrap_or_default()), ..StoreOptions::default() };
    let cache_bytes =
        config.cache_bytes.map_or(default.cache_bytes, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    StoreOptions { cache_bytes, ..default }
}

pub(crate) fn identity(config: &mut Config) -> Result<RuntimeId> {
    match config.runtime_id.take() {
        Some(id) => RuntimeId::new(id),
        None => RuntimeId::generate(),
    }
}

/// The range that holds the root record alone, as `[gte, lt]`.
#[wasm_bindgen]
pub fn root_range() -> Array {
    let (gte, lt) = crate::storage::root_range();
    Array::of2(&gte.into(), &lt.into())
}

/// A fresh runtime whose creation is an open transaction.
#[wasm_bindgen]
pub fn create_stored(config: JsValue, now: f64) -> Result<u32, JsValue> {
    let mut config: Config = from_value(config)?;
    let mut made = || {
        let id = identity(&mut config)?;
        let store = options(&config);
        let options = RuntimeOptions { limits: config.limits(), display_name: config.display_name.take() };
        Runtime::create_stored(id, options, store, random_bits()?, timestamp(now))
    };
    made().map(keep).map_err(|error| refusal(&error))
}

/// A runtime whose root record was read, as `[key, bytes]` list; it is of no use before it is restored.
#[wasm_bindgen]
pub fn open_root(config: JsValue, records: Array) -> Result<u32, JsValue> {
    let mut config: Config = from_value(config)?;
    let mut made = || {
        let id = identity(&mut config)?;
        let records = from_records(&records)?;
        Runtime::from_root(RootRecord::read(&id, &records)?, options(&config))
    };
    made().map(keep).map_err(|error| refusal(&error))
}

/// Whether the store at `head` is an import that was never finished, and so counts as absent. Refuses a root record that
/// says so of another head.
#[wasm_bindgen]
pub fn is_unfinished(handle: u32, head: &str) -> Result<bool, JsValue> {
    with_runtime(handle, |runtime| runtime.is_unfinished(Token::parse(head)?))
}

/// The operations of the commit that takes the store over from `head` and makes `to` its head.
#[wasm_bindgen]
pub fn takeover(handle: u32, head: &str, to: &str) -> Result<Array, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.take_over(Token::parse(head)?, Token::parse(to)?)))
        .map(to_operations)
}

/// Reads the store as it stands at `head`, without taking it over.
#[wasm_bindgen]
pub fn look_at(handle: u32, head: &str) -> Result<(), JsValue> {
    with_runtime(handle, |runtime| {
        runtime.look_at(Token::parse(head)?);
        Ok(())
    })
}

/// Reads and verifies the rest of the store: false while records are needed.
#[wasm_bindgen]
pub fn restore(handle: u32, loss_accepted: bool) -> Result<bool, JsValue> {
    with_runtime(handle, |runtime| runtime.restore(loss_accepted))
}

/// The records that are to be read: the layout they are of, and then `[gte, lt, limit]` of each range, the limit
/// `undefined` for all.
#[wasm_bindgen]
pub fn needs(handle: u32) -> Result<Array, JsValue> {
    let (layout, needs) = with_runtime(handle, |runtime| {
        let (layout, needs) = runtime.needs();
        Ok((layout, needs.to_vec()))
    })?;
    let list = Array::of1(&JsValue::from_f64(layout as f64));
    for need in needs {
        let limit = need.limit.map_or(JsValue::UNDEFINED, |limit| JsValue::from_f64(limit as f64));
        list.push(&Array::of3(&need.gte.into(), &need.lt.into(), &limit));
    }
    Ok(list)
}

/// Takes in the records of the range that starts with `gte`.
#[wasm_bindgen]
pub fn provide(handle: u32, layout: f64, gte: &str, records: Array) -> Result<(), JsValue> {
    let records = from_records(&records).map_err(|error| refusal(&error))?;
    with_runtime(handle, |runtime| runtime.provide(layout as u64, gte, records))
}

/// The operations of the open transaction's commit, which makes `token` the head.
#[wasm_bindgen]
pub fn finish(handle: u32, token: &str) -> Result<Array, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.finish(Token::parse(token)?))).map(to_operations)
}

/// Whether there is regrouping to do: 0 none, 1 when nobody waits, 2 before the next user commit.
#[wasm_bindgen]
pub fn regrouping(handle: u32, idle: bool) -> Result<u32, JsValue> {
    with_runtime(handle, |runtime| {
        Ok(match runtime.regrouping(idle) {
            Regrouping::None => 0,
            Regrouping::Due => 1,
            Regrouping::Urgent => 2,
        })
    })
}

/// The operations of the next step of regrouping, which makes `token` the head; `undefined` where records are needed first or
/// there is nothing to do. It is merged and aborted as a transaction is.
#[wasm_bindgen]
pub fn regroup(handle: u32, token: &str, idle: bool) -> Result<Option<Array>, JsValue> {
    let ops = with_runtime(handle, |runtime| Ok(runtime.regroup(Token::parse(token)?, idle)))?;
    Ok(ops.map(to_operations))
}
