//! A store in memory that does what it is told to.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use worker_runtime::blocking::{Access, Commit, Durability, Host, Storage, Store, StoreError};
use worker_runtime::storage::Need;
use worker_runtime::{Result, RuntimeId, Timestamp};

/// What becomes of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Ok,
    Rejected,
    /// Not applied, and nobody is told.
    Before,
    /// Applied, and nobody is told.
    After,
    /// Answered with what cannot be an answer.
    Nonsense,
}

#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) head: Option<String>,
    pub(crate) records: BTreeMap<String, Vec<u8>>,
    /// Of the next commits; `Ok` where there are none left.
    pub(crate) fates: VecDeque<Fate>,
    /// Commits that were offered, whatever became of them.
    pub(crate) offered: Vec<Commit>,
    /// Reads fail while this is set.
    pub(crate) is_unreadable: bool,
    pub(crate) is_lost: bool,
    /// How often records were read, and how many bytes they had.
    pub(crate) reads: usize,
    pub(crate) read_bytes: usize,
}

/// A storage of one runtime.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(pub(crate) Rc<RefCell<Shared>>);

impl Memory {
    pub(crate) fn fate(&self, fates: impl IntoIterator<Item = Fate>) {
        self.0.borrow_mut().fates.extend(fates);
    }

    pub(crate) fn head(&self) -> Option<String> {
        self.0.borrow().head.clone()
    }

    pub(crate) fn commits(&self) -> usize {
        self.0.borrow().offered.len()
    }
}

impl Storage for Memory {
    type Store = Self;

    fn open(&mut self, _: &RuntimeId, _: Access) -> Result<Self, StoreError> {
        Ok(self.clone())
    }

    fn delete(&mut self, _: &RuntimeId) -> Result<(), StoreError> {
        let mut shared = self.0.borrow_mut();
        shared.check()?;
        shared.head = None;
        shared.records.clear();
        Ok(())
    }
}

fn failed() -> StoreError {
    StoreError::Failed { reason: "there was no answer".to_owned() }
}

impl Shared {
    fn check(&self) -> Result<(), StoreError> {
        if self.is_lost {
            return Err(StoreError::Lost { reason: "the disk was swapped".to_owned() });
        }
        Ok(())
    }

    fn apply(&mut self, commit: &Commit) -> Option<String> {
        if self.head == commit.from {
            for (key, value) in &commit.ops {
                match value {
                    Some(value) => self.records.insert(key.clone(), value.clone()),
                    None => self.records.remove(key),
                };
            }
            self.head = Some(commit.to.clone());
        }
        self.head.clone()
    }
}

impl Store for Memory {
    fn durability(&self) -> Durability {
        Durability::Memory
    }

    fn head(&mut self) -> Result<Option<String>, StoreError> {
        let shared = self.0.borrow();
        shared.check().map(|()| shared.head.clone())
    }

    fn read(&mut self, range: &Need) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut shared = self.0.borrow_mut();
        shared.check()?;
        if shared.is_unreadable {
            return Err(failed());
        }
        let limit = range.limit.map_or(usize::MAX, |limit| limit as usize);
        let found = shared.records.range(range.gte.clone()..range.lt.clone()).take(limit);
        let found: Vec<_> = found.map(|(key, value)| (key.clone(), value.clone())).collect();
        shared.reads += 1;
        shared.read_bytes += found.iter().map(|(_, value)| value.len()).sum::<usize>();
        Ok(found)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, StoreError> {
        let mut shared = self.0.borrow_mut();
        shared.check()?;
        let repeated = shared.offered.iter().find(|offered| offered.to == commit.to);
        assert!(
            repeated.is_none_or(|offered| offered == commit),
            "a token names one commit's bytes for ever"
        );
        shared.offered.push(commit.clone());
        match shared.fates.pop_front().unwrap_or(Fate::Ok) {
            Fate::Ok => Ok(shared.apply(commit)),
            Fate::Rejected => Err(StoreError::Rejected { reason: "the disk is full".to_owned() }),
            Fate::Before => Err(failed()),
            Fate::After => {
                shared.apply(commit);
                Err(failed())
            }
            Fate::Nonsense => Ok(Some(String::new())),
        }
    }
}

/// A host whose random source is counted, and that waits for nobody.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    drawn: Rc<Cell<u128>>,
    /// How many seconds a call may be made to wait, which no time passes for.
    patience: u64,
}

thread_local! {
    static DRAWN: Rc<Cell<u128>> = Rc::default();
}

impl Machine {
    pub(crate) fn patient(patience: u64) -> Self {
        Self { drawn: DRAWN.with(Rc::clone), patience }
    }
}

impl Host for Machine {
    fn now(&self) -> Timestamp {
        1_700_000_000_000
    }

    fn random_bits(&self) -> Result<[u8; 16]> {
        self.drawn.set(self.drawn.get() + 1);
        Ok(self.drawn.get().wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
    }

    fn pause(&self, waited: u64, _milliseconds: u64) -> bool {
        self.patience > 0 && waited < 1_000 * self.patience
    }
}
