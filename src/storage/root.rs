//! The root record: what a store is, what its other records are, and what is needed to notice that one of them is
//! missing, swapped or older than it should be.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::chunk::Chain;
use super::commit::{Ops, Token};
use super::key;
use super::parts::put_parts;
use super::record::{Kind, Seed, seal};
use crate::codec::{Decoded, Malformed, Reader, put_opt_str, put_str, put_varint};
use crate::error::{Error, Result};
use crate::event_log::EventId;
use crate::limits::{MAX_INTEGER, RuntimeLimits};
use crate::sorted::sort;

/// A sorted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunInfo {
    pub(crate) id: u64,
    /// How often its entries were regrouped.
    pub(crate) tier: u8,
    /// Bytes of its records.
    pub(crate) bytes: u64,
    /// The parts of its directory: the first one, and one past the last.
    pub(crate) fragments: (u64, u64),
}

/// Several runs on their way to becoming one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergeJob {
    /// Places of the first and one past the last input in the list of runs.
    pub(crate) inputs: core::ops::Range<usize>,
    /// The run that is being written; what it has so far counts.
    pub(crate) output: RunInfo,
    /// The first Worker that is still to be done: it and those after it are read from the inputs.
    pub(crate) next_worker: u32,
}

/// The name of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DisplayName {
    Here(Option<String>),
    /// In records of its own, of this many bytes.
    Apart(u64),
}

/// The root record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) runtime_id: String,
    pub(crate) incarnation: [u8; 16],
    pub(crate) display_name: DisplayName,
    pub(crate) limits: RuntimeLimits,
    /// An import that is not verified yet: the store counts as absent while its head is `token`.
    pub(crate) unfinished: bool,
    /// The head that the commit of this record made.
    pub(crate) token: Token,
    /// The head of the commit up to which the rest of this record was brought up to date.
    pub(crate) sealed: Token,
    /// The head that the last user commit made, or `sealed` where there was none after it.
    pub(crate) tail: Token,
    /// Chunks below this one are regrouped, this one and those after it are not.
    pub(crate) next_chunk: u64,
    /// Chunks below this one are deleted.
    pub(crate) deleted_chunk: u64,
    /// The hash over all chunks below `next_chunk`.
    pub(crate) chain: Chain,
    /// The first event of chunk `next_chunk`.
    pub(crate) next_event: EventId,
    /// How many Workers there were then.
    pub(crate) workers: u32,
    /// Whether the runtime was stopped by then.
    pub(crate) stopped: bool,
    /// The next unused id of a run or a batch.
    pub(crate) next_id: u64,
    /// All runs, oldest first.
    pub(crate) runs: Vec<RunInfo>,
    pub(crate) job: Option<MergeJob>,
    /// The batches of receipts, oldest first, and how many receipts each has.
    pub(crate) receipts: Vec<(u64, u64)>,
    /// The places in the list of diagnostics at which a loss was accepted.
    pub(crate) losses: Vec<u64>,
}

const UNFINISHED: u8 = 1;
const STOPPED: u8 = 2;
const NAME_APART: u8 = 4;
const JOB: u8 = 8;

fn put_run(out: &mut Vec<u8>, run: &RunInfo) {
    put_varint(out, run.id);
    out.push(run.tier);
    put_varint(out, run.bytes);
    put_varint(out, run.fragments.0);
    put_varint(out, run.fragments.1 - run.fragments.0);
}

fn read_run(reader: &mut Reader<'_>) -> RunInfo {
    let (id, tier, bytes, first) = (reader.varint(), reader.byte(), reader.varint(), reader.varint());
    RunInfo { id, tier, bytes, fragments: (first, reader.sum(first)) }
}

impl Root {
    /// Writes the root record.
    pub(crate) fn put(&self, ops: &mut Ops) {
        let value = seal(Seed::of_root(&self.runtime_id), key::ROOT, Kind::Root, &self.encode());
        ops.put(key::ROOT.to_owned(), value);
    }

    /// Writes a display name that does not fit the root record.
    pub(crate) fn put_name(&self, ops: &mut Ops, seed: Seed, part_bytes: usize, name: Option<&str>) {
        if matches!(self.display_name, DisplayName::Apart(_)) {
            put_parts(ops, seed, part_bytes, Kind::Name, name.unwrap_or_default().as_bytes(), &key::name);
        }
    }

