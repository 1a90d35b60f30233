//! Reading a runtime from lines.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};

use super::body::{Body, read_header};
use super::fields::{Fields, NotAnObject};
use super::filling::Filling;
use super::format::{FORMAT, LineChecksum, ORDER, VERSION};
use crate::blocking::contract::{Host, Storage};
use crate::blocking::failure::{Certainty, Failure};
use crate::blocking::opening::{exists, is_present};
use crate::error::Error;
use crate::identity::RuntimeId;

/// Creates the runtime that lines are an export of. They are pushed one after another, with or without their line feeds;
/// empty ones are passed over. What was read is written as it comes, a commit at a time: the events are never kept, only the
/// receipts of the remembered operations and where the diagnostics have accepted losses.
///
/// The runtime counts once [`finish`](Self::finish) has answered: until then nobody can open or inspect it. Where a line is
/// refused, where the storage fails, and where the import is dropped before, what was written is deleted.
///
/// ```
/// use std::io::BufRead;
///
/// use worker_runtime::blocking::{Import, Storage};
/// use worker_runtime::{RuntimeId, host::SystemHost};
///
/// fn read(file: impl BufRead, storage: &mut impl Storage) -> Result<RuntimeId, Box<dyn std::error::Error>> {
///     let mut import = Import::new(storage, SystemHost::default());
///     for line in file.lines() {
///         import.push(&line?)?;
///     }
///     Ok(import.finish()?)
/// }
/// ```
#[derive(Debug)]
pub struct Import<St: Storage, H: Host> {
    storage: St,
    /// Until the store is opened.
    host: Option<H>,
    runtime_id: Option<RuntimeId>,
    filling: Option<Filling<St::Store, H>>,
    stage: Stage,
    /// The number of the last line, from 1.
    line: u64,
    checksum: LineChecksum,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    /// The place in [`ORDER`] of the type of the last line.
    Body(usize),
    Verified,
    Finished,
    Failed(Failure),
}

const EVENT: usize = 1;
const DIAGNOSTIC: usize = 2;
const OPERATION: usize = 3;

