//! One writer: whoever opened last has the store.

use worker_runtime::blocking::{Certainty, OpenOptions, StoredRuntime, inspect, open};
use worker_runtime::limits::MAX_INTEGER;
use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Error, RuntimeId, RuntimeLimits, RuntimeOptions};

use crate::store::{Fate, Machine, Memory};

fn here() -> RuntimeId {
    RuntimeId::new("here").expect("an id")
}

fn opened(storage: &Memory) -> StoredRuntime<Memory, Machine> {
    open(&mut storage.clone(), Machine::patient(2), here(), &OpenOptions::default()).expect("a runtime")
}

fn create() -> Command {
    Command::CreateWorker(CreateWorkerRequest::default())
}

#[test]
fn the_later_opening_fences_the_earlier() {
    let storage = Memory::default();
    let mut first = opened(&storage);
    first.execute(create(), None).expect("a Worker");
    let mut second = opened(&storage);
    let head = storage.head();
    let refused = first.execute(create(), None).expect_err("a refusal");
    assert_eq!((refused.error, refused.outcome), (Error::StorageConflict, Some(Certainty::NotApplied)));
    assert_eq!(storage.head(), head, "nothing of the winner is overwritten");
    let refused = first.view().runtime().map(|_| ()).expect_err("a refusal");
    assert_eq!(refused, Error::StorageConflict, "reads end as well");
    second.execute(create(), None).expect("the winner goes on");
    assert_eq!(second.view().runtime().expect("a runtime").summary().worker_count, 2);
}

#[test]
fn a_view_writes_nothing_and_ends_once_the_store_moves() {
    let storage = Memory::default();
    let missing = inspect(&mut storage.clone(), Machine::patient(1), &here()).expect_err("nothing is there");
    assert_eq!(missing.error.code(), "storage_missing");
    let mut owner = opened(&storage);
    owner.execute(create(), None).expect("a Worker");
    let (head, commits) = (storage.head(), storage.commits());
    let mut view = inspect(&mut storage.clone(), Machine::patient(1), &here()).expect("a view");
    assert_eq!(view.runtime().expect("a runtime").list_workers().len(), 1);
    let cursor = view.runtime().expect("a runtime").event_cursor_from_start();
    assert_eq!(view.read_events(&cursor, 10).expect("a batch").events.len(), 2);
    assert_eq!((storage.head(), storage.commits()), (head, commits), "nothing was written");
    owner.execute(create(), None).expect("a Worker");
    let ended = view.read_events(&cursor, 10).expect_err("an end");
    assert_eq!(ended.error, Error::StorageConflict);
}

#[test]
fn nothing_is_created_unless_it_may_be_and_what_is_stored_wins() {
    let storage = Memory::default();
    let only_existing = OpenOptions { create: false, ..OpenOptions::default() };
    let missing =
        open(&mut storage.clone(), Machine::patient(1), here(), &only_existing).expect_err("no store");
    assert_eq!(missing.error.code(), "storage_missing");
    assert_eq!(storage.head(), None);
    let named = |name: &str| OpenOptions {
        runtime: RuntimeOptions { display_name: Some(name.to_owned()), ..RuntimeOptions::default() },
        store: StoreOptions::default(),
        ..OpenOptions::default()
    };
    open(&mut storage.clone(), Machine::patient(1), here(), &named("first")).expect("a runtime").close();
    let mut again =
        open(&mut storage.clone(), Machine::patient(1), here(), &named("later")).expect("a runtime");
    let name = again.view().runtime().expect("a runtime").summary().display_name;
    assert_eq!(name.as_deref(), Some("first"));
}

/// An argument is malformed whatever is stored, and before anybody is waited for.
#[test]
fn options_that_cannot_work_are_refused_before_the_storage_is_asked() {
    let storage = Memory::default();
    let limits = RuntimeLimits { max_event_batch_items: MAX_INTEGER + 1, ..RuntimeLimits::default() };
    let runtime = RuntimeOptions { limits, ..RuntimeOptions::default() };
    let too_large = OpenOptions { runtime, ..OpenOptions::default() };
    let sizes = Sizes { part_bytes: 0, ..Sizes::default() };
    let too_small =
        OpenOptions { store: StoreOptions { sizes, ..StoreOptions::default() }, ..OpenOptions::default() };
    for is_there in [false, true] {
        if is_there {
            opened(&storage).close();
        }
        // Whatever is asked of it now is answered with the loss.
        storage.0.borrow_mut().is_lost = true;
        for options in [&too_large, &too_small] {
            let refused =
                open(&mut storage.clone(), Machine::patient(1), here(), options).expect_err("a refusal");
            assert_eq!(refused.error.code(), "invalid_request", "there: {is_there}");
        }
        storage.0.borrow_mut().is_lost = false;
    }
}

#[test]
fn a_creation_that_was_lost_to_a_rival_becomes_an_opening() {
    let storage = Memory::default();
    storage.fate([Fate::After, Fate::Before]);
    let mut opened = opened(&storage);
    assert_eq!(opened.view().runtime().expect("a runtime").summary().worker_count, 0);
    assert_eq!(storage.commits(), 3, "the same commit, three times");
}

#[test]
fn another_runtimes_store_is_refused_untouched() {
    let storage = Memory::default();
    opened(&storage).close();
    let head = storage.head();
    let elsewhere = RuntimeId::new("elsewhere").expect("an id");
    let refused = open(&mut storage.clone(), Machine::patient(1), elsewhere, &OpenOptions::default());
    assert_eq!(refused.expect_err("a refusal").error.code(), "storage_corrupt");
    assert_eq!(storage.head(), head);
}
