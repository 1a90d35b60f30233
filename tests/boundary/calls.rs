//! The exports, with arguments and answers that are easier to write than words and lengths.

use serde_json::Value;
use worker_runtime::wasm;
pub(crate) use worker_runtime::wasm::{close_handle, reserve};

use crate::support::{Answer, NONE, Refusal, answer, refused, send, utf16};

/// What goes in, part by part.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) words: Vec<u32>,
    pub(crate) text: String,
    /// What stands behind the text.
    pub(crate) bytes: Vec<u8>,
}

impl Parts {
    pub(crate) fn word(mut self, word: u32) -> Self {
        self.words.push(word);
        self
    }

    pub(crate) fn integer(self, value: u64) -> Self {
        self.word(value as u32).word((value >> 32) as u32)
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self.word(utf16(text))
    }

    pub(crate) fn optional(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.word(NONE),
        }
    }

    fn records(mut self, records: &[(String, Vec<u8>)]) -> Self {
        self = self.word(records.len() as u32);
        for (key, value) in records {
            self = self.text(key).word(value.len() as u32);
            self.bytes.extend(value);
        }
        self
    }

    /// A request as the JavaScript layer writes it, from JSON of the right shape.
    pub(crate) fn request(mut self, request: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let code = |kind: &Value, kinds: [&str; 3]| {
            kinds.iter().position(|known| kind == known).expect("a kind") as u32
        };
        let intent = &request["intent"];
        let kind = if intent.is_null() { 0 } else { code(&intent["kind"], ["assistant", "task", "role"]) };
        self = self.word(kind);
        if kind > 0 {
            self = self.text(&text(&intent[if kind == 1 { "objective" } else { "role" }]));
        }
        if kind != 1 {
            self = self.optional(intent["purpose"].as_str());
        }
        let profile = &request["profile"];
        let kind = if profile.is_null() {
            0
        } else {
            code(&profile["kind"], ["runtime_default", "builtin", "named"])
        };
        self = self.word(kind);
        if kind > 0 {
            self = self.text(&text(&profile["value"]));
        }
        self = self.optional(request["configBundle"]["id"].as_str());
        for (list, second) in
            [("requestedCapabilities", "reason"), ("workspaceRefs", "reference"), ("mountRefs", "reference")]
        {
            let items = request[list].as_array().cloned().unwrap_or_default();
            self = self.word(items.len() as u32);
            for item in &items {
                self = self.text(&text(&item["name"])).optional(item[second].as_str());
            }
        }
        self
    }

    /// Writes all of it into the area, and gives the length of the text.
    pub(crate) fn send(&self) -> u32 {
        send(&self.words, &[self.text.as_bytes(), &self.bytes].concat());
        self.text.len() as u32
    }
}

/// The answer of a call, or the refusal that is in the area.
fn told(answer: f64) -> Result<f64, Refusal> {
    if answer < 0.0 { Err(refused()) } else { Ok(answer) }
}

/// Whether; nothing but 0 and 1 is an answer.
fn whether(answer: f64) -> Result<bool, Refusal> {
    told(answer).map(|answer| match answer {
        0.0 => false,
        1.0 => true,
        other => panic!("{other} is no answer"),
    })
}

fn done(answer: f64) -> Result<(), Refusal> {
    told(answer).map(|answer| assert_eq!(answer, 0.0))
}

/// The number of a Worker, none where the command must wait.
fn worker(answer: f64) -> Result<Option<u32>, Refusal> {
    told(answer).map(|number| (number > 0.0).then_some(number as u32))
}

type Operations = Vec<(String, Option<Vec<u8>>)>;

/// The operations that are in the area.
fn operations_in_area() -> Operations {
    let mut out = answer();
    let operations = (0..out.number() as usize)
        .map(|_| {
            let key = out.text();
            let [address, len] = out.numbers();
            // SAFETY: the value lies there until the module is entered again.
            let value = (len >= 0.0).then(|| unsafe {
                std::slice::from_raw_parts(address as usize as *const u8, len as usize).to_vec()
            });
            assert_eq!(len < 0.0, address < 0.0);
            (key, value)
        })
        .collect();
    out.end();
    operations
}

