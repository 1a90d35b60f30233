//! One runtime and the protocol that it keeps with its store, without waiting for anything: calls go out, replies come
//! in. What a real host does with promises is done here with states.

use std::collections::VecDeque;
use std::rc::Rc;

use worker_runtime::storage::{Need, RootRecord, StoreOptions, root_range};
use worker_runtime::{Error, Result, Runtime};

use crate::audit::{Particulars, check_resident, runtime_id};
use crate::context::{CallId, Context, Reply, Request, Told};
use crate::model::{Answered, Issued, Model};
use crate::reading::{Job, Kept, What};
use crate::store::{Commit, Head, Purpose, token};

/// How a runtime came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Fenced,
    /// Its opening failed.
    Refused,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The head is asked for; a creation may be undecided.
    Head(CallId),
    /// The root record of the store at this head is read.
    Root(CallId, Head),
    /// It was no good: that counts if the head is still this one.
    Check(CallId, Head, Error),
    /// A commit that makes the store this runtime's is under way.
    Taking,
    /// The rest of the store is read.
    Restoring,
    Open,
    Over(End),
}

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
    pub(crate) commit: Rc<Commit>,
    /// The offering that is waited for; none: it is to be offered again.
    pub(crate) call: Option<CallId>,
    pub(crate) offered: usize,
    pub(crate) commands: Vec<(Waiting, Answered)>,
}

/// One runtime.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) slot: usize,
    pub(crate) stage: Stage,
    options: StoreOptions,
    pub(crate) runtime: Option<Runtime>,
    /// What it should be; events after the first `decided` are those of the commit under way.
    pub(crate) model: Model,
    pub(crate) decided: usize,
    /// The life of the store that it is in.
    pub(crate) life: usize,
    pub(crate) head: Head,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) flight: Option<Flight>,
    pub(crate) jobs: Vec<Job>,
    /// A regrouping commit was refused: no other before a user commit succeeds.
    pub(crate) is_regrouping_barred: bool,
    pub(crate) is_closing: bool,
    pub(crate) particulars: Particulars,
    /// Whether it accepts a loss as it opens.
    accepts_loss: bool,
    /// Where its subscription goes on.
    pub(crate) cursor: u64,
}

impl Actor {
    /// Begins to open.
    pub(crate) fn new(cx: &mut Context, slot: usize) -> Self {
        let options = cx.faults.options(&mut cx.random);
        let call = cx.send(slot, Request::Head);
        Self {
            slot,
            stage: Stage::Head(call),
            options,
            runtime: None,
            model: Model::default(),
            decided: 0,
            life: 0,
            head: 0,
            queue: VecDeque::new(),
            flight: None,
            jobs: Vec::new(),
            is_regrouping_barred: false,
            is_closing: false,
            particulars: Particulars { runtime: cx.faults.runtime.clone(), losses: 0 },
            accepts_loss: cx.random.chance(30),
            cursor: 1,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(_))
    }

    /// What is waited for, as the runtime itself; it is there from the taking on.
    pub(crate) fn runtime(&mut self) -> &mut Runtime {
        self.runtime.as_mut().expect("a runtime")
    }

    /// A reply came; one to a call that nobody waits for any more changes nothing.
    pub(crate) fn reply(&mut self, cx: &mut Context, call: CallId, reply: Reply) {
        if self.is_over() {
            return;
        }
        if self.flight.as_ref().is_some_and(|flight| flight.call == Some(call)) {
            self.commit_replied(cx, reply);
        } else {
            match self.stage.clone() {
                Stage::Head(waited) if waited == call => self.head_replied(cx, reply),
                Stage::Root(waited, head) if waited == call => self.root_replied(cx, head, reply),
                Stage::Check(waited, head, error) if waited == call => match reply {
                    Reply::Head(found) => {
                        assert_ne!(found, Some(head), "a store that nothing was done to is refused: {error}");
                        self.open_anew(cx);
                    }
                    _ => self.end(cx, End::Refused),
                },
                _ => self.job_replied(cx, call, reply),
            }
        }
        self.pump(cx);
    }

    /// (a): somebody was faster, or nothing is known yet.
    pub(crate) fn open_anew(&mut self, cx: &mut Context) {
        self.flight = None;
        self.runtime = None;
        self.stage = Stage::Head(cx.send(self.slot, Request::Head));
    }

    fn head_replied(&mut self, cx: &mut Context, reply: Reply) {
        match (reply, &self.flight) {
            (Reply::Head(None), _) => self.create(cx),
            // A head tells that the commit is applied, not that it is durable: its answer does.
            (Reply::Head(Some(head)), Some(flight)) if flight.commit.to == head => {
                self.stage = Stage::Taking;
                self.offer(cx);
            }
            (Reply::Head(Some(head)), _) => {
                self.flight = None;
                self.runtime = None;
                let (gte, lt) = root_range();
                let need = Need { gte: gte.into(), lt: lt.into(), limit: None };
                self.stage = Stage::Root(cx.send(self.slot, Request::Read(need)), head);
            }
            _ => self.end(cx, End::Refused),
        }
    }

