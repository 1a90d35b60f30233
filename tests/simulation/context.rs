//! What all runtimes of a run share: the store, the calls that are under way, the callers' books, and chance.

use std::rc::Rc;

use serde_json::{Value, json};
use worker_runtime::storage::Need;
use xxhash_rust::xxh64::xxh64;

use crate::counts::Counts;
use crate::faults::Faults;
use crate::model::{Answered, Event, Issued};
use crate::random::Random;
use crate::script::Script;
use crate::store::{Commit, Head, Purpose, Store};
use crate::telling::answer_line;
use crate::trace::{Trace, Tracing};

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
    /// Something else went wrong.
    Failed,
    /// Nothing was heard for too long; an answer may still come.
    Silence,
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
    next_read: u64,
    clock: u64,
    /// What the surroundings do, where it is written down.
    pub(crate) script: Option<Script>,
}

impl Context {
    pub(crate) fn new(random: Random, faults: Faults, tracing: Tracing) -> Self {
        Self {
            random,
            faults,
            store: Store::default(),
            calls: Vec::new(),
            counts: Counts::default(),
            trace: Trace::new(tracing),
            issued: Vec::new(),
            told: Vec::new(),
            applied: Vec::new(),
            next_call: 1,
            next_read: 1,
            clock: 1_000_000,
            script: None,
        }
    }

    /// A step begins: the host's clock mostly goes forward. `step` says what the surroundings do in it.
    pub(crate) fn begin_step(&mut self, step: impl FnOnce() -> Value) {
        let passed = self.random.below(5000) as u64;
        self.clock = if passed < 100 { self.clock - passed } else { self.clock + passed };
        self.write_down(step);
    }

    /// The surroundings do something that no runtime hears of yet.
    pub(crate) fn write_down(&mut self, step: impl FnOnce() -> Value) {
        if let Some(script) = &mut self.script {
            script.step(self.clock, step());
        }
    }

    /// What happens from here on is another step.
    pub(crate) fn end_step(&mut self) {
        let seen = self.trace.end_step();
        if let Some(script) = &mut self.script {
            script.seen(&seen);
        }
    }

    /// The host's clock: it stands still during a step.
    pub(crate) fn now(&self) -> u64 {
        self.clock
    }

    /// A number for somebody who reads.
    pub(crate) fn fresh_read(&mut self) -> u64 {
        self.next_read += 1;
        self.next_read - 1
    }

    pub(crate) fn send(&mut self, slot: usize, request: Request) -> CallId {
        let id = self.next_call;
        self.next_call += 1;
        self.trace_request(slot, id, &request);
        self.calls.push(Call { id, slot, request, reply: None, is_silent: false, is_abandoned: false });
        id
    }

    fn trace_request(&mut self, slot: usize, id: CallId, request: &Request) {
        if self.trace.tracing == Tracing::Off {
            return;
        }
        let calls = &mut self.trace;
        match request {
            Request::Head => calls.call(format_args!("head {slot} {id}")),
            Request::Read(Need { gte, lt, limit }) => match limit {
                Some(limit) => calls.call(format_args!("read {slot} {id} {gte} {lt} {limit}")),
                None => calls.call(format_args!("read {slot} {id} {gte} {lt} -")),
            },
            Request::Commit { commit, .. } => {
                let from = commit.from.map_or_else(|| "-".to_owned(), |from| format!("{from:032x}"));
                calls.call(format_args!("commit {slot} {id} {from} {:032x}", commit.to));
                for (key, value) in &commit.ops {
                    match value {
                        Some(value) => {
                            calls.call(format_args!("put {key} {} {:016x}", value.len(), xxh64(value, 0)));
                        }
                        None => calls.call(format_args!("delete {key}")),
                    }
                }
            }
        }
    }

    /// A runtime lets so many milliseconds pass before it goes on.
    pub(crate) fn pause(&mut self, slot: usize, milliseconds: u64) {
        self.trace.call(format_args!("pause {slot} {milliseconds}"));
    }

    /// Nobody waits for the answer to a call any more.
    pub(crate) fn abandon(&mut self, id: CallId) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
            call.is_abandoned = true;
        }
    }

    /// Puts a mutation into the books.
    pub(crate) fn issue(&mut self, issued: Rc<Issued>) {
        self.issued.push(issued);
        self.told.push(Told::Nothing);
        self.applied.push(0);
    }

    /// A caller is told.
    fn tell(&mut self, serial: usize, told: Told) {
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
    }

    /// A caller gets what the execution said; `now` is where the event log ends then, where that may be asked.
    pub(crate) fn settle(&mut self, serial: usize, answer: Answered, now: Option<u64>) {
        match answer {
            Ok(answer) => {
                let words = answer_line(answer);
                match now {
                    Some(now) => self.trace.told(format_args!("told {serial} {words} now {now}")),
                    None => self.trace.told(format_args!("told {serial} {words} now -")),
                }
                self.tell(serial, Told::Acknowledged);
            }
            Err(code) => {
                self.trace.told(format_args!("told {serial} {code} -"));
                self.tell(serial, Told::Refused);
            }
        }
    }

    /// A caller gets nothing, unless it has given up before; with `code` it is told so.
    pub(crate) fn fail(&mut self, serial: usize, told: Told, code: Option<&str>) {
        if self.was_told(serial) {
            return;
        }
        if let Some(code) = code {
            let outcome = if told == Told::NotApplied { "not_applied" } else { "unknown" };
            self.trace.told(format_args!("told {serial} {code} {outcome}"));
        }
        self.tell(serial, told);
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
        self.write_down(|| json!(["take-back", count]));
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
