//! One commit, offered again and again, the very same each time, until it is decided.

use std::rc::Rc;

use crate::context::{CallId, Context, Reply, Request};
use crate::store::{Commit, Head};

/// Before it is offered a second time, so many milliseconds pass; then twice as many each time, up to the longest.
const FIRST_PAUSE: u64 = 10;
const LONGEST_PAUSE: u64 = 2_000;

/// What is known of a commit in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The store said that it is durable.
    Applied,
    /// The head is another, or there is none. Certain: it was not applied and never will be.
    Moved { is_absent: bool, is_certain: bool },
    /// It certainly was not applied and never will be, for a reason of the host's own.
    Rejected,
    /// Nothing is known, and nothing is offered again.
    GivenUp,
}

/// A commit that is not decided yet.
#[derive(Debug)]
pub(crate) struct Offering {
    pub(crate) commit: Rc<Commit>,
    slot: usize,
    /// Offerings that were not answered, with their numbers.
    calls: Vec<(CallId, usize)>,
    offered: usize,
    pause: u64,
    is_pausing: bool,
}

impl Offering {
    /// A commit that is yet to be offered.
    pub(crate) fn new(slot: usize, commit: Rc<Commit>) -> Self {
        Self { commit, slot, calls: Vec::new(), offered: 0, pause: FIRST_PAUSE, is_pausing: false }
    }

    /// Whether the store may have heard of it.
    pub(crate) fn is_out(&self) -> bool {
        self.offered > 0
    }

    /// Whether it is to be offered again after a while.
    pub(crate) fn is_pausing(&self) -> bool {
        self.is_pausing
    }

    /// Offers it, for the first time or again: the very same bytes.
    pub(crate) fn offer(&mut self, cx: &mut Context) {
        let is_first_offering = self.offered == 0;
        cx.counts.offered_again += u64::from(!is_first_offering);
        self.offered += 1;
        self.is_pausing = false;
        let commit = Rc::clone(&self.commit);
        let call = cx.send(self.slot, Request::Commit { commit, is_first_offering });
        self.calls.push((call, self.offered));
    }

    /// Whether an answer to this call would be one to it.
    pub(crate) fn awaits(&self, call: CallId) -> bool {
        self.calls.iter().any(|(waited, _)| *waited == call)
    }

    /// An answer came, to whichever offering: the first one that decides counts.
    pub(crate) fn answered(&mut self, cx: &mut Context, call: CallId, reply: &Reply) -> Option<Decision> {
        let place = self.calls.iter().position(|(waited, _)| *waited == call)?;
        let (_, number) = self.calls[place];
        if !matches!(reply, Reply::Silence) {
            self.calls.remove(place);
        }
        let is_only = self.offered == 1;
        let from: Option<Head> = self.commit.from;
        match reply {
            Reply::Head(Some(head)) if *head == self.commit.to => Some(Decision::Applied),
            // A creation that is answered with nothing, as if it had not been offered, tells nothing at first.
            Reply::Head(head) if *head != from || head.is_none() && !is_only => {
                // Once a second offering is out, the first answer may come after both were applied and taken over.
                Some(Decision::Moved { is_absent: head.is_none(), is_certain: is_only })
            }
            Reply::Rejected if is_only => Some(Decision::Rejected),
            reply => {
                cx.counts.rejected_after_unknown += u64::from(matches!(reply, Reply::Rejected));
                self.unknown(cx, number);
                None
            }
        }
    }

    /// The latest offering has told nothing.
    fn unknown(&mut self, cx: &mut Context, number: usize) {
        if self.is_pausing || number != self.offered {
            return;
        }
        self.is_pausing = true;
        cx.pause(self.slot, self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// It is decided: nobody waits for an answer any more.
    pub(crate) fn end(&self, cx: &mut Context) {
        for (call, _) in &self.calls {
            cx.abandon(*call);
        }
    }
}
