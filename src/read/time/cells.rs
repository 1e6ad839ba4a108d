//! The cells of a row that say when: each is read by itself, and its fault reported with its place.

use std::borrow::Cow;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::context::{DateContext, OrderDecision};
use crate::dates::clock::{Clock, Half, format_time};
use crate::dates::duration::parse_duration;
use crate::dates::error::DateError;
use crate::dates::lexicon;
use crate::dates::moment::{Moment, TimeOfDay, WeekdayText, parse_time, parse_weekdays};
use crate::dates::order::DateOrder;
use crate::dates::zone::{ZoneText, likely_zone};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::ical::zone;
use crate::model::settings::Weekdays;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// A day and a time of day, perhaps with the end in the same cell.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub at: DateTime,
    pub end: Option<DateTime>,
    pub zone: Option<ZoneText>,
    pub half: Half,
}

impl Stamp {
    fn on(day: Date, clock: Clock) -> Stamp {
        let on = |time: Time| if time < clock.start { day.tomorrow().unwrap_or(day) } else { day };
        let end = clock.end.map(|end| on(end).to_datetime(end));
        Stamp { at: day.to_datetime(clock.start), end, zone: clock.zone, half: clock.half }
    }
}

/// The start of a row.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// Whole days, both inclusive.
    Days(Date, Date),
    /// A time of day.
    At(Stamp),
}

/// The end of a row.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// A day.
    Day(Date),
    /// A day and a time of day.
    At(Stamp),
    /// A time of day.
    Clock(Clock),
}

/// Reader of the cells of a row that say when.
pub(super) struct TimeCells<'r, 'a> {
    pub row: &'r RowView<'a>,
    pub context: &'r DateContext<'r>,
    pub out: &'r mut Diagnostics,
}

impl TimeCells<'_, '_> {
    /// Reads the zone of the row. Returns `None` for a fault, which is reported.
    pub fn zone(&mut self) -> Option<TimeZone> {
        let Some(name) = self.row.get(Column::TimeZone) else { return Some(self.context.zone.clone()) };
        // Some programs call zones by their city.
        let of_city = || {
            let has_city_zones = self.row.header().export().is_some_and(|export| export.city_zones);
            if has_city_zones { zone::named(&zone::of_city(name)?) } else { None }
        };
        // These names have no summer time: an hour off for half of the year to those who write them.
        let is_fixed =
            !self.row.is_of_calendar() && ["EST", "MST"].iter().any(|fixed| name.eq_ignore_ascii_case(fixed));
        let found = if is_fixed { None } else { zone::named(name).or_else(of_city) };
        if found.is_none() {
            let expected = "an IANA time zone such as America/Chicago";
            let fault =
                Diagnostic::new(Code::UnknownZone, self.row.place(Column::TimeZone), quoted(name), expected);
            let likely = likely_zone(name).map(str::to_owned);
            self.out.push(
                match likely.or_else(|| zone::of_city(name)).or_else(|| zone_of_similar_city(name)) {
                    Some(near) => fault.help(format!("did you mean {near}?")),
                    None => fault.help("type the region and the city with a slash: Europe/Paris"),
                },
            );
        }
        found
    }

    /// Reads `all_day`. Returns `None` for a fault, which is reported, and `Some(None)` for an empty cell.
    pub fn all_day(&mut self) -> Option<Option<bool>> {
        let Some(text) = self.row.get(Column::AllDay) else { return Some(None) };
        let flag = lexicon::flag(text);
        if flag.is_none() {
            let fault =
                Diagnostic::new(Code::BadFlag, self.row.place(Column::AllDay), quoted(text), "yes or no");
            self.out.push(fault.help("type yes for an event of whole days, else no or nothing"));
        }
        flag.map(Some)
    }

