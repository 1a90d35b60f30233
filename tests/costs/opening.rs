//! What an opening reads of what was committed last, after a crash at any moment.

use worker_runtime::storage::{Need, Regrouping, Restored, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Runtime, TranscriptRole, WorkerId, WorkerRef};

use crate::host::{Host, run, worker};

const MEBIBYTE: usize = 1024 * 1024;
/// How many mutations a host puts into one commit.
const TOGETHER: usize = 256;

/// Bytes of what was committed last that an opening reads now.
fn read_by_an_opening(host: &Host) -> usize {
    let mut host = host.clone();
    let before = host.chunk_bytes;
    host.open("r", StoreOptions::default()).expect("a whole store");
    host.chunk_bytes - before
}

/// A commit as a host makes it under load: as many inputs of `bytes` as go in. Gives how many did.
fn commit_inputs(host: &mut Host, runtime: &mut Runtime, bytes: usize, most: usize) -> usize {
    runtime.begin();
    let mut taken = 0;
    while taken < most.min(TOGETHER) && !runtime.must_wait(bytes) {
        let (worker, role) = (worker(runtime, 1), TranscriptRole::User);
        let command = Command::Interact { worker, role, content: "x".repeat(bytes) };
        runtime.execute(&command, None, 7).expect("accepted");
        taken += 1;
    }
    host.commit_open(runtime);
    taken
}

fn with_worker() -> (Host, Runtime) {
    let mut host = Host::default();
    let mut runtime = host.create("r", StoreOptions::default());
    run(&mut host, &mut runtime, &Command::CreateWorker(CreateWorkerRequest::default()), 2)
        .expect("a Worker");
    (host, runtime)
}

/// Has `count` inputs of `bytes` committed, regrouping only where it is urgent. Gives how many commits of either kind
/// that took, and the most that an opening would have read at any time.
fn stream(bytes: usize, count: usize) -> (usize, usize, usize) {
    let (mut host, mut runtime) = with_worker();
    let (mut rest, mut commits, mut regroupings, mut most) = (count, 0, 0, 0);
    while rest > 0 {
        let taken = commit_inputs(&mut host, &mut runtime, bytes, rest);
        rest -= taken;
        commits += usize::from(taken > 0);
        most = most.max(read_by_an_opening(&host));
        let mut steps = 0;
        while runtime.regrouping(false) == Regrouping::Urgent && steps < 2 {
            host.regroup(&mut runtime, false).expect("a whole store");
            steps += 1;
        }
        assert!(taken > 0 || steps > 0, "nothing is taken, and nothing is to be done first");
        regroupings += steps;
    }
    (commits, regroupings, most)
}

#[test]
fn an_opening_reads_at_most_one_mebibyte_of_what_was_committed_last() {
    for bytes in [200, 1_000, 2_000, 4_000, 60_000, 300_000, 700_000, MEBIBYTE - 1_000] {
        let (commits, regroupings, most) = stream(bytes, (6 * MEBIBYTE / bytes).max(8));
        println!("{bytes:>7} bytes each: {commits} commits, {regroupings} regroupings, {most} bytes to read");
        assert!(most <= MEBIBYTE, "{most} bytes of inputs of {bytes}");
        // What is regrouped at once is not much less than what may be read at once.
        assert!(regroupings <= commits + 1 && regroupings <= 6 * 3, "{regroupings} beside {commits} commits");
    }
}

#[test]
fn a_larger_mutation_is_all_that_an_opening_reads() {
    let (mut host, mut runtime) = with_worker();
    assert_eq!(commit_inputs(&mut host, &mut runtime, 1_000, 50), 50);
    assert_eq!(
        commit_inputs(&mut host, &mut runtime, 3 * MEBIBYTE, 2),
        0,
        "beside what was committed before"
    );
    assert_eq!(runtime.regrouping(false), Regrouping::Urgent);
    host.regroup(&mut runtime, false).expect("a whole store");
    assert_eq!(commit_inputs(&mut host, &mut runtime, 3 * MEBIBYTE, 1), 1);
    let read = read_by_an_opening(&host);
    assert!((3 * MEBIBYTE..3 * MEBIBYTE + 10_000).contains(&read), "{read}");
    assert_eq!(commit_inputs(&mut host, &mut runtime, 1, 1), 0);
    assert_eq!(runtime.regrouping(false), Regrouping::Urgent);
}

