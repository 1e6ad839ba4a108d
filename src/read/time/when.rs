//! The cells of a row that say when: start, end, duration, all_day, timezone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, AmbiguousZonedDateTime, Offset, TimeZone};
use jiff::{Span, ToSpan, ZonedDateTime};

use super::language;
use super::moment::{Given, MomentReader};
use super::order::Order;
use super::timing::Timing;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::ical::zone;
use crate::model::placed::{OffsetCache, Placed, Zone};
use crate::model::settings::Weekdays;
use crate::read::cell::{self, Moment};
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// The zone of rows that name none, and whether anybody chose it.
#[derive(Clone, Debug)]
pub struct DefaultZone {
    /// The zone.
    pub zone: TimeZone,
    /// Whether the settings name it.
    pub is_set: bool,
}

/// How the times of one table are reckoned.
pub struct DateContext<'a> {
    /// The zone of rows that name none.
    pub zone: DefaultZone,
    /// What `1/5/2026` is.
    pub order: Order<'a>,
    /// What a weekday without a date is.
    pub weekdays: Option<Weekdays>,
}

/// Who says in which zone a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneFrom {
    /// The row does, or it needs none.
    Row,
    /// Only the settings could.
    Default,
}

/// When a row's event is.
#[derive(Debug)]
pub struct Timed {
    /// The first time.
    pub timing: Timing,
    /// The time of day that the row says, also where the clock skips it on the first day; midnight for days.
    pub clock: Time,
    /// The weekdays on which it comes every week, where weekdays stand for dates.
    pub weekly: Vec<Weekday>,
    /// Who said its zone.
    pub zone: ZoneFrom,
}

/// Reads when a row's event is; `None` when it cannot be said, which is told.
pub fn read(
    row: &RowView<'_>,
    reckoning: &DateContext<'_>,
    zones: &mut OffsetCache,
    out: &mut Diagnostics,
) -> Option<Timed> {
    let zone = read_zone(row, reckoning, zones, out);
    let all_day = read_flag(row, out);
    let mut reader = MomentReader { row, reckoning, out };
    let start = reader.start();
    let end = reader.end();
    let length = read_duration(row, out);
    // All cells are read before the first fault ends it.
    let (zone, all_day, start, end, length) = (zone?, all_day?, start?, end?, length?);
    let Some(start) = start else {
        let fault =
            Diagnostic::new(Code::MissingValue, row.place(Column::Start), "nothing", "the date of the event");
        out.push(fault.help("type a date such as 2026-05-12; a row that is no event can stay as it is"));
        return None;
    };
    let (start, end, weekly) = match (start, end) {
        (Given::At(start), Some(Given::Days(_, last))) => (start, Some(Moment::Day(last)), Vec::new()),
        (Given::At(start), Some(Given::At(end))) => (start, Some(end), Vec::new()),
        (Given::Days(first, last), None) => (Moment::Day(first), Some(Moment::Day(last)), Vec::new()),
        (Given::Days(first, last), Some(_)) => {
            let text = row.start().unwrap_or_default();
            let fault = Diagnostic::new(Code::EndTwice, row.place(Column::Start), quoted(&text), "one end");
            out.push(fault.help(format!("type {first} in `start` and {last} in `end`")));
            return None;
        }
        (Given::Weekdays(named, start), end) => {
            let weekly = matches!(reckoning.weekdays, Some(Weekdays::WeeklyFrom(_)));
            let end = end.and_then(|end| if let Given::At(end) = end { Some(end) } else { None });
            (start, end, if weekly { named.days } else { Vec::new() })
        }
        (Given::At(start), Some(Given::Weekdays(_, end))) => (start, Some(end), Vec::new()),
        (Given::At(start), None) => (start, None, Vec::new()),
    };
    let needs_none = matches!(start, Moment::Day(_) | Moment::Offset(..));
    let zone_from =
        if needs_none || row.get(Column::TimeZone).is_some() { ZoneFrom::Row } else { ZoneFrom::Default };
    let timing = WhenReader { row, zone, out }.whole(start, end, length, all_day)?;
    let clock = match (&timing, start) {
        (Timing::Days { .. }, _) => Time::midnight(),
        (Timing::Hours { .. }, Moment::Local(said)) => said.time(),
        (Timing::Hours { start, .. }, _) => start.at.time(),
    };
    Some(Timed { timing, clock, weekly, zone: zone_from })
}

