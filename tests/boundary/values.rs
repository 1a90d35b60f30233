//! Requests as values.

use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use worker_runtime::wasm;

use crate::support::{Answer, NOW, answer, code, create, in_transaction, js, json, refusal};

/// A detail in the form in which the area tells it, as lines.
fn detail(out: &mut Answer) -> Vec<String> {
    let mut lines = vec![format!("{:?}", out.numbers::<2>())];
    lines.push(intent(out));
    lines.push(profile(out));
    lines.push(format!("bundle {:?}", out.optional_text()));
    for _ in 0..out.number() as u64 {
        lines.push(format!("capability {:?} {:?}", out.text(), out.optional_text()));
    }
    for list in ["workspace", "mount"] {
        for _ in 0..out.number() as u64 {
            lines.push(format!("{list} {:?} {:?}", out.text(), out.text()));
        }
    }
    lines.push(format!("{:?}", out.numbers::<2>()));
    lines
}

pub(crate) fn intent(out: &mut Answer) -> String {
    match out.number() as u32 {
        0 => format!("assistant {:?}", out.optional_text()),
        1 => format!("task {:?}", out.text()),
        _ => format!("role {:?} {:?}", out.text(), out.optional_text()),
    }
}

pub(crate) fn profile(out: &mut Answer) -> String {
    match out.number() as u32 {
        0 => "default".into(),
        1 => format!("builtin {:?}", out.text()),
        _ => format!("named {:?}", out.text()),
    }
}

/// Creates a Worker and gives its detail, as it was answered and as it is read.
fn created(request: &str) -> Vec<String> {
    let handle = create();
    let answered = in_transaction(handle, || {
        let made = wasm::execute_create(handle, js(request), None, NOW);
        assert_eq!(made.expect("a Worker"), Some(1));
        let mut out = answer();
        let lines = detail(&mut out);
        out.end();
        lines
    });
    wasm::worker_detail(handle, 1).expect("a detail");
    let mut out = answer();
    assert_eq!(detail(&mut out), answered);
    out.end();
    wasm::close_handle(handle);
    answered
}

#[wasm_bindgen_test]
fn an_empty_request_is_all_defaults() {
    assert_eq!(created("{}"), ["[1.0, 0.0]", "assistant None", "default", "bundle None", "[0.0, 2.0]"]);
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
            "[1.0, 0.0]",
            "role \"gärtner\" Some(\"🌿\")",
            "named \"evening\"",
            "bundle Some(\"b🌿\")",
            "capability \"water\" Some(\"\")",
            "capability \"prune\" None",
            "workspace \"w\" \"\"",
            "mount \"m\" \"日本\"",
            "mount \"n\" \" \"",
            "[0.0, 2.0]",
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
        assert_eq!(created(&format!("{{{written}}}"))[1], read);
    }
    for (written, read) in [
        (r#""profile":{"kind":"runtime_default"}"#, "default"),
        (r#""profile":{"kind":"builtin","value":"v"}"#, "builtin \"v\""),
        (r#""profile":{"kind":"named","value":"v"}"#, "named \"v\""),
    ] {
        assert_eq!(created(&format!("{{{written}}}"))[2], read);
    }
}

// Unknown fields do not get here: the JavaScript layer refuses them.
#[wasm_bindgen_test]
fn a_request_of_a_wrong_shape_is_refused() {
    let handle = create();
    wasm::begin(handle).expect("a transaction");
    for request in [
        r#"{"intent":"assistant"}"#,
        r#"{"intent":{}}"#,
        r#"{"intent":{"kind":"other"}}"#,
        r#"{"intent":{"kind":"task"}}"#,
        r#"{"intent":{"kind":"task","objective":7}}"#,
        r#"{"intent":{"kind":"task","objective":"o","role":"r"}}"#,
        r#"{"intent":[]}"#,
        r#"{"profile":{"kind":"builtin"}}"#,
        r#"{"profile":{"kind":"runtime_default","value":"v"}}"#,
        r#"{"profile":{"kind":"named","value":[]}}"#,
        r#"{"configBundle":{}}"#,
        r#"{"configBundle":"b"}"#,
        r#"{"requestedCapabilities":{}}"#,
        r#"{"requestedCapabilities":["c"]}"#,
        r#"{"requestedCapabilities":[{"reason":"r"}]}"#,
        r#"{"workspaceRefs":[{"name":"w"}]}"#,
        r#"{"mountRefs":[{"name":"m","reference":7}]}"#,
        "7",
        "true",
        "null",
        "\"text\"",
    ] {
        let result = wasm::execute_create(handle, js(request), None, NOW);
        let thrown = result.err().unwrap_or_else(|| panic!("{request} is to be refused"));
        assert_eq!(refusal(&thrown).code, "invalid_request", "{request}");
    }
    for odd in [JsValue::UNDEFINED, JsValue::bigint_from_str("7"), JsValue::symbol(None)] {
        let shown = format!("{odd:?}");
        assert_eq!(code(wasm::execute_create(handle, odd, None, NOW)), "invalid_request", "{shown}");
    }
    assert!(!wasm::changed(handle).expect("an answer"));
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
        let thrown = wasm::execute_create(handle, js(request), None, NOW).expect_err("blank");
        let told = refusal(&thrown);
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
    assert_eq!(lines.len(), 5 + 20_000);
    assert!(lines[1] == format!("task {long:?}"));
    assert_eq!(lines[20_003], "capability \"capability 19999\" None");
}

#[wasm_bindgen_test]
fn a_summary_counts() {
    let handle = create();
    in_transaction(handle, || {
        for _ in 0..3 {
            wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker");
        }
        wasm::execute_end(handle, 1, None, None, false, None, None, NOW).expect("an end");
        wasm::execute_end(handle, 2, None, None, true, None, None, NOW).expect("an end");
    });
    let counts = |active, stopped, status| {
        format!(
            r#"{{"runtimeId":"here","status":"{status}","workerCount":3,"activeWorkerCount":{active},"stoppedWorkerCount":{stopped},"cancelledWorkerCount":1,"diagnosticCount":6,"limits":{{"maxTranscriptProjectionItems":256,"maxEventBatchItems":256}}}}"#
        )
    };
    assert_eq!(json(&wasm::summary(handle).expect("a summary")), counts(1, 1, "running"));
    in_transaction(handle, || wasm::execute_stop_runtime(handle, NOW).expect("a stop"));
    assert_eq!(json(&wasm::summary(handle).expect("a summary")), counts(0, 2, "stopped"));
    wasm::close_handle(handle);
}
