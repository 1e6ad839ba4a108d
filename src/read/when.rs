//! The cells of a row that say when: start, end, duration, all_day, timezone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan, ZonedDateTime};

use super::cell::{self, Moment};
use super::columns::Column;
use super::table::Row;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::ical::zone;
use crate::model::when::{When, place};

/// The zone of rows that name none, and whether anybody chose it.
#[derive(Clone, Debug)]
pub struct DefaultZone {
    /// The zone.
    pub zone: TimeZone,
    /// Whether the settings name it.
    pub is_set: bool,
}

/// Reads when a row's event is; `None` when it cannot be said, which is told.
pub fn read(row: &Row<'_>, default: &DefaultZone, out: &mut Diagnostics) -> Option<When> {
    let zone = read_zone(row, default, out)?;
    let all_day = read_flag(row, out)?;
    let start = read_moment(row, Column::Start, Column::StartTime, out)?;
    let Some(start) = start else {
        out.push(Diagnostic::new(
            Code::MissingValue,
            row.place(Column::Start),
            "nothing",
            "the date of the event",
        ));
        return None;
    };
    let end = read_moment(row, Column::End, Column::EndTime, out)?;
    let length = read_duration(row, out)?;
    let reader = WhenReader { row, zone: &zone, out };
    match (start, all_day) {
        (Moment::Clock(_), _) => {
            let text = row.get(Column::Start).unwrap_or_default();
            reader.fail(
                Code::BadDate,
                Column::Start,
                text,
                "a date before the time, such as 2026-05-12T18:00",
            )
        }
        (Moment::Day(_), Some(false)) => {
            let text = row.get(Column::Start).unwrap_or_default();
            reader.fail(Code::BadTime, Column::Start, text, "a time, because all_day says no")
        }
        (Moment::Day(first), None) => reader.days(first, end, length),
        (Moment::Day(first), Some(true)) => reader.days(first, end.and_then(day_alone), length),
        (Moment::Local(at) | Moment::Offset(at, _), Some(true)) => {
            reader.days(at.date(), end.and_then(day_alone), length)
        }
        (start, _) => reader.hours(start, end, length),
    }
}

fn read_zone(row: &Row<'_>, default: &DefaultZone, out: &mut Diagnostics) -> Option<TimeZone> {
    let Some(name) = row.get(Column::Zone) else { return Some(default.zone.clone()) };
    let found = zone::named(name);
    if found.is_none() {
        let diagnostic = Diagnostic::new(
            Code::UnknownZone,
            row.place(Column::Zone),
            quoted(name),
            "an IANA time zone such as America/Chicago",
        );
        let names = zone::names();
        out.push(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean {near}?")),
            None => diagnostic.help("type the region and the city with a slash: Europe/Paris"),
        });
    }
    found
}

/// `None` is a fault; `Some(None)` is an empty cell.
fn read_flag(row: &Row<'_>, out: &mut Diagnostics) -> Option<Option<bool>> {
    let Some(text) = row.get(Column::AllDay) else { return Some(None) };
    let flag = cell::flag(text);
    if flag.is_none() {
        let diagnostic = Diagnostic::new(Code::BadFlag, row.place(Column::AllDay), quoted(text), "yes or no");
        out.push(diagnostic.help("type yes for an event of whole days, else no or nothing"));
    }
    flag.map(Some)
}

/// A date and its time, from one column or two.
fn read_moment(row: &Row<'_>, date: Column, time: Column, out: &mut Diagnostics) -> Option<Option<Moment>> {
    let moment = match row.get(date) {
        None => None,
        Some(text) => match cell::moment(text) {
            Some(moment) => Some(moment),
            None => {
                out.push(bad_moment(row, date, text));
                return None;
            }
        },
    };
    let clock = match row.get(time) {
        None => return Some(moment),
        Some(text) => match cell::moment(text) {
            Some(Moment::Clock(clock)) => clock,
            _ => {
                let diagnostic =
                    Diagnostic::new(Code::BadTime, row.place(time), quoted(text), "a time such as 18:00");
                out.push(diagnostic.help("type hours and minutes, from 00:00 to 23:59"));
                return None;
            }
        },
    };
    Some(match moment {
        Some(Moment::Day(day)) => Some(Moment::Local(day.to_datetime(clock))),
        None if date == Column::End => Some(Moment::Clock(clock)),
        other => other,
    })
}

/// Says of a date that cannot be read what to type, and more exactly when it can be guessed one way only.
fn bad_moment(row: &Row<'_>, column: Column, text: &str) -> Diagnostic {
    let has_date = cell::moment(text.split(['T', ' ']).next().unwrap_or_default()).is_some();
    let (code, expected) = match has_date {
        true => (Code::BadTime, "a time from 00:00 to 23:59 after the date, such as 2026-05-12T18:00"),
        false => (Code::BadDate, "a date such as 2026-05-12, or 2026-05-12T18:00"),
    };
    let diagnostic = Diagnostic::new(code, row.place(column), quoted(text), expected);
    match rewritten(text) {
        Some(date) => diagnostic.help(format!("type {date}")),
        None => {
            diagnostic.help("type year, month and day with hyphens, then T and the time: 2026-05-12T18:00")
        }
    }
}

