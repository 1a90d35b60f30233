//! Transcripts: what was said to a Worker and by it, in order.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Timestamp;
use crate::event_log::EventId;
use crate::identity::WorkerRef;

/// Who speaks in a transcript entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum TranscriptRole {
    /// An input of kind `user`.
    User = 0,
    /// An input of kind `system`.
    System = 1,
    /// An output of kind `assistant`.
    Assistant = 2,
    /// An output of kind `tool`.
    Tool = 3,
}

impl TranscriptRole {
    /// All roles, by code.
    pub const ALL: [Self; 4] = [Self::User, Self::System, Self::Assistant, Self::Tool];

    /// The role of a code.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.get(code as usize).copied()
    }

    /// The role as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct TranscriptEntry {
    /// Its place in the transcript, from 1 without gaps.
    pub sequence: u64,
    /// The Worker.
    pub worker_ref: WorkerRef,
    /// Who speaks.
    pub role: TranscriptRole,
    /// What was said, unchanged.
    pub content: String,
    /// The event that recorded it.
    pub event_id: EventId,
    /// The host's clock then; information only.
    pub recorded_at: Timestamp,
}

/// Which part of a transcript to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranscriptQuery {
    /// How many entries to skip. Past the end gives an empty page.
    pub start: u64,
    /// How many entries to give at the most; above the configured limit it is refused.
    pub limit: u64,
}

/// One page of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct TranscriptProjection {
    /// The Worker.
    pub worker_ref: WorkerRef,
    /// As asked for.
    pub start: u64,
    /// As asked for.
    pub limit: u64,
    /// How many entries the whole transcript has.
    pub total_items: u64,
    /// The entries.
    pub items: Vec<TranscriptEntry>,
    /// Where the next page starts, where more follows.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub next_start: Option<u64>,
}
