//! Commits and records as they cross the boundary, with a map of records in place of a host.

use std::collections::BTreeMap;

use js_sys::{Array, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use worker_runtime::wasm;

use crate::support::{
    NOW, answer, code, contents, create, execute, js, json, read_batch, read_page, refusal, say, with_worker,
};

/// A store of one runtime.
#[derive(Default)]
struct Host {
    head: Option<String>,
    records: BTreeMap<String, Uint8Array>,
}

impl Host {
    /// Applies a commit, which must be a list of `[key, bytes]` and `[key, null]` with bytes of its own.
    fn commit(&mut self, to: String, operations: &Array) {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        for operation in operations.iter() {
            let pair: Array = operation.dyn_into().expect("a list");
            assert_eq!(pair.length(), 2);
            let key = pair.get(0).as_string().expect("a key");
            assert!((1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()), "{key:?}");
            if pair.get(1).is_null() {
                self.records.remove(&key);
            } else {
                let value: Uint8Array = pair.get(1).dyn_into().expect("bytes");
                assert!(value.length() <= 1024 * 1024);
                assert!(JsValue::from(value.buffer()) != memory.buffer(), "a copy, not a view of the module");
                self.records.insert(key, value);
            }
        }
        self.head = Some(to);
    }

    fn read(&self, gte: &str, lt: &str, limit: usize) -> Array {
        let range = if gte < lt { gte.to_owned()..lt.to_owned() } else { String::new()..String::new() };
        let pair = |(key, value): (&String, &Uint8Array)| Array::of2(&key.into(), value);
        self.records.range(range).take(limit).map(pair).collect()
    }

    fn root(&self) -> Array {
        let range = wasm::root_range();
        let bound = |index| range.get(index).as_string().expect("a bound");
        self.read(&bound(0), &bound(1), usize::MAX)
    }

    /// Reads what a runtime needs and provides it.
    fn satisfy(&self, handle: u32) -> Result<(), JsValue> {
        let needs = wasm::needs(handle).expect("a list");
        let layout = needs.get(0).as_f64().expect("a layout");
        assert!(needs.length() > 1, "nothing is needed, and yet it does not go on");
        for need in needs.iter().skip(1) {
            let need: Array = need.dyn_into().expect("a range");
            let (gte, lt) =
                (need.get(0).as_string().expect("a key"), need.get(1).as_string().expect("a key"));
            let limit = need.get(2).as_f64().map_or(usize::MAX, |limit| limit as usize);
            wasm::provide(handle, layout, &gte, self.read(&gte, &lt, limit))?;
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
        let token = wasm::generate_token().expect("a token");
        let operations = wasm::finish(handle, &token).expect("a commit");
        self.commit(token, &operations);
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
            let token = wasm::generate_token().expect("a token");
            match wasm::regroup(handle, &token, true).expect("a step") {
                Some(operations) => {
                    self.commit(token, &operations);
                    wasm::merge(handle).expect("a merge");
                }
                None => self.satisfy(handle).expect("a whole store"),
            }
        }
    }

    /// Opens the store anew, without a cache that would spare it reading.
    fn open(&mut self) -> Result<u32, JsValue> {
        let config = js(r#"{"runtimeId":"here","displayName":"ignored","cacheBytes":0}"#);
        let handle = wasm::open_root(config, self.root())?;
        let head = self.head.as_deref().expect("a head");
        assert!(!wasm::is_unfinished(handle, head).expect("an answer"));
        let to = wasm::generate_token().expect("a token");
        let operations = wasm::takeover(handle, head, &to)?;
        assert_eq!(operations.length(), 1, "the root record alone");
        self.commit(to, &operations);
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
    host.transact(handle, || drop(wasm::execute_create(handle, js("{}"), Some("make".into()), NOW)));
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
    let before = json(&wasm::summary(handle).expect("a summary"));
    assert!(host.contents(handle) == expected);
    wasm::close_handle(handle);

    let handle = host.open().expect("a whole store");
    assert_eq!(json(&wasm::summary(handle).expect("a summary")), before, "the stored name and limits win");
    assert!(host.contents(handle) == expected);
    while !wasm::events_page(handle, 1.0, 400.0, false).expect("a batch") {
        host.satisfy(handle).expect("a whole store");
    }
    let (next, more, events) = read_batch();
    assert_eq!((next, more, events.len()), (323.0, false, 322));
    // A receipt survives.
    wasm::begin(handle).expect("a transaction");
    let again = wasm::execute_create(handle, js("{}"), Some("make".into()), NOW);
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
    wasm::finish(handle, &wasm::generate_token().expect("a token")).expect("a commit");
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
        let whole = host.records[&key].to_vec();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            host.records.insert(key.clone(), Uint8Array::from(&broken[..]));
            let told = refusal(&host.open().expect_err("a broken record"));
            let codes = ["storage_corrupt", "storage_unsupported_version"];
            assert!(codes.contains(&told.code.as_str()), "{key} {at}: {told:?}");
            assert!(told.details.contains(&format!(r#""key":"{key}""#)), "{key} {at}: {told:?}");
        }
        for len in [0, 1, whole.len() / 2, whole.len() - 1] {
            host.records.insert(key.clone(), Uint8Array::from(&whole[..len]));
            assert_eq!(code(host.open()), "storage_corrupt", "{key} cut to {len}");
        }
        host.records.remove(&key);
        let told = code(host.open());
        assert!(["storage_corrupt", "storage_missing"].contains(&told.as_str()), "{key} is missing: {told}");
        host.records.insert(key.clone(), Uint8Array::from(&whole[..]));
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

#[wasm_bindgen_test]
fn what_is_no_list_of_records_is_refused() {
    let (host, handle) = Host::create();
    let config = || js(r#"{"runtimeId":"here"}"#);
    for odd in [
        "[7]",
        "[null]",
        "[[]]",
        r#"[["key"]]"#,
        r#"[["key","text"]]"#,
        r#"[["key",null]]"#,
        r#"[["key",[1,2]]]"#,
        r#"[[7,[1,2]]]"#,
        r#"["key"]"#,
        r#"[{"0":"key"}]"#,
    ] {
        let records = || js(odd).unchecked_into::<Array>();
        assert_eq!(code(wasm::open_root(config(), records())), "storage_failed", "{odd}");
        assert_eq!(code(wasm::provide(handle, 0.0, "!", records())), "storage_failed", "{odd}");
    }
    assert_eq!(code(wasm::open_root(config(), Array::new())), "storage_missing");
    assert_eq!(code(wasm::open_root(js(r#"{"runtimeId":"other"}"#), host.root())), "storage_corrupt");
    assert_eq!(code(wasm::open_root(js("7"), host.root())), "invalid_request");
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn a_head_that_no_runtime_made_is_refused() {
    let (_, handle) = Host::create();
    let good = wasm::generate_token().expect("a token");
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
        let token = wasm::generate_token().expect("a token");
        assert!(!wasm::is_unfinished(handle, &token).expect("an answer"));
        assert_eq!(wasm::regrouping(handle, true).expect("an answer"), 0);
        assert!(wasm::regroup(handle, &token, true).expect("an answer").is_none());
        assert_eq!(wasm::needs(handle).expect("a list").length(), 1);
        assert_eq!(wasm::finish(handle, &token).expect("a commit").length(), 0);
        assert!(wasm::restore(handle, false).expect("an answer"));
        wasm::provide(handle, 0.0, "!", Array::new()).expect("nothing to take in");
        assert_eq!(wasm::status(handle).expect("a status"), 0);
        wasm::close_handle(handle);
    }
}

#[wasm_bindgen_test]
fn a_number_that_names_no_runtime_is_closed() {
    let token = wasm::generate_token().expect("a token");
    for handle in [1_000_000, u32::MAX] {
        for told in [
            code(wasm::is_unfinished(handle, &token)),
            code(wasm::takeover(handle, &token, &token)),
            code(wasm::look_at(handle, &token)),
            code(wasm::restore(handle, false)),
            code(wasm::needs(handle)),
            code(wasm::provide(handle, 0.0, "!", Array::new())),
            code(wasm::finish(handle, &token)),
            code(wasm::regrouping(handle, false)),
            code(wasm::regroup(handle, &token, false)),
            code(wasm::operations(handle)),
        ] {
            assert_eq!(told, "runtime_closed");
        }
    }
}
