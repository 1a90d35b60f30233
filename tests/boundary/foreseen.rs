//! Inputs and outputs that were answered before they are executed.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{Entry, NOW, batch, code, foresee, page, run, say, send, with_worker};

#[wasm_bindgen_test]
fn what_was_answered_is_there_but_for_its_contents() {
    let handle = with_worker();
    assert_eq!(run(handle, &[say("hello")]), [Ok((3, 1))]);
    assert_eq!(foresee(handle, 4.0, &[(1, 2, 3, 0), (1, 3, 0, 7)]), Ok(true));
    assert_eq!(run(handle, &[say("again")]), [Ok((6, 4))]);
    let entry = |sequence, role, content: Option<&str>, event, at| Entry {
        sequence,
        role,
        content: content.map(str::to_owned),
        event,
        at,
    };
    let (total, next, entries) = page(handle, 1, 0.0, 9.0);
    assert_eq!((total, next), (4.0, -1.0));
    assert_eq!(
        entries,
        [
            entry(1, 0, Some("hello"), 3, NOW),
            entry(2, 3, None, 4, NOW),
            entry(3, 0, None, 5, NOW + 7.0),
            entry(4, 0, Some("again"), 6, NOW),
        ]
    );
    let kinds: Vec<_> = batch(handle, 3.0, 9.0).2.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [3, 4, 3, 3]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn what_the_core_would_not_have_answered_is_noticed() {
    for (first, entry) in [
        (2.0, (1, 1, 0, 0)),
        (4.0, (1, 1, 0, 0)),
        (3.0, (0, 1, 0, 0)),
        (3.0, (2, 1, 0, 0)),
        (3.0, (u32::MAX, 1, 0, 0)),
        (3.0, (1, 2, 0, 0)),
        (f64::NAN, (1, 1, 0, 0)),
        (-1.0, (1, 1, 0, 0)),
        (f64::INFINITY, (1, 1, 0, 0)),
    ] {
        let handle = with_worker();
        assert_eq!(foresee(handle, first, &[entry]), Ok(false), "{first} {entry:?}");
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn a_table_that_is_too_short_is_noticed() {
    let handle = with_worker();
    send(&[1, 1, 0], &[]);
    assert_eq!(wasm::execute_foreseen(handle, u32::MAX, 3.0, NOW), Ok(false));
    assert_eq!(foresee(handle, 3.0, &[]), Ok(true));
    wasm::close_handle(handle);
    assert_eq!(code(foresee(handle, 3.0, &[])), "runtime_closed");
}
