//! Weekdays instead of a date: `Monday 18:00`, `Montag / Monday`. Their meaning is a setting.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::clock;
use super::language;
use crate::model::settings::Weekdays;
use crate::read::cell::Moment;

/// Weekdays, and perhaps a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekdayText {
    /// Each once, in order from Monday.
    pub days: Vec<Weekday>,
    /// The time of day after them.
    pub time: Option<Time>,
}

/// Reads weekdays and a time of day. Returns `None` for any other text.
#[must_use]
pub fn read(text: &str) -> Option<WeekdayText> {
    let mut days = Vec::new();
    let mut rest = text.trim();
    loop {
        let word_end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let word = rest[..word_end].to_lowercase();
        let is_conjunction = matches!(word.as_str(), "and" | "und" | "et" | "y");
        if !is_conjunction {
            let Some(day) = day_of(&word) else { break };
            days.push(day);
        }
        rest = rest[word_end..]
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | '&' | '.' | '+'));
    }
    if days.is_empty() {
        return None;
    }
    let time = if rest.is_empty() { None } else { Some(clock::read(rest).ok()?) };
    days.sort_by_key(|day| day.to_monday_zero_offset());
    days.dedup();
    Some(WeekdayText { days, time })
}

/// Returns the weekday of `Tuesday`, `Tuesdays` or `Tue`.
fn day_of(word: &str) -> Option<Weekday> {
    language::weekday(word).or_else(|| language::weekday(word.strip_suffix('s')?))
}

impl WeekdayText {
    /// Returns the first of the days, from the date of the settings on.
    #[must_use]
    pub fn first(&self, weekdays: Weekdays) -> Option<Moment> {
        let from = match weekdays {
            Weekdays::WeeklyFrom(date) | Weekdays::WeekOf(date) => date,
        };
        let date = self.days.iter().filter_map(|day| on_or_after(from, *day)).min()?;
        Some(match self.time {
            Some(time) => Moment::Local(DateTime::from_parts(date, time)),
            None => Moment::Day(date),
        })
    }
}

fn on_or_after(date: Date, day: Weekday) -> Option<Date> {
    let ahead = i64::from(date.weekday().until(day));
    date.checked_add(ahead.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn weekdays_with_and_without_a_time() {
        let days = |text| read(text).map(|named| (named.days, named.time));
        assert_eq!(days("Monday"), Some((vec![Weekday::Monday], None)));
        assert_eq!(days("Montag / Monday 09:00:00"), Some((vec![Weekday::Monday], Some(time(9, 0, 0, 0)))));
        assert_eq!(days("Thursdays and Tuesdays, 6 pm").unwrap().0, [Weekday::Tuesday, Weekday::Thursday]);
        for text in ["Samstag, 07.10.2023", "May", "soon", "2026-05-12", ""] {
            assert_eq!(days(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_weekday_on_or_after_a_date() {
        let from = Weekdays::WeeklyFrom(date(2026, 9, 1));
        assert_eq!(read("Tue").unwrap().first(from), Some(Moment::Day(date(2026, 9, 1))));
        assert_eq!(
            read("Monday 18:00").unwrap().first(from),
            Some(Moment::Local(date(2026, 9, 7).at(18, 0, 0, 0)))
        );
    }
}
