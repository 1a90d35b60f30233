//! Regrouping: a small commit at a time, where no mutation waits, or before the next one where it is urgent.

use worker_runtime::storage::Regrouping;

use crate::actor::Actor;
use crate::context::{Context, Told};
use crate::offering::Decision;
use crate::opening::Stage;
use crate::reading::{Fetch, Whose};
use crate::store::{Commit, Purpose, token};

/// A mutation waits for so many urgent steps, and for the one that makes room for it.
const MOST_URGENT_STEPS: usize = 2;

/// A step that reads more often than this without getting anywhere is given up.
const MOST_READS: usize = 64;

/// What was read for one range: the layout it is of, its first key, the records.
type Batch = (u64, String, Vec<(String, Vec<u8>)>);

/// How far a runtime is with it.
#[derive(Debug)]
pub(crate) struct Upkeep {
    /// Nothing was refused since the last mutation that succeeded.
    pub(crate) is_willing: bool,
    /// Steps that were done before a mutation that still waits.
    pub(crate) urgent_steps: usize,
    /// A step that is waited for, with the reads that it needs, is under way.
    pub(crate) is_in_step: bool,
    /// No mutation has come for a while.
    is_quiet: bool,
    /// That while is being waited for.
    awaits_quiet: bool,
    /// What the next step needs is being read while mutations go on.
    is_reading: bool,
    /// How often the next step has read, and what.
    reads: usize,
    batches: Vec<Batch>,
    /// Moves whenever a regrouping begins or ends.
    pub(crate) moves: u64,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            is_willing: true,
            urgent_steps: 0,
            is_in_step: false,
            is_quiet: false,
            awaits_quiet: false,
            is_reading: false,
            reads: 0,
            batches: Vec::new(),
            moves: 0,
        }
    }
}

impl Upkeep {
    fn refuse(&mut self) {
        self.is_willing = false;
        self.batches.clear();
        self.reads = 0;
    }
}

impl Actor {
    fn wants(&mut self) -> Regrouping {
        let is_quiet = self.upkeep.is_quiet;
        self.runtime().regrouping(is_quiet)
    }

    /// Whether a step has to be done before the next mutation.
    pub(crate) fn is_urgent(&mut self) -> bool {
        self.upkeep.is_willing
            && self.wants() == Regrouping::Urgent
            && (self.upkeep.urgent_steps < MOST_URGENT_STEPS || self.runtime().is_short_of_room())
    }

    /// A mutation was made durable.
    pub(crate) fn note_mutation(&mut self) {
        self.upkeep.is_willing = true;
        self.upkeep.urgent_steps = 0;
        self.upkeep.is_quiet = false;
        self.upkeep.awaits_quiet = false;
    }

    /// No mutation waits.
    pub(crate) fn idle(&mut self, cx: &mut Context) {
        if !self.upkeep.is_willing || self.upkeep.is_reading {
            return;
        }
        if self.wants() != Regrouping::None {
            if !self.prepare() && self.read_needs(cx, true) {
                self.upkeep.is_reading = true;
            }
        } else if !self.upkeep.is_quiet {
            self.upkeep.awaits_quiet = true;
        }
    }

    /// Whether it does more once no mutation has come for a while; one that is not as packaged needs not wait for that.
    pub(crate) fn may_grow_quiet(&self, is_as_packaged: bool) -> bool {
        self.upkeep.awaits_quiet || !is_as_packaged
    }

    /// No mutation has come for a while.
    pub(crate) fn grow_quiet(&mut self, cx: &mut Context) {
        self.upkeep.awaits_quiet = false;
        self.upkeep.is_quiet = true;
        self.advance(cx, true);
        self.send_prepared(cx);
    }

    /// One step, with whatever has to be read for it.
    pub(crate) fn step(&mut self, cx: &mut Context) {
        while self.upkeep.is_willing {
            if self.prepare() || self.read_needs(cx, false) {
                return;
            }
        }
        self.upkeep.is_in_step = false;
    }

