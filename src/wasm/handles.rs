//! Runtimes by number, and what concerns the module as a whole.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::local::Local;
use super::values::{Config, from_value, refusal};
use crate::digits::hex;
use crate::entropy::random_bits;
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};

static RUNTIMES: Local<Vec<Option<Runtime>>> = Local::new(Vec::new());

/// Borrows a runtime for as long as `run` takes, which must not call into the host. A refusal becomes a thrown value
/// after the borrow has ended.
pub(crate) fn with_runtime<T>(
    handle: u32,
    run: impl FnOnce(&mut Runtime) -> Result<T>,
) -> Result<T, JsValue> {
    RUNTIMES
        .with(|runtimes| match runtimes.get_mut(handle as usize) {
            Some(Some(runtime)) => run(runtime),
            _ => Err(Error::RuntimeClosed),
        })
        .map_err(|error| refusal(&error))
}

/// Gives a runtime the lowest free number.
pub(crate) fn keep(runtime: Runtime) -> u32 {
    RUNTIMES.with(|runtimes| {
        let free = runtimes.iter().position(Option::is_none).unwrap_or(runtimes.len());
        if free == runtimes.len() {
            runtimes.push(None);
        }
        runtimes[free] = Some(runtime);
        free as u32
    })
}

/// A module's memory has at most 4 GiB and growing beyond is a trap. What one command can need is kept free of it.
#[cfg(target_arch = "wasm32")]
const MEMORY_PAGES: usize = 56 * 1024;

/// Refuses mutations while there is still memory to refuse them with.
pub(crate) fn check_memory() -> Result<()> {
    #[cfg(target_arch = "wasm32")]
    if core::arch::wasm32::memory_size(0) > MEMORY_PAGES {
        let reason = "the module's memory is full: keep the runtime in a storage, or close others".to_owned();
        return Err(Error::StorageFailed { reason });
    }
    Ok(())
}

/// The host's clock as the core wants it; a clock that makes no sense reads 0.
pub(crate) fn timestamp(now: f64) -> u64 {
    // The cast saturates, and NaN becomes 0.
    (now as u64).min(crate::limits::MAX_INTEGER)
}

/// A fresh runtime in memory.
#[wasm_bindgen]
pub fn create(config: JsValue, now: f64) -> Result<u32, JsValue> {
    let config: Config = from_value(config)?;
    let limits = config.limits();
    let made = || {
        let id = match config.runtime_id {
            Some(id) => RuntimeId::new(id)?,
            None => RuntimeId::generate()?,
        };
        let options = RuntimeOptions { display_name: config.display_name, limits };
        Runtime::new(id, options, timestamp(now))
    };
    made().map(keep).map_err(|error| refusal(&error))
}

/// Lets go of a runtime; a number that names none is ignored.
#[wasm_bindgen]
pub fn close_handle(handle: u32) {
    let dropped = RUNTIMES.with(|runtimes| runtimes.get_mut(handle as usize).and_then(Option::take));
    drop(dropped);
}

/// The identity of a runtime.
#[wasm_bindgen]
pub fn runtime_id(handle: u32) -> Result<String, JsValue> {
    with_runtime(handle, |runtime| Ok(runtime.runtime_id().as_str().to_owned()))
}

/// 128 bits of the platform's secure random source, as 32 lower-case hex digits.
#[wasm_bindgen]
pub fn generate_token() -> Result<String, JsValue> {
    random_bits().map(|bits| hex(&bits)).map_err(|error| refusal(&error))
}

/// Takes more of the host's stack than any other call does, and touches nothing: where it is the end of the stack, nothing
/// is left half done. The number says nothing.
#[wasm_bindgen]
pub fn probe_stack() -> u32 {
    descend(1500)
}

/// Not a loop in disguise, and without a place in the module's own stack, which an overflow would not give back.
#[inline(never)]
fn descend(depth: u32) -> u32 {
    if depth == 0 { 0 } else { descend(depth - 1).wrapping_mul(31) ^ depth }
}

/// Traps, so that a test can see what becomes of the module's handles.
#[wasm_bindgen]
pub fn __test_trap() {
    panic!("trapped by a test");
}
