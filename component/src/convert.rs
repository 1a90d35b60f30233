//! The world's types and the crate's: the same shapes under two names.

use worker_runtime::blocking::{self, Failure};
use worker_runtime::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, Error, ErrorDetail, EventCursor, EventKind,
    ProfileSelector, ResourceRef, RuntimeDiagnostic, RuntimeEvent, RuntimeEventBatch, RuntimeLimits,
    RuntimeStatus, RuntimeSummary, Severity, TranscriptEntry, TranscriptProjection, TranscriptRole,
    WorkerDetail, WorkerIntent, WorkerInteractionAck, WorkerLifecycleAck, WorkerRef, WorkerStatus,
    WorkerSummary, limits::MAX_INTEGER,
};

use crate::worker_runtime::runtime::{storage, types};

pub(crate) type Result<T> = core::result::Result<T, types::Error>;

pub(crate) fn error(error: impl Into<Error>) -> types::Error {
    let error = error.into();
    let detail = |(name, value): (&str, ErrorDetail<'_>)| types::Detail {
        name: name.to_owned(),
        value: match value {
            ErrorDetail::Text(text) => types::DetailValue::Text(text.to_owned()),
            ErrorDetail::Number(number) => types::DetailValue::Number(number),
        },
    };
    types::Error {
        code: error.code().to_owned(),
        message: error.to_string(),
        details: error.details().into_iter().map(detail).collect(),
    }
}

pub(crate) fn failure(failure: Failure) -> types::Error {
    let Failure { error: cause, outcome, .. } = failure;
    let mut converted = error(cause);
    if let Some(outcome) = outcome {
        let value = types::DetailValue::Text(outcome.as_str().to_owned());
        converted.details.push(types::Detail { name: "outcome".to_owned(), value });
    }
    converted
}

/// Refuses a number beyond 2^53 − 1: no host of the runtime counts further.
pub(crate) fn within(path: &str, number: u64) -> Result<()> {
    if number <= MAX_INTEGER {
        return Ok(());
    }
    let reason = "must be at most 2^53 - 1".to_owned();
    Err(error(Error::InvalidRequest { path: path.to_owned(), reason }))
}

pub(crate) fn worker_ref_in(worker: types::WorkerRef) -> WorkerRef {
    WorkerRef { runtime_id: worker.runtime_id, worker_id: worker.worker_id }
}

fn worker_ref(worker: WorkerRef) -> types::WorkerRef {
    types::WorkerRef { runtime_id: worker.runtime_id, worker_id: worker.worker_id }
}

pub(crate) fn role_in(role: types::TranscriptRole) -> TranscriptRole {
    match role {
        types::TranscriptRole::User => TranscriptRole::User,
        types::TranscriptRole::System => TranscriptRole::System,
        types::TranscriptRole::Assistant => TranscriptRole::Assistant,
        types::TranscriptRole::Tool => TranscriptRole::Tool,
    }
}

fn role(role: TranscriptRole) -> types::TranscriptRole {
    match role {
        TranscriptRole::User => types::TranscriptRole::User,
        TranscriptRole::System => types::TranscriptRole::System,
        TranscriptRole::Assistant => types::TranscriptRole::Assistant,
        TranscriptRole::Tool => types::TranscriptRole::Tool,
    }
}

pub(crate) fn limits(limits: types::Limits) -> RuntimeLimits {
    RuntimeLimits {
        max_transcript_projection_items: limits.max_transcript_projection_items,
        max_event_batch_items: limits.max_event_batch_items,
    }
}

