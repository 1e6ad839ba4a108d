//! The system clock, read here and passed down as a parameter.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

/// Seconds that are added to the system clock, for tests that serve dated fixtures.
///
/// It moves what counts as today and the times of the history. Timeouts, log lines and `Date` stay as they are.
const OFFSET: &str = "CALCAST_CLOCK_OFFSET";

/// Returns the current time, moved by the offset that the environment sets for tests.
///
/// # Panics
///
/// Panics if the offset is not a whole number of seconds or leads out of the range of [`Timestamp`].
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge that reads the clock")]
pub fn now() -> Timestamp {
    static BY: LazyLock<SignedDuration> = LazyLock::new(|| {
        let seconds = std::env::var(OFFSET).ok().map(|text| text.parse().map_err(|_| text));
        SignedDuration::from_secs(seconds.unwrap_or(Ok(0)).expect("CALCAST_CLOCK_OFFSET is in whole seconds"))
    });
    Timestamp::now().checked_add(*BY).expect("CALCAST_CLOCK_OFFSET stays within the calendar")
}
