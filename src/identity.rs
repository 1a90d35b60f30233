//! Identity is authority: the only way to name a Worker is its [`WorkerRef`].

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use crate::digits::{bytes_from_hex, hex, push_hex};
use crate::error::{Error, Result};
use crate::limits::MAX_ID_BYTES;
use crate::text::{blank, is_blank};

fn checked_id(path: &str, text: String) -> Result<String> {
    if is_blank(&text) {
        return Err(blank(path));
    }
    if text.len() > MAX_ID_BYTES {
        return Err(Error::invalid(path, "must be at most 256 UTF-8 bytes long"));
    }
    Ok(text)
}

/// The identity of a runtime: a non-blank string of at most 256 UTF-8 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct RuntimeId(String);

impl RuntimeId {
    /// Takes an id that the host chose.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where it is blank or longer than 256 UTF-8 bytes.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        checked_id("runtimeId", id.into()).map(Self)
    }

    /// The form of generated ids: `runtime-` and 128 random bits as 32 lower-case hex digits.
    /// The bits must come from a secure random source; the core has none.
    pub fn from_random_bits(bits: [u8; 16]) -> Self {
        Self(["runtime-", &hex(&bits)].concat())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuntimeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of a Worker in its runtime: `worker-` and its sequence number (1, 2, 3 …) as 8 or more lower-case
/// hex digits. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(u32);

impl WorkerId {
    pub(crate) fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The Worker's place in the order of creation, from 1.
    pub fn number(self) -> u32 {
        self.0
    }

    /// Reads the one text form of an id; anything else names no Worker.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("worker-")?;
        // u32 numbers have exactly eight digits: a longer form could only be padding.
        match bytes_from_hex(digits).map(u32::from_be_bytes) {
            Some(number) if number > 0 => Some(Self(number)),
            _ => None,
        }
    }

    /// The id as text.
    pub(crate) fn text(self) -> String {
        let mut text = String::from("worker-");
        push_hex(&mut text, u64::from(self.0), 8);
        text
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for WorkerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The only way to name a Worker in an operation. Plain data: it may name a runtime or a Worker that does not exist,
/// and every operation checks it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct WorkerRef {
    /// The runtime.
    pub runtime_id: String,
    /// The Worker in it.
    pub worker_id: String,
}

impl WorkerRef {
    /// The reference of a Worker of a runtime.
    pub fn new(runtime_id: &RuntimeId, worker_id: WorkerId) -> Self {
        Self { runtime_id: runtime_id.as_str().to_owned(), worker_id: worker_id.text() }
    }
}

/// A caller's name for one mutation, which makes a retry harmless: not blank, at most 256 UTF-8 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationId(String);

impl OperationId {
    /// Takes the caller's name.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where it is blank or longer than 256 UTF-8 bytes.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        checked_id("operationId", id.into()).map(Self)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worker_ids_have_one_text_form() {
        for number in [1, 10, 255, 0xdead_beef, u32::MAX] {
            let id = WorkerId::from_number(number);
            assert_eq!(WorkerId::parse(&id.text()), Some(id));
        }
        for text in [
            "",
            "worker-",
            "worker-1",
            "worker-00000000",
            "worker-0000000A",
            "worker-000000001",
            "Worker-00000001",
            "worker-+0000001",
            " worker-00000001",
            "worker-00000001 ",
            "worker-0000000g",
            "worker-100000000",
        ] {
            assert_eq!(WorkerId::parse(text), None, "{text:?}");
        }
        assert_eq!(WorkerId::from_number(1).text(), "worker-00000001");
    }

    #[test]
    fn runtime_ids_are_bounded_in_bytes_and_not_blank() {
        assert!(RuntimeId::new("é".repeat(128)).is_ok());
        assert!(RuntimeId::new("é".repeat(129)).is_err());
        assert!(RuntimeId::new("\u{3000}\u{85}\t").is_err());
        assert!(RuntimeId::new("\u{200b}").is_ok(), "a zero-width space is not White_Space");
        assert_eq!(
            RuntimeId::from_random_bits([0x0a; 16]).as_str(),
            "runtime-0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
        );
    }
}
