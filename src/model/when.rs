//! When something is: whole days, or hours in a zone. End and duration are already one.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

/// Whole days, both inclusive, or two instants in one zone, the end not before the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// An all-day event.
    Days {
        /// The first day.
        first: Date,
        /// The last day, inclusive.
        last: Date,
    },
    /// An event with a clock.
    Hours {
        /// When it starts; its zone is the event's.
        start: ZonedDateTime,
        /// When it ends, in the same zone.
        end: ZonedDateTime,
    },
}

impl When {
    /// The day it starts on, where it takes place.
    #[must_use]
    pub fn first_day(&self) -> Date {
        match self {
            When::Days { first, .. } => *first,
            When::Hours { start, .. } => start.date(),
        }
    }

    /// The last day it touches, inclusive; an event that ends at midnight does not touch the next day.
    #[must_use]
    pub fn last_day(&self) -> Date {
        match self {
            When::Days { last, .. } => *last,
            When::Hours { start, end } if start < end => day_before(end.datetime()),
            When::Hours { end, .. } => end.date(),
        }
    }

    /// The local time it starts at: midnight for whole days.
    #[must_use]
    pub fn local_start(&self) -> DateTime {
        match self {
            When::Days { first, .. } => first.to_datetime(jiff::civil::Time::midnight()),
            When::Hours { start, .. } => start.datetime(),
        }
    }

    /// The zone of an event with a clock.
    #[must_use]
    pub fn zone(&self) -> Option<&TimeZone> {
        match self {
            When::Days { .. } => None,
            When::Hours { start, .. } => Some(start.time_zone()),
        }
    }

    /// The instant it starts at, for events with a clock.
    #[must_use]
    pub fn start_instant(&self) -> Option<Timestamp> {
        match self {
            When::Days { .. } => None,
            When::Hours { start, .. } => Some(start.timestamp()),
        }
    }

    /// The order of an agenda: by day, whole days first, then by instant.
    #[must_use]
    pub fn order(&self) -> (Date, Option<Timestamp>) {
        (self.first_day(), self.start_instant())
    }

    /// A number for [`When::order`]: greater for what is later in it.
    #[must_use]
    pub fn rank(&self) -> i128 {
        let (day, at) = self.order();
        let day = (i128::from(day.year()) << 16) + (i128::from(day.month()) << 8) + i128::from(day.day());
        // Any instant of the calendar is fewer nanoseconds from 1970 than 2 to the 69th.
        (day << 72) + at.map_or(0, |at| at.as_nanosecond() + (1 << 70))
    }

    /// The same start, and as long as another of its kind.
    #[must_use]
    pub fn lasting_as(&self, other: &When) -> When {
        let longer = match (self, other) {
            (When::Days { first, .. }, When::Days { .. }) => {
                other.at(first.to_datetime(jiff::civil::Time::midnight()))
            }
            (When::Hours { start, .. }, When::Hours { start: from, end: to }) => {
                let length = from.timestamp().duration_until(to.timestamp());
                let end = start.checked_add(length).ok();
                end.map(|end| When::Hours { start: start.clone(), end })
            }
            _ => None,
        };
        longer.unwrap_or_else(|| self.clone())
    }

    /// The same at another local start: as long as before, in the same zone. A start that the clock skips
    /// or repeats is placed as RFC 5545 §3.3.5 says. `None` past the calendar's end.
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

/// The last day before a local time: what ends at midnight does not touch the day that begins.
#[must_use]
pub fn day_before(end: DateTime) -> Date {
    let midnight = end.time() == jiff::civil::Time::midnight();
    if midnight { end.date().yesterday().unwrap_or(end.date()) } else { end.date() }
}

/// Places a local time in a zone: in a gap with the offset before it, in a fold the first time
/// (RFC 5545 §3.3.5). `None` past the calendar's end.
#[must_use]
pub fn place(local: DateTime, zone: &TimeZone) -> Option<ZonedDateTime> {
    zone.clone().into_ambiguous_zoned_datetime(local).compatible().ok()
}
