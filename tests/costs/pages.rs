//! What a page reads that nothing is resident of.

use worker_runtime::storage::{Page, Sizes, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Runtime, TranscriptRole};

use crate::host::{Host, worker};

const PAGE: u64 = 256;
const WORKERS: u32 = 12;
/// How many commits make a run, and how many entries a commit.
const COMMITS: u64 = 7;
const TOGETHER: u64 = 43;
/// Enough for three merges.
const ENTRIES: u64 = 3 * 16 * COMMITS * TOGETHER;

/// A store that is settled: Workers spoke in turns, and of what each has in the runs of a merge there is so much that it
/// makes a full segment and one that is as short as segments are. Nothing that is read stays resident.
fn settled() -> (Host, Runtime) {
    let sizes = Sizes { flush_bytes: 61_000, fan_out: 16, ..Sizes::default() };
    let mut host = Host::default();
    let mut runtime = host.create("r", StoreOptions { cache_bytes: 0, sizes });
    runtime.begin();
    for _ in 0..WORKERS {
        let create = Command::CreateWorker(CreateWorkerRequest::default());
        runtime.execute(&create, None, 1).expect("accepted");
    }
    for entry in 0..ENTRIES {
        let content = "x".repeat(200);
        let worker = worker(&runtime, 1 + (entry % u64::from(WORKERS)) as u32);
        let command = Command::Interact { worker, role: TranscriptRole::User, content };
        runtime.execute(&command, None, 1_700_000_000_000 + entry).expect("accepted");
        if (entry + 1) % TOGETHER == 0 {
            host.commit_open(&mut runtime);
            while host.regroup(&mut runtime, false).expect("a whole store") {}
        }
    }
    while host.regroup(&mut runtime, true).expect("a whole store") {}
    (host, runtime)
}

fn records(host: &mut Host, runtime: &mut Runtime, worker: u32, start: u64, len: u64) -> usize {
    let before = host.reads;
    let mut seen = 0;
    while runtime.visit_transcript(worker, start, len, |_| seen += 1).expect("whole") == Page::Needs {
        host.satisfy(runtime).expect("whole");
    }
    assert_eq!(seen, len);
    host.reads - before
}

#[test]
fn a_page_out_of_a_settled_store_reads_at_most_three_records() {
    let (mut host, mut runtime) = settled();
    let segments = host.records.keys().filter(|key| key.starts_with("t/")).count();
    assert!(segments >= 3 * WORKERS as usize, "{segments} segments");
    let mut by_records = [0; 4];
    for (worker, found) in (1..).zip(runtime.list_workers().into_iter().take(2)) {
        for start in 0..=found.transcript_len - 2 * PAGE {
            let read = records(&mut host, &mut runtime, worker, start, PAGE);
            assert!(read <= 3, "{read} records from entry {start} of Worker {worker} on");
            by_records[read] += 1;
        }
    }
    println!("pages by records: {by_records:?}");
}

#[test]
fn a_long_page_reads_what_it_shows() {
    let (mut host, mut runtime) = settled();
    let before = host.read_bytes;
    let len = runtime.list_workers()[0].transcript_len - PAGE;
    let read = records(&mut host, &mut runtime, 1, 0, len);
    let bytes = host.read_bytes - before;
    assert!(len > 2 * PAGE && bytes < len as usize * 300, "{read} records of {bytes} bytes");
}
