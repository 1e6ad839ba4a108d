//! The end of a recurrence in words: a date, a month or a year.

use jiff::civil::Date;

use super::date_text::{self, DateValue};
use super::errors::{DateError, RecurrenceError};
use super::language;
use crate::model::settings::DateOrder;
use crate::read::cell::{Moment, YEARS};

/// Reads the last day of a recurrence: a date, or the last day of a month or year.
pub(super) fn last_day(text: &str) -> Result<Date, RecurrenceError> {
    let wrong = || {
        RecurrenceError::new(
            format!("the end {}", crate::diagnostic::quoted(text)),
            "type a date after until, such as until 2027-06-30, or a month and year: until June 2027",
        )
    };
    let text = text.trim().trim_end_matches('.');
    let mut words =
        text.split([' ', '-', '/']).filter(|word| !word.is_empty() && !matches!(*word, "the" | "end" | "of"));
    let year = |word: &str| word.parse::<i16>().ok().filter(|year| word.len() == 4 && YEARS.contains(year));
    let (first, second, third) = (words.next(), words.next(), words.next());
    if let (Some(only), None) = (first.and_then(year), second) {
        return Date::new(only, 12, 31).map_err(|_| wrong());
    }
    if let (Some(word), Some(year), None) = (first, second.and_then(year), third)
        && let Some(month) = language::month(word)
    {
        return Date::new(year, month, 1).map(Date::last_of_month).map_err(|_| wrong());
    }
    match date_text::read(text, None::<DateOrder>) {
        Ok(DateValue::At(Moment::Day(date))) => Ok(date),
        Err(DateError::Ambiguous { day_first, month_first }) => Err(RecurrenceError::new(
            format!("{}, which is {day_first} or {month_first}", crate::diagnostic::quoted(text)),
            format!("type until {day_first}, or until {month_first}"),
        )),
        _ => Err(wrong()),
    }
}
