//! A runtime on a store against one in memory: the same commands, reopened and regrouped at random.

mod host;

use host::{Host, run, worker};
use worker_runtime::storage::Page;
use worker_runtime::storage::{LEAST_PART_BYTES, Regrouping, RootRecord, Sizes, StoreOptions};
use worker_runtime::{
    Command, CreateWorkerRequest, DiagnosticKind, Error, OperationId, Runtime, RuntimeId, RuntimeOptions,
    TranscriptRole, WorkerEnd,
};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn text(random: &mut Random, longest: u64) -> String {
    let len = match random.below(100) {
        0 => longest / 2 + random.below(longest / 2),
        1..4 => longest / 10 + random.below(longest / 5),
        _ => 1 + random.below((longest / 250).max(60)),
    };
    let unit = ["a", "é", "日", "🦀"][random.below(4) as usize];
    unit.repeat((len as usize / unit.len()).max(1))
}

fn command(random: &mut Random, runtime: &Runtime, workers: u64, longest: u64) -> Command {
    let known = runtime.summary().worker_count;
    if known < workers && random.below(10) == 0 || known == 0 {
        return Command::CreateWorker(CreateWorkerRequest::default());
    }
    let number = 1 + random.below(known) as u32;
    let worker = worker(runtime, number);
    if random.below(400) == 0 {
        let reason = (random.below(2) == 0).then(|| text(random, longest));
        let end = if random.below(2) == 0 { WorkerEnd::Stop } else { WorkerEnd::Cancel };
        return Command::EndWorker { worker, end, reason };
    }
    let role = TranscriptRole::ALL[random.below(4) as usize];
    Command::Interact { worker, role, content: text(random, longest) }
}

fn compare(host: &mut Host, stored: &mut Runtime, memory: &mut Runtime, page: u64) {
    assert_eq!(stored.summary(), memory.summary());
    assert_eq!(stored.list_workers(), memory.list_workers());
    assert_eq!(stored.diagnostics(), memory.diagnostics());
    for (number, worker) in (1..).zip(memory.list_workers()) {
        let len = worker.transcript_len;
        let expected = Host::default().transcript(memory, number, len, page).expect("resident");
        let found = host.transcript(stored, number, len, page).expect("a whole store");
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found == expected, "{:.60} is not {:.60}", found, expected);
        }
    }
    let expected = Host::default().events(memory, page).expect("resident");
    assert!(host.events(stored, page).expect("a whole store") == expected);
}

fn drive(seed: u64, steps: u64, workers: u64, store: StoreOptions) {
    let sizes = store.sizes;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut host = Host::default();
    let mut stored = host.create("r", store);
    let options = RuntimeOptions::default();
    let mut memory = Runtime::new(RuntimeId::new("r").expect("valid"), options, 1).expect("valid");
    for at in 2..steps {
        let command = command(&mut random, &memory, workers, 2 * sizes.part_bytes as u64);
        memory.begin();
        let expected = memory.execute(&command, None, at);
        memory.merge_open();
        assert_eq!(run(&mut host, &mut stored, &command, at), expected);
        if random.below(3) == 0 {
            host.regroup(&mut stored, random.below(4) == 0).expect("a whole store");
        }
        if random.below(300) == 0 {
            stored = host.open("r", store).expect("a whole store");
        }
        if random.below(700) == 0 {
            let page = 1 + random.below(300);
            compare(&mut host, &mut stored, &mut memory, page);
        }
    }
    while host.regroup(&mut stored, true).expect("a whole store") {}
    let count = |prefix: &str| host.records.keys().filter(|key| key.starts_with(prefix)).count();
    println!(
        "workers {workers}: chunks {} directories {} runs {} settled {} events {} blobs {}",
        count("c/"),
        count("d/"),
        count("r/"),
        count("t/"),
        count("e/"),
        count("b/")
    );
    compare(&mut host, &mut stored, &mut memory, 256);
    stored = host.open("r", store).expect("a whole store");
    compare(&mut host, &mut stored, &mut memory, 100);
}

#[test]
fn a_store_and_memory_show_the_same() {
    for (seed, workers) in [(1, 1), (2, 3), (3, 40), (4, 300)] {
        let cache_bytes = if seed % 2 == 0 { 0 } else { 1 << 20 };
        drive(0x9e37_79b9 + seed, 4000, workers, StoreOptions { cache_bytes, ..StoreOptions::default() });
    }
}

#[test]
fn a_store_of_tiny_records_and_memory_show_the_same() {
    for seed in 1..40 {
        let cache_bytes = if seed % 2 == 0 { 0 } else { 1 << 14 };
        drive(0x9e37_79b9 + seed, 1000, 1 + seed % 9, StoreOptions { cache_bytes, sizes: Sizes::tiny() });
    }
}

