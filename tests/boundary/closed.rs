//! A number that names no runtime.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{NOW, code, create, js, send};

/// Every export that takes a handle.
fn codes(handle: u32) -> Vec<String> {
    send(&[0], b"");
    vec![
        code(wasm::runtime_id(handle)),
        code(wasm::begin(handle)),
        code(wasm::changed(handle)),
        code(wasm::merge(handle)),
        code(wasm::abort(handle)),
        code(wasm::execute(handle, 0, NOW)),
        code(wasm::execute_foreseen(handle, 0, 1.0, NOW)),
        code(wasm::execute_create(handle, js("{}"), None, NOW)),
        code(wasm::execute_end(handle, Ok(1), false, None, None, NOW)),
        code(wasm::execute_stop_runtime(handle, NOW)),
        code(wasm::resolve(handle, "", "")),
        code(wasm::check_cursor(handle, "")),
        code(wasm::summary(handle)),
        code(wasm::last_event_id(handle)),
        code(wasm::standing(handle, 1)),
        code(wasm::request(handle, 1)),
        code(wasm::diagnostics(handle, 0, 1)),
        code(wasm::transcript_page(handle, 1, 0.0, 1.0, true)),
        code(wasm::events_page(handle, 1.0, 1.0, true)),
    ]
}

#[wasm_bindgen_test]
fn a_number_that_was_never_given_is_closed() {
    for handle in [1_000_000, u32::MAX] {
        assert!(codes(handle).iter().all(|code| code == "runtime_closed"), "{:?}", codes(handle));
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn a_number_that_was_let_go_of_is_closed() {
    let handle = create();
    wasm::begin(handle).expect("a transaction");
    wasm::close_handle(handle);
    assert!(codes(handle).iter().all(|code| code == "runtime_closed"), "{:?}", codes(handle));
}
