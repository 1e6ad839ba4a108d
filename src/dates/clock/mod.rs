//! A time of day: `18:00`, `6.30 p.m.`, `18h30`, `halb acht abends`, `quarter past six pm`, and ranges of two.

mod grammar;

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Time;

use super::error::DateError;
use super::zone::ZoneText;

/// The most hours of a range.
const LONGEST: i32 = 16;
/// The most hours of a range over midnight.
const LONGEST_NIGHT: i32 = 12;
const HOUR: i32 = 60 * 60;
const DAY: i32 = 24 * HOUR;

/// How a time of day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// The hour alone.
    Bare,
    /// `18:00`
    Colon,
    /// `18.00`
    Dot,
    /// `1800`
    Military,
    /// `1800 hrs`
    MilitaryUnit,
    /// With a word for hours, of a clock with 24 of them: `18 Uhr`, `18h30`.
    Unit,
    /// On a clock with twelve hours: `six thirty`, `halb acht`, `3 o'clock`.
    Spoken,
    /// `noon`, `midnight`
    Named,
}

/// A time of day as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeText {
    pub hour: u32,
    pub minute: u32,
    pub second: Option<u32>,
    pub form: TimeForm,
    /// The part of the day: its first hour, and the hour after its last.
    pub part: Option<(i8, i8)>,
    /// Whether the minutes have one digit.
    pub is_short: bool,
}

/// A time of day, or two, as a cell has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The start.
    pub start: Time,
    /// The end; on the next day if it is earlier than the start.
    pub end: Option<Time>,
    /// The zone behind it.
    pub zone: Option<ZoneText>,
    /// The half of the day that the text names.
    pub half: Half,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_time(self.start))?;
        if let Some(end) = self.end {
            write!(f, " - {}", format_time(end))?;
        }
        self.zone.iter().try_for_each(|zone| write!(f, " {zone}"))
    }
}

/// What a time of day says about the half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// It has am, pm or the like.
    Marked,
    /// It has none, and an hour that a clock with twelve hours has.
    Unmarked,
    /// It is on a clock with 24 hours.
    Certain,
}

/// One time or a range as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClockText {
    pub start: TimeText,
    pub end: Option<TimeText>,
    pub zone: Option<ZoneText>,
    /// Whether the times have a hyphen and no space between them.
    pub is_tight: bool,
}

impl ClockText {
    /// Returns the time or times of day.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such time, it could be two, or the range is too long.
    pub fn clock(&self) -> Result<Clock, DateError> {
        let zone = self.zone.clone();
        let Some(end) = self.end else {
            let start = self.start.alone()?;
            return Ok(Clock { start, end: None, zone, half: self.start.half() });
        };
        let (start, end) = range(self.start, end)?;
        Ok(Clock { start, end: Some(end), zone, half: Half::Certain })
    }
}

impl TimeText {
    pub fn new(hour: u32, minute: u32, form: TimeForm) -> TimeText {
        TimeText { hour, minute, second: None, form, part: None, is_short: false }
    }

    fn half(&self) -> Half {
        let is_digital = !matches!(self.form, TimeForm::Unit | TimeForm::Military | TimeForm::MilitaryUnit);
        match self.part {
            Some(_) => Half::Marked,
            None if is_digital && self.has_two_halves() => Half::Unmarked,
            None => Half::Certain,
        }
    }

    /// Returns whether a clock with twelve hours can show it.
    fn has_two_halves(&self) -> bool {
        let is_military = matches!(self.form, TimeForm::Military | TimeForm::MilitaryUnit);
        !is_military && self.form != TimeForm::Named && (1..=12).contains(&self.hour)
    }

    /// Returns the time on a clock with 24 hours, without regard to the part of the day.
    pub fn plain(&self) -> Result<Time, DateError> {
        let number = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
        if self.is_short {
            let (hour, minute) =
                (self.in_part().map_or(self.hour, |time| u32::from(time.hour().unsigned_abs())), self.minute);
            let later = if self.form == TimeForm::Dot { minute * 6 } else { minute * 10 };
            let error = DateError::time("minutes of two digits");
            let exists = hour < 24 && later < 60;
            return Err(if exists {
                error.or_type(format!("type {hour:02}:{minute:02} or {hour:02}:{later:02}"))
            } else {
                error
            });
        }
        let time = Time::new(number(self.hour), number(self.minute), number(self.second.unwrap_or(0)), 0);
        time.map_err(|_| DateError::time("a time from 00:00 to 23:59, such as 18:00 or 6 pm"))
    }

