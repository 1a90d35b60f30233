//! What a store costs as it grows: bytes written and at rest, records and bytes read by an opening and by a page.
//!
//! `cargo bench --bench growth [-- entries workers [pause]]`: with a pause after each so many entries, in which the store is
//! regrouped as far as an idle runtime does.

#[path = "../tests/host/mod.rs"]
mod host;

use std::time::{Duration, Instant};

use host::{Host, worker};
use worker_runtime::storage::{Page, Regrouping, StoreOptions};
use worker_runtime::{Command, CreateWorkerRequest, Runtime, TranscriptRole};

const CONTENT: usize = 200;
/// Entries of a page.
const PAGE: u64 = 256;
/// How many pages are read at a time to find the one that reads most.
const SAMPLES: u64 = 64;
/// How many commands share a commit.
const TOGETHER: u64 = 200;
const NO_PAUSE: u64 = u64::MAX;

fn measure(entries: u64, workers: u32, pause: u64) {
    let mut host = Host::default();
    let mut runtime = host.create("growth", StoreOptions::default());
    for _ in 0..workers {
        runtime.begin();
        runtime.execute(&Command::CreateWorker(CreateWorkerRequest::default()), None, 1).expect("accepted");
        host.commit_open(&mut runtime);
    }
    let created = host.written;
    let (mut steps, mut longest) = (0, 0);
    let mut appending = Duration::ZERO;
    let mut together = Vec::new();
    for entry in 0..entries {
        let content = format!("{entry:0width$}", width = CONTENT);
        let worker = worker(&runtime, 1 + (entry % u64::from(workers)) as u32);
        let command = Command::Interact { worker, role: TranscriptRole::User, content };
        together.push((command, 1_700_000_000_000 + entry));
        let is_pause = (entry + 1) % pause == 0;
        if !is_pause && entry % TOGETHER != TOGETHER - 1 && entry + 1 != entries {
            continue;
        }
        let started = Instant::now();
        for (command, now) in &together {
            runtime.execute(command, None, *now).expect("accepted");
        }
        host.commit_open(&mut runtime);
        for idle in [false, true] {
            while (is_pause || !idle) && runtime.regrouping(idle) != Regrouping::None {
                let before = host.written;
                host.regroup(&mut runtime, idle).expect("a whole store");
                (steps, longest) = (steps + 1, longest.max(host.written - before));
            }
        }
        appending += started.elapsed();
        together.clear();
    }
    let content = (entries as usize * CONTENT) as f64;
    let life = (host.written - created) as f64 / content;
    let open = |host: &mut Host| {
        let (reads, read_bytes) = (host.reads, host.read_bytes);
        let started = Instant::now();
        let runtime = host.open("growth", StoreOptions::default()).expect("a whole store");
        (runtime, host.reads - reads, host.read_bytes - read_bytes, started.elapsed())
    };
    let len = entries / u64::from(workers);
    let page = |host: &mut Host, runtime: &mut Runtime| {
        page(host, runtime, workers.div_ceil(2), len / 2, PAGE.min(len - len / 2))
    };
    let (mut unsettled, ..) = open(&mut host);
    let before = page(&mut host, &mut unsettled);
    let settling = settle(&mut host, entries, workers);
    let idle_steps = settling.steps;
    let settled = (host.written - created) as f64 / content;
    let rest =
        host.records.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() as f64 / content;
    let (mut reopened, reads, bytes, time) = open(&mut host);
    let after = page(&mut host, &mut reopened);
    println!(
        "{entries:>8} {workers:>6}  {life:>5.2} {settled:>7.2} {rest:>6.2}  {steps:>6} {longest:>8} {idle_steps:>5}  {reads:>6} {bytes:>9} {time:>9.1?}  {before:>6} {after:>6}  {:>7.2} µs",
        appending.as_secs_f64() * 1e6 / entries as f64
    );
    println!("          {settling}");
}

/// Records that a page reads.
fn page(host: &mut Host, runtime: &mut Runtime, worker: u32, start: u64, len: u64) -> usize {
    let reads = host.reads;
    while runtime.visit_transcript(worker, start, len, |_| {}).expect("whole") == Page::Needs {
        host.satisfy(runtime).expect("whole");
    }
    host.reads - reads
}

/// What it takes until a store that is written to no more is settled, and what pages read until then.
#[derive(Default)]
struct Settling {
    steps: usize,
    written: usize,
    read: usize,
    /// What the core took.
    time: Duration,
    /// The most records that a page read before, on the way and after.
    pages: [usize; 3],
}

impl std::fmt::Display for Settling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mebibytes = |bytes: usize| bytes as f64 / 1024.0 / 1024.0;
        let Self { steps, written, read, time, pages: [before, under_way, after] } = self;
        write!(
            f,
            "settling: {steps} steps, {:.1} MiB read, {:.1} MiB written, {time:.0?} in the core; \
             records of a cold page, at most: {before} before, {under_way} on the way, {after} settled",
            mebibytes(*read),
            mebibytes(*written),
        )
    }
}

/// Lets an idle runtime regroup until there is nothing to do, and reads cold pages all over the store meanwhile.
fn settle(host: &mut Host, entries: u64, workers: u32) -> Settling {
    let options = StoreOptions { cache_bytes: 0, ..StoreOptions::default() };
    let mut runtime = host.open("growth", options).expect("a whole store");
    let len = entries / u64::from(workers);
    let count = PAGE.min(len);
    let pages = |host: &mut Host, runtime: &mut Runtime| {
        let (reads, read_bytes) = (host.reads, host.read_bytes);
        let most = (0..SAMPLES).map(|sample| {
            let worker = 1 + (u64::from(workers) * sample / SAMPLES) as u32;
            // What was said last is regrouped last: all over the rest, in no order.
            let start = (len - count) * 3 / 4 * (sample * 7 % SAMPLES) / SAMPLES;
            page(host, runtime, worker, start, count)
        });
        let most = most.max().unwrap_or(0);
        (host.reads, host.read_bytes) = (reads, read_bytes);
        most
    };
    let mut settling = Settling::default();
    settling.pages[0] = pages(host, &mut runtime);
    let (written, read_bytes) = (host.written, host.read_bytes);
    loop {
        let started = Instant::now();
        if !host.regroup(&mut runtime, true).expect("a whole store") {
            break;
        }
        settling.steps += 1;
        settling.time += started.elapsed();
        if settling.steps % 16 == 0 {
            settling.pages[1] = settling.pages[1].max(pages(host, &mut runtime));
        }
    }
    settling.written = host.written - written;
    settling.read = host.read_bytes - read_bytes;
    settling.pages[2] = pages(host, &mut runtime);
    settling
}

fn main() {
    println!(
        " entries workers  written/content: life settled rest  regroup: steps largest idle  open: records bytes time  page: before settled  append"
    );
    let args: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    if let [entries, workers, ref pause @ ..] = args[..] {
        measure(entries, workers as u32, pause.first().copied().unwrap_or(NO_PAUSE));
        return;
    }
    for (entries, workers) in
        [(1_000, 10), (10_000, 100), (100_000, 1000), (1_000_000, 1000), (1_000_000, 1), (100_000, 10_000)]
    {
        measure(entries, workers, NO_PAUSE);
    }
}