fn read_zone<'z>(
    row: &RowView<'_>,
    reckoning: &DateContext<'_>,
    zones: &'z mut OffsetCache,
    out: &mut Diagnostics,
) -> Option<&'z mut Zone> {
    let Some(name) = row.get(Column::TimeZone) else {
        return zones.zone("", || Some(reckoning.zone.zone.clone()));
    };
    // TeSS writes zones as its framework calls them, by their city.
    let of_city = || {
        let has_city_zones = row.header().export().is_some_and(|export| export.city_zones);
        if has_city_zones { zone::named(&zone::of_city(name)?) } else { None }
    };
    let found = zones.zone(name, || zone::named(name).or_else(of_city));
    if found.is_none() {
        let diagnostic = Diagnostic::new(
            Code::UnknownZone,
            row.place(Column::TimeZone),
            quoted(name),
            "an IANA time zone such as America/Chicago",
        );
        let names = zone::names();
        let near = || nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        out.push(match zone::of_city(name).or_else(near) {
            Some(near) => diagnostic.help(format!("did you mean {near}?")),
            None => diagnostic.help("type the region and the city with a slash: Europe/Paris"),
        });
    }
    found
}

/// `None` is a fault; `Some(None)` is an empty cell.
fn read_flag(row: &RowView<'_>, out: &mut Diagnostics) -> Option<Option<bool>> {
    let Some(text) = row.get(Column::AllDay) else { return Some(None) };
    let flag = language::flag(text);
    if flag.is_none() {
        let diagnostic = Diagnostic::new(Code::BadFlag, row.place(Column::AllDay), quoted(text), "yes or no");
        out.push(diagnostic.help("type yes for an event of whole days, else no or nothing"));
    }
    flag.map(Some)
}

/// The day of a moment, for rows that say they are about whole days whatever their times are.
fn day_alone(moment: Moment) -> Option<Moment> {
    match moment {
        Moment::Day(_) => Some(moment),
        Moment::Local(at) | Moment::Offset(at, _) => Some(Moment::Day(at.date())),
        Moment::Clock(_) => None,
    }
}

fn read_duration(row: &RowView<'_>, out: &mut Diagnostics) -> Option<Option<Span>> {
    let Some(text) = row.get(Column::Duration) else { return Some(None) };
    let span = cell::duration(text);
    if span.is_none() {
        let expected = "a duration such as 90 min, 2 hours or PT1H30M";
        out.push(Diagnostic::new(Code::BadDuration, row.place(Column::Duration), quoted(text), expected));
    }
    span.map(Some)
}

struct WhenReader<'a, 'b> {
    row: &'a RowView<'b>,
    zone: &'a mut Zone,
    out: &'a mut Diagnostics,
}

impl WhenReader<'_, '_> {
    fn whole(
        self,
        start: Moment,
        end: Option<Moment>,
        length: Option<Span>,
        all_day: Option<bool>,
    ) -> Option<Timing> {
        let text = || self.row.start().unwrap_or_default().into_owned();
        match (start, all_day) {
            (Moment::Clock(_), _) => {
                let expected = "a date before the time, such as 2026-05-12T18:00";
                self.fail(Code::BadDate, Column::Start, &text(), expected)
            }
            (Moment::Day(_), Some(false)) => {
                self.fail(Code::BadTime, Column::Start, &text(), "a time, because all_day says no")
            }
            (Moment::Day(first), None) => self.days(first, end, length),
            (Moment::Day(first), Some(true)) => {
                let end = self.last_day(first, end);
                self.days(first, end, length)
            }
            (Moment::Local(at) | Moment::Offset(at, _), Some(true)) => {
                let end = self.last_day(at.date(), end);
                self.days(at.date(), end, length)
            }
            (start, _) => self.hours(start, end, length),
        }
    }

