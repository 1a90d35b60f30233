//! Whether the host's stack has room for a call: asked before each, because an overflow in the middle of one would be a trap.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wasm_bindgen::prelude::wasm_bindgen;

/// Words that a frame of [`descend`] has room for.
const HELD: usize = 120;

static WORDS: [AtomicU64; HELD] = [const { AtomicU64::new(0) }; HELD];

/// Takes `frames` frames of about 990 bytes of the host's stack, and touches nothing: where it is the end of the stack,
/// nothing is left half done. The number says nothing.
#[wasm_bindgen]
pub fn probe_stack(frames: u32) -> u32 {
    descend(frames)
}

/// Runs `$inner` while a word for each star is held that is needed before and after it. Each is one of its own, or it
/// would be held once.
macro_rules! holding {
    ([] $at:expr, $inner:expr) => {
        $inner
    };
    ([* $($rest:tt)*] $at:expr, $inner:expr) => {{
        let word = WORDS[$at].load(Relaxed);
        let result = holding!([$($rest)*] $at + 1, $inner);
        WORDS[$at].store(word, Relaxed);
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
            [************************************************************************************************************************] 0,
            descend(frames - 1)
        ),
        _ => descend(frames - 1).wrapping_mul(31) ^ frames,
    }
}
