//! Damaged stores: whatever is done to their records, opening and reading refuse with the right words or give the truth.

use std::rc::Rc;

use worker_runtime::storage::StoreOptions;
use worker_runtime::{Command, CreateWorkerRequest, Error, ErrorDetail, Result, Runtime};

use crate::audit::{read_all, restore, root, satisfy};
use crate::counts::Counts;
use crate::model::{Issued, Model, answered};
use crate::random::Random;
use crate::relics::{DAMAGES, Relic, inflict, relic};
use crate::seeds::{again, one, run_all, seeds};
use crate::store::{Head, Operations, Records, operations, token};

/// Checks that a refusal says what it must.
fn check_refusal(error: &Error) {
    assert!(matches!(error.code(), "storage_corrupt" | "storage_missing"), "{error} ({})", error.code());
    let named = |(name, detail): (&str, ErrorDetail<'_>)| {
        name == "key" && matches!(detail, ErrorDetail::Text(key) if !key.is_empty())
    };
    assert!(error.details().into_iter().any(named), "{error} names no key");
}

fn apply(records: &mut Records, ops: Operations) {
    for (key, value) in ops {
        match value {
            Some(value) => records.insert(key, value),
            None => records.remove(&key),
        };
    }
}

/// How a damaged store turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    RefusedAtOpening,
    RefusedInReading,
    Whole,
}

/// Takes a damaged store over, reads, regroups and changes it, opens it again: all that it ever shows is true.
fn try_out(relic: &Relic, head: Head, mut records: Records, random: &mut Random) -> Turn {
    let mut model = Model::of(&relic.events);
    let mut head = head;
    let mut particulars = relic.particulars.clone();
    let mut is_whole = true;
    for _ in 0..2 {
        let before = records.clone();
        let to = random.wide();
        let accepts_loss = random.chance(200);
        let opened = take_over(relic.options, head, to, &mut records, accepts_loss);
        head = to;
        let mut runtime = match opened {
            Ok(runtime) => runtime,
            Err(error) => {
                check_refusal(&error);
                // Whatever was found, nothing is overwritten.
                let untouched = |records: &Records| {
                    records
                        .iter()
                        .filter(|(key, _)| *key != "root")
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect::<Records>()
                };
                assert!(untouched(&before) == untouched(&records), "a refused store was changed");
                return Turn::RefusedAtOpening;
            }
        };
        particulars.losses += usize::from(accepts_loss);
        let errors = read_all(&mut runtime, &records, &model, &particulars, random);
        errors.iter().for_each(check_refusal);
        is_whole &= errors.is_empty();
        for _ in 0..20 {
            let to = random.wide();
            match step(&mut runtime, to, &records) {
                Ok(Some(ops)) => {
                    apply(&mut records, ops);
                    runtime.merge_open();
                    head = to;
                }
                Ok(None) => break,
                Err(error) => {
                    check_refusal(&error);
                    is_whole = false;
                    break;
                }
            }
        }
        let errors = read_all(&mut runtime, &records, &model, &particulars, random);
        errors.iter().for_each(check_refusal);
        is_whole &= errors.is_empty();
        let issued = Rc::new(Issued {
            serial: usize::MAX,
            command: Command::CreateWorker(CreateWorkerRequest::default()),
            operation: None,
        });
        runtime.begin();
        let found = answered(runtime.execute(&issued.command, None, 7));
        assert_eq!(found, model.execute(&issued, 7));
        if runtime.has_changes() {
            head = random.wide();
            apply(&mut records, operations(runtime.finish(token(head))));
            runtime.merge_open();
        } else {
            runtime.abort_open();
        }
    }
    if is_whole { Turn::Whole } else { Turn::RefusedInReading }
}

fn take_over(
    options: StoreOptions,
    head: Head,
    to: Head,
    records: &mut Records,
    accepts_loss: bool,
) -> Result<Runtime> {
    let mut runtime = Runtime::from_root(root(records)?, options)?;
    apply(records, operations(runtime.take_over(token(head), token(to))));
    runtime.merge_open();
    restore(&mut runtime, records, accepts_loss)?;
    Ok(runtime)
}

/// One step of regrouping.
fn step(runtime: &mut Runtime, to: Head, records: &Records) -> Result<Option<Operations>> {
    for _ in 0..200 {
        if let Some(ops) = runtime.regroup(token(to), true)? {
            return Ok(Some(operations(ops)));
        }
        if runtime.needs().1.is_empty() {
            return Ok(None);
        }
        satisfy(runtime, records)?;
    }
    panic!("regrouping never gets what it needs");
}

const OPERATIONS: usize = 120;

fn run(seed: u64, is_shown: bool) -> [[u64; 3]; DAMAGES.len()] {
    let mut random = Random::new(seed ^ 0x00da_3a6e);
    let mut turns = [[0; 3]; DAMAGES.len()];
    let Some(relic) = relic(&mut random, OPERATIONS) else { return turns };
    for round in 0..3 * DAMAGES.len() {
        let place = round % DAMAGES.len();
        let (head, records, done) = inflict(&relic, DAMAGES[place], &mut random);
        if is_shown {
            println!("{done}");
        }
        let turn = try_out(&relic, head, records, &mut random);
        if is_shown {
            println!("    {turn:?}");
        }
        turns[place][turn as usize] += 1;
    }
    turns
}

#[test]
fn damaged_stores() {
    if let Some(seed) = one() {
        run(seed, true);
        return;
    }
    let total = std::sync::Mutex::new([[0u64; 3]; DAMAGES.len()]);
    let count = seeds(60, 2_000);
    let add = |seed| {
        let turns = run(seed, false);
        let mut total = total.lock().expect("a lock");
        for (sum, found) in total.iter_mut().flatten().zip(turns.iter().flatten()) {
            *sum += found;
        }
        Counts::default()
    };
    run_all(count, add, |seed| again("damaged_stores", seed, OPERATIONS));
    println!("{count} stores      refused at opening   refused in reading   whole");
    for (damage, turns) in DAMAGES.iter().zip(total.into_inner().expect("a lock")) {
        println!("{:>12} {:>18} {:>18} {:>10}", format!("{damage:?}"), turns[0], turns[1], turns[2]);
        assert!(turns[0] > 0, "{damage:?} was never noticed");
    }
}

#[test]
fn every_byte_of_a_small_store() {
    let (stores, operations) = if cfg!(debug_assertions) { (1, 10) } else { (4, 40) };
    for seed in 0..stores {
        let mut random = Random::new(seed);
        let Some(relic) = relic(&mut random, operations) else { continue };
        for (key, value) in &relic.records {
            let mut records = relic.records.clone();
            records.remove(key);
            try_out(&relic, relic.head, records, &mut random);
            for place in 0..value.len() {
                let mut bytes = value.to_vec();
                bytes[place] ^= 1 << random.below(8);
                let mut records = relic.records.clone();
                records.insert(key.clone(), bytes.into());
                let turn = try_out(&relic, relic.head, records, &mut random);
                // What nothing points to any more may be anything.
                let is_garbage = key.starts_with("c/");
                assert!(turn != Turn::Whole || is_garbage, "byte {place} of {key} is not missed");
            }
        }
    }
}
