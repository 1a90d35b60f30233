//! Merging: several runs become one, and what a Worker has gathered in them becomes settled segments of its own. It goes
//! forward by Worker, a small commit at a time; what is done and what is not is in the root record at every step.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::cache::Body;
use super::changes::{Merged, Moved, Pending};
use super::commit::{Ops, Token};
use super::directory::{DirectoryEntry, Piece};
use super::flush::{PieceWriter, put_directory};
use super::key;
use super::piece::{StoredEntry, size_of};
use super::record::Kind;
use super::root::{MergeJob, RunInfo};
use super::sizes::Sizes;
use super::store::Store;
use crate::error::{Error, Result};
use crate::sorted::SortedMap;
use crate::state::{State, Worker};

/// A merge under way brings its directory into as few parts as possible once it has this many.
const MAX_FRAGMENTS: u64 = 32;

fn delete_directory(ops: &mut Ops, run: &RunInfo) {
    for fragment in run.fragments.0..run.fragments.1 {
        ops.delete(key::directory(run.id, fragment));
    }
}

/// Which runs to merge now, if any: at most as many as become one of the next tier.
fn choose(runs: &[RunInfo], sizes: &Sizes, idle: bool) -> Option<Range<usize>> {
    let bytes = |runs: &[RunInfo]| runs.iter().map(|run| run.bytes).sum::<u64>();
    let mut end = runs.len();
    while end > 0 {
        let tier = runs[end - 1].tier;
        let start = runs[..end].iter().rposition(|run| run.tier != tier).map_or(0, |older| older + 1);
        if end - start >= sizes.fan_out {
            // What is older goes with them where that costs little, so that Workers settle from their first entry on.
            let beside = runs.get(start..sizes.fan_out).unwrap_or_default();
            let all = bytes(&runs[..start]) * 2 <= bytes(beside);
            let start = if all { 0 } else { start };
            return Some(start..start + sizes.fan_out);
        }
        end = start;
    }
    if !idle || runs.len() <= sizes.idle_runs {
        return None;
    }
    // Idle time is used as long as what is rewritten is not more than what is new: pauses would else have everything
    // rewritten time and again.
    let start = (0..runs.len() - 1).find(|&start| runs[start].bytes <= bytes(&runs[start + 1..]))?;
    Some(start..runs.len().min(start + sizes.fan_out))
}

impl Merged {
    pub(crate) fn apply(self, store: &mut Store, state: &mut State) {
        for moved in self.moved {
            if let Some(worker) = state.workers.get_mut(moved.worker as usize - 1) {
                (worker.settled, worker.pieces) = (moved.settled, moved.pieces);
            }
        }
        for (key, ()) in self.consumed.iter() {
            store.cache.remove(key);
        }
        // What the merge goes on with need not be read again at once; with its groups a record may take twice its bytes.
        let inputs = self.root.job.as_ref().map_or(0, |job| job.inputs.len());
        store.cache.trim_to(2 * inputs * store.sizes.part_bytes);
        store.merge_reads = 0;
        store.tail = if store.unflushed.is_empty() { self.root.tail } else { store.tail };
        store.root = self.root;
        store.root_changed = false;
        store.layout += 1;
    }
}

/// Starts a merge where one is due.
fn job(store: &Store, idle: bool) -> Option<(MergeJob, u64)> {
    if let Some(job) = &store.root.job {
        return Some((job.clone(), store.root.next_id));
    }
    let inputs = choose(&store.root.runs, &store.sizes, idle)?;
    let tier = store.root.runs[inputs.clone()].iter().map(|run| run.tier).max().unwrap_or(0);
    let tier = if inputs.len() >= store.sizes.fan_out { tier.saturating_add(1) } else { tier };
    let output = RunInfo { id: store.root.next_id, tier, bytes: 0, fragments: (0, 0) };
    Some((MergeJob { inputs, output, next_worker: 1 }, store.root.next_id + 1))
}

/// Whether [`step`] has something to do.
pub(crate) fn is_due(store: &Store, idle: bool) -> bool {
    !store.is_merging_over
        && (store.root.job.is_some() || choose(&store.root.runs, &store.sizes, idle).is_some())
}

/// What a Worker has in the runs that are merged.
struct Gathered {
    /// Where its pieces in them lie in its list of pieces.
    places: Range<usize>,
    /// How many of its entries lie before them.
    from: u64,
    end: u64,
}

