//! The simulated store: what is visible, what of it is durable, and what every commit that was ever applied meant.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use worker_runtime::storage::{Need, Ops, Token};

use crate::model::Event;

/// A head.
pub(crate) type Head = u128;

pub(crate) fn token(head: Head) -> Token {
    Token::from_random_bits(head.to_be_bytes())
}

pub(crate) type Records = BTreeMap<String, Rc<[u8]>>;

/// The operations of one commit.
pub(crate) type Operations = Vec<(String, Option<Rc<[u8]>>)>;

/// What a commit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    TakeOver,
    Mutations,
    Regroup,
}

/// A commit, as it is offered, and what it means.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) from: Option<Head>,
    pub(crate) to: Head,
    pub(crate) ops: Operations,
    pub(crate) purpose: Purpose,
    pub(crate) events: Vec<Event>,
    /// How often a loss was accepted, where the commit says so anew.
    pub(crate) losses: Option<usize>,
}

impl Commit {
    pub(crate) fn new(
        from: Option<Head>,
        to: Head,
        ops: Ops,
        purpose: Purpose,
        events: Vec<Event>,
        losses: Option<usize>,
    ) -> Rc<Self> {
        Rc::new(Self { from, to, ops: operations(ops), purpose, events, losses })
    }
}

/// Checks that operations are ones that every host can store.
pub(crate) fn operations(ops: Ops) -> Operations {
    let mut seen = HashSet::new();
    let ops = ops.into_vec();
    for (key, value) in &ops {
        assert!(seen.insert(key.as_str()), "{key} is twice in one commit");
        assert!(!key.is_empty() && key.len() <= 200, "{key:?} is no key");
        assert!(key.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{key:?} is no key");
        let most = if key.starts_with("c/") { 60 * 1024 } else { 48 * 1024 };
        assert!(value.as_ref().is_none_or(|value| value.len() <= most), "{key} is too large");
    }
    ops.into_iter().map(|(key, value)| (key, value.map(Rc::from))).collect()
}

/// How to take an applied commit back.
#[derive(Debug)]
struct Undo {
    head: Option<Head>,
    /// Whether the store did not exist before.
    created: bool,
    changes: Operations,
    events: usize,
}

/// Where a head stood: in which life of the store, and after how many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) life: usize,
    pub(crate) events: usize,
    /// How many commits were applied when it became the head.
    pub(crate) applied: usize,
    pub(crate) losses: usize,
}

/// The store.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) head: Option<Head>,
    pub(crate) records: Records,
    /// What the runtime was, in each life: a deleted store is created anew. The last one is the present one.
    pub(crate) lives: Vec<Vec<Event>>,
    places: HashMap<Head, Place>,
    created: HashSet<Head>,
    /// Commits that are applied and not durable, and how many are.
    undo: Vec<Undo>,
    durable: usize,
    /// Up to where somebody who may live on has seen it: that much is never taken back under their eyes.
    observed: usize,
    /// Values that were overwritten or deleted, where they are kept.
    pub(crate) former: Option<Vec<(String, Rc<[u8]>)>>,
}

impl Store {
    /// How many commits are applied.
    pub(crate) fn applied(&self) -> usize {
        self.durable + self.undo.len()
    }

    /// What the store now holds is what follows from these events.
    pub(crate) fn events(&self) -> &[Event] {
        self.lives.last().map_or(&[], Vec::as_slice)
    }

    /// Where a head that was applied stood.
    pub(crate) fn place(&self, head: Head) -> Option<Place> {
        self.places.get(&head).copied()
    }

    pub(crate) fn is_durable(&self, place: Place) -> bool {
        place.applied <= self.durable
    }

    /// The contract of a host: applies the commit if its time has come. Tells whether it did so just now.
    pub(crate) fn commit(&mut self, commit: &Commit) -> bool {
        if self.head != commit.from || commit.from.is_none() && self.created.contains(&commit.to) {
            return false;
        }
        let created = commit.from.is_none();
        let before = self.head.and_then(|head| self.place(head)).map_or(0, |place| place.losses);
        let losses = commit.losses.unwrap_or(before);
        if created {
            assert!(self.records.is_empty(), "a store that does not exist has records");
            self.created.insert(commit.to);
            self.lives.push(Vec::new());
        }
        let life = self.lives.len() - 1;
        let events = &mut self.lives[life];
        let mut undo = Undo {
            head: self.head,
            created,
            changes: Vec::with_capacity(commit.ops.len()),
            events: events.len(),
        };
        events.extend_from_slice(&commit.events);
        let events = events.len();
        for (key, value) in &commit.ops {
            let before = match value {
                Some(value) => self.records.insert(key.clone(), Rc::clone(value)),
                None => self.records.remove(key),
            };
            assert!(value.is_some() || before.is_some(), "{key} is deleted, and is not there");
            if let (Some(former), Some(before)) = (&mut self.former, &before) {
                former.push((key.clone(), Rc::clone(before)));
            }
            undo.changes.push((key.clone(), before));
        }
        self.head = Some(commit.to);
        self.undo.push(undo);
        let place = Place { life, events, applied: self.applied(), losses };
        let before = self.places.insert(commit.to, place);
        assert!(before.is_none(), "a commit was applied twice");
        true
    }

    /// What a read of a range gives.
    pub(crate) fn read(&self, need: &Need) -> Vec<(String, Vec<u8>)> {
        read(&self.records, need)
    }

    /// The answer `to` arrives: the commit, and every one before it, is durable.
    pub(crate) fn acknowledge(&mut self, to: Head) -> Place {
        let place = self.place(to).expect("a commit that was not applied is acknowledged");
        if place.applied > self.durable {
            self.undo.drain(..place.applied - self.durable);
            self.durable = place.applied;
        }
        place
    }

    /// An answer that tells of the first `applied` commits arrives.
    pub(crate) fn observe(&mut self, applied: usize) {
        self.observed = self.observed.max(applied);
    }

    /// How many of the last commits a crash may take back.
    pub(crate) fn at_risk(&self, is_survived: bool) -> usize {
        let kept = if is_survived { self.durable.max(self.observed) } else { self.durable };
        self.applied().saturating_sub(kept)
    }

    /// Takes back the last `count` commits.
    pub(crate) fn revert(&mut self, count: usize) {
        for _ in 0..count {
            let Some(undo) = self.undo.pop() else { break };
            if let Some(head) = self.head {
                self.places.remove(&head);
                if undo.created {
                    self.created.remove(&head);
                }
            }
            for (key, before) in undo.changes.into_iter().rev() {
                match before {
                    Some(value) => self.records.insert(key, value),
                    None => self.records.remove(&key),
                };
            }
            if undo.created {
                self.lives.pop();
            } else if let Some(events) = self.lives.last_mut() {
                events.truncate(undo.events);
            }
            self.head = undo.head;
        }
        self.observed = self.observed.min(self.applied());
    }

    /// What a crash left is what there is.
    pub(crate) fn settle(&mut self) {
        self.durable += self.undo.len();
        self.undo.clear();
        self.observed = self.durable;
    }

    /// Deletes the store, at once and durably.
    pub(crate) fn delete(&mut self) {
        self.settle();
        self.head = None;
        self.records.clear();
        self.durable += 1;
    }
}

pub(crate) fn read(records: &Records, need: &Need) -> Vec<(String, Vec<u8>)> {
    if need.gte >= need.lt {
        return Vec::new();
    }
    let limit = need.limit.map_or(usize::MAX, |limit| limit as usize);
    let range = records.range(need.gte.clone()..need.lt.clone()).take(limit);
    range.map(|(key, value)| (key.clone(), value.to_vec())).collect()
}
