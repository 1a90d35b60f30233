//! Reads: nothing is believed before the head, asked for after the last record came, is this runtime's own.

use worker_runtime::storage::{Need, Page};

use crate::actor::{Actor, End, Stage};
use crate::audit::{check_entry, check_event};
use crate::context::{CallId, Context, Reply, Request};
use crate::store::Head;

/// What records are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Restore,
    Regroup {
        is_idle: bool,
    },
    Transcript {
        worker: u32,
        start: u64,
        len: u64,
    },
    Events {
        first: u64,
        len: u64,
        is_subscription: bool,
    },
    /// Only the head is asked for.
    Poll,
}

/// How many reads are under way at the most.
const MOST_JOBS: usize = 12;

/// How far a read is.
#[derive(Debug)]
enum Progress {
    Reading(CallId),
    /// The heads that would be this runtime's own.
    Checking(CallId, Vec<Head>),
    /// Its own commit moves records: it goes on when that is decided.
    Waiting,
}

type Records = Vec<(String, Vec<u8>)>;

/// What was read for a question that is not answered yet: a cache that others use as well need not keep it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    layout: u64,
    read: Vec<(Need, Records)>,
}

/// One read.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) what: What,
    layout: u64,
    needs: Vec<Need>,
    records: Vec<Records>,
    /// What was read for it before.
    kept: Kept,
    progress: Progress,
    /// A commit of this runtime may have moved records meanwhile.
    is_moved: bool,
}

/// Where every regrouping could be done in its time, an opening reads a bounded part of what was committed last, or one
/// commit that was larger than that.
fn check_tail(cx: &mut Context, job: &Job) {
    if cx.counts.rejected > 0 || cx.counts.failed_reads > 0 {
        return;
    }
    cx.counts.openings_measured += 1;
    let read = job.needs.iter().zip(&job.records).filter(|(need, _)| need.gte.starts_with("c/"));
    let read: Vec<_> = read.flat_map(|(_, records)| records).collect();
    let bytes: usize = read.iter().map(|(key, value)| key.len() + value.len()).sum();
    let chunk = |key: &str| key.rsplit_once('/').map(|(chunk, _)| chunk.to_owned());
    let is_one = read.windows(2).all(|pair| chunk(&pair[0].0) == chunk(&pair[1].0));
    let most = cx.faults.tail_bytes();
    assert!(is_one || bytes <= most, "an opening reads {bytes} bytes of what was committed last, not {most}");
}

impl Actor {
    /// Reads what the runtime needs.
    pub(crate) fn begin_job(&mut self, cx: &mut Context, what: What, mut kept: Kept) {
        let (layout, needs) = match what {
            What::Poll => (0, Vec::new()),
            _ => {
                let (layout, needs) = self.runtime().needs();
                assert!(!needs.is_empty(), "{what:?} goes on neither with records nor without");
                (layout, needs.to_vec())
            }
        };
        if kept.layout != layout {
            kept = Kept { layout, ..Kept::default() };
        }
        let is_new = |need: &Need| kept.read.iter().all(|(read, _)| read != need);
        assert!(what == What::Poll || needs.iter().all(is_new), "{what:?} asks again for what it was given");
        let (records, progress, is_moved) = (Vec::new(), Progress::Waiting, self.flight.is_some());
        let mut job = Job { what, layout, needs, records, kept, progress, is_moved };
        self.advance(cx, &mut job);
        self.jobs.push(job);
    }

    fn advance(&self, cx: &mut Context, job: &mut Job) {
        job.progress = match job.needs.get(job.records.len()) {
            Some(need) => Progress::Reading(cx.send(self.slot, Request::Read(need.clone()))),
            None => {
                let under_way = self.flight.iter().map(|flight| flight.commit.to);
                let own = under_way.chain([self.head]).collect();
                Progress::Checking(cx.send(self.slot, Request::Head), own)
            }
        };
    }

    /// A commit of this runtime goes out.
    pub(crate) fn note_own_commit(&mut self, to: Head) {
        for job in &mut self.jobs {
            job.is_moved = true;
            if let Progress::Checking(_, own) = &mut job.progress {
                own.push(to);
            }
        }
    }

    /// It is decided: reads that waited for that go on.
    pub(crate) fn own_commit_decided(&mut self, cx: &mut Context) {
        let (waiting, others) =
            self.jobs.drain(..).partition(|job| matches!(job.progress, Progress::Waiting));
        self.jobs = others;
        let waiting: Vec<Job> = waiting;
        for job in waiting {
            self.attempt(cx, job.what, Kept::default());
        }
    }

    pub(crate) fn job_replied(&mut self, cx: &mut Context, call: CallId, reply: Reply) {
        let waits = |job: &Job| match &job.progress {
            Progress::Reading(waited) | Progress::Checking(waited, _) => *waited == call,
            Progress::Waiting => false,
        };
        let Some(index) = self.jobs.iter().position(waits) else { return };
        let mut job = self.jobs.remove(index);
        match (reply, &job.progress) {
            (Reply::Records(records), Progress::Reading(_)) => {
                job.records.push(records);
                self.advance(cx, &mut job);
                self.jobs.push(job);
            }
            (Reply::Head(head), Progress::Checking(_, own)) => {
                if head.is_some_and(|head| own.contains(&head)) {
                    self.believe(cx, job);
                } else {
                    self.fence(cx, false);
                }
            }
            _ => {
                cx.counts.failed_reads += 1;
                match job.what {
                    What::Restore => self.end(cx, End::Refused),
                    What::Regroup { .. } => self.is_regrouping_barred = true,
                    _ => {}
                }
            }
        }
    }