fn operations_of(answer: f64) -> Result<Operations, Refusal> {
    told(answer).map(|_| operations_in_area())
}

fn create_as(kind: u32, config: &Value, now: f64) -> Result<u32, Refusal> {
    let number = |name: &str| config[name].as_f64().unwrap_or(-1.0);
    let runtime_id = config["runtimeId"].as_str().expect("an id");
    let mut parts = Parts::default().text(runtime_id).optional(config["displayName"].as_str());
    for place in 0..4 {
        parts = parts.word(0x9e37_79b9_u32.wrapping_mul(place + 1));
    }
    let (transcript, batch) = (number("maxTranscriptProjectionItems"), number("maxEventBatchItems"));
    told(wasm::create(kind, parts.send(), transcript, batch, number("cacheBytes"), now))
        .map(|handle| handle as u32)
}

pub(crate) fn create(config: Value, now: f64) -> Result<u32, Refusal> {
    create_as(0, &config, now)
}

pub(crate) fn create_stored(config: Value, now: f64) -> Result<u32, Refusal> {
    create_as(1, &config, now)
}

pub(crate) fn begin(handle: u32) -> Result<(), Refusal> {
    done(wasm::begin(handle))
}

pub(crate) fn changed(handle: u32) -> Result<bool, Refusal> {
    whether(wasm::changed(handle))
}

/// The answer is the last event.
pub(crate) fn merge(handle: u32) -> Result<(), Refusal> {
    let last = told(wasm::merge(handle))?;
    last_event_id(handle).map(|event| assert_eq!(last, event))
}

pub(crate) fn abort(handle: u32) -> Result<(), Refusal> {
    done(wasm::abort(handle))
}

pub(crate) fn execute(handle: u32, text_bytes: u32, now: f64) -> Result<u32, Refusal> {
    told(wasm::execute(handle, text_bytes, now)).map(|taken| taken as u32)
}

pub(crate) fn execute_foreseen(handle: u32, count: u32, first: f64, now: f64) -> Result<bool, Refusal> {
    whether(wasm::execute_foreseen(handle, count, first, now))
}

/// The refusal of that index, if there is one.
pub(crate) fn take_error(index: u32) -> Option<Refusal> {
    told(wasm::take_error(index)).map(|answer| assert_eq!(answer, 0.0)).err()
}

pub(crate) fn execute_create(
    handle: u32,
    request: Value,
    operation: Option<&str>,
    now: f64,
) -> Result<Option<u32>, Refusal> {
    let parts = Parts::default().optional(operation).request(&request);
    worker(wasm::execute_create(handle, parts.send(), now))
}

/// Ends a Worker, by number or by the two ids of a reference.
pub(crate) fn execute_end(
    handle: u32,
    target: Result<u32, (&str, &str)>,
    cancel: bool,
    reason: Option<&str>,
    operation: Option<&str>,
    now: f64,
) -> Result<Option<u32>, Refusal> {
    let parts = Parts::default();
    let parts = match target {
        Ok(number) => parts.word(number),
        Err((runtime_id, worker_id)) => parts.word(0).text(runtime_id).text(worker_id),
    };
    worker(wasm::execute_end(handle, parts.optional(operation).optional(reason).send(), cancel, now))
}

pub(crate) fn execute_stop_runtime(handle: u32, now: f64) -> Result<f64, Refusal> {
    told(wasm::execute_stop_runtime(handle, now))
}

pub(crate) fn resolve(handle: u32, runtime_id: &str, worker_id: &str) -> Result<u32, Refusal> {
    let parts = Parts::default().text(runtime_id).text(worker_id);
    told(wasm::resolve(handle, parts.send())).map(|number| number as u32)
}

