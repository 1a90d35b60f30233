//! What holds at every moment, and what must happen once the faults are over.

use serde_json::json;

use crate::actor::Actor;
use crate::audit::{Particulars, inspect};
use crate::context::{Context, Told};
use crate::model::Model;
use crate::store::Head;
use crate::trace::Tracing;
use crate::world::World;

impl World {
    /// A visitor reads everything, and finds the truth.
    pub(crate) fn inspect(&mut self) {
        let cx = &mut self.cx;
        let Some(head) = cx.store.head else { return };
        cx.counts.inspections += 1;
        let events = cx.store.events();
        let losses = cx.store.place(head).map_or(0, |place| place.losses);
        let particulars = Particulars { runtime: cx.faults.runtime.clone(), losses };
        cx.counts.audited_events += events.len() as u64;
        let options = cx.faults.options(&mut cx.random);
        inspect(head, &cx.store.records, events, &particulars, options, &mut cx.random);
        cx.begin_step(|| json!(["inspect"]));
        if cx.trace.tracing != Tracing::Off {
            let everything = Model::of(cx.store.events()).everything(&particulars);
            cx.trace.became(format_args!("inspected\n{everything}"));
        }
        cx.end_step();
    }

    /// Whatever is under way comes to its end, in the order in which it was asked for: three runtimes that give way to
    /// each other while a whole history is regrouped take over 10,000 turns.
    pub(crate) fn drain(&mut self) {
        for _ in 0..100_000 {
            if let Some(index) = (0..self.cx.calls.len()).min_by_key(|&index| self.cx.calls[index].id) {
                if Context::is_undone(&self.cx.calls[index]) {
                    self.cx.process(index);
                } else if self.cx.calls[index].is_silent {
                    self.time_out(index);
                } else {
                    self.deliver(index);
                }
            } else if let Some(slot) = self.choose(Actor::may_wake) {
                self.wake(slot);
            } else {
                return;
            }
        }
        panic!("nothing goes wrong any more, and there is no end");
    }

    /// The faults are over: whoever lives goes on or learns that it was fenced, and a fresh runtime works.
    pub(crate) fn finish(&mut self) {
        self.cx.faults = self.cx.faults.ended();
        self.is_frozen.fill(false);
        if self.cx.random.chance(500) {
            self.crash_host();
        }
        self.drain();
        for slot in 0..self.slots.len() {
            let Some(actor) = &self.slots[slot] else { continue };
            assert!(actor.is_open(), "an opening or a closing does not come to its end");
            // Who waits for an event asks whose the store is.
            let count = actor.until_it_waits();
            if count > 0 {
                self.follow(slot, count);
            }
        }
        self.drain();
        for slot in 0..self.slots.len() {
            self.tick(slot);
        }
        self.drain();
        self.inspect();
        let survivors = self.slots.iter().flatten().filter(|actor| Some(actor.head) == self.cx.store.head);
        let survivors = survivors.count();
        assert_eq!(self.slots.iter().flatten().count(), survivors, "somebody believes to have the store");
        assert!(survivors <= 1, "more than one runtime has the store");
        self.slots.fill_with(|| None);
        for _ in 0..2 {
            self.work_alone();
        }
    }

    fn work_alone(&mut self) {
        self.open(0);
        self.drain();
        for _ in 0..3 {
            let first = self.cx.issued.len();
            assert!(self.slots[0].as_ref().is_some_and(Actor::is_open), "a store cannot be opened");
            self.submit(0, 4);
            self.read(0);
            self.drain();
            for serial in first..self.cx.issued.len() {
                let told = self.cx.told(serial);
                assert!(matches!(told, Told::Acknowledged | Told::Refused), "no progress: {told:?}");
            }
        }
        self.regroup_to_the_end();
        self.inspect();
        self.close(0);
        self.drain();
        assert!(self.slots[0].is_none(), "a runtime does not close");
    }

    fn regroup_to_the_end(&mut self) {
        let mut before: Option<Head> = None;
        let is_as_packaged = self.cx.faults.is_as_packaged();
        for _ in 0..1000 {
            if self.slots[0].as_ref().is_some_and(|actor| actor.may_grow_quiet(is_as_packaged)) {
                self.grow_quiet(0);
            }
            self.drain();
            if self.cx.store.head == before {
                return;
            }
            before = self.cx.store.head;
        }
        panic!("regrouping never comes to its end");
    }
}
