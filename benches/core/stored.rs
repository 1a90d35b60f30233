//! A runtime on a store that keeps records in memory.

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use worker_runtime::storage::{Page, Regrouping, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Runtime, TranscriptRole};

use super::host::{Host, worker};
use super::workload::{AT, PAGE, content};

/// As many commands as share a commit at most.
const TOGETHER: u64 = 256;

/// Inputs as many as share a commit, from entry `from` on, of Workers in turn.
fn inputs(runtime: &Runtime, from: u64, workers: u64) -> Vec<Command> {
    let input = |entry| Command::Interact {
        worker: worker(runtime, 1 + (entry % workers) as u32),
        role: TranscriptRole::User,
        content: content(entry),
    };
    (from..from + TOGETHER).map(input).collect()
}

/// Executes and commits them together.
fn commit(host: &mut Host, runtime: &mut Runtime, commands: &[Command]) {
    for command in commands {
        runtime.execute(command, None, AT).expect("accepted");
    }
    host.commit_open(runtime);
}

/// A store with Workers and entries; regrouped as a host does it between commits, and to the end where `settled`.
fn stored(workers: u64, entries: u64, settled: bool) -> (Host, Runtime) {
    let mut host = Host::default();
    let mut runtime = host.create("bench", StoreOptions::default());
    for _ in 0..workers {
        let create = Command::CreateWorker(CreateWorkerRequest::default());
        runtime.execute(&create, None, AT).expect("accepted");
    }
    host.commit_open(&mut runtime);
    for from in (0..entries).step_by(TOGETHER as usize) {
        let inputs = inputs(&runtime, from, workers);
        commit(&mut host, &mut runtime, &inputs);
        while runtime.regrouping(false) != Regrouping::None {
            host.regroup(&mut runtime, false).expect("a whole store");
        }
    }
    if settled {
        while host.regroup(&mut runtime, true).expect("a whole store") {}
    }
    (host, runtime)
}

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("storage");
    group.throughput(Throughput::Elements(TOGETHER));
    group.bench_function("execute, finish and merge 256 inputs", |bencher| {
        bencher.iter_batched_ref(
            || {
                let (host, runtime) = stored(100, 0, false);
                let inputs = inputs(&runtime, 0, 100);
                (host, runtime, inputs)
            },
            |(host, runtime, inputs)| commit(host, runtime, inputs),
            BatchSize::SmallInput,
        );
    });

    let (mut host, _) = stored(1_000, 256_000, true);
    group.throughput(Throughput::Elements(PAGE));
    let mut turn = 0_u32;
    group.bench_function("cold transcript page", |bencher| {
        let options = StoreOptions { cache_bytes: 0, ..StoreOptions::default() };
        let mut reader = host.open("bench", options).expect("a whole store");
        bencher.iter(|| {
            turn += 1;
            while reader.visit_transcript(1 + turn % 1_000, 0, PAGE, |_| {}).expect("whole") == Page::Needs {
                host.satisfy(&mut reader).expect("whole");
            }
        });
    });
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("restore 1,000 Workers, settled", |bencher| {
        bencher.iter_batched(
            || host.clone(),
            |mut host| host.open("bench", StoreOptions::default()).expect("a whole store"),
            BatchSize::PerIteration,
        );
    });

    let (mut host, mut runtime) = stored(1_000, 64_000, false);
    let mut from = 0;
    group.throughput(Throughput::Elements(1));
    group.bench_function("a step of regrouping", |bencher| {
        bencher.iter_custom(|steps| {
            let mut spent = Duration::ZERO;
            for _ in 0..steps {
                while runtime.regrouping(false) == Regrouping::None {
                    let inputs = inputs(&runtime, from, 1_000);
                    from += TOGETHER;
                    commit(&mut host, &mut runtime, &inputs);
                }
                let started = Instant::now();
                host.regroup(&mut runtime, false).expect("a whole store");
                spent += started.elapsed();
            }
            spent
        });
    });
    group.finish();
}