pub(crate) fn check_cursor(handle: u32, runtime_id: &str) -> Result<(), Refusal> {
    done(wasm::check_cursor(handle, Parts::default().text(runtime_id).send()))
}

/// The first of the numbers of a summary.
pub(crate) fn status(handle: u32) -> Result<u32, Refusal> {
    done(wasm::summary(handle))?;
    let mut out = answer();
    out.text();
    out.optional_text();
    Ok(out.numbers::<8>()[0] as u32)
}

/// A summary as JSON, in the order of its parts.
pub(crate) fn summary(handle: u32) -> Result<String, Refusal> {
    done(wasm::summary(handle))?;
    let mut out = answer();
    let summary = format!("{:?} {:?} {:?}", out.text(), out.optional_text(), out.numbers::<8>());
    out.end();
    Ok(summary)
}

pub(crate) fn runtime_id(handle: u32) -> Result<String, Refusal> {
    done(wasm::summary(handle)).map(|()| answer().text())
}

pub(crate) fn last_event_id(handle: u32) -> Result<f64, Refusal> {
    told(wasm::last_event_id(handle))
}

/// Status, transcript length and last event of a Worker.
pub(crate) fn standing(handle: u32, number: u32) -> Result<[f64; 3], Refusal> {
    told(wasm::standings(handle, number, 1)).map(|count| {
        assert_eq!(count, 1.0);
        let mut out = answer();
        let standing = out.numbers();
        out.end();
        standing
    })
}

/// How `count` Workers stand, from the first on.
pub(crate) fn standings(handle: u32, count: u32) -> Result<Vec<[f64; 3]>, Refusal> {
    told(wasm::standings(handle, 1, count)).map(|_| {
        let mut out = answer();
        let standings = (0..count).map(|_| out.numbers()).collect();
        out.end();
        standings
    })
}

/// What a Worker was created for, as lines.
pub(crate) fn request(handle: u32, number: u32) -> Result<Vec<String>, Refusal> {
    told(wasm::requests(handle, number, 1)).map(|_| {
        let mut out = answer();
        let lines = lines(&mut out);
        out.end();
        lines
    })
}

fn lines(out: &mut Answer) -> Vec<String> {
    let mut lines = vec![match out.number() as u32 {
        0 => format!("assistant {:?}", out.optional_text()),
        1 => format!("task {:?}", out.text()),
        _ => format!("role {:?} {:?}", out.text(), out.optional_text()),
    }];
    lines.push(match out.number() as u32 {
        0 => "default".into(),
        1 => format!("builtin {:?}", out.text()),
        _ => format!("named {:?}", out.text()),
    });
    lines.push(format!("bundle {:?}", out.optional_text()));
    for _ in 0..out.number() as u64 {
        lines.push(format!("capability {:?} {:?}", out.text(), out.optional_text()));
    }
    for list in ["workspace", "mount"] {
        for _ in 0..out.number() as u64 {
            lines.push(format!("{list} {:?} {:?}", out.text(), out.text()));
        }
    }
    lines
}

/// How many there are from `first` on, up to `count`.
pub(crate) fn diagnostics(handle: u32, first: u32, count: u32) -> Result<u32, Refusal> {
    told(wasm::diagnostics(handle, first, count)).map(|given| given as u32)
}

pub(crate) fn transcript_page(
    handle: u32,
    number: u32,
    start: f64,
    limit: f64,
    bounded: bool,
) -> Result<bool, Refusal> {
    whether(wasm::transcript_page(handle, number, start, limit, bounded))
}

pub(crate) fn events_page(handle: u32, next: f64, limit: f64, bounded: bool) -> Result<bool, Refusal> {
    whether(wasm::events_page(handle, next, limit, bounded))
}

pub(crate) fn root_range() -> (String, String) {
    wasm::root_range();
    let mut out = answer();
    let range = (out.text(), out.text());
    out.end();
    range
}

