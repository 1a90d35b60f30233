//! Stopping and cancelling, Workers and the runtime.

use worker_runtime::{
    CreateWorkerRequest, OutputKind, Runtime, RuntimeStatus, WorkerEnd, WorkerRef, WorkerStatus,
};

use crate::support::{
    NOW, create, events, log, output, refused, runtime, text_detail, transcript, user, visible, with_worker,
};

#[test]
fn a_worker_is_stopped_or_cancelled() {
    for (end, status, kind, message) in [
        (WorkerEnd::Stop, WorkerStatus::Stopped, "worker_stopped", "worker stopped"),
        (WorkerEnd::Cancel, WorkerStatus::Cancelled, "worker_cancelled", "worker cancelled"),
    ] {
        for reason in [None, Some(""), Some(" "), Some("enough 🌿")] {
            let (mut runtime, worker) = with_worker();
            let ack = runtime.end_worker(&worker, end, reason, None, NOW + 5).expect("an end");
            assert_eq!((&ack.worker_ref, ack.status, ack.event_id), (&worker, status, 3));
            let event = &events(&runtime)[2];
            assert_eq!((event.id, event.kind.as_str()), (3, kind));
            assert_eq!(event.message, reason.unwrap_or(message), "the reason is the message as given");
            assert_eq!((event.worker_ref.as_ref(), event.recorded_at), (Some(&worker), NOW + 5));
            let detail = runtime.worker_detail(&worker).expect("a detail");
            assert_eq!((detail.status, detail.last_event_id), (status, 3));
        }
    }
}

#[test]
fn the_first_end_wins() {
    for first in [WorkerEnd::Stop, WorkerEnd::Cancel] {
        let (mut runtime, worker) = with_worker();
        let won = runtime.end_worker(&worker, first, Some("first"), None, NOW).expect("an end");
        create(&mut runtime);
        let before = visible(&runtime);
        for later in [WorkerEnd::Stop, WorkerEnd::Cancel] {
            for reason in [None, Some("later")] {
                let again = runtime.end_worker(&worker, later, reason, None, NOW + 1).expect("an end");
                assert_eq!(again, won);
                assert_eq!(visible(&runtime), before, "a later end changes nothing");
            }
        }
    }
}

#[test]
fn an_ended_worker_takes_neither_input_nor_output() {
    for end in [WorkerEnd::Stop, WorkerEnd::Cancel] {
        let (mut runtime, worker) = with_worker();
        runtime.send_input(&worker, &user("before"), NOW).expect("an ack");
        runtime.end_worker(&worker, end, None, None, NOW).expect("an end");
        let said = output(OutputKind::Assistant, "late");
        for error in [
            refused(&mut runtime, |r| r.send_input(&worker, &user("late"), NOW)),
            refused(&mut runtime, |r| r.record_output(&worker, &said, NOW)),
        ] {
            assert_eq!(error.code(), "invalid_request");
            assert_eq!(text_detail(&error, "status").as_deref(), Some(end.status().as_str()));
        }
        assert_eq!(transcript(&runtime, &worker).len(), 1, "what was said stays readable");
    }
}

