//! One commit, offered until it is decided, byte for byte the same each time.

use alloc::string::String;

use super::contract::{Commit, Host, Store, StoreError};

const FIRST_PAUSE_MS: u64 = 10;
const LONGEST_PAUSE_MS: u64 = 2_000;

/// What is known of a commit in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is durable.
    Applied,
    /// The head is another, or there is none; `certain`: the commit was not applied and never will be.
    Moved { certain: bool },
    /// It was not applied and never will be, for a reason of the host's own.
    Rejected { reason: String },
    /// The store has vanished or gone back in time.
    Lost { reason: String },
    /// Nothing is known, and the host has no more patience.
    GivenUp,
}

/// A commit that is not decided yet.
#[derive(Debug)]
pub(crate) struct Offering {
    pub(crate) commit: Commit,
    offered: u32,
}

impl Offering {
    pub(crate) fn new(commit: Commit) -> Self {
        Self { commit, offered: 0 }
    }

    /// Offers it until it is decided, or the host gives up.
    pub(crate) fn decide(&mut self, store: &mut impl Store, host: &impl Host) -> Decision {
        let (mut waited, mut wait) = (0, FIRST_PAUSE_MS);
        loop {
            self.offered += 1;
            if let Some(decision) = self.judge(store.commit(&self.commit)) {
                return decision;
            }
            if !host.pause(waited, wait) {
                return Decision::GivenUp;
            }
            waited += wait;
            wait = (wait * 2).min(LONGEST_PAUSE_MS);
        }
    }

    /// What one answer decides, if anything: a refusal of the host's own only where it is the first, and nothing that
    /// cannot be an answer.
    fn judge(&self, answer: Result<Option<String>, StoreError>) -> Option<Decision> {
        let Commit { from, to, .. } = &self.commit;
        let is_first = self.offered == 1;
        match answer {
            Ok(Some(head)) if head == *to => Some(Decision::Applied),
            Ok(None) if is_first && from.is_none() => None,
            Ok(Some(head)) if head.is_empty() || Some(&head) == from.as_ref() => None,
            Ok(_) => Some(Decision::Moved { certain: is_first }),
            Err(StoreError::Lost { reason }) => Some(Decision::Lost { reason }),
            Err(StoreError::Rejected { reason }) if is_first => Some(Decision::Rejected { reason }),
            Err(_) => None,
        }
    }
}
