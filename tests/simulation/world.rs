//! One run: a scheduler that lets one thing happen after the other, chosen by the seed.

use serde_json::{Value, json};

use crate::actor::Actor;
use crate::context::{Context, Reply, Request};
use crate::faults::Faults;
use crate::random::Random;
use crate::trace::Tracing;

/// A run.
pub(crate) struct World {
    pub(crate) cx: Context,
    pub(crate) slots: Vec<Option<Actor>>,
    pub(crate) is_frozen: Vec<bool>,
}

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Action {
    Submit,
    Read,
    Follow,
    Tick,
    GrowQuiet,
    Process,
    Deliver,
    TimeOut,
    BeOverdue,
    Wake,
    Open,
    Close,
    Withdraw,
    CrashRuntime,
    CrashHost,
    CrashStore,
    Freeze,
    Thaw,
    Delete,
    Inspect,
}

impl World {
    pub(crate) fn new(seed: u64, tracing: Tracing) -> Self {
        let mut random = Random::new(seed);
        let faults = Faults::drawn(&mut random);
        Self::with(random, faults, tracing)
    }

    pub(crate) fn with(random: Random, faults: Faults, tracing: Tracing) -> Self {
        let actors = faults.actors;
        let cx = Context::new(random, faults, tracing);
        Self { cx, slots: (0..actors).map(|_| None).collect(), is_frozen: vec![false; actors] }
    }

    /// Lets `operations` things happen, then ends the faults and requires progress. Gives the trace's hash.
    pub(crate) fn run(&mut self, operations: usize) -> u64 {
        self.live(operations);
        self.finish();
        self.cx.trace.hash
    }

    /// Lets `operations` things happen.
    pub(crate) fn live(&mut self, operations: usize) {
        let mut operation = 0;
        while operation < operations {
            operation += usize::from(self.step());
        }
        self.cx.counts.operations += operations as u64;
    }

    fn weights(&self) -> [(Action, usize); 20] {
        let Self { cx, slots, is_frozen } = self;
        let faults = &cx.faults;
        let if_any = |any: bool, weight: usize| if any { weight } else { 0 };
        let awake = || {
            slots.iter().zip(is_frozen).filter(|(_, frozen)| !**frozen).filter_map(|(slot, _)| slot.as_ref())
        };
        let open = awake().any(Actor::is_open);
        let alive = slots.iter().any(Option::is_some);
        let living = slots.iter().flatten().count();
        let hears = |slot: usize| !is_frozen[slot];
        // What is never answered is only got over by a timeout.
        let is_stuck = cx.calls.iter().any(|call| call.is_silent && hears(call.slot));
        let timeouts = if is_stuck { faults.timeouts.max(60) } else { faults.timeouts };
        [
            (Action::Submit, if_any(open, 220)),
            (Action::Read, if_any(open, faults.reads)),
            (Action::Follow, if_any(open, faults.reads / 3)),
            (Action::Tick, if_any(open, 10)),
            (
                Action::GrowQuiet,
                if_any(
                    awake().any(|actor| actor.is_open() && actor.may_grow_quiet(faults.is_as_packaged())),
                    40,
                ),
            ),
            (Action::Process, if_any(cx.calls.iter().any(Context::is_undone), 500)),
            (
                Action::Deliver,
                if_any(cx.calls.iter().any(|call| Context::is_answered(call) && hears(call.slot)), 500),
            ),
            (
                Action::TimeOut,
                if_any(cx.calls.iter().any(|call| !call.is_abandoned && hears(call.slot)), timeouts),
            ),
            (Action::BeOverdue, if_any(awake().any(Actor::may_be_overdue), timeouts)),
            (Action::Wake, if_any(awake().any(Actor::may_wake), 200)),
            (
                Action::Open,
                if_any(slots.iter().any(Option::is_none), if living == 0 { 300 } else { faults.rivalry }),
            ),
            (Action::Close, if_any(open, faults.closes)),
            (Action::Withdraw, if_any(open, faults.withdrawals)),
            (Action::CrashRuntime, if_any(alive, faults.runtime_crashes)),
            (Action::CrashHost, if_any(alive, faults.host_crashes)),
            (Action::CrashStore, faults.store_crashes),
            (Action::Freeze, if_any(awake().next().is_some(), faults.freezes)),
            (Action::Thaw, if_any(is_frozen.contains(&true), 30)),
            (Action::Delete, if_any(cx.store.head.is_some(), faults.deletions)),
            (Action::Inspect, if_any(cx.store.head.is_some(), 4)),
        ]
    }

    /// Lets something happen, and tells whether it counts: what the store does with a call does not.
    fn step(&mut self) -> bool {
        let actions = self.weights();
        let weights = actions.map(|(_, weight)| weight);
        let (action, _) = actions[self.cx.random.weighted(&weights)];
        self.act(action);
        !matches!(action, Action::Process | Action::Deliver | Action::Wake)
    }

    /// A slot with a runtime that is not frozen and for which `wanted` holds.
    pub(crate) fn choose(&mut self, wanted: impl Fn(&Actor) -> bool) -> Option<usize> {
        let fits = |&slot: &usize| !self.is_frozen[slot] && self.slots[slot].as_ref().is_some_and(&wanted);
        let found: Vec<_> = (0..self.slots.len()).filter(fits).collect();
        if found.is_empty() { None } else { Some(*self.cx.random.pick(&found)) }
    }

