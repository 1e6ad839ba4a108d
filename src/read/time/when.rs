//! When the event of a row takes place: the columns start, end, duration, all_day and timezone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, AmbiguousZonedDateTime, Offset, TimeZone};
use jiff::{SignedDuration, Span, ToSpan, ZonedDateTime};

use super::cells::{End, Stamp, Start, TimeCells, text_of};
use super::context::DateContext;
use crate::dates::clock::{Clock, Half, format_time};
use crate::dates::zone::{CertainZone, ZoneError, ZoneText};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::ical::zone;
use crate::model::settings::Weekdays;
use crate::model::when::When;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// The most hours of an event whose end is earlier by the clock than its start.
const LONGEST_NIGHT: SignedDuration = SignedDuration::from_hours(16);

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

/// Reads when the event of a row takes place. Returns `None` if a cell that it needs has a fault, which is reported. A
/// fault of the end or the duration is reported, and the event is without them.
pub fn read(row: &RowView<'_>, context: &DateContext<'_>, out: &mut Diagnostics) -> Option<Timed> {
    let mut cells = TimeCells { row, context, out };
    let zone = cells.zone();
    let all_day = cells.all_day();
    let start = cells.start();
    let end = cells.end();
    let length = cells.duration();
    // All cells are read before a fault ends it, so that all faults are reported.
    let (zone, all_day, (start, weekdays)) = (zone?, all_day?, start?);
    let is_weekly = matches!(context.weekdays, Some(Weekdays::WeeklyFrom(_)));
    let weekly = if is_weekly { weekdays } else { Vec::new() };
    let is_one_cell =
        all_day.is_none() && row.get(Column::StartTime).is_none() && row.get(Column::EndTime).is_none();
    // `midnight` and `0 Uhr` are typed, `00:00:00` is exported.
    let is_exported = is_one_cell && text_of(row, Column::Start).contains("00:00");
    let (start, end) = if is_exported { without_midnights(start, end, context) } else { (start, end) };
    let mut reader = WhenReader { row, zone, out };
    let when = match (start, all_day) {
        (Start::Days(first, last), Some(true) | None) => {
            reader.days(&WholeDays { first, last, is_said: all_day.is_some() }, end, length)
        }
        (Start::Days(..), Some(false)) => {
            reader.fail(Code::BadTime, Column::Start, "a time, because all_day says no")
        }
        (Start::At(stamp), Some(true)) => {
            let last = stamp.end.map_or(stamp.at, |end| end).date();
            reader.days(&WholeDays { first: stamp.at.date(), last, is_said: true }, end, length)
        }
        (Start::At(stamp), _) => {
            return reader.hours(stamp, end, length).map(|timed| Timed { weekly, ..timed });
        }
    }?;
    Some(Timed { clock: when.local_start().time(), when, weekly, needs_zone: false })
}

/// Takes midnight for no time of day where the table has no other.
fn without_midnights(start: Start, end: Option<End>, context: &DateContext<'_>) -> (Start, Option<End>) {
    let is_midnight =
        |stamp: &Stamp| stamp.at.time() == Time::midnight() && stamp.end.is_none() && stamp.zone.is_none();
    match (start, end) {
        (Start::At(stamp), end) if is_midnight(&stamp) && context.order.has_midnights_only() => {
            let end = match end {
                Some(End::At(stamp)) if is_midnight(&stamp) => Some(End::Day(stamp.at.date())),
                end => end,
            };
            (Start::Days(stamp.at.date(), stamp.at.date()), end)
        }
        times => times,
    }
}

/// Moves an event that starts at the second of two equal local times to the first. Returns `None` for any other event.
#[must_use]
pub fn from_first_of_equal_times(when: &When) -> Option<When> {
    when.at(when.local_start()).filter(|first| first != when)
}

/// Whole days of the start of a row.
struct WholeDays {
    first: Date,
    last: Date,
    /// Whether `all_day` says so.
    is_said: bool,
}

/// A start or an end in its zone.
struct Placed {
    at: ZonedDateTime,
    /// The time of day in the row, if it is in the zone of the event.
    clock: Option<Time>,
}

/// Reader of the parts of a time in the zone of the row.
struct WhenReader<'a, 'b> {
    row: &'a RowView<'b>,
    zone: TimeZone,
    out: &'a mut Diagnostics,
}