pub(crate) fn open_root(config: Value, records: &[(String, Vec<u8>)]) -> Result<u32, Refusal> {
    let runtime_id = config["runtimeId"].as_str().expect("an id");
    let parts = Parts::default().text(runtime_id).records(records);
    let cache_bytes = config["cacheBytes"].as_f64().unwrap_or(-1.0);
    told(wasm::open_root(parts.send(), cache_bytes)).map(|handle| handle as u32)
}

pub(crate) fn is_unfinished(handle: u32, head: &str) -> Result<bool, Refusal> {
    whether(wasm::is_unfinished(handle, Parts::default().text(head).send()))
}

pub(crate) fn begin_aside(handle: u32) -> Result<(), Refusal> {
    done(wasm::begin_aside(handle))
}

pub(crate) fn end_aside(handle: u32) -> Result<(), Refusal> {
    done(wasm::end_aside(handle))
}

pub(crate) fn takeover(handle: u32, head: &str, to: &str) -> Result<Operations, Refusal> {
    operations_of(wasm::takeover(handle, Parts::default().text(head).text(to).send()))
}

pub(crate) fn look_at(handle: u32, head: &str) -> Result<(), Refusal> {
    done(wasm::look_at(handle, Parts::default().text(head).send()))
}

pub(crate) fn restore(handle: u32, loss_accepted: bool) -> Result<bool, Refusal> {
    loop {
        match told(wasm::restore(handle, loss_accepted))? {
            2.0 => {}
            restored => return Ok(restored == 1.0),
        }
    }
}

/// A range of records: `gte`, `lt`, and how many at the most.
pub(crate) type Range = (String, String, Option<usize>);

pub(crate) fn needs(handle: u32) -> Result<(f64, Vec<Range>), Refusal> {
    done(wasm::needs(handle))?;
    let mut out = answer();
    let layout = out.number();
    let ranges = (0..out.number() as usize)
        .map(|_| {
            (
                out.text(),
                out.text(),
                Some(out.number()).filter(|limit| *limit >= 0.0).map(|limit| limit as usize),
            )
        })
        .collect();
    out.end();
    Ok((layout, ranges))
}

pub(crate) fn provide(
    handle: u32,
    layout: f64,
    gte: &str,
    records: &[(String, Vec<u8>)],
) -> Result<(), Refusal> {
    done(wasm::provide(handle, Parts::default().text(gte).records(records).send(), layout))
}

pub(crate) fn finish(handle: u32, token: &str) -> Result<Operations, Refusal> {
    operations_of(wasm::finish(handle, Parts::default().text(token).send()))
}

pub(crate) fn regrouping(handle: u32, idle: bool) -> Result<u32, Refusal> {
    told(wasm::regrouping(handle, idle)).map(|answer| answer as u32)
}

pub(crate) fn regroup(handle: u32, token: &str, idle: bool) -> Result<Option<Operations>, Refusal> {
    whether(wasm::regroup(handle, Parts::default().text(token).send(), idle))
        .map(|there| there.then(operations_in_area))
}

/// An empty runtime to import into.
pub(crate) fn import_stored(config: Value) -> Result<u32, Refusal> {
    create_as(2, &config, 0.0)
}

/// Records an exported event anew, with what stands behind its Worker id.
pub(crate) fn import_event(
    handle: u32,
    (id, kind, message): (u64, &str, &str),
    worker_id: Option<&str>,
    rest: impl FnOnce(Parts) -> Parts,
) -> Result<bool, Refusal> {
    let parts = rest(Parts::default().text(kind).text(message).optional(worker_id));
    whether(wasm::import_event(handle, parts.send(), id as f64, 5.0))
}

/// The commit that ends an import.
pub(crate) fn finish_import(handle: u32, parts: Parts) -> Result<Operations, Refusal> {
    operations_of(wasm::finish_import(handle, parts.send()))
}

pub(crate) fn operations(handle: u32) -> Result<(), Refusal> {
    done(wasm::operations(handle))
}