/// `13/5/2026` can only be 13 May; `1/5/2026` could be two days, so nothing is proposed.
fn rewritten(text: &str) -> Option<Date> {
    let numbers: Vec<i16> = text
        .split(['/', '.', ' ', '-'])
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|n: &Vec<i16>| n.len() == 3)?;
    let date = |year: i16, month: i16, day: i16| {
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()
            .filter(|date| date.year() >= 1900)
    };
    let [first, second, year] = numbers[..] else { return None };
    match (date(year, second, first), date(year, first, second)) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// The day of a moment, for rows that say they are about whole days whatever their times are.
fn day_alone(moment: Moment) -> Option<Moment> {
    match moment {
        Moment::Day(_) => Some(moment),
        Moment::Local(at) | Moment::Offset(at, _) => Some(Moment::Day(at.date())),
        Moment::Clock(_) => None,
    }
}

fn read_duration(row: &Row<'_>, out: &mut Diagnostics) -> Option<Option<Span>> {
    let Some(text) = row.get(Column::Duration) else { return Some(None) };
    let span = cell::duration(text);
    if span.is_none() {
        let expected = "a duration such as 90 min, 2 hours or PT1H30M";
        out.push(Diagnostic::new(Code::BadDuration, row.place(Column::Duration), quoted(text), expected));
    }
    span.map(Some)
}

struct WhenReader<'a, 'b> {
    row: &'a Row<'b>,
    zone: &'a TimeZone,
    out: &'a mut Diagnostics,
}

impl WhenReader<'_, '_> {
    fn fail(self, code: Code, column: Column, text: &str, expected: &str) -> Option<When> {
        self.out.push(Diagnostic::new(code, self.row.place(column), quoted(text), expected));
        None
    }

    fn days(self, first: Date, end: Option<Moment>, length: Option<Span>) -> Option<When> {
        let text = self.row.get(Column::End).unwrap_or_default();
        let last = match end {
            None => None,
            Some(Moment::Day(last)) => Some(last),
            Some(_) => {
                let text = self.row.get(Column::Start).unwrap_or_default();
                return self.fail(
                    Code::BadTime,
                    Column::Start,
                    text,
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
                self.fail(Code::EndBeforeStart, Column::End, text, &format!("{first} or a later day"))
            }
            (Some(last), Some(by_length)) if last != by_length => {
                self.fail(Code::EndTwice, Column::End, text, &format!("{by_length}, as the duration has it"))
            }
            (last, by_length) => Some(When::Days { first, last: last.or(by_length).unwrap_or(first) }),
        }
    }

    fn hours(mut self, start: Moment, end: Option<Moment>, length: Option<Span>) -> Option<When> {
        let start = self.placed(start, Column::Start)?;
        let text = self.row.get(Column::End).or_else(|| self.row.get(Column::EndTime)).unwrap_or_default();
        let end = match end {
            None => None,
            Some(Moment::Day(day)) => {
                let expected = format!("a time as well, such as {day}T{:02}:00", start.hour().max(1));
                return self.fail(Code::BadTime, Column::End, text, &expected);
            }
            // An end without a date is on the start's day, or on the next when it is earlier.
            Some(Moment::Clock(time)) => {
                let same_day = start.date().to_datetime(time);
                let day =
                    if same_day < start.datetime() { start.date().tomorrow().ok()? } else { start.date() };
                Some(self.placed(Moment::Local(day.to_datetime(time)), Column::End)?)
            }
            Some(moment) => Some(self.placed(moment, Column::End)?),
        };
        let by_length = length.and_then(|span| start.checked_add(span).ok());
        match (end, by_length) {
            (Some(end), _) if end < start => {
                let expected = format!("{} or later", start.datetime());
                self.fail(Code::EndBeforeStart, Column::End, text, &expected)
            }
            (Some(end), Some(by_length)) if end != by_length => {
                let expected = format!("{}, as the duration has it", by_length.datetime());
                self.fail(Code::EndTwice, Column::End, text, &expected)
            }
            (end, by_length) => {
                let end = end.or(by_length).unwrap_or_else(|| start.clone());
                Some(When::Hours { start, end })
            }
        }
    }

    /// A moment in the row's zone, with what is odd about it told.
    fn placed(&mut self, moment: Moment, column: Column) -> Option<ZonedDateTime> {
        match moment {
            Moment::Offset(at, offset) => {
                let instant = offset.to_timestamp(at).ok()?;
                let placed = ZonedDateTime::new(instant, self.zone.clone());
                let by_zone = placed.offset();
                if by_zone != offset {
                    self.contradiction(&placed, offset, column);
                }
                Some(placed)
            }
            Moment::Local(at) => {
                self.tell_gap_or_fold(at, column);
                place(at, self.zone)
            }
            Moment::Day(_) | Moment::Clock(_) => None,
        }
    }

    fn contradiction(&mut self, placed: &ZonedDateTime, offset: jiff::tz::Offset, column: Column) {
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

    fn tell_gap_or_fold(&mut self, at: DateTime, column: Column) {
        use jiff::tz::AmbiguousOffset;
        let name = self.zone.iana_name().unwrap_or("UTC");
        let (code, expected, help) = match self.zone.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { .. } => return,
            AmbiguousOffset::Gap { .. } => {
                let placed = place(at, self.zone).map_or(at, |placed| placed.datetime());
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
        self.out.push(Diagnostic::new(code, self.row.place(column), found, expected).help(help));
    }
}

fn value_of(offset: jiff::tz::Offset) -> String {
    let text = crate::ical::value::offset(offset);
    format!("{}:{}", &text[..3], &text[3..])
}
