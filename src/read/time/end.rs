//! The end of a series in words: a date, a month or a year.

use jiff::civil::Date;

use super::language;
use super::rhythm::{Refusal, refusal};
use super::written::{self, Written};
use crate::model::settings::DateOrder;
use crate::read::cell::Moment;

/// The day that an end names: a date, the last day of a month, or of a year.
pub(super) fn last_day(text: &str) -> Result<Date, Refusal> {
    let wrong = || {
        refusal(
            format!("the end {}", crate::diagnostic::quoted(text)),
            "type a date after until, such as until 2027-06-30, or a month and year: until June 2027",
        )
    };
    let text = text.trim().trim_end_matches('.');
    let mut words =
        text.split([' ', '-', '/']).filter(|word| !word.is_empty() && !matches!(*word, "the" | "end" | "of"));
    let year =
        |word: &str| word.parse::<i16>().ok().filter(|year| word.len() == 4 && written::is_year(*year));
    let (first, second, third) = (words.next(), words.next(), words.next());
    if let (Some(only), None) = (first.and_then(year), second) {
        return Date::new(only, 12, 31).map_err(|_| wrong());
    }
    if let (Some(word), Some(year), None) = (first, second.and_then(year), third)
        && let Some(month) = language::month(word)
    {
        return Date::new(year, month, 1).map(Date::last_of_month).map_err(|_| wrong());
    }
    match written::read(text, None::<DateOrder>) {
        Ok(Written::At(Moment::Day(date))) => Ok(date),
        Err(written::Refusal::Ambiguous { day_first, month_first }) => Err(refusal(
            format!("{}, which is {day_first} or {month_first}", crate::diagnostic::quoted(text)),
            format!("type until {day_first}, or until {month_first}"),
        )),
        _ => Err(wrong()),
    }
}
