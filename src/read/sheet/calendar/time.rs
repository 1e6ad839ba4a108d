//! Values of DTSTART and other properties with a time (RFC 5545 §3.3.4, §3.3.5).

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A day, or a local time in a zone.
#[derive(Clone, Debug)]
pub enum CalendarTime {
    /// A whole day.
    Day(Date),
    /// A local time, with the name of its zone if that is unknown.
    Local(DateTime, Option<String>),
    /// An instant in a zone.
    Zoned(ZonedDateTime),
}

impl CalendarTime {
    /// Formats the text of a cell: local time in `zone`, the zone of the row, with the offset where that is ambiguous.
    #[must_use]
    pub fn cell(&self, zone: Option<&TimeZone>) -> String {
        match self {
            CalendarTime::Day(date) => date.to_string(),
            CalendarTime::Local(at, _) => local(*at),
            CalendarTime::Zoned(at) => {
                let local_time = zone.map_or_else(|| at.clone(), |zone| at.with_time_zone(zone.clone()));
                let is_unambiguous = |zone: &TimeZone| {
                    zone.iana_name().is_some()
                        && !zone.to_ambiguous_timestamp(local_time.datetime()).is_ambiguous()
                };
                if zone.is_some_and(is_unambiguous) {
                    local(local_time.datetime())
                } else {
                    local_time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
                }
            }
        }
    }

    /// Returns the local date.
    #[must_use]
    pub fn day(&self) -> Date {
        match self {
            CalendarTime::Day(date) => *date,
            CalendarTime::Local(at, _) => at.date(),
            CalendarTime::Zoned(at) => at.date(),
        }
    }

    /// Returns whether it is later than another value of the same kind.
    #[must_use]
    pub fn is_after(&self, other: &CalendarTime) -> bool {
        match (self, other) {
            (CalendarTime::Day(one), CalendarTime::Day(other)) => one > other,
            (CalendarTime::Zoned(one), CalendarTime::Zoned(other)) => one.timestamp() > other.timestamp(),
            (CalendarTime::Local(one, _), CalendarTime::Local(other, _)) => one > other,
            _ => false,
        }
    }
}

/// Formats a local time, without seconds if they are zero.
fn local(at: DateTime) -> String {
    let form = if at.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(form).to_string()
}
