//! When a row's event is, while nobody keeps it: two local times and their offsets.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::placed::Placed;
use crate::model::when::{When, day_before, place};

/// When an event is, before anybody needs it as a [`When`].
#[derive(Clone, Debug)]
pub enum Timing {
    /// Whole days, both inclusive.
    Days {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// Two instants in one zone.
    Hours {
        /// The start.
        start: Placed,
        /// The end, not before it.
        end: Placed,
        /// The zone of both.
        zone: TimeZone,
    },
}

impl Timing {
    /// What the model has, as it was before.
    #[must_use]
    pub fn of(when: &When) -> Timing {
        match when {
            When::Days { first, last } => Timing::Days { first: *first, last: *last },
            When::Hours { start, end } => {
                let zone = start.time_zone().clone();
                Timing::Hours { start: Placed::from(start), end: Placed::from(end), zone }
            }
        }
    }

    /// The same as the model has it.
    #[must_use]
    pub fn when(&self) -> When {
        match self {
            Timing::Days { first, last } => When::Days { first: *first, last: *last },
            Timing::Hours { start, end, zone } => {
                When::Hours { start: start.with_zone(zone.clone()), end: end.with_zone(zone.clone()) }
            }
        }
    }

    /// The same from the first of two equal local starts on, where it starts at the second.
    #[must_use]
    pub fn from_the_first(&self) -> Option<Timing> {
        let Timing::Hours { start, end, zone } = self else { return None };
        let first = Placed::from(&place(start.at, zone)?);
        if first == *start {
            return None;
        }
        let (was, was_end) = (start.with_zone(zone.clone()), end.with_zone(zone.clone()));
        let length = was.timestamp().duration_until(was_end.timestamp());
        let end = first.with_zone(zone.clone()).checked_add(length).ok()?;
        Some(Timing::Hours { start: first, end: Placed::from(&end), zone: zone.clone() })
    }

    /// The last day it touches, as [`When::last_day`] has it.
    #[must_use]
    pub fn last_day(&self) -> Date {
        match self {
            Timing::Days { last, .. } => *last,
            Timing::Hours { start, end, .. } if start.is_before(*end) => day_before(end.at),
            Timing::Hours { end, .. } => end.at.date(),
        }
    }
}
