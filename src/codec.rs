//! Variable-length integers and strings: little-endian groups of seven bits, the high bit set on all but the last.

use alloc::vec::Vec;

/// What was read is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

pub(crate) type Decoded<T> = core::result::Result<T, Malformed>;

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A signed integer, small in either direction: 0, −1, 1, −2 … become 0, 1, 2, 3 …
pub(crate) fn put_zigzag(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

pub(crate) fn put_str(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Absent is 0; a string is one more than its length, and its bytes.
pub(crate) fn put_opt_str(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => out.push(0),
        Some(text) => {
            put_varint(out, text.len() as u64 + 1);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Reads from a byte string and never past its end. What cannot be read comes out as zeros or nothing, and so does all that follows:
/// whoever reads several things asks once, [in between](Self::check) or [at the end](Self::finish), before any of them is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    is_malformed: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_malformed: false }
    }

    /// How many bytes are left.
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether everything so far could be read.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn check(&self) -> Decoded<()> {
        if self.is_malformed { Err(Malformed) } else { Ok(()) }
    }

    /// Whether everything could be read, and nothing is left.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn finish(mut self) -> Decoded<()> {
        self.require(self.rest.is_empty());
        self.check()
    }

    /// What was read is not what was written unless this holds.
    pub(crate) fn require(&mut self, holds: bool) {
        if !holds {
            (self.rest, self.is_malformed) = (&[], true);
        }
    }

    // Records of thousands of numbers are walked by this.
    #[inline(always)]
    pub(crate) fn byte(&mut self) -> u8 {
        let first = self.rest.split_first();
        let Some((byte, rest)) = first else {
            self.require(false);
            return 0;
        };
        self.rest = rest;
        *byte
    }

    pub(crate) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let parts = self.rest.split_at_checked(len);
        self.require(parts.is_some());
        let (taken, rest) = parts.unwrap_or_default();
        self.rest = rest;
        taken
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap_or([0; N])
    }

    pub(crate) fn varint(&mut self) -> u64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 || shift == 63 {
                // The tenth group holds one bit; anything more would be lost.
                self.require(shift < 63 || byte <= 1);
                return value;
            }
            shift += 7;
        }
    }

    pub(crate) fn varint_u32(&mut self) -> u32 {
        let value = self.varint();
        self.require(value <= u64::from(u32::MAX));
        value as u32
    }

    /// A number that is told by what it is more than another.
    pub(crate) fn sum(&mut self, base: u64) -> u64 {
        let sum = base.checked_add(self.varint());
        self.require(sum.is_some());
        sum.unwrap_or_default()
    }

    /// The one of this code.
    pub(crate) fn one_of<T: Copy, const N: usize>(&mut self, all: &[T; N], code: u8) -> T {
        let known = all.get(usize::from(code));
        self.require(known.is_some());
        *known.unwrap_or(&all[0])
    }

    /// A size in bytes, or a place in a list.
    pub(crate) fn size(&mut self) -> usize {
        let size = self.varint();
        self.require(usize::try_from(size).is_ok());
        size as usize
    }

    /// A count of things that take at least one byte each: never more than what is left.
    pub(crate) fn count(&mut self) -> usize {
        let count = self.size();
        self.require(count <= self.rest.len());
        count.min(self.rest.len())
    }

    /// A count, and so many of what `read` reads.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.count();
        let mut list = Vec::new();
        while list.len() < count && !self.is_malformed {
            list.push(read(self));
        }
        list
    }

    pub(crate) fn zigzag(&mut self) -> i64 {
        let value = self.varint();
        (value >> 1) as i64 ^ -((value & 1) as i64)
    }

    pub(crate) fn str(&mut self) -> &'a str {
        let len = self.count();
        self.text(len)
    }

    fn text(&mut self, len: usize) -> &'a str {
        let text = core::str::from_utf8(self.bytes(len));
        self.require(text.is_ok());
        text.unwrap_or_default()
    }

    pub(crate) fn opt_str(&mut self) -> Option<&'a str> {
        let len = self.size().checked_sub(1)?;
        Some(self.text(len))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn integers_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            let mut reader = Reader::new(&out);
            assert_eq!((reader.varint(), reader.finish()), (value, Ok(())));
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            let mut out = Vec::new();
            put_zigzag(&mut out, value);
            assert_eq!(Reader::new(&out).zigzag(), value);
        }
    }

    #[test]
    fn nothing_is_read_past_the_end() {
        fn read<'a, T>(bytes: &'a [u8], read: impl FnOnce(&mut Reader<'a>) -> T) -> Decoded<T> {
            let mut reader = Reader::new(bytes);
            let value = read(&mut reader);
            // Nothing that follows is read, and what was refused stays so.
            let refused = reader.check();
            if refused.is_err() {
                assert_eq!((reader.varint(), reader.str(), reader.finish()), (0, "", Err(Malformed)));
            }
            refused.map(|()| value)
        }
        assert_eq!(read(&[], Reader::byte), Err(Malformed));
        assert_eq!(read(&[1], Reader::array::<2>), Err(Malformed));
        assert_eq!(read(&[0x80], Reader::varint), Err(Malformed));
        assert_eq!(read(&[0xff; 11], Reader::varint), Err(Malformed));
        let mut largest = [0xff; 10];
        largest[9] = 1;
        assert_eq!(read(&largest, Reader::varint), Ok(u64::MAX));
        largest[9] = 2;
        assert_eq!(read(&largest, Reader::varint), Err(Malformed));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x0f], Reader::varint_u32), Ok(u32::MAX));
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x10], Reader::varint_u32), Err(Malformed));
        assert_eq!(read(&[2, 7], Reader::count), Err(Malformed));
        assert_eq!(read(&[2, 7, 0x80], |reader| reader.list(Reader::varint)), Err(Malformed));
        assert_eq!(read(&[2, 7, 8], |reader| reader.list(Reader::varint)), Ok(vec![7, 8]));
        assert_eq!(read(&[5, b'a'], Reader::str), Err(Malformed));
        assert_eq!(read(&[2, b'a'], Reader::opt_str), Ok(Some("a")));
        assert_eq!(read(&[0], Reader::opt_str), Ok(None));
        assert_eq!(read(&[1, 0xff], Reader::str), Err(Malformed));
        assert_eq!(Reader::new(&[0]).finish(), Err(Malformed));
    }
}
