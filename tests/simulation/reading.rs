//! Reads: nothing is believed before the head, asked for after the last record came, is this runtime's own.

use worker_runtime::Result;
use worker_runtime::storage::{Need, Page};

use crate::actor::Actor;
use crate::audit::{check_entry, check_event};
use crate::context::{CallId, Context, Reply, Request, Told};
use crate::counts::Counts;
use crate::model::Model;
use crate::store::Head;
use crate::telling::{entry_line, event_line};

type Records = Vec<(String, Vec<u8>)>;

/// What records are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Restore,
    Transcript {
        worker: u32,
        start: u64,
        len: u64,
    },
    Events {
        first: u64,
        len: u64,
    },
    /// The next events of a subscription.
    Batch {
        first: u64,
    },
}

/// A subscription reads so many events at once.
const BATCH_ITEMS: u64 = 256;

/// How many reads are under way at the most.
const MOST_LOADS: usize = 12;

/// How often a read repeats what had moved or was pushed out of the cache.
const MOST_REPEATS: usize = 100;

/// A reader whose records have to be read first.
#[derive(Debug)]
pub(crate) struct Load {
    /// Its number; 0 for an opening.
    pub(crate) number: u64,
    pub(crate) what: What,
    /// What was read, and the layout of the store that it is of.
    layout: Option<u64>,
    batches: Vec<(Need, Records)>,
    /// Where regrouping stood when it asked.
    moves: u64,
    repeats: usize,
    /// It waits until a regrouping is decided.
    pub(crate) is_waiting: bool,
}

impl Load {
    pub(crate) fn new(number: u64, what: What) -> Self {
        Self { number, what, layout: None, batches: Vec::new(), moves: 0, repeats: 0, is_waiting: false }
    }

    /// Its reader is told why it gets nothing; a subscription is told by itself.
    pub(crate) fn failed(&self, cx: &mut Context, code: &str) {
        if matches!(self.what, What::Transcript { .. } | What::Events { .. }) {
            cx.trace.read(self.number, format_args!("failed {} {code}", self.number));
        }
    }
}

/// Who wants records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Load(u64),
    Upkeep { is_background: bool },
}

/// How far records are.
#[derive(Debug)]
enum Progress {
    Reading,
    /// All are there; these heads would be this runtime's own.
    Checking(CallId, Vec<Head>),
    /// One could not be read: perhaps because somebody else has the store.
    CheckingAfterFailure(CallId, Vec<Head>),
}

/// Records that are read, all at once.
#[derive(Debug)]
pub(crate) struct Fetch {
    whose: Whose,
    pub(crate) layout: u64,
    reads: Vec<(CallId, Need, Option<Records>)>,
    progress: Progress,
}

impl Fetch {
    /// Where every regrouping could be done in its time, an opening reads a bounded part of what was committed last, or one
    /// commit that was larger than that.
    fn check_tail(&self, cx: &mut Context) {
        let Counts { rejected, refused_regroupings, failed_reads, .. } = cx.counts;
        if rejected + refused_regroupings + failed_reads > 0 {
            return;
        }
        cx.counts.openings_measured += 1;
        let reads = self.reads.iter().filter(|(_, need, _)| need.gte.starts_with("c/"));
        let read: Vec<_> = reads.flat_map(|(_, _, records)| records).flatten().collect();
        let bytes: usize = read.iter().map(|(key, value)| key.len() + value.len()).sum();
        let chunk = |key: &str| key.rsplit_once('/').map(|(chunk, _)| chunk.to_owned());
        let is_one = read.windows(2).all(|pair| chunk(&pair[0].0) == chunk(&pair[1].0));
        let most = cx.faults.tail_bytes();
        assert!(
            is_one || bytes <= most,
            "an opening reads {bytes} bytes of what was committed last, not {most}"
        );
    }

    pub(crate) fn into_records(self) -> impl Iterator<Item = (Need, Records)> {
        self.reads.into_iter().map(|(_, need, records)| (need, records.unwrap_or_default()))
    }
}

impl Actor {
    /// The heads by which the store is this runtime's own.
    fn own_heads(&self) -> Vec<Head> {
        let out = self.flight.iter().filter(|flight| flight.offering.is_out());
        out.map(|flight| flight.offering.commit.to).chain([self.head]).collect()
    }

