//! Events and receipts of an export, recorded anew.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::calls::Parts;
use crate::support::{NONE, answer, code, contents, js, token};

const KEY: &str = "00112233445566778899aabbccddeeff";
const WORKER: &str = "worker-00000001";

/// An import of a Worker and an input.
fn imported() -> u32 {
    let handle = wasm::import_stored(js(r#"{"runtimeId":"here"}"#)).expect("a runtime");
    let none = |parts: Parts| parts.word(0).word(0);
    let events: [(_, _, &dyn Fn(Parts) -> Parts); 3] = [
        ((1, "runtime_started", "runtime started"), None, &none),
        ((2, "worker_created", "worker worker-00000001 created"), Some(WORKER), &|parts| {
            parts.word(0).word(1).request(&js(r#"{"configBundle":{"id":"b"}}"#))
        }),
        ((3, "worker_input_accepted", "worker input accepted"), Some(WORKER), &|parts| {
            parts.word(1).integer(1).text("user").text("hi 🌿").word(0)
        }),
    ];
    for (event, worker_id, rest) in events {
        assert_eq!(wasm::import_event(handle, event, worker_id, rest), Ok(true), "{event:?}");
    }
    handle
}

#[wasm_bindgen_test]
fn events_are_recorded_anew() {
    let handle = imported();
    wasm::merge(handle).expect("a merge");
    assert_eq!(wasm::request(handle, 1).expect("a request")[2], "bundle Some(\"b\")");
    assert_eq!(contents(handle, 1), ["hi 🌿"]);
    let operation = Parts::default().text(&token()).word(1).text(KEY).text("0123456789abcdef").text(WORKER);
    let operation = operation.text("worker_input_accepted").integer(3).integer(1).word(1).integer(1);
    assert!(!wasm::finish_import(handle, operation).expect("a commit").is_empty());
    wasm::operations(handle).expect("receipts");
    let mut out = answer();
    assert_eq!(out.number(), 1.0);
    assert_eq!([out.text(), out.text(), out.text()], [KEY, "0123456789abcdef", WORKER]);
    assert_eq!((out.number(), out.text(), out.number()), (3.0, "worker_input_accepted".into(), 1.0));
    out.end();
    assert_eq!(wasm::diagnostics(handle, 0, u32::MAX), Ok(2), "the loss and what the Worker lacks");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn events_that_do_not_follow_are_refused() {
    let none = |parts: Parts| parts.word(0).word(0);
    for (event, worker_id) in [
        ((3, "runtime_stopped", "runtime here stopped"), None),
        ((5, "runtime_stopped", "runtime here stopped"), None),
        ((4, "runtime_started", "runtime started"), None),
        ((4, "worker_input_accepted", "worker input accepted"), Some(WORKER)),
        ((4, "worker_created", "worker worker-00000002 created"), Some("worker-00000002")),
        ((4, "worker_stopped", ""), Some("worker-00000002")),
        ((4, "worker_stopped", ""), Some("🌿")),
        ((4, "worker_stopped", ""), None),
        ((4, "other", ""), None),
    ] {
        let handle = imported();
        let told = code(wasm::import_event(handle, event, worker_id, none));
        assert!(["invalid_request", "worker_not_found"].contains(&told.as_str()), "{event:?}: {told}");
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn receipts_and_losses_that_do_not_fit_are_refused() {
    let start = || Parts::default().text(&token());
    let operation = |key: &str, fingerprint: &str, worker: &str, kind: &str, event, sequence| {
        let parts = start().word(1).text(key).text(fingerprint).text(worker).text(kind);
        parts.integer(event).integer(sequence).word(0)
    };
    let (print, created) = ("0123456789abcdef", "worker_created");
    for parts in [
        operation(&KEY[1..], print, WORKER, created, 2, u64::MAX),
        operation(KEY, "", WORKER, created, 2, u64::MAX),
        operation(KEY, print, "worker-00000002", created, 2, u64::MAX),
        operation(KEY, print, WORKER, "other", 2, u64::MAX),
        operation(KEY, print, WORKER, created, 2, 1),
        operation(KEY, print, WORKER, created, 4, u64::MAX),
        start().word(0).word(1).integer(7),
        start().word(NONE),
        start().word(0).word(NONE),
        start().word(0).word(1),
    ] {
        let handle = imported();
        wasm::merge(handle).expect("a merge");
        assert_eq!(code(wasm::finish_import(handle, parts)), "invalid_request");
        wasm::close_handle(handle);
    }
}
