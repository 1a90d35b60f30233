//! Commits and records as they cross the boundary, with a map of records in place of a host.

use std::collections::BTreeMap;

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{
    NONE, NOW, Refusal, answer, code, contents, create, execute, js, read_batch, read_page, refused, say,
    send, token, with_worker,
};

type Records = Vec<(String, Vec<u8>)>;

/// A store of one runtime.
#[derive(Default)]
struct Host {
    head: Option<String>,
    records: BTreeMap<String, Vec<u8>>,
}

impl Host {
    /// Applies a commit.
    fn commit(&mut self, to: String, operations: Vec<(String, Option<Vec<u8>>)>) {
        for (key, value) in operations {
            assert!((1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()), "{key:?}");
            match value {
                None => drop(self.records.remove(&key)),
                Some(value) => {
                    assert!(value.len() <= 1024 * 1024);
                    self.records.insert(key, value);
                }
            }
        }
        self.head = Some(to);
    }

    fn read(&self, gte: &str, lt: &str, limit: usize) -> Records {
        let range = if gte < lt { gte.to_owned()..lt.to_owned() } else { String::new()..String::new() };
        self.records.range(range).take(limit).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn root(&self) -> Records {
        let (gte, lt) = wasm::root_range();
        self.read(&gte, &lt, usize::MAX)
    }

    /// Reads what a runtime needs and provides it.
    fn satisfy(&self, handle: u32) -> Result<(), Refusal> {
        let (layout, ranges) = wasm::needs(handle).expect("a list");
        assert!(!ranges.is_empty(), "nothing is needed, and yet it does not go on");
        for (gte, lt, limit) in ranges {
            wasm::provide(handle, layout, &gte, &self.read(&gte, &lt, limit.unwrap_or(usize::MAX)))?;
        }
        Ok(())
    }

    fn create() -> (Self, u32) {
        let mut host = Self::default();
        let config = r#"{"runtimeId":"here","displayName":"a store 🌿","maxEventBatchItems":9}"#;
        let handle = wasm::create_stored(js(config), NOW).expect("a runtime");
        host.finish(handle);
        (host, handle)
    }

    /// Commits the open transaction.
    fn finish(&mut self, handle: u32) {
        let to = token();
        let operations = wasm::finish(handle, &to).expect("a commit");
        self.commit(to, operations);
        wasm::merge(handle).expect("a merge");
    }

    fn transact(&mut self, handle: u32, run: impl FnOnce()) {
        wasm::begin(handle).expect("a transaction");
        run();
        assert!(wasm::changed(handle).expect("an answer"));
        self.finish(handle);
    }

    fn regroup(&mut self, handle: u32) {
        while wasm::regrouping(handle, true).expect("an answer") > 0 {
            let to = token();
            match wasm::regroup(handle, &to, true).expect("a step") {
                Some(operations) => {
                    self.commit(to, operations);
                    wasm::merge(handle).expect("a merge");
                }
                None => self.satisfy(handle).expect("a whole store"),
            }
        }
    }

    /// Opens the store anew, without a cache that would spare it reading.
    fn open(&mut self) -> Result<u32, Refusal> {
        let config = js(r#"{"runtimeId":"here","displayName":"ignored","cacheBytes":0}"#);
        let handle = wasm::open_root(config, &self.root())?;
        let head = self.head.clone().expect("a head");
        assert!(!wasm::is_unfinished(handle, &head).expect("an answer"));
        let to = token();
        let operations = wasm::takeover(handle, &head, &to)?;
        assert_eq!(operations.len(), 1, "the root record alone");
        self.commit(to, operations);
        wasm::merge(handle).expect("a merge");
        while !wasm::restore(handle, false)? {
            self.satisfy(handle)?;
        }
        Ok(handle)
    }

    /// All contents of Worker 1, in small pages.
    fn contents(&self, handle: u32) -> Vec<String> {
        let (mut start, mut read) = (0.0, Vec::new());
        while start >= 0.0 {
            while !wasm::transcript_page(handle, 1, start, 7.0, false).expect("a page") {
                self.satisfy(handle).expect("a whole store");
            }
            let (_, next, entries) = read_page(start);
            read.extend(entries.into_iter().filter_map(|entry| entry.content));
            start = next;
        }
        read
    }
}

#[wasm_bindgen_test]
fn a_store_is_written_regrouped_and_read_back() {
    let (mut host, handle) = Host::create();
    host.transact(handle, || drop(wasm::execute_create(handle, js("{}"), Some("make"), NOW)));
    let mut expected = Vec::new();
    for round in 0..40 {
        let texts: Vec<_> = (0..8).map(|n| format!("{round} {n} {}", "🌿é".repeat(n * 40))).collect();
        let commands: Vec<_> = texts.iter().map(|text| say(text)).collect();
        host.transact(handle, || assert_eq!(execute(handle, &commands).expect("a run"), 8));
        expected.extend(texts);
        if round % 10 == 9 {
            host.regroup(handle);
        }
    }
    let before = wasm::summary(handle).expect("a summary");
    assert!(host.contents(handle) == expected);
    wasm::close_handle(handle);

    let handle = host.open().expect("a whole store");
    assert_eq!(wasm::summary(handle).expect("a summary"), before, "the stored name and limits win");
    assert!(host.contents(handle) == expected);
    while !wasm::events_page(handle, 1.0, 400.0, false).expect("a batch") {
        host.satisfy(handle).expect("a whole store");
    }
    let (next, more, events) = read_batch();
    assert_eq!((next, more, events.len()), (323.0, false, 322));
    // A receipt survives.
    wasm::begin(handle).expect("a transaction");
    let again = wasm::execute_create(handle, js("{}"), Some("make"), NOW);
    assert_eq!(again.expect("a receipt"), Some(1));
    assert!(!wasm::changed(handle).expect("an answer"));
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_dropped_commit_is_executed_anew() {
    let (mut host, handle) = Host::create();
    host.transact(handle, || drop(wasm::execute_create(handle, js("{}"), None, NOW)));
    wasm::begin(handle).expect("a transaction");
    execute(handle, &[say("dropped")]).expect("a run");
    wasm::finish(handle, &token()).expect("a commit");
    wasm::abort(handle).expect("an abort");
    host.transact(handle, || {
        execute(handle, &[say("kept")]).expect("a run");
        assert_eq!(answer().numbers(), [0.0, 3.0, 1.0, 1.0]);
    });
    wasm::close_handle(handle);
    let handle = host.open().expect("a whole store");
    assert_eq!(contents(handle, 1), ["kept"]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_huge_text_is_split_over_records() {
    let (mut host, handle) = Host::create();
    host.transact(handle, || drop(wasm::execute_create(handle, js("{}"), None, NOW)));
    let huge = "é🌿".repeat(600_000);
    // It waits for what was committed before to be regrouped.
    wasm::begin(handle).expect("a transaction");
    assert_eq!(execute(handle, &[say(&huge)]).expect("a run"), 0);
    wasm::abort(handle).expect("an abort");
    assert_eq!(wasm::regrouping(handle, false).expect("an answer"), 3, "there is no room otherwise");
    host.regroup(handle);
    host.transact(handle, || assert_eq!(execute(handle, &[say(&huge)]).expect("a run"), 1));
    host.regroup(handle);
    wasm::close_handle(handle);
    let handle = host.open().expect("a whole store");
    assert!(host.contents(handle) == [huge]);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn every_broken_or_missing_record_is_named() {
    let (mut host, handle) = Host::create();
    host.transact(handle, || drop(wasm::execute_create(handle, js("{}"), None, NOW)));
    host.transact(handle, || drop(execute(handle, &[say("hi")])));
    wasm::close_handle(handle);
    for key in host.records.keys().cloned().collect::<Vec<_>>() {
        let whole = host.records[&key].clone();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            host.records.insert(key.clone(), broken);
            let told = host.open().expect_err("a broken record");
            let codes = ["storage_corrupt", "storage_unsupported_version"];
            assert!(codes.contains(&told.code.as_str()), "{key} {at}: {told:?}");
            assert!(told.details.contains(&format!(r#""key":"{key}""#)), "{key} {at}: {told:?}");
        }
        for len in [0, 1, whole.len() / 2, whole.len() - 1] {
            host.records.insert(key.clone(), whole[..len].to_vec());
            assert_eq!(code(host.open()), "storage_corrupt", "{key} cut to {len}");
        }
        host.records.remove(&key);
        let told = code(host.open());
        assert!(["storage_corrupt", "storage_missing"].contains(&told.as_str()), "{key} is missing: {told}");
        host.records.insert(key.clone(), whole);
        // Each attempt has taken over, and so changed the root record, and nothing else.
        host = reopened(host);
    }
}

/// The host, its store opened once and found whole.
fn reopened(mut host: Host) -> Host {
    let handle = host.open().expect("a whole store");
    assert_eq!(contents(handle, 1), ["hi"]);
    wasm::close_handle(handle);
    host
}

// The JavaScript layer writes no such lists: it has checked what the host gave.
#[wasm_bindgen_test]
fn what_is_no_list_of_records_is_refused() {
    let (host, handle) = Host::create();
    for (words, text) in [
        (&[1, 1][..], &b"!"[..]),
        (&[1, 1, 1], b"!"),
        (&[1, 1, 3, 1 << 30], b"!keyfour"),
        (&[1, 1, 4, 0], b"!key"),
        (&[1, 2, 3, 0, 3], b"!keykey"),
        (&[1, 1, 3, NONE], b"!key"),
        (&[1, NONE], b"!"),
        (&[1, 1, NONE, 0], b"!"),
    ] {
        send(&[NONE; 64], &[b'.'; 64]);
        send(words, text);
        let text_bytes = text.len().min(4) as u32;
        assert!(worker_runtime::wasm::provide(handle, text_bytes, 0.0) < 0.0, "{words:?}");
        assert_eq!(refused().code, "invalid_request", "{words:?}");
        send(&[NONE; 64], &[b'.'; 64]);
        send(words, text);
        assert!(worker_runtime::wasm::open_root(text_bytes, 0.0) < 0.0, "{words:?}");
    }
    let config = |id: &str| js(&format!(r#"{{"runtimeId":"{id}"}}"#));
    assert_eq!(code(wasm::open_root(config("here"), &[])), "storage_missing");
    assert_eq!(code(wasm::open_root(config("other"), &host.root())), "storage_corrupt");
    assert_eq!(code(wasm::open_root(config(" "), &host.root())), "invalid_request");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_head_that_no_runtime_made_is_refused() {
    let (_, handle) = Host::create();
    let good = token();
    let upper = good.to_uppercase() + "A";
    for odd in ["", "head", &good[1..], &format!("{good}0"), &upper[1..], &"é".repeat(16), &"+".repeat(32)] {
        assert_eq!(code(wasm::takeover(handle, odd, &good)), "storage_corrupt", "{odd}");
        assert_eq!(code(wasm::takeover(handle, &good, odd)), "storage_corrupt", "{odd}");
        assert_eq!(code(wasm::look_at(handle, odd)), "storage_corrupt", "{odd}");
        assert_eq!(code(wasm::finish(handle, odd)), "storage_corrupt", "{odd}");
        assert_eq!(code(wasm::regroup(handle, odd, true)), "storage_corrupt", "{odd}");
    }
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_runtime_in_memory_has_nothing_to_store() {
    for handle in [create(), with_worker()] {
        let to = token();
        assert!(!wasm::is_unfinished(handle, &to).expect("an answer"));
        assert_eq!(wasm::regrouping(handle, true).expect("an answer"), 0);
        assert!(wasm::regroup(handle, &to, true).expect("an answer").is_none());
        assert_eq!(wasm::needs(handle).expect("a list"), (0.0, vec![]));
        assert_eq!(wasm::finish(handle, &to).expect("a commit"), []);
        assert!(wasm::restore(handle, false).expect("an answer"));
        wasm::provide(handle, 0.0, "!", &[]).expect("nothing to take in");
        assert_eq!(wasm::status(handle).expect("a status"), 0);
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn a_number_that_names_no_runtime_is_closed() {
    let to = token();
    for handle in [1_000_000, u32::MAX] {
        for told in [
            code(wasm::is_unfinished(handle, &to)),
            code(wasm::takeover(handle, &to, &to)),
            code(wasm::look_at(handle, &to)),
            code(wasm::restore(handle, false)),
            code(wasm::needs(handle)),
            code(wasm::provide(handle, 0.0, "!", &[])),
            code(wasm::finish(handle, &to)),
            code(wasm::regrouping(handle, false)),
            code(wasm::regroup(handle, &to, false)),
            code(wasm::operations(handle)),
        ] {
            assert_eq!(told, "runtime_closed");
        }
    }
}