    /// Everything that is to be done before an opening that accepts a loss is done.
    pub(crate) fn catch_up(&mut self, cx: &mut Context) {
        while self.upkeep.is_willing && self.wants() != Regrouping::None {
            self.upkeep.is_in_step = true;
            self.step(cx);
            if self.upkeep.is_in_step {
                return;
            }
        }
        let written = cx.store.place(self.head).map(|place| place.losses);
        let is_written = written == Some(self.particulars.losses);
        assert!(is_written || !self.upkeep.is_willing, "a loss that was accepted is not written down");
        self.opened(cx);
    }

    /// The next step's commit; false where records have to be read first, or there is none.
    fn prepare(&mut self) -> bool {
        let batches = std::mem::take(&mut self.upkeep.batches);
        let is_quiet = self.upkeep.is_quiet;
        let to = self.fresh_token();
        for (layout, gte, records) in &batches {
            let provided = self.runtime().provide(*layout, gte, records.clone());
            provided.expect("what is regrouped is read while nothing else is moved");
        }
        let step = self.runtime().regroup(token(to), is_quiet);
        let Some(ops) = step.expect("a store that nothing was done to") else {
            self.upkeep.batches = batches;
            return false;
        };
        self.upkeep.reads = 0;
        self.upkeep.moves += 1;
        let losses = Some(self.particulars.losses);
        self.begin_flight(
            Commit::new(Some(self.head), to, ops, Purpose::Regroup, Vec::new(), losses),
            Vec::new(),
        );
        true
    }

    /// Reads what the next step needs; false where it gives up.
    fn read_needs(&mut self, cx: &mut Context, is_background: bool) -> bool {
        let (layout, needs) = self.runtime().needs();
        let needs = needs.to_vec();
        self.upkeep.reads += 1;
        if needs.is_empty() || self.upkeep.reads > MOST_READS {
            self.upkeep.refuse();
            return false;
        }
        self.fetch(cx, Whose::Upkeep { is_background }, layout, needs);
        true
    }

    /// What a step needs was read, or could not be.
    pub(crate) fn needs_read(&mut self, cx: &mut Context, is_background: bool, fetch: Option<Fetch>) {
        match fetch {
            None => {
                cx.counts.failed_reads += 1;
                self.upkeep.refuse();
            }
            Some(fetch) => {
                self.upkeep.batches.retain(|(layout, ..)| *layout == fetch.layout);
                let layout = fetch.layout;
                let read = fetch.into_records().map(|(need, records)| (layout, need.gte, records));
                self.upkeep.batches.extend(read);
            }
        }
        if is_background {
            self.upkeep.is_reading = false;
            if !self.is_closing {
                self.advance(cx, true);
            }
        } else {
            self.step(cx);
            self.step_ended(cx);
        }
    }

    fn step_ended(&mut self, cx: &mut Context) {
        if self.upkeep.is_in_step {
            return;
        }
        if self.stage == Stage::CatchingUp {
            self.catch_up(cx);
        } else {
            self.advance(cx, false);
        }
    }

    /// What became of a commit that regroups.
    pub(crate) fn regrouping_decided(&mut self, cx: &mut Context, commit: &Commit, decision: Decision) {
        if decision == Decision::Applied {
            self.note_applied(cx, commit);
            self.runtime().merge_open();
        } else {
            cx.counts.refused_regroupings += 1;
            self.upkeep.refuse();
            self.runtime().abort_open();
        }
        self.upkeep.moves += 1;
        self.upkeep.is_in_step = false;
        if let Decision::Moved { .. } = decision {
            self.fence(cx, Told::Unknown);
            return;
        }
        if decision == Decision::GivenUp {
            self.fail_waiting(cx);
        }
        self.step_ended(cx);
        self.resume_loads(cx);
    }
}
