//! The runtime beside a naive model of it: the same random calls, and everything visible compared after each.

#![cfg(not(target_arch = "wasm32"))]

mod calls;
mod driver;
mod naive;
mod seen;

use proptest::collection::vec;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// Runs `cases` drawn from a fresh seed, or from the one in `MODEL_SEED`; a failure tells the seed and the smallest
/// input that still fails.
fn check(cases: u32, lengths: std::ops::Range<usize>) {
    let seed: u64 = match std::env::var("MODEL_SEED") {
        Ok(text) => text.parse().expect("MODEL_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), cases),
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let inputs = (calls::limits(), vec(calls::call(), lengths));
    let outcome = TestRunner::new_with_rng(config, rng)
        .run(&inputs.prop_map(Inputs), |Inputs((limits, calls))| driver::drive(limits, &calls));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{reason}\nsmallest input: {input:#?}\nrun again with MODEL_SEED={seed}")
        }
        Err(TestError::Abort(reason)) => panic!("{reason}\nrun again with MODEL_SEED={seed}"),
    }
}

#[derive(Clone, Debug)]
struct Inputs((worker_runtime::RuntimeLimits, Vec<calls::Call>));

#[test]
fn the_runtime_does_what_the_model_does_in_short_lives() {
    check(3_000, 1..24);
}

#[test]
fn the_runtime_does_what_the_model_does_in_long_lives() {
    check(50, 100..300);
}