    /// Returns the only hour of the part of the day that the clock shows in this way.
    fn in_part(&self) -> Option<Time> {
        let (from, to) = self.part?;
        let hour = i8::try_from(self.hour).ok()?;
        let hours = if (1..=12).contains(&hour) { [hour % 12, hour % 12 + 12] } else { [hour, hour] };
        let mut fitting = hours.into_iter().filter(|hour| (from..to).contains(hour));
        let found = fitting.next()?;
        let second = i8::try_from(self.second.unwrap_or(0)).ok()?;
        Time::new(found, if self.is_short { 0 } else { i8::try_from(self.minute).ok()? }, second, 0).ok()
    }

    /// Returns the time of a text with nothing else that could name the half of the day.
    fn alone(&self) -> Result<Time, DateError> {
        let plain = self.plain()?;
        if self.part.is_some() {
            return self.in_part().ok_or_else(|| {
                let error = DateError::time("am or pm that fits the hour");
                if self.hour > 12 {
                    error.or_type(format!("type {} if that is meant", format_time(plain)))
                } else {
                    error
                }
            });
        }
        match self.form {
            TimeForm::Bare | TimeForm::Spoken if self.hour > 12 || self.hour == 0 => {
                Err(DateError::time("minutes as well").or_type(format!("type {}", format_time(plain))))
            }
            TimeForm::Bare | TimeForm::Spoken if (1..=12).contains(&self.hour) => {
                let halves: Vec<String> = self.halves().into_iter().map(format_time).collect();
                Err(DateError::time("the half of the day").or_type(format!("type {}", halves.join(" or "))))
            }
            // A workbook writes a time of day as a fraction of a day.
            TimeForm::Dot if self.hour == 0 => {
                let fraction = format_time(time_of_fraction(f64::from(self.minute) / 100.0));
                Err(DateError::time("a colon in the time")
                    .or_type(format!("type {} or {fraction}", format_time(plain))))
            }
            _ => Ok(plain),
        }
    }

    /// Returns the times before and after noon that a clock with twelve hours shows in this way.
    fn halves(&self) -> Vec<Time> {
        let Ok(plain) = self.plain() else { return Vec::new() };
        let other = plain.wrapping_add(12.hours());
        if self.has_two_halves() { vec![plain.min(other), plain.max(other)] } else { vec![plain] }
    }

    /// Returns the times that this can be beside the other end of its range.
    fn beside(&self, other: Half) -> Result<Vec<Time>, DateError> {
        let plain = self.plain()?;
        if self.part.is_some() {
            return Ok(vec![self.alone()?]);
        }
        if other == Half::Marked {
            return Ok(self.halves());
        }
        Ok(vec![plain])
    }
}

/// Returns the two times of a range.
fn range(start: TimeText, end: TimeText) -> Result<(Time, Time), DateError> {
    // `18-24 Uhr` ends at midnight.
    let is_last = (end.hour, end.minute, end.part) == (24, 0, None);
    let end = if is_last { TimeText { hour: 0, ..end } } else { end };
    let (starts, ends) = (start.part.is_some(), end.part.is_some());
    // `noon - 3`: noon and midnight mark the other end as well.
    let is_named = |time: TimeText| time.form == TimeForm::Named;
    let shares_half = (starts && end.has_two_halves()) || (ends && start.has_two_halves());
    let shares_noon = (is_named(start) && end.half() == Half::Unmarked)
        || (is_named(end) && start.half() == Half::Unmarked);
    if (shares_half && starts != ends) || shares_noon {
        return shared_half(start, end);
    }
    if is_unclear(start, end) {
        return Err(unclear(&start, &end));
    }
    // In `8pm-12pm` one of the two is a slip.
    let is_slip = starts && ends && (start.hour == 12 || end.hour == 12);
    let longest = if is_slip { 12 * HOUR - 1 } else { LONGEST * HOUR };
    let pairs = pairs(&start.beside(Half::Certain)?, &end.beside(Half::Certain)?, longest);
    match pairs[..] {
        [(start, end)] if end > start || seconds(start) - seconds(end) >= DAY - LONGEST_NIGHT * HOUR => {
            Ok((start, end))
        }
        _ => Err(DateError::time(format!(
            "an end at most {LONGEST} hours after the start, or {LONGEST_NIGHT} over midnight"
        ))),
    }
}

