//! Recurrences as English text that [`super::parse`] reads back.

use std::fmt;

use jiff::civil::Weekday;

use super::{End, NthWeekday, Recurrence};
use crate::dates::lexicon::Unit;

/// Formats the text to type: `every other Tuesday until 2027-03-31`.
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let are_months_named = self.write_days(f)?;
        if !self.months.is_empty() && !are_months_named {
            f.write_str(&months_text(&self.months))?;
        }
        match self.end {
            Some(End::Until(last)) => write!(f, " until {last}")?,
            Some(End::Count(count)) => write!(f, ", {count} times")?,
            None => {}
        }
        for (at, date) in self.except.iter().enumerate() {
            f.write_str(if at == 0 { " except " } else { ", " })?;
            write!(f, "{date}")?;
        }
        Ok(())
    }
}

impl Recurrence {
    /// Writes rhythm and days. Returns whether the month is among them.
    fn write_days(&self, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
        let every = self.every;
        let (unit, adverb) = match self.unit {
            Unit::Week => ("week", "weekly"),
            Unit::Month => ("month", "monthly"),
            Unit::Year => ("year", "yearly"),
            _ => ("day", "daily"),
        };
        let is_counted = !self.month_days.is_empty()
            || self.position.is_some()
            || self.weekdays.iter().any(|day| day.nth.is_some());
        match (every, &self.weekdays[..]) {
            (1, []) if !is_counted => write!(f, "every {unit}")?,
            (1, _) if is_counted => f.write_str(adverb)?,
            (1, _) => {}
            (2, [_]) if !is_counted => f.write_str("every other ")?,
            _ => write!(f, "every {every} {unit}s")?,
        }
        if !is_counted {
            if !self.weekdays.is_empty() {
                let is_short = every == 2 && self.weekdays.len() == 1;
                f.write_str(if every == 1 {
                    "every "
                } else if is_short {
                    ""
                } else {
                    " on "
                })?;
                f.write_str(&plain_weekdays_text(&self.weekdays))?;
            }
            return Ok(false);
        }
        if let [month] = self.months[..]
            && self.month_days.first().is_some_and(|day| *day > 0)
            && self.month_days.last().is_some_and(|day| *day > 0)
        {
            let days: Vec<String> = self.month_days.iter().map(i8::to_string).collect();
            write!(f, " on {} {}", joined(&days), month_name(month))?;
            return Ok(true);
        }
        let days = match self.position {
            Some(nth) => format!("{} working day", ordinal(nth)),
            None if self.weekdays.is_empty() => month_days_text(&self.month_days),
            None => weekdays_text(&self.weekdays),
        };
        write!(f, " on the {days}")?;
        Ok(false)
    }
}

/// Formats weekdays, perhaps with ordinals: `Tuesday and Thursday`, `1st Monday and 3rd Thursday`.
pub(super) fn weekdays_text(weekdays: &[NthWeekday]) -> String {
    let text = |weekday: &NthWeekday| match weekday.nth {
        Some(nth) => format!("{} {}", ordinal(nth), weekday_name(weekday.day)),
        None => weekday_name(weekday.day).to_owned(),
    };
    joined(&weekdays.iter().map(text).collect::<Vec<_>>())
}

/// Formats plain weekdays, or a run of them: `Tuesday and Thursday`, `Monday to Friday`.
fn plain_weekdays_text(weekdays: &[NthWeekday]) -> String {
    let is_run = weekdays.windows(2).all(|pair| pair[0].day.next() == pair[1].day);
    match weekdays {
        [first, _, .., last] if is_run && weekdays.len() > 2 => {
            format!("{} to {}", weekday_name(first.day), weekday_name(last.day))
        }
        _ => weekdays_text(weekdays),
    }
}

/// Formats ` in June and July`, or a run of months: ` from September to May`.
fn months_text(months: &[i8]) -> String {
    let has = |month: i8| months.contains(&(month.rem_euclid(12) + 1));
    // January is 0 here.
    let firsts: Vec<i8> = (0..12).filter(|month| has(*month) && !has(month - 1)).collect();
    let lasts: Vec<i8> = (0..12).filter(|month| has(*month) && !has(month + 1)).collect();
    match (&firsts[..], &lasts[..]) {
        ([first], [last]) if months.len() > 2 => {
            format!(" from {} to {}", month_name(first + 1), month_name(last + 1))
        }
        _ => format!(
            " in {}",
            joined(&months.iter().map(|month| month_name(*month).to_owned()).collect::<Vec<_>>())
        ),
    }
}

fn month_days_text(days: &[i8]) -> String {
    let text = |day: &i8| if *day < 0 { format!("{} day", ordinal(*day)) } else { ordinal(*day) };
    joined(&days.iter().map(text).collect::<Vec<_>>())
}

/// Formats `a`, `a and b`, `a, b and c`.
fn joined(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [item] => item.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Formats `1st`, `22nd`, `last`, `2nd to last`.
pub(super) fn ordinal(nth: i8) -> String {
    let suffix = match (nth.abs() % 10, nth.abs()) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    match nth {
        -1 => "last".to_owned(),
        ..-1 => format!("{}{suffix} to last", nth.abs()),
        _ => format!("{nth}{suffix}"),
    }
}

pub(super) fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

pub(super) fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ];
    usize::try_from(month)
        .ok()
        .and_then(|month| NAMES.get(month.checked_sub(1)?))
        .copied()
        .unwrap_or_default()
}
