//! The other side of the exchange area, and what the tests share.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::calls as wasm;

pub(crate) const NOW: f64 = 1_790_000_000_000.0;
/// The length that stands for an absent operation id.
pub(crate) const NONE: u32 = u32::MAX;

/// A value written as JSON.
pub(crate) fn js(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

/// Another token each time.
pub(crate) fn token() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:032x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A fresh runtime named "here".
pub(crate) fn create() -> u32 {
    wasm::create(js(r#"{"runtimeId":"here"}"#), NOW).expect("a runtime")
}

/// A fresh runtime and its running Worker 1, created by event 2.
pub(crate) fn with_worker() -> u32 {
    let handle = create();
    in_transaction(handle, || {
        assert_eq!(wasm::execute_create(handle, js("{}"), None, NOW).expect("a Worker"), Some(1));
    });
    handle
}

/// Opens a transaction, runs and merges.
pub(crate) fn in_transaction<T>(handle: u32, run: impl FnOnce() -> T) -> T {
    wasm::begin(handle).expect("a transaction");
    let result = run();
    wasm::merge(handle).expect("a merge");
    result
}

/// What a refusal is made of.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: String,
}

/// The refusal that is in the area; its details as JSON.
pub(crate) fn refused() -> Refusal {
    let mut out = answer();
    let (code, message) = (out.text(), out.text());
    let details: Vec<_> = (0..out.number() as usize)
        .map(|_| {
            let name = out.text();
            match out.optional_text() {
                Some(text) => format!("{name:?}:{text:?}"),
                None => format!("{name:?}:{}", out.number()),
            }
        })
        .collect();
    out.end();
    assert!(!message.is_empty());
    Refusal { code, message, details: format!("{{{}}}", details.join(",")) }
}

/// The code of what a call is refused with.
#[track_caller]
pub(crate) fn code<T: Debug>(result: Result<T, Refusal>) -> String {
    result.expect_err("the call is to be refused").code
}

/// The header of the exchange area.
fn header() -> [u32; 6] {
    // SAFETY: the address is that of six words that stay where they are.
    unsafe { *(worker_runtime::wasm::exchange() as *const [u32; 6]) }
}

/// Writes a table and a text into the area, as the JavaScript layer does.
pub(crate) fn send(words: &[u32], text: &[u8]) {
    wasm::reserve(words.len() as u32, text.len() as u32);
    let [in_words, in_text, ..] = header();
    // SAFETY: `reserve` made room for as many words and bytes at these addresses.
    unsafe {
        std::ptr::copy_nonoverlapping(words.as_ptr(), in_words as *mut u32, words.len());
        std::ptr::copy_nonoverlapping(text.as_ptr(), in_text as *mut u8, text.len());
    }
}

/// What came out, read from front to back.
pub(crate) struct Answer {
    numbers: std::vec::IntoIter<f64>,
    units: std::vec::IntoIter<u16>,
}

/// Takes what the last call left in the area.
pub(crate) fn answer() -> Answer {
    let [.., numbers, count, text, bytes] = header();
    // SAFETY: the area holds so many numbers and bytes at these addresses until the next call.
    let (numbers, text) = unsafe {
        (
            std::slice::from_raw_parts(numbers as *const f64, count as usize).to_vec(),
            std::slice::from_raw_parts(text as *const u8, bytes as usize).to_vec(),
        )
    };
    let units: Vec<u16> = String::from_utf8(text).expect("UTF-8").encode_utf16().collect();
    Answer { numbers: numbers.into_iter(), units: units.into_iter() }
}

impl Answer {
    pub(crate) fn number(&mut self) -> f64 {
        self.numbers.next().expect("another number")
    }

    pub(crate) fn numbers<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.number())
    }

    pub(crate) fn text(&mut self) -> String {
        self.optional_text().expect("a text")
    }

    pub(crate) fn optional_text(&mut self) -> Option<String> {
        let len = self.number();
        if len < 0.0 {
            assert_eq!(len, -1.0);
            return None;
        }
        let units: Vec<u16> = self.units.by_ref().take(len as usize).collect();
        assert_eq!(units.len(), len as usize, "the text is too short");
        Some(String::from_utf16(&units).expect("a cut between characters"))
    }

    /// Nothing may be left over.
    pub(crate) fn end(mut self) {
        assert_eq!((self.numbers.next(), self.units.next()), (None, None));
    }
}

