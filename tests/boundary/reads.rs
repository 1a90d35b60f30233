//! What is read through the exchange area.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{NOW, answer, batch, code, create, in_transaction, js, page, run, say, with_worker};

#[wasm_bindgen_test]
fn standings_and_requests_are_told_worker_by_worker() {
    let handle = create();
    assert_eq!(wasm::standings(handle, 0), Ok(vec![]));
    in_transaction(handle, || {
        for request in [
            r#"{"intent":{"kind":"task","objective":"🌿"},"configBundle":{"id":"b"}}"#,
            r#"{"profile":{"kind":"builtin","value":"v"},"requestedCapabilities":[{"name":"a"},{"name":"b"}]}"#,
            "{}",
        ] {
            wasm::execute_create(handle, js(request), None, NOW).expect("a Worker");
        }
        wasm::execute_end(handle, Ok(2), true, None, None, NOW).expect("an end");
    });
    assert_eq!(run(handle, &[say("hi"), say("ho")]), [Ok((6, 1)), Ok((7, 2))]);
    assert_eq!(wasm::standing(handle, 1), Ok([0.0, 2.0, 7.0]));
    in_transaction(handle, || wasm::execute_stop_runtime(handle, NOW).expect("a stop"));

    assert_eq!(
        wasm::standings(handle, 3),
        Ok(vec![[1.0, 2.0, 7.0], [2.0, 0.0, 5.0], [1.0, 0.0, 4.0]]),
        "a stopped runtime's Workers count as stopped"
    );
    let requests: Vec<_> = (1..=3).map(|number| wasm::request(handle, number).expect("a request")).collect();
    assert_eq!(requests[0], ["task \"🌿\"", "default", "bundle Some(\"b\")"]);
    assert_eq!(
        requests[1],
        ["assistant None", "builtin \"v\"", "bundle None", "capability \"a\" None", "capability \"b\" None"]
    );
    assert_eq!(requests[2], ["assistant None", "default", "bundle None"]);
    for (number, count) in [(0, 1), (3, 2), (4, 1), (u32::MAX, 1), (u32::MAX, 2), (1, u32::MAX)] {
        assert!(worker_runtime::wasm::standings(handle, number, count) < 0.0, "{number} {count}");
        assert!(worker_runtime::wasm::requests(handle, number, count) < 0.0, "{number} {count}");
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn diagnostics_name_their_worker() {
    let handle = create();
    assert_eq!(wasm::diagnostics(handle, 0, u32::MAX).expect("diagnostics"), 0);
    in_transaction(handle, || {
        for request in [r#"{"requestedCapabilities":[{"name":"c"}]}"#, "{}"] {
            wasm::execute_create(handle, js(request), None, NOW).expect("a Worker");
        }
    });
    let (resources, tools) = (0.0, 1.0);
    let all = [[resources, 1.0], [resources, 2.0], [tools, 2.0]];
    for (first, count, expected) in [
        (0, u32::MAX, &all[..]),
        (0, 3, &all),
        (1, 1, &all[1..2]),
        (2, 2, &all[2..]),
        (3, 1, &[]),
        (u32::MAX, u32::MAX, &[]),
        (0, 0, &[]),
    ] {
        let given = wasm::diagnostics(handle, first, count).expect("diagnostics");
        let mut out = answer();
        let told: Vec<_> = (0..given).map(|_| [out.number(), out.number()]).collect();
        assert_eq!(told, expected, "{count} from {first} on");
        out.end();
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn references_resolve_to_numbers() {
    let handle = with_worker();
    let resolve = |runtime: &str, worker: &str| wasm::resolve(handle, runtime, worker);
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
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn cursors_are_checked() {
    let handle = create();
    wasm::check_cursor(handle, "here").expect("a cursor of this runtime");
    let told = wasm::check_cursor(handle, "🌿").expect_err("another runtime");
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
            wasm::execute_end(handle, Ok(number), false, reason, None, NOW).expect("an end");
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
