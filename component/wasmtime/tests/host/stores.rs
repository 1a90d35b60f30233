//! What becomes of a store: reopened by another instance, fought for, failing.

use std::sync::{Arc, Mutex};

use tempfile::tempdir;
use worker_runtime_wasmtime::bindings::worker_runtime::runtime::storage::{
    Commit, Durability, Entry, Failure,
};
use worker_runtime_wasmtime::bindings::worker_runtime::runtime::types::{DetailValue, Error};
use worker_runtime_wasmtime::{BoxedStore, Directory, RecordStore, Storage};

use crate::guest::{contents, create, guest, opened, say, try_open};

fn outcome(error: &Error) -> Option<&str> {
    let detail = error.details.iter().find(|detail| detail.name == "outcome")?;
    match &detail.value {
        DetailValue::Text(text) => Some(text),
        DetailValue::Number(_) => None,
    }
}

#[test]
fn another_instance_finds_what_the_first_has_written() {
    let folder = tempdir().expect("a folder");
    let mut first = guest(Directory::new(folder.path()));
    let runtime = opened(&mut first);
    let worker = create(&mut first, runtime).expect("a Worker");
    let said = ["one".to_owned(), "zwei 🦀".repeat(9_000), "x".repeat(3 << 20)];
    for content in &said {
        say(&mut first, runtime, &worker, content).expect("an event");
    }
    drop(first);
    let mut second = guest(Directory::new(folder.path()));
    let runtime = opened(&mut second);
    assert_eq!(contents(&mut second, runtime, &worker), said);
}

#[test]
fn of_two_instances_on_one_folder_the_later_fences_the_earlier() {
    let folder = tempdir().expect("a folder");
    let mut first = guest(Directory::new(folder.path()));
    let runtime = opened(&mut first);
    let worker = create(&mut first, runtime).expect("a Worker");
    let mut second = guest(Directory::new(folder.path()));
    let taken = opened(&mut second);
    let refused = say(&mut first, runtime, &worker, "late").expect_err("a refusal");
    assert_eq!((refused.code.as_str(), outcome(&refused)), ("storage_conflict", Some("not_applied")));
    say(&mut second, taken, &worker, "mine").expect("an event");
    assert_eq!(contents(&mut second, taken, &worker), ["mine"]);
}

#[test]
fn deleting_a_runtime_fences_whoever_has_it_open() {
    let folder = tempdir().expect("a folder");
    let mut directory = Directory::new(folder.path());
    directory.delete("here").expect("nothing to delete");
    let mut first = guest(directory.clone());
    let runtime = opened(&mut first);
    let worker = create(&mut first, runtime).expect("a Worker");
    directory.delete("here").expect("a deletion");
    directory.delete("here").expect("nothing left to delete");
    let refused = say(&mut first, runtime, &worker, "late").expect_err("a refusal");
    assert_eq!((refused.code.as_str(), outcome(&refused)), ("storage_conflict", Some("not_applied")));
    let mut second = guest(directory);
    let fresh = opened(&mut second);
    let unknown = say(&mut second, fresh, &worker, "nobody").expect_err("a refusal");
    assert_eq!(unknown.code, "worker_not_found");
}

/// Files that do what they are told to.
#[derive(Clone)]
struct Failing {
    inner: Directory,
    /// Of the next commits: refused, or failed before or after they were applied.
    fates: Arc<Mutex<Vec<&'static str>>>,
}

struct FailingStore {
    inner: BoxedStore,
    fates: Arc<Mutex<Vec<&'static str>>>,
}

impl Storage for Failing {
    fn open(&mut self, runtime_id: &str, takeover: bool, read_only: bool) -> Result<BoxedStore, Failure> {
        let inner = self.inner.open(runtime_id, takeover, read_only)?;
        Ok(Box::new(FailingStore { inner, fates: Arc::clone(&self.fates) }))
    }

    fn delete(&mut self, runtime_id: &str) -> Result<(), Failure> {
        self.inner.delete(runtime_id)
    }
}

impl RecordStore for FailingStore {
    fn durability(&self) -> Durability {
        self.inner.durability()
    }

    fn head(&mut self) -> Result<Option<String>, Failure> {
        self.inner.head()
    }

