//! Random calls, most of them sensible.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use worker_runtime::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, RuntimeLimits,
    TranscriptRole, WorkerIntent, WorkerRef,
};

/// What is asked of the runtime.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Create(CreateWorkerRequest),
    Say { worker: WorkerRef, role: TranscriptRole, content: String },
    End { worker: WorkerRef, cancel: bool, reason: Option<String> },
    StopRuntime,
    Detail(WorkerRef),
    Page { worker: WorkerRef, start: u64, limit: u64 },
    Batch { runtime_id: String, next_event_id: u64, limit: u64 },
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// A command, with an operation id where it is a mutation that takes one.
    New { command: Command, operation: Option<String>, at: u64 },
    /// An earlier one again, counted from the latest.
    Again { back: usize, at: u64 },
}

/// The runtime's name in all calls that mean it.
pub(crate) const HERE: &str = "here";

pub(crate) fn limits() -> impl Strategy<Value = RuntimeLimits> {
    let limit = prop_oneof![Just(0u64), 1u64..6, Just(256)];
    (limit.clone(), limit).prop_map(|(max_transcript_projection_items, max_event_batch_items)| {
        RuntimeLimits { max_transcript_projection_items, max_event_batch_items }
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "water the fern", "é", "🌿", "日本", "\0", "\u{200b}", " x "]),
        1 => prop::sample::select(vec!["", " ", "\n\t", "\u{3000}", "\u{85}\u{2028}"]),
    ]
    .prop_map(str::to_owned)
    .boxed()
    .prop_union("\\PC{1,12}".boxed())
}

fn worker() -> impl Strategy<Value = WorkerRef> {
    let own = (1u32..6).prop_map(|number| format!("worker-{number:08x}"));
    let odd =
        prop::sample::select(vec!["", "worker-1", "worker-00000000", "worker-0000000A", "worker-ffffffff"])
            .prop_map(str::to_owned);
    let ids = (
        prop_oneof![
            20 => Just(HERE),
            1 => prop::sample::select(vec!["elsewhere", "", "HERE", "here "]),
        ],
        prop_oneof![20 => own, 1 => odd],
    );
    ids.prop_map(|(runtime_id, worker_id)| WorkerRef { runtime_id: runtime_id.to_owned(), worker_id })
}

fn request() -> impl Strategy<Value = CreateWorkerRequest> {
    let intent = prop_oneof![
        option::of(text()).prop_map(|purpose| WorkerIntent::Assistant { purpose }),
        text().prop_map(|objective| WorkerIntent::Task { objective }),
        (text(), option::of(text())).prop_map(|(role, purpose)| WorkerIntent::Role { role, purpose }),
    ];
    let profile = prop_oneof![
        Just(ProfileSelector::RuntimeDefault),
        text().prop_map(|value| ProfileSelector::Builtin { value }),
        text().prop_map(|value| ProfileSelector::Named { value }),
    ];
    let bundle = option::of(text().prop_map(|id| ConfigBundleRef { id }));
    let capability =
        (text(), option::of(text())).prop_map(|(name, reason)| CapabilityRequest { name, reason });
    let resource = || (text(), text()).prop_map(|(name, reference)| ResourceRef { name, reference });
    let full = (intent, profile, bundle, vec(capability, 0..3), vec(resource(), 0..2), vec(resource(), 0..2));
    let full = full.prop_map(|(intent, profile, config_bundle, capabilities, workspaces, mounts)| {
        CreateWorkerRequest {
            intent,
            profile,
            config_bundle,
            requested_capabilities: capabilities,
            workspace_refs: workspaces,
            mount_refs: mounts,
        }
    });
    prop_oneof![2 => Just(CreateWorkerRequest::default()), 3 => full]
}

fn role() -> impl Strategy<Value = TranscriptRole> {
    prop::sample::select(TranscriptRole::ALL.to_vec())
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![12 => 0u64..8, 2 => 0u64..300, 1 => Just((1 << 53) - 1), 1 => Just(u64::MAX)]
}

fn command() -> impl Strategy<Value = Command> {
    let runtime_id = prop_oneof![12 => Just(HERE), 1 => Just("elsewhere")];
    prop_oneof![
        32 => request().prop_map(Command::Create),
        924 => (worker(), role(), text())
            .prop_map(|(worker, role, content)| Command::Say { worker, role, content }),
        24 => (worker(), any::<bool>(), option::of(text()))
            .prop_map(|(worker, cancel, reason)| Command::End { worker, cancel, reason }),
        // Rare: nothing changes after it.
        1 => Just(Command::StopRuntime),
        8 => worker().prop_map(Command::Detail),
        24 => (worker(), count(), count())
            .prop_map(|(worker, start, limit)| Command::Page { worker, start, limit }),
        24 => (runtime_id, count(), count()).prop_map(|(runtime_id, next_event_id, limit)| Command::Batch {
            runtime_id: runtime_id.to_owned(),
            next_event_id,
            limit,
        }),
    ]
}

pub(crate) fn call() -> impl Strategy<Value = Call> {
    let operation = prop_oneof![
        3 => Just(None),
        1 => prop::sample::select(vec!["o", "p", "q", "é"]).prop_map(|id| Some(id.to_owned())),
    ];
    let at = || prop_oneof![0u64..100, Just(1_790_000_000_000), Just((1 << 53) - 1)];
    prop_oneof![
        9 => (command(), operation, at())
            .prop_map(|(command, operation, at)| Call::New { command, operation, at }),
        1 => (0usize..8, at()).prop_map(|(back, at)| Call::Again { back, at }),
    ]
}
