//! Runtimes by number, and what concerns the module as a whole.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::mem;

use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::{Inbox, Outbox, answer};
use super::local::Local;
use super::sizes::sizes;
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::limits::RuntimeLimits;
use crate::request::RequestSource;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::storage::StoreOptions;

/// What a number stands for.
#[expect(clippy::large_enum_variant, reason = "most are taken")]
enum Place {
    Taken(Runtime),
    /// Nothing, and which number is free after this one.
    Free(usize),
}

struct Places {
    places: Vec<Place>,
    /// The number that was let go of last; one without a place where all are taken.
    free: usize,
}

static RUNTIMES: Local<Places> = Local::new(Places { places: Vec::new(), free: usize::MAX });

/// What a call does with a runtime. Not `dyn FnMut` itself: each would bring a function along that nobody calls.
trait Work {
    fn run(&mut self, runtime: &mut Runtime, inbox: &mut Inbox<'_>, out: &mut Outbox) -> Result<f64>;
}

impl<F: FnMut(&mut Runtime, &mut Inbox<'_>, &mut Outbox) -> Result<f64>> Work for F {
    fn run(&mut self, runtime: &mut Runtime, inbox: &mut Inbox<'_>, out: &mut Outbox) -> Result<f64> {
        self(runtime, inbox, out)
    }
}

/// Borrows a runtime for as long as `work` takes, which must not call into the host.
pub(crate) fn with_runtime(
    handle: u32,
    text_bytes: u32,
    work: &mut impl FnMut(&mut Runtime, &mut Inbox<'_>, &mut Outbox) -> Result<f64>,
) -> f64 {
    work_on(handle, text_bytes, work)
}

fn work_on(handle: u32, text_bytes: u32, work: &mut dyn Work) -> f64 {
    answer(text_bytes, &mut |inbox, out| {
        RUNTIMES.with(|Places { places, .. }| match places.get_mut(handle as usize) {
            Some(Place::Taken(runtime)) => work.run(runtime, inbox, out),
            _ => Err(Error::RuntimeClosed.boxed()),
        })
    })
}

/// Gives a runtime a number that is free.
pub(crate) fn keep(runtime: Runtime) -> f64 {
    RUNTIMES.with(|Places { places, free }| {
        let mut number = places.len();
        let taken = Place::Taken(runtime);
        match places.get_mut(*free) {
            Some(place) => {
                number = *free;
                if let Place::Free(next) = mem::replace(place, taken) {
                    *free = next;
                }
            }
            None => places.push(taken),
        }
        number as f64
    })
}

/// A module's memory has at most 4 GiB and growing beyond is a trap. What one command can need is kept free of it.
const MEMORY_PAGES: usize = 56 * 1024;

/// Refuses mutations while there is still memory to refuse them with.
pub(crate) fn check_memory() -> Result<()> {
    if core::arch::wasm32::memory_size(0) > MEMORY_PAGES {
        let reason = "the module's memory is full: keep the runtime in a storage, or close others".to_owned();
        return Err(Error::StorageFailed { reason }.boxed());
    }
    Ok(())
}

/// A number from JavaScript as an integer: cut, those that are too small 0, those that are too large the largest.
pub(crate) fn integer(value: f64) -> u64 {
    // The cast saturates, and NaN becomes 0.
    value as u64
}

/// The host's clock as the core wants it; a clock that makes no sense reads 0.
pub(crate) fn timestamp(now: f64) -> u64 {
    integer(now).min(crate::limits::MAX_INTEGER)
}

/// Whether a condition holds, as a call answers it.
pub(crate) fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// What JavaScript wants of a new runtime; a negative number is an absent one.
fn or_default(value: f64, default: u64) -> u64 {
    if value < 0.0 { default } else { integer(value) }
}

pub(crate) fn store_options(cache_bytes: f64) -> StoreOptions {
    let cache_bytes = or_default(cache_bytes, StoreOptions::default().cache_bytes as u64);
    StoreOptions { cache_bytes: usize::try_from(cache_bytes).unwrap_or(usize::MAX), sizes: sizes() }
}

/// A fresh runtime: in memory (0), or one whose creation is an open transaction (1), or one to import into, whose store
/// counts as absent until the last commit (2). Limits and bytes that are negative are absent.
///
/// In: the runtime's id, its display name, which is optional, and 128 random bits.
#[wasm_bindgen]
pub fn create(
    kind: u32,
    text_bytes: u32,
    transcript_limit: f64,
    batch_limit: f64,
    cache_bytes: f64,
    now: f64,
) -> f64 {
    answer(text_bytes, &mut |inbox, _| {
        let default = RuntimeLimits::default();
        let limits = RuntimeLimits {
            max_transcript_projection_items: or_default(
                transcript_limit,
                default.max_transcript_projection_items,
            ),
            max_event_batch_items: or_default(batch_limit, default.max_event_batch_items),
        };
        let id = inbox.text();
        let options = RuntimeOptions { display_name: inbox.optional_text().map(str::to_owned), limits };
        let incarnation = inbox.random_bits();
        inbox.check()?;
        let id = RuntimeId::new(id)?;
        let (store, at) = (store_options(cache_bytes), timestamp(now));
        let runtime = match kind {
            0 => Runtime::new(id, options, at),
            1 => Runtime::create_stored(id, options, store, incarnation, at),
            _ => Runtime::import_stored(id, options, store, incarnation),
        };
        runtime.map(keep)
    })
}

/// Lets go of a runtime; a number that names none is ignored.
#[wasm_bindgen]
pub fn close_handle(handle: u32) {
    let dropped = RUNTIMES.with(|Places { places, free }| match places.get_mut(handle as usize) {
        Some(place @ Place::Taken(_)) => {
            Some(mem::replace(place, Place::Free(mem::replace(free, handle as usize))))
        }
        _ => None,
    });
    drop(dropped);
}

/// Traps, so that a test can see what becomes of the module's handles.
#[wasm_bindgen]
pub fn __test_trap() {
    panic!("trapped by a test");
}
