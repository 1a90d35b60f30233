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

/// One of them, as it was answered: its Worker's number; its entry's place in the transcript modulo 2^32; its role, and four
/// times the milliseconds since the first of them. Its content is known not to be blank.
pub(crate) type Foreseen = [u32; 3];

impl Runtime {
    /// Appends what was answered, the first of it at `at` and as event `first`. Whether all of it is what the runtime itself would
    /// have answered: where it is not, neither side can be believed any more.
    pub(crate) fn append_foreseen(&mut self, first: EventId, at: Timestamp, entries: &[Foreseen]) -> bool {
        let state = &mut self.state;
        let end = first.saturating_add(entries.len() as u64);
        let fits = state.history.next_event() == first && end <= MAX_INTEGER && !state.stopped;
        if !fits || self.store.is_some() || self.open.is_some() {
            return false;
        }
        for (event, &[worker, place, rest]) in (first..).zip(entries) {
            match state.number_entry(worker, event) {
                Ok(sequence) if sequence as u32 == place => {}
                _ => return false,
            }
            let role = TranscriptRole::ALL[(rest & 3) as usize];
            let at = at.saturating_add(u64::from(rest >> 2)).min(MAX_INTEGER);
            state.history.push(NewEvent { kind: ResidentKind::Entry(role), worker, at, text: None });
        }
        true
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

    const TOOL: u32 = TranscriptRole::Tool as u32;
    const FIRST: Foreseen = [1, 1, TOOL];

    #[test]
    fn what_was_foreseen_is_appended_without_its_content() {
        let mut runtime = runtime();
        assert!(runtime.append_foreseen(3, 3, &[FIRST, [1, 2, 4]]));
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
        assert!(!stopped.append_foreseen(4, 3, &[FIRST]));
        let mut open = runtime();
        open.begin();
        assert!(!open.append_foreseen(3, 3, &[FIRST]));
        for (event, entry) in
            [(2, FIRST), (4, FIRST), (3, [0, 1, 0]), (3, [2, 1, 0]), (3, [1, 0, 0]), (3, [1, 2, 0])]
        {
            assert!(!runtime().append_foreseen(event, 3, &[entry]), "{event} {entry:?}");
        }
        let mut ended = runtime();
        let worker = ended.list_workers().remove(0).worker_ref;
        ended.stop_worker(&worker, None, 3).expect("an answer");
        assert!(!ended.append_foreseen(4, 3, &[FIRST]));
    }
}
