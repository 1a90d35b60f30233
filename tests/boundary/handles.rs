//! Runtimes by number, and what concerns the module as a whole.

use std::collections::HashSet;

use wasm_bindgen_test::wasm_bindgen_test;
use worker_runtime::wasm;

use crate::support::{NOW, code, create, js, json, refusal};

#[wasm_bindgen_test]
fn a_configuration_is_read() {
    let config = r#"{"runtimeId":"café 🌿","displayName":"","maxTranscriptProjectionItems":0,
        "maxEventBatchItems":9007199254740991}"#;
    let handle = wasm::create(js(config), NOW).expect("a runtime");
    assert_eq!(wasm::runtime_id(handle).expect("an id"), "café 🌿");
    assert_eq!(
        json(&wasm::summary(handle).expect("a summary")),
        r#"{"runtimeId":"café 🌿","displayName":"","status":"running","workerCount":0,"activeWorkerCount":0,"stoppedWorkerCount":0,"cancelledWorkerCount":0,"diagnosticCount":0,"limits":{"maxTranscriptProjectionItems":0,"maxEventBatchItems":9007199254740991}}"#
    );
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn everything_in_a_configuration_has_a_default() {
    let handle = wasm::create(js("{}"), NOW).expect("a runtime");
    let id = wasm::runtime_id(handle).expect("an id");
    let digits = id.strip_prefix("runtime-").expect("a generated id");
    assert!(digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    let summary = json(&wasm::summary(handle).expect("a summary"));
    assert!(!summary.contains("displayName"), "absent is absent: {summary}");
    assert!(
        summary.ends_with(r#""limits":{"maxTranscriptProjectionItems":256,"maxEventBatchItems":256}}"#),
        "{summary}"
    );
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_configuration_that_makes_no_sense_is_refused() {
    for config in [
        r#"{"runtimeId":""}"#,
        r#"{"runtimeId":" \u3000"}"#,
        r#"{"runtimeId":7}"#,
        r#"{"runtimeId":["a"]}"#,
        r#"{"displayName":{}}"#,
        r#"{"maxEventBatchItems":-1}"#,
        r#"{"maxEventBatchItems":1.5}"#,
        r#"{"maxEventBatchItems":9007199254740992}"#,
        r#"{"maxTranscriptProjectionItems":1e300}"#,
        r#"{"maxTranscriptProjectionItems":"1"}"#,
        "null",
        "7",
        "\"here\"",
        "true",
    ] {
        assert_eq!(code(wasm::create(js(config), NOW)), "invalid_request", "{config}");
    }
    let long = format!(r#"{{"runtimeId":"{}"}}"#, "é".repeat(129));
    assert_eq!(code(wasm::create(js(&long), NOW)), "invalid_request");
    let fits = format!(r#"{{"runtimeId":"{}"}}"#, "é".repeat(128));
    wasm::close_handle(wasm::create(js(&fits), NOW).expect("256 bytes"));
}

#[wasm_bindgen_test]
fn runtimes_live_side_by_side() {
    let handles: Vec<_> = (0..20)
        .map(|n| wasm::create(js(&format!(r#"{{"runtimeId":"runtime {n}"}}"#)), NOW).expect("a runtime"))
        .collect();
    assert_eq!(handles.iter().collect::<HashSet<_>>().len(), 20);
    for (n, &handle) in handles.iter().enumerate() {
        assert_eq!(wasm::runtime_id(handle).expect("an id"), format!("runtime {n}"));
    }
    wasm::close_handle(handles[3]);
    assert_eq!(code(wasm::runtime_id(handles[3])), "runtime_closed");
    assert_eq!(wasm::runtime_id(handles[4]).expect("an id"), "runtime 4");
    // A number that was let go of is used again, and closing twice is harmless.
    wasm::close_handle(handles[3]);
    let next = create();
    assert_eq!(next, handles[3]);
    for handle in handles {
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn tokens_are_random_hex_digits() {
    let tokens: HashSet<_> = (0..100).map(|_| wasm::generate_token().expect("a token")).collect();
    assert_eq!(tokens.len(), 100);
    for token in tokens {
        assert!(
            token.len() == 32 && token.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            "{token}"
        );
    }
}

#[wasm_bindgen_test]
fn the_tables_name_every_code() {
    assert_eq!(
        json(&js(&wasm::events_table())),
        concat!(
            r#"[{"kind":"runtime_started","message":"runtime started"},"#,
            r#"{"kind":"runtime_stopped","message":""},"#,
            r#"{"kind":"worker_created","message":""},"#,
            r#"{"kind":"worker_input_accepted","message":"worker input accepted"},"#,
            r#"{"kind":"worker_output_recorded","message":"worker output recorded"},"#,
            r#"{"kind":"worker_stopped","message":"worker stopped"},"#,
            r#"{"kind":"worker_cancelled","message":"worker cancelled"}]"#,
        )
    );
    assert_eq!(json(&js(&wasm::roles_table())), r#"["user","system","assistant","tool"]"#);
    assert_eq!(json(&js(&wasm::statuses_table())), r#"["running","stopped","cancelled"]"#);
}

#[wasm_bindgen_test]
fn a_refusal_is_plain_data() {
    let handle = create();
    let thrown = wasm::resolve(handle, "elsewhere".into(), "worker-00000001".into()).expect_err("refused");
    let told = refusal(&thrown);
    assert_eq!(told.code, "wrong_runtime");
    assert_eq!(
        told.details,
        r#"{"expectedRuntimeId":"here","actualRuntimeId":"elsewhere","workerId":"worker-00000001"}"#
    );
    wasm::close_handle(handle);
}
