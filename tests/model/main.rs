//! The runtime beside a naive model of it: the same random calls, and everything visible compared after each.

#![cfg(not(target_arch = "wasm32"))]

mod calls;
mod driver;
mod naive;
mod seen;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestError, TestRng, TestRunner};

/// Runs `cases` drawn from a fresh seed, or from the one in `MODEL_SEED`; a failure tells the seed and the smallest
/// input that still fails.
fn check<S: Strategy>(cases: u32, inputs: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let seed: u64 = match std::env::var("MODEL_SEED") {
        Ok(text) => text.parse().expect("MODEL_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), cases),
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    match TestRunner::new_with_rng(config, rng).run(&inputs, test) {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{reason}\nsmallest input: {input:#?}\nrun again with MODEL_SEED={seed}")
        }
        Err(TestError::Abort(reason)) => panic!("{reason}\nrun again with MODEL_SEED={seed}"),
    }
}

#[test]
fn the_runtime_does_what_the_model_does_in_short_lives() {
    let inputs = (calls::limits(), vec(calls::call(), 1..24));
    check(3_000, inputs, |(limits, calls)| driver::one_by_one(limits, &calls));
}

#[test]
fn the_runtime_does_what_the_model_does_in_long_lives() {
    let inputs = (calls::limits(), vec(calls::call(), 100..300));
    check(40, inputs, |(limits, calls)| driver::one_by_one(limits, &calls));
}

#[test]
fn the_runtime_does_in_transactions_what_the_model_does_one_by_one() {
    let transaction = (vec(calls::call(), 0..12), any::<bool>());
    let inputs = (calls::limits(), vec(transaction, 1..12));
    check(700, inputs, |(limits, transactions)| driver::in_transactions(limits, &transactions));
}
