//! The refusals: what is wrong with a cell, and what to type in its place.

use jiff::civil::{Date, Weekday};

use super::draft::{Times, WeekdaySet};
use super::print::{month_name, ordinal, weekday_name, weekdays_text};
use super::{NthWeekday, Recurrence, RecurrenceError, Start};
use crate::dates::clock::format_time;
use crate::dates::day::DayText;
use crate::dates::lexicon::Unit;

/// Returns examples of what to type.
pub(super) fn examples(start: Start) -> String {
    let is_leap_day = start.date.month() == 2 && start.date.day() == 29;
    let yearly = if is_leap_day { "yearly on 29 February" } else { "yearly" };
    let year = start.date.year() + 1;
    format!(
        "type it like one of these: every Tuesday; every other Tuesday; every 2 weeks, 10 times; monthly on the 2nd Tuesday until June {year}; monthly on the 15th; {yearly}"
    )
}

pub(super) fn too_long(start: Start) -> RecurrenceError {
    RecurrenceError::new("a text that is too long for a recurrence", examples(start))
}

pub(super) fn two_rhythms(first: &Recurrence, second: &Recurrence) -> RecurrenceError {
    // The end of one may be that of both.
    if [first, second].iter().any(|rule| rule.end.is_some() || !rule.except.is_empty()) {
        return row_for_each();
    }
    RecurrenceError::new(
        "two rhythms in one cell",
        format!("give each rhythm a row of its own: one with {first} in `repeat`, one with {second}"),
    )
}

/// Returns the error of a text that can be several recurrences.
pub(super) fn ambiguous(rules: &[Recurrence]) -> RecurrenceError {
    let texts: Vec<String> = rules.iter().take(3).map(Recurrence::to_string).collect();
    RecurrenceError::new("what could be two rhythms", format!("type {}", texts.join(", or ")))
}

pub(super) fn too_often(start: Start) -> RecurrenceError {
    RecurrenceError::new(
        "a rhythm of less than a day",
        format!("give each time of day a row of its own, or {}", examples(start)),
    )
}

/// `every other Tuesday and Thursday`
pub(super) fn alternating_several(every: u16, set: WeekdaySet) -> RecurrenceError {
    let help = if set == WeekdaySet::WORKING {
        "name the weekdays, as in every Monday, Wednesday and Friday".to_owned()
    } else {
        format!("type every {every} weeks on {}", weekdays_text(&plain(set)))
    };
    RecurrenceError::new(
        "an interval of several weekdays, which could be counted together or one by one",
        help,
    )
}

fn plain(set: WeekdaySet) -> Vec<NthWeekday> {
    set.days().map(|day| NthWeekday { nth: None, day }).collect()
}

/// Returns the error of a weekday that no month has so often, if there is one.
pub(super) fn impossible_nth(weekdays: &[NthWeekday]) -> Option<RecurrenceError> {
    let weekday = weekdays.iter().find(|weekday| weekday.nth.is_some_and(|nth| nth.abs() > 5))?;
    let text = format!("{} {}", ordinal(weekday.nth?), weekday_name(weekday.day));
    Some(RecurrenceError::new(
        format!("“{text}”, which no month has"),
        "the ordinal goes from 1st to 5th, and from last to 5th to last",
    ))
}

/// `3rd Monday and Wednesday`
pub(super) fn nth_and_plain(weekdays: &[NthWeekday], ordinals: &[i8], plain: WeekdaySet) -> RecurrenceError {
    let mut all = weekdays.to_vec();
    all.extend(ordinals.iter().flat_map(|nth| plain.days().map(|day| NthWeekday { nth: Some(*nth), day })));
    let second = plain.days().next().map_or("the second", weekday_name);
    RecurrenceError::new(
        format!("{second} without which one of the month"),
        format!("type {}; or write every {second} in a row of its own", weekdays_text(&all)),
    )
}

/// `1st-3rd Tuesday`
pub(super) fn ordinal_range(first: i8, last: i8, set: WeekdaySet) -> RecurrenceError {
    let days = set.days().flat_map(|day| (first..=last).map(move |nth| NthWeekday { nth: Some(nth), day }));
    let text = weekdays_text(&days.collect::<Vec<_>>());
    RecurrenceError::new("a range of ordinals", format!("type {text}"))
}

pub(super) fn which_day_of_week(nth: i8) -> RecurrenceError {
    let nth = ordinal(nth);
    RecurrenceError::new(
        format!("the {nth} week without its day"),
        format!("name the weekday, as in {nth} Tuesday of each month"),
    )
}

