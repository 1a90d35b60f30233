//! What a native host gives the core: the system's random source and clock (feature `host`).

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Timestamp;
use crate::error::Result;
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};

/// The system's clock, in milliseconds since the Unix epoch; 0 before it.
pub fn now() -> Timestamp {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(0))
}

impl Runtime {
    /// A fresh runtime in memory under a generated identity, started now.
    ///
    /// # Errors
    /// As [`RuntimeId::generate`].
    pub fn new_memory() -> Result<Self> {
        Self::new(RuntimeId::generate()?, RuntimeOptions::default(), now())
    }
}
