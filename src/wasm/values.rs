//! Conversions of what is rare: options, requests, summaries, errors.

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::error::{Error, ErrorDetail};
use crate::limits::RuntimeLimits;

#[derive(Serialize)]
struct Refusal<'a> {
    code: &'static str,
    message: String,
    #[serde(serialize_with = "as_map")]
    details: Vec<(&'static str, ErrorDetail<'a>)>,
}

fn as_map<S: serde::Serializer>(
    details: &[(&str, ErrorDetail<'_>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().copied())
}

/// A refusal as `{ code, message, details }`.
pub(crate) fn refusal(error: &Error) -> JsValue {
    let refusal = Refusal { code: error.code(), message: error.to_string(), details: error.details() };
    to_value(&refusal)
}

/// A value as a plain object, absent fields left out.
pub(crate) fn to_value(value: &impl Serialize) -> JsValue {
    // Nothing that is passed here can fail to serialize: its maps have string keys.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// Reads a snapshot that the JavaScript layer has checked.
pub(crate) fn from_value<T: for<'a> Deserialize<'a>>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| refusal(&Error::invalid("", &error.to_string())))
}

/// What a runtime is created with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Config {
    pub(crate) runtime_id: Option<String>,
    pub(crate) display_name: Option<String>,
    max_transcript_projection_items: Option<u64>,
    max_event_batch_items: Option<u64>,
    pub(crate) cache_bytes: Option<u64>,
}

impl Config {
    pub(crate) fn limits(&self) -> RuntimeLimits {
        let default = RuntimeLimits::default();
        RuntimeLimits {
            max_transcript_projection_items: self
                .max_transcript_projection_items
                .unwrap_or(default.max_transcript_projection_items),
            max_event_batch_items: self.max_event_batch_items.unwrap_or(default.max_event_batch_items),
        }
    }
}
