//! A set of events: one bit for each event of a site, in the order of the site.

/// A bit set over the indexes of a site's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EventSet(Vec<u64>);

impl EventSet {
    /// Returns an empty set for a site of `count` events.
    pub(super) fn empty(count: usize) -> EventSet {
        EventSet(vec![0; count.div_ceil(64)])
    }

    /// Returns the set of all `count` events of a site.
    pub(super) fn full(count: usize) -> EventSet {
        let mut set = EventSet(vec![u64::MAX; count.div_ceil(64)]);
        if let Some(last) = set.0.last_mut().filter(|_| !count.is_multiple_of(64)) {
            *last = (1 << (count % 64)) - 1;
        }
        set
    }

    pub(super) fn insert(&mut self, event: usize) {
        self.0[event / 64] |= 1 << (event % 64);
    }

    /// Inserts the events of a list.
    pub(super) fn insert_all(&mut self, events: &[u32]) {
        let words = &mut self.0[..];
        events.iter().for_each(|event| words[*event as usize / 64] |= 1 << (event % 64));
    }

    pub(super) fn remove(&mut self, event: usize) {
        self.0[event / 64] &= !(1 << (event % 64));
    }

    pub(super) fn contains(&self, event: usize) -> bool {
        self.0[event / 64] >> (event % 64) & 1 == 1
    }

    /// Keeps the events that are also in `other`.
    pub(super) fn intersect(&mut self, other: &EventSet) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Keeps the events for which `keep` returns true.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let dropped: Vec<usize> = self.iter().filter(|event| !keep(*event)).collect();
        dropped.into_iter().for_each(|event| self.remove(event));
    }

    /// Returns whether an event is in both sets.
    pub(super) fn intersects(&self, other: &EventSet) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    /// Returns the number of events.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Iterates over the events in the order of the site.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let nonzero = |word: &u64| *word != 0;
            std::iter::successors(Some(*word).filter(nonzero), move |rest| {
                Some(rest & (rest - 1)).filter(nonzero)
            })
            .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_like_a_sorted_list(count in 0usize..300, some in prop::collection::vec(0usize..300, 0..80)) {
            let mut set = EventSet::empty(count);
            let mut expected: Vec<usize> = some.into_iter().filter(|event| *event < count).collect();
            expected.iter().for_each(|event| set.insert(*event));
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(EventSet::full(count).count(), count);
            let mut others = EventSet::full(count);
            set.iter().for_each(|event| others.remove(event));
            prop_assert_eq!(others.count(), count - expected.len());
            prop_assert!(!others.intersects(&set));
            others.intersect(&set);
            prop_assert_eq!(others, EventSet::empty(count));
            set.retain(|event| event % 3 == 0);
            expected.retain(|event| event % 3 == 0);
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), expected);
        }
    }
}
