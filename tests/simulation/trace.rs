//! What can be seen from outside: what callers are told, what they read, how runtimes open and end, and every call that the
//! store gets, with all its bytes. Two implementations that do the same leave the same trace.

use std::fmt::{Arguments, Write};

use xxhash_rust::xxh64::xxh64;

/// What becomes of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracing {
    /// Nobody asks for it: many seeds are checked, and none of them is compared with anything.
    Off,
    Hashed,
    Shown,
}

/// A hash over everything that could be seen, step by step. What happens within one step is put in a fixed order: what
/// callers are told, in the order in which they are; what was read, by the numbers of the reads; what became of runtimes;
/// the calls, in their order. It stays 0 where tracing is off.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) hash: u64,
    told: String,
    read: Vec<(u64, String)>,
    became: String,
    calls: String,
    pub(crate) tracing: Tracing,
}

fn line(to: &mut String, words: Arguments<'_>) {
    to.write_fmt(words).expect("a string takes everything");
    to.push('\n');
}

impl Trace {
    pub(crate) fn new(tracing: Tracing) -> Self {
        let (told, became, calls) = (String::new(), String::new(), String::new());
        Self { hash: 0, told, read: Vec::new(), became, calls, tracing }
    }

    /// A caller is told what became of a mutation.
    pub(crate) fn told(&mut self, words: Arguments<'_>) {
        if self.tracing != Tracing::Off {
            line(&mut self.told, words);
        }
    }

    /// A reader gets something.
    pub(crate) fn read(&mut self, number: u64, words: Arguments<'_>) {
        if self.tracing == Tracing::Off {
            return;
        }
        let mut text = String::new();
        line(&mut text, words);
        self.read.push((number, text));
    }

    /// A runtime opens or ends.
    pub(crate) fn became(&mut self, words: Arguments<'_>) {
        if self.tracing != Tracing::Off {
            line(&mut self.became, words);
        }
    }

    /// The store is called, or will be after a while.
    pub(crate) fn call(&mut self, words: Arguments<'_>) {
        if self.tracing != Tracing::Off {
            line(&mut self.calls, words);
        }
    }

    /// All that was seen in the step that ends now.
    pub(crate) fn end_step(&mut self) -> String {
        if self.tracing == Tracing::Off {
            return String::new();
        }
        let mut text = std::mem::take(&mut self.told);
        self.read.sort_by_key(|(number, _)| *number);
        text.extend(self.read.drain(..).map(|(_, words)| words));
        text.push_str(&self.became);
        text.push_str(&self.calls);
        self.became.clear();
        self.calls.clear();
        self.hash = xxh64(text.as_bytes(), self.hash);
        if self.tracing == Tracing::Shown {
            print!("{text}");
        }
        text
    }
}