pub(crate) fn request_in(request: types::CreateWorkerRequest) -> CreateWorkerRequest {
    let resource =
        |resource: types::ResourceRef| ResourceRef { name: resource.name, reference: resource.reference };
    CreateWorkerRequest {
        intent: match request.intent {
            types::WorkerIntent::Assistant(purpose) => WorkerIntent::Assistant { purpose },
            types::WorkerIntent::Task(objective) => WorkerIntent::Task { objective },
            types::WorkerIntent::Role(types::RoleIntent { role, purpose }) => {
                WorkerIntent::Role { role, purpose }
            }
        },
        profile: match request.profile {
            types::ProfileSelector::RuntimeDefault => ProfileSelector::RuntimeDefault,
            types::ProfileSelector::Builtin(value) => ProfileSelector::Builtin { value },
            types::ProfileSelector::Named(value) => ProfileSelector::Named { value },
        },
        config_bundle: request.config_bundle.map(|id| ConfigBundleRef { id }),
        requested_capabilities: request
            .requested_capabilities
            .into_iter()
            .map(|capability| CapabilityRequest { name: capability.name, reason: capability.reason })
            .collect(),
        workspace_refs: request.workspace_refs.into_iter().map(resource).collect(),
        mount_refs: request.mount_refs.into_iter().map(resource).collect(),
    }
}

fn intent(intent: WorkerIntent) -> types::WorkerIntent {
    match intent {
        WorkerIntent::Assistant { purpose } => types::WorkerIntent::Assistant(purpose),
        WorkerIntent::Task { objective } => types::WorkerIntent::Task(objective),
        WorkerIntent::Role { role, purpose } => {
            types::WorkerIntent::Role(types::RoleIntent { role, purpose })
        }
    }
}

fn profile(profile: ProfileSelector) -> types::ProfileSelector {
    match profile {
        ProfileSelector::RuntimeDefault => types::ProfileSelector::RuntimeDefault,
        ProfileSelector::Builtin { value } => types::ProfileSelector::Builtin(value),
        ProfileSelector::Named { value } => types::ProfileSelector::Named(value),
    }
}

fn worker_status(status: WorkerStatus) -> types::WorkerStatus {
    match status {
        WorkerStatus::Running => types::WorkerStatus::Running,
        WorkerStatus::Stopped => types::WorkerStatus::Stopped,
        WorkerStatus::Cancelled => types::WorkerStatus::Cancelled,
    }
}

pub(crate) fn runtime_status(status: RuntimeStatus) -> types::RuntimeStatus {
    match status {
        RuntimeStatus::Running => types::RuntimeStatus::Running,
        RuntimeStatus::Stopped => types::RuntimeStatus::Stopped,
    }
}

pub(crate) fn durability(durability: blocking::Durability) -> storage::Durability {
    match durability {
        blocking::Durability::PowerLoss => storage::Durability::PowerLoss,
        blocking::Durability::ProcessCrash => storage::Durability::ProcessCrash,
        blocking::Durability::Memory => storage::Durability::Memory,
    }
}

pub(crate) fn detail(detail: WorkerDetail) -> types::WorkerDetail {
    let resource =
        |resource: ResourceRef| types::ResourceRef { name: resource.name, reference: resource.reference };
    types::WorkerDetail {
        worker: worker_ref(detail.worker_ref),
        status: worker_status(detail.status),
        request: types::CreateWorkerRequest {
            intent: intent(detail.intent),
            profile: profile(detail.profile),
            config_bundle: detail.config_bundle.map(|bundle| bundle.id),
            requested_capabilities: detail
                .requested_capabilities
                .into_iter()
                .map(|capability| types::CapabilityRequest {
                    name: capability.name,
                    reason: capability.reason,
                })
                .collect(),
            workspace_refs: detail.workspace_refs.into_iter().map(resource).collect(),
            mount_refs: detail.mount_refs.into_iter().map(resource).collect(),
        },
        transcript_len: detail.transcript_len,
        last_event_id: detail.last_event_id,
    }
}

pub(crate) fn worker_summary(summary: WorkerSummary) -> types::WorkerSummary {
    types::WorkerSummary {
        worker: worker_ref(summary.worker_ref),
        status: worker_status(summary.status),
        intent: intent(summary.intent),
        profile: profile(summary.profile),
        requested_capability_count: summary.requested_capability_count,
        has_config_bundle: summary.has_config_bundle,
        transcript_len: summary.transcript_len,
        last_event_id: summary.last_event_id,
    }
}