#[test]
fn mutations_go_on_where_the_storage_refuses_to_be_regrouped() {
    let (mut host, mut runtime) = with_worker();
    for commit in 0..12 {
        let is_urgent = runtime.regrouping(false) == Regrouping::Urgent;
        assert_eq!(is_urgent, commit > 0);
        if is_urgent {
            let to = host.token();
            runtime.regroup(to, false).expect("a whole store").expect("a flush");
            runtime.abort_open();
        }
        let taken = commit_inputs(&mut host, &mut runtime, 400_000, 2);
        let again = if taken > 0 { taken } else { commit_inputs(&mut host, &mut runtime, 400_000, 2) };
        assert!(again > 0 && taken == if commit == 1 { 0 } else { 2 }, "{taken}, then {again}");
    }
    assert!(read_by_an_opening(&host) > 10 * 800_000);
    host.regroup(&mut runtime, false).expect("a whole store");
    assert_eq!(read_by_an_opening(&host), 0);
}

/// A store of so many Workers, created at once, each of which was told something twice: once before all that was flushed, and once after.
fn spread(workers: u32) -> (Host, Runtime) {
    let mut host = Host::default();
    let mut runtime = host.create("r", StoreOptions::default());
    let commit = |commands: &mut dyn Iterator<Item = Command>, host: &mut Host, runtime: &mut Runtime| {
        for command in commands {
            runtime.begin();
            runtime.execute(&command, None, 7).expect("accepted");
            host.commit_open(runtime);
        }
    };
    let create = |_| Command::CreateWorker(CreateWorkerRequest::default());
    commit(&mut (0..workers).map(create), &mut host, &mut runtime);
    let id = runtime.runtime_id().clone();
    let say = move |number: u32| {
        let worker_id = WorkerId::parse(&format!("worker-{number:08x}")).expect("a valid id");
        let worker = WorkerRef::new(&id, worker_id);
        Command::Interact { worker, role: TranscriptRole::User, content: "x".repeat(20) }
    };
    commit(&mut (1..=workers).map(say.clone()), &mut host, &mut runtime);
    while host.regroup(&mut runtime, false).expect("a whole store") {}
    commit(&mut (1..=workers.min(300)).map(say), &mut host, &mut runtime);
    (host, runtime)
}

#[test]
fn a_large_store_is_gone_through_a_part_at_a_time() {
    /// Of Workers, entries of directories and log entries.
    const MOST: usize = 2 * 2_048;
    for (workers, least) in [(500, 1), (10_000, 2 * 10_000 / MOST)] {
        let (mut host, runtime) = spread(workers);
        let mut opened = host.take_over("r", StoreOptions::default()).expect("a whole store");
        let mut parts = 1;
        loop {
            match opened.restore_part(false).expect("a whole store") {
                Restored::Needs => host.satisfy(&mut opened).expect("whole"),
                Restored::Part => parts += 1,
                Restored::Whole => break,
            }
        }
        println!("{workers} Workers: {parts} parts");
        assert!(parts >= least && (least > 1 || parts == 1), "{parts} parts");
        assert_eq!(opened.list_workers(), runtime.list_workers());
        assert_eq!(opened.event_cursor_now(), runtime.event_cursor_now());
    }
}

#[test]
fn what_is_regrouped_and_not_deleted_yet_is_not_read() {
    let (mut host, mut runtime) = with_worker();
    while runtime.regrouping(false) == Regrouping::None {
        commit_inputs(&mut host, &mut runtime, 600, 1);
    }
    let tail = read_by_an_opening(&host);
    host.regroup(&mut runtime, false).expect("a whole store");
    let chunks = |host: &Host| {
        let need = Need { gte: "c/".into(), lt: "c0".into(), limit: None };
        host.clone().read(&need).len()
    };
    assert!(chunks(&host) > 100, "all is deleted at once: {}", chunks(&host));
    assert_eq!(read_by_an_opening(&host), 0, "of {tail} bytes before");
    // Another owner does not know what is left, and finds it.
    let mut later = host.open("r", StoreOptions::default()).expect("a whole store");
    run(&mut host, &mut later, &Command::CreateWorker(CreateWorkerRequest::default()), 3).expect("a Worker");
    let mut steps = 0;
    while host.regroup(&mut later, true).expect("a whole store") {
        steps += 1;
        assert!(steps < 100, "there is no end");
    }
    assert_eq!(chunks(&host), 1, "but the commit of that owner");
    host.open("r", StoreOptions::default()).expect("a whole store");
}