fn gather(worker: &Worker, older: &[RunInfo], inputs: &[RunInfo], output: u64) -> Gathered {
    let has = |runs: &[RunInfo], piece: &Piece| runs.iter().any(|run| run.id == piece.run);
    let start = worker.pieces.iter().take_while(|piece| has(older, piece) || piece.run == output).count();
    let count = worker.pieces[start..].iter().take_while(|piece| has(inputs, piece)).count();
    let before = |place: usize| place.checked_sub(1).map_or(worker.settled, |place| worker.pieces[place].end);
    Gathered { places: start..start + count, from: before(start), end: before(start + count) }
}

/// What one step has written so far.
struct Step<'a> {
    store: &'a mut Store,
    state: &'a State,
    older: Vec<RunInfo>,
    inputs: Vec<RunInfo>,
    output: u64,
    run_ops: Ops,
    settled_ops: Ops,
    body: PieceWriter,
    settled_bytes: u64,
    directory: Vec<DirectoryEntry>,
    moved: Vec<Moved>,
    read: Vec<ReadRecord>,
}

/// A record of an input: its key and its last entry.
type ReadRecord = (String, u32, u64);

/// How a Worker came out of a step.
enum Progress {
    /// All of it is moved.
    Done,
    /// A part of it is.
    Part,
    /// Records are needed first.
    Needs,
}

