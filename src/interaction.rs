//! The two halves of a conversation: inputs that a Worker is sent, outputs that the host records for it.

use alloc::string::String;

use crate::event_log::EventId;
use crate::identity::WorkerRef;
use crate::lifecycle::WorkerStatus;
use crate::transcript::TranscriptRole;

/// Who speaks to a Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// The person or program that uses it.
    User,
    /// The host itself.
    System,
}

/// Something said to a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerInput {
    /// Who says it.
    pub kind: InputKind,
    /// What is said: not blank, at most 16 MiB of UTF-8.
    pub content: String,
}

/// What answered for a Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputKind {
    /// The host's model.
    Assistant,
    /// One of the host's tools.
    Tool,
}

/// Something that a Worker's model or tool answered; the runtime executes neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerOutput {
    /// What answered.
    pub kind: OutputKind,
    /// The answer: not blank, at most 16 MiB of UTF-8.
    pub content: String,
}

impl From<InputKind> for TranscriptRole {
    fn from(kind: InputKind) -> Self {
        match kind {
            InputKind::User => Self::User,
            InputKind::System => Self::System,
        }
    }
}

impl From<OutputKind> for TranscriptRole {
    fn from(kind: OutputKind) -> Self {
        match kind {
            OutputKind::Assistant => Self::Assistant,
            OutputKind::Tool => Self::Tool,
        }
    }
}

/// What an accepted input or output answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct WorkerInteractionAck {
    /// The Worker.
    pub worker_ref: WorkerRef,
    /// Its status, `running`.
    pub status: WorkerStatus,
    /// The entry's place in the Worker's transcript, from 1.
    pub transcript_sequence: u64,
    /// The event that recorded it.
    pub event_id: EventId,
}
