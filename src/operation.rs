//! Operation ids: which mutations were done already, and what they answered.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use xxhash_rust::xxh64::Xxh64;

use crate::event_log::EventId;
use crate::hash::hash;
use crate::identity::OperationId;
use crate::limits::REMEMBERED_OPERATIONS;

/// The 128-bit hash that stands for an operation id in memory and in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OperationKey(pub(crate) [u8; 16]);

impl OperationKey {
    pub(crate) fn of(id: &OperationId) -> Self {
        let bytes = id.as_str().as_bytes();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&hash(bytes, 0x6f70_6572_6174_696f).to_le_bytes());
        key[8..].copy_from_slice(&hash(bytes, 0x6e5f_6b65_7900_0001).to_le_bytes());
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
    kept: VecDeque<(OperationKey, Receipt)>,
    /// A table of places in `kept`, found by hash and then by looking further; empty as long as there are few.
    slots: Vec<u32>,
    /// How many were dropped since the table was laid out, which counts from there.
    dropped: usize,
    /// How many of them came after the last flush of a store.
    pub(crate) fresh: usize,
}

/// So many are looked through one by one.
const FEW: usize = 8;
const FREE: u32 = u32::MAX;

impl Receipts {
    /// The slots where `key` may be, in the order in which they are looked at. At least half of them are free.
    fn slots_of(&self, key: &OperationKey) -> impl Iterator<Item = usize> + use<> {
        let [a, b, c, d, ..] = key.0;
        let (start, mask) = (u32::from_le_bytes([a, b, c, d]) as usize, self.slots.len().wrapping_sub(1));
        (0..self.slots.len()).map(move |step| start.wrapping_add(step) & mask)
    }

    fn place(&self, key: &OperationKey) -> Option<usize> {
        if self.slots.is_empty() {
            return self.kept.iter().position(|(known, _)| known == key);
        }
        let taken = self.slots_of(key).map(|slot| self.slots[slot]).take_while(|place| *place != FREE);
        let mut places = taken.filter_map(|place| (place as usize).checked_sub(self.dropped));
        places.find(|place| self.kept.get(*place).is_some_and(|(known, _)| known == key))
    }

    /// Puts the receipt at `place` into the table.
    fn note(&mut self, place: usize) {
        let Some((key, _)) = self.kept.get(place) else { return };
        if let Some(slot) = self.slots_of(key).find(|slot| self.slots[*slot] == FREE) {
            self.slots[slot] = (place + self.dropped) as u32;
        }
    }

    pub(crate) fn get(&self, key: &OperationKey) -> Option<&Receipt> {
        self.place(key).map(|place| &self.kept[place].1)
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The last `count` receipts, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl ExactSizeIterator<Item = (&OperationKey, &Receipt)> {
        let first = self.kept.len().saturating_sub(count);
        self.kept.range(first..).map(|(key, receipt)| (key, receipt))
    }

    pub(crate) fn insert(&mut self, key: OperationKey, receipt: Receipt) {
        if let Some(place) = self.place(&key) {
            self.kept[place].1 = receipt;
            return;
        }
        self.fresh = (self.fresh + 1).min(REMEMBERED_OPERATIONS);
        if self.kept.len() == REMEMBERED_OPERATIONS {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back((key, receipt));
        let count = self.kept.len();
        if count <= FEW {
            return;
        }
        if (count + self.dropped) * 2 <= self.slots.len() {
            self.note(count - 1);
            return;
        }
        // Laid out anew, without what was dropped, and with room for as many again.
        self.dropped = 0;
        self.slots = vec![FREE; (count * 4).next_power_of_two()];
        for place in 0..count {
            self.note(place);
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
    fn a_receipt_is_found_as_long_as_it_is_kept() {
        let mut receipts = Receipts::default();
        let receipt = |n| Receipt {
            fingerprint: Fingerprint(n),
            answer: Answer::Ended { worker: 1, event: n, cancelled: false },
        };
        let count = 5 * REMEMBERED_OPERATIONS as u64;
        for n in 0..count {
            receipts.insert(key(n), receipt(n));
            // What is known takes no other's place.
            receipts.insert(key(n - n % 3), receipt(n));
            let oldest = (n + 1).saturating_sub(REMEMBERED_OPERATIONS as u64);
            for known in [oldest, oldest + (n - oldest) / 2, n] {
                assert!(receipts.get(&key(known)).is_some(), "{known} of {n}");
            }
            assert!(oldest == 0 || receipts.get(&key(oldest - 1)).is_none());
            assert!(receipts.get(&key(n + 1)).is_none());
        }
        assert_eq!(receipts.len(), REMEMBERED_OPERATIONS);
        let last: Vec<_> = receipts.last(3).map(|(key, _)| *key).collect();
        assert_eq!(last, [key(count - 3), key(count - 2), key(count - 1)]);
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
