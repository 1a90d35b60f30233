//! Imports: a store that is being filled counts as absent, one that is full never does again.

#![cfg(not(target_arch = "wasm32"))]

mod host;

use host::{Host, run, worker};
use worker_runtime::storage::{ImportedEntry, ImportedEvent, RootRecord, Sizes, StoreOptions};
use worker_runtime::{
    Command, CreateWorkerRequest, Result, Runtime, RuntimeId, RuntimeOptions, TranscriptRole,
};

const ID: &str = "r";

fn id() -> RuntimeId {
    RuntimeId::new(ID).expect("a valid id")
}

fn options() -> StoreOptions {
    StoreOptions { cache_bytes: 0, sizes: Sizes::tiny() }
}

fn event(id: u64) -> ImportedEvent {
    let worker = (id > 1).then(|| "worker-00000001".to_owned());
    let (kind, message) = match id {
        1 => ("runtime_started", "runtime started"),
        2 => ("worker_created", "worker worker-00000001 created"),
        _ => ("worker_input_accepted", "worker input accepted"),
    };
    ImportedEvent {
        id,
        kind: kind.into(),
        message: message.into(),
        recorded_at: 1_000 + id,
        worker_id: worker,
        request: (id == 2).then(CreateWorkerRequest::default),
        entry: (id > 2).then(|| ImportedEntry {
            sequence: id - 2,
            role: "user".into(),
            content: format!("entry {id} ").repeat(10),
        }),
    }
}

/// Whether the store counts as absent, as far as its root record and its head tell.
fn is_unfinished(host: &Host) -> Result<bool> {
    let root = host.records.get_key_value("root").map(|(key, value)| (key.clone(), value.clone()));
    RootRecord::read(&id(), &[root.expect("a root")])?.is_unfinished(host.head.expect("a head"))
}

/// Imports `count` events in several commits, regrouping between them; `seen` sees the store after each commit.
fn import(host: &mut Host, count: u64, mut seen: impl FnMut(&Host)) -> Runtime {
    let mut runtime =
        Runtime::import_stored(id(), RuntimeOptions::default(), options(), [7; 16]).expect("a runtime");
    host.commit_even_nothing(&mut runtime);
    seen(host);
    let mut next = 1;
    while next <= count {
        runtime.begin();
        let together = next + next % 7;
        while next <= count.min(together) && !runtime.must_wait(200) {
            runtime.import_event(&event(next)).expect("an event that follows");
            next += 1;
        }
        host.commit_open(&mut runtime);
        seen(host);
        while host.regroup(&mut runtime, false).expect("a whole store") {
            seen(host);
        }
    }
    let token = host.token();
    let ops = runtime.finish_import(&[], &[], token).expect("all of it fits");
    host.commit(token, ops);
    runtime.merge_open();
    runtime
}

#[test]
fn a_store_counts_as_absent_from_the_first_commit_of_an_import_up_to_the_last() {
    let mut host = Host::default();
    let mut commits = 0;
    import(&mut host, 80, |host| {
        commits += 1;
        assert_eq!(is_unfinished(host), Ok(true), "after commit {commits}");
    });
    assert!(commits > 20);
    assert_eq!(is_unfinished(&host), Ok(false));
    let opened = host.open(ID, options()).expect("a whole store");
    assert_eq!(opened.summary().worker_count, 1);
}

#[test]
fn a_root_record_from_before_the_end_of_an_import_is_refused_ever_after() {
    let mut host = Host::default();
    let mut roots = Vec::new();
    let mut runtime = import(&mut host, 80, |host| roots.push(host.records["root"].clone()));
    let refused = |host: &Host, moment: &str| {
        for root in &roots {
            let mut lying = host.clone();
            lying.records.insert("root".into(), root.clone());
            let code = is_unfinished(&lying).map_err(|error| error.code());
            assert_eq!(code, Err("storage_corrupt"), "{moment}");
        }
    };
    refused(&host, "right after it");
    for at in 0..60 {
        let (worker, role) = (worker(&runtime, 1), TranscriptRole::Tool);
        let command = Command::Interact { worker, role, content: "and on ".repeat(9) };
        run(&mut host, &mut runtime, &command, at).expect("accepted");
        refused(&host, "after a mutation");
        if at % 3 == 0 && host.regroup(&mut runtime, true).expect("a whole store") {
            refused(&host, "after a regrouping");
        }
        if at % 20 == 19 {
            runtime = host.open(ID, options()).expect("a whole store");
            refused(&host, "after a takeover");
        }
    }
}

#[test]
fn an_unfinished_store_that_is_taken_apart_counts_as_absent_all_the_while() {
    let mut host = Host::default();
    let mut stores = Vec::new();
    import(&mut host, 40, |host| stores.push(host.clone()));
    for mut host in stores {
        let root = host.records.get_key_value("root").map(|(key, value)| (key.clone(), value.clone()));
        let root = RootRecord::read(&id(), &[root.expect("a root")]).expect("a whole root");
        let mut runtime = Runtime::from_root(root, options()).expect("a whole root");
        for _ in 0..3 {
            let (head, to) = (host.head.expect("a head"), host.token());
            let ops = runtime.take_over(head, to);
            host.commit(to, ops);
            runtime.merge_open();
            assert_eq!(is_unfinished(&host), Ok(true));
        }
    }
}
