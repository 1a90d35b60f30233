//! Runtimes by number, and what concerns the module as a whole.

use std::collections::HashSet;

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{NOW, answer, code, create, js};

#[wasm_bindgen_test]
fn a_configuration_is_read() {
    let config = r#"{"runtimeId":"café 🌿","displayName":"","maxTranscriptProjectionItems":0,
        "maxEventBatchItems":9007199254740991}"#;
    let handle = wasm::create(js(config), NOW).expect("a runtime");
    assert_eq!(
        wasm::summary(handle).expect("a summary"),
        r#""café 🌿" Some("") [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9007199254740991.0]"#
    );
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn everything_in_a_configuration_but_the_id_has_a_default() {
    let handle = wasm::create(js(r#"{"runtimeId":"here"}"#), NOW).expect("a runtime");
    let summary = wasm::summary(handle).expect("a summary");
    assert_eq!(summary, r#""here" None [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 256.0, 256.0]"#);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_configuration_that_makes_no_sense_is_refused() {
    for config in [
        r#"{"runtimeId":""}"#,
        r#"{"runtimeId":" \u3000"}"#,
        r#"{"runtimeId":"here","maxEventBatchItems":9007199254740992}"#,
        r#"{"runtimeId":"here","maxTranscriptProjectionItems":1e300}"#,
    ] {
        for create in [wasm::create, wasm::create_stored] {
            assert_eq!(code(create(js(config), NOW)), "invalid_request", "{config}");
        }
    }
    let long = format!(r#"{{"runtimeId":"{}"}}"#, "é".repeat(129));
    assert_eq!(code(wasm::create(js(&long), NOW)), "invalid_request");
    let fits = format!(r#"{{"runtimeId":"{}"}}"#, "é".repeat(128));
    wasm::close_handle(wasm::create(js(&fits), NOW).expect("256 bytes"));
}

#[wasm_bindgen_test]
fn limits_are_cut_to_integers() {
    for (given, read) in [(1.9, 1.0), (0.5, 0.0), (f64::NAN, 0.0), (-0.0, 0.0), (-0.5, 256.0)] {
        let parts = wasm::Parts::default().text("here").optional(None);
        let parts = (0..8).fold(parts, |parts, _| parts.word(0));
        let handle = worker_runtime::wasm::create(0, parts.send(), given, given, given, given);
        let summary = wasm::summary(handle as u32).expect("a summary");
        assert!(summary.ends_with(&format!("{read:?}, {read:?}]")), "{given}: {summary}");
        wasm::close_handle(handle as u32);
    }
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
fn the_number_let_go_of_last_is_given_first_and_none_is_given_twice() {
    let handles: Vec<_> = (0..6).map(|_| create()).collect();
    for at in [1, 4, 2, 4, 1] {
        wasm::close_handle(handles[at]);
    }
    wasm::close_handle(u32::MAX);
    let [last, before, first, new] = [(); 4].map(|()| create());
    assert_eq!([last, before, first], [handles[2], handles[4], handles[1]]);
    assert!(!handles.contains(&new), "{new} was given already");
    for handle in handles.into_iter().chain([new]) {
        assert!(wasm::runtime_id(handle).is_ok());
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn the_vocabulary_names_every_code() {
    worker_runtime::wasm::vocabulary();
    let mut out = answer();
    let kinds: Vec<_> = (0..out.number() as usize).map(|_| (out.text(), out.text())).collect();
    assert_eq!(
        kinds.iter().map(|(kind, message)| (kind.as_str(), message.as_str())).collect::<Vec<_>>(),
        [
            ("runtime_started", "runtime started"),
            ("runtime_stopped", ""),
            ("worker_created", ""),
            ("worker_input_accepted", "worker input accepted"),
            ("worker_output_recorded", "worker output recorded"),
            ("worker_stopped", "worker stopped"),
            ("worker_cancelled", "worker cancelled"),
        ]
    );
    let mut list = || (0..out.number() as usize).map(|_| out.text()).collect::<Vec<_>>();
    assert_eq!(list(), ["user", "system", "assistant", "tool"]);
    assert_eq!(list(), ["running", "stopped", "cancelled"]);
    assert_eq!(out.number(), 3.0);
    let mut told = || [out.text(), out.text(), out.text()];
    let resources = "worker created without ConfigBundleRef; runtime-local defaults are assumed";
    assert_eq!(told(), ["info", "runtime.local_default_resources", resources]);
    let tools = "worker created without requested tool capabilities";
    assert_eq!(told(), ["info", "worker.tools_less", tools]);
    let loss = "the store was opened although the host had evidence of loss";
    assert_eq!(told(), ["warning", "storage.loss_accepted", loss]);
    out.end();
}

#[wasm_bindgen_test]
fn a_refusal_tells_code_message_and_details() {
    let handle = create();
    let told = wasm::resolve(handle, "elsewhere", "worker-00000001").expect_err("refused");
    assert_eq!(told.code, "wrong_runtime");
    assert_eq!(told.message, "worker-00000001 belongs to runtime elsewhere, this is runtime here");
    assert_eq!(
        told.details,
        r#"{"expectedRuntimeId":"here","actualRuntimeId":"elsewhere","workerId":"worker-00000001"}"#
    );
    wasm::close_handle(handle);
}
