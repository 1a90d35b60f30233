//! What all runtimes of a run share: the store, the calls that are under way, the callers' books, and chance.

use std::rc::Rc;

use worker_runtime::storage::{Need, Ops};
use xxhash_rust::xxh64::xxh64;

use crate::counts::Counts;
use crate::faults::Faults;
use crate::model::{Event, Issued};
use crate::random::Random;
use crate::store::{Commit, Head, Purpose, Store, operations};

pub(crate) type CallId = u64;

/// What a runtime asks of its store.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Head,
    Read(Need),
    Commit { commit: Rc<Commit>, is_first_offering: bool },
}

/// What it is told.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Head(Option<Head>),
    Records(Vec<(String, Vec<u8>)>),
    /// The commit is not applied and never will be.
    Rejected,
    /// Something else went wrong, or nothing was heard for too long.
    Failed,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) slot: usize,
    pub(crate) request: Request,
    /// Once the store has done it: what it answered, and how many commits it had seen then.
    pub(crate) reply: Option<(Reply, usize)>,
    /// The answer is lost.
    pub(crate) is_silent: bool,
    /// Nobody waits for it any more.
    pub(crate) is_abandoned: bool,
}

/// What the caller of a mutation was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Nothing,
    Acknowledged,
    Refused,
    NotApplied,
    Unknown,
}

/// A hash over everything that happens, and its words where somebody wants to read along.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) hash: u64,
    is_shown: bool,
}

impl Trace {
    pub(crate) fn note(&mut self, what: &str, numbers: &[u64]) {
        self.hash = xxh64(what.as_bytes(), self.hash);
        for number in numbers {
            self.hash = xxh64(&number.to_le_bytes(), self.hash);
        }
        if self.is_shown {
            println!("{what} {numbers:x?}");
        }
    }
}

/// What is shared.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) random: Random,
    pub(crate) faults: Faults,
    pub(crate) store: Store,
    pub(crate) calls: Vec<Call>,
    pub(crate) counts: Counts,
    pub(crate) trace: Trace,
    pub(crate) issued: Vec<Rc<Issued>>,
    told: Vec<Told>,
    /// How often each mutation is in the store as it is visible: once at the most.
    applied: Vec<u8>,
    next_call: CallId,
    clock: u64,
}

impl Context {
    pub(crate) fn new(random: Random, faults: Faults, is_shown: bool) -> Self {
        Self {
            random,
            faults,
            store: Store::default(),
            calls: Vec::new(),
            counts: Counts::default(),
            trace: Trace { hash: 0, is_shown },
            issued: Vec::new(),
            told: Vec::new(),
            applied: Vec::new(),
            next_call: 1,
            clock: 1_000_000,
        }
    }

    /// The host's clock: it mostly goes forward.
    pub(crate) fn now(&mut self) -> u64 {
        let step = self.random.below(5000) as u64;
        self.clock = if step < 100 { self.clock - step } else { self.clock + step };
        self.clock
    }

    pub(crate) fn fresh_head(&mut self) -> Head {
        self.random.wide()
    }

    pub(crate) fn send(&mut self, slot: usize, request: Request) -> CallId {
        let id = self.next_call;
        self.next_call += 1;
        let what = match &request {
            Request::Head => "head",
            Request::Read(need) => &need.gte,
            Request::Commit { .. } => "commit",
        };
        self.trace.note(what, &[slot as u64, id]);
        let call = Call { id, slot, request, reply: None, is_silent: false, is_abandoned: false };
        self.calls.push(call);
        id
    }

    pub(crate) fn commit(
        &mut self,
        from: Option<Head>,
        to: Head,
        ops: Ops,
        purpose: Purpose,
        events: Vec<Event>,
        losses: Option<usize>,
    ) -> Rc<Commit> {
        let ops = operations(ops);
        for (key, value) in &ops {
            let value = value.as_ref().map_or(0, |value| xxh64(value, 1));
            self.trace.note(key, &[value]);
        }
        Rc::new(Commit { from, to, ops, purpose, events, losses })
    }

    /// Puts a mutation into the books.
    pub(crate) fn issue(&mut self, issued: Rc<Issued>) {
        self.issued.push(issued);
        self.told.push(Told::Nothing);
        self.applied.push(0);
    }

    /// A caller is told.
    pub(crate) fn tell(&mut self, serial: usize, told: Told) {
        assert_eq!(self.told[serial], Told::Nothing, "mutation {serial} settles twice");
        let is_applied = self.applied[serial] > 0;
        match told {
            Told::Nothing => {}
            Told::Acknowledged => self.counts.acknowledged += 1,
            Told::Refused => self.counts.refused += 1,
            Told::NotApplied => {
                assert!(!is_applied, "mutation {serial} is said not to be applied, and is");
                self.counts.not_applied += 1;
            }
            Told::Unknown => self.counts.unknown += 1,
        }
        self.told[serial] = told;
        self.trace.note("told", &[serial as u64, told as u64]);
    }

    pub(crate) fn told(&self, serial: usize) -> Told {
        self.told[serial]
    }

    pub(crate) fn was_told(&self, serial: usize) -> bool {
        self.told[serial] != Told::Nothing
    }

    /// Has the store do what a commit asks for.
    pub(crate) fn apply(&mut self, commit: &Commit) -> bool {
        let is_applied = self.store.commit(commit);
        if is_applied {
            for serial in serials(&commit.events) {
                self.applied[serial] += 1;
                assert_eq!(self.applied[serial], 1, "mutation {serial} is applied twice");
                let told = self.told[serial];
                assert!(
                    matches!(told, Told::Nothing | Told::Unknown),
                    "mutation {serial} is applied after its caller was told {told:?}"
                );
            }
            self.count(commit);
        }
        is_applied
    }

    /// A crash takes the last commits back.
    pub(crate) fn take_back(&mut self, count: usize) {
        let before = self.store.events().to_vec();
        let life = self.store.lives.len();
        self.store.revert(count);
        self.store.settle();
        let kept = if self.store.lives.len() == life { self.store.events().len() } else { 0 };
        for serial in serials(&before[kept..]) {
            self.applied[serial] -= 1;
            assert_ne!(self.told[serial], Told::Acknowledged, "the simulated store lost mutation {serial}");
        }
        self.counts.commits_taken_back += count as u64;
    }

    fn count(&mut self, commit: &Commit) {
        let puts = |prefix: &str| {
            let put = |(key, value): &&(String, Option<Rc<[u8]>>)| key.starts_with(prefix) && value.is_some();
            commit.ops.iter().filter(put).count() as u64
        };
        let counts = &mut self.counts;
        counts.commits += 1;
        match commit.purpose {
            Purpose::Create => counts.creations += 1,
            Purpose::TakeOver => counts.takeovers += 1,
            Purpose::Mutations => counts.user_commits += 1,
            Purpose::Regroup if puts("e/") > 0 => counts.flushes += 1,
            Purpose::Regroup if puts("d/") > 0 => counts.merge_steps += 1,
            Purpose::Regroup => counts.root_updates += 1,
        }
        counts.settled_segments += puts("t/");
    }
}

fn serials(events: &[Event]) -> impl Iterator<Item = usize> + '_ {
    events.iter().filter_map(|event| event.cause.as_ref()).map(|cause| cause.serial)
}
