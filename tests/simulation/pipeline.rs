//! Mutations: one commit under way, those that come meanwhile wait as commands; and what becomes of a commit.

use std::rc::Rc;

use worker_runtime::storage::Regrouping;

use crate::actor::{Actor, End, Flight, Stage, Waiting};
use crate::audit::check_resident;
use crate::context::{Context, Reply, Request, Told};
use crate::model::{Answer, Answered, Issued, answered};
use crate::reading::{Kept, What};
use crate::store::{Commit, Purpose, token};

/// How many mutations go into one commit at the most.
const MOST_COMMANDS: usize = 256;

impl Actor {
    /// A caller asks for a mutation.
    pub(crate) fn submit(&mut self, cx: &mut Context, issued: Rc<Issued>) {
        cx.issue(Rc::clone(&issued));
        self.queue.push_back(Waiting { issued, is_alone: false });
    }

    /// Does whatever can be done now.
    pub(crate) fn pump(&mut self, cx: &mut Context) {
        while self.stage == Stage::Open && self.flight.is_none() {
            if self.queue.is_empty() {
                if self.is_closing {
                    self.end(cx, End::Closed);
                } else if cx.random.chance(cx.faults.eager) {
                    let is_idle = cx.random.chance(500);
                    self.regroup(cx, is_idle);
                }
                return;
            }
            let is_urgent = self.runtime().regrouping(false) == Regrouping::Urgent;
            if is_urgent && !self.is_regrouping_barred {
                self.regroup(cx, false);
                return;
            }
            self.transact(cx);
        }
    }

    /// One step of regrouping, or the reads that it needs.
    pub(crate) fn regroup(&mut self, cx: &mut Context, is_idle: bool) {
        self.regroup_with(cx, is_idle, Kept::default());
    }

    /// The same, for which something was read before.
    pub(crate) fn regroup_with(&mut self, cx: &mut Context, is_idle: bool, kept: Kept) {
        let is_reading = self.jobs.iter().any(|job| matches!(job.what, What::Regroup { .. }));
        if self.is_regrouping_barred || is_reading || self.flight.is_some() || !self.is_open() {
            return;
        }
        if self.runtime().regrouping(is_idle) == Regrouping::None {
            return;
        }
        let to = cx.fresh_head();
        match self.runtime().regroup(token(to), is_idle) {
            Some(ops) => {
                let commit = cx.commit(
                    Some(self.head),
                    to,
                    ops,
                    Purpose::Regroup,
                    Vec::new(),
                    Some(self.particulars.losses),
                );
                self.begin_flight(cx, commit, Vec::new());
            }
            None => self.begin_job(cx, What::Regroup { is_idle }, kept),
        }
    }

    /// Executes what waits and offers what it changed.
    fn transact(&mut self, cx: &mut Context) {
        let runtime = self.runtime.as_mut().expect("a runtime");
        runtime.begin();
        let mut commands = Vec::new();
        while let Some(next) = self.queue.front() {
            if commands.len() == MOST_COMMANDS || next.is_alone && !commands.is_empty() {
                break;
            }
            if runtime.must_wait(next.issued.command.text_bytes()) {
                cx.counts.commits_cut_short += 1;
                break;
            }
            let is_alone = next.is_alone;
            let Some(waiting) = self.queue.pop_front() else { break };
            let at = cx.now();
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
            let to = cx.fresh_head();
            let ops = runtime.finish(token(to));
            let events = self.model.events[self.decided..].to_vec();
            let commit = cx.commit(Some(self.head), to, ops, Purpose::Mutations, events, None);
            self.begin_flight(cx, commit, commands);
        } else {
            runtime.abort_open();
            settle(cx, commands);
        }
    }

    pub(crate) fn begin_flight(
        &mut self,
        cx: &mut Context,
        commit: Rc<Commit>,
        commands: Vec<(Waiting, Answered)>,
    ) {
        self.note_own_commit(commit.to);
        self.flight = Some(Flight { commit, call: None, offered: 0, commands });
        self.offer(cx);
    }

    /// Offers the commit under way, for the first time or again: the very same bytes.
    pub(crate) fn offer(&mut self, cx: &mut Context) {
        if let Some(flight) = &mut self.flight {
            let is_first_offering = flight.offered == 0;
            cx.counts.offered_again += u64::from(!is_first_offering);
            flight.offered += 1;
            let commit = Rc::clone(&flight.commit);
            flight.call = Some(cx.send(self.slot, Request::Commit { commit, is_first_offering }));
        }
    }

    /// Whether a commit is to be offered again.
    pub(crate) fn may_offer_again(&self) -> bool {
        matches!(self.stage, Stage::Taking | Stage::Open)
            && self.flight.as_ref().is_some_and(|flight| flight.call.is_none())
    }

    /// The back-off is over.
    pub(crate) fn offer_again(&mut self, cx: &mut Context) {
        if !self.may_offer_again() {
            return;
        }
        let is_creation = self.flight.as_ref().is_some_and(|flight| flight.commit.purpose == Purpose::Create);
        if is_creation && cx.random.chance(500) {
            self.stage = Stage::Head(cx.send(self.slot, Request::Head));
        } else {
            self.offer(cx);
        }
    }