    /// A commit of this runtime goes out.
    pub(crate) fn note_own_commit(&mut self, to: Head) {
        for fetch in &mut self.fetches {
            if let Progress::Checking(_, own) | Progress::CheckingAfterFailure(_, own) = &mut fetch.progress {
                own.push(to);
            }
        }
        self.watch.note_own_commit(to);
    }

    /// Whether a step that is waited for still reads.
    pub(crate) fn is_reading_for_step(&self) -> bool {
        self.fetches.iter().any(|fetch| fetch.whose == Whose::Upkeep { is_background: false })
    }

    /// Asks for the head, and gives those that are this runtime's own.
    pub(crate) fn look(&self, cx: &mut Context) -> (CallId, Vec<Head>) {
        (cx.send(self.slot, Request::Head), self.own_heads())
    }

    /// Reads records, all at once.
    pub(crate) fn fetch(&mut self, cx: &mut Context, whose: Whose, layout: u64, needs: Vec<Need>) {
        let read = |need: Need| (cx.send(self.slot, Request::Read(need.clone())), need, None);
        let reads = needs.into_iter().map(read).collect();
        self.fetches.push(Fetch { whose, layout, reads, progress: Progress::Reading });
    }

    /// An answer to a read, or to a question for the head.
    pub(crate) fn read_replied(&mut self, cx: &mut Context, call: CallId, reply: Reply) {
        if self.watch_replied(cx, call, &reply) {
            return;
        }
        let waits = |fetch: &Fetch| match &fetch.progress {
            Progress::Reading => fetch.reads.iter().any(|(read, ..)| *read == call),
            Progress::Checking(waited, _) | Progress::CheckingAfterFailure(waited, _) => *waited == call,
        };
        let Some(index) = self.fetches.iter().position(waits) else { return };
        let mut fetch = self.fetches.remove(index);
        match (reply, &fetch.progress) {
            (Reply::Records(records), Progress::Reading) => {
                if let Some(read) = fetch.reads.iter_mut().find(|(read, ..)| *read == call) {
                    read.2 = Some(records);
                }
                if fetch.reads.iter().all(|(_, _, records)| records.is_some()) {
                    let (call, own) = self.look(cx);
                    fetch.progress = Progress::Checking(call, own);
                }
                self.fetches.push(fetch);
            }
            (Reply::Failed, Progress::Reading) => {
                let (call, own) = self.look(cx);
                fetch.progress = Progress::CheckingAfterFailure(call, own);
                self.fetches.push(fetch);
            }
            (Reply::Head(head), Progress::Checking(_, own) | Progress::CheckingAfterFailure(_, own)) => {
                if !head.is_some_and(|head| own.contains(&head)) {
                    if let Whose::Load(number) = fetch.whose
                        && let Some(load) = self.take_load(number)
                    {
                        load.failed(cx, "storage_conflict");
                    }
                    self.fence(cx, Told::Unknown);
                } else if let Progress::Checking(..) = fetch.progress {
                    cx.counts.believed_reads += 1;
                    self.fetched(cx, fetch);
                } else {
                    self.not_fetched(cx, fetch.whose);
                }
            }
            _ => self.not_fetched(cx, fetch.whose),
        }
    }

    fn take_load(&mut self, number: u64) -> Option<Load> {
        let place = self.loads.iter().position(|load| load.number == number)?;
        Some(self.loads.remove(place))
    }

    fn not_fetched(&mut self, cx: &mut Context, whose: Whose) {
        match whose {
            Whose::Upkeep { is_background } => self.needs_read(cx, is_background, None),
            Whose::Load(number) => {
                cx.counts.failed_reads += 1;
                if let Some(load) = self.take_load(number) {
                    self.load_failed(cx, load, "storage_failed");
                }
            }
        }
    }

    /// The records are those of this runtime's own store.
    fn fetched(&mut self, cx: &mut Context, fetch: Fetch) {
        let number = match fetch.whose {
            Whose::Upkeep { is_background } => {
                self.needs_read(cx, is_background, Some(fetch));
                return;
            }
            Whose::Load(number) => number,
        };
        let Some(mut load) = self.take_load(number) else { return };
        if load.what == What::Restore {
            fetch.check_tail(cx);
        }
        let layout = fetch.layout;
        let runtime = self.runtime();
        cx.counts.reads_repeated += u64::from(runtime.needs().0 != layout);
        let mut outcome = Ok(());
        for (need, records) in fetch.into_records() {
            load.batches.push((need.clone(), records.clone()));
            outcome = runtime.provide(layout, &need.gte, records);
            if outcome.is_err() {
                break;
            }
        }
        self.provided(cx, load, outcome);
    }

