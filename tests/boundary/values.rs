//! Requests as values.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{NONE, NOW, answer, create, in_transaction, js, send};

/// Creates a Worker and gives what it was created for.
fn created(request: &str) -> Vec<String> {
    let handle = create();
    in_transaction(handle, || {
        let made = wasm::execute_create(handle, js(request), None, NOW);
        assert_eq!(made.expect("a Worker"), Some(1));
        let mut out = answer();
        assert_eq!(out.number(), 2.0, "the event");
        out.end();
    });
    let lines = wasm::request(handle, 1).expect("a request");
    assert_eq!(wasm::standing(handle, 1), Ok([0.0, 0.0, 2.0]));
    wasm::close_handle(handle);
    lines
}

#[wasm_bindgen_test]
fn an_empty_request_is_all_defaults() {
    assert_eq!(created("{}"), ["assistant None", "default", "bundle None"]);
}

#[wasm_bindgen_test]
fn every_field_of_a_request_arrives() {
    let request = r#"{
        "intent": {"kind": "role", "role": "gärtner", "purpose": "🌿"},
        "profile": {"kind": "named", "value": "evening"},
        "configBundle": {"id": "b🌿"},
        "requestedCapabilities": [{"name": "water", "reason": ""}, {"name": "prune"}],
        "workspaceRefs": [{"name": "w", "reference": ""}],
        "mountRefs": [{"name": "m", "reference": "日本"}, {"name": "n", "reference": " "}]
    }"#;
    assert_eq!(
        created(request),
        [
            "role \"gärtner\" Some(\"🌿\")",
            "named \"evening\"",
            "bundle Some(\"b🌿\")",
            "capability \"water\" Some(\"\")",
            "capability \"prune\" None",
            "workspace \"w\" \"\"",
            "mount \"m\" \"日本\"",
            "mount \"n\" \" \"",
        ]
    );
}

#[wasm_bindgen_test]
fn every_kind_of_intent_and_profile_arrives() {
    for (written, read) in [
        (r#""intent":{"kind":"assistant"}"#, "assistant None"),
        (r#""intent":{"kind":"assistant","purpose":""}"#, "assistant Some(\"\")"),
        (r#""intent":{"kind":"task","objective":"o"}"#, "task \"o\""),
        (r#""intent":{"kind":"role","role":"r"}"#, "role \"r\" None"),
    ] {
        assert_eq!(created(&format!("{{{written}}}"))[0], read);
    }
    for (written, read) in [
        (r#""profile":{"kind":"runtime_default"}"#, "default"),
        (r#""profile":{"kind":"builtin","value":"v"}"#, "builtin \"v\""),
        (r#""profile":{"kind":"named","value":"v"}"#, "named \"v\""),
    ] {
        assert_eq!(created(&format!("{{{written}}}"))[1], read);
    }
}

// The JavaScript layer writes no such requests: what it is given was read before.
#[wasm_bindgen_test]
fn a_request_of_a_wrong_shape_is_refused() {
    let handle = create();
    wasm::begin(handle).expect("a transaction");
    let whole = [NONE, 2, 1, NONE, 2, 1, 1, 1, 1, NONE, 1, 1, 1, 1, 1, 1];
    let refused = |words: &[u32], text: &[u8]| {
        // What an earlier call left behind must not complete this one.
        send(&[NONE; 64], &[b'.'; 64]);
        send(words, text);
        let answer = worker_runtime::wasm::execute_create(handle, text.len() as u32, NOW);
        assert!(answer < 0.0, "{words:?} {text:?}");
        assert_eq!(crate::support::refused().code, "invalid_request", "{words:?}");
    };
    for kind in [3, 4, 255, 256, 257, NONE - 1, NONE] {
        for place in [1, 4] {
            let mut words = whole;
            words[place] = kind;
            refused(&words, b"aaaaaaaa");
        }
    }
    for place in [2, 5, 8, 11, 12, 14, 15] {
        for len in [9, NONE - 1, NONE] {
            let mut words = whole;
            words[place] = len;
            refused(&words, b"aaaaaaaa");
        }
    }
    for place in [7, 10, 13] {
        for count in [200, 1 << 16, NONE - 1, NONE] {
            let mut words = whole;
            words[place] = count;
            refused(&words, b"aaaaaaaa");
        }
    }
    refused(&whole, b"aaaaaaa");
    refused(&whole, b"aaaaaaa\xff");
    assert!(!wasm::changed(handle).expect("an answer"));
    send(&whole, b"aaaaaaaa");
    assert_eq!(worker_runtime::wasm::execute_create(handle, 8, NOW), 1.0, "the whole one is taken");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_blank_field_is_refused_by_its_path() {
    let handle = create();
    wasm::begin(handle).expect("a transaction");
    for (request, path) in [
        (r#"{"intent":{"kind":"task","objective":" "}}"#, "intent.objective"),
        (r#"{"profile":{"kind":"named","value":""}}"#, "profile.value"),
        (r#"{"requestedCapabilities":[{"name":"c"},{"name":"\t"}]}"#, "requestedCapabilities[1].name"),
    ] {
        let told = wasm::execute_create(handle, js(request), None, NOW).expect_err("blank");
        assert_eq!(told.code, "invalid_request");
        assert_eq!(told.details, format!(r#"{{"path":"{path}"}}"#));
        assert!(told.message.contains(path), "{}", told.message);
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn many_and_long_fields_arrive() {
    let capabilities: Vec<_> = (0..20_000).map(|n| format!(r#"{{"name":"capability {n}"}}"#)).collect();
    let long = "é".repeat(1_000_000);
    let request = format!(
        r#"{{"intent":{{"kind":"task","objective":"{long}"}},"requestedCapabilities":[{}]}}"#,
        capabilities.join(",")
    );
    let lines = created(&request);
    assert_eq!(lines.len(), 3 + 20_000);
    assert!(lines[0] == format!("task {long:?}"));
    assert_eq!(lines[20_002], "capability \"capability 19999\" None");
}

#[wasm_bindgen_test]
fn a_summary_counts() {
    let handle = create();
    in_transaction(handle, || {
        for _ in 0..3 {
            wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker");
        }
        wasm::execute_end(handle, Ok(1), false, None, None, NOW).expect("an end");
        wasm::execute_end(handle, Ok(2), true, None, None, NOW).expect("an end");
    });
    let counts = |active, stopped, status| {
        format!(r#""here" None [{status:?}, 3.0, {active:?}, {stopped:?}, 1.0, 6.0, 256.0, 256.0]"#)
    };
    assert_eq!(wasm::summary(handle).expect("a summary"), counts(1.0, 1.0, 0.0));
    in_transaction(handle, || wasm::execute_stop_runtime(handle, NOW).expect("a stop"));
    assert_eq!(wasm::summary(handle).expect("a summary"), counts(0.0, 2.0, 1.0));
    wasm::close_handle(handle);
}
