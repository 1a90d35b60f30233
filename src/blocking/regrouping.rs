//! Regrouping what was written, a small commit at a time. What goes wrong here fails no mutation.

use super::contract::{Host, Store};
use super::failure::Result;
use super::mutations::StoredRuntime;
use super::offering::Decision;
use crate::storage::Regrouping;

/// A step that reads more often than this without getting anywhere is given up.
const MOST_READS: usize = 64;

/// A mutation waits for so many urgent steps.
const MOST_URGENT_STEPS: usize = 2;

impl<S: Store, H: Host> StoredRuntime<S, H> {
    /// Does one small step of what can wait, where there is one: a commit that makes later openings and pages read
    /// less. To be called while nothing else is going on, until it answers `false`. Never needed for correctness.
    ///
    /// # Errors
    /// [`Error::StorageConflict`](crate::Error::StorageConflict), [`Error::StorageLost`](crate::Error::StorageLost) once the
    /// store is another's or gone.
    pub fn regroup(&mut self) -> Result<bool> {
        self.step(true)
    }

    /// Regroups before a mutation where an opening would have to read too much.
    pub(crate) fn regroup_urgently(&mut self) {
        for _ in 0..MOST_URGENT_STEPS {
            let is_urgent = self.view.runtime.regrouping(false) == Regrouping::Urgent;
            if !is_urgent || !matches!(self.step(false), Ok(true)) {
                break;
            }
        }
    }

    /// Whether a step was done.
    pub(crate) fn step(&mut self, is_idle: bool) -> Result<bool> {
        let view = &mut self.view;
        view.holding.check()?;
        if !self.is_willing || view.settle().is_err() {
            return view.holding.check().map(|()| false);
        }
        for _ in 0..MOST_READS {
            if view.runtime.regrouping(is_idle) == Regrouping::None {
                return Ok(false);
            }
            let token = view.holding.token()?;
            let Ok(step) = view.runtime.regroup(token, is_idle) else { break };
            if let Some(ops) = step {
                return match view.holding.commit(token, ops.into_vec()) {
                    Decision::Applied => {
                        view.runtime.merge_open();
                        Ok(true)
                    }
                    Decision::Rejected { .. } => {
                        view.runtime.abort_open();
                        self.is_willing = false;
                        Ok(false)
                    }
                    Decision::GivenUp => Ok(false),
                    Decision::Moved { .. } | Decision::Lost { .. } => view.holding.check().map(|()| false),
                };
            }
            let (layout, needs) = view.runtime.needs();
            let needs = needs.to_vec();
            let read = view.holding.fetch(&needs);
            view.holding.check()?;
            let is_provided = read.is_ok_and(|read| {
                let mut provided = needs.iter().zip(read);
                provided.all(|(need, records)| view.runtime.provide(layout, &need.gte, records).is_ok())
            });
            if needs.is_empty() || !is_provided {
                break;
            }
        }
        self.is_willing = false;
        Ok(false)
    }
}
