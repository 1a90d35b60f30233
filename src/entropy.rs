//! Identities from the platform's secure random source; the core has none.

use alloc::format;

use crate::error::{Error, Result};
use crate::identity::RuntimeId;

/// 128 bits of the platform's secure random source.
pub(crate) fn random_bits() -> Result<[u8; 16]> {
    let mut bits = [0; 16];
    match getrandom::fill(&mut bits) {
        Ok(()) => Ok(bits),
        Err(error) => {
            Err(Error::StorageFailed { reason: format!("no secure random source: {error}") }.boxed())
        }
    }
}

impl RuntimeId {
    /// A fresh identity: two programs, pages or machines never make the same one.
    ///
    /// # Errors
    /// [`Error::StorageFailed`] where the platform has no secure random source.
    pub fn generate() -> Result<Self> {
        random_bits().map(Self::from_random_bits)
    }
}
