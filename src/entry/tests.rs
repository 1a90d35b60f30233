//! Entries and requests come back as they were written; what was not written by this module is refused, or at least
//! harmless.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestError, TestRng, TestRunner};

use super::*;
use crate::catalog::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, WorkerIntent,
};
use crate::codec::Malformed;
use crate::codec::*;
use crate::event_log::EventCursor;
use crate::identity::RuntimeId;
use crate::limits::RuntimeLimits;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::state::State;
use crate::transcript::TranscriptQuery;
use crate::typed_request::{decode_request, encode_request};

/// Runs `cases` drawn from a fresh seed, or from the one in `ENTRY_SEED`; a failure tells the seed.
fn check<S: Strategy>(cases: u32, inputs: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let seed: u64 = match std::env::var("ENTRY_SEED") {
        Ok(text) => text.parse().expect("ENTRY_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), cases),
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    match TestRunner::new_with_rng(config, rng).run(&inputs, test) {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{reason}\nsmallest input: {input:?}\nrun again with ENTRY_SEED={seed}")
        }
        Err(TestError::Abort(reason)) => panic!("{reason}\nrun again with ENTRY_SEED={seed}"),
    }
}

fn text() -> impl Strategy<Value = String> {
    // The longer ones have lengths that take two bytes.
    prop_oneof![Just(String::new()), "\\PC{1,8}", (1usize..300).prop_map(|len| "x".repeat(len)), ".{1,4}"]
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
    (intent, profile, bundle, vec(capability, 0..4), vec(resource(), 0..4), vec(resource(), 0..4)).prop_map(
        |(intent, profile, config_bundle, requested_capabilities, workspace_refs, mount_refs)| {
            CreateWorkerRequest {
                intent,
                profile,
                config_bundle,
                requested_capabilities,
                workspace_refs,
                mount_refs,
            }
        },
    )
}

/// A body that owns what it holds.
#[derive(Clone, Debug)]
enum Owned {
    Started,
    Stopped,
    Created(CreateWorkerRequest),
    Said { worker: u32, role: TranscriptRole, content: String },
    Ended { worker: u32, cancelled: bool, reason: Option<String> },
}

#[derive(Clone, Debug)]
struct OwnedEntry {
    at: Timestamp,
    body: Owned,
    operation: Option<EntryOperation>,
}

fn entry(worker: impl Strategy<Value = u32> + Clone) -> impl Strategy<Value = OwnedEntry> {
    let role = prop::sample::select(TranscriptRole::ALL.to_vec());
    let body = prop_oneof![
        1 => Just(Owned::Started),
        1 => Just(Owned::Stopped),
        3 => request().prop_map(Owned::Created),
        9 => (worker.clone(), role, text())
            .prop_map(|(worker, role, content)| Owned::Said { worker, role, content }),
        3 => (worker, any::<bool>(), option::of(text()))
            .prop_map(|(worker, cancelled, reason)| Owned::Ended { worker, cancelled, reason }),
    ];
    let at = prop_oneof![0u64..1000, Just(1_790_000_000_000), any::<u64>()];
    let operation = option::of((any::<[u8; 16]>(), any::<u64>()).prop_map(|(key, fingerprint)| {
        EntryOperation { key: OperationKey(key), fingerprint: Fingerprint(fingerprint) }
    }));
    (at, body, operation).prop_map(|(at, body, operation)| OwnedEntry { at, body, operation })
}

/// The entries as bytes, and where each of them ends.
fn written(entries: &[OwnedEntry]) -> (Vec<u8>, Vec<usize>) {
    let mut writer = EntryWriter::default();
    let mut ends = Vec::new();
    for OwnedEntry { at, body, operation } in entries {
        let request;
        let body = match body {
            Owned::Started => EntryBody::RuntimeStarted,
            Owned::Stopped => EntryBody::RuntimeStopped,
            Owned::Created(asked) => {
                request = encode_request(asked);
                EntryBody::WorkerCreated(RequestBytes(&request))
            }
            Owned::Said { worker, role, content } => {
                EntryBody::Interaction { worker: *worker, role: *role, content }
            }
            Owned::Ended { worker, cancelled, reason } => {
                EntryBody::WorkerEnded { worker: *worker, cancelled: *cancelled, reason: reason.as_deref() }
            }
        };
        writer.push(&Entry { at: *at, body, operation: *operation });
        ends.push(writer.bytes.len());
    }
    (writer.bytes, ends)
}

fn matches(found: &Entry<'_>, written: &OwnedEntry) -> bool {
    let same_body = match (&found.body, &written.body) {
        (EntryBody::RuntimeStarted, Owned::Started) | (EntryBody::RuntimeStopped, Owned::Stopped) => true,
        (EntryBody::WorkerCreated(bytes), Owned::Created(request)) => {
            decode_request(bytes.0).as_ref() == Ok(request)
        }
        (
            EntryBody::Interaction { worker, role, content },
            Owned::Said { worker: w, role: r, content: c },
        ) => (worker, role, *content) == (w, r, c.as_str()),
        (
            EntryBody::WorkerEnded { worker, cancelled, reason },
            Owned::Ended { worker: w, cancelled: c, reason: r },
        ) => (worker, cancelled, *reason) == (w, c, r.as_deref()),
        _ => false,
    };
    same_body && found.at == written.at && found.operation == written.operation
}

#[test]
fn requests_come_back() {
    check(1_000, request(), |request| {
        let bytes = encode_request(&request);
        prop_assert_eq!(request.stored(), Ok(bytes.clone()), "the shape is that of the stored form");
        let traits = (request.config_bundle.is_some(), request.requested_capabilities.len());
        prop_assert_eq!(RequestBytes(&bytes).traits(), Ok(traits));
        prop_assert_eq!(decode_request(&bytes), Ok(request));
        Ok(())
    });
}

#[test]
fn every_cut_of_a_request_is_refused() {
    check(300, request(), |request| {
        let bytes = encode_request(&request);
        for len in 0..bytes.len() {
            prop_assert_eq!(decode_request(&bytes[..len]), Err(Malformed), "cut at {}", len);
            prop_assert_eq!(RequestBytes(&bytes[..len]).traits(), Err(Malformed), "cut at {}", len);
        }
        let longer = [&bytes[..], &[0]].concat();
        prop_assert_eq!(decode_request(&longer), Err(Malformed), "a byte too many");
        prop_assert_eq!(RequestBytes(&longer).traits(), Err(Malformed), "a byte too many");
        Ok(())
    });
}

#[test]
fn entries_come_back() {
    check(600, vec(entry(any::<u32>()), 0..12), |entries| {
        let (bytes, ends) = written(&entries);
        let found: Vec<_> = EntryReader::new(&bytes).collect::<Decoded<_>>().expect("what was written");
        prop_assert_eq!(found.len(), entries.len());
        for (found, written) in found.iter().zip(&entries) {
            prop_assert!(matches(found, written), "{:?} is not {:?}", found, written);
        }
        for (written, end) in entries.iter().zip(ends.iter().scan(0, |start, end| {
            let len = end - *start;
            *start = *end;
            Some(len)
        })) {
            let texts = match &written.body {
                Owned::Started | Owned::Stopped => 0,
                Owned::Created(request) => encode_request(request).len(),
                Owned::Said { content, .. } => content.len(),
                Owned::Ended { reason, .. } => reason.as_ref().map_or(0, String::len),
            };
            prop_assert!(end <= texts + ENTRY_OVERHEAD, "{} bytes for {} of text", end, texts);
        }
        Ok(())
    });
}

#[test]
fn every_cut_inside_an_entry_is_refused() {
    check(200, vec(entry(any::<u32>()), 1..4), |entries| {
        let (bytes, ends) = written(&entries);
        for len in 0..bytes.len() {
            let found: Vec<_> = EntryReader::new(&bytes[..len]).take(entries.len() + 1).collect();
            let whole = ends.iter().filter(|&&end| end <= len).count();
            let between = len == 0 || ends.contains(&len);
            prop_assert!(found[..whole].iter().all(Result::is_ok));
            prop_assert_eq!(found.get(whole), (!between).then_some(&Err(Malformed)), "cut at {}", len);
        }
        Ok(())
    });
}

fn fresh() -> State {
    let id = RuntimeId::new("here").expect("a valid id");
    State::new(id, None, RuntimeLimits::default())
}

/// A state that was built from applied bytes can be read to the end, and is what its parts say.
fn readable(state: State) -> TestCaseResult {
    let id = state.runtime_id.clone();
    let limits = RuntimeLimits { max_event_batch_items: u64::MAX >> 11, ..RuntimeLimits::default() };
    let options = RuntimeOptions { display_name: None, limits };
    let mut runtime = Runtime::new(id, options, 0).expect("a runtime");
    runtime.state = State { limits, ..state };
    let summary = runtime.summary();
    let workers = runtime.list_workers();
    prop_assert_eq!(summary.worker_count, workers.len() as u64);
    prop_assert_eq!(
        summary.active_worker_count + summary.stopped_worker_count + summary.cancelled_worker_count,
        summary.worker_count
    );
    prop_assert_eq!(runtime.diagnostics().len() as u64, summary.diagnostic_count);
    let cursor = EventCursor { runtime_id: "here".into(), next_event_id: 1 };
    let events = runtime.read_events(&cursor, 1 << 40).expect("a batch").events;
    prop_assert!((1..).zip(&events).all(|(id, event)| event.id == id));
    for worker in workers {
        let detail = runtime.worker_detail(&worker.worker_ref).expect("a detail");
        prop_assert!(detail.last_event_id <= events.len() as u64);
        let query = TranscriptQuery { start: 0, limit: 256 };
        let page = runtime.transcript_projection(&worker.worker_ref, query).expect("a page");
        prop_assert_eq!(page.total_items.min(256), page.items.len() as u64);
    }
    Ok(())
}

/// A sensible history: the start, Workers, and things that happen to them.
fn history() -> impl Strategy<Value = Vec<OwnedEntry>> {
    let start = OwnedEntry { at: 7, body: Owned::Started, operation: None };
    (vec(request(), 1..3), vec(entry(1u32..3), 0..10)).prop_map(move |(requests, rest)| {
        let created = requests.into_iter().map(|request| OwnedEntry {
            at: 8,
            body: Owned::Created(request),
            operation: None,
        });
        core::iter::once(start.clone()).chain(created).chain(rest).collect()
    })
}

#[test]
fn applying_stops_at_the_first_entry_that_could_not_have_been_written() {
    check(500, history(), |entries| {
        let (mut stopped, mut running) = (false, Vec::new());
        let fits = entries.iter().enumerate().take_while(|(index, entry)| {
            let fits = !stopped
                && match &entry.body {
                    Owned::Started => *index == 0,
                    Owned::Stopped | Owned::Created(_) => true,
                    Owned::Said { worker, .. } | Owned::Ended { worker, .. } => {
                        running.get(*worker as usize - 1) == Some(&true)
                    }
                };
            match &entry.body {
                Owned::Stopped => stopped = true,
                Owned::Created(_) => running.push(true),
                Owned::Ended { worker, .. } if fits => running[*worker as usize - 1] = false,
                _ => {}
            }
            fits
        });
        let fitting = fits.count();
        let (bytes, _) = written(&entries);
        let mut state = fresh();
        prop_assert_eq!(state.apply(&bytes).is_ok(), fitting == entries.len());
        prop_assert_eq!(state.history.next_event(), fitting as u64 + 1);
        readable(state)
    });
}

/// Some places of a byte string, all of it where it is short.
fn places(random: usize, len: usize, count: usize) -> impl Iterator<Item = usize> {
    let step = (len / count).max(1);
    (random % step..len).step_by(step)
}

#[test]
fn a_cut_history_is_refused_or_shorter() {
    check(100, (history(), any::<usize>()), |(entries, random)| {
        let (bytes, ends) = written(&entries);
        for len in places(random, bytes.len(), 50) {
            let mut state = fresh();
            if state.apply(&bytes[..len]).is_ok() {
                prop_assert!(len == 0 || ends.contains(&len), "cut at {}", len);
            }
            readable(state)?;
        }
        Ok(())
    });
}

#[test]
fn a_flipped_bit_is_refused_or_harmless() {
    check(150, (history(), any::<usize>()), |(entries, random)| {
        let (bytes, _) = written(&entries);
        for bit in places(random, bytes.len() * 8, 60) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let mut state = fresh();
            let _ = state.apply(&flipped);
            readable(state)?;
        }
        Ok(())
    });
}

#[test]
fn any_bytes_are_refused_or_harmless() {
    // Bytes that open like entries get further than bytes that are merely random.
    let likely = vec(prop_oneof![0u8..16, 0x80u8..0x90, any::<u8>()], 0..64)
        .prop_map(|rest| [vec![0, 2, 2, 2, 6, 0, 0, 0, 0, 0, 0], rest].concat());
    let bytes = prop_oneof![vec(any::<u8>(), 0..200), likely, vec(0x80u8.., 0..40)];
    check(6_000, bytes, |bytes| {
        prop_assert_eq!(decode_request(&bytes).is_ok(), RequestBytes(&bytes).traits().is_ok());
        let read = EntryReader::new(&bytes).take_while(Result::is_ok).count();
        prop_assert!(read <= bytes.len());
        let mut state = fresh();
        let _ = state.apply(&bytes);
        readable(state)
    });
}
