//! What a store costs as it grows: bytes written and at rest, records and bytes read by an opening and by a page.
//!
//! `cargo bench --bench growth [-- entries workers]`

#[path = "../tests/host/mod.rs"]
mod host;

use std::time::Instant;

use host::{Host, worker};
use worker_runtime::storage::{Page, Regrouping, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, TranscriptRole};

const CONTENT: usize = 200;
/// How many commands share a commit.
const TOGETHER: u64 = 200;

fn measure(entries: u64, workers: u32) {
    let mut host = Host::default();
    let mut runtime = host.create("growth", StoreOptions::default());
    let started = Instant::now();
    for _ in 0..workers {
        runtime.begin();
        runtime.execute(&Command::CreateWorker(CreateWorkerRequest::default()), None, 1).expect("accepted");
        host.commit_open(&mut runtime);
    }
    let created = host.written;
    let (mut steps, mut longest) = (0, 0);
    for entry in 0..entries {
        let content = format!("{entry:0width$}", width = CONTENT);
        let worker = worker(&runtime, 1 + (entry % u64::from(workers)) as u32);
        let command = Command::Interact { worker, role: TranscriptRole::User, content };
        runtime.execute(&command, None, 1_700_000_000_000 + entry).expect("accepted");
        if entry % TOGETHER == TOGETHER - 1 || entry + 1 == entries {
            host.commit_open(&mut runtime);
            while runtime.regrouping(false) != Regrouping::None {
                let before = host.written;
                host.regroup(&mut runtime, false).expect("a whole store");
                (steps, longest) = (steps + 1, longest.max(host.written - before));
            }
        }
    }
    let content = (entries as usize * CONTENT) as f64;
    let life = (host.written - created) as f64 / content;
    let append = started.elapsed();
    let open = |host: &mut Host| {
        let (reads, read_bytes) = (host.reads, host.read_bytes);
        let started = Instant::now();
        let runtime = host.open("growth", StoreOptions::default()).expect("a whole store");
        (runtime, host.reads - reads, host.read_bytes - read_bytes, started.elapsed())
    };
    let page = |host: &mut Host, runtime: &mut worker_runtime::Runtime| {
        let len = entries / u64::from(workers);
        let reads = host.reads;
        while runtime
            .visit_transcript(workers.div_ceil(2), len / 2, 256.min(len - len / 2), |_| {})
            .expect("whole")
            == Page::Needs
        {
            host.satisfy(runtime).expect("whole");
        }
        host.reads - reads
    };
    let (mut unsettled, ..) = open(&mut host);
    let before = page(&mut host, &mut unsettled);
    let mut idle_steps = 0;
    while host.regroup(&mut unsettled, true).expect("a whole store") {
        idle_steps += 1;
    }
    let settled = (host.written - created) as f64 / content;
    let rest =
        host.records.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() as f64 / content;
    let (mut reopened, reads, bytes, time) = open(&mut host);
    let after = page(&mut host, &mut reopened);
    println!(
        "{entries:>8} {workers:>6}  {life:>5.2} {settled:>7.2} {rest:>6.2}  {steps:>6} {longest:>8} {idle_steps:>5}  {reads:>6} {bytes:>9} {time:>9.1?}  {before:>6} {after:>6}  {:>7.2} µs",
        append.as_secs_f64() * 1e6 / entries as f64
    );
}

fn main() {
    println!(
        " entries workers  written/content: life settled rest  regroup: steps largest idle  open: records bytes time  page: before settled  append"
    );
    let args: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    if let [entries, workers] = args[..] {
        measure(entries, workers as u32);
        return;
    }
    for (entries, workers) in
        [(1_000, 10), (10_000, 100), (100_000, 1000), (1_000_000, 1000), (1_000_000, 1), (100_000, 10_000)]
    {
        measure(entries, workers);
    }
}
