//! One entry of the log: what a mutation changed, as it is stored and as it is applied. An input and its event are one entry.
//!
//! Layout: tag byte, zigzag time since the entry before it (since 0 for the first), body, receipt if the tag's bit 7 is set.
//! `docs/format.md` describes it byte by byte.

use alloc::vec::Vec;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use crate::Timestamp;
use crate::codec::{Decoded, Reader, put_opt_str, put_str, put_varint, put_zigzag};
use crate::operation::{Fingerprint, OperationKey};
use crate::request::RequestBytes;
use crate::transcript::TranscriptRole;

const RUNTIME_STARTED: u8 = 0;
const RUNTIME_STOPPED: u8 = 1;
const WORKER_CREATED: u8 = 2;
const WORKER_STOPPED: u8 = 3;
const WORKER_CANCELLED: u8 = 4;
const INTERACTION: u8 = 8;
const HAS_RECEIPT: u8 = 0x80;

/// The key and the fingerprint of a remembered operation; its answer follows from the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryOperation {
    pub(crate) key: OperationKey,
    pub(crate) fingerprint: Fingerprint,
}

/// What one mutation changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryBody<'a> {
    RuntimeStarted,
    RuntimeStopped,
    /// The next Worker.
    WorkerCreated(RequestBytes<'a>),
    /// An input or an output.
    Interaction {
        worker: u32,
        role: TranscriptRole,
        content: &'a str,
    },
    /// A Worker was stopped or cancelled, with the caller's reason as given.
    WorkerEnded {
        worker: u32,
        cancelled: bool,
        reason: Option<&'a str>,
    },
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) at: Timestamp,
    pub(crate) body: EntryBody<'a>,
    pub(crate) operation: Option<EntryOperation>,
}

/// More than any entry takes beside its texts and its request.
pub(crate) const ENTRY_OVERHEAD: usize = 64;

/// Appends entries to a byte string; remembers the time of the last one.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryWriter {
    pub(crate) bytes: Vec<u8>,
    last: Timestamp,
}

impl EntryWriter {
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let out = &mut self.bytes;
        let tag = match &entry.body {
            EntryBody::RuntimeStarted => RUNTIME_STARTED,
            EntryBody::RuntimeStopped => RUNTIME_STOPPED,
            EntryBody::WorkerCreated(_) => WORKER_CREATED,
            EntryBody::WorkerEnded { cancelled: false, .. } => WORKER_STOPPED,
            EntryBody::WorkerEnded { cancelled: true, .. } => WORKER_CANCELLED,
            EntryBody::Interaction { role, .. } => INTERACTION + *role as u8,
        };
        let receipt = if entry.operation.is_some() { HAS_RECEIPT } else { 0 };
        out.push(tag | receipt);
        put_zigzag(out, entry.at.wrapping_sub(self.last) as i64);
        self.last = entry.at;
        match &entry.body {
            EntryBody::RuntimeStarted | EntryBody::RuntimeStopped => {}
            EntryBody::WorkerCreated(request) => {
                put_varint(out, request.0.len() as u64);
                out.extend_from_slice(request.0);
            }
            EntryBody::Interaction { worker, content, .. } => {
                put_varint(out, u64::from(*worker));
                put_str(out, content);
            }
            EntryBody::WorkerEnded { worker, reason, .. } => {
                put_varint(out, u64::from(*worker));
                put_opt_str(out, *reason);
            }
        }
        if let Some(operation) = &entry.operation {
            out.extend_from_slice(&operation.key.0);
            out.extend_from_slice(&operation.fingerprint.0.to_le_bytes());
        }
    }
}

/// Reads entries back, in order.
pub(crate) struct EntryReader<'a> {
    reader: Reader<'a>,
    last: Timestamp,
}

impl<'a> EntryReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), last: 0 }
    }

    fn read(&mut self) -> Decoded<Entry<'a>> {
        let reader = &mut self.reader;
        let tag = reader.byte();
        let at = self.last.wrapping_add(reader.zigzag() as u64);
        self.last = at;
        let body = match tag & !HAS_RECEIPT {
            RUNTIME_STARTED => EntryBody::RuntimeStarted,
            RUNTIME_STOPPED => EntryBody::RuntimeStopped,
            WORKER_CREATED => {
                let len = reader.count();
                EntryBody::WorkerCreated(RequestBytes(reader.bytes(len)))
            }
            kind @ (WORKER_STOPPED | WORKER_CANCELLED) => EntryBody::WorkerEnded {
                cancelled: kind == WORKER_CANCELLED,
                worker: reader.varint_u32(),
                reason: reader.opt_str(),
            },
            kind => EntryBody::Interaction {
                role: reader.one_of(&TranscriptRole::ALL, kind.wrapping_sub(INTERACTION)),
                worker: reader.varint_u32(),
                content: reader.str(),
            },
        };
        let operation = (tag & HAS_RECEIPT != 0).then(|| EntryOperation {
            key: OperationKey(reader.array()),
            fingerprint: Fingerprint(u64::from_le_bytes(reader.array())),
        });
        reader.check()?;
        Ok(Entry { at, body, operation })
    }
}

impl<'a> Iterator for EntryReader<'a> {
    type Item = Decoded<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.reader.is_empty()).then(|| self.read())
    }
}
