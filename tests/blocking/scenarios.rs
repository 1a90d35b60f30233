//! The scenarios, natively: in memory, and on a store.

use serde_json::{Value, json};
use worker_runtime::blocking::{Failure, OpenOptions, StoredRuntime, open};
use worker_runtime::{
    Command, CreateWorkerRequest, Error, ErrorDetail, EventCursor, OperationId, Outcome, Runtime, RuntimeId,
    RuntimeOptions, TranscriptQuery, TranscriptRole, WorkerEnd, WorkerRef,
};

use crate::interpreter::{Subject, run};
use crate::store::{Machine, Memory};

const NOW: u64 = 1_700_000_000_000;

enum Kept {
    Memory(Box<Runtime>),
    Stored(Box<StoredRuntime<Memory, Machine>>),
}

struct Native {
    kept: Option<Kept>,
    storage: Memory,
}

fn here() -> RuntimeId {
    RuntimeId::new("here").expect("an id")
}

fn opened(storage: &Memory) -> Kept {
    let opened = open(&mut storage.clone(), Machine::patient(1), here(), &OpenOptions::default());
    Kept::Stored(Box::new(opened.expect("a runtime")))
}

fn refusal(error: &Error) -> Value {
    let details = error.details().into_iter().map(|(name, value)| {
        let value = match value {
            ErrorDetail::Text(text) => json!(text),
            ErrorDetail::Number(number) => json!(number),
        };
        (name.to_owned(), value)
    });
    json!({ "code": error.code(), "details": details.collect::<serde_json::Map<_, _>>() })
}

fn to_json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn worker(step: &Value) -> WorkerRef {
    serde_json::from_value(step["worker"].clone()).expect("a reference")
}

fn command(name: &str, step: &Value) -> Option<Command> {
    let interact = |spoken: &Value| {
        let kind = spoken["kind"].as_str().expect("a kind");
        let role = TranscriptRole::ALL.into_iter().find(|role| role.as_str() == kind).expect("a role");
        Command::Interact { worker: worker(step), role, content: text(&spoken["content"]) }
    };
    let ends = |end| {
        let reason = step.get("reason").map(text);
        Command::EndWorker { worker: worker(step), end, reason }
    };
    Some(match name {
        "createWorker" => {
            let request = step.get("request").cloned().unwrap_or_else(|| json!({}));
            let request: CreateWorkerRequest = serde_json::from_value(request).expect("a request");
            Command::CreateWorker(request)
        }
        "sendInput" => interact(&step["input"]),
        "recordOutput" => interact(&step["output"]),
        "stopWorker" => ends(WorkerEnd::Stop),
        "cancelWorker" => ends(WorkerEnd::Cancel),
        "stopRuntime" => Command::StopRuntime,
        _ => return None,
    })
}

impl Native {
    fn look<T>(&mut self, ask: impl FnOnce(&Runtime) -> worker_runtime::Result<T>) -> Result<T, Failure> {
        let runtime = match self.kept.as_mut().expect("a runtime") {
            Kept::Memory(runtime) => &**runtime,
            Kept::Stored(stored) => stored.view().runtime()?,
        };
        Ok(ask(runtime)?)
    }

    fn change(&mut self, command: Command, step: &Value) -> Result<Value, Failure> {
        let operation = step.get("operationId").map(|id| OperationId::new(text(id))).transpose()?;
        let outcome = match self.kept.as_mut().expect("a runtime") {
            Kept::Memory(runtime) => {
                runtime.begin();
                let outcome = runtime.execute(&command, operation.as_ref(), NOW);
                runtime.merge_open();
                outcome?
            }
            Kept::Stored(stored) => stored.execute(command, operation)?,
        };
        Ok(match outcome {
            Outcome::Created(detail) => to_json(detail),
            Outcome::Accepted(ack) => to_json(ack),
            Outcome::Ended(ack) => to_json(ack),
            Outcome::RuntimeStopped(event) => to_json(event),
            _ => panic!("an outcome that nobody knows"),
        })
    }

