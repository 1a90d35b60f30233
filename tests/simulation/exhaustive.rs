//! Every crash point of short workloads: each call to the store, of each kind, meets each harm; then each pair of them.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use worker_runtime::storage::StoreOptions;
use worker_runtime::{
    Command, CreateWorkerRequest, OperationId, TranscriptRole, WorkerEnd, WorkerId, WorkerRef,
};

use crate::actor::Actor;
use crate::audit::runtime_id;
use crate::context::{Context, Request, Told};
use crate::counts::Counts;
use crate::faults::Faults;
use crate::model::Issued;
use crate::network::Fate;
use crate::random::Random;
use crate::seeds::{number, run_all};
use crate::trace::Tracing;
use crate::workloads::Act::{Create, End, Read, Reopen, Rest, Say, StopRuntime};
use crate::workloads::{Act, Workload, workloads};
use crate::world::World;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// The host crashes before the store does it …
    CrashBefore,
    /// … or after, and what was not acknowledged survives …
    CrashAfter,
    /// … or does not.
    CrashAndLoss,
    /// The runtime alone dies; what it asked for is done later, when another one has the store or is about to.
    CrashAndLate,
    UnknownBefore,
    UnknownAfter,
    Rejected,
    /// Another runtime takes the store over first and changes something.
    Rival,
}

const HARMS: [Harm; 8] = [
    Harm::CrashBefore,
    Harm::CrashAfter,
    Harm::CrashAndLoss,
    Harm::CrashAndLate,
    Harm::UnknownBefore,
    Harm::UnknownAfter,
    Harm::Rejected,
    Harm::Rival,
];

/// The harms of pairs.
const CRASHES: [Harm; 5] =
    [Harm::CrashBefore, Harm::CrashAfter, Harm::CrashAndLate, Harm::UnknownAfter, Harm::Rival];

/// A workload under way.
struct Run<'a> {
    world: World,
    harms: &'a BTreeMap<usize, Harm>,
    /// How many calls the store was asked for.
    calls: usize,
    /// Mutations whose callers were not answered: they ask again under the same operation id.
    open: Vec<Rc<Issued>>,
}

/// Runs a workload with its harms, and tells how many calls there were.
fn run(workload: &Workload, harms: &BTreeMap<usize, Harm>) -> (usize, Counts) {
    let mut faults = Faults::none();
    faults.actors = 2;
    faults.eager = 0;
    let options = StoreOptions { cache_bytes: 0, sizes: workload.sizes };
    let world = World::with(Random::new(1), faults.with(options), Tracing::Off);
    let mut run = Run { world, harms, calls: 0, open: Vec::new() };
    for act in workload.acts {
        run.act(*act);
    }
    run.ask_again();
    assert!(run.open.is_empty(), "somebody is never answered");
    let calls = run.calls;
    let mut world = run.world;
    world.finish();
    (calls, world.cx.counts)
}