pub(super) fn which_day_of_weekend(nth: i8) -> RecurrenceError {
    let nth = ordinal(nth);
    RecurrenceError::new(
        format!("the {nth} weekend, which can begin with a Saturday or a Sunday"),
        format!(
            "name the weekday, as in {nth} Saturday of each month; every second one is every other weekend"
        ),
    )
}

pub(super) fn several_positions(nth: i8) -> RecurrenceError {
    let nth = ordinal(nth);
    RecurrenceError::new(
        "several of the working days",
        format!("name one of them, as in monthly on the {nth} working day"),
    )
}

/// `every 2nd day of the month`
pub(super) fn interval_of_days(nth: i8) -> RecurrenceError {
    RecurrenceError::new(
        "what could be a day of the month or an interval",
        format!("type monthly on the {}, or every {nth} days", ordinal(nth)),
    )
}

pub(super) fn which_day_of_month() -> RecurrenceError {
    RecurrenceError::new(
        "months without a day",
        "name the days as well, as in every Tuesday in June, or 1st Tuesday in June",
    )
}

pub(super) fn which_month_of_year() -> RecurrenceError {
    RecurrenceError::new(
        "a day of the year without its month",
        "name the month as well, as in yearly on 12 May",
    )
}

pub(super) fn day_of_quarter() -> RecurrenceError {
    RecurrenceError::new(
        "a day of each quarter without its month",
        "name the months as well, as in monthly on the 15th in January, April, July and October",
    )
}

pub(super) fn which_month_of_quarter(start: Start) -> RecurrenceError {
    RecurrenceError::new(
        "a day of each quarter that the start is not",
        format!("set the start to the first such day; from {}, say every 3 months", start.date),
    )
}

pub(super) fn which_days(times: Times) -> RecurrenceError {
    let (days, example) = match times.unit {
        Unit::Week => ("weekdays", "weekly on Tuesday and Thursday"),
        Unit::Month => ("days", "monthly on the 1st and 3rd Tuesday"),
        _ => ("days", "yearly on 12 May"),
    };
    let count = if times.count == 1 { "once".to_owned() } else { format!("{} times", times.count) };
    RecurrenceError::new(format!("{count} without which {days}"), format!("name the {days}, as in {example}"))
}

pub(super) fn other_count(count: u16, start: Start) -> RecurrenceError {
    RecurrenceError::new(format!("{count} times, but another number of days"), examples(start))
}

/// What to do about weekdays of a month beside other clauses.
pub(super) const NAME_WHICH: &str =
    "say which one of the month, as in the 1st Tuesday, and keep the rest of the cell";

pub(super) fn which_weekday(set: WeekdaySet) -> RecurrenceError {
    let days = weekdays_text(&plain(set));
    let Some(day) = set.days().next().filter(|_| set.len() == 1).map(weekday_name) else {
        return RecurrenceError::new("weekdays of a month without which ones", format!("type every {days}"));
    };
    RecurrenceError::new(
        format!("{day} of a month without which one"),
        format!("type monthly on the 1st {day}, or every {day}"),
    )
}

pub(super) fn no_such_month_day(day: i8, start: Start) -> RecurrenceError {
    RecurrenceError::new(format!("the {}, which no such month has", ordinal(day)), examples(start))
}

pub(super) fn no_days(start: Start) -> RecurrenceError {
    RecurrenceError::new("a month, quarter or year without a day", examples(start))
}

pub(super) fn no_rhythm(start: Start) -> RecurrenceError {
    RecurrenceError::new("no rhythm", examples(start))
}

/// `on the 15th`, `4 July`
pub(super) fn no_rhythm_of_days(rule: Option<&Recurrence>, start: Start) -> RecurrenceError {
    let help = rule.map_or_else(|| examples(start), |rule| format!("type {rule}"));
    RecurrenceError::new("days without how often", help)
}

pub(super) fn contradiction(start: Start) -> RecurrenceError {
    RecurrenceError::new("a rhythm and days that contradict each other", examples(start))
}

pub(super) fn nothing_left(start: Start) -> RecurrenceError {
    RecurrenceError::new("an exception that leaves nothing, or is of other days", examples(start))
}

pub(super) fn no_such_day(day: &DayText) -> RecurrenceError {
    let month = day.month.map_or("", month_name);
    let year = day.year.map_or_else(String::new, |year| format!(" {year}"));
    let said = day.weekday.map(weekday_name).map_or_else(String::new, |weekday| format!("{weekday} "));
    RecurrenceError::new(format!("{said}{} {month}{year}, which does not exist", day.day), "correct the date")
}

pub(super) fn until_before_start(last: Date, start: Start) -> RecurrenceError {
    RecurrenceError::new(
        format!("an end on {last}, before the start on {}", start.date),
        "correct the end of the series, or the start",
    )
}

