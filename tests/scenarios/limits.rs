//! Configurable limits: what exceeds them is refused, never cut.

use worker_runtime::{InputKind, Runtime, RuntimeId, RuntimeLimits, RuntimeOptions, TranscriptQuery, limits};

use crate::support::{
    NOW, create, cursor, input, number_detail, reference, refused, runtime, text_detail, with_limits,
};

fn limited(pages: u64, batches: u64) -> Runtime {
    with_limits(
        "here",
        RuntimeLimits { max_transcript_projection_items: pages, max_event_batch_items: batches },
    )
}

#[test]
fn both_limits_are_256_by_default() {
    let mut runtime = runtime();
    let worker = create(&mut runtime);
    let of = runtime.summary().limits;
    assert_eq!((of.max_transcript_projection_items, of.max_event_batch_items), (256, 256));
    let from_start = runtime.event_cursor_from_start();
    runtime.read_events(&from_start, 256).expect("a batch");
    runtime.transcript_projection(&worker, TranscriptQuery { start: 0, limit: 256 }).expect("a page");
    for error in [
        refused(&mut runtime, |r| r.read_events(&from_start, 257)),
        refused(&mut runtime, |r| r.transcript_projection(&worker, TranscriptQuery { start: 0, limit: 257 })),
    ] {
        assert_eq!(error.code(), "limit_too_large");
        assert_eq!(
            (number_detail(&error, "requested"), number_detail(&error, "max")),
            (Some(257), Some(256))
        );
    }
}

#[test]
fn each_limit_binds_its_own_read() {
    let mut runtime = limited(2, 3);
    let worker = create(&mut runtime);
    for content in ["a", "b", "c"] {
        runtime.send_input(&worker, &input(InputKind::User, content), NOW).expect("an ack");
    }
    let from_start = runtime.event_cursor_from_start();
    assert_eq!(runtime.read_events(&from_start, 3).expect("a batch").events.len(), 3);
    assert_eq!(runtime.read_events(&from_start, 4).expect_err("above").code(), "limit_too_large");
    let page = |limit| runtime.transcript_projection(&worker, TranscriptQuery { start: 0, limit });
    assert_eq!(page(2).expect("a page").items.len(), 2);
    assert_eq!(page(3).expect_err("above").code(), "limit_too_large");
    assert_eq!(page(u64::MAX).expect_err("above").code(), "limit_too_large");
}

#[test]
fn a_limit_of_zero_is_legal() {
    let mut runtime = limited(0, 0);
    let worker = create(&mut runtime);
    runtime.send_input(&worker, &input(InputKind::User, "a"), NOW).expect("an ack");
    let from_start = runtime.event_cursor_from_start();
    let batch = runtime.read_events(&from_start, 0).expect("a batch");
    assert_eq!((batch.events.len(), batch.has_more, batch.cursor), (0, true, from_start.clone()));
    let now = runtime.event_cursor_now();
    assert!(!runtime.read_events(&now, 0).expect("a batch").has_more);
    let page =
        runtime.transcript_projection(&worker, TranscriptQuery { start: 0, limit: 0 }).expect("a page");
    assert_eq!((page.items.len(), page.total_items, page.next_start), (0, 1, Some(0)));
    assert_eq!(runtime.read_events(&from_start, 1).expect_err("above").code(), "limit_too_large");
}

#[test]
fn the_largest_limit_reads_everything() {
    let mut runtime = limited(limits::MAX_INTEGER, limits::MAX_INTEGER);
    let worker = create(&mut runtime);
    runtime.send_input(&worker, &input(InputKind::User, "a"), NOW).expect("an ack");
    let all = runtime.read_events(&cursor("here", 0), limits::MAX_INTEGER).expect("a batch");
    assert_eq!((all.events.len(), all.has_more), (3, false));
    let query = TranscriptQuery { start: 0, limit: limits::MAX_INTEGER };
    assert_eq!(runtime.transcript_projection(&worker, query).expect("a page").items.len(), 1);
}

#[test]
fn what_does_not_fit_javascript_is_no_limit() {
    for (path, of) in [
        (
            "limits.maxTranscriptProjectionItems",
            RuntimeLimits { max_transcript_projection_items: limits::MAX_INTEGER + 1, ..Default::default() },
        ),
        (
            "limits.maxEventBatchItems",
            RuntimeLimits { max_event_batch_items: u64::MAX, ..Default::default() },
        ),
    ] {
        let id = RuntimeId::new("here").expect("a valid id");
        let options = RuntimeOptions { display_name: None, limits: of };
        let error = Runtime::new(id, options, NOW).expect_err("too large");
        assert_eq!((error.code(), text_detail(&error, "path").as_deref()), ("invalid_request", Some(path)));
    }
}

#[test]
fn a_display_name_has_at_most_16_mib() {
    for (len, fits) in [(limits::MAX_STRING_BYTES, true), (limits::MAX_STRING_BYTES + 1, false)] {
        let id = RuntimeId::new("here").expect("a valid id");
        let options = RuntimeOptions { display_name: Some("x".repeat(len)), ..Default::default() };
        assert_eq!(Runtime::new(id, options, NOW).is_ok(), fits);
    }
}

#[test]
fn a_page_checks_its_limit_before_its_reference() {
    let mut runtime = limited(1, 1);
    let elsewhere = reference("elsewhere", "worker-00000001");
    let page = |runtime: &mut Runtime, limit| {
        refused(runtime, |r| r.transcript_projection(&elsewhere, TranscriptQuery { start: 0, limit })).code()
    };
    assert_eq!(page(&mut runtime, 2), "limit_too_large");
    assert_eq!(page(&mut runtime, 1), "wrong_runtime");
}

#[test]
fn a_batch_checks_its_cursor_before_its_limit() {
    let mut runtime = limited(1, 1);
    let batch =
        |runtime: &mut Runtime, id, limit| refused(runtime, |r| r.read_events(&cursor(id, 1), limit)).code();
    assert_eq!(batch(&mut runtime, "elsewhere", 2), "wrong_runtime_cursor");
    assert_eq!(batch(&mut runtime, "here", 2), "limit_too_large");
}
