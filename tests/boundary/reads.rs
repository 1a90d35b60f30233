//! What is read through the exchange area.

use wasm_bindgen_test::wasm_bindgen_test;
use worker_runtime::wasm;

use crate::support::{
    NOW, answer, batch, code, create, in_transaction, js, page, refusal, run, say, with_worker,
};
use crate::values::{intent, profile};

#[wasm_bindgen_test]
fn a_list_tells_every_worker_in_order() {
    let handle = create();
    wasm::list_workers(handle).expect("a list");
    let mut out = answer();
    assert_eq!(out.number(), 0.0);
    out.end();
    in_transaction(handle, || {
        for request in [
            r#"{"intent":{"kind":"task","objective":"🌿"},"configBundle":{"id":"b"}}"#,
            r#"{"profile":{"kind":"builtin","value":"v"},"requestedCapabilities":[{"name":"a"},{"name":"b"}]}"#,
            "{}",
        ] {
            wasm::execute_create(handle, js(request), None, NOW).expect("a Worker");
        }
        wasm::execute_end(handle, 2, None, None, true, None, None, NOW).expect("an end");
    });
    assert_eq!(run(handle, &[say("hi"), say("ho")]), [Ok((6, 1)), Ok((7, 2))]);
    in_transaction(handle, || wasm::execute_stop_runtime(handle, NOW).expect("a stop"));

    wasm::list_workers(handle).expect("a list");
    let mut out = answer();
    assert_eq!(out.number(), 3.0);
    let mut worker = || {
        let first: [f64; 2] = out.numbers();
        (first, intent(&mut out), profile(&mut out), out.numbers::<4>())
    };
    assert_eq!(worker(), ([1.0, 1.0], "task \"🌿\"".into(), "default".into(), [0.0, 1.0, 2.0, 7.0]));
    assert_eq!(worker(), ([2.0, 2.0], "assistant None".into(), "builtin \"v\"".into(), [2.0, 0.0, 0.0, 5.0]));
    assert_eq!(worker(), ([3.0, 1.0], "assistant None".into(), "default".into(), [0.0, 0.0, 0.0, 4.0]));
    out.end();
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn diagnostics_name_their_worker() {
    let handle = create();
    wasm::diagnostics(handle).expect("diagnostics");
    assert_eq!(answer().number(), 0.0);
    in_transaction(handle, || {
        for request in [r#"{"requestedCapabilities":[{"name":"c"}]}"#, "{}"] {
            wasm::execute_create(handle, js(request), None, NOW).expect("a Worker");
        }
    });
    wasm::diagnostics(handle).expect("diagnostics");
    let mut out = answer();
    assert_eq!(out.number(), 3.0);
    let mut told = || (out.numbers::<2>(), out.text(), out.text(), out.number());
    let resources = (
        "runtime.local_default_resources".to_owned(),
        "worker created without ConfigBundleRef; runtime-local defaults are assumed".to_owned(),
    );
    let tools =
        ("worker.tools_less".to_owned(), "worker created without requested tool capabilities".to_owned());
    assert_eq!(told(), ([1.0, 0.0], resources.0.clone(), resources.1.clone(), 1.0));
    assert_eq!(told(), ([2.0, 0.0], resources.0, resources.1, 2.0));
    assert_eq!(told(), ([3.0, 0.0], tools.0, tools.1, 2.0));
    out.end();
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn references_resolve_to_numbers() {
    let handle = with_worker();
    let resolve = |runtime: &str, worker: &str| wasm::resolve(handle, runtime.into(), worker.into());
    assert_eq!(resolve("here", "worker-00000001").expect("a number"), 1);
    for (runtime, worker, expected) in [
        ("elsewhere", "worker-00000001", "wrong_runtime"),
        ("", "", "wrong_runtime"),
        ("here", "worker-00000002", "worker_not_found"),
        ("here", "worker-1", "worker_not_found"),
        ("here", "🌿", "worker_not_found"),
        ("here", "", "worker_not_found"),
    ] {
        assert_eq!(code(resolve(runtime, worker)), expected, "{runtime:?} {worker:?}");
    }
    for (id, number) in [("worker-00000001", 1), ("worker-00000002", 0), ("worker-0000000１", 0), ("", 0)] {
        assert_eq!(wasm::worker_number(handle, id).expect("a number"), number, "{id:?}");
    }
    assert_eq!(wasm::worker_id(handle, 1).expect("an id"), "worker-00000001");
    assert_eq!(wasm::worker_id(handle, u32::MAX).expect("an id"), "worker-ffffffff");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn cursors_are_checked() {
    let handle = create();
    wasm::check_cursor(handle, "here".into()).expect("a cursor of this runtime");
    let told = refusal(&wasm::check_cursor(handle, "🌿".into()).expect_err("another runtime"));
    assert_eq!(told.code, "wrong_runtime_cursor");
    assert_eq!(told.details, r#"{"expectedRuntimeId":"here","actualRuntimeId":"🌿"}"#);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn reasons_are_messages_as_given() {
    let handle = create();
    let reasons = [None, Some(""), Some("worker stopped"), Some("🌿é\0")];
    in_transaction(handle, || {
        for (number, reason) in (1..).zip(reasons) {
            wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker");
            let reason = reason.map(str::to_owned);
            wasm::execute_end(handle, number, None, None, false, reason, None, NOW).expect("an end");
        }
    });
    let messages: Vec<_> = batch(handle, 2.0, 100.0).2.into_iter().map(|event| event.message).collect();
    let given: Vec<_> = messages.iter().skip(1).step_by(2).map(Option::as_deref).collect();
    assert_eq!(given, reasons, "an absent reason is told from one that reads like the default");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn long_histories_read_page_by_page() {
    let handle = with_worker();
    let texts: Vec<_> = (0..1_500).map(|n| format!("{n} {}", "🌿é".repeat(n % 5))).collect();
    for some in texts.chunks(200) {
        let commands: Vec<_> = some.iter().map(|text| say(text)).collect();
        assert!(run(handle, &commands).iter().all(Result::is_ok));
    }
    let (mut start, mut read) = (0.0, Vec::new());
    while start >= 0.0 {
        let (total, next, entries) = page(handle, 1, start, 97.0);
        assert_eq!(total, 1_500.0);
        read.extend(entries.into_iter().filter_map(|entry| entry.content));
        start = next;
    }
    assert_eq!(read, texts);
    let (mut from, mut more, mut ids) = (1.0, true, Vec::new());
    while more {
        let (next, has_more, events) = batch(handle, from, 100.0);
        ids.extend(events.into_iter().map(|event| event.id));
        (from, more) = (next, has_more);
    }
    assert_eq!(ids, (1..=1_502).collect::<Vec<_>>());
    wasm::close_handle(handle);
}
