//! What the surroundings do to one runtime. Each is a step, and can be written down.

use serde_json::json;

use crate::actor::Actor;
use crate::context::{Reply, Request};
use crate::issue::issue;
use crate::reading::What;
use crate::script::{mutation, options};
use crate::telling::worker_id;
use crate::world::World;

impl World {
    /// A runtime begins to open.
    pub(crate) fn open(&mut self, slot: usize) {
        self.is_frozen[slot] = false;
        let cx = &mut self.cx;
        let tokens = cx.random.next();
        let actor = Actor::new(cx, slot, tokens);
        let (how, accepts_loss) = (options(&actor.options), actor.accepts_loss);
        self.slots[slot] = Some(actor);
        let step = || json!(["open", slot, format!("{tokens:016x}"), how, accepts_loss]);
        self.with_actor(slot, step, |actor, cx| actor.open(cx));
    }

    /// Callers ask for mutations.
    pub(crate) fn submit(&mut self, slot: usize, count: usize) {
        let Self { cx, slots, .. } = self;
        let Some(actor) = &slots[slot] else { return };
        let before = cx.issued.len();
        let mut all = cx.issued.clone();
        for _ in 0..count {
            all.push(issue(&mut cx.random, &cx.faults, &all, &actor.model));
        }
        let issued = all.split_off(before);
        let step =
            || json!(["submit", slot, issued.iter().map(|issued| mutation(issued)).collect::<Vec<_>>()]);
        self.with_actor(slot, step, |actor, cx| actor.submit(cx, issued.clone()));
    }

    /// A caller reads something, if there is anything.
    pub(crate) fn read(&mut self, slot: usize) {
        let Self { cx, slots, .. } = self;
        let Some(what) = slots[slot].as_ref().and_then(|actor| actor.any_page(cx)) else { return };
        let number = cx.fresh_read();
        let step = || match what {
            What::Transcript { worker, start, len } => {
                json!(["transcript", slot, number, worker_id(worker), start, len])
            }
            What::Events { first, len } => json!(["events", slot, number, first, len]),
            What::Restore | What::Batch { .. } => panic!("no caller reads {what:?}"),
        };
        self.with_actor(slot, step, |actor, cx| actor.read(cx, number, what));
    }

    /// A consumer asks for so many events.
    pub(crate) fn follow(&mut self, slot: usize, count: usize) {
        let number = self.cx.fresh_read();
        let step = || json!(["follow", slot, number, count]);
        self.with_actor(slot, step, |actor, cx| actor.follow(cx, number, count));
    }

    /// It is time to ask whose the store is.
    pub(crate) fn tick(&mut self, slot: usize) {
        self.with_actor(slot, || json!(["tick", slot]), |actor, cx| actor.tick(cx));
    }

    /// No mutation has come for a while.
    pub(crate) fn grow_quiet(&mut self, slot: usize) {
        self.with_actor(slot, || json!(["quiet", slot]), |actor, cx| actor.grow_quiet(cx));
    }

    /// A pause is over.
    pub(crate) fn wake(&mut self, slot: usize) {
        self.with_actor(slot, || json!(["wake", slot]), |actor, cx| actor.wake(cx));
    }

    /// What is waited for a bounded time only has not come.
    pub(crate) fn be_overdue(&mut self, slot: usize) {
        self.with_actor(slot, || json!(["overdue", slot]), |actor, cx| actor.overdue(cx));
    }

    /// Nobody will call a runtime any more.
    pub(crate) fn close(&mut self, slot: usize) {
        self.cx.counts.closes += 1;
        self.with_actor(slot, || json!(["close", slot]), |actor, cx| actor.close(cx));
    }

    /// A caller gives up on a mutation, if there is one that is not decided.
    pub(crate) fn withdraw(&mut self, slot: usize) {
        let Self { cx, slots, .. } = self;
        let Some(serial) = slots[slot].as_ref().and_then(|actor| actor.any_undecided(cx)) else { return };
        self.with_actor(slot, || json!(["withdraw", slot, serial]), |actor, cx| actor.withdraw(cx, serial));
    }

    /// An answer arrives.
    pub(crate) fn deliver(&mut self, index: usize) {
        let call = &mut self.cx.calls[index];
        let (id, slot) = (call.id, call.slot);
        let Some((reply, seen)) = call.reply.clone() else { return };
        let again = self.cx.random.chance(self.cx.faults.twice);
        if self.cx.calls[index].is_abandoned {
            self.cx.counts.answered_late += 1;
        } else if again {
            // The same answer comes a second time, later.
            self.cx.counts.answered_twice += 1;
            self.cx.calls[index].is_abandoned = true;
        }
        if !again {
            self.cx.calls.swap_remove(index);
        }
        if self.slots[slot].is_some() {
            self.cx.store.observe(seen);
        }
        self.with_actor(slot, || json!(["deliver", slot, id]), |actor, cx| actor.reply(cx, id, reply));
    }

    /// A runtime has waited long enough. What it asked for may still be done, and answered.
    pub(crate) fn time_out(&mut self, index: usize) {
        let call = &mut self.cx.calls[index];
        let (id, slot, is_silent) = (call.id, call.slot, call.is_silent);
        call.is_abandoned = true;
        let is_read = !matches!(call.request, Request::Commit { .. });
        self.cx.counts.timed_out += 1;
        if is_silent || is_read && call.reply.is_none() {
            self.cx.calls.swap_remove(index);
        }
        let step = || json!(["time-out", slot, id]);
        self.with_actor(slot, step, |actor, cx| actor.reply(cx, id, Reply::Silence));
    }
}