/// Returns the two times of a range of which one end says the half of the day: `6:30-8 pm`, `8 - noon`.
fn shared_half(start: TimeText, end: TimeText) -> Result<(Time, Time), DateError> {
    // In `9-12am` noon is meant as often as midnight.
    let is_midnight = (end.hour, end.minute) == (12, 0) && end.part == Some((0, 12));
    let pairs = pairs(&start.beside(Half::Marked)?, &end.beside(Half::Marked)?, 12 * HOUR - 1);
    // `noon - 3:00` and `5 pm - 6h` could be on a clock with 24 hours.
    let part = start.part.or(end.part);
    let exact = if part.is_none() { TimeForm::Colon } else { TimeForm::Unit };
    let could_be_exact = [start, end].iter().any(|time| time.part.is_none() && time.form == exact);
    let is_of_day = part.is_some_and(|(from, to)| to > 12 && (from, to) != (12, 24));
    let is_exact = |pair: &(Time, Time)| {
        [start, end]
            .iter()
            .zip([pair.0, pair.1])
            .all(|(time, read)| time.part.is_some() || time.plain().ok() == Some(read))
    };
    let is_clear = |pair: &(Time, Time)| is_of_day || !could_be_exact || is_exact(pair);
    match pairs[..] {
        [pair] if is_clear(&pair) && !is_midnight => Ok(pair),
        [_] => Err(unclear(&start, &end)),
        _ => Err(DateError::time("am or pm behind both times")),
    }
}

/// Returns whether a range without am, pm and the like can be several.
fn is_unclear(start: TimeText, end: TimeText) -> bool {
    let has_unit = |time: TimeText| time.form == TimeForm::Unit;
    let is_spoken = |time: TimeText| time.form == TimeForm::Spoken && time.part.is_none();
    let is_digital = |time: TimeText| matches!(time.form, TimeForm::Colon | TimeForm::Dot);
    // An hour alone is one of 24 beside a word for hours, or beside minutes after noon.
    let is_bare = |one: TimeText, other: TimeText| {
        let is_late = is_digital(other) && one.hour > 12 && other.hour > 12;
        one.form == TimeForm::Bare && one.part.is_none() && !has_unit(other) && !is_late
    };
    let are_early = start.half() == Half::Unmarked && end.half() == Half::Unmarked;
    let is_backwards = are_early && (end.hour, end.minute) <= (start.hour, start.minute);
    is_bare(start, end) || is_bare(end, start) || is_spoken(start) || is_spoken(end) || is_backwards
}

/// Returns the error of a range whose halves of the day are unknown.
fn unclear(start: &TimeText, end: &TimeText) -> DateError {
    let error = DateError::time("am or pm, or hours from 0 to 23");
    let found = pairs(&start.halves(), &end.halves(), 12 * HOUR - 1);
    if found.is_empty() {
        return error;
    }
    let texts: Vec<String> =
        found.iter().map(|(start, end)| format!("{} - {}", format_time(*start), format_time(*end))).collect();
    error.or_type(format!("type {}", texts.join(" or ")))
}

fn seconds(time: Time) -> i32 {
    (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second())
}

/// Returns the pairs of times with at most so many seconds between them.
fn pairs(starts: &[Time], ends: &[Time], most: i32) -> Vec<(Time, Time)> {
    let all = starts.iter().flat_map(|start| ends.iter().map(move |end| (*start, *end)));
    all.filter(|(start, end)| (1..=most).contains(&(seconds(*end) - seconds(*start)).rem_euclid(DAY)))
        .collect()
}

/// Returns the time of day that a fraction of a day is, to the second.
pub(super) fn time_of_fraction(fraction: f64) -> Time {
    #[expect(clippy::cast_possible_truncation, reason = "a day has 86,400 seconds")]
    let seconds = (fraction.fract() * f64::from(DAY)).round() as i64;
    Time::midnight().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Time::MAX)
}

/// Formats a time as `18:00`, with seconds if it has any.
#[must_use]
pub fn format_time(time: Time) -> String {
    let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
    format!("{:02}:{:02}{seconds}", time.hour(), time.minute())
}
