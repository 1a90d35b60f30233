//! What can be read of a stored runtime.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use super::contract::{Durability, Host, Store};
use super::failure::{Failure, Result, failed};
use super::holding::Holding;
use super::offering::Decision;
use crate::error::{self, Error};
use crate::event_log::{EventCursor, RuntimeEvent, RuntimeEventBatch};
use crate::identity::WorkerRef;
use crate::runtime::{Runtime, check_limit, message_of, page_bounds};
use crate::storage::Page;
use crate::transcript::{TranscriptEntry, TranscriptProjection, TranscriptQuery};

/// A page that asks for records more often than this does not get anywhere.
const MOST_READS: usize = 100;

/// What can be read of a runtime on a store: by its owner ([`StoredRuntime::view`](super::StoredRuntime::view)), or as it was
/// when [`inspect`](super::inspect) found it.
#[derive(Debug)]
pub struct View<S, H> {
    pub(crate) runtime: Runtime,
    pub(crate) holding: Holding<S, H>,
    /// Whether what is resident is this runtime's own doing, and so the head need not be asked for.
    pub(crate) is_owner: bool,
}

impl<S: Store, H: Host> View<S, H> {
    /// What needs nothing from the store: identity, status, summary, Workers, diagnostics, cursors.
    ///
    /// # Errors
    /// [`Error::StorageConflict`], [`Error::StorageLost`] once the store is another's or gone.
    pub fn runtime(&self) -> Result<&Runtime> {
        self.holding.check()?;
        Ok(&self.runtime)
    }

    /// What a confirmed commit survives.
    pub fn durability(&self) -> Durability {
        self.holding.store.durability()
    }

    /// Repeats a question until the records that it needs are there.
    pub(crate) fn load<T>(
        &mut self,
        mut ask: impl FnMut(&mut Runtime) -> error::Result<Option<T>>,
    ) -> Result<T, Failure> {
        for _ in 0..MOST_READS {
            self.holding.check()?;
            match ask(&mut self.runtime) {
                Ok(Some(page)) => {
                    if !self.is_owner {
                        self.holding.look()?;
                    }
                    return Ok(page);
                }
                Ok(None) => self.provide_needs()?,
                // Records that an undecided commit has moved are neither all old nor all new.
                Err(error)
                    if self.holding.is_undecided()
                        && matches!(*error, Error::StorageCorrupt { .. } | Error::StorageMissing { .. }) =>
                {
                    self.settle()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(failed("what was read keeps moving").into())
    }

    fn provide_needs(&mut self) -> Result<()> {
        let (layout, needs) = self.runtime.needs();
        let needs = needs.to_vec();
        for (need, records) in needs.iter().zip(self.holding.fetch(&needs)?) {
            self.runtime.provide(layout, &need.gte, records)?;
        }
        Ok(())
    }

    /// Decides a commit that an earlier call has given up on.
    pub(crate) fn settle(&mut self) -> Result<()> {
        if !self.holding.is_undecided() {
            return Ok(());
        }
        match self.holding.decide() {
            Decision::Applied => {
                self.runtime.merge_open();
                Ok(())
            }
            Decision::Rejected { .. } => {
                self.runtime.abort_open();
                Ok(())
            }
            Decision::GivenUp => Err(failed("what became of an earlier commit is still unknown")),
            Decision::Moved { .. } | Decision::Lost { .. } => self.holding.check(),
        }
    }

    /// One page of a transcript; see [`Runtime::transcript_projection`].
    ///
    /// # Errors
    /// As there, and whatever the storage fails with.
    pub fn transcript_projection(
        &mut self,
        worker: &WorkerRef,
        query: TranscriptQuery,
    ) -> Result<TranscriptProjection, Failure> {
        let runtime = self.runtime()?;
        let TranscriptQuery { start, limit } = query;
        check_limit(limit, runtime.summary().limits.max_transcript_projection_items)?;
        let (number, found) = runtime.find(worker)?;
        let total_items = found.transcript_len();
        let page = page_bounds(start, limit, total_items);
        let mut items: Vec<TranscriptEntry> = Vec::new();
        while (items.len() as u64) < page.len {
            let read = items.len();
            let more = self.load(|runtime| {
                items.truncate(read);
                let done = read as u64;
                let page = runtime.visit_transcript(number, page.start + done, page.len - done, |entry| {
                    items.push(TranscriptEntry {
                        sequence: entry.sequence,
                        worker_ref: worker.clone(),
                        role: entry.role,
                        content: entry.content.to_owned(),
                        event_id: entry.event_id,
                        recorded_at: entry.recorded_at,
                    });
                })?;
                Ok(visited(page))
            })?;
            if more == 0 {
                break;
            }
        }
        let (worker_ref, next_start) = (worker.clone(), page.next_start);
        Ok(TranscriptProjection { worker_ref, start, limit, total_items, items, next_start })
    }

    /// Some events; see [`Runtime::read_events`].
    ///
    /// # Errors
    /// As there, and whatever the storage fails with.
    pub fn read_events(&mut self, cursor: &EventCursor, limit: u64) -> Result<RuntimeEventBatch, Failure> {
        let runtime = self.runtime()?;
        let runtime_id = runtime.runtime_id().clone();
        cursor.check(&runtime_id)?;
        check_limit(limit, runtime.summary().limits.max_event_batch_items)?;
        let first = cursor.next_event_id.max(1);
        let end = runtime.event_cursor_now().next_event_id;
        let wanted = limit.min(end.saturating_sub(first));
        let mut events: Vec<RuntimeEvent> = Vec::new();
        while (events.len() as u64) < wanted {
            let read = events.len();
            let more = self.load(|runtime| {
                events.truncate(read);
                let done = read as u64;
                let mut named = Vec::new();
                let page = runtime.visit_events(first + done, wanted - done, |event| {
                    let own = message_of(&runtime_id, event.kind, event.worker, event.reason);
                    named.push(event.worker);
                    events.push(RuntimeEvent {
                        id: event.id,
                        kind: event.kind,
                        message: own.unwrap_or_else(|| event.kind.default_message().to_owned()),
                        worker_ref: None,
                        recorded_at: event.recorded_at,
                    });
                })?;
                for (event, worker) in events[read..].iter_mut().zip(named) {
                    event.worker_ref = runtime.worker_ref(worker);
                }
                Ok(visited(page))
            })?;
            if more == 0 {
                break;
            }
        }
        let next_event_id = events.last().map_or(cursor.next_event_id, |last| last.id + 1);
        let has_more = next_event_id.max(1) < end;
        let cursor = EventCursor { runtime_id: runtime_id.as_str().to_owned(), next_event_id };
        Ok(RuntimeEventBatch { runtime_id, cursor, events, has_more })
    }
}

fn visited(page: Page) -> Option<u64> {
    match page {
        Page::Ready(count) => Some(count),
        Page::Needs => None,
    }
}
