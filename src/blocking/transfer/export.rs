//! Writing a runtime as lines.

use alloc::borrow::ToOwned;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::{self, Vec};

use super::ahead::{ReadAhead, ReadEntry, visited};
use super::format::{
    Counts, Diagnostic, Entry, Event, FORMAT, Header, Line, LineChecksum, Request, Trailer, VERSION,
};
use super::source::ExportSource;
use crate::Timestamp;
use crate::blocking::failure::{Failure, Result, failed};
use crate::error::Error;
use crate::event_log::{EventId, EventKind};
use crate::identity::{RuntimeId, WorkerId};
use crate::runtime::{Runtime, message_of, request_of};
use crate::storage::OperationRecord;

/// Events are read in pages of this many.
const PAGE_ITEMS: u64 = 256;
/// Before their lines, events are read to know whose entries they need: as many as there is room for, or fewer where their
/// texts have so many bytes.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

/// The lines of a runtime as it was when the export began, whatever is recorded meanwhile. They have no line feeds.
///
/// It keeps the next events and the entries behind them, at most 16 MiB and 2 KiB for each Worker or one entry that is longer,
/// and the receipts of the remembered operations. It does not keep the runtime: that goes on being used between two lines.
/// [`export_lines`] is for those who want nothing in between.
#[derive(Debug)]
pub struct Export {
    runtime_id: RuntimeId,
    stage: Stage,
    next_event: EventId,
    last_event: EventId,
    diagnostics: u64,
    /// Those that are forgotten while the export goes on are exported all the same.
    operations: vec::IntoIter<OperationRecord>,
    /// Events that were read and not yet exported: the rest of a window.
    events: VecDeque<ReadEvent>,
    /// The first event behind the window.
    window_end: EventId,
    /// The entries behind them.
    entries: ReadAhead,
    counts: Counts,
    checksum: LineChecksum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    Events,
    Diagnostics,
    Operations,
    Done,
}

#[derive(Debug)]
struct ReadEvent {
    id: EventId,
    kind: EventKind,
    /// 0 for none.
    worker: u32,
    recorded_at: Timestamp,
    reason: Option<String>,
}

fn has_entry(kind: EventKind) -> bool {
    matches!(kind, EventKind::WorkerInputAccepted | EventKind::WorkerOutputRecorded)
}

impl Export {
    /// An export of a runtime as it is now.
    ///
    /// # Errors
    /// [`Error::StorageConflict`], [`Error::StorageLost`] once its store is another's or gone.
    pub fn new(source: &impl ExportSource) -> Result<Self> {
        let runtime = source.readable()?;
        Ok(Self {
            runtime_id: runtime.runtime_id().clone(),
            stage: Stage::Header,
            next_event: 1,
            last_event: runtime.state.history.next_event() - 1,
            diagnostics: runtime.state.remarks.len() as u64,
            operations: runtime.operations().into_iter(),
            events: VecDeque::new(),
            window_end: 1,
            entries: ReadAhead::new(runtime.state.workers.len()),
            counts: Counts::default(),
            checksum: LineChecksum::default(),
        })
    }

    /// The next line; `None` after the last one. `source` is what the export began with. A line that could not be read is
    /// read again by the next call.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for another runtime than the export's, and whatever the storage fails with.
    pub fn next_line(&mut self, source: &mut impl ExportSource) -> Result<Option<String>, Failure> {
        if *source.readable()?.runtime_id() != self.runtime_id {
            return Err(Error::invalid("runtimeId", "is not that of the runtime that is exported").into());
        }
        loop {
            let text = match self.stage {
                Stage::Header => self.header(source.readable()?)?,
                Stage::Events if self.counts.events < self.last_event => self.event(source)?,
                Stage::Diagnostics if self.counts.diagnostics < self.diagnostics => {
                    self.diagnostic(source.readable()?)?
                }
                Stage::Operations => match self.operations.next() {
                    Some(operation) => {
                        self.counts.operations += 1;
                        Line::Operation(&operation).text()?
                    }
                    None => {
                        self.stage = Stage::Done;
                        let trailer = Trailer { counts: self.counts, crc32: self.checksum.value() };
                        return Ok(Some(Line::Trailer(trailer).text()?));
                    }
                },
                Stage::Events => {
                    self.stage = Stage::Diagnostics;
                    continue;
                }
                Stage::Diagnostics => {
                    self.stage = Stage::Operations;
                    continue;
                }
                Stage::Done => return Ok(None),
            };
            self.checksum.add(&text);
            return Ok(Some(text));
        }
    }

    fn header(&mut self, runtime: &Runtime) -> Result<String> {
        let line = Line::Header(Header {
            format: FORMAT,
            version: VERSION,
            runtime_id: self.runtime_id.as_str(),
            display_name: runtime.state.display_name.as_deref(),
            limits: runtime.state.limits,
        });
        let text = line.text()?;
        self.stage = Stage::Events;
        Ok(text)
    }