impl WhenReader<'_, '_> {
    fn push(&mut self, code: Code, column: Column, expected: &str) {
        let text = quoted(&text_of(self.row, column));
        self.out.push(Diagnostic::new(code, self.row.place(column), text, expected));
    }

    fn fail<T>(&mut self, code: Code, column: Column, expected: &str) -> Option<T> {
        self.push(code, column, expected);
        None
    }

    fn push_help(&mut self, code: Code, column: Column, expected: &str, help: String) {
        let text = quoted(&text_of(self.row, column));
        self.out.push(Diagnostic::new(code, self.row.place(column), text, expected).help(help));
    }

    fn end_column(&self) -> Column {
        if self.row.get(Column::End).is_some() { Column::End } else { Column::EndTime }
    }

    fn days(&mut self, days: &WholeDays, end: Option<End>, length: Option<Span>) -> Option<When> {
        let WholeDays { first, last, is_said } = *days;
        let end = match end {
            None => None,
            Some(End::Day(day)) => Some(day),
            Some(End::At(stamp)) if is_said => Some(self.last_day(first, stamp.at)),
            Some(End::Clock(_)) if is_said => None,
            Some(End::At(_) | End::Clock(_)) => {
                return self.fail(Code::BadTime, Column::Start, "a time of day, because the end has one");
            }
        };
        if last > first && end.is_some_and(|end| end != last) {
            self.push_help(
                Code::EndTwice,
                Column::Start,
                "one end",
                format!("type {first} in `start` and {last} in `end`"),
            );
            return None;
        }
        let end = end.or_else(|| (last > first).then_some(last));
        if let Some(end) = end.filter(|end| *end < first) {
            self.report_early_end(first, end);
        }
        let end = end.filter(|end| *end >= first);
        let by_length = length.and_then(|length| self.last_by_length(first, length));
        let last = match (end, by_length) {
            (Some(end), Some(by_length)) if end != by_length => {
                self.push(
                    Code::EndTwice,
                    Column::Duration,
                    &format!("{end}, as another cell of the row has it"),
                );
                last
            }
            (end, by_length) => end.or(by_length).unwrap_or(first),
        };
        Some(When::Days { first, last })
    }

    /// Reports a last day before the first.
    fn report_early_end(&mut self, first: Date, last: Date) {
        let expected = format!("{first} or a later day");
        // The same day a year later: the slip of every December.
        let later = last.checked_add(1.year()).ok().filter(|later| *later >= first);
        let help = match later {
            Some(later) => format!(
                "type {later} if the next year is meant; until then the event is published without it"
            ),
            None => "the event is published without it".to_owned(),
        };
        self.push_help(Code::EndBeforeStart, Column::End, &expected, help);
    }

    /// Returns the last day of an event of whole days. Some programs end it at the midnight after.
    fn last_day(&self, first: Date, end: DateTime) -> Date {
        let ends_at_midnight = self.row.header().export().is_some_and(|export| export.midnight_end);
        let before = end.date().yesterday().ok();
        let is_after = ends_at_midnight && end.time() == Time::midnight() && end.date() > first;
        before.filter(|_| is_after).unwrap_or(end.date())
    }

    fn last_by_length(&mut self, first: Date, length: Span) -> Option<Date> {
        if length.get_days() > 0 && length.get_hours() == 0 && length.get_minutes() == 0 {
            return first.checked_add((length.get_days() - 1).days()).ok();
        }
        self.fail(Code::BadDuration, Column::Duration, "whole days, because the start has no time")
    }

    fn hours(mut self, stamp: Stamp, end: Option<End>, length: Option<Span>) -> Option<Timed> {
        if !self.is_half_certain(&stamp, end.as_ref()) {
            return None;
        }
        let has_zone = stamp.zone.is_some();
        let column = if has_zone && self.row.get(Column::StartTime).is_some() {
            Column::StartTime
        } else {
            Column::Start
        };
        let Placed { at: start, clock } = self.placed(stamp.at, stamp.zone.as_ref(), column)?;
        self.zone = start.time_zone().clone();
        let by_cell = stamp.end.and_then(|end| self.placed(end, stamp.zone.as_ref(), column));
        let by_column = end.and_then(|end| self.end(&stamp, &start, end));
        let by_length = length.and_then(|length| start.checked_add(length).ok());
        let ends = [by_cell.map(|end| end.at), by_column, by_length];
        let mut known: Option<ZonedDateTime> = None;
        for (end, column) in ends.into_iter().zip([column, self.end_column(), Column::Duration]) {
            // An end may be written in another zone than the start.
            let Some(end) = end.map(|end| end.with_time_zone(self.zone.clone())) else { continue };
            match &known {
                Some(before) if *before != end => {
                    let expected = format!("{}, as another cell of the row has it", before.datetime());
                    self.push(Code::EndTwice, column, &expected);
                    known = None;
                    break;
                }
                _ => known = Some(end),
            }
        }
        let known = known.filter(|end| self.is_after(&start, end));
        let end = known.unwrap_or_else(|| start.clone());
        if end.date() > start.date() {
            self.report_long(&start, &end);
        }
        let clock = clock.unwrap_or_else(|| start.datetime().time());
        let needs_zone = !has_zone && self.row.get(Column::TimeZone).is_none();
        Some(Timed { when: When::Hours { start, end }, clock, weekly: Vec::new(), needs_zone })
    }

