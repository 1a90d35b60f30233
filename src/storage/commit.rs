//! What a commit takes to the host: the head that it makes, and what is written and deleted.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::key;
use crate::digits::{bytes_from_hex, hex};
use crate::error::{Error, Result};

/// A head as the runtime makes them: 128 random bits, 32 lower-case hex digits in a store's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token(pub(crate) [u8; 16]);

impl Token {
    /// A token from a secure random source; never to be given to two commits.
    pub fn from_random_bits(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Error::StorageCorrupt`] where it is not one: such a head was not made by a runtime.
    pub fn parse(head: &str) -> Result<Self> {
        bytes_from_hex(head)
            .map(Self)
            .ok_or_else(|| Error::corrupt(key::ROOT, "the head was not made by a runtime"))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// One operation of a commit: a key, and its value or `None` to delete it.
pub type Op = (String, Option<Vec<u8>>);

/// The operations of a commit; no key twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ops(Vec<Op>);

impl Ops {
    pub(crate) fn put(&mut self, key: String, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.0.push((key, None));
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// How many bytes of keys and values they write.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(key, value)| value.as_ref().map_or(0, |value| key.len() + value.len())).sum()
    }

    /// The operations.
    pub fn into_vec(self) -> Vec<Op> {
        self.0
    }
}
