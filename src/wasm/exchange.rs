//! The flat buffers in which everything crosses the boundary that is not a plain number.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::slice;

use wasm_bindgen::prelude::wasm_bindgen;

use super::local::Local;
use crate::error::{Error, ErrorDetail, Result};
use crate::history::utf16_len;
use crate::identity::{OperationId, WorkerRef};
use crate::request::RequestSource;

/// A buffer that grew beyond this is given back once something smaller is asked for.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The length, or the number, that stands for what is absent.
const NONE: u32 = u32::MAX;

/// What a call answers that is refused.
const REFUSED: f64 = -1.0;

/// The area: what comes in, what goes out, and where both lie.
pub(crate) struct Exchange {
    /// Read by JavaScript: addresses and lengths of the buffers, see [`exchange`].
    header: [u32; 6],
    words: Vec<u32>,
    bytes: Vec<u8>,
    out: Outbox,
}

static EXCHANGE: Local<Exchange> = Local::new(Exchange {
    header: [0; 6],
    words: Vec::new(),
    bytes: Vec::new(),
    out: Outbox { numbers: Vec::new(), text: String::new() },
});

/// The address of six 32-bit words: where the words and the bytes that come in are to be written; address and count of
/// the numbers that go out; address and byte length of the text that goes out. The address never changes, the words do.
#[wasm_bindgen]
pub fn exchange() -> u32 {
    EXCHANGE.with(|area| {
        area.publish();
        area.header.as_ptr() as usize as u32
    })
}

/// Makes room for what comes in.
#[wasm_bindgen]
pub fn reserve(words: u32, bytes: u32) {
    EXCHANGE.with(|area| {
        fit(&mut area.words, words as usize, 4);
        fit(&mut area.bytes, bytes as usize, 1);
        area.publish();
    });
}

fn fit<T: Clone + Default>(buffer: &mut Vec<T>, len: usize, size: usize) {
    if buffer.len() * size > KEPT_BYTES && len * size <= KEPT_BYTES {
        *buffer = Vec::new();
    }
    if buffer.len() < len {
        // Not `resize` on a grown buffer: what it holds is of no use, and need not be copied.
        *buffer = alloc::vec![T::default(); len.next_power_of_two()];
    }
}

impl Exchange {
    fn publish(&mut self) {
        let address = |pointer: *const u8| pointer as usize as u32;
        self.header = [
            address(self.words.as_ptr().cast()),
            address(self.bytes.as_ptr()),
            address(self.out.numbers.as_ptr().cast()),
            self.out.numbers.len() as u32,
            address(self.out.text.as_ptr()),
            self.out.text.len() as u32,
        ];
    }
}

/// What a call does with what came in, and what is to go out. Not `dyn FnMut` itself: each would bring a function along that
/// nobody calls.
trait Call {
    fn run(&mut self, inbox: &mut Inbox<'_>, out: &mut Outbox) -> Result<f64>;
}

impl<F: FnMut(&mut Inbox<'_>, &mut Outbox) -> Result<f64>> Call for F {
    fn run(&mut self, inbox: &mut Inbox<'_>, out: &mut Outbox) -> Result<f64> {
        self(inbox, out)
    }
}

/// Runs a call, whose text has `text_bytes` bytes. A refusal is written into the area, and told by a negative number.
pub(crate) fn answer(
    text_bytes: u32,
    call: &mut impl FnMut(&mut Inbox<'_>, &mut Outbox) -> Result<f64>,
) -> f64 {
    answer_call(text_bytes, call)
}

fn answer_call(text_bytes: u32, call: &mut dyn Call) -> f64 {
    // Nothing that is borrowed here may be borrowed by the call.
    let (words, bytes, mut out) = EXCHANGE.with(|area| {
        (core::mem::take(&mut area.words), core::mem::take(&mut area.bytes), core::mem::take(&mut area.out))
    });
    out.clear();
    let answer = Inbox::new(&words, &bytes, text_bytes as usize)
        .and_then(|mut inbox| call.run(&mut inbox, &mut out))
        .unwrap_or_else(|error| {
            out.refuse(&error);
            REFUSED
        });
    EXCHANGE.with(|area| {
        (area.words, area.bytes, area.out) = (words, bytes, out);
        area.publish();
    });
    answer
}

/// What came in, read from front to back: 32-bit words, one text whose parts' lengths are among them, and bytes behind it. What is
/// not there comes out as 0 or nothing, and [`check`](RequestSource::check) refuses from then on: whoever acts on what came in asks it first.
pub(crate) struct Inbox<'a> {
    words: slice::Iter<'a, u32>,
    text: Cutter<'a>,
    bytes: &'a [u8],
    /// What is wrong with it.
    malformed: Option<&'static str>,
}

impl<'a> Inbox<'a> {
    fn new(words: &'a [u32], bytes: &'a [u8], text_bytes: usize) -> Result<Self> {
        let (text, bytes) =
            bytes.split_at_checked(text_bytes).ok_or_else(|| malformed("the text is too short"))?;
        Ok(Self { words: words.iter(), text: Cutter::new(text)?, bytes, malformed: None })
    }