    /// The last day of a row that says it is about whole days, whatever its times are. Outlook ends such a
    /// one at the midnight after it.
    fn last_day(&self, first: Date, end: Option<Moment>) -> Option<Moment> {
        match end? {
            Moment::Local(at)
                if self.row.header().export().is_some_and(|export| export.midnight_end)
                    && at.time() == Time::midnight()
                    && at.date() > first =>
            {
                at.date().yesterday().ok().map(Moment::Day)
            }
            other => day_alone(other),
        }
    }

    fn fail(self, code: Code, column: Column, text: &str, expected: &str) -> Option<Timing> {
        self.fail_with(code, (column, text), expected, None)
    }

    fn fail_with(
        self,
        code: Code,
        (column, text): (Column, &str),
        expected: &str,
        help: Option<String>,
    ) -> Option<Timing> {
        let fault = Diagnostic::new(code, self.row.place(column), quoted(text), expected);
        self.out.push(match help {
            Some(help) => fault.help(help),
            None => fault,
        });
        None
    }

    fn days(self, first: Date, end: Option<Moment>, length: Option<Span>) -> Option<Timing> {
        let text = self.row.text(Column::End).unwrap_or_default().into_owned();
        let last = match end {
            None => None,
            Some(Moment::Day(last)) => Some(last),
            Some(_) => {
                let text = self.row.start().unwrap_or_default().into_owned();
                return self.fail(
                    Code::BadTime,
                    Column::Start,
                    &text,
                    "a time of day, because the end has one",
                );
            }
        };
        let by_length = match length {
            None => None,
            Some(span) if span.get_days() > 0 && span.get_hours() == 0 && span.get_minutes() == 0 => {
                first.checked_add((span.get_days() - 1).days()).ok()
            }
            Some(_) => {
                let text = self.row.get(Column::Duration).unwrap_or_default();
                return self.fail(
                    Code::BadDuration,
                    Column::Duration,
                    text,
                    "whole days, because the start has no time",
                );
            }
        };
        match (last, by_length) {
            (Some(last), _) if last < first => {
                let help = next_year(last)
                    .filter(|later| *later >= first)
                    .map(|later| format!("type {later} if the next year is meant"));
                self.fail_with(
                    Code::EndBeforeStart,
                    (Column::End, &text),
                    &format!("{first} or a later day"),
                    help,
                )
            }
            (Some(last), Some(by_length)) if last != by_length => {
                self.fail(Code::EndTwice, Column::End, &text, &format!("{by_length}, as the duration has it"))
            }
            (last, by_length) => Some(Timing::Days { first, last: last.or(by_length).unwrap_or(first) }),
        }
    }

    fn hours(mut self, start: Moment, end: Option<Moment>, length: Option<Span>) -> Option<Timing> {
        let start = self.placed(start, Column::Start)?;
        let row = self.row;
        let text = || row.get(Column::End).or_else(|| row.get(Column::EndTime)).unwrap_or_default();
        let end = match end {
            None => None,
            // The day of the start again says nothing about the end.
            Some(Moment::Day(day)) if day == start.at.date() => None,
            Some(Moment::Day(day)) => {
                let expected = format!("a time as well, such as {day}T{:02}:00", start.at.hour().max(1));
                return self.fail(Code::BadTime, Column::End, text(), &expected);
            }
            // An end without a date is on the start's day, or on the next when it is earlier.
            Some(Moment::Clock(time)) => {
                let same_day = start.at.date().to_datetime(time);
                let day =
                    if same_day < start.at { start.at.date().tomorrow().ok()? } else { start.at.date() };
                Some(self.placed(Moment::Local(day.to_datetime(time)), Column::End)?)
            }
            Some(moment) => Some(self.placed(moment, Column::End)?),
        };
        let by_length = length.and_then(|span| {
            let start = start.with_zone(self.zone.time_zone().clone());
            start.checked_add(span).ok().map(|end| Placed::from(&end))
        });
        match (end, by_length) {
            (Some(end), _) if end.is_before(start) => {
                let expected = format!("{} or later", start.at);
                self.fail(Code::EndBeforeStart, Column::End, text(), &expected)
            }
            (Some(end), Some(by_length)) if end.is_before(by_length) || by_length.is_before(end) => {
                let expected = format!("{}, as the duration has it", by_length.at);
                self.fail(Code::EndTwice, Column::End, text(), &expected)
            }
            (end, by_length) => {
                let end = end.or(by_length).unwrap_or(start);
                if end.at.date() > start.at.date() {
                    self.tell_long(start, end);
                }
                Some(Timing::Hours { start, end, zone: self.zone.time_zone().clone() })
            }
        }
    }