    /// Returns whether an end is not before its start. Reports it otherwise.
    fn is_after(&mut self, start: &ZonedDateTime, end: &ZonedDateTime) -> bool {
        if end >= start {
            return true;
        }
        let expected = format!("{} or later", start.datetime());
        let help = "the event is published without it".to_owned();
        self.push_help(Code::EndBeforeStart, self.end_column(), &expected, help);
        false
    }

    /// Checks a start without am or pm beside an end that has it: `9:00` beside `5 pm` is in the morning, `6:30` beside `8 pm`
    /// is not.
    fn is_half_certain(&mut self, start: &Stamp, end: Option<&End>) -> bool {
        let end = match end {
            Some(End::Clock(Clock { start: end, half: Half::Marked, .. })) => *end,
            Some(End::At(Stamp { at, half: Half::Marked, .. })) if at.date() == start.at.date() => at.time(),
            _ => return true,
        };
        let is_near = start.half != Half::Unmarked
            || hours_until(start.at.time(), end) < SignedDuration::from_hours(12);
        if !is_near {
            let (hour, minute) = (start.at.hour() % 12, start.at.minute());
            let hour = if hour == 0 { 12 } else { hour };
            let help = format!("type {hour}:{minute:02} pm or {hour}:{minute:02} am");
            let column =
                if self.row.get(Column::StartTime).is_some() { Column::StartTime } else { Column::Start };
            self.push_help(Code::BadTime, column, "am or pm, because the end has it", help);
        }
        is_near
    }

    /// Returns the end in the column of the end. Reports one that cannot be used.
    fn end(&mut self, stamp: &Stamp, start: &ZonedDateTime, end: End) -> Option<ZonedDateTime> {
        let column = self.end_column();
        match end {
            // The day of the start says nothing about the end.
            End::Day(day) if day == start.date() => None,
            End::Day(day) => {
                let expected = format!("a time as well, such as {day}T{:02}:00", start.hour().max(1));
                self.fail(Code::BadTime, column, &expected)
            }
            End::Clock(clock) => {
                let time = self.clock_of_end(stamp, &clock)?;
                // An end without a date is on the start's day, or on the next when it is earlier.
                let day =
                    if time < stamp.at.time() { stamp.at.date().tomorrow().ok()? } else { stamp.at.date() };
                let zone = self.zone_of_end(clock.zone, stamp, start)?;
                self.placed(day.to_datetime(time), zone.as_ref(), column).map(|end| end.at)
            }
            End::At(end) => {
                let is_unclear = stamp.half == Half::Marked && end.half == Half::Unmarked;
                let at = match is_unclear {
                    true if end.at.date() == stamp.at.date() => {
                        end.at.date().to_datetime(self.in_half(stamp.at.time(), end.at.time(), column)?)
                    }
                    true => return self.fail(Code::BadTime, column, "am or pm, because the start has it"),
                    false => end.at,
                };
                let zone = self.zone_of_end(end.zone, stamp, start)?;
                self.placed(at, zone.as_ref(), column).map(|end| end.at)
            }
        }
    }

    /// Returns the zone of an end: its own, or that of the start. An offset that the zone of the row has at the start is no
    /// zone of its own; any other would be a guess for the end.
    fn zone_of_end(
        &mut self,
        own: Option<ZoneText>,
        stamp: &Stamp,
        start: &ZonedDateTime,
    ) -> Option<Option<ZoneText>> {
        match (own, &stamp.zone) {
            (Some(own), _) => Some(Some(own)),
            (None, Some(ZoneText::Offset(offset))) if *offset == start.offset() => Some(None),
            (None, Some(ZoneText::Offset(_))) => {
                self.fail(Code::BadTime, self.end_column(), "an offset as well, because the start has one")
            }
            (None, zone) => Some(zone.clone()),
        }
    }

