//! The clock, read at the edge and handed down.

use jiff::Timestamp;

/// The present instant.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge that reads the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
