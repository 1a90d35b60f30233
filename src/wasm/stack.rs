//! Whether the host's stack has room for a call: asked before each, because an overflow in the middle of one would be a trap.

use core::sync::atomic::AtomicU64;

use wasm_bindgen::prelude::wasm_bindgen;

static WORD: AtomicU64 = AtomicU64::new(0);

/// Takes `frames` frames of about 990 bytes of the host's stack, and touches nothing: where it is the end of the stack,
/// nothing is left half done. The number says nothing.
#[wasm_bindgen]
pub fn probe_stack(frames: u32) -> u32 {
    descend(frames)
}

/// Runs `$inner` while a word for each star is held that is needed before and after it. For all that the compiler knows, each
/// may be another one, or it would be held once.
macro_rules! holding {
    ([] $inner:expr) => {
        $inner
    };
    ([* $($rest:tt)*] $inner:expr) => {{
        // SAFETY: a static's place is valid, and the module has one thread.
        let word = unsafe { WORD.as_ptr().read_volatile() };
        let result = holding!([$($rest)*] $inner);
        // SAFETY: as above.
        unsafe { WORD.as_ptr().write_volatile(word) };
        result
    }};
}

/// Not a loop in disguise, and without a place in the module's own stack, which an overflow would not give back. Engines
/// make a frame as large as it may ever become, so that the words, which are never held, are not written either.
#[inline(never)]
fn descend(frames: u32) -> u32 {
    match frames {
        0 => 0,
        u32::MAX => holding!(
            [************************************************************************************************************************]
            descend(frames - 1)
        ),
        _ => descend(frames - 1).wrapping_mul(31) ^ frames,
    }
}
