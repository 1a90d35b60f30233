//! Exports and imports: what JavaScript writes as lines, and reads back.

use alloc::vec::Vec;

use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::handles::{keep, with_runtime};
use super::storage::{identity, options, to_operations};
use super::values::{Config, from_value, refusal, to_value};
use crate::entropy::random_bits;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::storage::{ImportedEvent, OperationRecord, Token};

/// The receipts of the remembered operations, oldest first, as a list of plain objects.
#[wasm_bindgen]
pub fn operations(handle: u32) -> Result<JsValue, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.operations())).map(|operations| to_value(&operations))
}

/// An empty runtime to import into, with an open transaction; its store counts as absent until the last commit.
#[wasm_bindgen]
pub fn import_stored(config: JsValue) -> Result<u32, JsValue> {
    let mut config: Config = from_value(config)?;
    let mut made = || {
        let id = identity(&mut config)?;
        let store = options(&config);
        let options = RuntimeOptions { limits: config.limits(), display_name: config.display_name.take() };
        Runtime::import_stored(id, options, store, random_bits()?)
    };
    made().map(keep).map_err(|error| refusal(&error))
}

/// Records an exported event anew: `{ id, kind, message, recordedAt, workerId?, request?, entry? }`. False: it must wait for
/// the next commit.
#[wasm_bindgen]
pub fn import_event(handle: u32, event: JsValue) -> Result<bool, JsValue> {
    let event: ImportedEvent = from_value(event)?;
    with_runtime(handle, |runtime| {
        let text = event.entry.as_ref().map_or(event.message.len(), |entry| entry.content.len());
        if runtime.must_wait(text) {
            return Ok(false);
        }
        runtime.import_event(&event).map(|()| true)
    })
}

#[derive(Deserialize)]
struct Rest {
    operations: Vec<OperationRecord>,
    losses: Vec<u64>,
}

/// The operations of the commit that ends an import and makes the store count. `rest` is `{ operations, losses }`.
#[wasm_bindgen]
pub fn finish_import(handle: u32, rest: JsValue, token: &str) -> Result<js_sys::Array, JsValue> {
    let rest: Rest = from_value(rest)?;
    with_runtime(handle, |runtime| {
        runtime.finish_import(&rest.operations, &rest.losses, Token::parse(token)?)
    })
    .map(to_operations)
}