impl<St: Storage, H: Host> Import<St, H> {
    /// An import into `storage`, which may be a reference to one. Nothing is asked of it before the header has come.
    pub fn new(storage: St, host: H) -> Self {
        Self {
            storage,
            host: Some(host),
            runtime_id: None,
            filling: None,
            stage: Stage::Header,
            line: 0,
            checksum: LineChecksum::default(),
            body: Body::default(),
        }
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// [`Error::InvalidLine`] where it is malformed or does not follow from those before it, [`Error::InvalidRequest`] where
    /// the storage has a runtime of this id already, and whatever the storage fails with. The import is then over, and every
    /// later call is answered in the same way.
    pub fn push(&mut self, line: &str) -> Result<(), Failure> {
        if let Stage::Failed(failure) = &self.stage {
            return Err(failure.clone());
        }
        let read = self.read(line);
        self.ended(read)
    }

    /// Makes the runtime count, once all lines are verified. Where the storage has not told what became of it, the outcome is
    /// [`Certainty::Unknown`], and another call asks again.
    ///
    /// # Errors
    /// [`Error::InvalidLine`] where the export has not come to its end, or does not fit together; whatever the storage fails with.
    pub fn finish(&mut self) -> Result<RuntimeId, Failure> {
        match (&self.stage, &self.runtime_id) {
            (Stage::Failed(failure), _) => return Err(failure.clone()),
            (Stage::Finished, Some(runtime_id)) => return Ok(runtime_id.clone()),
            _ => {}
        }
        let finished = self.finish_verified();
        if let Err(Failure { error: Error::StorageFailed { .. }, outcome: Some(Certainty::Unknown) }) =
            &finished
        {
            return finished;
        }
        let runtime_id = self.ended(finished)?;
        self.stage = Stage::Finished;
        self.filling = None;
        Ok(runtime_id)
    }

    fn finish_verified(&mut self) -> Result<RuntimeId, Failure> {
        let line = self.line;
        let (Some(filling), Some(runtime_id)) = (&mut self.filling, &self.runtime_id) else {
            return Err(invalid(1, NO_HEADER));
        };
        if self.stage != Stage::Verified {
            return Err(invalid(line + 1, "is missing: the export ends before its trailer"));
        }
        match filling.finish(&self.body.operations, &self.body.losses) {
            Ok(()) => Ok(runtime_id.clone()),
            Err(failure) => Err(refusal(line, failure, "ends what does not fit together")),
        }
    }

    fn ended<T>(&mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(failure) = &result {
            self.stage = Stage::Failed(failure.clone());
            self.abandon();
        }
        result
    }

    /// Lets go of the store, and deletes what was written, unless it counts or somebody else has replaced it by now.
    fn abandon(&mut self) {
        if let (Some(mut filling), Some(runtime_id)) = (self.filling.take(), &self.runtime_id)
            && !filling.is_finishing()
            && filling.is_own()
        {
            // Before the store is let go of: whoever waits for it finds nothing of this. What cannot be deleted counts as absent.
            let _ = self.storage.delete(runtime_id);
        }
    }

    fn read(&mut self, line: &str) -> Result<(), Failure> {
        self.line += 1;
        let text = line.strip_suffix('\n').map_or(line, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        if text.is_empty() {
            return Ok(());
        }
        let number = self.line;
        let fields = Fields::read(text).map_err(|problem| {
            invalid(
                number,
                match problem {
                    NotAnObject::NoJson => "is not JSON",
                    NotAnObject::OtherJson => "is not an object",
                },
            )
        })?;
        let checksum = self.checksum.clone();
        self.checksum.add(text);
        match self.stage {
            Stage::Header => self.header(&fields),
            Stage::Body(stage) => self.body(stage, &fields, &checksum),
            _ => Err(invalid(number, "follows the trailer")),
        }
    }

    fn header(&mut self, fields: &Fields<'_>) -> Result<(), Failure> {
        let is = |name: &str, expected: &str| fields.get(name).is_some_and(|value| value.is_text(expected));
        if !is("type", ORDER[0]) || !is("format", FORMAT) {
            return Err(invalid(1, NO_HEADER));
        }
        let version = fields.get("version");
        if !version.is_some_and(|version| version.is_number(VERSION)) {
            let found = version.and_then(|version| version.integer("version").ok());
            let found = found.map_or_else(|| "of no form".to_owned(), |found| found.to_string());
            return Err(invalid(self.line, format!("has version {found}; this version reads {VERSION}")));
        }
        let (runtime_id, options) =
            read_header(fields).map_err(|cause| refusal(self.line, cause.into(), "has a malformed field"))?;
        if is_present(&mut self.storage, &runtime_id)? {
            return Err(exists().into());
        }
        let Some(host) = self.host.take() else {
            return Err(invalid(1, NO_HEADER));
        };
        self.filling = Some(Filling::new(&mut self.storage, host, runtime_id.clone(), options)?);
        self.runtime_id = Some(runtime_id);
        self.stage = Stage::Body(EVENT);
        Ok(())
    }

    fn body(&mut self, stage: usize, fields: &Fields<'_>, before: &LineChecksum) -> Result<(), Failure> {
        let line = self.line;
        let kind = fields.get("type").and_then(|kind| ORDER.iter().position(|known| kind.is_text(known)));
        let (Some(kind), Some(filling)) = (kind.filter(|kind| *kind >= stage), &mut self.filling) else {
            return Err(invalid(line, OUT_OF_PLACE));
        };
        let body = &mut self.body;
        if kind > EVENT && body.counts.events == 0 {
            return Err(invalid(line, OUT_OF_PLACE));
        }
        self.stage = Stage::Body(kind);
        match kind {
            EVENT => body
                .event(fields, filling)
                .map_err(|failure| refusal(line, failure, "does not follow from the lines before it")),
            DIAGNOSTIC => match body.diagnostic(fields, filling)? {
                Some(problem) => Err(invalid(line, problem)),
                None => Ok(()),
            },
            OPERATION => body.operation(fields).map_err(|cause| refusal(line, cause.into(), "is malformed")),
            _ => self.trailer(fields, before),
        }
    }

    fn trailer(&mut self, fields: &Fields<'_>, before: &LineChecksum) -> Result<(), Failure> {
        let (line, body) = (self.line, &self.body);
        let is_whole = match &mut self.filling {
            Some(filling) => body.has_all_diagnostics(filling)?,
            None => false,
        };
        if !is_whole {
            return Err(invalid(line, "comes before all diagnostics"));
        }
        for (name, count) in body.counts.named() {
            if !fields.get(name).is_some_and(|value| value.is_number(count)) {
                return Err(invalid(line, format!("counts {name} otherwise")));
            }
        }
        if !fields.get("crc32").is_some_and(|value| value.is_text(&before.value())) {
            return Err(invalid(line, "has another checksum"));
        }
        self.stage = Stage::Verified;
        Ok(())
    }
}

impl<St: Storage, H: Host> Drop for Import<St, H> {
    fn drop(&mut self) {
        self.abandon();
    }
}

const NO_HEADER: &str = "is not the header of an export";
const OUT_OF_PLACE: &str = "has an unknown type, or stands where it must not";

fn invalid(line: u64, problem: impl Into<String>) -> Failure {
    Error::InvalidLine { line, problem: problem.into(), cause: None }.into()
}

/// What the core refuses to record is invalid input; what the storage says is not.
fn refusal(line: u64, failure: Failure, problem: &str) -> Failure {
    let code = failure.error.code();
    if code.starts_with("storage_") || code == Error::RuntimePoisoned.code() {
        return failure;
    }
    let cause = Some(Box::new(failure.error));
    Error::InvalidLine { line, problem: problem.to_owned(), cause }.into()
}
