//! Runs the scenarios in `tests/data/scenarios`: calls in the shapes of the JavaScript API, and what they are to answer.
//!
//! An expectation names the fields that count: objects may have more of them, lists may not have more items.

use serde_json::Value;

/// A runtime of id `here` behind some host.
pub(crate) trait Subject {
    /// Answers a call, or refuses it with `{ code, details }`.
    fn call(&mut self, name: &str, step: &Value) -> Result<Value, Value>;

    /// Closes the runtime and opens it again, where it is kept in a storage.
    fn reopen(&mut self);
}

fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| fits(value, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| fits(expected, found))
        }
        _ => expected == found,
    }
}

/// The items of a list that an expectation speaks of: diagnostics are more than those.
fn cut(expected: &Value, found: Value, name: &str) -> Value {
    match (expected, found) {
        (Value::Array(expected), Value::Array(mut found)) if name == "diagnostics" => {
            found.truncate(expected.len());
            Value::Array(found)
        }
        (_, found) => found,
    }
}

/// Runs one scenario and panics at the first step that goes otherwise.
pub(crate) fn run(name: &str, text: &str, subject: &mut dyn Subject) {
    let scenario: Value = serde_json::from_str(text).expect("a scenario");
    let steps = scenario["steps"].as_array().expect("steps");
    assert!(!steps.is_empty(), "{name} has steps");
    for (index, step) in steps.iter().enumerate() {
        let call = step["call"].as_str().expect("a call");
        if call == "reopen" {
            subject.reopen();
            continue;
        }
        for _ in 0..step["times"].as_u64().unwrap_or(1) {
            check(&format!("{name}, step {index}, {call}"), call, step, subject.call(call, step));
        }
    }
}

fn check(place: &str, call: &str, step: &Value, answer: Result<Value, Value>) {
    match (answer, step.get("refuse")) {
        (Err(error), Some(refusal)) => {
            assert!(fits(refusal, &error), "{place}: refused with {error}, not {refusal}");
        }
        (Ok(found), None) => {
            for name in step["absent"].as_array().into_iter().flatten() {
                let name = name.as_str().expect("a name");
                assert!(found.get(name).is_none_or(Value::is_null), "{place}: {name} is in {found}");
            }
            if let Some(expected) = step.get("expect") {
                let found = cut(expected, found, call);
                assert!(fits(expected, &found), "{place}: answered {found}, not {expected}");
            }
        }
        (answer, refusal) => panic!("{place}: answered {answer:?}, expected refusal {refusal:?}"),
    }
}