impl Step<'_> {
    fn bytes(&self) -> u64 {
        self.body.bytes + self.settled_bytes
    }

    fn worker(&mut self, number: u32) -> Result<Progress> {
        let Some(worker) = self.state.worker(number) else {
            return Ok(Progress::Done);
        };
        let Gathered { places, from, end } = gather(worker, &self.older, &self.inputs, self.output);
        let sizes = self.store.sizes;
        let mut settled = worker.settled;
        let mut reached = from;
        let mut pieces = worker.pieces.clone();
        if from < end {
            let Some((bodies, read)) = self.read_pieces(worker, number, places.clone(), from)? else {
                return Ok(Progress::Needs);
            };
            self.read.extend(read);
            let entries = entries_of(&bodies, number, from, end);
            let mut rest = &entries[..];
            reached = from + rest.len() as u64;
            if places.start == 0 {
                let mut segments = PieceWriter::new(self.store.seed, sizes.part_bytes, Kind::Settled);
                while let Some(fitting) = settled_prefix(rest, &sizes) {
                    segments.push(&mut self.settled_ops, &key::settled, number, &rest[..fitting]);
                    segments.close(&mut self.settled_ops, &key::settled);
                    settled += fitting as u64;
                    rest = &rest[fitting..];
                    if self.bytes() + segments.bytes >= sizes.step_bytes {
                        break;
                    }
                }
                self.settled_bytes += segments.bytes;
                if reached < end || settled_prefix(rest, &sizes).is_some() {
                    // Only what is settled is moved; the rest is read again.
                    reached = settled;
                    rest = &[];
                }
            }
            let output = self.output;
            self.body.push(&mut self.run_ops, &|worker, end| key::run(output, worker, end), number, rest);
            let moved_to_run = Piece { run: output, end: reached };
            let left = pieces.split_off(places.start);
            match pieces.last_mut() {
                Some(last) if last.run == output => last.end = reached,
                _ if reached > settled.max(from) => pieces.push(moved_to_run),
                _ => {}
            }
            for piece in left {
                if piece.end > reached {
                    pieces.push(piece);
                }
            }
        }
        let stood = self.state.stood_at_flush(number, worker);
        self.directory.push(DirectoryEntry {
            worker: number,
            status: stood.status,
            settled,
            from: from.max(settled),
            end: reached.max(settled),
            last_event: stood.last_event,
        });
        if settled != worker.settled || pieces != worker.pieces {
            self.moved.push(Moved { worker: number, settled, pieces, done: reached });
        }
        Ok(if reached < end { Progress::Part } else { Progress::Done })
    }

    /// How the Workers up to `last` stand in the output.
    fn whole_directory(&self, last: u32) -> Vec<DirectoryEntry> {
        let mut directory = Vec::new();
        let mut places = 0;
        for number in 1..=last {
            let Some(worker) = self.state.worker(number) else { break };
            let (mut settled, mut pieces) = (worker.settled, &worker.pieces);
            if let Some(moved) = self.moved.get(places)
                && moved.worker == number
            {
                (settled, pieces) = (moved.settled, &moved.pieces);
                places += 1;
            }
            // Those of older runs come first, then that of the output.
            let (mut from, mut end) = (settled, settled);
            for piece in pieces {
                if self.older.iter().any(|run| run.id == piece.run) {
                    (from, end) = (piece.end, piece.end);
                } else if piece.run == self.output {
                    end = piece.end;
                }
            }
            let stood = self.state.stood_at_flush(number, worker);
            let (status, last_event) = (stood.status, stood.last_event);
            directory.push(DirectoryEntry { worker: number, status, settled, from, end, last_event });
        }
        directory
    }

    /// The records that hold a Worker's entries after `from`, in order and as many as one step takes; `None` where one of
    /// them is not there.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`] where what is there is not what the Worker table says.
    fn read_pieces(
        &mut self,
        worker: &Worker,
        number: u32,
        places: Range<usize>,
        from: u64,
    ) -> Result<Option<(Vec<Body>, Vec<ReadRecord>)>> {
        let mut bodies = Vec::new();
        let mut read = Vec::new();
        let mut bytes = 0;
        let mut sequence = from + 1;
        for piece in &worker.pieces[places] {
            let prefix = key::run_prefix(piece.run);
            while sequence <= piece.end && bytes < self.store.sizes.step_bytes as usize {
                let wanted = key::run(piece.run, number, sequence);
                let Some((key, body)) = self.store.cache.find(&prefix, &wanted, (number, sequence)) else {
                    return Ok(None);
                };
                let group =
                    body.group(number).filter(|group| (group.first..=group.end()).contains(&sequence));
                let Some(group) = group else {
                    return Err(Error::corrupt(&key, "it does not hold what the Worker table says"));
                };
                let last = group.end().min(piece.end);
                // Only what is not moved yet counts: a step takes all of it or settles a part of it.
                body.visit(number, (sequence, last), &mut |entry| bytes += size_of(&entry));
                sequence = last + 1;
                let last_worker = key::number(&key, 2).unwrap_or(0) as u32;
                let last = key::number(&key, 3).unwrap_or(0);
                read.push((key, last_worker, last));
                bodies.push(body);
            }
        }
        Ok(Some((bodies, read)))
    }

    /// Asks for what this step comes to from this Worker on and is not there: about as much as it writes.
    fn ask(&mut self, first: u32, last: u32) {
        let Store { sizes, cache, .. } = &*self.store;
        let most = sizes.step_bytes.div_ceil(sizes.part_bytes as u64);
        let entry_bytes = cache.entry_bytes;
        let mut asked = 0;
        let mut asked_runs = Vec::new();
        let mut ahead = 0;
        for number in first..=last {
            let Some(worker) = self.state.worker(number) else { return };
            let Gathered { places, from, end } = gather(worker, &self.older, &self.inputs, self.output);
            let mut sequence = from + 1;
            for piece in &worker.pieces[places] {
                let prefix = key::run_prefix(piece.run);
                while sequence <= piece.end && asked < most {
                    let wanted = key::run(piece.run, number, sequence);
                    if let Some((_, body)) = self.store.cache.find(&prefix, &wanted, (number, sequence)) {
                        let found = body.group(number).map_or(0, |group| group.end());
                        sequence = if found < sequence { piece.end + 1 } else { found + 1 };
                        continue;
                    }
                    if !asked_runs.contains(&piece.run) {
                        let bytes = (piece.end - sequence + 1).saturating_mul(entry_bytes);
                        let records =
                            bytes.div_ceil(self.store.sizes.part_bytes as u64).clamp(1, most - asked);
                        self.store.need(wanted, key::end_of(&prefix), Some(records));
                        asked += records;
                        asked_runs.push(piece.run);
                    }
                    sequence = piece.end + 1;
                }
                sequence = sequence.max(piece.end + 1);
            }
            ahead += (end - from).saturating_mul(entry_bytes);
            // Without a notion of how much an entry is, no further than what is certain.
            if asked >= most || ahead >= self.store.sizes.step_bytes || entry_bytes == 0 {
                return;
            }
        }
    }
}

/// A step that asks for records more often than this never gets them.
const MOST_READS: u32 = 256;

