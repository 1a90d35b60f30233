//! Numbers at every edge.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{
    answer, batch, code, create, execute, in_transaction, js, page, run, say, send, with_worker,
};

const LARGEST: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen_test]
fn a_clock_that_makes_no_sense_reads_as_the_nearest_that_does() {
    let cases = [
        (0.0, 0.0),
        (-0.0, 0.0),
        (1.0, 1.0),
        (1.9, 1.0),
        (LARGEST, LARGEST),
        (LARGEST + 1.0, LARGEST),
        (1e300, LARGEST),
        (f64::INFINITY, LARGEST),
        (f64::MIN_POSITIVE, 0.0),
        (-1.0, 0.0),
        (-1e300, 0.0),
        (f64::NEG_INFINITY, 0.0),
        (f64::NAN, 0.0),
        (4_294_967_296.0, 4_294_967_296.0),
    ];
    for (now, read) in cases {
        let handle = wasm::create(js(r#"{"runtimeId":"here"}"#), now).expect("a runtime");
        in_transaction(handle, || {
            wasm::execute_create(handle, js("{}"), None, now).expect("a Worker");
            send(&[1, 0, 1, crate::support::NONE, 1], b"a");
            assert_eq!(wasm::execute(handle, 1, now).expect("a run"), 1);
            wasm::execute_end(handle, Ok(1), false, None, None, now).expect("an end");
            wasm::execute_stop_runtime(handle, now).expect("a stop");
        });
        let times: Vec<_> = batch(handle, 1.0, 10.0).2.iter().map(|event| event.at).collect();
        assert_eq!(times, [read; 5], "{now}");
        assert_eq!(page(handle, 1, 0.0, 1.0).2[0].at, read);
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn pages_take_any_start_and_limit() {
    let handle = with_worker();
    assert!(run(handle, &[say("1"), say("2"), say("3")]).iter().all(Result::is_ok));
    let edges = [0.0, 1.0, 2.0, 3.0, 4.0, 255.0, 4_294_967_295.0, 4_294_967_296.0, LARGEST - 1.0, LARGEST];
    for start in edges {
        for limit in edges {
            let (total, next, entries) = page(handle, 1, start, limit);
            let first = start.min(3.0);
            let count = limit.min(3.0 - first);
            let more = if first + count < 3.0 { first + count } else { -1.0 };
            assert_eq!((total, next, entries.len() as f64), (3.0, more, count), "{start} {limit}");
            for (sequence, entry) in (first as u64 + 1..).zip(entries) {
                assert_eq!((entry.sequence, entry.content), (sequence, Some(sequence.to_string())));
            }
        }
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn batches_take_any_cursor_and_limit() {
    let handle = with_worker();
    assert!(run(handle, &[say("1"), say("2"), say("3")]).iter().all(Result::is_ok));
    let edges = [0.0, 1.0, 2.0, 5.0, 6.0, 7.0, 4_294_967_295.0, 4_294_967_296.0, LARGEST - 1.0, LARGEST];
    for from in edges {
        for limit in edges {
            let (next, more, events) = batch(handle, from, limit);
            let first = from.max(1.0);
            let count = limit.min((6.0 - first).max(0.0));
            assert_eq!(events.len() as f64, count, "{from} {limit}");
            assert_eq!(next, if count == 0.0 { from } else { first + count }, "{from} {limit}");
            assert_eq!(more, first + count < 6.0, "{from} {limit}");
            for (id, event) in (first as u64..).zip(events) {
                assert_eq!(event.id, id);
            }
        }
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn numbers_that_are_none_do_not_trap() {
    let handle = with_worker();
    for odd in [f64::NAN, -1.0, -1e300, 1.5, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        assert!(wasm::transcript_page(handle, 1, odd, odd, false).expect("a page"));
        assert!(wasm::events_page(handle, odd, odd, false).expect("a batch"));
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn limits_bind_only_where_they_are_asked_to() {
    let config = r#"{"runtimeId":"here","maxTranscriptProjectionItems":2,"maxEventBatchItems":0}"#;
    let handle = wasm::create(js(config), 0.0).expect("a runtime");
    in_transaction(handle, || {
        wasm::execute_create(handle, js("{}"), None, 0.0).expect("a Worker");
        assert_eq!(execute(handle, &[say("1"), say("2"), say("3")]).expect("a run"), 3);
    });
    assert!(wasm::transcript_page(handle, 1, 0.0, 2.0, true).expect("a page"));
    assert_eq!(answer().numbers(), [3.0, 2.0, 2.0]);
    let told = wasm::transcript_page(handle, 1, 0.0, 3.0, true).expect_err("above the limit");
    assert_eq!(
        (told.code.as_str(), told.details.as_str()),
        ("limit_too_large", r#"{"requested":3,"max":2}"#)
    );
    assert!(wasm::events_page(handle, 1.0, 0.0, true).expect("a batch"));
    assert_eq!(answer().numbers(), [1.0, 1.0, 0.0]);
    let told = wasm::events_page(handle, 1.0, LARGEST, true).expect_err("above the limit");
    assert_eq!(told.details, r#"{"requested":9007199254740991,"max":0}"#);
    assert_eq!(page(handle, 1, 0.0, 3.0).2.len(), 3);
    assert_eq!(batch(handle, 1.0, LARGEST).2.len(), 5);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn worker_numbers_that_name_none_are_refused() {
    let handle = create();
    for number in [1, 2, u32::MAX] {
        let ended = wasm::execute_end(handle, Ok(number), false, None, None, 0.0);
        assert_eq!(code(ended), "invalid_request", "no transaction");
        wasm::begin(handle).expect("a transaction");
        let ended = wasm::execute_end(handle, Ok(number), false, None, None, 0.0);
        assert_eq!(code(ended), "worker_not_found");
        assert!(wasm::request(handle, number).is_err());
        assert!(wasm::transcript_page(handle, number, 0.0, 1.0, true).is_err());
        wasm::abort(handle).expect("an abort");
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn room_is_made_for_as_much_as_is_asked_for() {
    for (words, bytes) in [(0, 0), (1, 0), (0, 1), (1025, 65_537), (3, 5_000_000), (2_000_000, 3), (1, 1)] {
        wasm::reserve(words, bytes);
        send(&vec![7; words as usize], &vec![b'x'; bytes as usize]);
    }
    let handle = with_worker();
    assert_eq!(run(handle, &[say("fine")]), [Ok((3, 1))]);
    wasm::close_handle(handle);
}
