//! The envelope of every stored value: checksum, format version, kind, body. It is the same in every format version.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use xxhash_rust::xxh64::Xxh64;

use crate::error::{Error, Result};
use crate::hash::hash;

/// The format that is written.
pub(crate) const FORMAT: u8 = 1;

/// Bytes before the body: checksum 8, format 1, kind 1.
pub(crate) const ENVELOPE: usize = 10;

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Root = 1,
    Chunk = 2,
    Directory = 3,
    Run = 4,
    Settled = 5,
    Events = 6,
    Catalog = 7,
    Receipts = 8,
    Blob = 9,
    Name = 10,
}

impl Kind {
    /// What the record of a key must be.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Some(match key.as_bytes().first()? {
            b'c' => Self::Chunk,
            b'd' => Self::Directory,
            b'r' if key.starts_with("r/") => Self::Run,
            b'r' => Self::Root,
            b't' => Self::Settled,
            b'e' => Self::Events,
            b'w' => Self::Catalog,
            b'o' => Self::Receipts,
            b'b' => Self::Blob,
            b'n' => Self::Name,
            _ => return None,
        })
    }
}

/// What the checksums of one store start from, so that a record of another one is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(u64);

impl Seed {
    /// The seed of a root record, which does not know its store yet.
    pub(crate) fn of_root(runtime_id: &str) -> Self {
        Self(hash(runtime_id.as_bytes(), 0))
    }

    /// The seed of all other records; a store that is created again has another incarnation.
    pub(crate) fn of_store(runtime_id: &str, incarnation: &[u8; 16]) -> Self {
        Self(hash(incarnation, Self::of_root(runtime_id).0))
    }

    fn checksum(self, key: &str, sealed: &[u8]) -> u64 {
        let mut hasher = Xxh64::new(self.0);
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key.as_bytes());
        hasher.update(sealed);
        hasher.digest()
    }
}

/// Puts a body into its envelope.
pub(crate) fn seal(seed: Seed, key: &str, kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(ENVELOPE + body.len());
    value.extend_from_slice(&[0; 8]);
    value.push(FORMAT);
    value.push(kind as u8);
    value.extend_from_slice(body);
    let checksum = seed.checksum(key, &value[8..]);
    value[..8].copy_from_slice(&checksum.to_le_bytes());
    value
}

/// Takes a body out of its envelope.
///
/// # Errors
/// [`Error::StorageCorrupt`] where anything of key, envelope or body is not what was sealed,
/// [`Error::StorageUnsupportedVersion`] where it is whole and of a newer format.
pub(crate) fn unseal<'a>(seed: Seed, key: &str, value: &'a [u8]) -> Result<&'a [u8]> {
    let Some((checksum, sealed)) = value.split_first_chunk::<8>() else {
        return Err(Error::corrupt(key, "it is too short"));
    };
    if seed.checksum(key, sealed) != u64::from_le_bytes(*checksum) {
        return Err(Error::corrupt(key, "its checksum does not fit"));
    }
    let [format, kind, body @ ..] = sealed else {
        return Err(Error::corrupt(key, "it is too short"));
    };
    if *format > FORMAT {
        return Err(Error::StorageUnsupportedVersion {
            key: key.to_owned(),
            found: u64::from(*format),
            supported: u64::from(FORMAT),
        }
        .boxed());
    }
    if Kind::of_key(key).map(|kind| kind as u8) != Some(*kind) {
        return Err(Error::corrupt(key, "it is of another kind"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_other_key_is_noticed() {
        let seed = Seed::of_store("r", &[7; 16]);
        let value = seal(seed, "c/000000000001/00000", Kind::Chunk, b"body");
        assert_eq!(unseal(seed, "c/000000000001/00000", &value), Ok(&b"body"[..]));
        for bit in 0..value.len() * 8 {
            let mut broken = value.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                unseal(seed, "c/000000000001/00000", &broken).map_err(|e| e.code()),
                Err("storage_corrupt")
            );
        }
        for cut in 0..value.len() {
            assert!(unseal(seed, "c/000000000001/00000", &value[..cut]).is_err());
        }
        assert!(unseal(seed, "c/000000000002/00000", &value).is_err());
        assert!(unseal(Seed::of_store("s", &[7; 16]), "c/000000000001/00000", &value).is_err());
        assert!(unseal(Seed::of_store("r", &[8; 16]), "c/000000000001/00000", &value).is_err());
    }
}