    /// Reads the start, and the weekdays if the cell has weekdays in place of a date. Returns `None` for a fault, which is
    /// reported.
    pub fn start(&mut self) -> Option<(Start, Vec<Weekday>)> {
        let text = self.row.start();
        let named =
            text.as_deref().filter(|text| text.starts_with(char::is_alphabetic)).and_then(parse_weekdays);
        let (moment, weekdays) = match (named, text) {
            (Some(named), text) => self.weekdays(named, &text.unwrap_or_default())?,
            (None, Some(text)) => match self.context.order.read(&text) {
                Ok(moment) => (moment, Vec::new()),
                Err(error) => return self.report(Column::Start, &text, error),
            },
            (None, None) => (Moment::Nothing, Vec::new()),
        };
        let time = self.time(Column::StartTime)?;
        let start = match (moment, time) {
            (Moment::Nothing, _) => {
                let place = self.row.place(Column::Start);
                let fault = Diagnostic::new(Code::MissingValue, place, "nothing", "the date of the event");
                self.out.push(
                    fault.help("type a date such as 2026-05-12; a row that is no event can stay as it is"),
                );
                return None;
            }
            (Moment::Clock(_), _) => {
                let text = self.row.start().unwrap_or_default();
                let expected = "a date before the time, such as 2026-05-12T18:00";
                return self.fail(Code::BadDate, Column::Start, &text, expected);
            }
            (Moment::Days { first, last }, TimeOfDay::Nothing | TimeOfDay::AllDay) => {
                Start::Days(first, last)
            }
            (Moment::Days { first, last }, TimeOfDay::Clock(clock)) if first == last => {
                Start::At(Stamp::on(first, clock))
            }
            (Moment::Days { first, last }, TimeOfDay::Clock(_)) => {
                let text = self.row.get(Column::StartTime).unwrap_or_default();
                let place = self.row.place(Column::StartTime);
                let fault =
                    Diagnostic::new(Code::BadTime, place, quoted(text), "no time beside several days");
                let help = format!("clear it for the whole days {first} to {last}, or give each day a row");
                self.out.push(fault.help(help));
                return None;
            }
            (Moment::At { start, end, zone, half }, time) => {
                self.stamp(Stamp { at: start, end, zone, half }, time, Column::StartTime)?
            }
        };
        self.check_weekday(&start)?;
        Some((start, weekdays))
    }

    /// Returns the first of some weekdays, as the settings say.
    fn weekdays(&mut self, named: WeekdayText, text: &str) -> Option<(Moment, Vec<Weekday>)> {
        let Some(weekdays) = self.context.weekdays else {
            let place = self.row.place(Column::Start);
            self.out.push(Diagnostic::new(Code::WeekdayAlone, place, quoted(text), "a date").help(
                "type a date; or write weekly_from = 2026-09-01 in calcast.toml for standing groups, week_of = 2026-09-14 for the programme of one week",
            ));
            return None;
        };
        let (Weekdays::WeeklyFrom(from) | Weekdays::WeekOf(from)) = weekdays;
        let on_or_after = |day: &Weekday| from.checked_add(Span::new().days(from.weekday().until(*day))).ok();
        let date = named.days.iter().filter_map(on_or_after).min()?;
        let moment = match named.clock {
            None => Moment::Days { first: date, last: date },
            Some(clock) => {
                let Stamp { at, end, zone, half } = Stamp::on(date, clock);
                Moment::At { start: at, end, zone, half }
            }
        };
        Some((moment, named.days))
    }

