//! One runtime and the protocol that it keeps with its store, without waiting for anything: calls go out, replies come
//! in. What the package does with promises and timers is done here with states, in the same order.

use std::collections::VecDeque;
use std::rc::Rc;

use worker_runtime::Runtime;
use worker_runtime::storage::StoreOptions;

use crate::audit::Particulars;
use crate::context::{CallId, Context, Reply, Told};
use crate::following::{Following, Watch};
use crate::model::{Answered, Issued, Model};
use crate::offering::{Decision, Offering};
use crate::opening::Stage;
use crate::random::Random;
use crate::reading::{Fetch, Load};
use crate::store::{Commit, Head, Purpose};
use crate::upkeep::Upkeep;

/// A mutation that waits for its transaction.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) issued: Rc<Issued>,
    /// A commit that it shared was refused.
    pub(crate) is_alone: bool,
}

/// The commit that is under way.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) offering: Offering,
    pub(crate) commands: Vec<(Waiting, Answered)>,
}

/// One runtime.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) slot: usize,
    pub(crate) stage: Stage,
    pub(crate) options: StoreOptions,
    /// Where its tokens come from.
    tokens: Random,
    pub(crate) runtime: Option<Runtime>,
    /// What it should be; events after the first `decided` are those of the commit under way.
    pub(crate) model: Model,
    pub(crate) decided: usize,
    /// The life of the store that it is in.
    pub(crate) life: usize,
    pub(crate) head: Head,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) flight: Option<Flight>,
    pub(crate) loads: Vec<Load>,
    pub(crate) fetches: Vec<Fetch>,
    pub(crate) upkeep: Upkeep,
    pub(crate) is_closing: bool,
    pub(crate) particulars: Particulars,
    /// Whether its store is lost when it opens, and that is accepted.
    pub(crate) accepts_loss: bool,
    /// How often somebody was faster.
    pub(crate) rounds: u64,
    pub(crate) following: Option<Following>,
    /// Where its next subscription begins.
    pub(crate) cursor: u64,
    pub(crate) watch: Watch,
}

impl Actor {
    /// Begins to open.
    pub(crate) fn new(cx: &mut Context, slot: usize, tokens: u64) -> Self {
        let options = cx.faults.options(&mut cx.random);
        let accepts_loss = cx.random.chance(30);
        cx.counts.losses_accepted += u64::from(accepts_loss);
        Self {
            slot,
            stage: Stage::Pausing,
            options,
            tokens: Random::new(tokens),
            runtime: None,
            model: Model::default(),
            decided: 0,
            life: 0,
            head: 0,
            queue: VecDeque::new(),
            flight: None,
            loads: Vec::new(),
            fetches: Vec::new(),
            upkeep: Upkeep::default(),
            is_closing: false,
            particulars: Particulars { runtime: cx.faults.runtime.clone(), losses: 0 },
            accepts_loss,
            rounds: 0,
            following: None,
            cursor: 1,
            watch: Watch::default(),
        }
    }

