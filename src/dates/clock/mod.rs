//! A time of day: `18:00`, `6.30 p.m.`, `18h30`, `halb acht abends`, `quarter past six pm`, and ranges of two.

mod grammar;

use std::fmt;

use jiff::civil::Time;

use super::error::DateError;
use super::zone::ZoneText;

/// The most hours from a start to an end that is earlier by the clock.
const LONGEST_NIGHT: i32 = 16;
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
    /// Returns an error if there is no such time, it could be two, or the range is longer than [`LONGEST_NIGHT`] hours.
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
        match (self.part, self.form) {
            (Some(_), _) => Half::Marked,
            (None, TimeForm::Bare | TimeForm::Colon | TimeForm::Dot | TimeForm::Spoken)
                if (1..=12).contains(&self.hour) =>
            {
                Half::Unmarked
            }
            _ => Half::Certain,
        }
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
            TimeForm::Bare if self.hour > 12 || self.hour == 0 => {
                Err(DateError::time("minutes as well").or_type(format!("type {}", format_time(plain))))
            }
            TimeForm::Bare | TimeForm::Spoken if (1..=12).contains(&self.hour) => {
                let [one, other] = self.halves().map(format_time);
                Err(DateError::time("the half of the day").or_type(format!("type {one} or {other}")))
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
    fn halves(&self) -> [Time; 2] {
        let hour = i8::try_from(self.hour % 12).unwrap_or_default();
        let (minute, second) = (
            i8::try_from(self.minute).unwrap_or_default(),
            i8::try_from(self.second.unwrap_or(0)).unwrap_or_default(),
        );
        [hour, hour + 12].map(|hour| Time::new(hour, minute, second, 0).unwrap_or(Time::midnight()))
    }

    /// Returns the times that this can be beside the other end of its range.
    fn beside(&self, other: Half) -> Result<Vec<Time>, DateError> {
        let plain = self.plain()?;
        if self.part.is_some() {
            return Ok(vec![self.alone()?]);
        }
        if other == Half::Marked && self.half() == Half::Unmarked {
            return Ok(self.halves().to_vec());
        }
        Ok(vec![plain])
    }
}

/// Returns the two times of a range.
fn range(start: TimeText, end: TimeText) -> Result<(Time, Time), DateError> {
    let has_unit = |time: TimeText| matches!(time.form, TimeForm::Unit);
    let is_spoken = |time: TimeText| time.form == TimeForm::Spoken && time.part.is_none();
    let (marked, unmarked) =
        (|time: TimeText| time.half() == Half::Marked, |time: TimeText| time.half() == Half::Unmarked);
    let shares_half = (marked(start) && unmarked(end)) || (unmarked(start) && marked(end));
    // `8 - noon`: noon and midnight mark the other end as well.
    let named = [(start, end), (end, start)]
        .into_iter()
        .any(|(named, other)| named.form == TimeForm::Named && unmarked(other));
    if shares_half || named {
        let pairs = pairs(&start.beside(Half::Marked)?, &end.beside(Half::Marked)?, 12 * HOUR - 1);
        // `noon - 3:00` could be on a clock with 24 hours.
        let is_plain =
            |pair: &(Time, Time)| start.plain().ok() == Some(pair.0) && end.plain().ok() == Some(pair.1);
        let is_colon = shares_half || ![start, end].iter().any(|time| time.form == TimeForm::Colon);
        return match pairs[..] {
            [pair] if is_colon || is_plain(&pair) => Ok(pair),
            [_] => Err(unclear(&start, &end)),
            _ => Err(DateError::time("am or pm behind both times")),
        };
    }
    let is_bare = |time: TimeText| time.form == TimeForm::Bare && time.part.is_none();
    let certain = |one: TimeText, other: TimeText| !is_bare(one) || has_unit(other);
    let is_backwards = |start: TimeText, end: TimeText| {
        unmarked(start) && unmarked(end) && (end.hour, end.minute) <= (start.hour, start.minute)
    };
    let is_unclear = !certain(start, end)
        || !certain(end, start)
        || is_spoken(start)
        || is_spoken(end)
        || is_backwards(start, end);
    if is_unclear && !(has_unit(start) && has_unit(end)) {
        return Err(unclear(&start, &end));
    }
    match pairs(&start.beside(Half::Certain)?, &end.beside(Half::Certain)?, LONGEST_NIGHT * HOUR)[..] {
        [pair] => Ok(pair),
        _ => Err(DateError::time(format!("an end at most {LONGEST_NIGHT} hours after the start"))),
    }
}

/// Returns the error of a range whose halves of the day are unknown.
fn unclear(start: &TimeText, end: &TimeText) -> DateError {
    let error = DateError::time("am or pm, or hours from 0 to 23");
    if start.plain().is_err() || end.plain().is_err() {
        return error;
    }
    let found = pairs(&start.halves(), &end.halves(), 12 * HOUR - 1);
    if found.is_empty() {
        return error;
    }
    let texts: Vec<String> =
        found.iter().map(|(start, end)| format!("{} - {}", format_time(*start), format_time(*end))).collect();
    error.or_type(format!("type {}", texts.join(" or ")))
}

/// Returns the pairs of times with at most so many seconds between them.
fn pairs(starts: &[Time], ends: &[Time], most: i32) -> Vec<(Time, Time)> {
    let seconds = |time: &Time| {
        (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second())
    };
    let all = starts.iter().flat_map(|start| ends.iter().map(move |end| (*start, *end)));
    all.filter(|(start, end)| (1..=most).contains(&(seconds(end) - seconds(start)).rem_euclid(DAY))).collect()
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
