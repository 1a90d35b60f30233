//! Random lives: what was acknowledged is there after every reopening, what was certainly refused is not, and nothing is
//! there twice.

use std::collections::BTreeMap;

use worker_runtime::blocking::{Certainty, OpenOptions, StoredRuntime, open};
use worker_runtime::storage::{Sizes, StoreOptions};
use worker_runtime::{
    Command, CreateWorkerRequest, OperationId, Outcome, RuntimeId, TranscriptQuery, TranscriptRole,
};

use crate::store::{Fate, Machine, Memory};

const SEEDS: u64 = 300;
const STEPS: u32 = 120;

/// Xorshift: a seed is a life.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn opened(storage: &Memory) -> StoredRuntime<Memory, Machine> {
    let store = StoreOptions { cache_bytes: 4096, sizes: Sizes::tiny() };
    let options = OpenOptions { store, ..OpenOptions::default() };
    let id = RuntimeId::new("here").expect("an id");
    open(&mut storage.clone(), Machine::patient(40), id, &options).expect("a runtime")
}

/// Every content that the one Worker's transcript holds, and how often.
fn contents(runtime: &mut StoredRuntime<Memory, Machine>) -> BTreeMap<String, u32> {
    let worker = runtime.view().runtime().expect("a runtime").list_workers()[0].worker_ref.clone();
    let mut found = BTreeMap::new();
    let mut start = Some(0);
    while let Some(from) = start {
        let query = TranscriptQuery { start: from, limit: 50 };
        let page = runtime.view().transcript_projection(&worker, query).expect("a page");
        for (place, item) in (from + 1..).zip(page.items) {
            assert_eq!(item.sequence, place);
            *found.entry(item.content).or_insert(0) += 1;
        }
        start = page.next_start;
    }
    found
}

fn live(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let storage = Memory::default();
    let mut runtime = opened(&storage);
    let created = runtime.execute(Command::CreateWorker(CreateWorkerRequest::default()), None);
    let Ok(Outcome::Created(detail)) = created else { panic!("seed {seed}: no Worker") };
    let worker = detail.worker_ref;
    let mut acknowledged = Vec::new();
    let mut refused = Vec::new();
    for step in 0..STEPS {
        match random.below(10) {
            0 => {
                drop(runtime);
                runtime = opened(&storage);
            }
            1 => while random.below(3) > 0 && runtime.regroup().expect("a step") {},
            _ => {
                for _ in 0..random.below(4) {
                    let fates = [Fate::Ok, Fate::Rejected, Fate::Before, Fate::After, Fate::Nonsense];
                    storage.fate([fates[random.below(5) as usize]]);
                }
                let batch: Vec<_> = (0..1 + random.below(6))
                    .map(|index| {
                        let content = format!("{step}.{index} {}", "x".repeat(random.below(200) as usize));
                        let operation =
                            (random.below(2) == 0).then(|| OperationId::new(&content).expect("an id"));
                        (content, operation)
                    })
                    .collect();
                let commands = batch.iter().map(|(content, operation)| {
                    let (role, content) = (TranscriptRole::User, content.clone());
                    (Command::Interact { worker: worker.clone(), role, content }, operation.clone())
                });
                for ((content, operation), answer) in batch.iter().zip(runtime.execute_all(commands)) {
                    match answer {
                        Ok(_) => acknowledged.push(content.clone()),
                        Err(failure) if failure.outcome == Some(Certainty::NotApplied) => {
                            refused.push(content.clone());
                        }
                        // Its outcome is unknown: under its operation id it can be asked for again.
                        Err(_) if operation.is_some() => {
                            let command = Command::Interact {
                                worker: worker.clone(),
                                role: TranscriptRole::User,
                                content: content.clone(),
                            };
                            storage.0.borrow_mut().fates.clear();
                            runtime.execute(command, operation.clone()).expect("decided now");
                            acknowledged.push(content.clone());
                        }
                        Err(_) => {}
                    }
                }
                storage.0.borrow_mut().fates.clear();
            }
        }
    }
    drop(runtime);
    let found = contents(&mut opened(&storage));
    for content in &acknowledged {
        assert_eq!(found.get(content), Some(&1), "seed {seed}: {content} was acknowledged");
    }
    for content in &refused {
        assert_eq!(found.get(content), None, "seed {seed}: {content} was certainly refused");
    }
    assert!(found.values().all(|count| *count == 1), "seed {seed}: something is there twice");
}

#[test]
fn what_was_acknowledged_survives_every_life() {
    println!("seeds 1 to {SEEDS}");
    for seed in 1..=SEEDS {
        live(seed);
    }
}