/// The next step of the merge that is under way or due, as a commit; `None` where records are needed first or nothing
/// is due.
///
/// # Errors
/// [`Error::StorageCorrupt`], [`Error::StorageMissing`] where the records do not let it go on.
pub(crate) fn step(store: &mut Store, state: &State, token: Token, idle: bool) -> Result<Option<Ops>> {
    let Some((mut job, next_id)) = job(store, idle) else {
        return Ok(None);
    };
    let workers = store.root.workers;
    let (seed, sizes) = (store.seed, store.sizes);
    let mut step = Step {
        older: store.root.runs[..job.inputs.start].to_vec(),
        inputs: store.root.runs[job.inputs.clone()].to_vec(),
        output: job.output.id,
        run_ops: Ops::default(),
        settled_ops: Ops::default(),
        body: PieceWriter::new(seed, sizes.part_bytes, Kind::Run),
        settled_bytes: 0,
        directory: Vec::new(),
        moved: Vec::new(),
        read: Vec::new(),
        store,
        state,
    };
    let first = job.next_worker;
    let mut number = first;
    while number <= workers && step.bytes() < sizes.step_bytes {
        match step.worker(number)? {
            Progress::Done => number += 1,
            Progress::Part => break,
            // Half a step is worth a commit.
            Progress::Needs if number > first && step.bytes() * 2 >= sizes.step_bytes => break,
            Progress::Needs => {
                step.ask(number, workers);
                store.merge_reads += 1;
                if store.merge_reads > MOST_READS {
                    let key = store.needs.first().map(|need| need.gte.clone()).unwrap_or_default();
                    return Err(Error::missing(key));
                }
                return Ok(None);
            }
        }
    }
    if number == first && number <= workers && step.moved.is_empty() {
        let key = key::run_prefix(job.output.id);
        return Err(Error::corrupt(&key, "what is to be merged into it does not come to anything"));
    }
    let parts = job.output.fragments;
    let is_whole = number > workers || parts.1 - parts.0 >= MAX_FRAGMENTS;
    let whole = is_whole.then(|| step.whole_directory(number.min(workers)));
    let Step { inputs, mut run_ops, settled_ops, mut body, directory, moved, read, store, .. } = step;
    body.close(&mut run_ops, &|worker, end| key::run(job.output.id, worker, end));
    job.output.bytes += body.bytes;
    job.next_worker = number;
    let mut ops = run_ops;
    if is_whole {
        delete_directory(&mut ops, &job.output);
        job.output.fragments.0 = parts.1;
    }
    let entries = whole.as_ref().unwrap_or(&directory);
    job.output.fragments.1 +=
        put_directory(&mut ops, seed, sizes.part_bytes, job.output.id, parts.1, entries);
    ops.append(settled_ops);
    let is_done = |worker: u32, sequence: u64| {
        worker < number || moved.iter().any(|moved| moved.worker == worker && sequence <= moved.done)
    };
    let mut consumed = SortedMap::default();
    for (key, worker, last) in read {
        if is_done(worker, last) {
            consumed.insert(key, ());
        }
    }
    for (key, ()) in consumed.iter() {
        ops.delete(key.clone());
    }
    let mut root = store.root_as_of(token);
    root.next_id = next_id;
    if number > workers {
        for run in &inputs {
            delete_directory(&mut ops, run);
        }
        root.runs[job.inputs.start] = job.output;
        root.runs.drain(job.inputs.start + 1..job.inputs.end);
        root.job = None;
    } else {
        root.job = Some(job);
    }
    root.put(&mut ops);
    store.pending = Some(Pending::Merge(Merged { root, moved, consumed }));
    Ok(Some(ops))
}

/// How many of the entries make the next settled segment, if they make one.
fn settled_prefix(entries: &[StoredEntry<'_>], sizes: &Sizes) -> Option<usize> {
    let mut size = 24;
    for (place, entry) in entries.iter().enumerate() {
        let with = size + size_of(entry);
        if with > sizes.part_bytes && place > 0 {
            return Some(place);
        }
        size = with;
    }
    (size >= sizes.settled_bytes && !entries.is_empty()).then_some(entries.len())
}

/// A Worker's entries after `from` up to `end`, out of records that were read through before.
fn entries_of(bodies: &[Body], number: u32, from: u64, end: u64) -> Vec<StoredEntry<'_>> {
    let mut entries = Vec::new();
    for body in bodies {
        body.visit(number, (from + 1, end), &mut |entry| entries.push(entry));
    }
    entries
}