/// `until 31 March`, in each way to read the rest.
pub(super) fn end_without_year(rules: &[Recurrence]) -> RecurrenceError {
    let found = if rules.len() == 1 {
        "an end without its year"
    } else {
        "several meanings, and an end without its year"
    };
    RecurrenceError { found: found.to_owned(), ..ambiguous(rules) }
}

/// `until 06/27`
pub(super) fn unclear_end() -> RecurrenceError {
    RecurrenceError::new(
        "an end that could be a day or a month",
        "give the year in four digits and the day, as in until 2027-06-30",
    )
}

/// `June until August`
pub(super) fn months_until() -> RecurrenceError {
    RecurrenceError::new(
        "months with “until”, which could be those of each year or the end of the series",
        "say from June to August for the months of each year, or give the year of the end",
    )
}

/// `every Tuesday until Friday`
pub(super) fn weekday_as_end() -> RecurrenceError {
    RecurrenceError::new(
        "a weekday as the end",
        "give the date of the last occurrence; several weekdays are Tuesday to Friday",
    )
}

/// `except 22 Dec 2026 until 5 January 2027`
pub(super) fn excepted_range() -> RecurrenceError {
    RecurrenceError::new(
        "a month or range of dates behind an exception",
        "list each date that is left out, as in except 2026-12-22, 2026-12-29; an end of the series goes before them",
    )
}

/// `10 times except 2026-12-25`
pub(super) fn count_with_except() -> RecurrenceError {
    RecurrenceError::new(
        "a number of occurrences, of which those that are left out could be counted or not",
        "give the date of the last occurrence in place of the number",
    )
}

/// `yearly for 3 days`
pub(super) fn short_span() -> RecurrenceError {
    RecurrenceError::new(
        "a span that ends before the second occurrence",
        "the length of the event goes to the column `end` or `duration`",
    )
}

/// `every other Tuesday and every Thursday`
pub(super) fn row_for_each() -> RecurrenceError {
    RecurrenceError::new("two rhythms in one cell", "give each rhythm a row of its own")
}

/// `every 2 Tuesday`
pub(super) fn interval_or_nth(every: u16, day: Weekday) -> RecurrenceError {
    let (name, nth) = (weekday_name(day), i8::try_from(every).map_or_else(|_| String::new(), ordinal));
    RecurrenceError::new(
        "what could be two rhythms",
        format!("say every {every} weeks on {name}, or the {nth} {name} of each month"),
    )
}

/// Returns the error of a month or year that has no such day, with the rules that people can mean.
pub(super) fn skipped(rules: &[Recurrence], start: Start) -> RecurrenceError {
    let day = ordinal(start.date.day());
    RecurrenceError {
        found: format!("a start on the {day}, which is not in each of the months or years"),
        ..ambiguous(rules)
    }
}

/// `sam et di`
pub(super) fn mixed_languages() -> RecurrenceError {
    RecurrenceError::new(
        "a weekday of two letters beside a word of another language",
        "write the weekdays out",
    )
}

/// `every Tuesday except Wednesday`
pub(super) fn needless_except() -> RecurrenceError {
    RecurrenceError::new(
        "an exception of what the series does not have",
        "take the exception out, or correct it",
    )
}

pub(super) fn except_start(start: Start) -> RecurrenceError {
    RecurrenceError::new(
        format!("an exception on the start, {}", start.date),
        "set the start to the first date on which it takes place",
    )
}

pub(super) fn except_without_year() -> RecurrenceError {
    RecurrenceError::new(
        "a date without its year",
        "give the year of each date that is left out, as in except 2026-12-25",
    )
}

pub(super) fn except_before_start(start: Start) -> RecurrenceError {
    RecurrenceError::new(format!("an exception before the start on {}", start.date), "correct the exception")
}

pub(super) fn duration(start: Start) -> RecurrenceError {
    RecurrenceError::new(
        "a duration in hours or minutes",
        format!("the duration has its own column; {}", examples(start)),
    )
}

pub(super) fn other_start(start: Start) -> RecurrenceError {
    RecurrenceError::new(
        format!("another first day than the start on {}", start.date),
        "the first day goes to the column `start`",
    )
}

pub(super) fn other_time(start: Start) -> RecurrenceError {
    let said = start.time.map_or_else(|| "none".to_owned(), format_time);
    RecurrenceError::new(
        format!("another time than the start, which has {said}"),
        "times go to the columns `start` and `end`",
    )
}

pub(super) fn range_of_times() -> RecurrenceError {
    RecurrenceError::new("a range of times", "times go to the columns `start` and `end`")
}
