//! Operation ids: a repeat of the same request answers as the first did.

use worker_runtime::{
    CreateWorkerRequest, OperationId, Runtime, TranscriptRole, WorkerEnd, WorkerIntent, WorkerRef,
    WorkerStatus, limits,
};

use crate::support::{
    NOW, create, full_request, operation, reference, refused, runtime, text_detail, visible, with_worker,
};

#[test]
fn an_operation_id_is_not_blank_and_has_at_most_256_bytes() {
    for id in ["o", &"é".repeat(128)] {
        assert_eq!(OperationId::new(id).expect("a valid id").as_str(), id);
    }
    for id in ["", "\u{3000}", &"é".repeat(129)] {
        let error = OperationId::new(id).expect_err("an invalid id");
        assert_eq!(error.code(), "invalid_request");
        assert_eq!(text_detail(&error, "path").as_deref(), Some("operationId"));
    }
}

fn say(
    runtime: &mut Runtime,
    worker: &WorkerRef,
    content: &str,
    id: &str,
) -> worker_runtime::Result<(u64, u64)> {
    runtime
        .interact(worker, TranscriptRole::User, content, Some(&operation(id)), NOW)
        .map(|ack| (ack.transcript_sequence, ack.event_id))
}

#[test]
fn a_repeat_answers_with_the_first_receipt_and_changes_nothing() {
    let (mut runtime, worker) = with_worker();
    let made = runtime.create_worker_as(&full_request(), Some(&operation("create")), NOW).expect("a Worker");
    assert_eq!(say(&mut runtime, &worker, "hi", "say").expect("an ack"), (1, 4));
    let end = |runtime: &mut Runtime, at| {
        runtime.end_worker(&made.worker_ref, WorkerEnd::Stop, Some("r"), Some(&operation("end")), at)
    };
    let ended = end(&mut runtime, NOW).expect("an end");
    assert_eq!(say(&mut runtime, &worker, "more", "more").expect("an ack"), (2, 6));

    let before = visible(&runtime);
    let again = runtime.create_worker_as(&full_request(), Some(&operation("create")), NOW + 9);
    assert_eq!(again.expect("the receipt"), made, "as first given, though it has ended since");
    assert_eq!(say(&mut runtime, &worker, "hi", "say").expect("the receipt"), (1, 4));
    assert_eq!(end(&mut runtime, NOW + 9).expect("the receipt"), ended);
    assert_eq!(visible(&runtime), before);
}

#[test]
fn a_receipt_answers_before_every_check_of_state() {
    let (mut runtime, worker) = with_worker();
    let made = runtime.create_worker_as(&full_request(), Some(&operation("create")), NOW).expect("a Worker");
    let said = say(&mut runtime, &worker, "hi", "say").expect("an ack");
    let cancel = |runtime: &mut Runtime| {
        runtime.end_worker(&worker, WorkerEnd::Cancel, None, Some(&operation("end")), NOW)
    };
    let ended = cancel(&mut runtime).expect("an end");
    // The Worker has ended, and then the runtime: both refuse what is new and answer what is remembered.
    assert_eq!(say(&mut runtime, &worker, "hi", "say").expect("the receipt"), said);
    runtime.stop_runtime(NOW).expect("a stop");
    let before = visible(&runtime);
    assert_eq!(say(&mut runtime, &worker, "hi", "say").expect("the receipt"), said);
    assert_eq!(cancel(&mut runtime).expect("the receipt"), ended);
    let again = runtime.create_worker_as(&full_request(), Some(&operation("create")), NOW);
    assert_eq!(again.expect("the receipt"), made);
    assert_eq!(visible(&runtime), before);
    assert_eq!(say(&mut runtime, &worker, "hi", "new").expect_err("stopped").code(), "runtime_stopped");
}

#[test]
fn another_request_under_a_remembered_id_is_refused() {
    let mut runtime = runtime();
    let (a, b) = (create(&mut runtime), create(&mut runtime));
    say(&mut runtime, &a, "hi", "o").expect("an ack");
    let id = operation("o");
    let elsewhere = reference("elsewhere", &a.worker_id);
    type Call<'a> = Box<dyn Fn(&mut Runtime) -> worker_runtime::Result<()> + 'a>;
    let calls: Vec<Call<'_>> = vec![
        Box::new(|r| r.interact(&a, TranscriptRole::User, "ho", Some(&id), NOW).map(drop)),
        Box::new(|r| r.interact(&a, TranscriptRole::User, " ", Some(&id), NOW).map(drop)),
        Box::new(|r| r.interact(&a, TranscriptRole::System, "hi", Some(&id), NOW).map(drop)),
        Box::new(|r| r.interact(&a, TranscriptRole::Assistant, "hi", Some(&id), NOW).map(drop)),
        Box::new(|r| r.interact(&b, TranscriptRole::User, "hi", Some(&id), NOW).map(drop)),
        Box::new(|r| r.interact(&elsewhere, TranscriptRole::User, "hi", Some(&id), NOW).map(drop)),
        Box::new(|r| r.end_worker(&a, WorkerEnd::Stop, Some("hi"), Some(&id), NOW).map(drop)),
        Box::new(|r| r.end_worker(&a, WorkerEnd::Cancel, None, Some(&id), NOW).map(drop)),
        Box::new(|r| r.create_worker_as(&CreateWorkerRequest::default(), Some(&id), NOW).map(drop)),
    ];
    for _ in 0..2 {
        for call in &calls {
            let error = refused(&mut runtime, call);
            assert_eq!(error.code(), "operation_conflict");
            assert_eq!(text_detail(&error, "operationId").as_deref(), Some("o"));
        }
        // A stopped runtime tells a conflict first, too.
        runtime.stop_runtime(NOW).expect("a stop");
    }
}