    fn read(&mut self, gte: &str, lt: &str, limit: Option<u64>) -> Result<Vec<Entry>, Failure> {
        self.inner.read(gte, lt, limit)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, Failure> {
        let fate = self.fates.lock().expect("the fates").pop();
        match fate {
            Some("rejected") => Err(Failure::Rejected("the disk is full".to_owned())),
            Some("before") => Err(Failure::Failed("nobody answered".to_owned())),
            Some("after") => {
                self.inner.commit(commit)?;
                Err(Failure::Failed("nobody answered".to_owned()))
            }
            Some("lost") => Err(Failure::Lost("the disk was swapped".to_owned())),
            _ => self.inner.commit(commit),
        }
    }
}

#[test]
fn a_commit_that_the_host_fails_is_refused_repeated_or_the_end() {
    let folder = tempdir().expect("a folder");
    let fates = Arc::new(Mutex::new(Vec::new()));
    let storage = Failing { inner: Directory::new(folder.path()), fates: Arc::clone(&fates) };
    let mut guest = guest(storage);
    let runtime = opened(&mut guest);
    let worker = create(&mut guest, runtime).expect("a Worker");
    let tell = |told: &[&'static str]| {
        *fates.lock().expect("the fates") = told.iter().rev().copied().collect();
    };
    tell(&["rejected"]);
    let refused = say(&mut guest, runtime, &worker, "no room").expect_err("a refusal");
    assert_eq!((refused.code.as_str(), outcome(&refused)), ("storage_failed", Some("not_applied")));
    tell(&["before", "rejected", "before"]);
    say(&mut guest, runtime, &worker, "repeated").expect("an event");
    tell(&["after"]);
    say(&mut guest, runtime, &worker, "applied once").expect("an event");
    assert_eq!(contents(&mut guest, runtime, &worker), ["repeated", "applied once"]);
    tell(&["lost"]);
    let lost = say(&mut guest, runtime, &worker, "gone").expect_err("a refusal");
    assert_eq!(lost.code, "storage_lost");
    let lost = say(&mut guest, runtime, &worker, "gone").expect_err("a refusal");
    assert_eq!(lost.code, "storage_lost", "it stays so");
}

#[test]
fn a_flipped_byte_is_noticed_and_nothing_overwritten() {
    let folder = tempdir().expect("a folder");
    let mut first = guest(Directory::new(folder.path()));
    let runtime = opened(&mut first);
    let worker = create(&mut first, runtime).expect("a Worker");
    say(&mut first, runtime, &worker, "a line to be damaged").expect("an event");
    drop(first);

    /// Answers with one byte of one record flipped.
    struct Lying(Directory);
    struct LyingStore(BoxedStore);
    impl Storage for Lying {
        fn open(&mut self, id: &str, takeover: bool, read_only: bool) -> Result<BoxedStore, Failure> {
            Ok(Box::new(LyingStore(self.0.open(id, takeover, read_only)?)))
        }
        fn delete(&mut self, id: &str) -> Result<(), Failure> {
            self.0.delete(id)
        }
    }
    impl RecordStore for LyingStore {
        fn durability(&self) -> Durability {
            self.0.durability()
        }
        fn head(&mut self) -> Result<Option<String>, Failure> {
            self.0.head()
        }
        fn read(&mut self, gte: &str, lt: &str, limit: Option<u64>) -> Result<Vec<Entry>, Failure> {
            let mut entries = self.0.read(gte, lt, limit)?;
            for entry in entries.iter_mut().filter(|entry| entry.key.starts_with("c/")) {
                let middle = entry.value.len() / 2;
                entry.value[middle] ^= 1;
            }
            Ok(entries)
        }
        fn commit(&mut self, commit: &Commit) -> Result<Option<String>, Failure> {
            self.0.commit(commit)
        }
    }

    let mut second = guest(Lying(Directory::new(folder.path())));
    let refused = try_open(&mut second).expect_err("a refusal");
    assert_eq!(refused.code, "storage_corrupt");
    assert!(refused.details.iter().any(|detail| detail.name == "key"), "{refused:?} names the key");
    let mut third = guest(Directory::new(folder.path()));
    let runtime = opened(&mut third);
    assert_eq!(contents(&mut third, runtime, &worker), ["a line to be damaged"]);
}
