//! The module as it is published: the binding, and what the standard library would otherwise bring along — a memory
//! allocator, how memory grows, and what a panic does.

#![cfg(target_arch = "wasm32")]
#![no_std]

use core::panic::PanicInfo;

use talc::cell::TalcSyncCell;
use talc::wasm::WasmBinning;

mod growth;

use growth::Growth;

// What the binding exports stays in the module because of this.
pub use worker_runtime::wasm::*;

#[global_allocator]
static ALLOCATOR: TalcSyncCell<Growth, WasmBinning> = TalcSyncCell::new_wasm(Growth::new());

/// Traps. The message is lost: composing it would cost every page more bytes than it is worth.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
