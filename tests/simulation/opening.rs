//! How a runtime opens: asks for the head, creates the store or takes it over by a commit of its own, and only then reads
//! the rest of it.

use worker_runtime::storage::{Need, RootRecord, root_range};
use worker_runtime::{Error, Runtime};

use crate::actor::Actor;
use crate::audit::{check_resident, runtime_id};
use crate::context::{CallId, Context, Reply, Request};
use crate::model::Model;
use crate::offering::Decision;
use crate::reading::{Load, What};
use crate::store::{Commit, Head, Purpose, token};
use crate::upkeep::Upkeep;

/// The longest pause after somebody was faster, in milliseconds, is drawn below this; simulated hosts draw its half.
const LONGEST_PAUSE: u64 = 20;

/// Where a runtime stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Somebody was faster, and all begins anew after a while.
    Pausing,
    /// The head is asked for.
    Head(CallId),
    /// The root record of the store at this head is read; the token is that of the takeover.
    Root(CallId, Head, Head),
    /// It was no good, or could not be read: that counts if the head is still this one.
    Check(CallId, Head, Option<Error>),
    /// A commit that makes the store this runtime's is under way.
    Taking,
    /// The rest of the store is read.
    Restoring,
    /// That a loss was accepted is written down.
    CatchingUp,
    Open,
    Over,
}

impl Stage {
    /// Whether an answer to this call is waited for.
    pub(crate) fn awaits(&self, call: CallId) -> bool {
        match self {
            Self::Head(waited) | Self::Root(waited, ..) | Self::Check(waited, ..) => *waited == call,
            _ => false,
        }
    }
}

impl Actor {
    /// (a)
    pub(crate) fn open(&mut self, cx: &mut Context) {
        self.stage = Stage::Head(cx.send(self.slot, Request::Head));
    }

    /// Somebody was faster.
    fn open_anew(&mut self, cx: &mut Context) {
        self.runtime = None;
        self.stage = Stage::Pausing;
        cx.pause(self.slot, self.rounds.min(LONGEST_PAUSE) / 2);
        self.rounds += 1;
    }

    fn refuse(&mut self, cx: &mut Context, outcome: &str) {
        cx.counts.openings_given_up += 1;
        cx.trace.became(format_args!("refused {} storage_failed {outcome}", self.slot));
        self.stage = Stage::Over;
    }

    pub(crate) fn opening_replied(&mut self, cx: &mut Context, reply: Reply) {
        match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Head(_), Reply::Head(None)) => self.create(cx),
            (Stage::Head(_), Reply::Head(Some(head))) => {
                let to = self.fresh_token();
                let (gte, lt) = root_range();
                let need = Need { gte: gte.into(), lt: lt.into(), limit: None };
                self.stage = Stage::Root(cx.send(self.slot, Request::Read(need)), head, to);
            }
            (Stage::Root(_, head, to), Reply::Records(records)) => self.take_over(cx, head, to, &records),
            (Stage::Root(_, head, _), Reply::Failed) => {
                self.stage = Stage::Check(cx.send(self.slot, Request::Head), head, None);
            }
            (Stage::Check(_, head, error), Reply::Head(found)) => {
                if found != Some(head) {
                    self.open_anew(cx);
                } else if let Some(error) = error {
                    panic!("a store that nothing was done to is refused: {error}");
                } else {
                    self.refuse(cx, "-");
                }
            }
            _ => self.refuse(cx, "-"),
        }
    }

    fn create(&mut self, cx: &mut Context) {
        let at = cx.now();
        let incarnation = self.fresh_token().to_be_bytes();
        let options = self.particulars.runtime.clone();
        let mut runtime = Runtime::create_stored(runtime_id(), options, self.options, incarnation, at)
            .expect("a runtime can be created");
        self.model = Model::default();
        self.model.start(at);
        let to = self.fresh_token();
        let ops = runtime.finish(token(to));
        self.runtime = Some(runtime);
        let events = self.model.events.clone();
        self.stage = Stage::Taking;
        self.begin_flight(Commit::new(None, to, ops, Purpose::Create, events, Some(0)), Vec::new());
    }

    fn take_over(&mut self, cx: &mut Context, head: Head, to: Head, records: &[(String, Vec<u8>)]) {
        let opened =
            RootRecord::read(&runtime_id(), records).and_then(|root| Runtime::from_root(root, self.options));
        match opened {
            Err(error) => self.stage = Stage::Check(cx.send(self.slot, Request::Head), head, Some(*error)),
            Ok(mut runtime) => {
                let ops = runtime.take_over(token(head), token(to));
                let commit = Commit::new(Some(head), to, ops, Purpose::TakeOver, Vec::new(), None);
                assert!(
                    commit.ops.iter().all(|(key, _)| key == "root"),
                    "a takeover writes more than the root"
                );
                self.runtime = Some(runtime);
                self.stage = Stage::Taking;
                self.begin_flight(commit, Vec::new());
            }
        }
    }

    pub(crate) fn taking_decided(&mut self, cx: &mut Context, commit: &Commit, decision: Decision) {
        match decision {
            Decision::Applied => self.taken(cx, commit),
            Decision::Moved { .. } => {
                cx.counts.openings_lost_to_a_rival += 1;
                self.open_anew(cx);
            }
            Decision::Rejected => self.refuse(cx, "not_applied"),
            Decision::GivenUp => panic!("an opening gives up what nobody gave up"),
        }
    }

    /// The store is this runtime's.
    fn taken(&mut self, cx: &mut Context, commit: &Commit) {
        self.note_applied(cx, commit);
        let place = cx.store.place(commit.to).expect("the commit that took the store");
        self.life = place.life;
        self.runtime().merge_open();
        self.decided = place.events;
        self.particulars.losses = place.losses;
        if commit.purpose == Purpose::TakeOver {
            self.model = Model::of(&cx.store.lives[place.life][..place.events]);
            self.stage = Stage::Restoring;
            self.run_load(cx, Load::new(0, What::Restore));
        } else {
            assert_eq!(place.events, self.model.len());
            if self.accepts_loss {
                // A loss is remarked where a store is restored.
                self.open_anew(cx);
            } else {
                self.opened(cx);
            }
        }
    }

    /// (d) has come to its end.
    pub(crate) fn restored(&mut self, cx: &mut Context) {
        if self.accepts_loss {
            self.particulars.losses += 1;
            self.stage = Stage::CatchingUp;
            self.catch_up(cx);
        } else {
            self.opened(cx);
        }
    }

    /// A read of the opening failed.
    pub(crate) fn not_restored(&mut self, cx: &mut Context) {
        self.refuse(cx, "-");
    }

    pub(crate) fn opened(&mut self, cx: &mut Context) {
        self.stage = Stage::Open;
        self.upkeep = Upkeep::default();
        let runtime = self.runtime.as_ref().expect("a runtime");
        check_resident(runtime, &self.model, &self.particulars);
        let seen = self.model.residents(self.particulars.losses);
        cx.trace.became(format_args!("opened {}\n{seen}", self.slot));
        self.advance(cx, false);
    }
}