    /// Returns the time of day of an end without a date.
    fn clock_of_end(&mut self, stamp: &Stamp, clock: &Clock) -> Option<Time> {
        let (column, start) = (self.end_column(), stamp.at.time());
        let time = match clock.end {
            // A range in the column of the end repeats the start.
            Some(end) if clock.start == start => end,
            Some(_) => return self.fail(Code::BadTime, column, "one time of day"),
            None if stamp.half == Half::Marked && clock.half == Half::Unmarked => {
                self.in_half(start, clock.start, column)?
            }
            None => clock.start,
        };
        if time < start && hours_until(start, time) > LONGEST_NIGHT {
            let expected = format!("{} or later, or a date as well", format_time(start));
            let help = "the event is published without it".to_owned();
            self.push_help(Code::EndBeforeStart, column, &expected, help);
            return None;
        }
        Some(time)
    }

    /// Returns the next such time after the start within twelve hours.
    fn in_half(&mut self, start: Time, end: Time, column: Column) -> Option<Time> {
        let other = end.wrapping_add(12.hours());
        let half = SignedDuration::from_hours(12);
        let found = [end, other].into_iter().find(|end| hours_until(start, *end) < half && *end != start);
        if found.is_none() {
            self.push(Code::BadTime, column, "am or pm, because the start has it");
        }
        found
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

    /// Returns a local time in its zone, or in that of the row, and reports a contradiction of offset and zone, a gap or a
    /// fold. Returns `None` for a zone that is not certain, which is reported.
    fn placed(&mut self, at: DateTime, zone: Option<&ZoneText>, column: Column) -> Option<Placed> {
        let certain = match zone {
            None => CertainZone::Zone(self.zone.clone()),
            Some(text) => match text.at(at, &self.zone, &zone::named) {
                Ok(zone) => zone,
                Err(error) => return self.report_zone(at, &error, column),
            },
        };
        match certain {
            CertainZone::Offset(offset) => {
                let placed = ZonedDateTime::new(offset.to_timestamp(at).ok()?, self.zone.clone());
                if placed.offset() != offset {
                    self.report_contradiction(&placed, offset, column);
                }
                Some(Placed { at: placed, clock: None })
            }
            CertainZone::Zone(zone) => {
                let ambiguous = zone.to_ambiguous_zoned_datetime(at);
                report_gap_or_fold(self.row, &ambiguous, column, self.out);
                let placed = ambiguous.compatible().ok()?;
                // A zone in the cell is that of the event, unless the row names another.
                let is_elsewhere = self.row.get(Column::TimeZone).is_some() && zone != self.zone;
                if is_elsewhere {
                    return Some(Placed { at: placed.with_time_zone(self.zone.clone()), clock: None });
                }
                Some(Placed { at: placed, clock: Some(at.time()) })
            }
        }
    }

    fn report_zone<T>(&mut self, at: DateTime, error: &ZoneError, column: Column) -> Option<T> {
        let name = self.zone.iana_name().unwrap_or("UTC").to_owned();
        let (expected, help) = match error {
            ZoneError::OtherSeason { said, in_force, zone } => {
                let typed = |offset: &Offset| {
                    format!("{}T{}{}", at.date(), format_time(at.time()), value_of(*offset))
                };
                let expected = format!("the abbreviation that {zone} has on {}", at.date());
                (expected, format!("type {} or {}", typed(in_force), typed(said)))
            }
            ZoneError::Unclear(likely) => {
                let likely = likely.unwrap_or(&name).to_owned();
                let expected = "a zone that is certain".to_owned();
                (
                    expected,
                    format!(
                        "write {likely}, or another IANA name, in the column `timezone` and the time without its zone here"
                    ),
                )
            }
        };
        self.push_help(Code::UnknownZone, column, &expected, help);
        None
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

/// Returns the time from one time of day to the next such as another.
fn hours_until(start: Time, end: Time) -> SignedDuration {
    let until = start.duration_until(end);
    if until.is_negative() { until + SignedDuration::from_hours(24) } else { until }
}
