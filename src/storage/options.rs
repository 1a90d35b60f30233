//! How a store is used.

use super::sizes::Sizes;

/// How a store is used. It may get more fields: give the rest by `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// How many bytes of history that was read back may stay resident.
    pub cache_bytes: usize,
    /// How large things grow before they are split or regrouped.
    pub sizes: Sizes,
}

impl Default for StoreOptions {
    /// 16 MiB.
    fn default() -> Self {
        Self { cache_bytes: 16 * 1024 * 1024, sizes: Sizes::default() }
    }
}