pub(crate) fn summary(summary: RuntimeSummary) -> types::RuntimeSummary {
    let RuntimeLimits { max_transcript_projection_items, max_event_batch_items } = summary.limits;
    types::RuntimeSummary {
        runtime_id: summary.runtime_id.as_str().to_owned(),
        display_name: summary.display_name,
        durability: None,
        status: runtime_status(summary.status),
        worker_count: summary.worker_count,
        active_worker_count: summary.active_worker_count,
        stopped_worker_count: summary.stopped_worker_count,
        cancelled_worker_count: summary.cancelled_worker_count,
        diagnostic_count: summary.diagnostic_count,
        limits: types::Limits { max_transcript_projection_items, max_event_batch_items },
    }
}

pub(crate) fn diagnostic(diagnostic: RuntimeDiagnostic) -> types::Diagnostic {
    types::Diagnostic {
        id: diagnostic.id,
        severity: match diagnostic.severity {
            Severity::Info => types::Severity::Info,
            Severity::Warning => types::Severity::Warning,
            Severity::Error => types::Severity::Error,
        },
        code: diagnostic.code.to_owned(),
        message: diagnostic.message.to_owned(),
        worker: diagnostic.worker_ref.map(worker_ref),
    }
}

pub(crate) fn interaction_ack(ack: WorkerInteractionAck) -> types::InteractionAck {
    types::InteractionAck {
        worker: worker_ref(ack.worker_ref),
        status: worker_status(ack.status),
        transcript_sequence: ack.transcript_sequence,
        event_id: ack.event_id,
    }
}

pub(crate) fn lifecycle_ack(ack: WorkerLifecycleAck) -> types::LifecycleAck {
    types::LifecycleAck {
        worker: worker_ref(ack.worker_ref),
        status: worker_status(ack.status),
        event_id: ack.event_id,
    }
}

fn entry(entry: TranscriptEntry) -> types::TranscriptEntry {
    types::TranscriptEntry {
        sequence: entry.sequence,
        role: role(entry.role),
        content: entry.content,
        event_id: entry.event_id,
        recorded_at: entry.recorded_at,
    }
}

pub(crate) fn projection(page: TranscriptProjection) -> types::TranscriptProjection {
    types::TranscriptProjection {
        worker: worker_ref(page.worker_ref),
        start: page.start,
        limit: page.limit,
        total_items: page.total_items,
        items: page.items.into_iter().map(entry).collect(),
        next_start: page.next_start,
    }
}

pub(crate) fn cursor(cursor: EventCursor) -> types::EventCursor {
    types::EventCursor { runtime_id: cursor.runtime_id, next_event_id: cursor.next_event_id }
}

fn event(event: RuntimeEvent) -> types::RuntimeEvent {
    types::RuntimeEvent {
        id: event.id,
        kind: match event.kind {
            EventKind::RuntimeStarted => types::EventKind::RuntimeStarted,
            EventKind::RuntimeStopped => types::EventKind::RuntimeStopped,
            EventKind::WorkerCreated => types::EventKind::WorkerCreated,
            EventKind::WorkerInputAccepted => types::EventKind::WorkerInputAccepted,
            EventKind::WorkerOutputRecorded => types::EventKind::WorkerOutputRecorded,
            EventKind::WorkerStopped => types::EventKind::WorkerStopped,
            EventKind::WorkerCancelled => types::EventKind::WorkerCancelled,
        },
        message: event.message,
        worker: event.worker_ref.map(worker_ref),
        recorded_at: event.recorded_at,
    }
}

pub(crate) fn batch(batch: RuntimeEventBatch) -> types::EventBatch {
    types::EventBatch {
        cursor: cursor(batch.cursor),
        events: batch.events.into_iter().map(event).collect(),
        has_more: batch.has_more,
    }
}
