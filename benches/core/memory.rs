//! A runtime in memory.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use worker_runtime::{
    CreateWorkerRequest, InputKind, Runtime, RuntimeId, RuntimeOptions, TranscriptQuery, WorkerInput,
    WorkerRef,
};

use super::workload::{AT, PAGE, content};

const TOGETHER: u64 = 1_000;

fn input(number: u64) -> WorkerInput {
    WorkerInput { kind: InputKind::User, content: content(number) }
}

/// A runtime in memory with Workers and entries, round-robin.
fn in_memory(workers: u64, entries: u64) -> (Runtime, Vec<WorkerRef>) {
    let id = RuntimeId::new("bench").expect("a valid id");
    let mut runtime = Runtime::new(id, RuntimeOptions::default(), AT).expect("valid options");
    let refs: Vec<_> = (0..workers)
        .map(|_| runtime.create_worker(&CreateWorkerRequest::default(), AT).expect("accepted").worker_ref)
        .collect();
    for entry in 0..entries {
        let worker = &refs[(entry % workers) as usize];
        runtime.send_input(worker, &input(entry), AT).expect("accepted");
    }
    (runtime, refs)
}

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    let inputs: Vec<_> = (0..TOGETHER).map(input).collect();
    group.throughput(Throughput::Elements(TOGETHER));
    group.bench_function("execute and merge 1,000 inputs", |bencher| {
        bencher.iter_batched_ref(
            || in_memory(100, 1_000),
            |(runtime, refs)| {
                for (number, input) in inputs.iter().enumerate() {
                    runtime.send_input(&refs[number % refs.len()], black_box(input), AT).expect("accepted");
                }
            },
            BatchSize::LargeInput,
        );
    });
    let (runtime, refs) = in_memory(1, 10_000);
    group.throughput(Throughput::Elements(PAGE));
    group.bench_function("transcript page", |bencher| {
        let query = TranscriptQuery { start: 4_000, limit: PAGE };
        bencher.iter(|| runtime.transcript_projection(&refs[0], black_box(query)).expect("within limits"));
    });
    let cursor = runtime.event_cursor_from_start();
    group.bench_function("events page", |bencher| {
        bencher.iter(|| runtime.read_events(&cursor, black_box(PAGE)).expect("within limits"));
    });
    group.finish();
}
