//! Few things in order: a map as one sorted list, and a sort. Both are for what is small or comes in order; they are a
//! fraction of what the library's own would add to the module.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::ops::Range;

/// A map in the order of its keys. What comes in order is appended; anything else moves what is behind it, so that it is for some
/// thousands of small entries at the most.
#[derive(Clone, Debug)]
pub(crate) struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// How many keys are less.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        match self.entries.last() {
            Some((last, _)) if last.borrow() >= key => {
                self.entries.partition_point(|(known, _)| known.borrow() < key)
            }
            _ => self.entries.len(),
        }
    }

    fn found<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key);
        self.entries.get(place).is_some_and(|(known, _)| known.borrow() == key).then_some(place)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.found(key).map(|place| &self.entries[place].1)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        let place = self.place(&key);
        match self.entries.get_mut(place) {
            Some(entry) if entry.0 == key => entry.1 = value,
            _ => self.entries.insert(place, (key, value)),
        }
    }

    /// Keeps what is there.
    pub(crate) fn insert_if_absent(&mut self, key: K, value: V) {
        if self.found(&key).is_none() {
            self.insert(key, value);
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.found(key).map(|place| self.entries.remove(place).1)
    }

    /// The first entry whose key is not less.
    pub(crate) fn first_from<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<(&K, &mut V)>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key);
        self.entries.get_mut(place).map(|(key, value)| (&*key, value))
    }

    /// The entries whose keys are not less than the one and less than the other.
    pub(crate) fn range<Q: Ord + ?Sized>(&self, keys: Range<&Q>) -> &[(K, V)]
    where
        K: Borrow<Q>,
    {
        let (start, end) = (self.place(keys.start), self.place(keys.end));
        self.entries.get(start..end).unwrap_or_default()
    }

    pub(crate) fn entries(&self) -> &[(K, V)] {
        &self.entries
    }

    pub(crate) fn iter(&self) -> core::slice::Iter<'_, (K, V)> {
        self.entries.iter()
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.entries.retain(|(_, value)| keep(value));
    }
}

/// Sorts in place, in n·log(n) steps whatever comes: a heap whose largest is taken off again and again. The order of equals is arbitrary.
pub(crate) fn sort(items: &mut [(u64, usize)]) {
    let sink = |items: &mut [(u64, usize)], mut parent: usize| {
        loop {
            let mut child = 2 * parent + 1;
            if child + 1 < items.len() && items[child] < items[child + 1] {
                child += 1;
            }
            if child >= items.len() || items[child] <= items[parent] {
                break;
            }
            items.swap(parent, child);
            parent = child;
        }
    };
    for parent in (0..items.len() / 2).rev() {
        sink(items, parent);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sink(&mut items[..end], 0);
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;

    /// Numbers that follow no order, the same ones every time.
    fn scrambled(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52)
    }

    #[test]
    fn a_map_is_what_the_librarys_is() {
        let (mut sorted, mut expected) = (SortedMap::default(), BTreeMap::new());
        for (value, key) in scrambled(3000).enumerate() {
            match value % 4 {
                0 => assert_eq!(sorted.remove(&key), expected.remove(&key)),
                1 => {
                    sorted.insert_if_absent(key, value);
                    expected.entry(key).or_insert(value);
                }
                _ => {
                    sorted.insert(key, value);
                    expected.insert(key, value);
                }
            }
            assert_eq!(sorted.get(&key), expected.get(&key));
            let first = sorted.first_from(&(key + 1)).map(|(key, value)| (*key, *value));
            assert_eq!(first, expected.range(key + 1..).next().map(|(key, value)| (*key, *value)));
        }
        assert_eq!(sorted.len(), expected.len());
        assert!(sorted.iter().map(|(key, value)| (key, value)).eq(&expected));
        let range = sorted.range(&1000..&3000);
        assert!(range.iter().map(|(key, value)| (key, value)).eq(expected.range(1000..3000)));
        sorted.retain(|value| value % 2 == 0);
        expected.retain(|_, value| *value % 2 == 0);
        assert!(sorted.iter().map(|(key, value)| (key, value)).eq(&expected));
    }

    #[test]
    fn everything_is_sorted() {
        for count in [0, 1, 2, 3, 10, 1000] {
            let mut items: Vec<_> = scrambled(count).zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items);
            assert_eq!(items, expected);
            sort(&mut items);
            assert_eq!(items, expected, "what is sorted stays so");
        }
    }
}
