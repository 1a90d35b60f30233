//! Event log, cursors, transcripts, summary.

use worker_runtime::{
    InputKind, OutputKind, Runtime, RuntimeId, RuntimeLimits, RuntimeOptions, RuntimeStatus, TranscriptQuery,
    WorkerRef,
};

use crate::support::{
    NOW, create, cursor, events, input, log, output, runtime, transcript, user, visible, with_worker,
};

#[test]
fn the_start_is_event_one() {
    let runtime = runtime();
    let events = events(&runtime);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].id, events[0].kind.as_str()), (1, "runtime_started"));
    assert_eq!((events[0].message.as_str(), events[0].recorded_at), ("runtime started", NOW));
    assert_eq!(events[0].worker_ref, None);
}

/// One of everything that can happen, all at the clocks of `times`.
fn one_of_each(times: &mut impl Iterator<Item = u64>) -> (Runtime, Vec<WorkerRef>) {
    let mut at = || times.next().expect("a clock");
    let id = RuntimeId::new("here").expect("a valid id");
    let mut runtime = Runtime::new(id, RuntimeOptions::default(), at()).expect("a runtime");
    let workers: Vec<_> = (0..2)
        .map(|_| runtime.create_worker(&Default::default(), at()).expect("a Worker").worker_ref)
        .collect();
    runtime.send_input(&workers[0], &input(InputKind::System, "be kind"), at()).expect("an ack");
    runtime.record_output(&workers[1], &output(OutputKind::Tool, "42"), at()).expect("an ack");
    runtime.stop_worker(&workers[0], None, at()).expect("an end");
    runtime.cancel_worker(&workers[1], Some("dull"), at()).expect("an end");
    runtime.stop_runtime(at()).expect("a stop");
    (runtime, workers)
}

