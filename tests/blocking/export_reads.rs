//! What an export reads of a store that is larger than its cache: each record about once, in whatever order everybody spoke.

use worker_runtime::blocking::{OpenOptions, StoredRuntime, export_lines, open};
use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Outcome, RuntimeId, TranscriptRole};

use crate::store::{Machine, Memory};

fn opened(storage: &Memory, cache_bytes: usize) -> StoredRuntime<Memory, Machine> {
    let store = StoreOptions { cache_bytes, sizes: Sizes::default() };
    let options = OpenOptions { store, ..OpenOptions::default() };
    let id = RuntimeId::new("r").expect("an id");
    open(&mut storage.clone(), Machine::patient(1), id, &options).expect("a runtime")
}

/// A settled store in which Workers spoke in the order that `speakers` gives; each content begins with its place among all.
fn spoken(workers: usize, speakers: &[usize], length: usize) -> Memory {
    let storage = Memory::default();
    let mut runtime = opened(&storage, 16 << 20);
    let create = (0..workers).map(|_| (Command::CreateWorker(CreateWorkerRequest::default()), None));
    let refs: Vec<_> = runtime
        .execute_all(create)
        .into_iter()
        .map(|created| match created {
            Ok(Outcome::Created(detail)) => detail.worker_ref,
            other => panic!("no Worker: {other:?}"),
        })
        .collect();
    let said = speakers.iter().enumerate().map(|(place, speaker)| {
        let content = format!("{:<length$}", format!("place {place} of all"));
        let worker = refs[*speaker].clone();
        (Command::Interact { worker, role: TranscriptRole::User, content }, None)
    });
    assert!(runtime.execute_all(said).iter().all(Result::is_ok));
    while runtime.regroup().expect("a step") {}
    storage
}

/// Exports a store and holds what is read meanwhile to some times what the store has.
fn exported(storage: &Memory, entries: usize, times: usize) {
    let (records, bytes) = {
        let records = &storage.0.borrow().records;
        (records.len(), records.values().map(Vec::len).sum::<usize>())
    };
    assert!(bytes > 2 << 20, "a store of {bytes} bytes");
    let mut runtime = opened(storage, 256 << 10);
    let (reads, read_bytes) = {
        let shared = storage.0.borrow();
        (shared.reads, shared.read_bytes)
    };
    let mut next = 0;
    for line in export_lines(&mut runtime).expect("an export") {
        let line = line.expect("a line");
        if line.contains(r#""content":"#) {
            assert!(line.contains(&format!("place {next} of all")), "as they were said: {line}");
            next += 1;
        }
    }
    assert_eq!(next, entries);
    let shared = storage.0.borrow();
    let (reads, read_bytes) = (shared.reads - reads, shared.read_bytes - read_bytes);
    println!("{reads} reads of {read_bytes} bytes; {records} records of {bytes} bytes");
    assert!(reads <= times * records, "{reads} reads of {records} records");
    assert!(read_bytes <= times * bytes, "{read_bytes} bytes read of {bytes}");
}

fn in_turn(workers: usize, each: usize) -> Vec<usize> {
    (0..workers * each).map(|place| place % workers).collect()
}

fn shuffled(mut speakers: Vec<usize>) -> Vec<usize> {
    let mut chance = 7u64;
    for place in (1..speakers.len()).rev() {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        speakers.swap(place, (chance >> 33) as usize % (place + 1));
    }
    speakers
}

#[test]
fn each_record_is_read_about_once() {
    for (workers, speakers, length) in [
        (200, in_turn(200, 40), 600),
        (200, shuffled(in_turn(200, 40)), 600),
        (2_000, shuffled(in_turn(2_000, 4)), 400),
        (1, in_turn(1, 5_000), 600),
    ] {
        exported(&spoken(workers, &speakers, length), speakers.len(), 2);
    }
}

#[test]
fn long_entries_of_many_workers_are_read_as_far_as_there_is_room() {
    let speakers = in_turn(300, 10);
    exported(&spoken(300, &speakers, 10_000), speakers.len(), 3);
}

/// A Worker's records have more than what it says in a window, and are read for each of them that it speaks in.
#[test]
fn more_events_than_are_looked_through_at_once_are_read_for_each_window_once() {
    let speakers = shuffled(in_turn(50, 1_400));
    exported(&spoken(50, &speakers, 40), speakers.len(), 2);
}

/// Each record has something of many Workers that speak all the time, and is read for each window.
#[test]
fn what_may_wait_grows_with_the_workers() {
    let speakers = in_turn(8_000, 25);
    exported(&spoken(8_000, &speakers, 100), speakers.len(), 2);
}