    /// Has a runtime do something, which is a step; one that has come to its end is gone.
    pub(crate) fn with_actor(
        &mut self,
        slot: usize,
        step: impl FnOnce() -> Value,
        act: impl FnOnce(&mut Actor, &mut Context),
    ) {
        if let Some(mut actor) = self.slots[slot].take() {
            self.cx.begin_step(step);
            act(&mut actor, &mut self.cx);
            self.cx.end_step();
            if actor.is_over() {
                self.abandon_calls(slot, 700);
            } else {
                self.slots[slot] = Some(actor);
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Submit => {
                if let Some(slot) = self.choose(Actor::is_open) {
                    let count = 1 + self.cx.random.below(self.cx.faults.burst);
                    self.submit(slot, count);
                }
            }
            Action::Read => {
                if let Some(slot) = self.choose(Actor::is_open) {
                    self.read(slot);
                }
            }
            Action::Follow => {
                if let Some(slot) = self.choose(|actor| actor.is_open() && !actor.follows()) {
                    let count = 1 + self.cx.random.below(30);
                    self.follow(slot, count);
                }
            }
            Action::Tick => {
                if let Some(slot) = self.choose(Actor::is_open) {
                    self.tick(slot);
                }
            }
            Action::GrowQuiet => {
                let is_as_packaged = self.cx.faults.is_as_packaged();
                let may = |actor: &Actor| actor.is_open() && actor.may_grow_quiet(is_as_packaged);
                if let Some(slot) = self.choose(may) {
                    self.grow_quiet(slot);
                }
            }
            Action::Process => {
                if let Some(index) = self.cx.choose(Context::is_undone) {
                    self.cx.process(index);
                }
            }
            Action::Deliver => {
                let frozen = self.is_frozen.clone();
                if let Some(index) = self.cx.choose(|call| Context::is_answered(call) && !frozen[call.slot]) {
                    self.deliver(index);
                }
            }
            Action::TimeOut => {
                let frozen = self.is_frozen.clone();
                if let Some(index) = self.cx.choose(|call| !call.is_abandoned && !frozen[call.slot]) {
                    self.time_out(index);
                }
            }
            Action::BeOverdue => {
                if let Some(slot) = self.choose(Actor::may_be_overdue) {
                    self.be_overdue(slot);
                }
            }
            Action::Wake => {
                if let Some(slot) = self.choose(Actor::may_wake) {
                    self.wake(slot);
                }
            }
            Action::Open => {
                let free: Vec<_> = (0..self.slots.len()).filter(|&slot| self.slots[slot].is_none()).collect();
                let slot = *self.cx.random.pick(&free);
                self.open(slot);
            }
            Action::Close => {
                if let Some(slot) = self.choose(Actor::is_open) {
                    self.close(slot);
                }
            }
            Action::Withdraw => {
                if let Some(slot) = self.choose(Actor::is_open) {
                    self.withdraw(slot);
                }
            }
            Action::CrashRuntime => {
                let living: Vec<_> =
                    (0..self.slots.len()).filter(|&slot| self.slots[slot].is_some()).collect();
                let slot = *self.cx.random.pick(&living);
                self.cx.counts.runtime_crashes += 1;
                self.crash(slot);
            }
            Action::CrashHost => self.crash_host(),
            Action::CrashStore => self.crash_store(),
            Action::Freeze => {
                if let Some(slot) = self.choose(|_| true) {
                    self.cx.counts.freezes += 1;
                    self.is_frozen[slot] = true;
                }
            }
            Action::Thaw => {
                let frozen: Vec<_> = (0..self.slots.len()).filter(|&slot| self.is_frozen[slot]).collect();
                self.is_frozen[*self.cx.random.pick(&frozen)] = false;
            }
            Action::Delete => {
                self.cx.counts.deletions += 1;
                self.cx.write_down(|| json!(["delete"]));
                self.cx.store.delete();
            }
            Action::Inspect => self.inspect(),
        }
    }

    /// Nobody waits for a runtime's calls any more; some of its commits are still on their way.
    fn abandon_calls(&mut self, slot: usize, kept: usize) {
        let random = &mut self.cx.random;
        self.cx.calls.retain_mut(|call| {
            if call.slot != slot {
                return true;
            }
            let is_commit = matches!(call.request, Request::Commit { .. });
            call.is_abandoned = true;
            is_commit && call.reply.is_none() && random.chance(kept)
        });
    }

    pub(crate) fn crash(&mut self, slot: usize) {
        if let Some(mut actor) = self.slots[slot].take() {
            self.cx.write_down(|| json!(["crash", slot]));
            actor.die(&mut self.cx);
            self.is_frozen[slot] = false;
            self.abandon_calls(slot, 600);
        }
    }

    /// Everything stops at once; what is not durable may be lost.
    pub(crate) fn crash_host(&mut self) {
        let lost = self.cx.random.below(self.cx.store.at_risk(false) + 1);
        self.crash_host_losing(lost);
    }

    /// The same, with the last `lost` commits that nobody was told of.
    pub(crate) fn crash_host_losing(&mut self, lost: usize) {
        self.cx.counts.host_crashes += 1;
        for slot in 0..self.slots.len() {
            self.crash(slot);
        }
        self.cx.calls.clear();
        self.cx.take_back(lost);
        self.inspect();
    }

    /// The store alone fails and comes back; runtimes live on, and what they have seen stays.
    fn crash_store(&mut self) {
        self.cx.counts.store_crashes += 1;
        let lost = self.cx.random.below(self.cx.store.at_risk(true) + 1);
        self.cx.take_back(lost);
        let random = &mut self.cx.random;
        let seen = self.cx.store.applied();
        let mut failed = Vec::new();
        self.cx.calls.retain_mut(|call| {
            if call.reply.is_none() && random.chance(500) {
                return true;
            }
            (call.reply, call.is_silent) = (Some((Reply::Failed, seen)), false);
            failed.push(call.id);
            !call.is_abandoned
        });
        self.cx.write_down(|| json!(["fail", failed]));
    }
}
