//! Identity is authority.

use worker_runtime::{CreateWorkerRequest, RuntimeId, TranscriptQuery, WorkerId};

use crate::support::{
    NOW, create, cursor, reference, refused, runtime, runtime_named, text_detail, user, visible, with_worker,
};

#[test]
fn a_runtime_id_is_not_blank_and_has_at_most_256_bytes() {
    for id in ["a", " a ", "\u{200b}", "🦀", &"a".repeat(256), &"🦀".repeat(64), "tab\tand\nline\0"] {
        let taken = RuntimeId::new(id).expect("a valid id");
        assert_eq!(taken.as_str(), id, "an id comes back unchanged");
    }
    for id in ["", " ", "\t\n\u{b}\u{c}\r", "\u{a0}\u{1680}\u{2003}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}"]
    {
        let error = RuntimeId::new(id).expect_err("a blank id");
        assert_eq!(error.code(), "invalid_request");
        assert_eq!(text_detail(&error, "path").as_deref(), Some("runtimeId"));
    }
    for id in ["a".repeat(257), "🦀".repeat(64) + "a", "é".repeat(129)] {
        assert_eq!(RuntimeId::new(id).expect_err("a long id").code(), "invalid_request");
    }
}

#[cfg(feature = "host")]
#[test]
fn a_generated_id_is_runtime_and_32_hex_digits() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..64 {
        let runtime = worker_runtime::Runtime::new_memory().expect("a runtime");
        let id = runtime.runtime_id().as_str().to_owned();
        let digits = id.strip_prefix("runtime-").expect("the prefix");
        assert_eq!(digits.len(), 32);
        assert!(digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        assert!(seen.insert(id), "an identity was made twice");
    }
}

#[test]
fn worker_ids_count_in_hexadecimal_and_are_never_reused() {
    let mut runtime = runtime();
    for number in 1..=300u32 {
        let detail = runtime.create_worker(&CreateWorkerRequest::default(), NOW).expect("a Worker");
        assert_eq!(detail.worker_id.to_string(), format!("worker-{number:08x}"));
        assert_eq!(detail.worker_ref.worker_id, detail.worker_id.to_string());
        assert_eq!(detail.worker_ref.runtime_id, "here");
        if number % 3 == 0 {
            runtime.cancel_worker(&detail.worker_ref, None, NOW).expect("an end");
        }
    }
}

#[test]
fn a_refused_creation_uses_no_worker_id() {
    let mut runtime = runtime();
    let request = CreateWorkerRequest {
        intent: worker_runtime::WorkerIntent::Task { objective: " ".into() },
        ..Default::default()
    };
    refused(&mut runtime, |runtime| runtime.create_worker(&request, NOW));
    assert_eq!(create(&mut runtime).worker_id, "worker-00000001");
}

#[test]
fn the_runtime_of_a_reference_is_checked_before_its_worker() {
    let (mut runtime, worker) = with_worker();
    let elsewhere = reference("elsewhere", "worker-00000099");
    let query = TranscriptQuery { start: 0, limit: 1 };
    for error in [
        refused(&mut runtime, |r| r.send_input(&elsewhere, &user("hi"), NOW)),
        refused(&mut runtime, |r| r.stop_worker(&elsewhere, None, NOW)),
        refused(&mut runtime, |r| r.cancel_worker(&elsewhere, None, NOW)),
        refused(&mut runtime, |r| r.worker_detail(&elsewhere)),
        refused(&mut runtime, |r| r.transcript_projection(&elsewhere, query)),
    ] {
        assert_eq!(error.code(), "wrong_runtime");
        assert_eq!(text_detail(&error, "expectedRuntimeId").as_deref(), Some("here"));
        assert_eq!(text_detail(&error, "actualRuntimeId").as_deref(), Some("elsewhere"));
        assert_eq!(text_detail(&error, "workerId").as_deref(), Some("worker-00000099"));
    }

    let unknown = reference("here", "worker-00000002");
    for error in [
        refused(&mut runtime, |r| r.send_input(&unknown, &user("hi"), NOW)),
        refused(&mut runtime, |r| r.stop_worker(&unknown, None, NOW)),
        refused(&mut runtime, |r| r.cancel_worker(&unknown, None, NOW)),
        refused(&mut runtime, |r| r.worker_detail(&unknown)),
        refused(&mut runtime, |r| r.transcript_projection(&unknown, query)),
    ] {
        assert_eq!(error.code(), "worker_not_found");
        assert_eq!(text_detail(&error, "runtimeId").as_deref(), Some("here"));
        assert_eq!(text_detail(&error, "workerId").as_deref(), Some("worker-00000002"));
    }
    assert_eq!(runtime.worker_detail(&worker).expect("a detail").worker_ref, worker);
}

#[test]
fn only_the_exact_text_of_an_id_names_a_worker() {
    let (mut runtime, worker) = with_worker();
    for text in [
        "",
        "1",
        "worker-1",
        "worker-0000001",
        "worker-000000001",
        "worker-00000000",
        " worker-00000001",
        "worker-00000001 ",
        "WORKER-00000001",
        "worker-0000000１",
        "worker-00000001\0",
        "worker-ffffffff",
        "worker-100000001",
    ] {
        let error = refused(&mut runtime, |r| r.send_input(&reference("here", text), &user("hi"), NOW));
        assert_eq!(error.code(), "worker_not_found", "{text:?}");
    }
    for text in ["HERE", "here ", " here", "", "here\0", "hére"] {
        let error =
            refused(&mut runtime, |r| r.send_input(&reference(text, &worker.worker_id), &user("hi"), NOW));
        assert_eq!(error.code(), "wrong_runtime", "{text:?}");
    }
}

#[test]
fn worker_ids_are_read_from_their_one_text_form() {
    let worker = WorkerId::parse("worker-000000ff").expect("an id");
    assert_eq!((worker.number(), worker.to_string().as_str()), (255, "worker-000000ff"));
    assert_eq!(WorkerId::parse("worker-000000FF"), None);
}

#[test]
fn a_cursor_of_another_runtime_is_refused() {
    let mut runtime = runtime();
    let error = refused(&mut runtime, |r| r.read_events(&cursor("elsewhere", 1), 1));
    assert_eq!(error.code(), "wrong_runtime_cursor");
    assert_eq!(text_detail(&error, "expectedRuntimeId").as_deref(), Some("here"));
    assert_eq!(text_detail(&error, "actualRuntimeId").as_deref(), Some("elsewhere"));
}

#[test]
fn runtimes_of_the_same_name_do_not_share_anything() {
    let (mut one, two) = (runtime_named("same"), runtime_named("same"));
    let before = visible(&two);
    create(&mut one);
    assert_eq!(visible(&two), before);
}
