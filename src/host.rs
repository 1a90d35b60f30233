//! What a native host gives the core: the system's random source and clock (feature `host`).

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Timestamp;
use crate::blocking::Host;
use crate::entropy;
use crate::error::Result;
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};

/// The system's clock, in milliseconds since the Unix epoch; 0 before it.
pub fn now() -> Timestamp {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(0))
}

/// The system's clock and random source, and some patience: the host of a runtime on a [store](crate::blocking).
/// It may get more fields: give the rest by `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemHost {
    /// How many milliseconds one call may be made to wait.
    pub patience_ms: u64,
}

impl Default for SystemHost {
    /// Ten seconds.
    fn default() -> Self {
        Self { patience_ms: 10_000 }
    }
}

impl Host for SystemHost {
    fn now(&self) -> Timestamp {
        now()
    }

    fn random_bits(&self) -> Result<[u8; 16]> {
        entropy::random_bits()
    }

    fn pause(&self, waited: u64, milliseconds: u64) -> bool {
        let goes_on = waited.saturating_add(milliseconds) <= self.patience_ms;
        if goes_on {
            sleep(Duration::from_millis(milliseconds));
        }
        goes_on
    }
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