    /// Whether the store at `head` counts as absent; a record that says so of another head is an old one.
    pub(crate) fn is_unfinished_at(&self, head: Token) -> Result<bool> {
        if self.unfinished && self.token != head {
            return Err(Error::corrupt(key::ROOT, "it is from before the last commit"));
        }
        Ok(self.unfinished)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        out.push(
            flag(self.unfinished, UNFINISHED)
                | flag(self.stopped, STOPPED)
                | flag(matches!(self.display_name, DisplayName::Apart(_)), NAME_APART)
                | flag(self.job.is_some(), JOB),
        );
        put_str(&mut out, &self.runtime_id);
        for bytes in [&self.incarnation, &self.token.0, &self.sealed.0, &self.tail.0] {
            out.extend_from_slice(bytes);
        }
        match &self.display_name {
            DisplayName::Here(name) => put_opt_str(&mut out, name.as_deref()),
            DisplayName::Apart(bytes) => put_varint(&mut out, *bytes),
        }
        put_varint(&mut out, self.limits.max_transcript_projection_items);
        put_varint(&mut out, self.limits.max_event_batch_items);
        put_varint(&mut out, self.next_chunk);
        put_varint(&mut out, self.deleted_chunk);
        out.extend_from_slice(&self.chain.0.to_le_bytes());
        put_varint(&mut out, self.next_event);
        put_varint(&mut out, u64::from(self.workers));
        put_varint(&mut out, self.next_id);
        put_varint(&mut out, self.runs.len() as u64);
        for run in &self.runs {
            put_run(&mut out, run);
        }
        if let Some(job) = &self.job {
            put_varint(&mut out, job.inputs.start as u64);
            put_varint(&mut out, job.inputs.end as u64);
            put_run(&mut out, &job.output);
            put_varint(&mut out, u64::from(job.next_worker));
        }
        put_varint(&mut out, self.receipts.len() as u64);
        for (batch, count) in &self.receipts {
            put_varint(&mut out, *batch);
            put_varint(&mut out, *count);
        }
        put_varint(&mut out, self.losses.len() as u64);
        for place in &self.losses {
            put_varint(&mut out, *place);
        }
        out
    }

    pub(crate) fn decode(body: &[u8]) -> Decoded<Box<Self>> {
        let mut reader = Reader::new(body);
        let flags = reader.byte();
        let runtime_id = reader.str().to_owned();
        let incarnation = reader.array();
        let (token, sealed, tail) = (Token(reader.array()), Token(reader.array()), Token(reader.array()));
        let display_name = if flags & NAME_APART == 0 {
            DisplayName::Here(reader.opt_str().map(str::to_owned))
        } else {
            DisplayName::Apart(reader.varint())
        };
        let limits = RuntimeLimits {
            max_transcript_projection_items: reader.varint(),
            max_event_batch_items: reader.varint(),
        };
        let (next_chunk, deleted_chunk) = (reader.varint(), reader.varint());
        let chain = Chain(u64::from_le_bytes(reader.array()));
        let (next_event, workers, next_id) = (reader.varint(), reader.varint_u32(), reader.varint());
        let runs = reader.list(read_run);
        let job = (flags & JOB != 0).then(|| {
            let inputs = reader.size()..reader.size();
            reader.require(inputs.start < inputs.end && inputs.end <= runs.len());
            MergeJob { inputs, output: read_run(&mut reader), next_worker: reader.varint_u32() }
        });
        let receipts = reader.list(|reader| (reader.varint(), reader.varint()));
        let losses = reader.list(Reader::varint);
        reader.finish()?;
        let mut ids = Vec::new();
        for run in &runs {
            ids.push((run.id, 0));
        }
        if let Some(job) = &job {
            ids.push((job.output.id, 0));
        }
        for &(id, _) in &receipts {
            ids.push((id, 0));
        }
        sort(&mut ids);
        let distinct = ids.windows(2).all(|pair| pair[0] != pair[1])
            && ids.last().is_none_or(|(last, _)| *last < next_id);
        let largest = limits.max_transcript_projection_items.max(limits.max_event_batch_items);
        let counts = [largest, next_event.saturating_sub(1), next_id, next_chunk];
        let countable = counts.iter().all(|count| *count <= MAX_INTEGER);
        if next_event == 0 || deleted_chunk > next_chunk || !distinct || !countable {
            return Err(Malformed);
        }
        Ok(Box::new(Self {
            runtime_id,
            incarnation,
            display_name,
            limits,
            unfinished: flags & UNFINISHED != 0,
            token,
            sealed,
            tail,
            next_chunk,
            deleted_chunk,
            chain,
            next_event,
            workers,
            stopped: flags & STOPPED != 0,
            next_id,
            runs,
            job,
            receipts,
            losses,
        }))
    }
}