#[test]
fn stopping_the_runtime_stops_every_running_worker_with_one_event() {
    let mut runtime = runtime();
    let [running, stopped, cancelled] = [(); 3].map(|()| create(&mut runtime));
    runtime.stop_worker(&stopped, None, NOW).expect("an end");
    runtime.cancel_worker(&cancelled, None, NOW).expect("an end");
    let count = log(&runtime).len() as u64;

    assert_eq!(runtime.stop_runtime(NOW).expect("a stop"), count + 1);
    assert_eq!(runtime.status(), RuntimeStatus::Stopped);
    let events = events(&runtime);
    let last = events.last().expect("an event");
    assert_eq!(events.len() as u64, count + 1);
    assert_eq!((last.kind.as_str(), last.message.as_str()), ("runtime_stopped", "runtime here stopped"));
    assert_eq!(last.worker_ref, None);

    let of = |worker: &WorkerRef| {
        let detail = runtime.worker_detail(worker).expect("a detail");
        (detail.status, detail.last_event_id)
    };
    assert_eq!(of(&running), (WorkerStatus::Stopped, 2), "the last event of its own stays");
    assert_eq!(of(&stopped), (WorkerStatus::Stopped, 5));
    assert_eq!(of(&cancelled), (WorkerStatus::Cancelled, 6));
    let statuses: Vec<_> = runtime.list_workers().iter().map(|worker| worker.status).collect();
    assert_eq!(statuses, [WorkerStatus::Stopped, WorkerStatus::Stopped, WorkerStatus::Cancelled]);
    let summary = runtime.summary();
    assert_eq!((summary.status, summary.worker_count), (RuntimeStatus::Stopped, 3));
    assert_eq!((summary.active_worker_count, summary.stopped_worker_count), (0, 2));
    assert_eq!(summary.cancelled_worker_count, 1);
}

#[test]
fn stopping_the_runtime_twice_answers_with_the_last_event() {
    let (mut runtime, _) = with_worker();
    let first = runtime.stop_runtime(NOW).expect("a stop");
    let before = visible(&runtime);
    assert_eq!(runtime.stop_runtime(NOW + 1).expect("a stop"), first);
    assert_eq!(visible(&runtime), before);
}

#[test]
fn a_stopped_runtime_is_read_and_never_changed() {
    let (mut runtime, worker) = with_worker();
    runtime.send_input(&worker, &user("hi"), NOW).expect("an ack");
    runtime.stop_runtime(NOW).expect("a stop");
    let said = output(OutputKind::Tool, "late");
    type Call<'a> = Box<dyn FnOnce(&mut Runtime) -> worker_runtime::Result<()> + 'a>;
    let calls: [Call<'_>; 5] = [
        Box::new(|r| r.create_worker(&CreateWorkerRequest::default(), NOW).map(drop)),
        Box::new(|r| r.send_input(&worker, &user("hi"), NOW).map(drop)),
        Box::new(|r| r.record_output(&worker, &said, NOW).map(drop)),
        Box::new(|r| r.stop_worker(&worker, None, NOW).map(drop)),
        Box::new(|r| r.cancel_worker(&worker, None, NOW).map(drop)),
    ];
    for call in calls {
        let error = refused(&mut runtime, call);
        assert_eq!(error.code(), "runtime_stopped");
        assert_eq!(text_detail(&error, "runtimeId").as_deref(), Some("here"));
    }
    assert_eq!(transcript(&runtime, &worker)[0].content, "hi");
    assert_eq!(runtime.diagnostics().len(), 2);
}

#[test]
fn a_stopped_runtime_is_told_before_a_blank_argument_and_a_wrong_reference() {
    let (mut runtime, worker) = with_worker();
    let elsewhere = WorkerRef { runtime_id: "elsewhere".into(), ..worker };
    let blank = CreateWorkerRequest {
        intent: worker_runtime::WorkerIntent::Task { objective: String::new() },
        ..Default::default()
    };
    // Before the stop each of the calls below is refused for its own reason.
    assert_eq!(refused(&mut runtime, |r| r.create_worker(&blank, NOW)).code(), "invalid_request");
    assert_eq!(refused(&mut runtime, |r| r.stop_worker(&elsewhere, None, NOW)).code(), "wrong_runtime");
    runtime.stop_runtime(NOW).expect("a stop");
    assert_eq!(refused(&mut runtime, |r| r.create_worker(&blank, NOW)).code(), "runtime_stopped");
    assert_eq!(refused(&mut runtime, |r| r.send_input(&elsewhere, &user(""), NOW)).code(), "runtime_stopped");
    assert_eq!(refused(&mut runtime, |r| r.stop_worker(&elsewhere, None, NOW)).code(), "runtime_stopped");
}
