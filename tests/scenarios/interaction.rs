//! Inputs and outputs.

use worker_runtime::{Command, InputKind, OutputKind, TranscriptRole, WorkerStatus, limits};

use crate::support::{
    NOW, create, events, input, log, output, reference, refused, runtime, text_detail, transcript, user,
    with_worker,
};

#[test]
fn an_input_appends_an_entry_and_an_event() {
    for (kind, role) in [(InputKind::User, TranscriptRole::User), (InputKind::System, TranscriptRole::System)]
    {
        let (mut runtime, worker) = with_worker();
        let ack = runtime.send_input(&worker, &input(kind, " water the fern 🌿 "), NOW + 1).expect("an ack");
        assert_eq!((&ack.worker_ref, ack.status), (&worker, WorkerStatus::Running));
        assert_eq!((ack.transcript_sequence, ack.event_id), (1, 3));
        let entries = transcript(&runtime, &worker);
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!((entry.sequence, entry.role, entry.event_id), (1, role, 3));
        assert_eq!((entry.content.as_str(), entry.recorded_at), (" water the fern 🌿 ", NOW + 1));
        assert_eq!(entry.worker_ref, worker);
        let event = &events(&runtime)[2];
        assert_eq!(
            (event.kind.as_str(), event.message.as_str()),
            ("worker_input_accepted", "worker input accepted")
        );
        assert_eq!((event.worker_ref.as_ref(), event.recorded_at), (Some(&worker), NOW + 1));
    }
}

#[test]
fn an_output_appends_an_entry_and_an_event() {
    for (kind, role) in
        [(OutputKind::Assistant, TranscriptRole::Assistant), (OutputKind::Tool, TranscriptRole::Tool)]
    {
        let (mut runtime, worker) = with_worker();
        let ack = runtime.record_output(&worker, &output(kind, "done"), NOW).expect("an ack");
        assert_eq!((&ack.worker_ref, ack.status), (&worker, WorkerStatus::Running));
        assert_eq!((ack.transcript_sequence, ack.event_id), (1, 3));
        let entries = transcript(&runtime, &worker);
        assert_eq!((entries[0].role, entries[0].content.as_str()), (role, "done"));
        assert_eq!(
            log(&runtime)[2],
            ("worker_output_recorded", "worker output recorded".to_owned()),
            "the message does not repeat the content"
        );
    }
}

#[test]
fn sequences_count_per_worker_and_events_per_runtime() {
    let mut runtime = runtime();
    let (a, b) = (create(&mut runtime), create(&mut runtime));
    let mut seen = Vec::new();
    for (worker, content) in [(&a, "1"), (&b, "2"), (&a, "3"), (&a, "4"), (&b, "5")] {
        let ack = runtime.send_input(worker, &user(content), NOW).expect("an ack");
        seen.push((ack.transcript_sequence, ack.event_id));
    }
    assert_eq!(seen, [(1, 4), (1, 5), (2, 6), (3, 7), (2, 8)]);
    let contents =
        |worker| transcript(&runtime, worker).into_iter().map(|entry| entry.content).collect::<Vec<_>>();
    assert_eq!(
        (contents(&a), contents(&b)),
        (vec!["1".into(), "3".into(), "4".into()], vec!["2".into(), "5".into()])
    );
}

#[test]
fn a_blank_content_is_refused() {
    let (mut runtime, worker) = with_worker();
    for blank in ["", " ", "\n\t\r", "\u{1680}\u{2028}\u{205f}", "\u{85}"] {
        let said = output(OutputKind::Assistant, blank);
        for error in [
            refused(&mut runtime, |r| r.send_input(&worker, &user(blank), NOW)),
            refused(&mut runtime, |r| r.record_output(&worker, &said, NOW)),
        ] {
            assert_eq!(error.code(), "invalid_request", "{blank:?}");
            assert_eq!(text_detail(&error, "path").as_deref(), Some("content"));
        }
    }
    for not_blank in ["\u{200b}", "\u{feff}", "\0", "\u{180e}", "."] {
        runtime.send_input(&worker, &user(not_blank), NOW).expect("not White_Space");
    }
}