    /// What the store says to the commit under way.
    pub(crate) fn commit_replied(&mut self, cx: &mut Context, reply: Reply) {
        let Some(flight) = &mut self.flight else { return };
        let is_first = flight.offered == 1;
        match reply {
            Reply::Head(head) if head == Some(flight.commit.to) => self.applied(cx),
            Reply::Head(head) => self.refused_by_head(cx, head.is_none(), is_first),
            Reply::Rejected if is_first => self.rejected(cx),
            reply => {
                cx.counts.rejected_after_unknown += u64::from(matches!(reply, Reply::Rejected));
                flight.call = None;
                if self.is_closing {
                    self.end(cx, End::Closed);
                }
            }
        }
    }

    /// It is durable: merge, then wake, then settle.
    fn applied(&mut self, cx: &mut Context) {
        let Some(Flight { commit, commands, .. }) = self.flight.take() else { return };
        let place = cx.store.acknowledge(commit.to);
        cx.trace.note("applied", &[self.slot as u64, commit.purpose as u64, place.events as u64]);
        self.head = commit.to;
        if self.stage == Stage::Taking {
            self.taken(cx, commit.purpose);
            return;
        }
        assert!(cx.store.is_durable(place));
        assert_eq!((place.life, place.events), (self.life, self.model.len()), "where the commit belongs");
        self.runtime().merge_open();
        self.decided = self.model.len();
        let runtime = self.runtime.as_ref().expect("a runtime");
        if cx.random.chance(60) {
            check_resident(runtime, &self.model, &self.particulars);
        }
        assert_eq!(runtime.event_cursor_now().next_event_id as usize, self.decided + 1, "what is visible");
        if commit.purpose == Purpose::Mutations {
            self.is_regrouping_barred = false;
        }
        settle(cx, commands);
        self.own_commit_decided(cx);
    }

    fn refused_by_head(&mut self, cx: &mut Context, is_absent: bool, is_first: bool) {
        let purpose = self.flight.as_ref().map(|flight| flight.commit.purpose);
        match purpose {
            Some(Purpose::Create | Purpose::TakeOver) if self.stage == Stage::Taking => {
                cx.counts.openings_lost_to_a_rival += 1;
                if purpose == Some(Purpose::Create) && is_absent {
                    // It was applied once and deleted since: it is never applied again, another one can be.
                    if let Some(flight) = &mut self.flight {
                        flight.call = None;
                    }
                    self.stage = Stage::Head(cx.send(self.slot, Request::Head));
                } else {
                    self.open_anew(cx);
                }
            }
            _ => self.fence(cx, is_first),
        }
    }

    /// It certainly was not applied and never will be.
    fn rejected(&mut self, cx: &mut Context) {
        let Some(Flight { commit, mut commands, .. }) = self.flight.take() else { return };
        if self.stage == Stage::Taking {
            self.end(cx, End::Refused);
            return;
        }
        self.runtime().abort_open();
        self.model.truncate(self.decided);
        if commit.purpose == Purpose::Regroup {
            cx.counts.refused_regroupings += 1;
            self.is_regrouping_barred = true;
        } else if commands.len() == 1 {
            for (waiting, _) in commands {
                if !cx.was_told(waiting.issued.serial) {
                    cx.tell(waiting.issued.serial, Told::NotApplied);
                }
            }
        } else {
            cx.counts.offered_alone += 1;
            while let Some((waiting, _)) = commands.pop() {
                self.queue.push_front(Waiting { is_alone: true, ..waiting });
            }
            // Who has given up is not executed anew.
            self.queue.retain(|waiting| !cx.was_told(waiting.issued.serial));
        }
        self.own_commit_decided(cx);
    }

    /// A caller gives up on a mutation.
    pub(crate) fn withdraw(&mut self, cx: &mut Context) {
        let committing = self.flight.iter().flat_map(|flight| &flight.commands).map(|(waiting, _)| waiting);
        let serials: Vec<_> = committing.map(|waiting| (waiting.issued.serial, Told::Unknown)).collect();
        let queued = self.queue.iter().map(|waiting| (waiting.issued.serial, Told::NotApplied));
        let serials: Vec<_> = serials.into_iter().chain(queued).collect();
        if serials.is_empty() {
            return;
        }
        let (serial, told) = *cx.random.pick(&serials);
        if !cx.was_told(serial) {
            cx.counts.withdrawn += 1;
            cx.tell(serial, told);
        }
        self.queue.retain(|waiting| waiting.issued.serial != serial);
    }
}

/// Callers are told, in the order of their calls.
fn settle(cx: &mut Context, commands: Vec<(Waiting, Answered)>) {
    for (waiting, answer) in commands {
        let serial = waiting.issued.serial;
        if cx.was_told(serial) {
            continue;
        }
        if let Ok(answer) = answer {
            let (Answer::Created { event, .. }
            | Answer::Accepted { event, .. }
            | Answer::Ended { event, .. }
            | Answer::Stopped { event }) = answer;
            cx.trace.note("acknowledged", &[serial as u64, event]);
        }
        cx.tell(serial, if answer.is_ok() { Told::Acknowledged } else { Told::Refused });
    }
}
