//! Inputs and outputs of a runtime in memory that its host has answered already, and whose contents it keeps.
//!
//! Whoever keeps a copy of the few counters that an answer is made of can give it before the runtime is asked, as long
//! as the runtime is told of everything in order and agrees. Nothing is written down between the two: without a store
//! there is nothing to commit.

use crate::Timestamp;
use crate::event_log::EventId;
use crate::history::{NewEvent, ResidentKind};
use crate::limits::MAX_INTEGER;
use crate::runtime::Runtime;
use crate::transcript::TranscriptRole;

/// One of them, as it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreseen {
    /// The Worker's number.
    pub(crate) worker: u32,
    /// The role of its entry; the content was found not to be blank.
    pub(crate) role: TranscriptRole,
    /// The place in the Worker's transcript, modulo 2^32.
    pub(crate) sequence: u32,
    pub(crate) at: Timestamp,
}

impl Runtime {
    /// Appends what was answered, the first of it as event `first`. Whether all of it is what the runtime itself would have
    /// answered: where it is not, part of it may have been appended, and neither side can be believed any more.
    pub(crate) fn append_foreseen(
        &mut self,
        first: EventId,
        entries: impl ExactSizeIterator<Item = Foreseen> + Clone,
    ) -> bool {
        let state = &mut self.state;
        let end = first.saturating_add(entries.len() as u64);
        let agrees = self.store.is_none()
            && self.open.is_none()
            && !state.stopped
            && state.history.next_event() == first
            && end <= MAX_INTEGER
            && (first..).zip(entries.clone()).all(|(event, entry)| {
                state.number_entry(entry.worker, event).is_ok_and(|place| place as u32 == entry.sequence)
            });
        if agrees {
            state.history.extend(entries.map(|Foreseen { worker, role, at, .. }| NewEvent {
                kind: ResidentKind::Entry(role),
                worker,
                at,
                text: None,
            }));
        }
        agrees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RuntimeId;
    use crate::runtime::RuntimeOptions;
    use crate::transcript::TranscriptQuery;

    fn runtime() -> Runtime {
        let id = RuntimeId::new("here").expect("an id");
        let mut runtime = Runtime::new(id, RuntimeOptions::default(), 1).expect("a runtime");
        runtime.create_worker(&Default::default(), 2).expect("a Worker");
        runtime
    }

    const FIRST: Foreseen = Foreseen { worker: 1, role: TranscriptRole::Tool, sequence: 1, at: 3 };

    #[test]
    fn what_was_foreseen_is_appended_without_its_content() {
        let mut runtime = runtime();
        let second = Foreseen { sequence: 2, role: TranscriptRole::User, at: 4, ..FIRST };
        assert!(runtime.append_foreseen(3, [FIRST, second].into_iter()));
        let worker = runtime.list_workers().remove(0);
        assert_eq!((worker.transcript_len, worker.last_event_id), (2, 4));
        let page = runtime.transcript_projection(&worker.worker_ref, TranscriptQuery { start: 1, limit: 9 });
        let item = page.expect("a page").items.remove(0);
        assert_eq!((item.role, item.event_id, item.recorded_at), (TranscriptRole::User, 4, 4));
        let events = runtime.read_events(&runtime.event_cursor_from_start(), 9).expect("events").events;
        assert_eq!(events[2].message, "worker output recorded");
    }

    #[test]
    fn what_the_runtime_would_not_have_answered_is_noticed() {
        let mut stopped = runtime();
        stopped.stop_runtime(3).expect("an event");
        assert!(!stopped.append_foreseen(4, [FIRST].into_iter()));
        let mut open = runtime();
        open.begin();
        assert!(!open.append_foreseen(3, [FIRST].into_iter()));
        for (event, entry) in [
            (2, FIRST),
            (4, FIRST),
            (3, Foreseen { worker: 0, ..FIRST }),
            (3, Foreseen { worker: 2, ..FIRST }),
            (3, Foreseen { sequence: 0, ..FIRST }),
            (3, Foreseen { sequence: 2, ..FIRST }),
        ] {
            assert!(!runtime().append_foreseen(event, [entry].into_iter()), "{event} {entry:?}");
        }
        let mut ended = runtime();
        let worker = ended.list_workers().remove(0).worker_ref;
        ended.stop_worker(&worker, None, 3).expect("an answer");
        assert!(!ended.append_foreseen(4, [FIRST].into_iter()));
    }
}
