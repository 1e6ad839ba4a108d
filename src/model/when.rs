//! When something takes place: whole days, or a span between two instants in a time zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

/// Whole days, or two instants in one time zone. The end is never before the start.
///
/// Equal values have equal time zones: to subscribers, 18:00 in Chicago and 19:00 in New York are not the same.
#[derive(Clone, Debug)]
pub enum When {
    /// All day.
    Days {
        /// The first day.
        first: Date,
        /// The last day, inclusive.
        last: Date,
    },
    /// At a time of day.
    Hours {
        /// The start, in the time zone of the event.
        start: ZonedDateTime,
        /// The end, in the same time zone.
        end: ZonedDateTime,
    },
}

impl PartialEq for When {
    fn eq(&self, other: &When) -> bool {
        match (self, other) {
            (When::Days { first, last }, When::Days { first: other_first, last: other_last }) => {
                (first, last) == (other_first, other_last)
            }
            (When::Hours { start, end }, When::Hours { start: other_start, end: other_end }) => {
                (start, end) == (other_start, other_end) && start.time_zone() == other_start.time_zone()
            }
            _ => false,
        }
    }
}

impl Eq for When {}

impl When {
    /// Returns the first day, in the time zone of the event.
    #[must_use]
    pub fn first_day(&self) -> Date {
        match self {
            When::Days { first, .. } => *first,
            When::Hours { start, .. } => start.date(),
        }
    }

    /// Returns the last day, inclusive. An event that ends at midnight does not reach into the day that begins.
    #[must_use]
    pub fn last_day(&self) -> Date {
        match self {
            When::Days { last, .. } => *last,
            When::Hours { start, end } if start < end => day_before(end.datetime()),
            When::Hours { end, .. } => end.date(),
        }
    }

    /// Returns the local start; midnight for whole days.
    #[must_use]
    pub fn local_start(&self) -> DateTime {
        match self {
            When::Days { first, .. } => first.to_datetime(Time::midnight()),
            When::Hours { start, .. } => start.datetime(),
        }
    }

    /// Returns the time zone; `None` for whole days.
    #[must_use]
    pub fn zone(&self) -> Option<&TimeZone> {
        match self {
            When::Days { .. } => None,
            When::Hours { start, .. } => Some(start.time_zone()),
        }
    }

    /// Returns the instant of the start; `None` for whole days.
    #[must_use]
    pub fn start_instant(&self) -> Option<Timestamp> {
        match self {
            When::Days { .. } => None,
            When::Hours { start, .. } => Some(start.timestamp()),
        }
    }

    /// Returns the sort key of an agenda: by day, whole days first, then by instant.
    #[must_use]
    pub fn order(&self) -> (Date, Option<Timestamp>) {
        (self.first_day(), self.start_instant())
    }

    /// Returns the same start with the duration of another value, if both are whole days or neither is.
    #[must_use]
    pub fn lasting_as(&self, other: &When) -> When {
        let longer = match (self, other) {
            (When::Days { .. }, When::Days { .. }) => other.at(self.local_start()),
            (When::Hours { start, .. }, When::Hours { start: from, end: to }) => {
                let end = start.checked_add(from.timestamp().duration_until(to.timestamp())).ok();
                end.map(|end| When::Hours { start: start.clone(), end })
            }
            _ => None,
        };
        longer.unwrap_or_else(|| self.clone())
    }

    /// Returns the same duration at another local start, resolved by [`place`]. `None` beyond the supported years.
    #[must_use]
    pub fn at(&self, local: DateTime) -> Option<When> {
        match self {
            When::Days { first, last } => {
                let days = first.until(*last).ok()?.get_days();
                let first = local.date();
                Some(When::Days { first, last: first.checked_add(days.days()).ok()? })
            }
            When::Hours { start, end } => {
                let length = start.timestamp().duration_until(end.timestamp());
                let start = place(local, start.time_zone())?;
                let end = start.checked_add(length).ok()?;
                Some(When::Hours { start, end })
            }
        }
    }
}

/// Returns the last day before a local end: an end at midnight does not reach into the day that begins.
#[must_use]
pub fn day_before(end: DateTime) -> Date {
    let is_midnight = end.time() == Time::midnight();
    if is_midnight { end.date().yesterday().unwrap_or(end.date()) } else { end.date() }
}

/// Resolves a local time in a time zone: in a gap with the offset before it, in a fold to the first of both instants
/// (RFC 5545 §3.3.5). `None` beyond the supported years.
#[must_use]
pub fn place(local: DateTime, zone: &TimeZone) -> Option<ZonedDateTime> {
    zone.to_ambiguous_zoned_datetime(local).compatible().ok()
}

/// Returns whether the local time of an instant occurs once. Of a time that occurs twice, programs choose differently.
#[must_use]
pub fn is_unambiguous(at: &ZonedDateTime) -> bool {
    !at.time_zone().to_ambiguous_zoned_datetime(at.datetime()).is_ambiguous()
}
