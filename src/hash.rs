//! The hash by which everything is checked and found: xxHash64.

use xxhash_rust::xxh64::Xxh64;

/// The hash of a byte string. The library's function for it would be in the module beside the one for several parts.
pub(crate) fn hash(bytes: &[u8], seed: u64) -> u64 {
    let mut hasher = Xxh64::new(seed);
    hasher.update(bytes);
    hasher.digest()
}
