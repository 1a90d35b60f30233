//! Runs of inputs and outputs through the exchange area.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{
    Command, Entry, NOW, answer, batch, contents, execute, in_transaction, js, page, run, say, with_worker,
};

#[wasm_bindgen_test]
fn every_role_arrives() {
    let handle = with_worker();
    let commands: Vec<_> = (0..4).map(|role| Command { role, ..say("hello") }).collect();
    assert_eq!(run(handle, &commands), [Ok((3, 1)), Ok((4, 2)), Ok((5, 3)), Ok((6, 4))]);
    let (total, next, entries) = page(handle, 1, 0.0, 10.0);
    assert_eq!((total, next), (4.0, -1.0));
    let expected: Vec<_> = (0..4u32)
        .map(|role| Entry {
            sequence: u64::from(role) + 1,
            role,
            content: Some("hello".into()),
            event: u64::from(role) + 3,
            at: NOW,
        })
        .collect();
    assert_eq!(entries, expected);
    let kinds: Vec<_> = batch(handle, 3.0, 10.0).2.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [3, 3, 4, 4]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_run_of_none_takes_none() {
    let handle = with_worker();
    assert_eq!(run(handle, &[]), []);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn workers_come_by_number_and_by_reference() {
    let handle = with_worker();
    let by = |worker| Command { worker, ..say("hi") };
    let answers = run(
        handle,
        &[
            by(Err(("here", "worker-00000001"))),
            by(Err(("elsewhere 🌿", "worker-00000001"))),
            by(Err(("here", "worker-00000002"))),
            by(Err(("", ""))),
            by(Err(("here", "wörker"))),
            by(Ok(2)),
            by(Ok(u32::MAX)),
            by(Ok(1)),
        ],
    );
    let (wrong, unknown) = (|| Err("wrong_runtime".to_owned()), || Err("worker_not_found".to_owned()));
    assert_eq!(
        answers,
        [Ok((3, 1)), wrong(), unknown(), wrong(), unknown(), unknown(), unknown(), Ok((4, 2))]
    );
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn refusals_are_taken_by_their_index() {
    let handle = with_worker();
    in_transaction(handle, || {
        let missing = Command { worker: Err(("here", "worker-00000009")), ..say("hi") };
        assert_eq!(execute(handle, &[say(" "), say("fine"), missing]).expect("a run"), 3);
        let mut out = answer();
        assert_eq!(out.numbers(), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(out.numbers(), [0.0, 3.0, 1.0, 1.0]);
        assert_eq!(out.numbers(), [1.0, 1.0, 0.0, 0.0]);
        out.end();
        let blank = wasm::take_error(0).expect("a refusal");
        assert_eq!(
            (blank.code.as_str(), blank.details.as_str()),
            ("invalid_request", r#"{"path":"content"}"#)
        );
        let unknown = wasm::take_error(1).expect("a refusal");
        assert_eq!(unknown.code, "worker_not_found");
        assert_eq!(unknown.details, r#"{"runtimeId":"here","workerId":"worker-00000009"}"#);
        for index in [2, u32::MAX] {
            assert!(wasm::take_error(index).is_none());
        }
        // Only the latest run's refusals are there.
        execute(handle, &[say("fine")]).expect("a run");
        assert!(wasm::take_error(0).is_none());
    });
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn operation_ids_answer_and_conflict() {
    let handle = with_worker();
    let with = |operation, content| Command { operation: Some(operation), ..say(content) };
    let conflict = || Err("operation_conflict".to_owned());
    let first = run(handle, &[with("é🌿", "hi"), with("é🌿", "hi"), with("é🌿", "ho"), with("p", "hi")]);
    assert_eq!(first, [Ok((3, 1)), Ok((3, 1)), conflict(), Ok((4, 2))]);
    let later = run(handle, &[with("é🌿", "hi"), with("p", "ho"), say("hi")]);
    assert_eq!(later, [Ok((3, 1)), conflict(), Ok((5, 3))]);
    // A reference and a number name the same Worker.
    let by_reference =
        Command { worker: Err(("here", "worker-00000001")), operation: Some("p"), ..say("hi") };
    assert_eq!(run(handle, &[by_reference]), [Ok((4, 2))]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn what_would_make_a_commit_too_large_waits() {
    let handle = with_worker();
    let (half, most) = ("x".repeat(512 * 1024), "y".repeat(1024 * 1024 - 20));
    for (contents, taken) in [
        (vec!["a", &half, "b", &half, "c"], 3),
        (vec![&most, "a"], 1),
        (vec!["a", &most, "b"], 1),
        (vec!["a", "b", "c"], 3),
    ] {
        let commands: Vec<_> = contents.iter().map(|content| say(content)).collect();
        in_transaction(handle, || {
            assert_eq!(execute(handle, &commands).expect("a run"), taken);
            let mut out = answer();
            for _ in 0..taken {
                assert_eq!(out.number(), 0.0);
                out.numbers::<3>();
            }
            out.end();
            // What waits, waits whatever comes before it in the next run.
            if taken < commands.len() as u32 && contents[taken as usize].len() > 1000 {
                assert_eq!(execute(handle, &commands[taken as usize..]).expect("a run"), 0);
            }
        });
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn the_first_of_a_commit_never_waits() {
    let handle = with_worker();
    let huge = "é🌿".repeat(16 * 1024 * 1024 / 6);
    assert_eq!(run(handle, &[say(&huge)]), [Ok((3, 1))]);
    assert!(contents(handle, 1) == [huge], "a text of 16 MiB comes back unchanged");
    // The area works on with small runs.
    assert_eq!(run(handle, &[say("small")]), [Ok((4, 2))]);
    assert_eq!(page(handle, 1, 1.0, 1.0).2[0].content.as_deref(), Some("small"));
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn creations_and_ends_wait_too() {
    let handle = with_worker();
    let most = "y".repeat(1024 * 1024 - 20);
    let purpose = format!(r#"{{"intent":{{"kind":"assistant","purpose":"{}"}}}}"#, "p".repeat(1000));
    let reason = "r".repeat(1000);
    in_transaction(handle, || {
        assert_eq!(execute(handle, &[say(&most)]).expect("a run"), 1);
        assert_eq!(wasm::execute_create(handle, js(&purpose), None, NOW).expect("an answer"), None);
        let ended = wasm::execute_end(handle, Ok(1), false, Some(&reason), None, NOW);
        assert_eq!(ended.expect("an answer"), None);
    });
    in_transaction(handle, || {
        assert_eq!(wasm::execute_create(handle, js(&purpose), None, NOW).expect("an answer"), Some(2));
        let ended = wasm::execute_end(handle, Ok(1), false, Some(&reason), None, NOW);
        assert_eq!(ended.expect("an answer"), Some(1));
    });
    wasm::close_handle(handle);
}
