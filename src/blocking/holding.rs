//! A store, and the head by which it is this runtime's.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::contract::{Commit, Host, Store, StoreError};
use super::failure::{Result, failed};
use super::offering::{Decision, Offering};
use crate::error::Error;
use crate::storage::{Need, Op, Token};

/// Records as they were read for a need.
pub(crate) type Records = Vec<(String, Vec<u8>)>;

/// For as long as the store has this head, or that of the commit that is not decided, it is this runtime's, and what is
/// read from it is believed.
#[derive(Debug)]
pub(crate) struct Holding<S, H> {
    pub(crate) store: S,
    pub(crate) host: H,
    head: String,
    undecided: Option<Offering>,
    /// Why nothing is read or committed any more.
    ended: Option<Error>,
}

impl<S: Store, H: Host> Holding<S, H> {
    pub(crate) fn new(store: S, host: H, head: String) -> Self {
        Self { store, host, head, undecided: None, ended: None }
    }

    /// Refuses once the store is not this runtime's any more.
    pub(crate) fn check(&self) -> Result<()> {
        self.ended.clone().map_or(Ok(()), Err)
    }

    fn end(&mut self, error: Error) -> Error {
        self.ended.get_or_insert(error).clone()
    }

    pub(crate) fn is_undecided(&self) -> bool {
        self.undecided.is_some()
    }

    pub(crate) fn token(&self) -> Result<Token> {
        Ok(Token::from_random_bits(self.host.random_bits()?))
    }

    /// Has the store apply `ops` and make `to` its head. No commit may be undecided.
    pub(crate) fn commit(&mut self, to: Token, ops: Vec<Op>) -> Decision {
        debug_assert!(self.undecided.is_none(), "one commit at a time");
        let commit = Commit { from: Some(self.head.clone()), to: to.to_string(), ops };
        self.undecided = Some(Offering::new(commit));
        self.decide()
    }

    /// Offers what is undecided until it is decided, or the host gives up again.
    pub(crate) fn decide(&mut self) -> Decision {
        let Some(offering) = &mut self.undecided else {
            return Decision::Applied;
        };
        let decision = offering.decide(&mut self.store, &self.host);
        match &decision {
            Decision::Applied => self.head.clone_from(&offering.commit.to),
            Decision::Moved { .. } => drop(self.ended.get_or_insert(Error::StorageConflict)),
            Decision::Lost { reason } => {
                let lost = Error::StorageLost { reason: reason.clone() };
                self.ended.get_or_insert(lost);
            }
            Decision::Rejected { .. } => {}
            Decision::GivenUp => return decision,
        }
        self.undecided = None;
        decision
    }

    /// Asks for the head, and ends where it is another's.
    pub(crate) fn look(&mut self) -> Result<()> {
        self.check()?;
        let head = self.store.head().map_err(|error| self.note(error))?;
        let under_way = self.undecided.as_ref().map(|offering| &offering.commit.to);
        match &head {
            Some(head) if *head == self.head || Some(head) == under_way => Ok(()),
            _ => Err(self.end(Error::StorageConflict)),
        }
    }

    /// What a call gets that the host has failed; a loss ends the holding.
    fn note(&mut self, error: StoreError) -> Error {
        match error {
            StoreError::Lost { .. } => self.end(error.into()),
            other => other.into(),
        }
    }

    /// The records of each range, believed: the head was asked for after the last of them was read.
    pub(crate) fn fetch(&mut self, needs: &[Need]) -> Result<Vec<Records>> {
        let mut all = Vec::with_capacity(needs.len());
        for need in needs {
            match self.store.read(need) {
                Ok(records) => all.push(in_range(records, need)?),
                Err(error) => {
                    let error = self.note(error);
                    // Where somebody else has the store by now, that is why.
                    if let Err(ended @ Error::StorageConflict) = self.look() {
                        return Err(ended);
                    }
                    return Err(error);
                }
            }
        }
        self.look()?;
        Ok(all)
    }
}

/// What a store answered, if it is an answer to what was asked.
fn in_range(records: Records, need: &Need) -> Result<Records> {
    let ascends = records.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let is_within = records.iter().all(|(key, _)| *need.gte <= **key && **key < *need.lt);
    if !ascends || !is_within || need.limit.is_some_and(|limit| records.len() as u64 > limit) {
        return Err(failed("it answered with records that were not asked for"));
    }
    Ok(records)
}
