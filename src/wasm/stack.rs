//! Whether the host's stack has room for a call: asked before each, because an overflow in the middle of one would be a trap.

use core::sync::atomic::AtomicU32;

use wasm_bindgen::prelude::wasm_bindgen;

/// For all that the compiler knows, it is another one each time that it is read, and so is what comes of it.
static WORD: AtomicU32 = AtomicU32::new(0);

/// Takes `frames` frames of about 2 KiB of the host's stack, and touches nothing: where it is the end of the stack,
/// nothing is left half done. The number says nothing.
#[wasm_bindgen]
pub fn probe_stack(frames: u32) -> u32 {
    descend(frames) as u32
}

/// A word for each star, each of which is needed before and after the others are there: so it is held in a local, which every tier of every
/// engine has room for in its frame from the beginning. On the operand stack Firefox makes room as words come.
macro_rules! holding {
    ([] $sum:expr) => {
        $sum
    };
    ([* $($rest:tt)*] $sum:expr) => {{
        let word = descend(u32::MAX);
        let inner = holding!([$($rest)*] $sum ^ word);
        word.rotate_left(inner as u32)
    }};
}

/// Not a loop in disguise, and without a place in the module's own stack, which an overflow would not give back. Engines
/// make a frame as large as it may ever become, so that the words, which are never held, are not asked for either.
#[inline(never)]
fn descend(frames: u32) -> u64 {
    match frames {
        // SAFETY: a static's place is valid, and the module has one thread.
        0 => u64::from(unsafe { WORD.as_ptr().read_volatile() }),
        u32::MAX => holding!(
            [************************************************************************************************************************************************************************************************************************************************]
            0
        ),
        _ => descend(frames - 1).wrapping_mul(31) ^ u64::from(frames),
    }
}