#[test]
fn stop_and_cancel_and_their_reasons_are_different_requests() {
    for (first, second) in [
        ((WorkerEnd::Stop, None), (WorkerEnd::Cancel, None)),
        ((WorkerEnd::Cancel, Some("r")), (WorkerEnd::Stop, Some("r"))),
        ((WorkerEnd::Stop, None), (WorkerEnd::Stop, Some(""))),
        ((WorkerEnd::Stop, Some("r")), (WorkerEnd::Stop, Some("s"))),
    ] {
        let (mut runtime, worker) = with_worker();
        let id = operation("o");
        runtime.end_worker(&worker, first.0, first.1, Some(&id), NOW).expect("an end");
        let error = refused(&mut runtime, |r| r.end_worker(&worker, second.0, second.1, Some(&id), NOW));
        assert_eq!(error.code(), "operation_conflict");
    }
}

#[test]
fn a_request_is_told_from_another_whatever_its_texts_are() {
    let (mut runtime, worker) = with_worker();
    let id = operation("o");
    runtime.end_worker(&worker, WorkerEnd::Stop, Some("x"), Some(&id), NOW).expect("an end");
    // Worker 1 with the reason "x" and a reference whose two ids happen to be spelled like that.
    let odd = reference("\u{1}\0\0\0", "x");
    let error = refused(&mut runtime, |r| r.end_worker(&odd, WorkerEnd::Stop, None, Some(&id), NOW));
    assert_eq!(error.code(), "operation_conflict");
}

#[test]
fn create_requests_are_compared_after_defaults() {
    let mut runtime = runtime();
    let id = operation("o");
    let made = runtime.create_worker_as(&CreateWorkerRequest::default(), Some(&id), NOW).expect("a Worker");
    let spelled_out = CreateWorkerRequest {
        intent: WorkerIntent::Assistant { purpose: None },
        profile: worker_runtime::ProfileSelector::RuntimeDefault,
        config_bundle: None,
        requested_capabilities: vec![],
        workspace_refs: vec![],
        mount_refs: vec![],
    };
    assert_eq!(runtime.create_worker_as(&spelled_out, Some(&id), NOW).expect("the receipt"), made);
    let other = CreateWorkerRequest {
        intent: WorkerIntent::Assistant { purpose: Some(String::new()) },
        ..Default::default()
    };
    let error = refused(&mut runtime, |r| r.create_worker_as(&other, Some(&id), NOW));
    assert_eq!(error.code(), "operation_conflict");
}

#[test]
fn refused_calls_are_not_remembered() {
    let (mut runtime, worker) = with_worker();
    let unknown = reference("here", "worker-00000007");
    assert_eq!(say(&mut runtime, &worker, " ", "o").expect_err("blank").code(), "invalid_request");
    assert_eq!(say(&mut runtime, &unknown, "hi", "o").expect_err("unknown").code(), "worker_not_found");
    assert_eq!(say(&mut runtime, &worker, "hi", "o").expect("an ack"), (1, 3));
}

#[test]
fn calls_that_changed_nothing_are_not_remembered() {
    let (mut runtime, worker) = with_worker();
    runtime.stop_worker(&worker, None, NOW).expect("an end");
    let id = operation("o");
    let late = runtime.end_worker(&worker, WorkerEnd::Cancel, None, Some(&id), NOW).expect("an answer");
    assert_eq!((late.status, late.event_id), (WorkerStatus::Stopped, 3));
    let made = runtime.create_worker_as(&CreateWorkerRequest::default(), Some(&id), NOW);
    assert_eq!(made.expect("the id is free").last_event_id, 4);
}

#[test]
fn at_least_the_last_4096_are_remembered() {
    let (mut runtime, worker) = with_worker();
    let last = limits::REMEMBERED_OPERATIONS as u64;
    assert!(last >= 4096);
    for number in 1..=last + 1 {
        let ack = say(&mut runtime, &worker, "hi", &format!("operation {number}")).expect("an ack");
        assert_eq!(ack, (number, number + 2));
    }
    // What does not count: mutations without an id, refusals, repeats.
    runtime.interact(&worker, TranscriptRole::Tool, "hi", None, NOW).expect("an ack");
    assert!(say(&mut runtime, &worker, "", "blank").is_err());
    for number in 2..=last + 1 {
        let ack = say(&mut runtime, &worker, "hi", &format!("operation {number}")).expect("the receipt");
        assert_eq!(ack, (number, number + 2));
    }
}
