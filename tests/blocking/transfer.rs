//! Exports and imports as lines: the same bytes as the package's, the same lines refused, and what becomes of a store.

use std::error::Error as _;

use worker_runtime::blocking::{
    Certainty, Export, Failure, Import, OpenOptions, StoredRuntime, export_lines, inspect, open,
};
use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{
    Command, CreateWorkerRequest, Error, ErrorDetail, OperationId, Outcome, Runtime, RuntimeId,
    RuntimeOptions, TranscriptRole, WorkerRef,
};

use crate::changes::{changes, exported};
use crate::store::{Fate, Machine, Memory};

fn opened(storage: &Memory, id: &str, cache_bytes: usize, sizes: Sizes) -> StoredRuntime<Memory, Machine> {
    let store = StoreOptions { cache_bytes, sizes };
    let options = OpenOptions { store, ..OpenOptions::default() };
    let id = RuntimeId::new(id).expect("an id");
    open(&mut storage.clone(), Machine::patient(1), id, &options).expect("a runtime")
}

fn imported(
    storage: &Memory,
    lines: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<RuntimeId, Failure> {
    let mut import = Import::new(storage.clone(), Machine::patient(1));
    for line in lines {
        import.push(line.as_ref())?;
    }
    import.finish()
}

/// The lines of a store, which is looked at only.
fn lines_in(storage: &Memory, id: &RuntimeId) -> Vec<String> {
    let mut view = inspect(&mut storage.clone(), Machine::patient(1), id).expect("a view");
    export_lines(&mut view).expect("an export").map(|line| line.expect("a line")).collect()
}

fn details(error: &Error) -> (Option<u64>, Option<String>) {
    let (mut line, mut path) = (None, None);
    for (name, value) in error.details() {
        match (name, value) {
            ("line", ErrorDetail::Number(number)) => line = Some(number),
            ("path", ErrorDetail::Text(text)) => path = Some(text.to_owned()),
            _ => {}
        }
    }
    (line, path)
}

fn is_empty(storage: &Memory) -> bool {
    let shared = storage.0.borrow();
    shared.head.is_none() && shared.records.is_empty()
}

#[test]
fn what_the_package_exports_is_taken_and_exported_again_byte_for_byte() {
    let storage = Memory::default();
    let id = imported(&storage, exported()).expect("an import");
    assert_eq!(id.as_str(), "Rösterei/🦀");
    assert_eq!(lines_in(&storage, &id), exported());
    let mut runtime = opened(&storage, id.as_str(), 0, Sizes::default());
    let owned: Vec<_> =
        export_lines(&mut runtime).expect("an export").map(|line| line.expect("a line")).collect();
    assert_eq!(owned, exported());
}

#[test]
fn what_is_changed_is_refused_or_taken_as_the_package_does() {
    for change in changes() {
        let storage = Memory::default();
        let name = &change.name;
        match (imported(&storage, &change.lines), &change.refused) {
            (Ok(id), None) => assert_eq!(lines_in(&storage, &id), exported(), "{name}"),
            (Err(failure), Some((line, path))) => {
                let error = &failure.error;
                assert_eq!(error.code(), "invalid_request", "{name}: {error}");
                assert_eq!(details(error), (Some(*line), path.clone()), "{name}: {error}");
                assert_eq!(failure.outcome, None, "{name}");
                assert!(is_empty(&storage), "{name} leaves nothing");
            }
            (answer, refused) => panic!("{name}: {answer:?}, expected refusal {refused:?}"),
        }
    }
}

#[test]
fn what_a_line_was_refused_for_is_its_source() {
    let (mut with, mut without) = (0, 0);
    for change in changes() {
        let Err(failure) = imported(&Memory::default(), &change.lines) else { continue };
        let Error::InvalidLine { cause, .. } = &failure.error else { panic!("{failure:?}") };
        let found = failure.source().and_then(|source| source.downcast_ref::<Error>());
        assert_eq!(found, cause.as_deref(), "{}", change.name);
        *if found.is_some() { &mut with } else { &mut without } += 1;
    }
    assert!(with > 0 && without > 0, "{with} with a cause, {without} without");
}

fn says(worker: &WorkerRef, content: String) -> Command {
    Command::Interact { worker: worker.clone(), role: TranscriptRole::User, content }
}

/// A runtime with more history than one page, commit or cache has room for, regrouped.
fn long(storage: &Memory) -> (StoredRuntime<Memory, Machine>, Vec<WorkerRef>) {
    let mut runtime = opened(storage, "long", 0, Sizes::tiny());
    let workers: Vec<WorkerRef> = (0..3)
        .map(|_| match runtime.execute(Command::CreateWorker(CreateWorkerRequest::default()), None) {
            Ok(Outcome::Created(detail)) => detail.worker_ref,
            other => panic!("no Worker: {other:?}"),
        })
        .collect();
    let said = (0..2_000usize).map(|number| {
        let content = format!("{number} {}", "é\u{0}🦀".repeat(number % 50));
        let operation = (number % 3 == 0).then(|| OperationId::new(number.to_string()).expect("an id"));
        (says(&workers[number * number % 3], content), operation)
    });
    assert!(runtime.execute_all(said).iter().all(Result::is_ok));
    while runtime.regroup().expect("a step") {}
    (runtime, workers)
}

fn all_lines(runtime: &mut StoredRuntime<Memory, Machine>) -> Vec<String> {
    export_lines(runtime).expect("an export").map(|line| line.expect("a line")).collect()
}

#[test]
fn an_export_is_the_runtime_as_it_was_when_it_began() {
    let storage = Memory::default();
    let (mut runtime, workers) = long(&storage);
    let before = all_lines(&mut runtime);
    let mut export = Export::new(&runtime).expect("an export");
    let mut lines = Vec::new();
    while let Some(line) = export.next_line(&mut runtime).expect("a line") {
        if lines.len() % 50 == 0 {
            let operation = OperationId::new(format!("later {}", lines.len())).expect("an id");
            runtime.execute(says(&workers[1], "later".to_owned()), Some(operation)).expect("an event");
            while runtime.regroup().expect("a step") {}
        }
        lines.push(line);
    }
    assert!(lines == before, "{} lines, {} before", lines.len(), before.len());
    assert_eq!(export.next_line(&mut runtime), Ok(None));
    assert!(all_lines(&mut runtime).len() > before.len());
}

#[test]
fn an_import_writes_as_it_reads_and_counts_when_it_is_finished() {
    let (from, to) = (Memory::default(), Memory::default());
    let id = RuntimeId::new("long").expect("an id");
    let mut runtime = opened(&from, "long", 0, Sizes::default());
    let created = runtime.execute(Command::CreateWorker(CreateWorkerRequest::default()), None);
    let Ok(Outcome::Created(detail)) = created else { panic!("no Worker") };
    let said = (0..300).map(|_| (says(&detail.worker_ref, "x".repeat(40_000)), None));
    assert!(runtime.execute_all(said).iter().all(Result::is_ok));
    let lines = all_lines(&mut runtime);
    let mut import = Import::new(to.clone(), Machine::patient(1));
    for (place, line) in lines.iter().enumerate() {
        import.push(line).expect("a line");
        if place % 50 > 0 && place + 1 < lines.len() {
            continue;
        }
        let absent = inspect(&mut to.clone(), Machine::patient(1), &id).map(|_| ());
        assert_eq!(absent.map_err(|failure| failure.error.code()), Err("storage_missing"));
    }
    assert!(to.commits() > 8, "{} commits", to.commits());
    let bytes = |(key, value): &(String, Option<Vec<u8>>)| key.len() + value.as_ref().map_or(0, Vec::len);
    let largest =
        to.0.borrow().offered.iter().map(|commit| commit.ops.iter().map(bytes).sum::<usize>()).max();
    assert!(largest.is_some_and(|bytes| bytes < 5 << 19), "{largest:?} bytes in one commit");
    assert_eq!(import.finish(), Ok(id.clone()));
    assert_eq!(import.finish(), Ok(id.clone()), "and again");
    drop(import);
    assert!(lines_in(&to, &id) == lines);
}

#[test]
fn a_runtime_in_memory_is_exported_too() {
    let id = RuntimeId::new("memory").expect("an id");
    let mut runtime = Runtime::new(id.clone(), RuntimeOptions::default(), 7).expect("a runtime");
    let worker = runtime.create_worker(&CreateWorkerRequest::default(), 8).expect("a Worker").worker_ref;
    runtime.interact(&worker, TranscriptRole::Tool, "one", None, 9).expect("an event");
    let lines: Vec<_> =
        export_lines(&mut runtime).expect("an export").map(|line| line.expect("a line")).collect();
    let storage = Memory::default();
    assert_eq!(imported(&storage, &lines), Ok(id.clone()));
    assert_eq!(lines_in(&storage, &id), lines);
}

#[test]
fn an_export_goes_on_with_its_own_runtime_only_and_after_a_read_that_failed() {
    let storage = Memory::default();
    let (mut runtime, _) = long(&storage);
    let expected = all_lines(&mut runtime);
    let mut other = Runtime::new(RuntimeId::new("other").expect("an id"), RuntimeOptions::default(), 7)
        .expect("a runtime");
    let mut export = Export::new(&runtime).expect("an export");
    let (mut lines, mut failures) = (Vec::new(), 0);
    loop {
        let refused = export.next_line(&mut other).map_err(|failure| failure.error.code());
        assert_eq!(refused, Err("invalid_request"));
        storage.0.borrow_mut().is_unreadable = true;
        let line = export.next_line(&mut runtime);
        storage.0.borrow_mut().is_unreadable = false;
        match line.or_else(|failure| {
            assert_eq!(failure.error.code(), "storage_failed");
            failures += 1;
            export.next_line(&mut runtime)
        }) {
            Ok(Some(line)) => lines.push(line),
            answer => {
                assert_eq!(answer, Ok(None));
                break;
            }
        }
    }
    assert!(lines == expected && failures > 0, "{failures} reads failed");
}

#[test]
fn an_id_that_exists_is_refused_and_stays_as_it_is() {
    let storage = Memory::default();
    let id = imported(&storage, exported()).expect("an import");
    let head = storage.head();
    let refused = imported(&storage, exported()).expect_err("a refusal");
    assert_eq!(
        (refused.error.code(), details(&refused.error)),
        ("invalid_request", (None, Some("runtimeId".to_owned())))
    );
    assert_eq!(storage.head(), head);
    assert_eq!(lines_in(&storage, &id), exported());
}

#[test]
fn an_import_that_is_refused_stays_refused_and_one_that_is_dropped_leaves_nothing() {
    let storage = Memory::default();
    let lines = exported();
    let mut import = Import::new(storage.clone(), Machine::patient(1));
    import.push(lines[0]).expect("a header");
    assert!(!is_empty(&storage));
    let first = import.push("{").expect_err("a refusal");
    assert_eq!(import.push(lines[1]), Err(first.clone()));
    assert_eq!(import.finish(), Err(first));
    assert!(is_empty(&storage));
    let mut import = Import::new(storage.clone(), Machine::patient(1));
    for line in &lines {
        import.push(line).expect("a line");
    }
    assert!(!is_empty(&storage));
    drop(import);
    assert!(is_empty(&storage));
}

#[test]
fn what_is_left_of_an_import_counts_as_absent_and_makes_room() {
    let storage = Memory::default();
    let (mut runtime, _) = long(&Memory::default());
    let lines = all_lines(&mut runtime);
    let mut import = Import::new(storage.clone(), Machine::patient(1));
    for line in &lines[..1_500] {
        import.push(line).expect("a line");
    }
    // As a killed process leaves it.
    storage.0.borrow_mut().is_lost = true;
    drop(import);
    storage.0.borrow_mut().is_lost = false;
    assert!(!is_empty(&storage));
    let id = RuntimeId::new("long").expect("an id");
    let absent = inspect(&mut storage.clone(), Machine::patient(1), &id).map(|_| ());
    assert_eq!(absent.map_err(|failure| failure.error.code()), Err("storage_missing"));
    assert_eq!(imported(&storage, &lines), Ok(id.clone()));
    assert!(lines_in(&storage, &id) == lines);
}

#[test]
fn somebody_else_who_takes_the_store_ends_the_import_and_keeps_it() {
    let storage = Memory::default();
    let lines = exported();
    let mut import = Import::new(storage.clone(), Machine::patient(1));
    import.push(lines[0]).expect("a header");
    let mut rival = opened(&storage, "Rösterei/🦀", 0, Sizes::default());
    let ended = lines[1..].iter().find_map(|line| import.push(line).err()).or_else(|| import.finish().err());
    assert_eq!(ended.expect("a refusal").error, Error::StorageConflict);
    drop(import);
    rival.execute(Command::CreateWorker(CreateWorkerRequest::default()), None).expect("a Worker");
}

#[test]
fn what_the_storage_fails_is_refused_repeated_or_unknown() {
    let lines = exported();
    let pushed = |storage: &Memory, patience| {
        let mut import = Import::new(storage.clone(), Machine::patient(patience));
        for line in &lines {
            import.push(line).expect("a line");
        }
        import
    };
    let storage = Memory::default();
    let mut import = pushed(&storage, 1);
    storage.fate([Fate::Rejected]);
    let refused = import.finish().expect_err("a refusal");
    assert_eq!((refused.error.code(), refused.outcome), ("storage_failed", Some(Certainty::NotApplied)));
    assert_eq!(import.finish(), Err(refused));
    assert!(is_empty(&storage));

    for fate in [Fate::Before, Fate::After, Fate::Nonsense] {
        let storage = Memory::default();
        storage.fate([fate, fate]);
        let mut import = pushed(&storage, 1);
        storage.fate([fate]);
        assert!(import.finish().is_ok(), "{fate:?} is offered again");

        let storage = Memory::default();
        let mut import = pushed(&storage, 0);
        storage.fate([fate]);
        let unknown = import.finish().expect_err("a refusal");
        assert_eq!((unknown.error.code(), unknown.outcome), ("storage_failed", Some(Certainty::Unknown)));
        let id = import.finish().expect("decided now");
        drop(import);
        assert_eq!(lines_in(&storage, &id), lines, "{fate:?}");

        let storage = Memory::default();
        let mut import = pushed(&storage, 0);
        storage.fate([fate]);
        import.finish().expect_err("a refusal");
        drop(import);
        assert!(!is_empty(&storage), "what may count is not deleted");
    }
}
