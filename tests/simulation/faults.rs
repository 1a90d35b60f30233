//! How a run goes wrong: each seed draws which faults there are and how often, so that some runs are quiet, some suffer
//! one fault alone, and some everything at once.

use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{RuntimeLimits, RuntimeOptions};

use crate::random::Random;

/// A rate of something that always happens.
const ALWAYS: usize = 1000;

/// The character of one run. Rates are in thousandths, weights relative to each other.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    pub(crate) actors: usize,
    pub(crate) rejected: usize,
    pub(crate) unknown_before: usize,
    pub(crate) unknown_after: usize,
    pub(crate) never: usize,
    pub(crate) failed_read: usize,
    pub(crate) twice: usize,
    pub(crate) timeouts: usize,
    pub(crate) runtime_crashes: usize,
    pub(crate) host_crashes: usize,
    pub(crate) store_crashes: usize,
    pub(crate) freezes: usize,
    pub(crate) deletions: usize,
    pub(crate) rivalry: usize,
    pub(crate) closes: usize,
    pub(crate) withdrawals: usize,
    pub(crate) reads: usize,
    /// How many commands a caller issues at once, at the most.
    pub(crate) burst: usize,
    pub(crate) workers: usize,
    /// How much of the text is long.
    pub(crate) long_texts: usize,
    pub(crate) stops: usize,
    /// How often a runtime for which nobody waits regroups; the package always does.
    pub(crate) eager: usize,
    /// What the runtime is created with.
    pub(crate) runtime: RuntimeOptions,
    options: Vec<StoreOptions>,
}

impl Faults {
    pub(crate) fn drawn(random: &mut Random) -> Self {
        let calm = random.chance(100);
        let mut rate = |most: usize| if calm || random.chance(400) { 0 } else { 1 + random.below(most) };
        let mut faults = Self {
            never: rate(50),
            rejected: rate(100),
            unknown_before: rate(100),
            unknown_after: rate(100),
            failed_read: rate(15),
            twice: rate(200),
            timeouts: rate(16),
            runtime_crashes: rate(6),
            host_crashes: rate(5),
            store_crashes: rate(5),
            freezes: rate(8),
            deletions: rate(30) / 15,
            rivalry: rate(10),
            closes: rate(4),
            withdrawals: rate(20),
            ..Self::none()
        };
        faults.actors = if calm { 1 } else { 1 + random.below(3) };
        faults.reads = 10 + random.below(150);
        faults.burst = 1 + random.below(6);
        faults.workers = if random.chance(850) { 1 + random.below(8) } else { 10 + random.below(30) };
        faults.long_texts = random.below(200);
        faults.stops = if random.chance(30) { 2 } else { 0 };
        faults.eager = if random.chance(500) { ALWAYS } else { random.below(ALWAYS) };
        faults.runtime = drawn_runtime(random);
        faults.options = drawn_options(random);
        faults
    }

    /// Nothing goes wrong.
    pub(crate) fn none() -> Self {
        Self {
            actors: 1,
            rejected: 0,
            unknown_before: 0,
            unknown_after: 0,
            never: 0,
            failed_read: 0,
            twice: 0,
            timeouts: 0,
            runtime_crashes: 0,
            host_crashes: 0,
            store_crashes: 0,
            freezes: 0,
            deletions: 0,
            rivalry: 0,
            closes: 0,
            withdrawals: 0,
            reads: 20,
            burst: 3,
            workers: 4,
            long_texts: 60,
            stops: 0,
            eager: 500,
            runtime: RuntimeOptions::default(),
            options: vec![StoreOptions { cache_bytes: 1 << 20, sizes: Sizes::tiny() }],
        }
    }

    /// Whether runtimes regroup when the package does, and not at other times.
    pub(crate) fn is_as_packaged(&self) -> bool {
        self.eager == ALWAYS
    }

    /// The faults end; everything else stays as it is.
    pub(crate) fn ended(&self) -> Self {
        let Self { reads, burst, workers, long_texts, eager, runtime, options, .. } = self.clone();
        Self { reads, burst, workers, long_texts, eager, runtime, options, ..Self::none() }
    }

    /// The store is used in one way.
    pub(crate) fn with(self, options: StoreOptions) -> Self {
        Self { options: vec![options], ..self }
    }

    /// How much of what was committed last any of the runtimes leaves for an opening to read.
    pub(crate) fn tail_bytes(&self) -> usize {
        self.options.iter().map(|options| options.sizes.tail_bytes).max().unwrap_or(0)
    }

    /// How a runtime uses its store: not each of them in the same way.
    pub(crate) fn options(&self, random: &mut Random) -> StoreOptions {
        *random.pick(&self.options)
    }
}

/// A name that is short, long, or none.
fn drawn_runtime(random: &mut Random) -> RuntimeOptions {
    let display_name = match random.below(4) {
        0 => None,
        1 => Some("ﾜ".repeat(342 + random.below(600))),
        _ => Some(format!("runtime {}", random.below(1000))),
    };
    let mut limit = || random.next() >> (11 + random.below(53));
    let (max_transcript_projection_items, max_event_batch_items) = (limit(), limit());
    let limits = RuntimeLimits { max_transcript_projection_items, max_event_batch_items };
    RuntimeOptions { display_name, limits }
}

/// Sizes at which everything happens within a few hundred operations; one way of using the store for each of several
/// runtimes, which agree on how large a record is.
fn drawn_options(random: &mut Random) -> Vec<StoreOptions> {
    let part_bytes = *random.pick(&[128, 256, 600]);
    let much = if random.chance(300) { 4 } else { 1 };
    let mut drawn = || {
        let flush_bytes = much * (150 + random.below(700));
        let settled_bytes = 40 + random.below(200);
        // A step must be worth more than one record besides what it settles, to get anywhere.
        let least_step = (part_bytes + part_bytes.max(settled_bytes)) as u64;
        let sizes = Sizes {
            part_bytes,
            inline_bytes: 30 + random.below(part_bytes / 2),
            flush_bytes,
            flush_chunks: much * (1 + random.below(12)),
            urgent_bytes: flush_bytes * (1 + random.below(3)),
            tail_bytes: 1200 + random.below(much * 1200),
            batch_bytes: random.below(200),
            receipt_batches: 1 + random.below(4),
            fan_out: 2 + random.below(3),
            idle_runs: 1 + random.below(3),
            settled_bytes,
            step_bytes: least_step + random.below(600) as u64,
        };
        StoreOptions { cache_bytes: *random.pick(&[0, 300, 3000, 1 << 20]), sizes }
    };
    vec![drawn(), drawn()]
}
