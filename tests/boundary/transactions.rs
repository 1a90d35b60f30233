//! Nothing is visible before it is merged, and nothing is left of what was dropped.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{
    Command, NOW, answer, batch, code, contents, create, execute, js, run, say, with_worker,
};

#[wasm_bindgen_test]
fn what_is_dropped_leaves_no_trace() {
    let handle = with_worker();
    let seen =
        || (wasm::standing(handle, 1), batch(handle, 0.0, 100.0), wasm::summary(handle).expect("a summary"));
    let before = seen();
    wasm::begin(handle).expect("a transaction");
    assert!(!wasm::changed(handle).expect("an answer"));
    assert_eq!(wasm::execute_create(handle, js("{}"), Some("o"), NOW).expect("a Worker"), Some(2));
    assert_eq!(execute(handle, &[say("hi")]).expect("a run"), 1);
    wasm::execute_end(handle, Ok(1), true, None, None, NOW).expect("an end");
    wasm::execute_stop_runtime(handle, NOW).expect("a stop");
    assert!(wasm::changed(handle).expect("an answer"));
    assert_eq!(seen(), before, "nothing shows before the merge");
    wasm::abort(handle).expect("an abort");
    assert_eq!(seen(), before);
    // No id was used, and no operation is remembered.
    assert_eq!(run(handle, &[say("again")]), [Ok((3, 1))]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_new_transaction_drops_the_one_before() {
    let handle = with_worker();
    wasm::begin(handle).expect("a transaction");
    execute(handle, &[say("dropped")]).expect("a run");
    assert_eq!(run(handle, &[say("kept")]), [Ok((3, 1))]);
    assert_eq!(contents(handle, 1), ["kept"]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn commands_see_what_came_before_them_in_the_transaction() {
    let handle = create();
    wasm::begin(handle).expect("a transaction");
    assert_eq!(wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker"), Some(1));
    assert_eq!(wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker"), Some(2));
    let by_reference = Command { worker: Err(("here", "worker-00000002")), ..say("two") };
    assert_eq!(execute(handle, &[say("one"), by_reference, say("three")]).expect("a run"), 3);
    let mut out = answer();
    assert_eq!(out.numbers(), [0.0, 4.0, 1.0, 1.0]);
    assert_eq!(out.numbers(), [0.0, 5.0, 1.0, 2.0]);
    assert_eq!(out.numbers(), [0.0, 6.0, 2.0, 1.0]);
    out.end();
    let end = |cancel| {
        let ids = Err(("here", "worker-00000001"));
        let number = wasm::execute_end(handle, ids, cancel, Some("🌿"), None, NOW);
        assert_eq!(number.expect("an end"), Some(1));
        let mut out = answer();
        let [status, event] = out.numbers();
        out.end();
        (status, event)
    };
    assert_eq!(end(true), (2.0, 7.0));
    assert_eq!(end(false), (2.0, 7.0), "the first end wins");
    assert_eq!(execute(handle, &[say("late")]).expect("a run"), 1);
    assert_eq!(answer().number(), 1.0);
    assert_eq!(wasm::execute_stop_runtime(handle, NOW).expect("a stop"), 8.0);
    assert_eq!(wasm::execute_stop_runtime(handle, NOW).expect("a stop"), 8.0);
    assert_eq!(code(wasm::execute_create(handle, js("{}"), None, NOW)), "runtime_stopped");
    assert_eq!(wasm::last_event_id(handle).expect("an id"), 1.0);
    wasm::merge(handle).expect("a merge");
    assert_eq!(wasm::last_event_id(handle).expect("an id"), 8.0);
    assert_eq!(wasm::status(handle).expect("a status"), 1);
    assert_eq!(contents(handle, 1), ["one", "three"]);
    assert_eq!(contents(handle, 2), ["two"]);
    let events = batch(handle, 1.0, 100.0).2;
    let told: Vec<_> =
        events.iter().map(|event| (event.kind, event.message.as_deref(), event.worker)).collect();
    assert_eq!(
        told,
        [
            (0, None, 0),
            (2, Some("worker worker-00000001 created"), 1),
            (2, Some("worker worker-00000002 created"), 2),
            (3, None, 1),
            (3, None, 2),
            (3, None, 1),
            (6, Some("🌿"), 1),
            (1, Some("runtime here stopped"), 0),
        ]
    );
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn receipts_answer_within_and_after_their_transaction() {
    let handle = create();
    let make = |request: &str| wasm::execute_create(handle, js(request), Some("make"), NOW);
    let end = |reason: Option<&str>| wasm::execute_end(handle, Ok(1), false, reason, Some("end"), NOW);
    for _ in 0..2 {
        wasm::begin(handle).expect("a transaction");
        assert_eq!(make("{}").expect("a Worker"), Some(1));
        let mut out = answer();
        assert_eq!(out.number(), 2.0);
        out.end();
        assert_eq!(make("{}").expect("a receipt"), Some(1));
        assert_eq!(code(make(r#"{"configBundle":{"id":"b"}}"#)), "operation_conflict");
        assert_eq!(end(Some("")).expect("an end"), Some(1));
        assert_eq!(answer().numbers(), [1.0, 3.0]);
        assert_eq!(code(end(None)), "operation_conflict");
        wasm::merge(handle).expect("a merge");
        assert_eq!(wasm::last_event_id(handle).expect("an id"), 3.0);
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn what_is_asked_aside_changes_nothing_and_leaves_the_open_transaction_as_it_is() {
    let handle = with_worker();
    wasm::begin(handle).expect("a transaction");
    execute(handle, &[say("kept")]).expect("a run");
    wasm::begin_aside(handle).expect("a transaction");
    execute(handle, &[say("asked"), say("twice")]).expect("a run");
    assert!(!wasm::changed(handle).expect("an answer"));
    wasm::end_aside(handle).expect("the transaction from before");
    wasm::merge(handle).expect("a merge");
    assert_eq!(contents(handle, 1), ["kept"]);
    wasm::begin_aside(handle).expect("a transaction");
    wasm::end_aside(handle).expect("none");
    assert!(!wasm::changed(handle).expect("an answer"));
    wasm::close_handle(handle);
}
