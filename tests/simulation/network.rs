//! Between runtimes and their store: what becomes of each call.

use serde_json::json;

use crate::context::{Call, Context, Reply, Request};

impl Context {
    /// Whether a call is still to be done by the store.
    pub(crate) fn is_undone(call: &Call) -> bool {
        call.reply.is_none()
    }

    /// Whether an answer is on its way.
    pub(crate) fn is_answered(call: &Call) -> bool {
        call.reply.is_some() && !call.is_silent
    }

    /// One of the calls for which `wanted` holds; one that nobody waits for any more seldom comes up.
    pub(crate) fn choose(&mut self, wanted: impl Fn(&Call) -> bool) -> Option<usize> {
        let found: Vec<_> = (0..self.calls.len()).filter(|&index| wanted(&self.calls[index])).collect();
        if found.is_empty() {
            return None;
        }
        let index = *self.random.pick(&found);
        let passes = self.calls[index].is_abandoned && found.len() > 1 && self.random.chance(800);
        Some(if passes { *self.random.pick(&found) } else { index })
    }

    /// The store does what a call asks for, or something goes wrong.
    pub(crate) fn process(&mut self, index: usize) {
        let fate = self.fate(&self.calls[index].request.clone());
        self.process_as(index, fate);
    }

    /// The store does what a call asks for, as far as its fate allows.
    pub(crate) fn process_as(&mut self, index: usize, fate: Fate) {
        let call = &self.calls[index];
        let (id, is_abandoned) = (call.id, call.is_abandoned);
        let request = call.request.clone();
        let is_commit = matches!(request, Request::Commit { .. });
        let reply = match request {
            Request::Head | Request::Read(_) if fate == Fate::Before => Reply::Failed,
            Request::Head => Reply::Head(self.store.head),
            Request::Read(need) => Reply::Records(self.store.read(&need)),
            Request::Commit { commit, is_first_offering } => {
                let is_applied = fate <= Fate::After && self.apply(&commit);
                self.counts.applied_late += u64::from(is_abandoned && is_applied);
                match fate {
                    Fate::Ok | Fate::Silent => Reply::Head(self.store.head),
                    Fate::After => {
                        self.counts.unknown_after += 1;
                        // Whoever has been told that nothing is known is not to conclude anything from a refusal.
                        let is_lie = !is_first_offering && self.random.chance(300);
                        if is_lie { Reply::Rejected } else { Reply::Failed }
                    }
                    Fate::Before => {
                        self.counts.unknown_before += 1;
                        Reply::Failed
                    }
                    Fate::Rejected => {
                        self.counts.rejected += 1;
                        Reply::Rejected
                    }
                }
            }
        };
        let is_done = !is_commit || fate <= Fate::After;
        let answer = match reply {
            Reply::Rejected => "rejected",
            Reply::Failed => "failed",
            _ => "done",
        };
        self.write_down(|| json!(["process", id, is_done, answer]));
        self.counts.never_answered += u64::from(fate == Fate::Silent);
        let seen = self.store.applied();
        let call = &mut self.calls[index];
        call.reply = Some((reply, seen));
        call.is_silent = fate == Fate::Silent;
        if call.is_abandoned {
            self.calls.swap_remove(index);
        }
    }

    fn fate(&mut self, request: &Request) -> Fate {
        let faults = &self.faults;
        let is_commit = matches!(request, Request::Commit { .. });
        let (before, after, rejected) = if is_commit {
            (faults.unknown_before, faults.unknown_after, faults.rejected)
        } else {
            (faults.failed_read, 0, 0)
        };
        let wrong = before + after + rejected + faults.never;
        let weights = [1000usize.saturating_sub(wrong), faults.never, after, before, rejected];
        [Fate::Ok, Fate::Silent, Fate::After, Fate::Before, Fate::Rejected][self.random.weighted(&weights)]
    }
}

/// What becomes of a call. Up to `After` the store does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Fate {
    Ok,
    Silent,
    /// It is done, and nothing is known of it.
    After,
    /// It is not done, and nothing is known of it.
    Before,
    Rejected,
}
