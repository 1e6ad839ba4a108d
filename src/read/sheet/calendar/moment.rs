//! Values of DTSTART and its like (RFC 5545 §3.3.4, §3.3.5), as cells have them.

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A day, or a local time in a zone.
#[derive(Clone, Debug)]
pub enum Moment {
    /// A whole day.
    Day(Date),
    /// On whatever clock there is.
    Floating(DateTime),
    /// An instant, and the clock that it is told by.
    Zoned(ZonedDateTime),
    /// In a zone that nobody knows: its name.
    Unknown(DateTime, String),
}

impl Moment {
    /// As a cell has it: by the clock of the row's zone where it has one, with the offset where that clock is not
    /// enough.
    #[must_use]
    pub fn written(&self, zone: Option<&TimeZone>) -> String {
        match self {
            Moment::Day(date) => date.to_string(),
            Moment::Floating(at) | Moment::Unknown(at, _) => clock(*at),
            Moment::Zoned(at) => {
                let there = zone.map_or_else(|| at.clone(), |zone| at.with_time_zone(zone.clone()));
                let is_sure = zone.is_some_and(|zone| {
                    zone.iana_name().is_some()
                        && !zone.to_ambiguous_timestamp(there.datetime()).is_ambiguous()
                });
                if is_sure {
                    clock(there.datetime())
                } else {
                    there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
                }
            }
        }
    }

    /// Its day.
    #[must_use]
    pub fn day(&self) -> Date {
        match self {
            Moment::Day(date) => *date,
            Moment::Floating(at) | Moment::Unknown(at, _) => at.date(),
            Moment::Zoned(at) => at.date(),
        }
    }

    /// Whether another of the same form is before it.
    #[must_use]
    pub fn is_after(&self, other: &Moment) -> bool {
        match (self, other) {
            (Moment::Day(one), Moment::Day(other)) => one > other,
            (Moment::Zoned(one), Moment::Zoned(other)) => one.timestamp() > other.timestamp(),
            (
                Moment::Floating(one) | Moment::Unknown(one, _),
                Moment::Floating(other) | Moment::Unknown(other, _),
            ) => one > other,
            _ => false,
        }
    }
}

/// A local time as people write it; seconds only where there are some.
fn clock(at: DateTime) -> String {
    let form = if at.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(form).to_string()
}