    /// The records are those of this runtime's own store, unless its own commits moved them.
    fn believe(&mut self, cx: &mut Context, mut job: Job) {
        cx.counts.believed_reads += 1;
        if job.what == What::Restore {
            check_tail(cx, &job);
        }
        let runtime = self.runtime.as_mut().expect("a runtime");
        cx.counts.reads_repeated += u64::from(job.what != What::Poll && runtime.needs().0 != job.layout);
        let mut kept = std::mem::take(&mut job.kept);
        kept.read.extend(job.needs.iter().cloned().zip(std::mem::take(&mut job.records)));
        for (need, records) in &kept.read {
            let Err(error) = runtime.provide(job.layout, &need.gte, records.clone()) else { continue };
            assert!(job.is_moved, "{:?} of a store that nothing was done to: {error}", job.what);
            cx.counts.reads_repeated += 1;
            if self.flight.is_some() {
                job.progress = Progress::Waiting;
                self.jobs.push(job);
            } else {
                self.attempt(cx, job.what, Kept::default());
            }
            return;
        }
        self.attempt(cx, job.what, kept);
    }

    /// Does it, or reads what it needs.
    fn attempt(&mut self, cx: &mut Context, what: What, kept: Kept) {
        match what {
            What::Restore if self.stage == Stage::Restoring => self.restore(cx),
            What::Regroup { is_idle } => self.regroup_with(cx, is_idle, kept),
            What::Transcript { worker, start, len } => self.read_transcript(cx, worker, start, len, kept),
            What::Events { first, len, is_subscription } => {
                self.read_events(cx, first, len, is_subscription, kept);
            }
            What::Restore | What::Poll => {}
        }
    }

    fn read_transcript(&mut self, cx: &mut Context, worker: u32, start: u64, len: u64, kept: Kept) {
        let runtime = self.runtime.as_mut().expect("a runtime");
        let mut next = start;
        let page = runtime.visit_transcript(worker, start, len, |entry| {
            next += 1;
            check_entry(&entry, worker, next, &self.model);
        });
        match page {
            Err(error) => panic!("a page of a store that nothing was done to: {error}"),
            Ok(Page::Needs) => {
                cx.counts.stored_pages += 1;
                self.begin_job(cx, What::Transcript { worker, start, len }, kept);
            }
            Ok(Page::Ready(_)) => {
                assert_eq!(next, start + len, "a page of Worker {worker} is short");
                cx.counts.pages += 1;
                cx.trace.note("page", &[u64::from(worker), start, len]);
            }
        }
    }

    fn read_events(&mut self, cx: &mut Context, first: u64, len: u64, is_subscription: bool, kept: Kept) {
        let runtime = self.runtime.as_mut().expect("a runtime");
        let mut next = first;
        let decided = self.decided as u64;
        let page = runtime.visit_events(first, len, |event| {
            assert!(next <= decided, "event {next} is shown before it is durable");
            check_event(&event, next, &self.model);
            next += 1;
        });
        match page {
            Err(error) => panic!("events of a store that nothing was done to: {error}"),
            Ok(Page::Needs) => {
                cx.counts.stored_pages += 1;
                self.begin_job(cx, What::Events { first, len, is_subscription }, kept);
            }
            Ok(Page::Ready(_)) => {
                assert_eq!(next, (first + len).min(decided + 1).max(first), "a batch of events is short");
                cx.counts.pages += 1;
                cx.trace.note("events", &[first, next]);
                if is_subscription {
                    assert_eq!(first, self.cursor, "a subscription goes on where it was");
                    self.cursor = next;
                }
            }
        }
    }

    /// A caller reads something.
    pub(crate) fn read(&mut self, cx: &mut Context) {
        if self.jobs.len() >= MOST_JOBS {
            return;
        }
        let subscribes = |job: &Job| matches!(job.what, What::Events { is_subscription: true, .. });
        let what = match cx.random.below(4) {
            0 => {
                let first = 1 + cx.random.below(self.decided + 1) as u64;
                What::Events { first, len: 1 + cx.random.below(20) as u64, is_subscription: false }
            }
            1 if !self.jobs.iter().any(subscribes) => {
                let len = 1 + cx.random.below(30) as u64;
                What::Events { first: self.cursor, len, is_subscription: true }
            }
            _ => match self.page(cx) {
                Some(page) => page,
                None => return,
            },
        };
        self.attempt(cx, what, Kept::default());
    }

    /// Some entries of some Worker, all of them durable.
    fn page(&self, cx: &mut Context) -> Option<What> {
        if self.model.workers.is_empty() {
            return None;
        }
        let worker = cx.random.below(self.model.workers.len());
        let transcript = &self.model.workers[worker].transcript;
        let total = transcript.iter().take_while(|event| **event <= self.decided as u64).count();
        if total == 0 {
            return None;
        }
        let start = cx.random.below(total);
        let len = 1 + cx.random.below((total - start).min(30));
        Some(What::Transcript { worker: worker as u32 + 1, start: start as u64, len: len as u64 })
    }
}
