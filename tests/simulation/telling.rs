//! What can be seen of a runtime, in words.

use std::fmt::Write;

use worker_runtime::storage::{PageEntry, PageEvent};
use worker_runtime::{EventKind, WorkerIntent, WorkerStatus};

use crate::audit::Particulars;
use crate::model::{Answer, Event, Model, RUNTIME_ID, Worker};

pub(crate) fn worker_id(number: u32) -> String {
    format!("worker-{number:08x}")
}

/// The answer that a caller gets.
pub(crate) fn answer_line(answer: Answer) -> String {
    match answer {
        Answer::Created { worker, event } => format!("created {} {event}", worker_id(worker)),
        Answer::Accepted { worker, sequence, event } => {
            format!("accepted {} {sequence} {event}", worker_id(worker))
        }
        Answer::Ended { worker, status, event } => {
            format!("ended {} {} {event}", worker_id(worker), status.as_str())
        }
        Answer::Stopped { event } => format!("stopped {event}"),
    }
}

pub(crate) fn entry_line(entry: &PageEntry<'_>) -> String {
    let PageEntry { sequence, role, content, event_id, recorded_at, .. } = entry;
    format!("{sequence} {} {event_id} {recorded_at} {content}", role.as_str())
}

pub(crate) fn event_line(event: &PageEvent<'_>) -> String {
    let PageEvent { id, kind, worker, recorded_at, reason, .. } = *event;
    event_words(id, kind, worker, recorded_at, reason)
}

fn event_words(id: u64, kind: EventKind, worker: u32, at: u64, reason: Option<&str>) -> String {
    let message = match kind {
        EventKind::RuntimeStopped => format!("runtime {RUNTIME_ID} stopped"),
        EventKind::WorkerCreated => format!("worker {} created", worker_id(worker)),
        kind => reason.unwrap_or(kind.default_message()).to_owned(),
    };
    let worker = if worker == 0 { "-".to_owned() } else { worker_id(worker) };
    format!("{id} {} {worker} {at} {message}", kind.as_str())
}

impl Model {
    fn status(&self) -> &'static str {
        if self.stopped { "stopped" } else { "running" }
    }

    fn worker_line(&self, number: u32, worker: &Worker) -> String {
        let stopped = self.stopped && worker.status == WorkerStatus::Running;
        let status = if stopped { WorkerStatus::Stopped } else { worker.status };
        let (id, entries) = (worker_id(number), worker.transcript.len());
        format!("{id} {} {entries} {}", status.as_str(), worker.last_event)
    }

    /// What is known of a runtime that has just opened.
    pub(crate) fn residents(&self, losses: usize) -> String {
        let remarks = |number: u32| {
            let request = self.request(number);
            usize::from(request.config_bundle.is_none())
                + usize::from(request.requested_capabilities.is_empty())
        };
        let numbers = 1..=self.workers.len() as u32;
        let diagnostics = losses + numbers.map(remarks).sum::<usize>();
        let mut text = format!("{} {} {diagnostics}", self.status(), self.len() + 1);
        for (number, worker) in (1..).zip(&self.workers) {
            write!(text, "\n{}", self.worker_line(number, worker)).expect("a string takes everything");
        }
        text
    }

    /// All there is, as a visitor reads it; where a limit is 0, there is no page of it.
    pub(crate) fn everything(&self, particulars: &Particulars) -> String {
        let Particulars { runtime, losses } = particulars;
        let limits = &runtime.limits;
        let mut lines = vec![
            runtime.display_name.as_deref().unwrap_or("-").to_owned(),
            format!("{} {}", limits.max_transcript_projection_items, limits.max_event_batch_items),
            self.residents(*losses),
        ];
        for (number, worker) in (1..).zip(&self.workers) {
            let request = self.request(number);
            let (kind, text) = match &request.intent {
                WorkerIntent::Assistant { purpose } => ("assistant", purpose.as_deref().unwrap_or("-")),
                WorkerIntent::Task { objective } => ("task", objective.as_str()),
                WorkerIntent::Role { role, .. } => ("role", role.as_str()),
            };
            let bundle = request.config_bundle.as_ref().map_or("-", |bundle| &bundle.id);
            let capabilities = request.requested_capabilities.len();
            lines.push(format!("{} {kind} {bundle} {capabilities} {text}", worker_id(number)));
            let is_shown = |_: &_| limits.max_transcript_projection_items > 0;
            let entries = (1..).zip(&worker.transcript).filter(is_shown);
            lines.extend(entries.map(|(sequence, id)| self.entry_words(sequence, *id)));
        }
        let is_shown = |_: &_| limits.max_event_batch_items > 0;
        lines.extend((1..).zip(&self.events).filter(is_shown).map(|(id, event)| {
            let Event { kind, worker, at, .. } = *event;
            event_words(id, kind, worker, at, event.reason())
        }));
        lines.join("\n")
    }

    fn entry_words(&self, sequence: u64, id: u64) -> String {
        let event = &self.events[id as usize - 1];
        let role = event.role().expect("a role").as_str();
        format!("{sequence} {role} {id} {} {}", event.at, event.text().expect("a text"))
    }
}
