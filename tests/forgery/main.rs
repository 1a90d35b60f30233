//! Stores that nobody wrote: records whose envelopes are whole and whose bodies are not what a runtime would have
//! written. Whatever is in them, it is refused or it is read; nothing panics and nothing goes on for ever.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../host/mod.rs"]
mod host;

use std::panic::{AssertUnwindSafe, catch_unwind};

use host::{Host, run, worker};
use worker_runtime::storage::{Need, Page, Regrouping, RootRecord, Sizes, StoreOptions, root_range};
use worker_runtime::{
    Command, CreateWorkerRequest, OperationId, Result, Runtime, RuntimeId, TranscriptRole, WorkerEnd,
};
use xxhash_rust::xxh64::{Xxh64, xxh64};

const ID: &str = "r";
/// What the host of these tests gives to every store that it creates.
const INCARNATION: [u8; 16] = [7; 16];
/// Bytes before a record's body.
const ENVELOPE: usize = 10;

/// A small generator of reproducible numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

fn options() -> StoreOptions {
    StoreOptions { cache_bytes: 0, sizes: Sizes::tiny() }
}

/// A store with records of every kind.
fn store(random: &mut Random) -> Host {
    let mut host = Host::default();
    let mut runtime = host.create(ID, options());
    for at in 2..160 {
        let known = runtime.summary().worker_count as usize;
        let command = if known == 0 || known < 5 && random.below(8) == 0 {
            Command::CreateWorker(CreateWorkerRequest::default())
        } else {
            let worker = worker(&runtime, 1 + random.below(known) as u32);
            if random.below(60) == 0 {
                Command::EndWorker { worker, end: WorkerEnd::Stop, reason: Some("enough".into()) }
            } else {
                let len = if random.below(12) == 0 { 600 } else { 1 + random.below(60) };
                let content = ["x", "é"][random.below(2)].repeat(len);
                let role = TranscriptRole::ALL[random.below(4)];
                Command::Interact { worker, role, content }
            }
        };
        if random.below(2) == 0 {
            let id = OperationId::new(format!("operation {at}")).expect("a valid id");
            runtime.begin();
            let _ = runtime.execute(&command, Some(&id), at);
            host.commit_open(&mut runtime);
        } else {
            let _ = run(&mut host, &mut runtime, &command, at);
        }
        // Some of what was committed last stays as it is.
        if at < 150 && random.below(3) == 0 {
            host.regroup(&mut runtime, true).expect("a whole store");
        }
    }
    host
}

/// Puts another body into a record's envelope.
fn sealed(key: &str, value: &[u8], body: &[u8]) -> Vec<u8> {
    let of_root = xxh64(ID.as_bytes(), 0);
    let seed = if key == "root" { of_root } else { xxh64(&INCARNATION, of_root) };
    let mut forged = value[..ENVELOPE].to_vec();
    forged.extend_from_slice(body);
    let mut hasher = Xxh64::new(seed);
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key.as_bytes());
    hasher.update(&forged[8..]);
    forged[..8].copy_from_slice(&hasher.digest().to_le_bytes());
    forged
}

/// Another body, near the one that was written.
fn forged(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(body.len() + 1);
        match random.below(7) {
            0 => body.truncate(at),
            1 => body.insert(at, random.next() as u8),
            2 if at < body.len() => drop(body.remove(at)),
            3 if at < body.len() => body[at] = random.next() as u8,
            4 if at < body.len() => body[at] ^= 1 << random.below(8),
            // The largest numbers that fit 64, 53 and 32 bits.
            5 => {
                let len = [10, 8, 5][random.below(3)];
                let mut large = vec![0xff; len];
                large[len - 1] = [1, 0x0f, 0x0f][random.below(3)];
                body.splice(at..at, large);
            }
            _ => {
                let to = (at + random.below(16)).min(body.len());
                let copy = body[at..to].to_vec();
                body.splice(at..at, copy);
            }
        }
    }
    body
}

/// More rounds than an honest store ever takes.
const ROUNDS: usize = 2_000;

fn satisfied(host: &mut Host, runtime: &mut Runtime, rounds: &mut usize) -> Result<()> {
    *rounds += 1;
    assert!(*rounds < ROUNDS, "it never gets what it needs");
    host.satisfy(runtime)
}