    /// Goes on with what was provided; where it does not fit, regroupings have moved it meanwhile.
    fn provided(&mut self, cx: &mut Context, mut load: Load, outcome: Result<()>) {
        if let Err(error) = outcome {
            let may_have_moved = self.is_regrouping() || self.upkeep.moves != load.moves;
            assert!(may_have_moved, "{:?} of a store that nothing was done to: {error}", load.what);
            cx.counts.reads_repeated += 1;
            load.repeats += 1;
            if self.is_regrouping() {
                cx.counts.waited_for_regrouping += 1;
                load.is_waiting = true;
                self.loads.push(load);
                return;
            }
            load.forget();
        }
        self.run_load(cx, load);
    }

    /// A regrouping is decided: reads that waited for that go on.
    pub(crate) fn resume_loads(&mut self, cx: &mut Context) {
        let waiting: Vec<_> = self.loads.extract_if(.., |load| load.is_waiting).collect();
        for mut load in waiting {
            load.is_waiting = false;
            load.forget();
            self.run_load(cx, load);
        }
    }

    /// Asks, and reads what is needed, until there is an answer.
    pub(crate) fn run_load(&mut self, cx: &mut Context, mut load: Load) {
        while load.repeats <= MOST_REPEATS {
            match self.ask(load.what) {
                Some(page) => {
                    self.loaded(cx, &load, page);
                    return;
                }
                None => load.moves = self.upkeep.moves,
            }
            let (layout, needs) = self.runtime().needs();
            assert!(!needs.is_empty(), "{:?} goes on neither with records nor without", load.what);
            let needs = needs.to_vec();
            if load.layout != Some(layout) {
                load.forget();
                load.layout = Some(layout);
            }
            let is_new = |need: &Need| load.batches.iter().all(|(read, _)| read != need);
            let wanted: Vec<_> = needs.into_iter().filter(is_new).collect();
            if !wanted.is_empty() {
                self.fetch(cx, Whose::Load(load.number), layout, wanted);
                self.loads.push(load);
                return;
            }
            // All of it was read, and some pushed out again by other pages.
            load.repeats += 1;
            cx.counts.reads_repeated += 1;
            let runtime = self.runtime();
            let provide =
                |(need, records): &(Need, Records)| runtime.provide(layout, &need.gte, records.clone());
            if let Err(error) = load.batches.iter().try_for_each(provide) {
                panic!("{:?} no longer fits what it was read for: {error}", load.what);
            }
        }
        panic!("what was read for {:?} keeps moving", load.what);
    }

    /// The answer in words; nothing where records are needed first.
    pub(crate) fn ask(&mut self, what: What) -> Option<Vec<String>> {
        match what {
            What::Restore => {
                let accepts_loss = self.accepts_loss;
                match self.runtime().restore(accepts_loss) {
                    Err(error) => panic!("a store that nothing was done to is refused: {error}"),
                    Ok(is_restored) => is_restored.then(Vec::new),
                }
            }
            What::Transcript { worker, start, len } => self.transcript(worker, start, len),
            What::Events { first, len } => self.events(first, len),
            What::Batch { first } => self.events(first, BATCH_ITEMS),
        }
    }

    fn transcript(&mut self, worker: u32, start: u64, len: u64) -> Option<Vec<String>> {
        let (runtime, model) = (self.runtime.as_mut().expect("a runtime"), &self.model);
        let (mut next, mut lines) = (start, Vec::new());
        let page = runtime.visit_transcript(worker, start, len, |entry| {
            next += 1;
            check_entry(&entry, worker, next, model);
            lines.push(entry_line(&entry));
        });
        match page {
            Err(error) => panic!("a page of a store that nothing was done to: {error}"),
            Ok(Page::Needs) => None,
            Ok(Page::Ready(_)) => {
                assert_eq!(next, start + len, "a page of Worker {worker} is short");
                Some(lines)
            }
        }
    }

