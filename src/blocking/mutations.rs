//! A runtime whose store is its own: mutations, each durable before it is answered.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::contract::{Host, Store};
use super::failure::{Certainty, Failure, Result, failed};
use super::offering::Decision;
use super::reading::View;
use crate::command::{Command, Outcome};
use crate::error::{self, Error};
use crate::identity::OperationId;

/// How many mutations go into one commit at the most.
const MOST_COMMANDS: usize = 256;

/// A runtime on a store that it has taken over.
#[derive(Debug)]
pub struct StoredRuntime<S, H> {
    pub(crate) view: View<S, H>,
    /// No regrouping was refused since the last mutation that succeeded.
    pub(crate) is_willing: bool,
}

/// A mutation on its way, by its place in the caller's list.
struct Waiting {
    place: usize,
    command: Command,
    operation: Option<OperationId>,
    is_alone: bool,
}

type Answer = Result<Outcome, Failure>;

impl<S: Store, H: Host> StoredRuntime<S, H> {
    pub(crate) fn new(view: View<S, H>) -> Self {
        Self { view, is_willing: true }
    }

    /// What can be read.
    pub fn view(&mut self) -> &mut View<S, H> {
        &mut self.view
    }

    /// One mutation; once it is answered it is durable. Under an operation id a repeat answers as the first did.
    ///
    /// # Errors
    /// As the method of [`Runtime`](crate::Runtime) that the command stands for. [`Error::StorageConflict`],
    /// [`Error::StorageLost`] once the store is another's or gone, [`Error::StorageFailed`]: what became of the mutation is
    /// in [`Failure::outcome`].
    pub fn execute(&mut self, command: Command, operation: Option<OperationId>) -> Answer {
        let only = self.execute_all([(command, operation)]).pop();
        only.unwrap_or_else(|| Err(failed("nothing was answered").into()))
    }

    /// Mutations in order, as many in one commit as go in: at most 256, or 1 MiB. Each answer is as
    /// [`execute`](Self::execute) gives it; a refusal hurts none of the others.
    pub fn execute_all(
        &mut self,
        commands: impl IntoIterator<Item = (Command, Option<OperationId>)>,
    ) -> Vec<Answer> {
        let waiting = commands.into_iter().enumerate().map(|(place, (command, operation))| Waiting {
            place,
            command,
            operation,
            is_alone: false,
        });
        let mut queue: VecDeque<Waiting> = waiting.collect();
        let mut answers: Vec<Option<Answer>> = Vec::new();
        answers.resize_with(queue.len(), || None);
        while !queue.is_empty() {
            if let Err(error) = self.prepare() {
                for Waiting { place, .. } in queue.drain(..) {
                    answers[place] = Some(Err(Failure::new(error.clone(), Certainty::NotApplied)));
                }
                break;
            }
            self.transact(&mut queue, &mut answers);
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(failed("it was dropped").into())))
            .collect()
    }

    /// Decides what is undecided, and regroups where that cannot wait.
    fn prepare(&mut self) -> Result<()> {
        self.view.holding.check()?;
        self.view.settle()?;
        self.regroup_urgently();
        self.view.holding.check()?;
        self.view.settle()
    }

    /// One commit of what is first in the queue.
    fn transact(&mut self, queue: &mut VecDeque<Waiting>, answers: &mut [Option<Answer>]) {
        let View { runtime, holding, .. } = &mut self.view;
        runtime.begin();
        let mut group: Vec<(Waiting, error::Result<Outcome>)> = Vec::new();
        while let Some(next) = queue.front() {
            let is_full = group.len() == MOST_COMMANDS || runtime.must_wait(next.command.text_bytes());
            if is_full || next.is_alone && !group.is_empty() {
                break;
            }
            let Some(next) = queue.pop_front() else { break };
            let answer = runtime.execute(&next.command, next.operation.as_ref(), holding.host.now());
            let is_alone = next.is_alone;
            group.push((next, answer));
            if is_alone {
                break;
            }
        }
        if !runtime.has_changes() {
            runtime.abort_open();
            return settle(group, answers);
        }
        let token = match holding.token() {
            Ok(token) => token,
            Err(error) => {
                runtime.abort_open();
                return refuse(group, answers, &error, Certainty::NotApplied);
            }
        };
        let ops = runtime.finish(token).into_vec();
        match holding.commit(token, ops) {
            Decision::Applied => {
                runtime.merge_open();
                self.is_willing = true;
                settle(group, answers);
            }
            Decision::Rejected { reason } => {
                runtime.abort_open();
                if group.len() == 1 {
                    let error = Error::StorageFailed { reason };
                    return refuse(group, answers, &error, Certainty::NotApplied);
                }
                // Only those that are refused alone fail.
                for (waiting, _) in group.into_iter().rev() {
                    queue.push_front(Waiting { is_alone: true, ..waiting });
                }
            }
            Decision::GivenUp => {
                let error = failed("the storage has not told what became of the commit");
                refuse(group, answers, &error, Certainty::Unknown);
            }
            Decision::Moved { certain: true } => {
                refuse(group, answers, &Error::StorageConflict, Certainty::NotApplied);
            }
            Decision::Moved { .. } => refuse(group, answers, &Error::StorageConflict, Certainty::Unknown),
            Decision::Lost { reason } => {
                refuse(group, answers, &Error::StorageLost { reason }, Certainty::Unknown);
            }
        }
    }

    /// Lets go of the store. A commit that is not decided is given one more chance, as long as the host has patience.
    pub fn close(mut self) {
        // Who has given up on it was told so.
        let _ = self.view.settle();
    }
}

fn settle(group: Vec<(Waiting, error::Result<Outcome>)>, answers: &mut [Option<Answer>]) {
    for (waiting, answer) in group {
        answers[waiting.place] = Some(answer.map_err(Failure::from));
    }
}

/// A refusal that a command met in the transaction may rest on what was not applied: it gets the transaction's end as well.
fn refuse(
    group: Vec<(Waiting, error::Result<Outcome>)>,
    answers: &mut [Option<Answer>],
    error: &Error,
    outcome: Certainty,
) {
    for (waiting, _) in group {
        answers[waiting.place] = Some(Err(Failure::new(error.clone(), outcome)));
    }
}