    fn event(&mut self, source: &mut impl ExportSource) -> Result<String, Failure> {
        if self.events.is_empty() {
            self.entries.begin();
            self.window_end = self.last_event + 1;
        }
        if self.next_event < self.window_end {
            let mut text_bytes = 0;
            while self.next_event < self.window_end {
                text_bytes += self.read_events(source)?;
                self.entries.sample(source)?;
                let is_full = text_bytes >= WINDOW_BYTES || self.events.len() as u64 >= self.entries.room();
                if is_full {
                    self.window_end = self.next_event;
                }
            }
            self.entries.fill(source)?;
        }
        if let Some(event) = self.events.front().filter(|event| has_entry(event.kind)) {
            self.entries.ready(source, event.worker)?;
        }
        let event = self.events.pop_front().ok_or_else(|| failed("the log ends early"))?;
        let entry = has_entry(event.kind).then(|| self.entries.take(event.worker)).flatten();
        if has_entry(event.kind) && entry.as_ref().is_none_or(|entry| entry.event != event.id) {
            return Err(failed("the log and a transcript contradict each other").into());
        }
        self.counts.events += 1;
        self.counts.entries += u64::from(entry.is_some());
        self.counts.workers += u64::from(event.kind == EventKind::WorkerCreated);
        let text = event_line(source.readable()?, &event, entry.as_ref())?;
        Ok(text)
    }

    /// Reads some more events of the window; how many bytes of text they have.
    fn read_events(&mut self, source: &mut impl ExportSource) -> Result<usize, Failure> {
        let first = self.next_event;
        let wanted = PAGE_ITEMS.min(self.window_end - first);
        let mut events = Vec::new();
        source.ask(|runtime| {
            events.clear();
            let page = runtime.visit_events(first, wanted, |event| {
                events.push(ReadEvent {
                    id: event.id,
                    kind: event.kind,
                    worker: event.worker,
                    recorded_at: event.recorded_at,
                    reason: event.reason.map(str::to_owned),
                });
            })?;
            Ok(visited(page))
        })?;
        if events.is_empty() {
            return Err(failed("the log ends early").into());
        }
        self.next_event += events.len() as u64;
        for event in events.iter().filter(|event| has_entry(event.kind)) {
            self.entries.want(event.worker);
        }
        let text_bytes = events.iter().filter_map(|event| event.reason.as_ref()).map(String::len).sum();
        self.events.extend(events);
        Ok(text_bytes)
    }

    fn diagnostic(&mut self, runtime: &Runtime) -> Result<String> {
        let index = self.counts.diagnostics;
        let remark = runtime.state.remarks.get(index as usize);
        let remark = remark.ok_or_else(|| failed("a diagnostic is gone"))?;
        let line = Line::Diagnostic(Diagnostic {
            id: index + 1,
            severity: remark.kind.severity().as_str(),
            code: remark.kind.code(),
            message: remark.kind.message(),
            worker_id: worker_id(remark.worker),
        });
        self.counts.diagnostics += 1;
        line.text()
    }
}

fn worker_id(worker: u32) -> Option<String> {
    (worker > 0).then(|| WorkerId::from_number(worker).text())
}

fn event_line(runtime: &Runtime, event: &ReadEvent, entry: Option<&ReadEntry>) -> Result<String> {
    let ReadEvent { id, kind, worker, recorded_at, reason } = event;
    let message = message_of(runtime.runtime_id(), *kind, *worker, reason.as_deref());
    let created = (*kind == EventKind::WorkerCreated).then(|| runtime.state.worker(*worker)).flatten();
    let request = created.map(request_of);
    Line::Event(Event {
        id: *id,
        kind: kind.as_str(),
        message: message.as_deref().unwrap_or(kind.default_message()),
        recorded_at: *recorded_at,
        worker_id: worker_id(*worker),
        request: request.as_ref().map(|request| Request {
            intent: &request.intent,
            profile: &request.profile,
            config_bundle: request.config_bundle.as_ref(),
            requested_capabilities: &request.requested_capabilities,
            workspace_refs: &request.workspace_refs,
            mount_refs: &request.mount_refs,
        }),
        entry: entry.map(|entry| Entry {
            sequence: entry.sequence,
            role: entry.role.as_str(),
            content: &entry.content,
        }),
    })
    .text()
}

/// The lines of a runtime, one after another; an error is the last of them.
#[derive(Debug)]
pub struct ExportLines<'a, R> {
    source: &'a mut R,
    export: Option<Export>,
}

/// The lines of a runtime as it is now, without line feeds: what the npm package writes, byte for byte, in the format of
/// `docs/export-format.md` of the crate's files.
///
/// # Errors
/// As [`Export::new`]; each line as [`Export::next_line`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::Write;
///
/// use worker_runtime::{Runtime, blocking::export_lines};
///
/// # let mut file = Vec::new();
/// let mut runtime = Runtime::new_memory()?; // or a stored one, or a view of one
/// for line in export_lines(&mut runtime)? {
///     writeln!(file, "{}", line?)?;
/// }
/// # assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 3);
/// # Ok(())
/// # }
/// ```
pub fn export_lines<R: ExportSource>(source: &mut R) -> Result<ExportLines<'_, R>> {
    let export = Some(Export::new(source)?);
    Ok(ExportLines { source, export })
}

impl<R: ExportSource> Iterator for ExportLines<'_, R> {
    type Item = Result<String, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.export.as_mut()?.next_line(self.source).transpose();
        if !matches!(line, Some(Ok(_))) {
            self.export = None;
        }
        line
    }
}