impl Run<'_> {
    fn act(&mut self, act: Act) {
        self.ask_again();
        let worker = |number: u32| {
            let id = WorkerId::parse(&format!("worker-{number:08x}")).expect("a valid id");
            WorkerRef::new(&runtime_id(), id)
        };
        let (role, end) = (TranscriptRole::User, WorkerEnd::Cancel);
        let serial = self.world.cx.issued.len();
        match act {
            Create => self.ask(vec![Command::CreateWorker(CreateWorkerRequest::default())]),
            Say(number, count, bytes) => {
                let content = |place: usize| format!("{}.{place}{}", serial, "x".repeat(bytes));
                let say = |place| Command::Interact { worker: worker(number), role, content: content(place) };
                self.ask((0..count).map(say).collect());
            }
            End(number) => {
                let reason = Some(format!("reason {serial}"));
                self.ask(vec![Command::EndWorker { worker: worker(number), end, reason }]);
            }
            StopRuntime => self.ask(vec![Command::StopRuntime]),
            Read => self.with_open(|world| {
                for _ in 0..3 {
                    world.read(0);
                }
            }),
            Rest => self.with_open(|world| world.grow_quiet(0)),
            Reopen => self.with_open(|world| world.close(0)),
        }
        self.ask_again();
    }

    fn ask(&mut self, commands: Vec<Command>) {
        for command in commands {
            // The stop of the runtime takes no operation id, and needs none.
            let named = command != Command::StopRuntime;
            let number = self.world.cx.issued.len() + self.open.len();
            let operation =
                named.then(|| OperationId::new(format!("operation {number}")).expect("a valid id"));
            self.open.push(Rc::new(Issued { serial: 0, command, operation }));
        }
        self.ask_again();
    }

    /// Asks until all callers are answered.
    fn ask_again(&mut self) {
        for _ in 0..50 {
            if self.open.is_empty() {
                return;
            }
            let mut first = 0;
            let open = self.open.clone();
            self.with_open(|world| {
                first = world.cx.issued.len();
                let issued = (first..).zip(&open).map(|(serial, asked)| {
                    let Issued { command, operation, .. } = &**asked;
                    Rc::new(Issued { serial, command: command.clone(), operation: operation.clone() })
                });
                let issued = issued.collect();
                world.with_actor(0, || Value::Null, |actor, cx| actor.submit(cx, issued));
            });
            let cx = &self.world.cx;
            let mut serials = first..first + open.len();
            self.open.retain(|_| {
                serials.next().is_none_or(|serial| {
                    assert_ne!(cx.told(serial), Told::Refused, "an answer is due");
                    cx.told(serial) != Told::Acknowledged
                })
            });
        }
        panic!("callers are never answered");
    }

    /// Opens a runtime where there is none, and has it do something.
    fn with_open(&mut self, act: impl FnOnce(&mut World)) {
        for _ in 0..50 {
            if self.world.slots[0].as_ref().is_some_and(Actor::is_open) {
                act(&mut self.world);
                self.go_on();
                return;
            }
            self.world.open(0);
            self.go_on();
        }
        panic!("a store is never opened");
    }

    /// Whatever is under way comes to its end, call by call, each with its harm.
    fn go_on(&mut self) {
        loop {
            let calls = &self.world.cx.calls;
            let next = (0..calls.len()).filter(|&index| !calls[index].is_abandoned);
            if let Some(index) = next.min_by_key(|&index| calls[index].id) {
                if Context::is_undone(&calls[index]) {
                    self.calls += 1;
                    let harm = self.harms.get(&(self.calls - 1)).copied();
                    self.call(index, harm);
                } else {
                    self.world.deliver(index);
                }
            } else if self.world.slots[0].as_ref().is_some_and(Actor::may_wake) {
                self.world.wake(0);
            } else {
                return;
            }
        }
    }

    fn call(&mut self, index: usize, harm: Option<Harm>) {
        let world = &mut self.world;
        match harm {
            None => world.cx.process_as(index, Fate::Ok),
            Some(Harm::CrashBefore) => {
                world.cx.calls.clear();
                world.crash_host_losing(0);
            }
            Some(Harm::CrashAfter) => {
                world.cx.process_as(index, Fate::Ok);
                world.crash_host_losing(0);
            }
            Some(Harm::CrashAndLoss) => {
                world.cx.process_as(index, Fate::Ok);
                let lost = world.cx.store.at_risk(false);
                world.crash_host_losing(lost);
            }
            Some(Harm::CrashAndLate) => {
                let mut late = world.cx.calls.swap_remove(index);
                late.is_abandoned = true;
                let is_commit = matches!(late.request, Request::Commit { .. });
                world.crash(0);
                world.cx.calls.clear();
                if is_commit {
                    // It is done when the next runtime has asked for the head.
                    world.open(0);
                    world.cx.process_as(0, Fate::Ok);
                    world.cx.calls.push(late);
                    world.cx.process_as(1, Fate::Ok);
                }
            }
            Some(Harm::UnknownBefore) => world.cx.process_as(index, Fate::Before),
            Some(Harm::UnknownAfter) => world.cx.process_as(index, Fate::After),
            Some(Harm::Rejected) => world.cx.process_as(index, Fate::Rejected),
            Some(Harm::Rival) => self.rival(),
        }
    }

    /// Another runtime opens, changes something and closes, while everybody else stands still.
    fn rival(&mut self) {
        let world = &mut self.world;
        let others = std::mem::take(&mut world.cx.calls);
        world.open(1);
        world.drain();
        assert!(world.slots[1].as_ref().is_some_and(Actor::is_open), "a rival cannot open");
        let command = Command::CreateWorker(CreateWorkerRequest::default());
        let issued = Rc::new(Issued { serial: world.cx.issued.len(), command, operation: None });
        world.with_actor(1, || Value::Null, |actor, cx| actor.submit(cx, vec![issued]));
        world.drain();
        world.close(1);
        world.drain();
        world.cx.calls = others;
    }
}

/// Runs all of these, and tells of those that fail.
fn run_each(workload: &Workload, runs: &[BTreeMap<usize, Harm>]) -> Counts {
    let harms = |number: u64| &runs[number as usize];
    let again = |number| format!("{:?} with {:?}", workload.name, harms(number));
    run_all(runs.len() as u64, |number| run(workload, harms(number)).1, again)
}

#[test]
fn every_crash_point() {
    let mut total = Counts::default();
    for workload in workloads() {
        let (calls, _) = run(&workload, &BTreeMap::new());
        let harms = HARMS.iter().flat_map(|harm| (0..calls).map(|at| BTreeMap::from([(at, *harm)])));
        let harms: Vec<_> = harms.collect();
        total.add(&run_each(&workload, &harms));
        println!("{}: {calls} calls, {} runs", workload.name, harms.len());
    }
    println!("{total}");
    let reached = [total.flushes, total.merge_steps, total.settled_segments, total.fences, total.unknown];
    assert!(reached.iter().all(|count| *count > 0));
}

/// All pairs of the first workloads; `SIMULATION_PAIRS` tells of how many.
#[test]
fn every_pair_of_crash_points() {
    let mut total = Counts::default();
    let count = number("SIMULATION_PAIRS", if cfg!(debug_assertions) { 1 } else { 2 });
    for workload in workloads().iter().take(count as usize) {
        let (calls, _) = run(workload, &BTreeMap::new());
        let mut harms = Vec::new();
        for (at, first) in (0..calls).flat_map(|at| CRASHES.map(|first| (at, first))) {
            // The workload grows by what the first harm costs: the second one meets that, too.
            let later = at + 1..at + 1 + calls;
            let pairs = later.flat_map(|later| CRASHES.map(|second| (later, second)));
            harms.extend(pairs.map(|second| BTreeMap::from([(at, first), second])));
        }
        total.add(&run_each(workload, &harms));
        println!("{}: {calls} calls, {} runs", workload.name, harms.len());
    }
    println!("{total}");
}
