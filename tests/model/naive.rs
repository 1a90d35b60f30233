//! The model: the specification's sentences over plain lists, with no care for speed.

use worker_runtime::{
    CreateWorkerRequest, ProfileSelector, RuntimeLimits, TranscriptRole, WorkerIntent, WorkerRef,
};

use crate::calls::{Command, HERE};
use crate::seen::{Answer, Refusal, Seen, SeenDiagnostic, SeenEntry, SeenEvent, SeenWorker};

#[derive(Clone)]
struct Worker {
    request: CreateWorkerRequest,
    status: &'static str,
    last_event: u64,
    transcript: Vec<SeenEntry>,
}

#[derive(Clone)]
pub(crate) struct Model {
    limits: RuntimeLimits,
    stopped: bool,
    workers: Vec<Worker>,
    events: Vec<SeenEvent>,
    diagnostics: Vec<SeenDiagnostic>,
    receipts: Vec<(String, Command, Answer)>,
}

fn refuse<T>(code: &'static str, about: &[&str]) -> Result<T, Refusal> {
    Err(Refusal { code, about: about.iter().map(|&text| text.to_owned()).collect() })
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn id_of(index: usize) -> String {
    format!("worker-{:08x}", index + 1)
}

/// The path of the first blank field that must not be.
fn blank_field(request: &CreateWorkerRequest) -> Option<String> {
    let mut required: Vec<(String, &str)> = Vec::new();
    match &request.intent {
        WorkerIntent::Assistant { .. } => {}
        WorkerIntent::Task { objective } => required.push(("intent.objective".into(), objective)),
        WorkerIntent::Role { role, .. } => required.push(("intent.role".into(), role)),
    }
    match &request.profile {
        ProfileSelector::RuntimeDefault => {}
        ProfileSelector::Builtin { value } | ProfileSelector::Named { value } => {
            required.push(("profile.value".into(), value));
        }
    }
    if let Some(bundle) = &request.config_bundle {
        required.push(("configBundle.id".into(), &bundle.id));
    }
    for (i, capability) in request.requested_capabilities.iter().enumerate() {
        required.push((format!("requestedCapabilities[{i}].name"), &capability.name));
    }
    for (i, resource) in request.workspace_refs.iter().enumerate() {
        required.push((format!("workspaceRefs[{i}].name"), &resource.name));
    }
    for (i, resource) in request.mount_refs.iter().enumerate() {
        required.push((format!("mountRefs[{i}].name"), &resource.name));
    }
    required.into_iter().find(|(_, text)| blank(text)).map(|(path, _)| path)
}

impl Model {
    pub(crate) fn new(limits: RuntimeLimits, at: u64) -> Self {
        let mut model = Self {
            limits,
            stopped: false,
            workers: vec![],
            events: vec![],
            diagnostics: vec![],
            receipts: vec![],
        };
        model.emit("runtime_started", "runtime started", None, at);
        model
    }

    fn emit(&mut self, kind: &'static str, message: &str, worker: Option<usize>, at: u64) -> u64 {
        let id = self.events.len() as u64 + 1;
        let worker_id = worker.map(id_of);
        self.events.push(SeenEvent { id, kind, message: message.to_owned(), worker_id, at });
        id
    }

    fn remark(&mut self, code: &'static str, worker: usize) {
        let id = self.diagnostics.len() as u64 + 1;
        self.diagnostics.push(SeenDiagnostic { id, severity: "info", code, worker_id: Some(id_of(worker)) });
    }

    fn find(&self, worker: &WorkerRef) -> Result<usize, Refusal> {
        if worker.runtime_id != HERE {
            return refuse("wrong_runtime", &[HERE, &worker.runtime_id, &worker.worker_id]);
        }
        match (0..self.workers.len()).find(|&index| id_of(index) == worker.worker_id) {
            Some(index) => Ok(index),
            None => refuse("worker_not_found", &[HERE, &worker.worker_id]),
        }
    }

    fn status_of(&self, index: usize) -> &'static str {
        match self.workers[index].status {
            "running" if self.stopped => "stopped",
            status => status,
        }
    }

    fn detail(&self, index: usize) -> SeenWorker {
        let worker = &self.workers[index];
        SeenWorker {
            worker_id: id_of(index),
            status: self.status_of(index),
            request: worker.request.clone(),
            transcript_len: worker.transcript.len() as u64,
            last_event: worker.last_event,
        }
    }

    /// Executes a command.
    pub(crate) fn execute(
        &mut self,
        command: &Command,
        operation: Option<&str>,
        at: u64,
    ) -> Result<Answer, Refusal> {
        let remembered = self.receipts.iter().find(|(known, ..)| operation == Some(known.as_str()));
        if let Some((id, request, answer)) = remembered {
            return if request == command { Ok(answer.clone()) } else { refuse("operation_conflict", &[id]) };
        }
        let before = self.events.len();
        let answer = self.perform(command, at)?;
        if let (Some(id), true) = (operation, self.events.len() > before) {
            self.receipts.push((id.to_owned(), command.clone(), answer.clone()));
        }
        Ok(answer)
    }

    fn perform(&mut self, command: &Command, at: u64) -> Result<Answer, Refusal> {
        let changes = matches!(command, Command::Create(_) | Command::Say { .. } | Command::End { .. });
        if changes && self.stopped {
            return refuse("runtime_stopped", &[HERE]);
        }
        match command {
            Command::Create(request) => {
                if let Some(path) = blank_field(request) {
                    return refuse("invalid_request", &[&path]);
                }
                let index = self.workers.len();
                let message = format!("worker {} created", id_of(index));
                let last_event = self.emit("worker_created", &message, Some(index), at);
                self.workers.push(Worker {
                    request: request.clone(),
                    status: "running",
                    last_event,
                    transcript: vec![],
                });
                if request.config_bundle.is_none() {
                    self.remark("runtime.local_default_resources", index);
                }
                if request.requested_capabilities.is_empty() {
                    self.remark("worker.tools_less", index);
                }
                Ok(Answer::Created(self.detail(index)))
            }
            Command::Say { worker, role, content } => {
                if blank(content) {
                    return refuse("invalid_request", &["content"]);
                }
                let index = self.find(worker)?;
                if self.workers[index].status != "running" {
                    return refuse("invalid_request", &[self.workers[index].status]);
                }
                let (role, kind, message) = match role {
                    TranscriptRole::User => ("user", "worker_input_accepted", "worker input accepted"),
                    TranscriptRole::System => ("system", "worker_input_accepted", "worker input accepted"),
                    TranscriptRole::Assistant => {
                        ("assistant", "worker_output_recorded", "worker output recorded")
                    }
                    TranscriptRole::Tool => ("tool", "worker_output_recorded", "worker output recorded"),
                };
                let event = self.emit(kind, message, Some(index), at);
                let target = &mut self.workers[index];
                let sequence = target.transcript.len() as u64 + 1;
                target.transcript.push(SeenEntry { sequence, role, content: content.clone(), event, at });
                target.last_event = event;
                Ok(Answer::Accepted { worker_id: id_of(index), sequence, event })
            }
            Command::End { worker, cancel, reason } => {
                let index = self.find(worker)?;
                if self.workers[index].status == "running" {
                    let (status, kind, message) = if *cancel {
                        ("cancelled", "worker_cancelled", "worker cancelled")
                    } else {
                        ("stopped", "worker_stopped", "worker stopped")
                    };
                    let message = reason.clone().unwrap_or(message.to_owned());
                    let event = self.emit(kind, &message, Some(index), at);
                    self.workers[index].status = status;
                    self.workers[index].last_event = event;
                }
                let Worker { status, last_event, .. } = self.workers[index];
                Ok(Answer::Ended { worker_id: id_of(index), status, event: last_event })
            }
            Command::StopRuntime => {
                if !self.stopped {
                    self.emit("runtime_stopped", &format!("runtime {HERE} stopped"), None, at);
                    self.stopped = true;
                }
                Ok(Answer::Stopped { event: self.events.len() as u64 })
            }
            Command::Detail(worker) => Ok(Answer::Detail(self.detail(self.find(worker)?))),
            Command::Page { worker, start, limit } => {
                let max = self.limits.max_transcript_projection_items;
                if *limit > max {
                    return refuse("limit_too_large", &[&limit.to_string(), &max.to_string()]);
                }
                let all = &self.workers[self.find(worker)?].transcript;
                let rest: Vec<_> = all.iter().filter(|entry| entry.sequence > *start).cloned().collect();
                let more = rest.len() as u64 > *limit;
                let entries = rest.into_iter().take(*limit as usize).collect();
                let next_start = more.then(|| start + limit);
                Ok(Answer::Page { total: all.len() as u64, next_start, entries })
            }
            Command::Batch { runtime_id, next_event_id, limit } => {
                if runtime_id != HERE {
                    return refuse("wrong_runtime_cursor", &[HERE, runtime_id]);
                }
                let max = self.limits.max_event_batch_items;
                if *limit > max {
                    return refuse("limit_too_large", &[&limit.to_string(), &max.to_string()]);
                }
                let rest: Vec<_> =
                    self.events.iter().filter(|event| event.id >= *next_event_id).cloned().collect();
                let has_more = rest.len() as u64 > *limit;
                let events: Vec<_> = rest.into_iter().take(*limit as usize).collect();
                let next = events.last().map_or(*next_event_id, |event| event.id + 1);
                Ok(Answer::Batch { next, has_more, events })
            }
        }
    }

    /// Everything that can be seen.
    pub(crate) fn see(&self) -> Seen {
        let statuses: Vec<_> = (0..self.workers.len()).map(|index| self.status_of(index)).collect();
        let count = |wanted| statuses.iter().filter(|&&status| status == wanted).count() as u64;
        let visible = self.limits.max_transcript_projection_items > 0;
        Seen {
            status: if self.stopped { "stopped" } else { "running" },
            counts: [statuses.len() as u64, count("running"), count("stopped"), count("cancelled")],
            diagnostics: self.diagnostics.clone(),
            workers: (0..self.workers.len()).map(|index| self.detail(index)).collect(),
            transcripts: self
                .workers
                .iter()
                .map(|worker| if visible { worker.transcript.clone() } else { vec![] })
                .collect(),
            events: if self.limits.max_event_batch_items > 0 { self.events.clone() } else { vec![] },
            next_event: self.events.len() as u64 + 1,
        }
    }
}
