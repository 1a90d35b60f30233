//! What a merge reads: about as much as it writes, a small part at a time.

use std::collections::BTreeSet;

use worker_runtime::storage::{Regrouping, Sizes, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Runtime, TranscriptRole};

use crate::host::{Host, run, worker};

/// A tenth of the usual sizes.
fn sizes() -> Sizes {
    Sizes {
        part_bytes: 4_800,
        inline_bytes: 1_600,
        flush_bytes: 25_600,
        flush_chunks: 10_000,
        urgent_bytes: 25_600,
        settled_bytes: 4_000,
        step_bytes: 19_200,
        ..Sizes::default()
    }
}

/// A store of so many runs, none of them merged.
fn runs(count: usize, workers: u32, store: StoreOptions) -> (Host, Runtime) {
    let mut host = Host::default();
    let mut runtime = host.create("r", store);
    for at in 0..workers {
        let create = Command::CreateWorker(CreateWorkerRequest::default());
        run(&mut host, &mut runtime, &create, u64::from(at)).expect("a Worker");
    }
    let (mut runs, mut said) = (0, 0u32);
    while runs < count {
        runtime.begin();
        for _ in 0..20 {
            let worker = worker(&runtime, 1 + said % workers);
            let command = Command::Interact { worker, role: TranscriptRole::User, content: "x".repeat(60) };
            runtime.execute(&command, None, 7).expect("accepted");
            said += 1;
        }
        host.commit_open(&mut runtime);
        if runtime.regrouping(false) == Regrouping::Urgent {
            host.regroup(&mut runtime, false).expect("a whole store");
            runs += 1;
        }
    }
    (host, runtime)
}

/// Runs of which a commit deletes records.
fn consumed(ops: &[(String, Option<Vec<u8>>)]) -> impl Iterator<Item = String> + '_ {
    let deleted = ops.iter().filter(|(key, value)| key.starts_with("r/") && value.is_none());
    deleted.filter_map(|(key, _)| key.split('/').nth(1)).map(str::to_owned)
}

#[test]
fn a_merge_reads_what_it_writes_and_a_little_at_a_time() {
    let sizes = sizes();
    let most = sizes.step_bytes.div_ceil(sizes.part_bytes as u64);
    for (workers, cache_bytes) in [(1, 0), (1, 1 << 20), (50, 0), (50, 1 << 20), (700, 0), (700, 1 << 20)] {
        let (mut host, mut runtime) = runs(60, workers, StoreOptions { cache_bytes, sizes });
        let (read_before, written_before) = (host.read_bytes, host.written);
        let (mut commits, mut rounds, mut inputs) = (0, 0, BTreeSet::new());
        while runtime.regrouping(false) != Regrouping::None {
            let to = host.token();
            match runtime.regroup(to, false).expect("a whole store") {
                Some(ops) => {
                    let is_end = ops.clone().into_vec().iter().any(|(key, value)| {
                        key.starts_with("d/") && value.is_none() && inputs.iter().any(|run| key.contains(run))
                    });
                    inputs.extend(consumed(&ops.clone().into_vec()));
                    assert!(inputs.len() <= sizes.fan_out, "{} runs at once", inputs.len());
                    if is_end {
                        inputs.clear();
                    }
                    host.commit(to, ops);
                    runtime.merge_open();
                    commits += 1;
                }
                None => {
                    let (_, needs) = runtime.needs();
                    let asked: u64 = needs.iter().map(|need| need.limit.expect("a limit")).sum();
                    assert!((1..=most).contains(&asked), "{asked} records are asked for at once");
                    host.satisfy(&mut runtime).expect("a whole store");
                    rounds += 1;
                }
            }
        }
        let (read, written) = (host.read_bytes - read_before, host.written - written_before);
        println!(
            "{workers:>4} Workers, a cache of {cache_bytes:>7}: {read} bytes read in {rounds} rounds, {written} written in \
             {commits} commits"
        );
        assert!(read as f64 <= 1.3 * written as f64, "{read} bytes are read, {written} written");
        assert!(written as u64 / commits >= sizes.step_bytes / 2, "{commits} commits for {written} bytes");
    }
}
