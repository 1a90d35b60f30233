//! Stores that were written by earlier versions: each is kept as it was, and opens for ever.
//!
//! A file of `tests/data/stores` has the head in its first line and a record in each of the others, key and bytes in hex.
//! The one of the present format is made by `GOLDEN=write cargo test --test golden`; a released one is never made again.

mod host;

use std::fmt::Write;
use std::path::PathBuf;

use host::{Host, run, worker};
use worker_runtime::storage::{Sizes, StoreOptions, Token};
use worker_runtime::{
    CapabilityRequest, Command, ConfigBundleRef, CreateWorkerRequest, OperationId, ProfileSelector,
    ResourceRef, Runtime, RuntimeId, RuntimeOptions, TranscriptRole, WorkerEnd, WorkerIntent,
};

const RUNTIME: &str = "gölden/1";

/// Everything that a store can hold, in the order in which it was recorded.
fn commands(runtime: &Runtime) -> Vec<(Command, Option<OperationId>)> {
    let mut commands = Vec::new();
    let requests = [
        CreateWorkerRequest::default(),
        CreateWorkerRequest {
            intent: WorkerIntent::Task { objective: "water the plants 🪴".into() },
            profile: ProfileSelector::Named { value: "careful".into() },
            config_bundle: Some(ConfigBundleRef { id: "bundle".into() }),
            requested_capabilities: vec![CapabilityRequest {
                name: "hose".into(),
                reason: Some(String::new()),
            }],
            workspace_refs: vec![ResourceRef { name: "garden".into(), reference: "geo:48.1,11.6".into() }],
            mount_refs: vec![ResourceRef { name: "shed".into(), reference: String::new() }],
        },
        CreateWorkerRequest {
            intent: WorkerIntent::Role { role: "gardener".into(), purpose: Some("all year".into()) },
            profile: ProfileSelector::Builtin { value: "green".into() },
            ..CreateWorkerRequest::default()
        },
    ];
    for (place, request) in requests.into_iter().enumerate() {
        commands.push((Command::CreateWorker(request), OperationId::new(format!("create {place}")).ok()));
    }
    for entry in 0..160u32 {
        let role = TranscriptRole::ALL[entry as usize % 4];
        let content =
            format!("{entry} {}", ["a", "é", "日", "🦀"][entry as usize % 4].repeat(1 + entry as usize % 40));
        let operation =
            (entry % 9 == 0).then(|| OperationId::new(format!("entry {entry}")).expect("a valid id"));
        commands
            .push((Command::Interact { worker: worker(runtime, 1 + entry % 3), role, content }, operation));
    }
    for (number, end, reason) in [(1, WorkerEnd::Stop, None), (2, WorkerEnd::Cancel, Some("x".repeat(300)))] {
        commands.push((Command::EndWorker { worker: worker(runtime, number), end, reason }, None));
    }
    commands
}

fn options() -> StoreOptions {
    StoreOptions { cache_bytes: 1 << 20, sizes: Sizes::tiny() }
}

fn write() -> String {
    let mut host = Host::default();
    let mut stored = host.create(RUNTIME, options());
    for (place, (command, operation)) in commands(&stored).into_iter().enumerate() {
        stored.begin();
        stored.execute(&command, operation.as_ref(), 1_000 + place as u64).expect("accepted");
        host.commit_open(&mut stored);
        // The last ones stay as they were committed.
        if place < 160 {
            host.regroup(&mut stored, false).expect("a whole store");
        }
    }
    let mut text = format!("{}\n", host.head.expect("a head"));
    for (key, value) in &host.records {
        write!(text, "{key} ").expect("a string takes everything");
        for byte in value {
            write!(text, "{byte:02x}").expect("a string takes everything");
        }
        text.push('\n');
    }
    text
}

fn read(text: &str) -> Host {
    let mut lines = text.lines();
    let mut host = Host::default();
    // Its own tokens would begin with those that the store was written with.
    for _ in 0..10_000 {
        host.token();
    }
    host.head = Token::parse(lines.next().expect("a head")).ok();
    for line in lines {
        let (key, hex) = line.split_once(' ').expect("a key and its bytes");
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
        host.records.insert(key.to_owned(), (0..hex.len()).step_by(2).map(byte).collect());
    }
    host
}

#[test]
fn every_golden_store_opens_and_shows_what_was_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/stores");
    if std::env::var("GOLDEN").is_ok_and(|what| what == "write") {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("format-1.txt"), write()).expect("a file");
    }
    let mut stores = 0;
    for file in std::fs::read_dir(&folder).expect("the golden stores") {
        let path = file.expect("an entry").path();
        let mut host = read(&std::fs::read_to_string(&path).expect("a text"));
        for prefix in ["root", "c/", "d/", "r/", "t/", "e/", "w/", "o/", "b/"] {
            let has_kind = host.records.keys().any(|key| key.starts_with(prefix));
            assert!(has_kind, "{} has no record {prefix}", path.display());
        }
        let mut stored = host.open(RUNTIME, options()).expect("a golden store opens");
        let id = RuntimeId::new(RUNTIME).expect("a valid id");
        let mut memory = Runtime::new(id, RuntimeOptions::default(), 1).expect("a runtime");
        for (place, (command, operation)) in commands(&memory).into_iter().enumerate() {
            memory.begin();
            memory.execute(&command, operation.as_ref(), 1_000 + place as u64).expect("accepted");
            memory.merge_open();
        }
        assert_eq!(stored.summary(), memory.summary());
        assert_eq!(stored.list_workers(), memory.list_workers());
        assert_eq!(stored.diagnostics(), memory.diagnostics());
        assert_eq!(stored.operations(), memory.operations());
        for (number, found) in (1..).zip(memory.list_workers()) {
            assert_eq!(stored.worker_detail(&found.worker_ref), memory.worker_detail(&found.worker_ref));
            let len = found.transcript_len;
            let expected = Host::default().transcript(&mut memory, number, len, 50).expect("resident");
            assert_eq!(host.transcript(&mut stored, number, len, 7).expect("whole"), expected);
        }
        let expected = Host::default().events(&mut memory, 100).expect("resident");
        assert_eq!(host.events(&mut stored, 9).expect("whole"), expected);
        // It can be gone on with.
        let last = worker(&stored, 3);
        let command =
            Command::Interact { worker: last, role: TranscriptRole::User, content: "and on".into() };
        run(&mut host, &mut stored, &command, 9_999).expect("accepted");
        stores += 1;
    }
    assert!(stores > 0, "there are no golden stores");
}