/// Opens a store, reads all of it, regroups it and writes to it.
fn use_all_of(host: &mut Host) -> Result<()> {
    let mut rounds = 0;
    let id = RuntimeId::new(ID).expect("a valid id");
    let (gte, lt) = root_range();
    let need = Need { gte: gte.into(), lt: lt.into(), limit: None };
    let root = RootRecord::read(&id, &host.read(&need))?;
    let mut runtime = Runtime::from_root(root, options())?;
    let (head, to) = (host.head.expect("a head"), host.token());
    let ops = runtime.take_over(head, to);
    host.commit(to, ops);
    runtime.merge_open();
    while !runtime.restore(false)? {
        satisfied(host, &mut runtime, &mut rounds)?;
    }

    runtime.summary();
    runtime.diagnostics();
    for worker in runtime.list_workers().into_iter().take(50) {
        let number = worker.worker_id.number();
        for start in [0, worker.transcript_len / 2, worker.transcript_len.saturating_sub(20)] {
            while runtime.visit_transcript(number, start, 20, |_| {})? == Page::Needs {
                satisfied(host, &mut runtime, &mut rounds)?;
            }
        }
    }
    let end = runtime.event_cursor_now().next_event_id;
    for first in [1, end / 2, end.saturating_sub(20)] {
        while runtime.visit_events(first, 20, |_| {})? == Page::Needs {
            satisfied(host, &mut runtime, &mut rounds)?;
        }
    }
    for at in 0..20 {
        let command = Command::CreateWorker(CreateWorkerRequest::default());
        runtime.begin();
        let _ = runtime.execute(&command, None, at);
        host.commit_open(&mut runtime);
        // Records may contradict each other: regrouping comes to its end all the same, or is refused and asked for no more.
        let mut merging = Ok(());
        while runtime.regrouping(true) != Regrouping::None {
            rounds += 1;
            assert!(rounds < ROUNDS, "regrouping has no end");
            let to = host.token();
            let step = match runtime.regroup(to, true) {
                Ok(Some(ops)) => {
                    host.commit(to, ops);
                    runtime.merge_open();
                    Ok(())
                }
                Ok(None) => host.satisfy(&mut runtime),
                Err(error) => Err(error),
            };
            merging = merging.and(step);
        }
        merging?;
    }
    Ok(())
}

#[test]
fn forged_records_are_refused_or_read() {
    let seed: u64 = match std::env::var("FORGERY_SEED") {
        Ok(text) => text.parse().expect("FORGERY_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), ID),
    };
    let cases: usize = std::env::var("FORGERY_CASES").map_or(600, |text| text.parse().expect("a number"));
    println!("FORGERY_SEED={seed}");
    let mut random = Random(seed);
    let (mut refused, mut read) = (0, 0);
    let mut whole = store(&mut random);
    use_all_of(&mut whole.clone()).expect("a whole store");
    for case in 0..cases {
        if case % 200 == 199 {
            whole = store(&mut random);
        }
        let keys: Vec<_> = whole.records.keys().cloned().collect();
        // Every kind of record is as likely as any other, however many there are.
        let kinds = ["c/", "d/", "r/", "t/", "e/", "w/", "o/", "b/", "root"];
        let kind = kinds[random.below(kinds.len())];
        let of_kind: Vec<_> = keys.iter().filter(|key| key.starts_with(kind)).collect();
        if of_kind.is_empty() {
            continue;
        }
        let key = of_kind[random.below(of_kind.len())];
        let value = &whole.records[key];
        let body = forged(&mut random, &value[ENVELOPE..]);
        let mut host = whole.clone();
        host.records.insert(key.clone(), sealed(key, value, &body));
        match catch_unwind(AssertUnwindSafe(|| use_all_of(&mut host))) {
            Ok(Ok(())) => read += 1,
            Ok(Err(error)) => {
                assert!(error.code().starts_with("storage_"), "{key}: {error}, FORGERY_SEED={seed}");
                refused += 1;
            }
            Err(_) => panic!("case {case}, {key}: FORGERY_SEED={seed}"),
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > read, "hardly anything was noticed: {refused} refused, {read} read");
}

/// Worker tables that do not fit the runs: what is merged by them never comes to anything.
#[test]
fn every_number_of_a_worker_table() {
    let (mut refused, mut read) = (0, 0);
    for seed in 0..8 {
        let whole = store(&mut Random(seed));
        for (key, value) in whole.records.iter().filter(|(key, _)| key.starts_with("d/")) {
            let body = &value[ENVELOPE..];
            for (place, byte) in body.iter().enumerate() {
                for other in [byte.wrapping_add(1), byte.wrapping_sub(1), 0, 0x7f].map(|other| other & 0x7f) {
                    let mut forged = body.to_vec();
                    forged[place] = other;
                    let mut host = whole.clone();
                    host.records.insert(key.clone(), sealed(key, value, &forged));
                    match use_all_of(&mut host) {
                        Ok(()) => read += 1,
                        Err(error) => {
                            assert!(error.code().starts_with("storage_"), "{key}: {error}");
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > 100 && read > 100, "{refused} refused, {read} read");
}
