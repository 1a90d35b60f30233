//! Configurable limits of a runtime, and the fixed bounds of everything a caller passes.

/// The longest [`RuntimeId`](crate::RuntimeId) and [`OperationId`](crate::OperationId), in UTF-8 bytes.
pub const MAX_ID_BYTES: usize = 256;

/// The longest single string that a caller may pass, in UTF-8 bytes (16 MiB).
pub const MAX_STRING_BYTES: usize = 16 * 1024 * 1024;

/// The largest integer that crosses the JavaScript boundary unharmed: 2^53 − 1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// What one commit holds at the most, in bytes of log entries; a larger mutation goes alone.
pub const MAX_COMMIT_BYTES: usize = 1024 * 1024;

/// A page of history that is visited ([`Runtime::visit_transcript`](crate::Runtime::visit_transcript),
/// [`Runtime::visit_events`](crate::Runtime::visit_events)) ends early where its texts come to more than this many bytes of
/// UTF-8; a single text never does.
pub const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// A page of history that crosses to JavaScript ends after so many entries or events: 2 MiB of numbers, whatever is asked for.
pub const MAX_PAGE_ITEMS: u64 = 64 * 1024;

/// How many operation receipts a runtime remembers at the least.
pub const REMEMBERED_OPERATIONS: usize = 4096;

/// How much a single read may ask for. Both limits may be 0; what exceeds them is refused, never cut.
///
/// It may get more fields: give the rest by `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct RuntimeLimits {
    /// The most entries that one transcript page may ask for. Default 256, at most [`MAX_INTEGER`].
    pub max_transcript_projection_items: u64,
    /// The most events that one batch may ask for. Default 256, at most [`MAX_INTEGER`].
    pub max_event_batch_items: u64,
}

impl Default for RuntimeLimits {
    fn default() -> Self {
        Self { max_transcript_projection_items: 256, max_event_batch_items: 256 }
    }
}
