//! What the host says to a commit, and what the runtime makes of it.

use worker_runtime::blocking::{Certainty, Failure, OpenOptions, StoredRuntime, open};
use worker_runtime::{Command, CreateWorkerRequest, Outcome, RuntimeId};

use crate::store::{Fate, Machine, Memory};

fn opened(storage: &Memory, patience: u64) -> StoredRuntime<Memory, Machine> {
    let id = RuntimeId::new("here").expect("an id");
    open(&mut storage.clone(), Machine::patient(patience), id, &OpenOptions::default()).expect("a runtime")
}

fn create() -> Command {
    Command::CreateWorker(CreateWorkerRequest::default())
}

fn workers(runtime: &mut StoredRuntime<Memory, Machine>) -> u64 {
    runtime.view().runtime().expect("a runtime").summary().worker_count
}

fn failed(answer: Result<Outcome, Failure>) -> (&'static str, Option<Certainty>) {
    let failure = answer.expect_err("a failure");
    (failure.error.code(), failure.outcome)
}

#[test]
fn a_refused_commit_was_never_applied_and_the_runtime_goes_on() {
    let storage = Memory::default();
    let mut runtime = opened(&storage, 3);
    storage.fate([Fate::Rejected]);
    assert_eq!(failed(runtime.execute(create(), None)), ("storage_failed", Some(Certainty::NotApplied)));
    assert_eq!(workers(&mut runtime), 0);
    runtime.execute(create(), None).expect("the next one");
    assert_eq!(workers(&mut runtime), 1);
}

#[test]
fn of_several_only_those_fail_that_are_refused_alone() {
    let storage = Memory::default();
    let mut runtime = opened(&storage, 3);
    storage.fate([Fate::Rejected, Fate::Ok, Fate::Rejected, Fate::Ok]);
    let answers = runtime.execute_all((0..3).map(|_| (create(), None)));
    let outcomes: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false, true]);
    assert_eq!(workers(&mut runtime), 2);
}

#[test]
fn what_is_unknown_is_offered_again_until_it_is_decided() {
    for fates in [
        vec![Fate::Before, Fate::Before, Fate::Ok],
        vec![Fate::After, Fate::Ok],
        vec![Fate::Nonsense, Fate::Ok],
        vec![Fate::After, Fate::Rejected, Fate::Before, Fate::Ok],
    ] {
        let storage = Memory::default();
        let mut runtime = opened(&storage, 9);
        let before = storage.commits();
        storage.fate(fates.clone());
        runtime.execute(create(), None).expect("a Worker");
        assert_eq!(storage.commits() - before, fates.len(), "{fates:?}");
        assert_eq!(workers(&mut runtime), 1);
    }
}

#[test]
fn a_host_without_patience_leaves_it_unknown_and_the_next_call_decides_it() {
    for (fate, first) in [(Fate::Before, "absent"), (Fate::After, "applied")] {
        let storage = Memory::default();
        let mut runtime = opened(&storage, 0);
        storage.fate([fate]);
        let answer = failed(runtime.execute(create(), None));
        assert_eq!(answer, ("storage_failed", Some(Certainty::Unknown)), "{first}");
        assert_eq!(workers(&mut runtime), 0, "what is undecided is not shown");
        storage.fate([Fate::Before]);
        let waits = failed(runtime.execute(create(), None));
        assert_eq!(
            waits,
            ("storage_failed", Some(Certainty::NotApplied)),
            "the next one was not handed over"
        );
        runtime.execute(create(), None).expect("a Worker");
        assert_eq!(workers(&mut runtime), 2, "its effect appears once it is decided");
        runtime.close();
        assert_eq!(workers(&mut opened(&storage, 0)), 2);
    }
}

#[test]
fn a_loss_ends_the_runtime_and_can_be_accepted() {
    let storage = Memory::default();
    let mut runtime = opened(&storage, 3);
    runtime.execute(create(), None).expect("a Worker");
    storage.0.borrow_mut().is_lost = true;
    assert_eq!(failed(runtime.execute(create(), None)).0, "storage_lost");
    storage.0.borrow_mut().is_lost = false;
    assert_eq!(failed(runtime.execute(create(), None)).0, "storage_lost", "it stays so");
    assert_eq!(workers(&mut opened(&storage, 1)), 1);
}

#[test]
fn reads_that_fail_are_told_and_can_be_asked_again() {
    let storage = Memory::default();
    let mut runtime = opened(&storage, 1);
    runtime.execute(create(), None).expect("a Worker");
    runtime.close();
    storage.0.borrow_mut().is_unreadable = true;
    let id = RuntimeId::new("here").expect("an id");
    let options = OpenOptions::default();
    let refused = open(&mut storage.clone(), Machine::patient(1), id, &options).expect_err("a failure");
    assert_eq!(refused.error.code(), "storage_failed");
    storage.0.borrow_mut().is_unreadable = false;
    assert_eq!(workers(&mut opened(&storage, 1)), 1);
}