    fn ask(&mut self, name: &str, step: &Value) -> Result<Value, Failure> {
        if let Some(command) = command(name, step) {
            return self.change(command, step);
        }
        match name {
            "status" => self.look(|runtime| Ok(to_json(runtime.status()))),
            "summary" => self.look(|runtime| Ok(to_json(runtime.summary()))),
            "diagnostics" => self.look(|runtime| Ok(to_json(runtime.diagnostics()))),
            "listWorkers" => self.look(|runtime| Ok(to_json(runtime.list_workers()))),
            "workerDetail" => self.look(|runtime| Ok(to_json(runtime.worker_detail(&worker(step))?))),
            "eventCursorFromStart" => self.look(|runtime| Ok(to_json(runtime.event_cursor_from_start()))),
            "eventCursorNow" => self.look(|runtime| Ok(to_json(runtime.event_cursor_now()))),
            "transcriptProjection" => {
                let number = |name: &str| step["query"][name].as_u64().expect("a number");
                let query = TranscriptQuery { start: number("start"), limit: number("limit") };
                Ok(to_json(match self.kept.as_mut().expect("a runtime") {
                    Kept::Memory(runtime) => runtime.transcript_projection(&worker(step), query)?,
                    Kept::Stored(stored) => stored.view().transcript_projection(&worker(step), query)?,
                }))
            }
            "readEvents" => {
                let cursor: EventCursor = serde_json::from_value(step["cursor"].clone()).expect("a cursor");
                let limit = step["limit"].as_u64().expect("a limit");
                Ok(to_json(match self.kept.as_mut().expect("a runtime") {
                    Kept::Memory(runtime) => runtime.read_events(&cursor, limit)?,
                    Kept::Stored(stored) => stored.view().read_events(&cursor, limit)?,
                }))
            }
            "regroup" => {
                if let Some(Kept::Stored(stored)) = &mut self.kept {
                    while stored.regroup()? {}
                }
                Ok(Value::Null)
            }
            _ => panic!("no call is named {name}"),
        }
    }
}

impl Subject for Native {
    fn call(&mut self, name: &str, step: &Value) -> Result<Value, Value> {
        self.ask(name, step).map_err(|failure| refusal(&failure.error))
    }

    fn reopen(&mut self) {
        if let Some(Kept::Stored(stored)) = self.kept.take_if(|kept| matches!(kept, Kept::Stored(_))) {
            stored.close();
            self.kept = Some(opened(&self.storage));
        }
    }
}

#[test]
fn every_scenario_passes_in_memory_and_on_a_store() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("scenarios") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a scenario");
        let storage = Memory::default();
        let memory = Runtime::new(here(), RuntimeOptions::default(), NOW).expect("a runtime");
        let kept = Some(Kept::Memory(Box::new(memory)));
        run(&format!("{name} in memory"), &text, &mut Native { kept, storage: storage.clone() });
        let kept = Some(opened(&storage));
        run(&format!("{name} on a store"), &text, &mut Native { kept, storage });
        count += 1;
    }
    assert!(count >= 6, "{count} scenarios");
}

#[test]
fn references_and_cursors_are_plain_data_that_may_be_kept() {
    let mut runtime = Runtime::new(here(), RuntimeOptions::default(), NOW).expect("a runtime");
    let worker = runtime.create_worker(&CreateWorkerRequest::default(), NOW).expect("a Worker").worker_ref;
    let kept = json!({ "runtimeId": "here", "workerId": "worker-00000001" });
    assert_eq!(to_json(&worker), kept);
    assert_eq!(serde_json::from_value::<WorkerRef>(kept).expect("a reference"), worker);
    // Unknown fields are ignored in both.
    let cursor = json!({ "runtimeId": "here", "nextEventId": 3, "since": "yesterday" });
    let cursor: EventCursor = serde_json::from_value(cursor).expect("a cursor");
    assert_eq!(cursor, runtime.event_cursor_now());
}
