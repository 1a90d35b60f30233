//! Mutations: one commit under way, those that come meanwhile wait as commands; and what becomes of a commit.

use std::collections::HashSet;
use std::rc::Rc;

use worker_runtime::Command;

use crate::actor::{Actor, Flight, Waiting};
use crate::audit::check_resident;
use crate::context::{Context, Told};
use crate::model::{Answer, Answered, Issued, Model, answered};
use crate::offering::Decision;
use crate::opening::Stage;
use crate::store::{Commit, Purpose, token};

/// How many mutations go into one commit at the most.
const MOST_COMMANDS: usize = 256;

impl Answer {
    fn event(self) -> u64 {
        let (Self::Created { event, .. }
        | Self::Accepted { event, .. }
        | Self::Ended { event, .. }
        | Self::Stopped { event }) = self;
        event
    }
}

impl Actor {
    /// Callers ask for mutations, one after the other.
    pub(crate) fn submit(&mut self, cx: &mut Context, issued: Vec<Rc<Issued>>) {
        for issued in issued {
            cx.issue(Rc::clone(&issued));
            self.queue.push_back(Waiting { issued, is_alone: false });
        }
        self.advance(cx, false);
        self.send_prepared(cx);
    }

    /// Does whatever can be done now. Where nobody waits, a runtime that is `resumed` goes on with what it has begun, and
    /// another one may begin something.
    pub(crate) fn advance(&mut self, cx: &mut Context, is_resumed: bool) {
        while self.stage == Stage::Open && !self.is_busy() {
            if self.queue.is_empty() {
                if self.is_closing {
                    self.close_when_quiet(cx);
                } else if is_resumed || cx.random.chance(cx.faults.eager) {
                    self.idle(cx);
                }
                return;
            }
            if self.is_urgent() {
                cx.counts.urgent_steps += 1;
                self.upkeep.urgent_steps += 1;
                self.upkeep.is_in_step = true;
                self.step(cx);
            } else {
                self.transact(cx);
            }
        }
    }

    /// Executes what waits and offers what it changed.
    fn transact(&mut self, cx: &mut Context) {
        let runtime = self.runtime.as_mut().expect("a runtime");
        runtime.begin();
        let mut commands = Vec::new();
        let at = cx.now();
        while let Some(next) = self.queue.front() {
            if commands.len() == MOST_COMMANDS || next.is_alone && !commands.is_empty() {
                break;
            }
            let command = &next.issued.command;
            if *command != Command::StopRuntime && runtime.must_wait(command.text_bytes()) {
                cx.counts.commits_cut_short += 1;
                break;
            }
            let is_alone = next.is_alone;
            let Some(waiting) = self.queue.pop_front() else { break };
            let Issued { command, operation, .. } = &*waiting.issued;
            let remembered = self.model.len();
            let found = answered(runtime.execute(command, operation.as_ref(), at));
            let expected = self.model.execute(&waiting.issued, at);
            assert_eq!(found, expected, "the answer to {command:?} under {operation:?}");
            let is_repeated = operation.is_some() && found.is_ok() && self.model.len() == remembered;
            cx.counts.repeated_operations += u64::from(is_repeated);
            cx.counts.operation_conflicts += u64::from(found == Err("operation_conflict"));
            commands.push((waiting, found));
            if is_alone {
                break;
            }
        }
        // What is not durable is not visible.
        assert_eq!(runtime.event_cursor_now().next_event_id as usize, self.decided + 1);
        assert_eq!(runtime.has_changes(), self.model.len() > self.decided);
        if runtime.has_changes() {
            let to = self.fresh_token();
            let ops = self.runtime().finish(token(to));
            let events = self.model.events[self.decided..].to_vec();
            let commit = Commit::new(Some(self.head), to, ops, Purpose::Mutations, events, None);
            self.begin_flight(commit, commands);
            self.send_prepared(cx);
        } else {
            runtime.abort_open();
            self.settle(cx, commands);
        }
    }

    /// What became of a commit of mutations.
    pub(crate) fn mutations_decided(&mut self, cx: &mut Context, flight: Flight, decision: Decision) {
        let Flight { offering, commands } = flight;
        match decision {
            Decision::Applied => self.applied(cx, &offering.commit, commands),
            Decision::Moved { is_certain, .. } => {
                self.flight = Some(Flight { offering, commands });
                self.fence(cx, if is_certain { Told::NotApplied } else { Told::Unknown });
                return;
            }
            Decision::Rejected => {
                self.drop_transaction();
                self.rejected(cx, commands);
            }
            Decision::GivenUp => {
                self.drop_transaction();
                for (waiting, _) in commands {
                    cx.fail(waiting.issued.serial, Told::Unknown, Some("storage_failed"));
                }
                self.fail_waiting(cx);
            }
        }
        self.advance(cx, false);
    }

    /// Behind a commit that was given up nothing is offered.
    pub(crate) fn fail_waiting(&mut self, cx: &mut Context) {
        for waiting in self.queue.drain(..) {
            cx.fail(waiting.issued.serial, Told::NotApplied, Some("storage_failed"));
        }
    }