    /// Joins a day and a time of day with the time in another column.
    fn stamp(&mut self, stamp: Stamp, time: TimeOfDay, column: Column) -> Option<Start> {
        let is_midnight = stamp.at.time() == Time::midnight() && stamp.end.is_none() && stamp.zone.is_none();
        match time {
            TimeOfDay::AllDay if is_midnight => Some(Start::Days(stamp.at.date(), stamp.at.date())),
            TimeOfDay::Nothing => Some(Start::At(stamp)),
            // Databases write midnight for a missing time.
            TimeOfDay::Clock(clock) if is_midnight => Some(Start::At(Stamp::on(stamp.at.date(), clock))),
            TimeOfDay::Clock(clock) if clock.start == stamp.at.time() => {
                let day = Stamp::on(stamp.at.date(), clock);
                let (end, zone) = (stamp.end.or(day.end), stamp.zone.or(day.zone));
                Some(Start::At(Stamp { end, zone, ..stamp }))
            }
            TimeOfDay::AllDay | TimeOfDay::Clock(_) => {
                let text = self.row.get(column).unwrap_or_default();
                let found = format!("{} beside {}", quoted(text), format_time(stamp.at.time()));
                let place = self.row.place(column);
                let fault = Diagnostic::new(Code::BadTime, place, found, "one time of day");
                self.out.push(fault.help("clear this cell, or the time behind the date"));
                None
            }
        }
    }

    /// Checks the start against a weekday in a column of its own.
    fn check_weekday(&mut self, start: &Start) -> Option<()> {
        let date = match start {
            Start::Days(first, _) => *first,
            Start::At(stamp) => stamp.at.date(),
        };
        let other_starts = self.row.each(Column::Start).skip(1).map(|text| (Column::Start, text));
        let cells = self.row.each(Column::Weekday).map(|text| (Column::Weekday, text)).chain(other_starts);
        let said = |text: &str| match parse_weekdays(text) {
            Some(WeekdayText { days, clock: None }) if days.len() == 1 => Some(days[0]),
            _ => None,
        };
        let mut named = cells.filter_map(|(column, text)| Some((column, text, said(text)?)));
        let Some((column, text, _)) = named.find(|(_, _, day)| *day != date.weekday()) else {
            return Some(());
        };
        let expected = format!("{:?}, which {date} is", date.weekday());
        let place = self.row.place(column);
        let fault = Diagnostic::new(Code::BadDate, place, quoted(text), expected);
        self.out
            .push(fault.help(format!("type {:?} if the date is right, else mend the date", date.weekday())));
        None
    }

    /// Reads the end. The event is published without an end that cannot be read, which is reported. The last day of a
    /// series, which some exports have in this column, is no end.
    pub fn end(&mut self) -> Option<End> {
        let is_series_end = self.row.header().export().is_some_and(|export| export.series_end)
            && self.row.get(Column::Repeat).is_some();
        let text = self.row.text(Column::End).filter(|_| !is_series_end);
        let moment = match text {
            None => Moment::Nothing,
            Some(text) => match self.context.order.read(&text) {
                Ok(moment) => moment,
                Err(error) => return self.report(Column::End, &text, error),
            },
        };
        let time = self.time(Column::EndTime)?;
        match (moment, time) {
            (Moment::Nothing, TimeOfDay::Nothing | TimeOfDay::AllDay) => None,
            (Moment::Nothing, TimeOfDay::Clock(clock)) => Some(End::Clock(clock)),
            (Moment::Clock(clock), _) => Some(End::Clock(clock)),
            (Moment::Days { first, last }, _) if first != last => {
                let text = self.row.text(Column::End).unwrap_or_default();
                self.fail(Code::BadDate, Column::End, &text, "one day")
            }
            (Moment::At { end: Some(_), .. }, _) => {
                let text = self.row.text(Column::End).unwrap_or_default();
                self.fail(Code::BadTime, Column::End, &text, "one time of day")
            }
            (Moment::Days { last, .. }, TimeOfDay::Nothing | TimeOfDay::AllDay) => Some(End::Day(last)),
            (Moment::Days { last, .. }, TimeOfDay::Clock(clock)) => Some(End::At(Stamp::on(last, clock))),
            (Moment::At { start, zone, half, .. }, time) => {
                let stamp = Stamp { at: start, end: None, zone, half };
                match self.stamp(stamp, time, Column::EndTime)? {
                    Start::Days(_, last) => Some(End::Day(last)),
                    Start::At(stamp) => Some(End::At(stamp)),
                }
            }
        }
    }

