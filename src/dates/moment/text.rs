//! The days and times of a cell as they are written, and the moment that they mean.

use jiff::Span;
use jiff::civil::{Date, Time};

use super::Moment;
use crate::dates::clock::{Clock, ClockText, Half, TimeForm, TimeText, format_time};
use crate::dates::day::{DayForm, DayText};
use crate::dates::error::DateError;
use crate::dates::order::{DateOrder, Orders};

/// The most days of a range.
const LONGEST_RANGE: i32 = 366;

/// A cell as it is written, before the values are checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MomentText {
    Day(DayText),
    Days(DayText, DayText),
    At(DayText, ClockText),
    Between(StampText, StampText),
    Clock(ClockText),
}

/// A day and a time of day as they are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StampText {
    pub day: DayText,
    pub clock: ClockText,
}

impl MomentText {
    fn days(&self) -> [Option<&DayText>; 2] {
        match self {
            MomentText::Day(day) | MomentText::At(day, _) => [Some(day), None],
            MomentText::Days(first, last) => [Some(first), Some(last)],
            MomentText::Between(start, end) => [Some(&start.day), Some(&end.day)],
            MomentText::Clock(_) => [None, None],
        }
    }

    /// Returns the orders in which the days can be read.
    pub fn orders(&self) -> Orders {
        self.days().into_iter().flatten().fold(Orders::ALL, |orders, day| orders.and(day.orders))
    }

    /// Returns whether its days exist, or say themselves which days they are.
    pub fn has_real_days(&self) -> bool {
        self.moment().is_ok() || self.days().into_iter().flatten().all(|day| day.weekday.is_some())
    }

    pub fn is_dotted(&self) -> bool {
        self.days().into_iter().flatten().any(|day| day.form == DayForm::Dotted)
    }

    /// Returns whether a day has a two-digit year first and no hyphens.
    pub fn is_short_year_first(&self) -> bool {
        let short = Orders::only(DateOrder::YearFirst);
        self.days().into_iter().flatten().any(|day| day.orders == short && day.form != DayForm::Hyphened)
    }

    pub fn moment(&self) -> Result<Moment, DateError> {
        match self {
            MomentText::Day(day) => day.date().map(|day| Moment::Days { first: day, last: day }),
            MomentText::Days(first, last) => days(*first, *last),
            MomentText::At(day, clock) => at(day, clock),
            MomentText::Between(start, end) => between(start, end),
            MomentText::Clock(clock) => clock.clock().map(Moment::Clock),
        }
    }
}

/// Completes the parts that the first and the last day share.
pub(super) fn complete(first: DayText, last: DayText) -> (DayText, DayText) {
    let (mut first, mut last) = (first, last);
    first.month = first.month.or(last.month);
    last.month = last.month.or(first.month);
    if first.year.is_none() {
        let turns = first.month > last.month;
        first.year = last.year.map(|year| if turns { year - 1 } else { year });
    }
    last.year = last.year.or(first.year);
    (first, last)
}

fn days(first: DayText, last: DayText) -> Result<Moment, DateError> {
    let (first, last) = complete(first, last);
    let (first, last) = (first.date()?, last.date()?);
    if last < first {
        return Err(DateError::date(format!("a last day that is not before {first}")));
    }
    if first.until(last).is_ok_and(|span: Span| span.get_days() > LONGEST_RANGE) {
        return Err(DateError::date("days of one year"));
    }
    Ok(Moment::Days { first, last })
}

fn at(day: &DayText, clock: &ClockText) -> Result<Moment, DateError> {
    let date = day.date()?;
    // `Jun 5 2027 2028` has two years.
    let is_year = |hour: u32, minute: u32| {
        i16::try_from(hour * 100 + minute).is_ok_and(|year| (1900..2200).contains(&year))
    };
    let first = clock.start;
    let is_same = i16::try_from(first.hour * 100 + first.minute).ok() == day.year;
    let is_like_a_year = is_same || (day.form == DayForm::Named && is_year(first.hour, first.minute));
    if first.form == TimeForm::Military && is_like_a_year && clock.end.is_none() {
        return Err(DateError::date("one year, or a colon in the time of day"));
    }
    let is_iso = day.form == DayForm::Numeric && day.orders == Orders::ALL;
    if let Some(end) = clock.end.filter(|end| is_iso && clock.is_tight && could_be_offset(clock.start, *end))
    {
        let (start, end) = (first.plain()?, end.plain()?);
        let [start, end] = [start, end].map(format_time);
        let help = format!(
            "type {date} {start} - {} {end} or {date}T{start}-{end}",
            date.tomorrow().unwrap_or(date)
        );
        return Err(DateError::time("an end, or an offset from UTC").or_type(help));
    }
    let Clock { start, end, zone, half } = clock.clock().map_err(|error| with_day(date, error))?;
    let on = |time: Time| {
        let day = if time < start { date.tomorrow().unwrap_or(date) } else { date };
        day.to_datetime(time)
    };
    Ok(Moment::At { start: on(start), end: end.map(on), zone, half })
}

/// Returns whether the end of a range could be an offset behind a date in the form of ISO 8601: `18:00-04:00`.
fn could_be_offset(start: TimeText, end: TimeText) -> bool {
    let is_plain = |time: TimeText| time.form == TimeForm::Colon && time.part.is_none();
    is_plain(start) && is_plain(end) && end.hour <= 12 && (end.hour, end.minute) < (start.hour, start.minute)
}

/// Completes what to type for a time to the whole cell.
fn with_day(day: Date, error: DateError) -> DateError {
    match error {
        DateError::Time { expected, help: Some(help) } => {
            let help =
                help.replacen("type ", &format!("type {day} "), 1).replace(" or ", &format!(" or {day} "));
            DateError::Time { expected, help: Some(help) }
        }
        other => other,
    }
}

fn between(start: &StampText, end: &StampText) -> Result<Moment, DateError> {
    let (first, last) = complete(start.day, end.day);
    let (
        Moment::At { start, end: None, zone, half },
        Moment::At { start: end, end: None, zone: end_zone, half: end_half },
    ) = (at(&first, &start.clock)?, at(&last, &end.clock)?)
    else {
        return Err(DateError::date("one start and one end"));
    };
    if end <= start {
        return Err(DateError::date(format!("an end after {start}")));
    }
    if start.date().until(end.date()).is_ok_and(|span: Span| span.get_days() > LONGEST_RANGE) {
        return Err(DateError::date("an end within a year"));
    }
    if matches!((half, end_half), (Half::Marked, Half::Unmarked) | (Half::Unmarked, Half::Marked)) {
        return Err(DateError::time("am or pm behind both times"));
    }
    if zone.is_some() && zone != end_zone {
        return Err(DateError::date("the same zone behind both times"));
    }
    Ok(Moment::At { start, end: Some(end), zone: end_zone, half })
}