    /// Whether it takes calls.
    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Open && !self.is_closing
    }

    pub(crate) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// A commit, or work that mutations wait for, is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.flight.is_some() || self.upkeep.is_in_step
    }

    pub(crate) fn is_regrouping(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.offering.commit.purpose == Purpose::Regroup)
    }

    /// It is there from the taking on.
    pub(crate) fn runtime(&mut self) -> &mut Runtime {
        self.runtime.as_mut().expect("a runtime")
    }

    /// 128 random bits, never given before.
    pub(crate) fn fresh_token(&mut self) -> Head {
        self.tokens.wide()
    }

    /// A reply came; one to a call that nobody waits for any more changes nothing.
    pub(crate) fn reply(&mut self, cx: &mut Context, call: CallId, reply: Reply) {
        if self.is_over() {
            return;
        }
        if let Some(flight) = self.flight.as_mut().filter(|flight| flight.offering.awaits(call)) {
            if let Some(decision) = flight.offering.answered(cx, call, &reply) {
                self.decided(cx, decision);
            }
        } else if self.stage.awaits(call) {
            self.opening_replied(cx, reply);
        } else {
            self.read_replied(cx, call, reply);
        }
        self.send_prepared(cx);
    }

    /// A commit is under way. One that regroups is offered when everything else of the same step is done.
    pub(crate) fn begin_flight(&mut self, commit: Rc<Commit>, commands: Vec<(Waiting, Answered)>) {
        self.flight = Some(Flight { offering: Offering::new(self.slot, commit), commands });
    }

    /// Offers the commit that is prepared, if there is one.
    pub(crate) fn send_prepared(&mut self, cx: &mut Context) {
        if self.is_over() {
            return;
        }
        if let Some(flight) = self.flight.as_mut().filter(|flight| !flight.offering.is_out()) {
            let to = flight.offering.commit.to;
            flight.offering.offer(cx);
            self.note_own_commit(to);
        }
    }

    /// Whether it lets time pass before it offers its commit again, or opens anew.
    pub(crate) fn may_wake(&self) -> bool {
        self.stage == Stage::Pausing
            || self.flight.as_ref().is_some_and(|flight| flight.offering.is_pausing())
    }

    /// That time has passed.
    pub(crate) fn wake(&mut self, cx: &mut Context) {
        if self.stage == Stage::Pausing {
            self.open(cx);
        } else if let Some(flight) = self.flight.as_mut().filter(|flight| flight.offering.is_pausing()) {
            flight.offering.offer(cx);
        }
    }

    /// What becomes of the commit under way is known.
    pub(crate) fn decided(&mut self, cx: &mut Context, decision: Decision) {
        let Some(flight) = self.flight.take() else { return };
        flight.offering.end(cx);
        match flight.offering.commit.purpose {
            Purpose::Create | Purpose::TakeOver => self.taking_decided(cx, &flight.offering.commit, decision),
            Purpose::Regroup => self.regrouping_decided(cx, &flight.offering.commit, decision),
            Purpose::Mutations => self.mutations_decided(cx, flight, decision),
        }
    }

    /// The store has made this commit its own for good.
    pub(crate) fn note_applied(&mut self, cx: &mut Context, commit: &Commit) {
        let place = cx.store.acknowledge(commit.to);
        self.head = commit.to;
        if self.stage != Stage::Taking {
            assert!(cx.store.is_durable(place));
            assert_eq!((place.life, place.events), (self.life, self.model.len()), "where the commit belongs");
        }
    }

    /// Somebody else has the store: nothing is published any more. `outcome` is that of the commit under way.
    pub(crate) fn fence(&mut self, cx: &mut Context, outcome: Told) {
        cx.counts.fences += 1;
        let slot = self.slot;
        self.tell_all(cx, outcome, Some("storage_conflict"));
        self.stop_following(cx, Some("storage_conflict"));
        let waiting: Vec<_> = self.loads.extract_if(.., |load| load.is_waiting).collect();
        for load in waiting {
            load.failed(cx, "storage_conflict");
        }
        if self.stage != Stage::Open {
            cx.trace.became(format_args!("refused {slot} storage_conflict -"));
        } else if !self.is_closing {
            cx.trace.became(format_args!("ended {slot} storage_conflict"));
        } else if self.loads.is_empty() && !self.is_reading_for_step() {
            cx.trace.became(format_args!("closed {slot}"));
        }
        self.stage = Stage::Over;
    }

    /// The runtime dies: nobody is told anything any more. What was never offered was certainly not applied.
    pub(crate) fn die(&mut self, cx: &mut Context) {
        self.tell_all(cx, Told::Unknown, None);
    }

    fn tell_all(&mut self, cx: &mut Context, outcome: Told, code: Option<&str>) {
        let committing = self.flight.take().map_or_else(Vec::new, |flight| flight.commands);
        let committing = committing.into_iter().map(|(waiting, _)| (waiting, outcome));
        let queued = self.queue.drain(..).map(|waiting| (waiting, Told::NotApplied));
        for (waiting, outcome) in committing.chain(queued) {
            cx.fail(waiting.issued.serial, outcome, code);
        }
    }

    /// No call is taken any more; earlier ones are completed.
    pub(crate) fn close(&mut self, cx: &mut Context) {
        self.is_closing = true;
        self.stop_following(cx, None);
        self.advance(cx, false);
        self.send_prepared(cx);
    }

    /// Nothing waits any more: it closes as soon as nothing is read.
    pub(crate) fn close_when_quiet(&mut self, cx: &mut Context) {
        if self.is_closing && self.loads.is_empty() && !self.is_busy() && self.queue.is_empty() {
            cx.trace.became(format_args!("closed {}", self.slot));
            self.stage = Stage::Over;
        }
    }

    /// Whether somebody waits for something that is to end within a bounded time.
    pub(crate) fn may_be_overdue(&self) -> bool {
        self.loads.iter().any(|load| load.is_waiting) || self.is_closing && self.flight.is_some()
    }

    /// That time has passed: reads wait no longer for a regrouping, and a runtime that closes not for its commit.
    pub(crate) fn overdue(&mut self, cx: &mut Context) {
        cx.counts.overdue += 1;
        let waiting: Vec<_> = self.loads.extract_if(.., |load| load.is_waiting).collect();
        for load in waiting {
            self.load_failed(cx, load, "storage_failed");
        }
        if self.is_closing && self.flight.is_some() {
            self.decided(cx, Decision::GivenUp);
        }
        self.send_prepared(cx);
    }
}
