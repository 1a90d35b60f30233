//! Why a call on a stored runtime failed, and what became of the mutation.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::contract::StoreError;
use crate::error::Error;

/// Errors by value, as [`Failure`] has them: nobody waits for what is passed on here.
pub(crate) type Result<T, E = Error> = core::result::Result<T, E>;

/// Whether a mutation that failed may have been applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It was not, and never will be.
    NotApplied,
    /// It may have been, or may yet be.
    Unknown,
}

impl Certainty {
    /// The outcome as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplied => "not_applied",
            Self::Unknown => "unknown",
        }
    }
}

/// A refusal; where the storage is to blame, with what became of the mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// For a mutation or an opening that the storage has failed.
    pub outcome: Option<Certainty>,
}

impl Failure {
    pub(crate) fn new(error: Error, outcome: Certainty) -> Self {
        Self { error, outcome: Some(outcome) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, outcome: None }
    }
}

impl From<Box<Error>> for Failure {
    fn from(error: Box<Error>) -> Self {
        Error::from(error).into()
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { reason } => Self::StorageLost { reason },
            StoreError::Locked => Self::StorageLocked,
            StoreError::Rejected { reason } | StoreError::Failed { reason } => Self::StorageFailed { reason },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            Some(outcome) => write!(f, "{} ({})", self.error, outcome.as_str()),
            None => self.error.fmt(f),
        }
    }
}

impl core::error::Error for Failure {
    /// That of the [`error`](Failure::error), whose message is also this one's.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.error.source()
    }
}

pub(crate) fn failed(reason: &str) -> Error {
    Error::StorageFailed { reason: String::from(reason) }
}
