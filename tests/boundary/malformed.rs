//! Runs that the JavaScript layer would never write: they are refused, and the module lives on.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{NONE, NOW, batch, code, run, say, send, with_worker};

/// Executes a run that is to be refused, and sees that nothing of it is left once it is dropped.
#[track_caller]
fn refused(handle: u32, words: &[u32], text: &[u8], text_bytes: u32) {
    let before = batch(handle, 1.0, 1e9);
    wasm::begin(handle).expect("a transaction");
    // What an earlier run left behind must not complete this one.
    send(&[0; 64], &[b'.'; 256]);
    send(words, text);
    let result = wasm::execute(handle, text_bytes, NOW);
    assert_eq!(code(result), "invalid_request", "{words:?} {text:?} {text_bytes}");
    wasm::abort(handle).expect("an abort");
    assert_eq!(batch(handle, 1.0, 1e9), before);
    // The area is as good as before.
    let sequence = before.2.last().expect("an event").id - 1;
    assert_eq!(run(handle, &[say("fine")]), [Ok((sequence + 2, sequence))]);
}

#[wasm_bindgen_test]
fn an_unknown_role_is_refused() {
    let handle = with_worker();
    for role in [4, 5, 255, 256, u32::MAX] {
        refused(handle, &[1, role, 1, NONE, 1], b"a", 1);
        refused(handle, &[2, 0, 1, NONE, 1, role, 1, NONE, 1], b"ab", 2);
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_table_that_ends_too_early_is_refused() {
    let handle = with_worker();
    // The room beyond the table reads as zeros: blank contents for no Worker, until it ends.
    refused(handle, &[u32::MAX, 0, 1, NONE, 1], b"a", 1);
    refused(handle, &[1_000_000], b"", 0);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn more_text_than_there_is_room_is_refused() {
    let handle = with_worker();
    for text_bytes in [1 << 30, u32::MAX] {
        refused(handle, &[1, 0, 1, NONE, 1], b"a", text_bytes);
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn lengths_beyond_the_text_are_refused() {
    let handle = with_worker();
    for text in ["a", "é", "🌿", "aé", "a🌿"] {
        let bytes = text.as_bytes();
        let len = bytes.len() as u32;
        let units = text.encode_utf16().count() as u32;
        for beyond in [units + 1, units + 2, 1000, u32::MAX - 1, u32::MAX] {
            // As content, as the parts of a reference, and as an operation id.
            refused(handle, &[1, 0, 1, NONE, beyond], bytes, len);
            refused(handle, &[1, 0, 0, NONE, 0, beyond, 0], bytes, len);
            refused(handle, &[1, 0, 0, NONE, 0, 0, beyond], bytes, len);
            if beyond != NONE {
                refused(handle, &[1, 0, 1, beyond, 0], bytes, len);
            }
        }
        // All of it is used up by the first.
        refused(handle, &[2, 0, 1, NONE, units, 0, 1, NONE, 1], bytes, len);
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_length_that_splits_a_character_is_refused() {
    let handle = with_worker();
    refused(handle, &[1, 0, 1, NONE, 1], "🌿".as_bytes(), 4);
    refused(handle, &[1, 0, 1, NONE, 2], "a🌿".as_bytes(), 5);
    refused(handle, &[2, 0, 1, NONE, 3, 0, 1, NONE, 1], "🌿🌿".as_bytes(), 8);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn bytes_that_are_no_utf8_are_refused() {
    let handle = with_worker();
    for bytes in [
        &b"\xff"[..],
        b"\x80",
        b"a\xc3",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x8c",
        b"\xf4\x90\x80\x80",
        b"ok \xfe ok",
    ] {
        refused(handle, &[1, 0, 1, NONE, 1], bytes, bytes.len() as u32);
    }
    // A text that is cut short in the middle of a character.
    refused(handle, &[1, 0, 1, NONE, 1], "é".as_bytes(), 1);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn an_operation_id_that_is_none_is_refused() {
    let handle = with_worker();
    refused(handle, &[1, 0, 1, 0, 1], b"a", 1);
    refused(handle, &[1, 0, 1, 1, 1], b" a", 2);
    let long = "x".repeat(258);
    refused(handle, &[1, 0, 1, 257, 1], long.as_bytes(), 258);
    for result in [
        wasm::execute_create(handle, crate::support::js("{}"), Some(""), NOW),
        wasm::execute_end(handle, Ok(1), false, None, Some(&"x".repeat(257)), NOW),
    ] {
        assert_eq!(code(result), "invalid_request");
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn without_a_transaction_nothing_is_executed() {
    let handle = with_worker();
    send(&[1, 0, 1, NONE, 1], b"a");
    assert_eq!(code(wasm::execute(handle, 1, NOW)), "invalid_request");
    assert_eq!(code(wasm::execute_create(handle, crate::support::js("{}"), None, NOW)), "invalid_request");
    assert_eq!(code(wasm::execute_end(handle, Ok(1), true, None, None, NOW)), "invalid_request");
    assert_eq!(code(wasm::execute_stop_runtime(handle, NOW)), "invalid_request");
    assert!(!wasm::changed(handle).expect("an answer"));
    wasm::merge(handle).expect("nothing to merge");
    wasm::abort(handle).expect("nothing to drop");
    assert_eq!(wasm::last_event_id(handle).expect("an id"), 2.0);
    wasm::close_handle(handle);
}