    /// Creates the store; where a creation was undecided, under another token.
    fn create(&mut self, cx: &mut Context) {
        if self.runtime.is_none() {
            let at = cx.now();
            let incarnation = cx.random.wide().to_be_bytes();
            let options = self.particulars.runtime.clone();
            let created = Runtime::create_stored(runtime_id(), options, self.options, incarnation, at);
            self.runtime = Some(created.expect("a runtime"));
            self.model = Model::default();
            self.model.start(at);
            self.decided = 0;
        }
        let to = cx.fresh_head();
        let ops = self.runtime().finish(token(to));
        let events = self.model.events.clone();
        let commit = cx.commit(None, to, ops, Purpose::Create, events, Some(0));
        self.stage = Stage::Taking;
        self.begin_flight(cx, commit, Vec::new());
    }

    fn root_replied(&mut self, cx: &mut Context, head: Head, reply: Reply) {
        let Reply::Records(records) = reply else {
            self.end(cx, End::Refused);
            return;
        };
        let opened =
            RootRecord::read(&runtime_id(), &records).and_then(|root| Runtime::from_root(root, self.options));
        match opened {
            Err(error) => self.stage = Stage::Check(cx.send(self.slot, Request::Head), head, error),
            Ok(mut runtime) => {
                let to = cx.fresh_head();
                let ops = runtime.take_over(token(head), token(to));
                let commit = cx.commit(Some(head), to, ops, Purpose::TakeOver, Vec::new(), None);
                assert!(
                    commit.ops.iter().all(|(key, _)| key == "root"),
                    "a takeover writes more than the root"
                );
                self.runtime = Some(runtime);
                self.stage = Stage::Taking;
                self.begin_flight(cx, commit, Vec::new());
            }
        }
    }

    /// The store is this runtime's.
    pub(crate) fn taken(&mut self, cx: &mut Context, purpose: Purpose) {
        let place = cx.store.place(self.head).expect("the commit that took the store");
        self.life = place.life;
        self.runtime().merge_open();
        self.decided = place.events;
        self.particulars.losses = place.losses;
        if purpose == Purpose::Create {
            assert_eq!(place.events, self.model.len());
            self.stage = Stage::Open;
        } else {
            self.model = Model::of(&cx.store.lives[place.life][..place.events]);
            self.stage = Stage::Restoring;
            self.restore(cx);
        }
    }

    fn restore_runtime(&mut self) -> Result<bool> {
        let accepts_loss = self.accepts_loss;
        let is_restored = self.runtime().restore(accepts_loss)?;
        self.particulars.losses += usize::from(is_restored && accepts_loss);
        Ok(is_restored)
    }

    /// (d): reads the rest.
    pub(crate) fn restore(&mut self, cx: &mut Context) {
        match self.restore_runtime() {
            Err(error) => panic!("a store that nothing was done to is refused: {error}"),
            Ok(false) => self.begin_job(cx, What::Restore, Kept::default()),
            Ok(true) => {
                self.stage = Stage::Open;
                cx.trace.note("open", &[self.slot as u64, self.model.len() as u64]);
                check_resident(self.runtime.as_ref().expect("a runtime"), &self.model, &self.particulars);
            }
        }
    }

    /// Somebody else has the store: nothing is published any more.
    pub(crate) fn fence(&mut self, cx: &mut Context, is_answer_to_first_offering: bool) {
        cx.trace.note("fenced", &[self.slot as u64]);
        cx.counts.fences += 1;
        let outcome = if is_answer_to_first_offering { Told::NotApplied } else { Told::Unknown };
        self.settle_all(cx, outcome);
        self.stage = Stage::Over(End::Fenced);
    }

    pub(crate) fn end(&mut self, cx: &mut Context, end: End) {
        cx.trace.note("end", &[self.slot as u64, end as u64]);
        cx.counts.openings_given_up += u64::from(end == End::Refused);
        self.settle_all(cx, Told::Unknown);
        self.stage = Stage::Over(end);
    }

    /// Nobody will hear anything any more: what was never offered was certainly not applied.
    pub(crate) fn settle_all(&mut self, cx: &mut Context, outcome: Told) {
        let committing = self.flight.take().map_or_else(Vec::new, |flight| flight.commands);
        let committing = committing.into_iter().map(|(waiting, _)| (waiting, outcome));
        let queued = self.queue.drain(..).map(|waiting| (waiting, Told::NotApplied));
        for (waiting, outcome) in committing.chain(queued) {
            if !cx.was_told(waiting.issued.serial) {
                cx.tell(waiting.issued.serial, outcome);
            }
        }
        self.jobs.clear();
    }
}