    /// What is there, or nothing for the reason that is given.
    fn or_nothing<T: Default>(&mut self, found: Option<T>, reason: &'static str) -> T {
        if found.is_none() {
            self.malformed = Some(reason);
        }
        found.unwrap_or_default()
    }

    pub(crate) fn word(&mut self) -> u32 {
        let word = self.words.next().copied();
        self.or_nothing(word, "the table is too short")
    }

    fn cut(&mut self, utf16: u32) -> &'a str {
        let text = self.text.cut(utf16);
        self.or_nothing(text, "the lengths do not fit the text")
    }

    /// The two ids of a reference.
    pub(crate) fn worker_ref(&mut self) -> WorkerRef {
        let (runtime_id, worker_id) = (self.text().to_owned(), self.text().to_owned());
        WorkerRef { runtime_id, worker_id }
    }

    /// The words that are left.
    pub(crate) fn words(&self) -> &'a [u32] {
        self.words.as_slice()
    }

    /// A count, and so many of what `read` reads.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Result<Vec<T>> {
        let mut list = Vec::new();
        for _ in 0..self.count() {
            list.push(read(self));
        }
        self.check().map(|()| list)
    }

    /// 128 bits from the host's secure random source.
    pub(crate) fn random_bits(&mut self) -> [u8; 16] {
        let mut bits = [0; 16];
        for place in bits.chunks_exact_mut(4) {
            place.copy_from_slice(&self.word().to_le_bytes());
        }
        bits
    }

    /// An integer of up to 53 bits: its lower half, then its upper one.
    pub(crate) fn integer(&mut self) -> u64 {
        let (low, high) = (self.word(), self.word());
        u64::from(high) << 32 | u64::from(low)
    }

    pub(crate) fn operation_id(&mut self) -> Result<Option<OperationId>> {
        let id = self.optional_text();
        self.check()?;
        id.map(OperationId::new).transpose()
    }

    /// The next of the bytes behind the text.
    pub(crate) fn bytes(&mut self, count: u32) -> &'a [u8] {
        let parts = self.bytes.split_at_checked(count as usize);
        let (taken, rest) = self.or_nothing(parts, "there are too few bytes");
        self.bytes = rest;
        taken
    }
}

impl<'a> RequestSource<'a> for Inbox<'a> {
    fn kind(&mut self) -> u8 {
        // What does not fit is no kind at all.
        self.word().try_into().unwrap_or(u8::MAX)
    }

    fn text(&mut self) -> &'a str {
        let len = self.word();
        self.cut(len)
    }

    fn optional_text(&mut self) -> Option<&'a str> {
        let len = Some(self.word()).filter(|len| *len != NONE)?;
        Some(self.cut(len))
    }

    fn count(&mut self) -> usize {
        let count = self.word() as usize;
        // Every item takes a word at least.
        let count = Some(count).filter(|count| *count <= self.words.len());
        self.or_nothing(count, "the table is too short")
    }

    fn check(&self) -> Result<()> {
        self.malformed.map_or(Ok(()), |reason| Err(malformed(reason)))
    }
}

