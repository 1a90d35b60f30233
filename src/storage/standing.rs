//! The Worker table: how each Worker stands and where its entries are, out of the directories of all runs.

use alloc::vec::Vec;

use super::directory::{DirectoryEntry, Piece};
use super::root::Root;
use crate::error::{Error, Result};
use crate::identity::WorkerId;
use crate::state::{State, Worker};

/// A part of a run's directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment {
    pub(crate) run: u64,
    pub(crate) number: u64,
    /// Where the run is an input of a merge under way, the first Worker that is still to be done.
    from_worker: Option<u32>,
}

/// All of them in the order in which they are believed: what comes later says how a Worker stands.
pub(crate) fn fragments(root: &Root) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    let mut add = |run: u64, numbers: (u64, u64), from_worker| {
        for number in numbers.0..numbers.1 {
            fragments.push(Fragment { run, number, from_worker });
        }
    };
    for (place, run) in root.runs.iter().enumerate() {
        let job = root.job.as_ref().filter(|job| job.inputs.contains(&place));
        // What a merge has written so far goes before what it has yet to read.
        if let Some(job) = job.filter(|job| job.inputs.start == place) {
            add(job.output.id, job.output.fragments, None);
        }
        add(run.id, run.fragments, job.map(|job| job.next_worker));
    }
    fragments
}

impl Fragment {
    /// Notes what an entry of it says of its Worker.
    pub(crate) fn note(self, worker: &mut Worker, entry: &DirectoryEntry) {
        worker.settled = worker.settled.max(entry.settled);
        // A Worker that a merge is done with has nothing in its inputs any more; the one it is at may be done in part.
        if self.from_worker.is_some_and(|next| entry.worker < next) {
            return;
        }
        worker.status = entry.status;
        worker.last_event = entry.last_event;
        let in_part = self.from_worker == Some(entry.worker);
        let before = worker.pieces.last().map_or(0, |piece| piece.end);
        if entry.from == entry.end || in_part && entry.end <= before {
            return;
        }
        let from = if in_part { entry.from.max(before) } else { entry.from };
        if from != before {
            // All up to here must turn out to be settled.
            worker.pieces.clear();
            worker.stored = worker.stored.max(from).max(before);
        }
        match worker.pieces.last_mut() {
            Some(last) if last.run == self.run => last.end = entry.end,
            _ => worker.pieces.push(Piece { run: self.run, end: entry.end }),
        }
    }
}

/// Makes up how the Workers stand once all directories have been gone through.
///
/// # Errors
/// [`Error::StorageMissing`] where none says how a Worker stands, [`Error::StorageCorrupt`] where entries are nowhere.
pub(crate) fn make_up(state: &mut State) -> Result<()> {
    for (number, worker) in (1..).zip(&mut state.workers) {
        let directory = || ["d/ of ", &WorkerId::from_number(number).text()].concat();
        if worker.last_event == 0 {
            return Err(Error::missing(directory()));
        }
        let settled = worker.settled;
        worker.pieces.retain(|piece| piece.end > settled);
        if !worker.pieces.is_empty() && worker.stored > settled {
            return Err(Error::corrupt(&directory(), "it leaves a hole in a transcript"));
        }
        worker.stored = worker.pieces.last().map_or(settled, |piece| piece.end);
        state.by_status[worker.status as usize] += 1;
    }
    Ok(())
}
