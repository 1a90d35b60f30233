//! The component, compiled once for all tests.

use std::path::Path;
use std::sync::OnceLock;

use wasmtime::component::{Component, ResourceAny};
use wasmtime::{Engine, Result};
use worker_runtime_wasmtime::bindings::exports::worker_runtime::runtime::runtimes::{
    CreateOptions, OpenOptions,
};
use worker_runtime_wasmtime::bindings::worker_runtime::runtime::types::{
    CreateWorkerRequest, Error, ProfileSelector, TranscriptRole, WorkerIntent, WorkerRef,
};
use worker_runtime_wasmtime::{Guest, Storage};

/// Where a process that is started by a test finds the component compiled.
pub(crate) const COMPILED: &str = "WORKER_RUNTIME_COMPILED";

/// The component, compiled.
pub(crate) fn component() -> &'static Component {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let engine = Engine::default();
        if let Some(path) = std::env::var_os(COMPILED) {
            // SAFETY: the test that started this process has written it, with the same wasmtime.
            return unsafe { Component::deserialize_file(&engine, path) }.expect("a compiled component");
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/worker_runtime.component.wasm");
        let bytes = std::fs::read(&path).expect("the component: npm test builds it");
        Component::new(&engine, bytes).expect("a component")
    })
}

/// An instance of the component.
pub(crate) fn guest(storage: impl Storage) -> Guest {
    Guest::instantiate(component(), storage).expect("an instance")
}

/// How the runtime `here` is opened.
pub(crate) fn open_options() -> OpenOptions {
    let create_with = CreateOptions { runtime_id: Some("here".to_owned()), display_name: None, limits: None };
    OpenOptions { create_with, create: true, takeover: false, accept_loss: false, cache_bytes: None }
}

/// The runtime `here`, opened.
pub(crate) fn opened(guest: &mut Guest) -> ResourceAny {
    try_open(guest).expect("a runtime")
}

pub(crate) fn try_open(guest: &mut Guest) -> Result<ResourceAny, Error> {
    guest.call(|runtime, store| runtime.call_open(store, &open_options())).expect("no trap")
}

/// A request for an assistant.
pub(crate) fn request() -> CreateWorkerRequest {
    CreateWorkerRequest {
        intent: WorkerIntent::Assistant(None),
        profile: ProfileSelector::RuntimeDefault,
        config_bundle: None,
        requested_capabilities: Vec::new(),
        workspace_refs: Vec::new(),
        mount_refs: Vec::new(),
    }
}

pub(crate) fn create(guest: &mut Guest, runtime: ResourceAny) -> Result<WorkerRef, Error> {
    let created = guest.call(|exports, store| exports.call_create_worker(store, runtime, &request(), None));
    created.expect("no trap").map(|detail| detail.worker)
}

/// Sends a Worker what a user says, and answers with the event.
pub(crate) fn say(
    guest: &mut Guest,
    runtime: ResourceAny,
    worker: &WorkerRef,
    content: &str,
) -> Result<u64, Error> {
    let role = TranscriptRole::User;
    let said =
        guest.call(|exports, store| exports.call_interact(store, runtime, worker, role, content, None));
    said.expect("no trap").map(|ack| ack.event_id)
}

/// Every content of a Worker's transcript.
pub(crate) fn contents(guest: &mut Guest, runtime: ResourceAny, worker: &WorkerRef) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = Some(0);
    while let Some(from) = start {
        let page = guest
            .call(|exports, store| exports.call_transcript_projection(store, runtime, worker, from, 256));
        let page = page.expect("no trap").expect("a page");
        found.extend(page.items.into_iter().map(|item| item.content));
        start = page.next_start;
    }
    found
}