    fn events(&mut self, first: u64, len: u64) -> Option<Vec<String>> {
        let (runtime, model) = (self.runtime.as_mut().expect("a runtime"), &self.model);
        let (mut next, decided, mut lines) = (first, self.decided as u64, Vec::new());
        let page = runtime.visit_events(first, len, |event| {
            assert!(next <= decided, "event {next} is shown before it is durable");
            check_event(&event, next, model);
            lines.push(event_line(&event));
            next += 1;
        });
        match page {
            Err(error) => panic!("events of a store that nothing was done to: {error}"),
            Ok(Page::Needs) => None,
            Ok(Page::Ready(_)) => {
                assert_eq!(next, (first + len).min(decided + 1).max(first), "a batch of events is short");
                Some(lines)
            }
        }
    }

    /// There is an answer.
    fn loaded(&mut self, cx: &mut Context, load: &Load, lines: Vec<String>) {
        if load.what == What::Restore {
            self.restored(cx);
            return;
        }
        cx.counts.pages += 1;
        if let What::Batch { .. } = load.what {
            self.batch_loaded(cx, load.number, lines);
        } else {
            self.tell_page(cx, load.number, load.what, &lines);
        }
        self.close_when_quiet(cx);
    }

    pub(crate) fn load_failed(&mut self, cx: &mut Context, load: Load, code: &str) {
        match load.what {
            What::Restore => {
                self.not_restored(cx);
                return;
            }
            What::Batch { .. } => self.batch_failed(cx, load.number, code),
            What::Transcript { .. } | What::Events { .. } => load.failed(cx, code),
        }
        self.close_when_quiet(cx);
    }

    fn tell_page(&self, cx: &mut Context, number: u64, what: What, lines: &[String]) {
        let text = lines.join("\n");
        match what {
            What::Transcript { worker, start, len } => {
                let total = durable_entries(&self.model, worker, self.decided);
                let next = start + len;
                let next = if next < total { next.to_string() } else { "-".to_owned() };
                cx.trace.read(number, format_args!("page {number} {total} {next}\n{text}"));
            }
            What::Events { first, .. } => {
                let next = first + lines.len() as u64;
                let has_more = next <= self.decided as u64;
                cx.trace.read(number, format_args!("events {number} {next} {has_more}\n{text}"));
            }
            What::Restore | What::Batch { .. } => {}
        }
    }

    /// A caller reads something.
    pub(crate) fn read(&mut self, cx: &mut Context, number: u64, what: What) {
        match self.ask(what) {
            Some(page) => {
                cx.counts.pages += 1;
                self.tell_page(cx, number, what, &page);
            }
            None => {
                cx.counts.stored_pages += 1;
                self.run_load(cx, Load::new(number, what));
            }
        }
        self.send_prepared(cx);
    }

    /// What a caller may read now, within the configured limits.
    pub(crate) fn any_page(&self, cx: &mut Context) -> Option<What> {
        if self.loads.len() >= MOST_LOADS {
            return None;
        }
        let limits = cx.faults.runtime.limits;
        if cx.random.chance(300) {
            let first = 1 + cx.random.below(self.decided + 1) as u64;
            let len = 1 + cx.random.below(20) as u64;
            return Some(What::Events { first, len: len.min(limits.max_event_batch_items) });
        }
        if self.model.workers.is_empty() {
            return None;
        }
        let worker = cx.random.below(self.model.workers.len()) as u32 + 1;
        let total = durable_entries(&self.model, worker, self.decided);
        if total == 0 {
            return None;
        }
        let start = cx.random.below(total as usize) as u64;
        let len = 1 + cx.random.below((total - start).min(30) as usize) as u64;
        Some(What::Transcript { worker, start, len: len.min(limits.max_transcript_projection_items) })
    }
}

impl Load {
    fn forget(&mut self) {
        self.layout = None;
        self.batches.clear();
    }
}

/// How many entries of a Worker are durable; a Worker that is not durable has none.
fn durable_entries(model: &Model, worker: u32, decided: usize) -> u64 {
    let transcript = &model.workers[worker as usize - 1].transcript;
    transcript.iter().take_while(|event| **event <= decided as u64).count() as u64
}
