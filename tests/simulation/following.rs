//! Subscriptions, and asking now and then whose the store is for as long as somebody subscribes.

use std::collections::VecDeque;

use crate::actor::Actor;
use crate::context::{CallId, Context, Reply, Told};
use crate::reading::{Load, What};
use crate::store::Head;

/// One consumer's place in the log.
#[derive(Debug)]
pub(crate) struct Following {
    /// Its number among those who read.
    number: u64,
    /// The next event that it wants.
    cursor: u64,
    /// Events that were read and not handed out, in words.
    ready: VecDeque<String>,
    /// How many events are asked for that are not there yet.
    waiters: usize,
    is_loading: bool,
}

/// Whether somebody else has the store is being asked.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The heads that would be this runtime's own.
    asking: Option<(CallId, Vec<Head>)>,
    asks_again: bool,
    /// The last question was not answered.
    is_uncertain: bool,
}

impl Watch {
    /// A commit of this runtime goes out.
    pub(crate) fn note_own_commit(&mut self, to: Head) {
        if let Some((_, own)) = &mut self.asking {
            own.push(to);
        }
    }
}

impl Actor {
    /// How often a consumer has to ask so that it waits for an event that has not happened.
    pub(crate) fn until_it_waits(&self) -> usize {
        let (cursor, waiters) = match &self.following {
            Some(following) => (following.cursor, following.waiters),
            None => (self.cursor, 0),
        };
        (self.decided as u64 + 2).saturating_sub(cursor) as usize - waiters.min(1)
    }

    /// Whether a consumer waits for an event.
    pub(crate) fn follows(&self) -> bool {
        self.following.as_ref().is_some_and(|following| following.waiters > 0)
    }

    /// A consumer asks for the next `count` events.
    pub(crate) fn follow(&mut self, cx: &mut Context, number: u64, count: usize) {
        if self.following.is_none() {
            let (cursor, ready) = (self.cursor, VecDeque::new());
            self.following = Some(Following { number, cursor, ready, waiters: 0, is_loading: false });
        }
        for _ in 0..count {
            let Some(following) = &mut self.following else { break };
            if following.waiters == 0 && following.hand_out(cx) {
                continue;
            }
            following.waiters += 1;
            if following.waiters == 1 {
                self.answer_follower(cx);
            }
        }
        self.note_cursor();
        self.send_prepared(cx);
    }

    fn note_cursor(&mut self) {
        if let Some(following) = &self.following {
            self.cursor = following.cursor;
        }
    }

    /// Answers for as long as there are events.
    fn answer_follower(&mut self, cx: &mut Context) {
        while let Some(following) = self.following.as_mut().filter(|it| it.waiters > 0 && !it.is_loading) {
            if following.hand_out(cx) {
                following.waiters -= 1;
                continue;
            }
            let (number, first) = (following.number, following.cursor);
            let what = What::Batch { first };
            match self.ask(what) {
                Some(page) if page.is_empty() => break,
                Some(page) => {
                    cx.counts.pages += 1;
                    if let Some(following) = &mut self.following {
                        following.ready = page.into();
                    }
                }
                None => {
                    cx.counts.stored_pages += 1;
                    following_loads(&mut self.following);
                    self.run_load(cx, Load::new(number, what));
                }
            }
        }
        self.note_cursor();
    }

    /// Events were added to the log.
    pub(crate) fn wake_follower(&mut self, cx: &mut Context) {
        let decided = self.decided as u64;
        if self.following.as_ref().is_some_and(|it| it.waiters > 0 && it.cursor <= decided) {
            self.answer_follower(cx);
        }
    }

    /// The next events were read.
    pub(crate) fn batch_loaded(&mut self, cx: &mut Context, number: u64, lines: Vec<String>) {
        if let Some(following) = self.following.as_mut().filter(|it| it.number == number) {
            following.is_loading = false;
            following.ready = lines.into();
            self.answer_follower(cx);
        }
    }

    /// They could not be read.
    pub(crate) fn batch_failed(&mut self, cx: &mut Context, number: u64, code: &str) {
        if self.following.as_ref().is_some_and(|it| it.number == number) {
            self.stop_following(cx, Some(code));
        }
    }

    /// The subscription ends: with `code` the first of those who wait is told why.
    pub(crate) fn stop_following(&mut self, cx: &mut Context, code: Option<&str>) {
        let Some(following) = self.following.take() else { return };
        let number = following.number;
        let mut waiters = following.waiters;
        if let Some(code) = code.filter(|_| waiters > 0) {
            waiters -= 1;
            cx.trace.read(number, format_args!("failed {number} {code}"));
        }
        for _ in 0..waiters {
            cx.trace.read(number, format_args!("done {number}"));
        }
    }

    /// Asks for the head where somebody subscribes, or the last answer is owed.
    pub(crate) fn tick(&mut self, cx: &mut Context) {
        if self.watch.is_uncertain || self.following.is_some() {
            self.ask_whose(cx);
        }
        self.send_prepared(cx);
    }

    fn ask_whose(&mut self, cx: &mut Context) {
        if self.watch.asking.is_some() {
            self.watch.asks_again = true;
            return;
        }
        cx.counts.polls += 1;
        self.watch.asks_again = false;
        self.watch.asking = Some(self.look(cx));
    }

    /// Whether the answer was one to that question.
    pub(crate) fn watch_replied(&mut self, cx: &mut Context, call: CallId, reply: &Reply) -> bool {
        let Some((_, own)) = self.watch.asking.take_if(|(waited, _)| *waited == call) else { return false };
        match reply {
            Reply::Head(head) if head.is_some_and(|head| own.contains(&head)) => {
                self.watch.is_uncertain = false;
            }
            Reply::Head(_) => {
                self.fence(cx, Told::Unknown);
                return true;
            }
            _ => self.watch.is_uncertain = true,
        }
        if self.watch.asks_again && !self.is_closing {
            self.ask_whose(cx);
        }
        true
    }
}

fn following_loads(following: &mut Option<Following>) {
    if let Some(following) = following {
        following.is_loading = true;
    }
}

impl Following {
    /// Hands the next event out, if it was read.
    fn hand_out(&mut self, cx: &mut Context) -> bool {
        let Some(line) = self.ready.pop_front() else { return false };
        self.cursor += 1;
        cx.trace.read(self.number, format_args!("event {} {line}", self.number));
        true
    }
}
