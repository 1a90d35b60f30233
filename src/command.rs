//! Commands as values, for hosts that queue them.

use alloc::boxed::Box;
use alloc::string::String;

use crate::Timestamp;
use crate::catalog::{CreateWorkerRequest, WorkerDetail};
use crate::error::Result;
use crate::event_log::EventId;
use crate::identity::{OperationId, WorkerId, WorkerRef};
use crate::interaction::WorkerInteractionAck;
use crate::lifecycle::{WorkerEnd, WorkerLifecycleAck, WorkerStatus};
use crate::request::RequestBytes;
use crate::runtime::Runtime;
use crate::storage::Store;
use crate::text::check_length;
use crate::transaction::{Target, Transaction};
use crate::transcript::TranscriptRole;

/// A mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// [`Runtime::create_worker`].
    CreateWorker(CreateWorkerRequest),
    /// [`Runtime::interact`].
    Interact {
        /// The Worker.
        worker: WorkerRef,
        /// The role of the entry.
        role: TranscriptRole,
        /// What was said.
        content: String,
    },
    /// [`Runtime::end_worker`].
    EndWorker {
        /// The Worker.
        worker: WorkerRef,
        /// How.
        end: WorkerEnd,
        /// Why.
        reason: Option<String>,
    },
    /// [`Runtime::stop_runtime`].
    StopRuntime,
}

impl Command {
    /// About how many bytes a commit has of it; for [`Runtime::must_wait`].
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::CreateWorker(request) => request.stored().map_or(0, |stored| stored.len()),
            Self::Interact { content, .. } => content.len(),
            Self::EndWorker { reason, .. } => reason.as_ref().map_or(0, String::len),
            Self::StopRuntime => 0,
        }
    }
}

/// What a mutation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A Worker was created.
    Created(Box<WorkerDetail>),
    /// An input or output was accepted.
    Accepted(WorkerInteractionAck),
    /// A Worker has ended.
    Ended(WorkerLifecycleAck),
    /// The runtime is stopped; the event, or the last one where it was stopped before.
    RuntimeStopped(EventId),
}

/// Transactions: commands whose outcomes count once all of them are merged.
impl Runtime {
    /// Opens a transaction; one that was open is dropped.
    pub fn begin(&mut self) {
        let room = self.store.as_deref().map_or_else(Default::default, Store::room);
        self.open = Some(Transaction::within(room));
    }

    /// Opens a transaction in which a command can be asked what is remembered of its operation id: it answers with the
    /// receipt or is refused with [`Error::OperationConflict`](crate::Error::OperationConflict). Any other command
    /// but `StopRuntime` is refused, with [`Error::RuntimeStopped`](crate::Error::RuntimeStopped). The transaction that
    /// was open stays as it is, finished or not, until [`end_aside`](Self::end_aside) drops this one. Not to be nested,
    /// finished or merged.
    pub fn begin_aside(&mut self) {
        self.set_aside = self.open.replace(Transaction::of_receipts());
    }

    /// Goes on with the transaction that was open before [`begin_aside`](Self::begin_aside).
    pub fn end_aside(&mut self) {
        self.open = self.set_aside.take();
    }

    /// Executes a command in the open transaction (opened where there is none). Its outcome counts once the
    /// transaction is merged; a refusal may rest on what the transaction did before.
    ///
    /// # Errors
    /// As the method that the command stands for.
    pub fn execute(
        &mut self,
        command: &Command,
        operation: Option<&OperationId>,
        at: Timestamp,
    ) -> Result<Outcome> {
        if self.open.is_none() {
            self.begin();
        }
        let transaction = self.open.get_or_insert_default();
        let state = &self.state;
        let named = |number| WorkerRef::new(&state.runtime_id, WorkerId::from_number(number));
        Ok(match command {
            Command::CreateWorker(request) => {
                let stored = request.stored()?;
                let created = transaction.create_worker(state, RequestBytes(&stored), operation, at)?;
                Outcome::Created(Box::new(self.detail_at_creation(created.worker, created.event, request)))
            }
            Command::Interact { worker, role, content } => {
                check_length(content, "content")?;
                let target = Target::Ref(worker.clone());
                let accepted = transaction.interact(state, &target, *role, content, operation, at)?;
                Outcome::Accepted(WorkerInteractionAck {
                    worker_ref: named(accepted.worker),
                    status: WorkerStatus::Running,
                    transcript_sequence: accepted.sequence,
                    event_id: accepted.event,
                })
            }
            Command::EndWorker { worker, end, reason } => {
                check_length(reason.as_deref().unwrap_or_default(), "reason")?;
                let target = Target::Ref(worker.clone());
                let ended = transaction.end_worker(state, &target, *end, reason.as_deref(), operation, at)?;
                Outcome::Ended(WorkerLifecycleAck {
                    worker_ref: named(ended.worker),
                    status: ended.status,
                    event_id: ended.event,
                })
            }
            Command::StopRuntime => Outcome::RuntimeStopped(transaction.stop_runtime(state, at)),
        })
    }

    /// Whether the open transaction changes anything.
    pub fn has_changes(&self) -> bool {
        self.open.as_ref().is_some_and(Transaction::has_changes)
    }

    /// Whether a command with [this many bytes of text](Command::text_bytes) must wait for another transaction: the open
    /// one would become too large for one commit, or the store is to be regrouped first, so that an opening does not have
    /// too much to read. [`regrouping`](Self::regrouping) is then [`Urgent`](crate::storage::Regrouping::Urgent), once
    /// this transaction is merged or dropped.
    ///
    /// Never so for the first command of a transaction where nothing waits to be regrouped, nor where a command had to
    /// wait before and regrouping was not possible since.
    pub fn must_wait(&mut self, text_bytes: usize) -> bool {
        self.open.as_mut().is_some_and(|open| open.must_wait(text_bytes))
    }

    /// Makes what the open transaction changed part of the state. For a runtime with a store: once the commit that
    /// [`finish`](Self::finish) gave is durable.
    pub fn merge_open(&mut self) {
        let open = self.open.take();
        if let Some(transaction) = &open {
            self.merge(transaction);
        }
        if let Some(store) = &mut self.store {
            store.committed(&mut self.state);
            store.ended(open.as_ref());
        }
    }

    /// Drops the open transaction and the commit that it was finished into.
    pub fn abort_open(&mut self) {
        let open = self.open.take();
        if let Some(store) = &mut self.store {
            store.pending = None;
            store.ended(open.as_ref());
        }
    }
}
