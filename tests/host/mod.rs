//! A host for tests: a map of records with a head, and the driving that a real host does.

#![allow(dead_code, reason = "every test and benchmark uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use worker_runtime::storage::{Need, Ops, Page, Regrouping, RootRecord, StoreOptions, Token, root_range};
use worker_runtime::{Command, Result, Runtime, RuntimeId, RuntimeOptions, WorkerId};

/// A store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) head: Option<Token>,
    pub(crate) records: BTreeMap<String, Vec<u8>>,
    tokens: u128,
    /// Records read, and bytes written, so far.
    pub(crate) reads: usize,
    pub(crate) read_bytes: usize,
    /// Bytes read of chunks.
    pub(crate) chunk_bytes: usize,
    pub(crate) written: usize,
    /// Keys that were deleted and not written again, as hosts may keep marks of them.
    deleted: BTreeSet<String>,
    /// How many of those lay in what was read.
    pub(crate) passed: usize,
}

impl Host {
    pub(crate) fn token(&mut self) -> Token {
        self.tokens += 1;
        Token::from_random_bits(
            self.tokens.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
        )
    }

    pub(crate) fn commit(&mut self, to: Token, ops: Ops) {
        let mut seen = BTreeSet::new();
        for (key, value) in ops.into_vec() {
            assert!(seen.insert(key.clone()), "{key} is twice in one commit");
            assert!(key.len() <= 200 && key.bytes().all(|b| (b'!'..=b'~').contains(&b)), "{key}");
            match value {
                None => {
                    self.records.remove(&key);
                    self.deleted.insert(key);
                }
                Some(value) => {
                    let most = if key.starts_with("c/") { 60 * 1024 } else { 48 * 1024 };
                    assert!(value.len() <= most, "{key} has {} bytes", value.len());
                    self.written += key.len() + value.len();
                    self.deleted.remove(&key);
                    self.records.insert(key, value);
                }
            }
        }
        self.head = Some(to);
    }

    pub(crate) fn read(&mut self, need: &Need) -> Vec<(String, Vec<u8>)> {
        if need.gte >= need.lt {
            return Vec::new();
        }
        let limit = need.limit.map_or(usize::MAX, |limit| limit as usize);
        self.passed += self.deleted.range(need.gte.clone()..need.lt.clone()).count();
        let range = self.records.range(need.gte.clone()..need.lt.clone()).take(limit);
        let found: Vec<_> = range.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.reads += found.len();
        let bytes: usize = found.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.read_bytes += bytes;
        self.chunk_bytes += if need.gte.starts_with("c/") { bytes } else { 0 };
        found
    }

    pub(crate) fn satisfy(&mut self, runtime: &mut Runtime) -> Result<()> {
        let (layout, needs) = runtime.needs();
        let needs = needs.to_vec();
        for need in needs {
            let records = self.read(&need);
            runtime.provide(layout, &need.gte, records)?;
        }
        Ok(())
    }

    pub(crate) fn create(&mut self, id: &str, store: StoreOptions) -> Runtime {
        let id = RuntimeId::new(id).expect("a valid id");
        let options = RuntimeOptions::default();
        let mut runtime = Runtime::create_stored(id, options, store, [7; 16], 1).expect("a valid runtime");
        self.commit_open(&mut runtime);
        runtime
    }

    pub(crate) fn open(&mut self, id: &str, store: StoreOptions) -> Result<Runtime> {
        let mut runtime = self.take_over(id, store)?;
        while !runtime.restore(false)? {
            self.satisfy(&mut runtime)?;
        }
        Ok(runtime)
    }