    /// Reads the duration. The event is published without one that cannot be read, which is reported.
    pub fn duration(&mut self) -> Option<Span> {
        let text = self.row.get(Column::Duration)?;
        let length = parse_duration(text);
        if length.is_none() {
            let expected = "a duration such as 90 min, 2 hours or PT1H30M";
            self.out.push(Diagnostic::new(
                Code::BadDuration,
                self.row.place(Column::Duration),
                quoted(text),
                expected,
            ));
        }
        length
    }

    fn time(&mut self, column: Column) -> Option<TimeOfDay> {
        let Some(text) = self.row.get(column) else { return Some(TimeOfDay::Nothing) };
        match parse_time(text) {
            Ok(time) => Some(time),
            Err(error) => self.report(column, text, error),
        }
    }

    /// Reports a fault of a cell.
    pub fn fail<T>(&mut self, code: Code, column: Column, text: &str, expected: &str) -> Option<T> {
        self.out.push(Diagnostic::new(code, self.row.place(column), quoted(text), expected));
        None
    }

    fn report<T>(&mut self, column: Column, text: &str, error: DateError) -> Option<T> {
        let place = self.row.place(column);
        let fault = match error {
            DateError::Ambiguous { readings, orders, .. } => {
                self.ambiguous(column, text, &Readings { readings, orders })
            }
            DateError::Date { expected, help } => {
                let fault = Diagnostic::new(Code::BadDate, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| {
                    "type year, month and day with hyphens, then T and the time: 2026-05-12T18:00".to_owned()
                }))
            }
            DateError::Time { expected, help } => {
                let fault = Diagnostic::new(Code::BadTime, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| "type hours and minutes, from 00:00 to 23:59".to_owned()))
            }
        };
        self.out.push(fault);
        None
    }

    fn ambiguous(&self, column: Column, text: &str, error: &Readings) -> Diagnostic {
        let readings = error.readings.join(" or ");
        let why = match self.context.order.decided() {
            Some(OrderDecision::Conflicting(one, other)) => {
                format!(", and the file has both orders: {one} and {other}")
            }
            _ => String::new(),
        };
        let found = format!("{}, which is {readings}{why}", quoted(text));
        let orders: Vec<String> =
            error.orders.iter().map(|order| format!("date_order = \"{}\"", words_of(*order))).collect();
        let help = match orders[..] {
            [] => format!("type {readings}"),
            _ => format!("write {} in calcast.toml, or type {readings}", orders.join(" or ")),
        };
        let place = self.row.place(column);
        Diagnostic::new(Code::AmbiguousDate, place, found, "a date that can be read one way only").help(help)
    }
}

/// The readings of an ambiguous cell and the orders that decide.
struct Readings {
    readings: Vec<String>,
    orders: Vec<DateOrder>,
}

/// Returns the zone whose city is spelled most like that of a name. A region in common says nothing.
fn zone_of_similar_city(name: &str) -> Option<String> {
    let names = zone::names();
    let city_of = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let cities: Vec<String> = names.iter().map(|name| city_of(name)).collect();
    let near = nearest(&city_of(name), cities.iter().map(String::as_str))?;
    let region = name.split('/').next().unwrap_or_default();
    let of_city = || names.iter().filter(|known| city_of(known) == near);
    of_city().find(|known| known.starts_with(region)).or_else(|| of_city().next()).cloned()
}

/// Returns an order as the settings have it.
pub(in crate::read) fn words_of(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day first",
        DateOrder::MonthFirst => "month first",
        DateOrder::YearFirst => "year first",
    }
}

/// Returns the text of the cell or cells of a column.
pub(super) fn text_of<'a>(row: &RowView<'a>, column: Column) -> Cow<'a, str> {
    let text = if column == Column::Start { row.start() } else { row.text(column) };
    text.unwrap_or_default()
}