#[test]
fn every_kind_of_event_has_its_message() {
    let (runtime, _) = one_of_each(&mut std::iter::repeat(NOW));
    let expected = [
        ("runtime_started", "runtime started"),
        ("worker_created", "worker worker-00000001 created"),
        ("worker_created", "worker worker-00000002 created"),
        ("worker_input_accepted", "worker input accepted"),
        ("worker_output_recorded", "worker output recorded"),
        ("worker_stopped", "worker stopped"),
        ("worker_cancelled", "dull"),
        ("runtime_stopped", "runtime here stopped"),
    ];
    let found = log(&runtime);
    assert_eq!(found.iter().map(|(kind, message)| (*kind, message.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn events_are_numbered_without_gaps_and_name_their_worker() {
    let (runtime, workers) = one_of_each(&mut std::iter::repeat(NOW));
    let events = events(&runtime);
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    let of = |number: usize| events[number - 1].worker_ref.as_ref();
    assert_eq!([1, 8].map(of), [None, None]);
    assert_eq!([2, 4, 6].map(of), [Some(&workers[0]); 3]);
    assert_eq!([3, 5, 7].map(of), [Some(&workers[1]); 3]);
}

#[test]
fn nothing_is_ordered_by_the_clock() {
    let clocks = [9, 0, u64::from(u32::MAX), 3, (1 << 53) - 1, 0, 7, 2];
    let (runtime, workers) = one_of_each(&mut clocks.into_iter());
    let events = events(&runtime);
    assert_eq!(events.iter().map(|event| event.recorded_at).collect::<Vec<_>>(), clocks);
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    assert_eq!(transcript(&runtime, &workers[1])[0].recorded_at, clocks[4]);
}

#[test]
fn cursors_are_plain_places_in_the_log() {
    let (mut runtime, worker) = with_worker();
    assert_eq!(runtime.event_cursor_from_start(), cursor("here", 1));
    assert_eq!(runtime.event_cursor_now(), cursor("here", 3));
    let now = runtime.event_cursor_now();
    let batch = runtime.read_events(&now, 10).expect("a batch");
    assert_eq!((batch.events.len(), batch.has_more), (0, false));
    assert_eq!(batch.cursor, now, "unchanged where there was none");
    assert_eq!(batch.runtime_id.as_str(), "here");
    runtime.send_input(&worker, &user("hi"), NOW).expect("an ack");
    let batch = runtime.read_events(&now, 10).expect("a batch");
    assert_eq!(batch.events.iter().map(|event| event.id).collect::<Vec<_>>(), [3]);
    assert_eq!(batch.cursor, cursor("here", 4));
}

#[test]
fn a_cursor_beyond_the_end_is_legal_and_waits() {
    let (mut runtime, worker) = with_worker();
    for next in [4, 5, 1_000_000, (1 << 53) - 1, u64::MAX] {
        let beyond = cursor("here", next);
        let batch = runtime.read_events(&beyond, 256).expect("a batch");
        assert_eq!((batch.events.len(), batch.has_more, batch.cursor), (0, false, beyond));
    }
    let beyond = cursor("here", 4);
    runtime.send_input(&worker, &user("3"), NOW).expect("an ack");
    assert!(runtime.read_events(&beyond, 256).expect("a batch").events.is_empty());
    runtime.send_input(&worker, &user("4"), NOW).expect("an ack");
    let batch = runtime.read_events(&beyond, 256).expect("a batch");
    assert_eq!(batch.events.iter().map(|event| event.id).collect::<Vec<_>>(), [4]);
}

#[test]
fn zero_reads_like_one() {
    let (runtime, _) = with_worker();
    let (zero, one) = (cursor("here", 0), cursor("here", 1));
    assert_eq!(
        runtime.read_events(&zero, 1).expect("a batch"),
        runtime.read_events(&one, 1).expect("a batch")
    );
    assert_eq!(runtime.read_events(&zero, 256).expect("a batch").events.len(), 2);
    let none = runtime.read_events(&zero, 0).expect("a batch");
    assert_eq!((none.cursor, none.has_more), (zero, true));
}

#[test]
fn batches_go_on_where_the_last_one_ended() {
    let (mut runtime, worker) = with_worker();
    for content in ["3", "4", "5", "6", "7"] {
        runtime.send_input(&worker, &user(content), NOW).expect("an ack");
    }
    let mut at = runtime.event_cursor_from_start();
    let mut batches = Vec::new();
    loop {
        let batch = runtime.read_events(&at, 3).expect("a batch");
        batches.push((batch.events.iter().map(|event| event.id).collect::<Vec<_>>(), batch.has_more));
        at = batch.cursor;
        if !batch.has_more {
            break;
        }
    }
    assert_eq!(batches, [(vec![1, 2, 3], true), (vec![4, 5, 6], true), (vec![7], false)]);
    assert_eq!(at, runtime.event_cursor_now());
}

#[test]
fn pages_tell_the_total_and_where_the_next_one_starts() {
    let (mut runtime, worker) = with_worker();
    for content in ["1", "2", "3", "4", "5"] {
        runtime.send_input(&worker, &user(content), NOW).expect("an ack");
    }
    for (start, limit, sequences, next) in [
        (0, 2, vec![1, 2], Some(2)),
        (2, 2, vec![3, 4], Some(4)),
        (4, 2, vec![5], None),
        (3, 2, vec![4, 5], None),
        (0, 256, vec![1, 2, 3, 4, 5], None),
        (5, 2, vec![], None),
        (6, 2, vec![], None),
        (u64::MAX, 256, vec![], None),
        (0, 0, vec![], Some(0)),
        (4, 0, vec![], Some(4)),
        (5, 0, vec![], None),
    ] {
        let page = runtime.transcript_projection(&worker, TranscriptQuery { start, limit }).expect("a page");
        let found: Vec<_> = page.items.iter().map(|entry| entry.sequence).collect();
        assert_eq!((found, page.next_start), (sequences, next), "start {start}, limit {limit}");
        assert_eq!((page.start, page.limit, page.total_items), (start, limit, 5));
        assert_eq!(page.worker_ref, worker);
        for entry in &page.items {
            assert_eq!(entry.content, entry.sequence.to_string());
            assert_eq!(entry.event_id, entry.sequence + 2);
        }
    }
}

#[test]
fn the_summary_shows_names_limits_and_counts() {
    let limits = RuntimeLimits { max_transcript_projection_items: 3, max_event_batch_items: 0 };
    let options = RuntimeOptions { display_name: Some("a garden\n🌿".into()), limits };
    let id = RuntimeId::new("here").expect("a valid id");
    let mut named = Runtime::new(id, options, NOW).expect("a runtime");
    create(&mut named);
    let summary = named.summary();
    assert_eq!(summary.runtime_id.as_str(), "here");
    assert_eq!(summary.display_name.as_deref(), Some("a garden\n🌿"));
    assert_eq!((summary.status, summary.limits), (RuntimeStatus::Running, limits));
    assert_eq!((summary.worker_count, summary.active_worker_count, summary.diagnostic_count), (1, 1, 2));
    assert_eq!(runtime().summary().display_name, None);
}

#[test]
fn by_the_time_a_mutation_answers_every_read_shows_it() {
    let (mut runtime, worker) = with_worker();
    let ack = runtime.send_input(&worker, &user("hi"), NOW).expect("an ack");
    assert_eq!(runtime.event_cursor_now().next_event_id, ack.event_id + 1);
    assert_eq!(runtime.worker_detail(&worker).expect("a detail").transcript_len, ack.transcript_sequence);
    assert_eq!(runtime.list_workers()[0].last_event_id, ack.event_id);
    assert_eq!(transcript(&runtime, &worker).len(), 1);
    assert_eq!(events(&runtime).len(), 3);
}

#[test]
fn reading_changes_nothing() {
    let (runtime, workers) = one_of_each(&mut std::iter::repeat(NOW));
    let before = visible(&runtime);
    let _ = runtime.worker_detail(&workers[0]);
    assert_eq!(visible(&runtime), before);
}

#[test]
fn a_log_of_many_blocks_reads_as_one() {
    let (mut runtime, worker) = with_worker();
    for number in 0..2_000u64 {
        let content = format!("{number}{}", "é".repeat((number % 7) as usize));
        runtime.send_input(&worker, &user(&content), NOW + number).expect("an ack");
    }
    let entries = transcript(&runtime, &worker);
    assert_eq!(entries.len(), 2_000);
    for (number, entry) in (0..).zip(&entries) {
        assert_eq!(entry.content, format!("{number}{}", "é".repeat((number % 7) as usize)));
        assert_eq!((entry.event_id, entry.recorded_at), (number + 3, NOW + number));
    }
    assert_eq!(
        events(&runtime).iter().map(|event| event.id).collect::<Vec<_>>(),
        (1..=2_002).collect::<Vec<_>>()
    );
}
