//! When the event of a row takes place: the columns start, end, duration, all_day and timezone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, AmbiguousZonedDateTime, Offset, TimeZone};
use jiff::{Span, ToSpan, ZonedDateTime};

use super::context::DateContext;
use super::date_text::DateValue;
use super::language;
use super::moment::MomentReader;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::ical::zone;
use crate::model::settings::Weekdays;
use crate::model::when::When;
use crate::read::cell::{self, Moment};
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// When the event of a row takes place.
#[derive(Debug)]
pub struct Timed {
    /// The event, or the first of a series.
    pub when: When,
    /// The time of day in the row, also if the clock skips it on the first day; midnight for whole days.
    pub clock: Time,
    /// The weekdays of a weekly series, if the start has weekdays instead of a date.
    pub weekly: Vec<Weekday>,
    /// Whether it has a time of day without a zone.
    pub needs_zone: bool,
}

/// Reads when the event of a row takes place. Returns `None` if a cell has a fault, which is reported.
pub fn read(row: &RowView<'_>, context: &DateContext<'_>, out: &mut Diagnostics) -> Option<Timed> {
    let zone = read_zone(row, context, out);
    let all_day = read_flag(row, out);
    let mut reader = MomentReader { row, context, out };
    let start = reader.start();
    let end = reader.end();
    let length = read_duration(row, out);
    // All cells are read before a fault ends it, so that all faults are reported.
    let (zone, all_day, start, end, length) = (zone?, all_day?, start?, end?, length?);
    let Some((start, weekdays)) = start else {
        let fault =
            Diagnostic::new(Code::MissingValue, row.place(Column::Start), "nothing", "the date of the event");
        out.push(fault.help("type a date such as 2026-05-12; a row that is no event can stay as it is"));
        return None;
    };
    let (start, end) = match (start, end) {
        (DateValue::At(start), Some(DateValue::Days(..))) if !weekdays.is_empty() => (start, None),
        (DateValue::At(start), Some(DateValue::Days(_, last))) => (start, Some(Moment::Day(last))),
        (DateValue::At(start), Some(DateValue::At(end))) => (start, Some(end)),
        (DateValue::At(start), None) => (start, None),
        (DateValue::Days(first, last), None) => (Moment::Day(first), Some(Moment::Day(last))),
        (DateValue::Days(first, last), Some(_)) => {
            let text = row.start().unwrap_or_default();
            let fault = Diagnostic::new(Code::EndTwice, row.place(Column::Start), quoted(&text), "one end");
            out.push(fault.help(format!("type {first} in `start` and {last} in `end`")));
            return None;
        }
    };
    let is_weekly = matches!(context.weekdays, Some(Weekdays::WeeklyFrom(_)));
    let weekly = if is_weekly { weekdays } else { Vec::new() };
    let needs_none = matches!(start, Moment::Day(_) | Moment::Offset(..));
    let needs_zone = !needs_none && row.get(Column::TimeZone).is_none();
    let when = WhenReader { row, zone, out }.read(start, end, length, all_day)?;
    let clock = match (&when, start) {
        (When::Hours { .. }, Moment::Local(local)) => local.time(),
        _ => when.local_start().time(),
    };
    Some(Timed { when, clock, weekly, needs_zone })
}

/// Moves an event that starts at the second of two equal local times to the first. Returns `None` for any other event.
#[must_use]
pub fn from_first_of_equal_times(when: &When) -> Option<When> {
    when.at(when.local_start()).filter(|first| first != when)
}

