//! A store that is being filled, and does not count until it is full.

use alloc::vec::Vec;

use crate::blocking::contract::{Host, Storage, Store};
use crate::blocking::failure::{Certainty, Failure, failed};
use crate::blocking::mutations::StoredRuntime;
use crate::blocking::offering::Decision;
use crate::blocking::opening::{OpenOptions, create_for_import};
use crate::error::{Error, Result};
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::state::Remark;
use crate::storage::{ExportedEvent, OperationRecord};

/// Where an export is read into.
#[derive(Debug)]
pub(super) struct Filling<S, H> {
    stored: StoredRuntime<S, H>,
    /// The last commit was offered, after which the runtime may count.
    is_finishing: bool,
}

impl<S: Store, H: Host> Filling<S, H> {
    /// Creates the store, which counts as absent.
    pub(super) fn new<St: Storage<Store = S>>(
        storage: &mut St,
        host: H,
        runtime_id: RuntimeId,
        runtime: RuntimeOptions,
    ) -> Result<Self, Failure> {
        let options = OpenOptions { runtime, ..OpenOptions::default() };
        let view = create_for_import(storage, host, runtime_id, &options)?;
        let mut filling = Self { stored: StoredRuntime::new(view), is_finishing: false };
        filling.runtime().begin();
        Ok(filling)
    }

    fn runtime(&mut self) -> &mut Runtime {
        &mut self.stored.view.runtime
    }

    /// Whether what was written may count.
    pub(super) fn is_finishing(&self) -> bool {
        self.is_finishing
    }

    /// Whether the store is still this import's.
    pub(super) fn is_own(&mut self) -> bool {
        self.stored.view.holding.look().is_ok()
    }

    /// Records the next event anew.
    pub(super) fn event(&mut self, event: &ExportedEvent<'_>) -> Result<(), Failure> {
        self.stored.view.holding.check()?;
        let content = event.entry.map_or(event.message.len(), |(_, _, content)| content.len());
        let bytes = content.max(event.request.map_or(0, <[u8]>::len));
        while self.runtime().must_wait(bytes) {
            self.flush()?;
        }
        Ok(self.runtime().import_exported(event)?)
    }

    /// The diagnostics that follow from all events.
    pub(super) fn remarks(&mut self) -> Result<&[Remark], Failure> {
        self.stored.view.holding.check()?;
        if self.runtime().has_changes() {
            self.flush()?;
        }
        Ok(&self.runtime().state.remarks)
    }

    /// Has what was recorded committed, and regroups it.
    fn flush(&mut self) -> Result<(), Failure> {
        let not_applied = |error| Failure::new(error, Certainty::NotApplied);
        let view = &mut self.stored.view;
        if view.runtime.has_changes() {
            let token = view.holding.token()?;
            let ops = view.runtime.finish(token).into_vec();
            match view.holding.commit(token, ops) {
                Decision::Applied => view.runtime.merge_open(),
                Decision::Rejected { reason } => return Err(not_applied(Error::StorageFailed { reason })),
                Decision::GivenUp => return Err(not_applied(undecided())),
                Decision::Moved { .. } | Decision::Lost { .. } => {
                    return Err(not_applied(view.holding.check().err().unwrap_or(Error::StorageConflict)));
                }
            }
        } else {
            // What comes next waits only for what was committed before to be regrouped.
            view.runtime.abort_open();
        }
        self.stored.is_willing = true;
        while self.stored.step(false)? {}
        self.stored.view.settle().map_err(not_applied)?;
        self.runtime().begin();
        Ok(())
    }

    /// Makes the runtime count. `losses`: the places of accepted losses among the diagnostics. Where the outcome is
    /// [unknown](Certainty::Unknown) it can be called again.
    pub(super) fn finish(&mut self, operations: &[OperationRecord], losses: &[u64]) -> Result<(), Failure> {
        let view = &mut self.stored.view;
        let decision = if self.is_finishing {
            view.holding.decide()
        } else {
            view.holding.check()?;
            view.runtime.abort_open();
            let token = view.holding.token()?;
            let ops: Vec<_> = view.runtime.finish_import(operations, losses, token)?.into_vec();
            self.is_finishing = true;
            view.holding.commit(token, ops)
        };
        match decision {
            Decision::Applied => {
                view.runtime.merge_open();
                Ok(())
            }
            Decision::Rejected { reason } => {
                self.is_finishing = false;
                Err(Failure::new(Error::StorageFailed { reason }, Certainty::NotApplied))
            }
            Decision::GivenUp => Err(Failure::new(undecided(), Certainty::Unknown)),
            Decision::Moved { certain } => {
                let outcome = if certain { Certainty::NotApplied } else { Certainty::Unknown };
                Err(Failure::new(Error::StorageConflict, outcome))
            }
            Decision::Lost { reason } => Err(Failure::new(Error::StorageLost { reason }, Certainty::Unknown)),
        }
    }
}

fn undecided() -> Error {
    failed("the storage has not told what became of the commit")
}