/// Sends what was answered already, by Worker, place, role and time since `NOW`, as `first` and the events after it; whether
/// the core agrees.
pub(crate) fn foresee(handle: u32, first: f64, entries: &[(u32, u32, u32, u32)]) -> Result<bool, Refusal> {
    let words: Vec<u32> = entries
        .iter()
        .flat_map(|&(worker, sequence, role, elapsed)| [worker, sequence, role + 4 * elapsed])
        .collect();
    send(&words, &[]);
    wasm::execute_foreseen(handle, entries.len() as u32, first, NOW)
}

/// One command of a run.
#[derive(Clone, Debug)]
pub(crate) struct Command<'a> {
    pub(crate) role: u32,
    /// By number, or by the two ids of a reference.
    pub(crate) worker: Result<u32, (&'a str, &'a str)>,
    pub(crate) operation: Option<&'a str>,
    pub(crate) content: &'a str,
}

/// An input of a person to Worker 1.
pub(crate) fn say(content: &str) -> Command<'_> {
    Command { role: 0, worker: Ok(1), operation: None, content }
}

pub(crate) fn utf16(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

/// Sends and executes a run.
pub(crate) fn execute(handle: u32, commands: &[Command<'_>]) -> Result<u32, Refusal> {
    let mut words = vec![commands.len() as u32];
    let mut text = String::new();
    for Command { role, worker, operation, content } in commands {
        words.extend([*role, worker.unwrap_or(0)]);
        if let Err((runtime_id, worker_id)) = worker {
            words.extend([utf16(runtime_id), utf16(worker_id)]);
            text.push_str(runtime_id);
            text.push_str(worker_id);
        }
        words.extend([operation.map_or(NONE, utf16), utf16(content)]);
        text.push_str(operation.unwrap_or_default());
        text.push_str(content);
    }
    send(&words, text.as_bytes());
    wasm::execute(handle, text.len() as u32, NOW)
}

/// Executes a run of commands all of which are taken, in a transaction of their own; event and sequence, or the code
/// of the refusal, of each.
pub(crate) fn run(handle: u32, commands: &[Command<'_>]) -> Vec<Result<(u64, u64), String>> {
    in_transaction(handle, || {
        assert_eq!(execute(handle, commands).expect("a run"), commands.len() as u32);
        let mut out = answer();
        let mut answers = Vec::new();
        for _ in commands {
            let [status, first, sequence, worker] = out.numbers();
            answers.push(if status == 0.0 {
                assert!(worker >= 1.0);
                Ok((first as u64, sequence as u64))
            } else {
                assert_eq!((status, sequence, worker), (1.0, 0.0, 0.0));
                Err(wasm::take_error(first as u32).expect("a refusal").code)
            });
        }
        out.end();
        answers
    })
}

/// An entry of a transcript page.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) role: u32,
    /// Absent where JavaScript keeps it.
    pub(crate) content: Option<String>,
    pub(crate) event: u64,
    pub(crate) at: f64,
}

/// A transcript page: total, next start, entries.
pub(crate) fn page(handle: u32, worker: u32, start: f64, limit: f64) -> (f64, f64, Vec<Entry>) {
    assert!(wasm::transcript_page(handle, worker, start, limit, false).expect("a page"));
    read_page(start)
}

/// The transcript page that is in the area; it starts after `start` entries.
pub(crate) fn read_page(start: f64) -> (f64, f64, Vec<Entry>) {
    let mut out = answer();
    let [total, next, count] = out.numbers();
    let entries = (1..=count as u64)
        .map(|place| Entry {
            sequence: start as u64 + place,
            role: out.number() as u32,
            content: out.optional_text(),
            event: out.number() as u64,
            at: out.number(),
        })
        .collect();
    out.end();
    (total, next, entries)
}

/// All contents of a Worker's transcript.
pub(crate) fn contents(handle: u32, worker: u32) -> Vec<String> {
    page(handle, worker, 0.0, 1e9).2.into_iter().filter_map(|entry| entry.content).collect()
}

/// An event of a batch.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) kind: u32,
    pub(crate) message: Option<String>,
    pub(crate) worker: u32,
    pub(crate) at: f64,
}

/// A batch: where to go on, whether more follow, events.
pub(crate) fn batch(handle: u32, next: f64, limit: f64) -> (f64, bool, Vec<Event>) {
    assert!(wasm::events_page(handle, next, limit, false).expect("a batch"));
    read_batch()
}

/// The batch that is in the area.
pub(crate) fn read_batch() -> (f64, bool, Vec<Event>) {
    let mut out = answer();
    let [next, more, count] = out.numbers();
    let events = (0..count as u64)
        .map(|place| Event {
            id: next as u64 - count as u64 + place,
            kind: out.number() as u32,
            message: out.optional_text(),
            worker: out.number() as u32,
            at: out.number(),
        })
        .collect();
    out.end();
    (next, more == 1.0, events)
}