fn read_zone(row: &RowView<'_>, context: &DateContext<'_>, out: &mut Diagnostics) -> Option<TimeZone> {
    let Some(name) = row.get(Column::TimeZone) else {
        return Some(context.zone.clone());
    };
    // Some programs call zones by their city.
    let of_city = || {
        let has_city_zones = row.header().export().is_some_and(|export| export.city_zones);
        if has_city_zones { zone::named(&zone::of_city(name)?) } else { None }
    };
    let found = zone::named(name).or_else(of_city);
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

/// Reads `all_day`. `None` is a fault, `Some(None)` an empty cell.
fn read_flag(row: &RowView<'_>, out: &mut Diagnostics) -> Option<Option<bool>> {
    let Some(text) = row.get(Column::AllDay) else { return Some(None) };
    let flag = language::flag(text);
    if flag.is_none() {
        let diagnostic = Diagnostic::new(Code::BadFlag, row.place(Column::AllDay), quoted(text), "yes or no");
        out.push(diagnostic.help("type yes for an event of whole days, else no or nothing"));
    }
    flag.map(Some)
}

/// Returns the day of a moment.
fn without_time(moment: Moment) -> Option<Moment> {
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

/// Reader of the parts of a time in the zone of the row.
struct WhenReader<'a, 'b> {
    row: &'a RowView<'b>,
    zone: TimeZone,
    out: &'a mut Diagnostics,
}

impl WhenReader<'_, '_> {
    fn read(
        self,
        start: Moment,
        end: Option<Moment>,
        length: Option<Span>,
        all_day: Option<bool>,
    ) -> Option<When> {
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

    /// Returns the last day of an event of whole days. Some programs end it at the midnight after.
    fn last_day(&self, first: Date, end: Option<Moment>) -> Option<Moment> {
        match end? {
            Moment::Local(at)
                if self.row.header().export().is_some_and(|export| export.midnight_end)
                    && at.time() == Time::midnight()
                    && at.date() > first =>
            {
                at.date().yesterday().ok().map(Moment::Day)
            }
            other => without_time(other),
        }
    }

    fn fail(self, code: Code, column: Column, text: &str, expected: &str) -> Option<When> {
        self.out.push(Diagnostic::new(code, self.row.place(column), quoted(text), expected));
        None
    }

    fn days(self, first: Date, end: Option<Moment>, length: Option<Span>) -> Option<When> {
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
                let expected = format!("{first} or a later day");
                let place = self.row.place(Column::End);
                let fault = Diagnostic::new(Code::EndBeforeStart, place, quoted(&text), expected);
                // The same day a year later: the slip of every December.
                let later = last.checked_add(1.year()).ok().filter(|later| *later >= first);
                self.out.push(match later {
                    Some(later) => fault.help(format!("type {later} if the next year is meant")),
                    None => fault,
                });
                None
            }
            (Some(last), Some(by_length)) if last != by_length => {
                self.fail(Code::EndTwice, Column::End, &text, &format!("{by_length}, as the duration has it"))
            }
            (last, by_length) => Some(When::Days { first, last: last.or(by_length).unwrap_or(first) }),
        }
    }

    fn hours(mut self, start: Moment, end: Option<Moment>, length: Option<Span>) -> Option<When> {
        let start = self.resolve(start, Column::Start)?;
        let row = self.row;
        let text = || row.get(Column::End).or_else(|| row.get(Column::EndTime)).unwrap_or_default();
        let end = match end {
            None => None,
            // The day of the start says nothing about the end.
            Some(Moment::Day(day)) if day == start.date() => None,
            Some(Moment::Day(day)) => {
                let expected = format!("a time as well, such as {day}T{:02}:00", start.hour().max(1));
                return self.fail(Code::BadTime, Column::End, text(), &expected);
            }
            // An end without a date is on the start's day, or on the next when it is earlier.
            Some(Moment::Clock(time)) => {
                let same_day = start.date().to_datetime(time);
                let day =
                    if same_day < start.datetime() { start.date().tomorrow().ok()? } else { start.date() };
                Some(self.resolve(Moment::Local(day.to_datetime(time)), Column::End)?)
            }
            Some(moment) => Some(self.resolve(moment, Column::End)?),
        };
        let by_length = length.and_then(|span| start.checked_add(span).ok());
        match (end, by_length) {
            (Some(end), _) if end < start => {
                let expected = format!("{} or later", start.datetime());
                self.fail(Code::EndBeforeStart, Column::End, text(), &expected)
            }
            (Some(end), Some(by_length)) if end != by_length => {
                let expected = format!("{}, as the duration has it", by_length.datetime());
                self.fail(Code::EndTwice, Column::End, text(), &expected)
            }
            (end, by_length) => {
                let end = end.or(by_length).unwrap_or_else(|| start.clone());
                if end.date() > start.date() {
                    self.report_long(&start, &end);
                }
                Some(When::Hours { start, end })
            }
        }
    }

    /// Reports an event of several days with times: calendar programs would fill the nights as well.
    fn report_long(&mut self, start: &ZonedDateTime, end: &ZonedDateTime) {
        let (first, last) = (start.date(), end.date());
        if first.until(last).is_ok_and(|span| span.get_days() < 2) {
            return;
        }
        let found = format!("an event from {} to {} without a break", start.datetime(), end.datetime());
        let column = if self.row.get(Column::End).is_some() { Column::End } else { Column::Start };
        self.out.push(
            Diagnostic::new(Code::LongHours, self.row.place(column), found, "whole days, or hours of one day")
                .help(format!(
                    "type {first} in `start` and {last} in `end` for whole days, with the hours in `description`; or give each day a row"
                )),
        );
    }

    /// Returns a moment in the zone of the row, and reports a contradiction of offset and zone, a gap or a fold.
    fn resolve(&mut self, moment: Moment, column: Column) -> Option<ZonedDateTime> {
        match moment {
            Moment::Offset(at, offset) => {
                let instant = offset.to_timestamp(at).ok()?;
                let placed = ZonedDateTime::new(instant, self.zone.clone());
                if placed.offset() != offset {
                    self.report_contradiction(&placed, offset, column);
                }
                Some(placed)
            }
            Moment::Local(at) => {
                let ambiguous = self.zone.to_ambiguous_zoned_datetime(at);
                report_gap_or_fold(self.row, &ambiguous, column, self.out);
                ambiguous.compatible().ok()
            }
            Moment::Day(_) | Moment::Clock(_) => None,
        }
    }

    fn report_contradiction(&mut self, placed: &ZonedDateTime, offset: Offset, column: Column) {
        let name = self.zone.iana_name().unwrap_or("UTC");
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

fn report_gap_or_fold(
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

/// Formats an offset as `+02:00`.
fn value_of(offset: Offset) -> String {
    let text = crate::ical::value::offset(offset);
    format!("{}:{}", &text[..3], &text[3..])
}