    /// A runtime whose store is its own, to be restored.
    pub(crate) fn take_over(&mut self, id: &str, store: StoreOptions) -> Result<Runtime> {
        let id = RuntimeId::new(id).expect("a valid id");
        let (gte, lt) = root_range();
        let need = Need { gte: gte.into(), lt: lt.into(), limit: None };
        let root = RootRecord::read(&id, &self.read(&need))?;
        let mut runtime = Runtime::from_root(root, store)?;
        let (head, to) = (self.head.expect("a head"), self.token());
        let ops = runtime.take_over(head, to);
        self.commit(to, ops);
        runtime.merge_open();
        Ok(runtime)
    }

    pub(crate) fn commit_open(&mut self, runtime: &mut Runtime) {
        if runtime.has_changes() {
            self.commit_even_nothing(runtime);
        } else {
            runtime.abort_open();
        }
    }

    /// The same where nothing is changed: an import creates its store so.
    pub(crate) fn commit_even_nothing(&mut self, runtime: &mut Runtime) {
        let to = self.token();
        let ops = runtime.finish(to);
        self.commit(to, ops);
        runtime.merge_open();
    }

    /// One step of regrouping; whether there was one.
    pub(crate) fn regroup(&mut self, runtime: &mut Runtime, idle: bool) -> Result<bool> {
        if runtime.regrouping(idle) == Regrouping::None {
            return Ok(false);
        }
        let to = self.token();
        for _ in 0..1000 {
            if let Some(ops) = runtime.regroup(to, idle)? {
                self.commit(to, ops);
                runtime.merge_open();
                return Ok(true);
            }
            assert!(
                !runtime.needs().1.is_empty(),
                "regrouping is due and neither goes on nor needs anything"
            );
            self.satisfy(runtime)?;
        }
        panic!("regrouping never gets what it needs");
    }

    /// All of a transcript, in pages.
    pub(crate) fn transcript(
        &mut self,
        runtime: &mut Runtime,
        number: u32,
        len: u64,
        page: u64,
    ) -> Result<Vec<String>> {
        let mut items = Vec::new();
        while (items.len() as u64) < len {
            let start = items.len() as u64;
            let count = page.min(len - start);
            let mut rounds = 0;
            while runtime.visit_transcript(number, start, count, |entry| {
                assert_eq!(entry.sequence, items.len() as u64 + 1);
                assert_eq!(entry.content_utf16 as usize, entry.content.encode_utf16().count());
                items.push(format!(
                    "{:?} {} {} {}",
                    entry.role, entry.event_id, entry.recorded_at, entry.content
                ));
            })? == Page::Needs
            {
                rounds += 1;
                assert!(rounds < 1000, "a page never gets what it needs");
                self.satisfy(runtime)?;
            }
        }
        Ok(items)
    }

    /// All events, in batches.
    pub(crate) fn events(&mut self, runtime: &mut Runtime, page: u64) -> Result<Vec<String>> {
        let end = runtime.event_cursor_now().next_event_id;
        let mut items = Vec::new();
        while (items.len() as u64) + 1 < end {
            let first = items.len() as u64 + 1;
            while runtime.visit_events(first, page, |event| {
                assert_eq!(event.id, items.len() as u64 + 1);
                items.push(format!(
                    "{:?} {} {} {:?}",
                    event.kind, event.worker, event.recorded_at, event.reason
                ));
            })? == Page::Needs
            {
                self.satisfy(runtime)?;
            }
        }
        Ok(items)
    }
}

/// Executes a command in a transaction of its own and commits it.
pub(crate) fn run(
    host: &mut Host,
    runtime: &mut Runtime,
    command: &Command,
    at: u64,
) -> Result<worker_runtime::Outcome> {
    runtime.begin();
    let outcome = runtime.execute(command, None, at);
    host.commit_open(runtime);
    outcome
}

/// The reference of a Worker of a runtime.
pub(crate) fn worker(runtime: &Runtime, number: u32) -> worker_runtime::WorkerRef {
    let id = WorkerId::parse(&format!("worker-{number:08x}")).expect("a valid id");
    worker_runtime::WorkerRef::new(runtime.runtime_id(), id)
}
