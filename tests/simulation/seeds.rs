//! Many seeds on all processors; a failing one tells how it is run again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::counts::Counts;
use crate::trace::Tracing;
use crate::world::World;

/// A run of many seeds ends early where this many fail.
const MOST_FAILURES: usize = 5;

/// What happens so seldom that only many seeds are sure to meet it.
const RARE: &[&str] = &["waited_for_regrouping"];

pub(crate) fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is not a number")),
        Err(_) => default,
    }
}

pub(crate) fn one() -> Option<u64> {
    std::env::var("SIMULATION_SEED").ok().map(|_| number("SIMULATION_SEED", 0))
}

/// How many seeds are run; an unoptimised build runs fewer.
pub(crate) fn seeds(debug: u64, release: u64) -> u64 {
    number("SIMULATION_SEEDS", if cfg!(debug_assertions) { debug } else { release })
}

pub(crate) fn operations() -> usize {
    number("SIMULATION_OPERATIONS", 500) as usize
}

/// How a seed of a test is run again.
pub(crate) fn again(test: &str, seed: u64, operations: usize) -> String {
    format!(
        "SIMULATION_SEED={seed} SIMULATION_OPERATIONS={operations} \
         cargo test --release --test simulation {test} -- --nocapture"
    )
}

/// Runs `run` for every number below `count` on all processors; where some fail, `again` tells how they are run again.
pub(crate) fn run_all(
    count: u64,
    run: impl Fn(u64) -> Counts + Sync,
    again: impl Fn(u64) -> String,
) -> Counts {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Counts::default());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mut counts = Counts::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || failed.lock().expect("a lock").len() >= MOST_FAILURES {
                        break;
                    }
                    match catch_unwind(AssertUnwindSafe(|| run(number))) {
                        Ok(found) => counts.add(&found),
                        Err(_) => failed.lock().expect("a lock").push(number),
                    }
                }
                total.lock().expect("a lock").add(&counts);
            });
        }
    });
    let failed = failed.into_inner().expect("a lock");
    let again: Vec<_> = failed.iter().map(|number| again(*number)).collect();
    assert!(failed.is_empty(), "{} failed; run again with\n{}", failed.len(), again.join("\n"));
    total.into_inner().expect("a lock")
}

fn run(seed: u64, operations: usize, tracing: Tracing) -> (u64, Counts) {
    let mut world = World::new(seed, tracing);
    (world.run(operations), world.cx.counts)
}

/// Seeds that have found something which hardly any other meets. 13246: urgent merges before a mutation that had no room.
const TELLING: &[u64] = &[13246];

#[test]
fn telling_seeds() {
    for &seed in TELLING {
        run(seed, 500, Tracing::Off);
    }
}

#[test]
fn seeds_of_faults() {
    let operations = operations();
    if let Some(seed) = one() {
        let is_shown = number("SIMULATION_TRACE", 0) > 0;
        let mut world = World::new(seed, if is_shown { Tracing::Shown } else { Tracing::Hashed });
        let hash = world.run(operations);
        let counts = world.cx.counts;
        println!("seed {seed} with {operations} operations: trace {hash:016x}\n{counts}");
        return;
    }
    let count = seeds(300, 20_000);
    let started = Instant::now();
    let counts = run_all(
        count,
        |seed| run(seed, operations, Tracing::Off).1,
        |seed| again("seeds_of_faults", seed, operations),
    );
    let seconds = started.elapsed().as_secs_f64();
    println!("{count} seeds in {seconds:.1} s, {:.0} a second\n{counts}", count as f64 / seconds);
    for (name, happened) in counts.all() {
        // Fewer seeds need not meet everything.
        let enough = if RARE.contains(&name) { 3_000 } else { 300 };
        assert!(happened > 0 || count < enough, "nothing of this happened: {name}");
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in (0..20).map(|seed| seed * 977) {
        let (hash, counts) = run(seed, 300, Tracing::Hashed);
        assert_eq!(run(seed, 300, Tracing::Hashed).0, hash, "seed {seed}");
        let untraced = run(seed, 300, Tracing::Off).1;
        assert_eq!(untraced.all(), counts.all(), "seed {seed} without a trace");
    }
}