    /// A conference is not without a break, but programs would fill the nights as well.
    fn tell_long(&mut self, start: Placed, end: Placed) {
        let (first, last) = (start.at.date(), end.at.date());
        if first.until(last).is_ok_and(|span| span.get_days() < 2) {
            return;
        }
        let found = format!("an event from {} to {} without a break", start.at, end.at);
        let column = if self.row.get(Column::End).is_some() { Column::End } else { Column::Start };
        self.out.push(
            Diagnostic::new(Code::LongHours, self.row.place(column), found, "whole days, or hours of one day")
                .help(format!(
                    "type {first} in `start` and {last} in `end` for whole days, with the hours in `description`; or give each day a row"
                )),
        );
    }

    /// A moment in the row's zone, with what is odd about it told.
    fn placed(&mut self, moment: Moment, column: Column) -> Option<Placed> {
        match moment {
            Moment::Offset(at, offset) => {
                let instant = offset.to_timestamp(at).ok()?;
                let placed = ZonedDateTime::new(instant, self.zone.time_zone().clone());
                if placed.offset() != offset {
                    self.contradiction(&placed, offset, column);
                }
                Some(Placed::from(&placed))
            }
            Moment::Local(at) => {
                let (row, out) = (self.row, &mut *self.out);
                self.zone.place(at, |ambiguous| tell_gap_or_fold(row, ambiguous, column, out))
            }
            Moment::Day(_) | Moment::Clock(_) => None,
        }
    }

    fn contradiction(&mut self, placed: &ZonedDateTime, offset: Offset, column: Column) {
        let name = self.zone.time_zone().iana_name().unwrap_or("UTC");
        let found = format!(
            "the offset {} in {}",
            value_of(offset),
            quoted(self.row.get(column).unwrap_or_default())
        );
        let expected = format!("{}, which {name} has on that date", value_of(placed.offset()));
        let help = format!(
            "the offset decides: it is {} in {name}; if that is wrong, type the local time without the offset",
            placed.datetime()
        );
        self.out.push(
            Diagnostic::new(Code::OffsetContradictsZone, self.row.place(column), found, expected).help(help),
        );
    }
}

fn tell_gap_or_fold(
    row: &RowView<'_>,
    ambiguous: &AmbiguousZonedDateTime,
    column: Column,
    out: &mut Diagnostics,
) {
    let name = ambiguous.time_zone().iana_name().unwrap_or("UTC");
    let at: DateTime = ambiguous.datetime();
    let (code, expected, help) = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => return,
        AmbiguousOffset::Gap { .. } => {
            let placed = ambiguous.clone().compatible().map_or(at, |placed| placed.datetime());
            let help =
                format!("it is placed at {placed}, as RFC 5545 says; type the time that the clock shows");
            (Code::SkippedTime, "a time that exists", help)
        }
        AmbiguousOffset::Fold { before, after } => {
            let help = format!(
                "it is taken for the first; type {at}{} or {at}{} to say which",
                value_of(before),
                value_of(after)
            );
            (Code::RepeatedTime, "a time that happens once", help)
        }
    };
    let found = format!("{at}, when the clock in {name} changes");
    out.push(Diagnostic::new(code, row.place(column), found, expected).help(help));
}

/// The same day a year later: the slip of every December.
fn next_year(date: Date) -> Option<Date> {
    date.checked_add(1.year()).ok()
}

fn value_of(offset: Offset) -> String {
    let text = crate::ical::value::offset(offset);
    format!("{}:{}", &text[..3], &text[3..])
}