/// Opens although the host has evidence of loss.
fn open_after_loss(host: &mut Host, store: StoreOptions) -> Runtime {
    let root = host.records.get_key_value("root").map(|(key, value)| (key.clone(), value.clone()));
    let root = RootRecord::read(&RuntimeId::new("r").expect("valid"), &[root.expect("a root")]);
    let mut runtime = Runtime::from_root(root.expect("a whole root"), store).expect("a whole root");
    let (head, to) = (host.head.expect("a head"), host.token());
    let ops = runtime.take_over(head, to);
    host.commit(to, ops);
    runtime.merge_open();
    while !runtime.restore(true).expect("a whole store") {
        host.satisfy(&mut runtime).expect("a whole store");
    }
    runtime
}

#[test]
fn an_accepted_loss_stays_in_its_place_among_the_diagnostics() {
    let store = StoreOptions { sizes: Sizes::tiny(), ..StoreOptions::default() };
    for later in [0, 1, 30] {
        let mut host = Host::default();
        let mut runtime = host.create("r", store);
        let create = Command::CreateWorker(CreateWorkerRequest::default());
        run(&mut host, &mut runtime, &create, 2).expect("a Worker");
        runtime = open_after_loss(&mut host, store);
        // The root record is written while the Worker is in a chunk only, and with it what was accepted.
        assert!(host.regroup(&mut runtime, true).expect("a whole store"));
        for at in 0..later {
            run(&mut host, &mut runtime, &create, at).expect("a Worker");
            host.regroup(&mut runtime, true).expect("a whole store");
        }
        let expected = runtime.diagnostics();
        assert_eq!(expected[2].code, DiagnosticKind::LossAccepted.code());
        let runtime = host.open("r", store).expect("a whole store");
        assert_eq!(runtime.diagnostics(), expected, "with {later} Workers after it");
    }
}

#[test]
fn a_runtime_with_a_store_is_not_changed_behind_its_back() {
    let mut host = Host::default();
    let mut stored = host.create("r", StoreOptions::default());
    let refused = stored.create_worker(&CreateWorkerRequest::default(), 2).expect_err("no commit was made");
    assert_eq!(refused.code(), "storage_failed");
    assert_eq!(stored.stop_runtime(2).map_err(|error| error.code()), Err("storage_failed"));
    assert_eq!((stored.summary().worker_count, stored.event_cursor_now().next_event_id), (0, 2));
}

/// What a native host puts into a mutex or gives to a thread of its own, pages that were read back included.
#[test]
fn a_runtime_goes_from_thread_to_thread() {
    fn shared<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    let mut host = Host::default();
    let mut stored = host.create("r", StoreOptions { sizes: Sizes::tiny(), ..StoreOptions::default() });
    run(&mut host, &mut stored, &Command::CreateWorker(CreateWorkerRequest::default()), 2).expect("accepted");
    for at in 3..40 {
        let content = "x".repeat(100);
        let command = Command::Interact { worker: worker(&stored, 1), role: TranscriptRole::Tool, content };
        run(&mut host, &mut stored, &command, at).expect("accepted");
    }
    while host.regroup(&mut stored, true).expect("a whole store") {}
    let here = host.transcript(&mut stored, 1, 37, 8).expect("a whole store");
    let elsewhere = shared(stored);
    let there = std::thread::spawn(move || {
        let mut runtime = elsewhere;
        let mut seen = 0;
        let page = runtime.visit_transcript(1, 36, 1, |entry| seen = entry.sequence).expect("a page");
        (page, seen)
    });
    assert_eq!((there.join().expect("no panic"), here.len()), ((Page::Ready(1), 37), 37));
}

/// Otherwise every mutation would wait for nothing, and nothing would be done where none waits.
#[test]
fn what_is_urgent_can_be_done() {
    let sizes = Sizes { fan_out: 2, ..Sizes::tiny() };
    let mut host = Host::default();
    let mut runtime = host.create("r", StoreOptions { sizes, ..StoreOptions::default() });
    // So many Workers that nothing settles and every tier keeps a run.
    for at in 0..200 {
        let create = Command::CreateWorker(CreateWorkerRequest::default());
        run(&mut host, &mut runtime, &create, at).expect("a Worker");
    }
    for at in 0..400u32 {
        let (worker, content) = (worker(&runtime, 1 + at % 200), "x".repeat(60));
        let command = Command::Interact { worker, role: TranscriptRole::User, content };
        run(&mut host, &mut runtime, &command, u64::from(at)).expect("accepted");
        while host.regroup(&mut runtime, false).expect("a whole store") {}
        assert_eq!(runtime.regrouping(false), Regrouping::None, "after {at} inputs");
    }
}

