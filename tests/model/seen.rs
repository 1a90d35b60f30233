//! What can be seen, in plain terms that owe nothing to the crate's own types.

/// What a call answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Created(SeenWorker),
    Accepted { worker_id: String, sequence: u64, event: u64 },
    Ended { worker_id: String, status: &'static str, event: u64 },
    Stopped { event: u64 },
    Detail(SeenWorker),
    Page { total: u64, next_start: Option<u64>, entries: Vec<SeenEntry> },
    Batch { next: u64, has_more: bool, events: Vec<SeenEvent> },
}

/// Why a call was refused; `about` are the details that the specification names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) about: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenWorker {
    pub(crate) worker_id: String,
    pub(crate) status: &'static str,
    /// Intent, profile, bundle, capabilities, workspaces and mounts as the caller gave them.
    pub(crate) request: worker_runtime::CreateWorkerRequest,
    pub(crate) transcript_len: u64,
    pub(crate) last_event: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenEntry {
    pub(crate) sequence: u64,
    pub(crate) role: &'static str,
    pub(crate) content: String,
    pub(crate) event: u64,
    pub(crate) at: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenEvent {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) worker_id: Option<String>,
    pub(crate) at: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenDiagnostic {
    pub(crate) id: u64,
    pub(crate) severity: &'static str,
    pub(crate) code: &'static str,
    pub(crate) worker_id: Option<String>,
}

/// Everything at once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: &'static str,
    /// All Workers, running, stopped, cancelled.
    pub(crate) counts: [u64; 4],
    pub(crate) diagnostics: Vec<SeenDiagnostic>,
    pub(crate) workers: Vec<SeenWorker>,
    pub(crate) transcripts: Vec<Vec<SeenEntry>>,
    pub(crate) events: Vec<SeenEvent>,
    pub(crate) next_event: u64,
}
