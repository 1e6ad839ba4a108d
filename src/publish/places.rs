//! Sets of events by their places in a site.

/// A set of events by their places in the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places(Vec<u64>);

impl Places {
    pub(super) fn none(count: usize) -> Places {
        Places(vec![0; count.div_ceil(64)])
    }

    pub(super) fn all(count: usize) -> Places {
        let mut places = Places(vec![u64::MAX; count.div_ceil(64)]);
        if let Some(last) = places.0.last_mut().filter(|_| !count.is_multiple_of(64)) {
            *last = (1 << (count % 64)) - 1;
        }
        places
    }

    pub(super) fn add(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    /// Takes a place out.
    pub(super) fn take(&mut self, place: usize) {
        self.0[place / 64] &= !(1 << (place % 64));
    }

    pub(super) fn keep(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Whether a place is in both.
    pub(super) fn meets(&self, other: &Places) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    pub(super) fn remove(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    pub(super) fn retain(&mut self, mut wanted: impl FnMut(usize) -> bool) {
        for (index, word) in self.0.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if !wanted(index * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    pub(super) fn join(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The places, in order.
    pub(super) fn list(&self) -> Vec<usize> {
        // To count them takes as long as to list them.
        let mut list = Vec::with_capacity(64);
        for (index, word) in self.0.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                list.push(index * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_a_set(count in 0usize..300, some in prop::collection::vec(0usize..300, 0..80)) {
            let mut places = Places::none(count);
            let mut expected: Vec<usize> = some.into_iter().filter(|place| *place < count).collect();
            expected.iter().for_each(|place| places.add(*place));
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(places.list(), expected.clone());
            prop_assert_eq!(Places::all(count).count(), count);
            let mut others = Places::all(count);
            others.remove(&places);
            prop_assert_eq!(others.count(), count - expected.len());
            others.keep(&places);
            prop_assert_eq!(others, Places::none(count));
            places.retain(|place| place % 3 == 0);
            expected.retain(|place| place % 3 == 0);
            prop_assert_eq!(places.list(), expected);
        }
    }
}