#[test]
fn sizes_that_cannot_work_are_refused() {
    let tiny = Sizes::tiny();
    let least_step = (tiny.part_bytes + tiny.settled_bytes) as u64;
    for (sizes, path) in [
        (Sizes { step_bytes: least_step - 1, ..tiny }, "sizes.stepBytes"),
        (Sizes { part_bytes: LEAST_PART_BYTES - 1, ..tiny }, "sizes.partBytes"),
        (Sizes { settled_bytes: usize::MAX, ..tiny }, "sizes.stepBytes"),
        (Sizes { inline_bytes: tiny.part_bytes, ..tiny }, "sizes.inlineBytes"),
        (Sizes { fan_out: 1, ..tiny }, "sizes.fanOut"),
    ] {
        let store = StoreOptions { sizes, ..StoreOptions::default() };
        let (id, options) = (RuntimeId::new("r").expect("valid"), RuntimeOptions::default());
        let created = Runtime::create_stored(id, options, store, [7; 16], 1);
        let mut host = Host::default();
        host.create("r", StoreOptions::default());
        for refused in [created, host.open("r", store)] {
            match *refused.expect_err("sizes that cannot work") {
                Error::InvalidRequest { path: found, .. } => assert_eq!(found, path),
                other => panic!("{other}"),
            }
        }
    }
    // The least that can work does.
    for seed in 1..6 {
        let sizes = Sizes { step_bytes: least_step, fan_out: 2, ..tiny };
        drive(0x9e37_79b9 + seed, 600, 1 + seed % 4, StoreOptions { cache_bytes: 0, sizes });
        let sizes = Sizes { part_bytes: LEAST_PART_BYTES, inline_bytes: 30, step_bytes: 264, ..tiny };
        drive(0x9e37_79b9 + seed, 600, 1 + seed % 4, StoreOptions { cache_bytes: 0, sizes });
    }
}

/// A host pays for each record, whatever is in it.
#[test]
fn a_commit_of_256_contents_of_200_characters_is_one_record() {
    let mut host = Host::default();
    let mut runtime = host.create("r", StoreOptions::default());
    run(&mut host, &mut runtime, &Command::CreateWorker(CreateWorkerRequest::default()), 2)
        .expect("a Worker");
    let before = host.records.len();
    runtime.begin();
    for at in 0..256 {
        let (worker, content) = (worker(&runtime, 1), "x".repeat(200));
        let operation = OperationId::new(format!("operation {at}")).expect("valid");
        let command = Command::Interact { worker, role: TranscriptRole::User, content };
        runtime.execute(&command, Some(&operation), 1_700_000_000_000 + 1000 * at).expect("accepted");
    }
    host.commit_open(&mut runtime);
    assert_eq!(host.records.len(), before + 1);
}

#[test]
fn a_page_of_long_texts_ends_early() {
    let mut host = Host::default();
    let mut stored = host.create("r", StoreOptions::default());
    run(&mut host, &mut stored, &Command::CreateWorker(CreateWorkerRequest::default()), 2).expect("accepted");
    for at in 3..8 {
        let content = "x".repeat(6 << 20);
        let command = Command::Interact { worker: worker(&stored, 1), role: TranscriptRole::Tool, content };
        run(&mut host, &mut stored, &command, at).expect("accepted");
        let mut seen = 0;
        let page = loop {
            match stored.visit_transcript(1, 0, at - 2, |_| seen += 1).expect("a whole store") {
                Page::Needs => host.satisfy(&mut stored).expect("a whole store"),
                page => break page,
            }
        };
        assert_eq!((page, seen), (Page::Ready((at - 2).min(2)), (at - 2).min(2)));
        if at == 5 {
            while host.regroup(&mut stored, true).expect("a whole store") {}
        }
    }
}

#[test]
fn a_root_record_from_before_an_accepted_loss_is_noticed() {
    let store = StoreOptions { sizes: Sizes::tiny(), ..StoreOptions::default() };
    let create = Command::CreateWorker(CreateWorkerRequest::default());
    for flushed in [false, true] {
        let mut host = Host::default();
        let mut runtime = host.create("r", store);
        run(&mut host, &mut runtime, &create, 2).expect("a Worker");
        while flushed && !host.records.keys().any(|key| key.starts_with("d/")) {
            run(&mut host, &mut runtime, &create, 2).expect("a Worker");
            host.regroup(&mut runtime, true).expect("a whole store");
        }
        runtime = open_after_loss(&mut host, store);
        let before = host.records["root"].clone();
        assert!(host.regroup(&mut runtime, true).expect("a whole store"));
        run(&mut host, &mut runtime, &create, 3).expect("a Worker");
        host.records.insert("root".into(), before);
        let refused = host.open("r", store).expect_err("an older root record is missed");
        assert!(matches!(refused.code(), "storage_corrupt" | "storage_missing"), "{refused}");
    }
}

#[test]
fn an_opening_reads_nothing_that_grows_with_what_was_deleted() {
    let mut passed = Vec::new();
    for commits in [400, 1_600] {
        let mut host = Host::default();
        let store = StoreOptions { sizes: Sizes::tiny(), ..StoreOptions::default() };
        let mut runtime = host.create("r", store);
        for _ in 0..5 {
            run(&mut host, &mut runtime, &Command::CreateWorker(CreateWorkerRequest::default()), 2)
                .expect("accepted");
        }
        for at in 0..commits {
            let worker = worker(&runtime, 1 + at as u32 % 5);
            let command = Command::Interact { worker, role: TranscriptRole::User, content: "x".repeat(60) };
            run(&mut host, &mut runtime, &command, at).expect("accepted");
            host.regroup(&mut runtime, at % 100 == 0).expect("a whole store");
        }
        let before = host.passed;
        host.open("r", store).expect("a whole store");
        passed.push(host.passed - before);
    }
    assert!(passed[1] <= passed[0] + 16, "{passed:?}");
}
