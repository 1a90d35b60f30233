//! The two flat buffers in which everything that runs per message crosses the boundary.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use super::local::Local;
use crate::error::{Error, Result};
use crate::history::utf16_len;

/// A buffer that grew beyond this is given back once something smaller is asked for.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The area: what comes in, what goes out, and where both lie.
pub(crate) struct Exchange {
    /// Read by JavaScript: addresses and lengths of the buffers, see [`exchange`].
    header: [u32; 6],
    pub(crate) words: Vec<u32>,
    pub(crate) text: Vec<u8>,
    out: Outbox,
}

/// What goes out: numbers, and one text that the lengths among them cut.
#[derive(Default)]
pub(crate) struct Outbox {
    numbers: Vec<f64>,
    text: String,
}

impl Outbox {
    pub(crate) fn number(&mut self, value: u64) {
        // Everything that is counted stays below 2^53.
        self.numbers.push(value as f64);
    }

    /// Puts a number in a place that was written before.
    pub(crate) fn set(&mut self, place: usize, value: Option<u64>) {
        if let Some(number) = self.numbers.get_mut(place) {
            *number = value.map_or(-1.0, |value| value as f64);
        }
    }

    /// Several numbers that belong together.
    pub(crate) fn numbers<const N: usize>(&mut self, values: [f64; N]) {
        self.numbers.extend_from_slice(&values);
    }

    /// A text whose length is told otherwise.
    pub(crate) fn unmeasured_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn absent(&mut self) {
        self.numbers.push(-1.0);
    }

    pub(crate) fn optional_number(&mut self, value: Option<u64>) {
        match value {
            Some(value) => self.number(value),
            None => self.absent(),
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.measured_text(text, utf16_len(text));
    }

    /// A text whose length in UTF-16 units is known.
    pub(crate) fn measured_text(&mut self, text: &str, utf16: u32) {
        self.number(u64::from(utf16));
        self.text.push_str(text);
    }

    pub(crate) fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.absent(),
        }
    }
}

static EXCHANGE: Local<Exchange> = Local::new(Exchange {
    header: [0; 6],
    words: Vec::new(),
    text: Vec::new(),
    out: Outbox { numbers: Vec::new(), text: String::new() },
});

/// Borrows the area for as long as `run` takes, which must not call into the host.
pub(crate) fn with_exchange<T>(run: impl FnOnce(&mut Exchange) -> T) -> T {
    EXCHANGE.with(run)
}

impl Exchange {
    fn publish(&mut self) {
        let address = |pointer: *const u8| pointer as usize as u32;
        self.header = [
            address(self.words.as_ptr().cast()),
            address(self.text.as_ptr()),
            address(self.out.numbers.as_ptr().cast()),
            self.out.numbers.len() as u32,
            address(self.out.text.as_ptr()),
            self.out.text.len() as u32,
        ];
    }
}

/// Writes an answer into the area.
pub(crate) fn answer<T>(write: impl FnOnce(&mut Outbox) -> T) -> T {
    with_exchange(|area| {
        let mut out = core::mem::take(&mut area.out);
        out.numbers.clear();
        out.text.clear();
        if out.text.capacity() > KEPT_BYTES {
            out.text = String::new();
        }
        if out.numbers.capacity() * 8 > KEPT_BYTES {
            out.numbers = Vec::new();
        }
        let result = write(&mut out);
        area.out = out;
        area.publish();
        result
    })
}

/// The address of six 32-bit words: where the words and the text that come in are to be written; address and count of
/// the numbers that go out; address and byte length of the text that goes out. The address never changes, the words do.
#[wasm_bindgen]
pub fn exchange() -> u32 {
    with_exchange(|area| {
        area.publish();
        area.header.as_ptr() as usize as u32
    })
}

/// Makes room for what comes in.
#[wasm_bindgen]
pub fn reserve(words: u32, text_bytes: u32) {
    with_exchange(|area| {
        fit(&mut area.words, words as usize, 4);
        fit(&mut area.text, text_bytes as usize, 1);
        area.publish();
    });
}

fn fit<T: Clone + Default>(buffer: &mut Vec<T>, len: usize, size: usize) {
    if buffer.len() * size > KEPT_BYTES && len * size <= KEPT_BYTES {
        *buffer = Vec::new();
    }
    if buffer.len() < len {
        // Not `resize` on a grown buffer: what it holds is of no use, and need not be copied.
        *buffer = vec![T::default(); len.next_power_of_two()];
    }
}

/// Cuts one joined text into the texts whose lengths in UTF-16 units are told one after another.
pub(crate) struct Cutter<'a> {
    rest: &'a str,
    ascii: bool,
}

impl<'a> Cutter<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self> {
        let rest = core::str::from_utf8(bytes).map_err(|_| Error::invalid("", "the text is not UTF-8"))?;
        Ok(Self { rest, ascii: rest.is_ascii() })
    }

    pub(crate) fn cut(&mut self, utf16: u32) -> Result<&'a str> {
        let end = if self.ascii { Some(utf16 as usize) } else { end_of(self.rest, utf16) };
        let (text, rest) = end
            .and_then(|end| self.rest.split_at_checked(end))
            .ok_or_else(|| Error::invalid("", "the lengths do not fit the text"))?;
        self.rest = rest;
        Ok(text)
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