    /// It is durable: merge, then wake, then settle.
    fn applied(&mut self, cx: &mut Context, commit: &Commit, commands: Vec<(Waiting, Answered)>) {
        self.note_applied(cx, commit);
        self.note_mutation();
        self.runtime().merge_open();
        self.decided = self.model.len();
        let runtime = self.runtime.as_ref().expect("a runtime");
        if cx.random.chance(60) {
            check_resident(runtime, &self.model, &self.particulars);
        }
        assert_eq!(runtime.event_cursor_now().next_event_id as usize, self.decided + 1, "what is visible");
        self.wake_follower(cx);
        self.settle(cx, commands);
    }

    fn drop_transaction(&mut self) {
        self.runtime().abort_open();
        self.model.truncate(self.decided);
    }

    /// It certainly was not applied and never will be. A mutation that was the only one in it fails, and what rested on it
    /// is executed anew; several are tried one by one.
    fn rejected(&mut self, cx: &mut Context, commands: Vec<(Waiting, Answered)>) {
        let before = self.decided as u64;
        let event = |answer: &Answered| (*answer).ok().map(Answer::event).filter(|event| *event > before);
        let events: HashSet<u64> = commands.iter().filter_map(|(_, answer)| event(answer)).collect();
        let is_several = events.len() > 1;
        cx.counts.offered_alone += u64::from(is_several);
        if !is_several {
            let changing = commands.iter().find(|(_, answer)| event(answer).is_some());
            let (waiting, _) = changing.expect("what changed something");
            cx.fail(waiting.issued.serial, Told::NotApplied, Some("storage_failed"));
        }
        for (waiting, _) in commands.into_iter().rev() {
            // Who has given up is not executed anew.
            if !cx.was_told(waiting.issued.serial) {
                self.queue.push_front(Waiting { is_alone: is_several, ..waiting });
            }
        }
    }

    /// A mutation that its caller may give up on, if there is one.
    pub(crate) fn any_undecided(&self, cx: &mut Context) -> Option<usize> {
        let committing = self.flight.iter().flat_map(|flight| &flight.commands).map(|(waiting, _)| waiting);
        // The stop of the runtime is not given up.
        let gives_up = |waiting: &&Waiting| waiting.issued.command != Command::StopRuntime;
        let serials = committing.chain(&self.queue).filter(gives_up).map(|waiting| waiting.issued.serial);
        let serials: Vec<_> = serials.filter(|serial| !cx.was_told(*serial)).collect();
        // Who gives up on a repeat may be answered by its first call.
        let is_repeat = |serial: &&usize| {
            let operation = &cx.issued[**serial].operation;
            operation.is_some() && cx.issued[..**serial].iter().any(|before| before.operation == *operation)
        };
        let repeats: Vec<_> = serials.iter().filter(is_repeat).copied().collect();
        let from = if !repeats.is_empty() && cx.random.chance(500) { &repeats } else { &serials };
        if from.is_empty() { None } else { Some(*cx.random.pick(from)) }
    }

    /// A caller gives up on a mutation.
    pub(crate) fn withdraw(&mut self, cx: &mut Context, serial: usize) {
        cx.counts.withdrawn += 1;
        let committing: Vec<_> = self
            .flight
            .iter()
            .flat_map(|flight| &flight.commands)
            .map(|(waiting, _)| Rc::clone(&waiting.issued))
            .collect();
        let operation = cx.issued[serial].operation.clone();
        // The same operation, asked for before, may be what becomes durable.
        let is_under_way = committing
            .iter()
            .any(|issued| issued.serial == serial || operation.is_some() && issued.operation == operation);
        let remembered = if is_under_way { None } else { self.recall(cx, serial) };
        match remembered {
            Some(answer) => cx.settle(serial, answer, self.now()),
            None => {
                let told = if is_under_way { Told::Unknown } else { Told::NotApplied };
                cx.fail(serial, told, Some("storage_failed"));
            }
        }
        self.queue.retain(|waiting| waiting.issued.serial != serial);
    }

    /// What is remembered of an operation, whatever is under way.
    fn recall(&mut self, cx: &mut Context, serial: usize) -> Option<Answered> {
        let issued = Rc::clone(&cx.issued[serial]);
        let Issued { command, operation, .. } = &*issued;
        operation.as_ref()?;
        let at = cx.now();
        let runtime = self.runtime();
        runtime.begin_aside();
        let found = answered(runtime.execute(command, operation.as_ref(), at));
        assert!(!runtime.has_changes(), "{command:?} under {operation:?} was done for who gives up");
        runtime.end_aside();
        let is_remembered = found.is_ok() || found == Err("operation_conflict");
        let found = is_remembered.then_some(found);
        let expected = Model::of(&self.model.events[..self.decided]).remembered(&issued);
        assert_eq!(found, expected, "the answer to {command:?} under {operation:?}, for who gives up");
        cx.counts.recalled += u64::from(is_remembered);
        found
    }

    /// Where the event log ends, for a caller who may still ask.
    fn now(&mut self) -> Option<u64> {
        if self.is_closing { None } else { Some(self.runtime().event_cursor_now().next_event_id) }
    }

    /// Callers are told, in the order of their calls.
    fn settle(&mut self, cx: &mut Context, commands: Vec<(Waiting, Answered)>) {
        let now = self.now();
        for (waiting, answer) in commands {
            let serial = waiting.issued.serial;
            if !cx.was_told(serial) {
                cx.settle(serial, answer, now);
            }
        }
    }
}
