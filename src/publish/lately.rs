//! What was asked for lately, by hashes alone: enough to tell whether it is the first time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::digest;

/// How many are remembered at most. One that has the place of another takes it.
const MOST: usize = 1 << 14;

/// Addresses that were asked for lately.
#[derive(Default)]
pub(super) struct Lately(OnceLock<Box<[AtomicU64]>>);

impl Lately {
    /// Whether an address is asked for the first time. It is not again, until another takes its place.
    pub(super) fn is_first(&self, address: &str) -> bool {
        let prints = self.0.get_or_init(|| (0..MOST).map(|_| AtomicU64::new(0)).collect());
        let [low, high] = digest::halves(digest::of(address.as_bytes()));
        // No address has the print of an empty place.
        let (place, print) = (usize::try_from(low % MOST as u64).unwrap_or(0), high | 1);
        prints[place].swap(print, Ordering::Relaxed) != print
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_time_is_not_the_first() {
        let lately = Lately::default();
        let addresses: Vec<String> = (0..100).map(|number| format!("/f/q={number}.ics")).collect();
        assert!(addresses.iter().all(|address| lately.is_first(address)));
        let again = addresses.iter().filter(|address| !lately.is_first(address)).count();
        assert!(again >= 98, "{again}");
        // Of more than are remembered most are forgotten again.
        (0..20 * MOST).for_each(|number| {
            lately.is_first(&format!("/f/q=x{number}.ics"));
        });
        assert!(addresses.iter().all(|address| lately.is_first(address)));
    }
}