#[cold]
#[inline(never)]
fn malformed(reason: &str) -> Box<Error> {
    Error::invalid("", reason)
}

/// What goes out: numbers, and one text that the lengths among them cut.
#[derive(Default)]
pub(crate) struct Outbox {
    numbers: Vec<f64>,
    text: String,
}

impl Outbox {
    fn clear(&mut self) {
        self.numbers.clear();
        self.text.clear();
        if self.text.capacity() > KEPT_BYTES {
            self.text = String::new();
        }
        if self.numbers.capacity() * 8 > KEPT_BYTES {
            self.numbers = Vec::new();
        }
    }

    pub(crate) fn number(&mut self, value: u64) {
        // Everything that is counted stays below 2^53.
        self.numbers.push(value as f64);
    }

    /// Adds rows of numbers to be filled in, and gives them and the text.
    pub(crate) fn rows<const N: usize>(&mut self, count: u64) -> (&mut [[f64; N]], &mut String) {
        let before = self.numbers.len();
        self.numbers.resize(before + count as usize * N, 0.0);
        let (rows, _) = self.numbers.split_at_mut(before).1.as_chunks_mut();
        (rows, &mut self.text)
    }

    /// Several numbers that belong together.
    pub(crate) fn numbers<const N: usize>(&mut self, values: [f64; N]) {
        self.numbers.extend_from_slice(&values);
    }

    /// Puts a number in a place that was written before.
    pub(crate) fn set(&mut self, place: usize, value: Option<u64>) {
        if let Some(number) = self.numbers.get_mut(place) {
            *number = value.map_or(ABSENT, |value| value as f64);
        }
    }

    pub(crate) fn optional_number(&mut self, value: Option<u64>) {
        self.numbers.push(value.map_or(ABSENT, |value| value as f64));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(u64::from(utf16_len(text)));
        self.text.push_str(text);
    }

    pub(crate) fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.numbers.push(ABSENT),
        }
    }

    /// A refusal instead of everything that was written: code, message, count of details, then for each its name and a text,
    /// or −1 and a number.
    pub(crate) fn refuse(&mut self, error: &Error) {
        self.clear();
        self.text(error.code());
        let mut message = String::new();
        error.tell(&mut |piece| message.push_str(piece));
        self.text(&message);
        let (place, mut count) = (self.numbers.len(), 0);
        self.number(0);
        error.detail(&mut |name, detail| {
            count += 1;
            self.text(name);
            match detail {
                ErrorDetail::Text(text) => self.text(text),
                ErrorDetail::Number(number) => self.numbers([ABSENT, number as f64]),
            }
        });
        self.set(place, Some(count));
    }
}

/// In place of a number, or of the length of a text.
pub(crate) const ABSENT: f64 = -1.0;

/// Cuts one joined text into the texts whose lengths in UTF-16 units are told one after another.
struct Cutter<'a> {
    rest: &'a str,
    ascii: bool,
}

impl<'a> Cutter<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self> {
        let rest = core::str::from_utf8(bytes).map_err(|_| malformed("the text is not UTF-8"))?;
        Ok(Self { rest, ascii: rest.is_ascii() })
    }

    fn cut(&mut self, utf16: u32) -> Option<&'a str> {
        let end = if self.ascii { utf16 as usize } else { end_of(self.rest, utf16)? };
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(text)
    }
}

/// The byte at which the first `utf16` units of a text end, if a character ends there.
fn end_of(text: &str, utf16: u32) -> Option<usize> {
    let mut units = 0;
    for (at, byte) in text.bytes().enumerate() {
        // A character is complete where the next one starts.
        if byte & 0xc0 != 0x80 {
            if units >= utf16 {
                return (units == utf16).then_some(at);
            }
            units += 1 + u32::from(byte >= 0xf0);
        }
    }
    (units == utf16).then_some(text.len())
}