#[test]
fn a_blank_content_is_told_before_a_wrong_reference() {
    let (mut runtime, _) = with_worker();
    let elsewhere = reference("elsewhere", "worker-00000001");
    assert_eq!(
        refused(&mut runtime, |r| r.send_input(&elsewhere, &user(" "), NOW)).code(),
        "invalid_request"
    );
    assert_eq!(refused(&mut runtime, |r| r.send_input(&elsewhere, &user("."), NOW)).code(), "wrong_runtime");
}

#[test]
fn contents_come_back_unchanged() {
    let (mut runtime, worker) = with_worker();
    let contents = [
        "a\0b",
        "\r\n mixed \n\r",
        "é e\u{301} ﬁ",
        "\u{feff}bom",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦",
        "\u{10ffff}\u{fffd}\u{ffff}",
        "\u{202e}right to left",
        "{\"json\": [\"\\u0000\"]}",
    ];
    for content in contents {
        runtime.send_input(&worker, &user(content), NOW).expect("an ack");
    }
    let found: Vec<_> = transcript(&runtime, &worker).into_iter().map(|entry| entry.content).collect();
    assert_eq!(found, contents);
}

#[test]
fn a_string_has_at_most_16_mib() {
    let (mut runtime, worker) = with_worker();
    let longest = "x".repeat(limits::MAX_STRING_BYTES);
    let too_long = "é".repeat(limits::MAX_STRING_BYTES / 2) + "x";
    runtime.send_input(&worker, &user(&longest), NOW).expect("an ack");
    assert_eq!(transcript(&runtime, &worker)[0].content, longest);
    let said = output(OutputKind::Tool, &too_long);
    for (path, result) in [
        ("content", runtime.send_input(&worker, &user(&too_long), NOW).map(drop)),
        ("content", runtime.record_output(&worker, &said, NOW).map(drop)),
        ("reason", runtime.stop_worker(&worker, Some(&too_long), NOW).map(drop)),
        ("reason", runtime.cancel_worker(&worker, Some(&too_long), NOW).map(drop)),
    ] {
        let error = result.expect_err("too long");
        assert_eq!((error.code(), text_detail(&error, "path").as_deref()), ("invalid_request", Some(path)));
    }
    assert_eq!(runtime.event_cursor_now().next_event_id, 4);
}

#[test]
fn a_string_in_a_request_has_at_most_16_mib() {
    use worker_runtime::{CapabilityRequest, CreateWorkerRequest, ResourceRef, WorkerIntent};
    let too_long = || "x".repeat(limits::MAX_STRING_BYTES + 1);
    let cases = [
        (
            "intent.purpose",
            CreateWorkerRequest {
                intent: WorkerIntent::Assistant { purpose: Some(too_long()) },
                ..Default::default()
            },
        ),
        (
            "intent.objective",
            CreateWorkerRequest {
                intent: WorkerIntent::Task { objective: too_long() },
                ..Default::default()
            },
        ),
        (
            "requestedCapabilities[0].reason",
            CreateWorkerRequest {
                requested_capabilities: vec![CapabilityRequest {
                    name: "c".into(),
                    reason: Some(too_long()),
                }],
                ..Default::default()
            },
        ),
        (
            "mountRefs[0].reference",
            CreateWorkerRequest {
                mount_refs: vec![ResourceRef { name: "m".into(), reference: too_long() }],
                ..Default::default()
            },
        ),
    ];
    for (path, request) in cases {
        let error = refused(&mut runtime(), |runtime| runtime.create_worker(&request, NOW));
        let command = Command::CreateWorker(request);
        assert_eq!(refused(&mut runtime(), |runtime| runtime.execute(&command, None, NOW)), error);
        assert_eq!((error.code(), text_detail(&error, "path").as_deref()), ("invalid_request", Some(path)));
    }
}
