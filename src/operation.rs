//! Operation ids: which mutations were done already, and what they answered.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use xxhash_rust::xxh64::{Xxh64, xxh64};

use crate::event_log::EventId;
use crate::identity::OperationId;
use crate::limits::REMEMBERED_OPERATIONS;

/// The 128-bit hash that stands for an operation id in memory and in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OperationKey(pub(crate) [u8; 16]);

impl OperationKey {
    pub(crate) fn of(id: &OperationId) -> Self {
        let bytes = id.as_str().as_bytes();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&xxh64(bytes, 0x6f70_6572_6174_696f).to_le_bytes());
        key[8..].copy_from_slice(&xxh64(bytes, 0x6e5f_6b65_7900_0001).to_le_bytes());
        Self(key)
    }
}

/// The hash of a request: method, reference and arguments after defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) u64);

/// Hashes a request part by part; every part is preceded by its length, so that parts cannot run into each other.
pub(crate) struct FingerprintBuilder(Xxh64);

impl FingerprintBuilder {
    pub(crate) fn new(method: u8) -> Self {
        let mut hasher = Xxh64::new(0x6669_6e67_6572_0001);
        hasher.update(&[method]);
        Self(hasher)
    }

    pub(crate) fn part(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(self) -> Fingerprint {
        Fingerprint(self.0.digest())
    }
}

/// What a mutation answered, in as little as is needed to answer it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) answer: Answer,
}

/// What the answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The Worker was created by this event: its detail as it was then.
    Created { worker: u32, event: EventId },
    /// An input or output was accepted.
    Interaction { worker: u32, event: EventId, sequence: u64 },
    /// The Worker was ended.
    Ended { worker: u32, event: EventId, cancelled: bool },
}

/// The last receipts of a runtime, oldest dropped first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receipts {
    by_key: BTreeMap<OperationKey, Receipt>,
    order: VecDeque<OperationKey>,
    /// How many of them came after the last flush of a store.
    pub(crate) fresh: usize,
}

impl Receipts {
    pub(crate) fn get(&self, key: &OperationKey) -> Option<&Receipt> {
        self.by_key.get(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The last `count` receipts, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl ExactSizeIterator<Item = (&OperationKey, &Receipt)> {
        let kept: Vec<_> = self.order.iter().skip(self.order.len().saturating_sub(count)).collect();
        kept.into_iter().map(|key| (key, &self.by_key[key]))
    }

    pub(crate) fn insert(&mut self, key: OperationKey, receipt: Receipt) {
        if self.by_key.insert(key, receipt).is_none() {
            self.order.push_back(key);
            self.fresh = (self.fresh + 1).min(REMEMBERED_OPERATIONS);
        }
        while self.order.len() > REMEMBERED_OPERATIONS {
            if let Some(oldest) = self.order.pop_front() {
                self.by_key.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn key(n: u64) -> OperationKey {
        OperationKey::of(&OperationId::new(format!("op {n}")).expect("a valid id"))
    }

    #[test]
    fn the_last_receipts_are_kept() {
        let mut receipts = Receipts::default();
        for n in 0..5000u64 {
            let answer = Answer::Ended { worker: 1, event: n, cancelled: false };
            let fingerprint = Fingerprint(n);
            receipts.insert(key(n), Receipt { fingerprint, answer });
        }
        assert!(receipts.get(&key(5000 - REMEMBERED_OPERATIONS as u64)).is_some());
        assert!(receipts.get(&key(4999 - REMEMBERED_OPERATIONS as u64)).is_none());
        assert_eq!(receipts.get(&key(4999)).map(|r| r.fingerprint), Some(Fingerprint(4999)));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let a = FingerprintBuilder::new(1).part(b"ab").part(b"c").finish();
        let b = FingerprintBuilder::new(1).part(b"a").part(b"bc").finish();
        let c = FingerprintBuilder::new(2).part(b"ab").part(b"c").finish();
        assert!(a != b && a != c);
    }
}
