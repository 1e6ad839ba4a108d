//! Recurrences in words: `every other Tuesday until June 2027`, `jeden 2. und 4. Montag im Monat`, `un mardi sur deux`.
//!
//! A cell is a sequence of clauses: a rhythm (`every two weeks`), days (`on Tuesday`), months (`in June`), and bounds
//! (`until 31 March 2027`, `10 times`, `except August`). `grammar` reads every clause that can stand at a token and
//! joins those that fit together to a `draft::Draft`; `meaning` makes the rule of a draft. Nothing is guessed: a cell
//! is accepted if all of its tokens are used and every way to use them is the same rule.

mod bounds;
mod days;
mod diagnosis;
mod draft;
mod grammar;
mod help;
mod meaning;
mod months;
mod nth;
mod print;

use jiff::civil::{Date, Time, Weekday};

use super::lexicon::Unit;
use super::order::DateOrder;
use super::reader::Reader;
use grammar::Grammar;
use meaning::Refusal;

/// The first occurrence of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The day.
    pub date: Date,
    /// The time of day, if the event does not last all day.
    pub time: Option<Time>,
}

/// The end of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The last day on which it can occur.
    Until(Date),
    /// How often it occurs.
    Count(u16),
}

/// A weekday, or the nth of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthWeekday {
    /// 1 to 5, or -1 to -5 from the end of the month; `None` for each.
    pub nth: Option<i8>,
    /// The weekday.
    pub day: Weekday,
}

/// When a series occurs, in the terms of RFC 5545 §3.3.10.
///
/// Two recurrences with the same dates are equal as far as possible: `every 14 days` is two weeks, `daily, Mon-Fri` is
/// weekly, and lists are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// Day, week, month or year.
    pub unit: Unit,
    /// The interval, from 1 to 999 units.
    pub every: u16,
    /// `BYDAY`. Either each weekday has an ordinal, or none.
    pub weekdays: Vec<NthWeekday>,
    /// `BYMONTHDAY`: 1 to 31, or -1 to -31 from the end of the month.
    pub month_days: Vec<i8>,
    /// `BYMONTH`: 1 to 12.
    pub months: Vec<i8>,
    /// `BYSETPOS`: the first (1) or last (-1) of the weekdays in each month.
    pub position: Option<i8>,
    /// The end, if there is one.
    pub end: Option<End>,
    /// Days on which it does not occur.
    pub except: Vec<Date>,
}

/// Why a recurrence is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurrenceError {
    /// What is not understood, contradictory or ambiguous. It completes the sentence "Found …".
    pub found: String,
    /// What to do.
    pub help: String,
}

impl RecurrenceError {
    fn new(found: impl Into<String>, help: impl Into<String>) -> RecurrenceError {
        RecurrenceError { found: found.into(), help: help.into() }
    }

    /// Keeps those of the texts to type that are rules from the start on.
    fn with_texts_that_work(mut self, start: Start, order: Option<DateOrder>) -> RecurrenceError {
        let Some(texts) = self.help.strip_prefix("type ").filter(|texts| !texts.starts_with("it like"))
        else {
            return self;
        };
        let (texts, rest) = texts
            .split_once("; ")
            .map_or((texts, String::new()), |(texts, rest)| (texts, format!("; {rest}")));
        let works = |text: &&str| read(text, start, order).is_ok_and(|rule| rule.has_day(start.date));
        let working: Vec<&str> = texts.split(", or ").filter(works).collect();
        let is_rule = |text: &&str| read(text, start, order).is_ok();
        let rules: Vec<&str> = texts.split(", or ").filter(is_rule).collect();
        self.help = match (&working[..], &rules[..]) {
            ([], []) => help::examples(start),
            ([], _) => {
                let texts = rules.join(", or of ");
                format!("set the start to the first date of {texts}, and say so in the cell{rest}")
            }
            _ => format!("type {}{rest}", working.join(", or ")),
        };
        self
    }
}

impl Recurrence {
    /// Returns whether it is every second one of a weekday.
    fn is_fortnightly(&self) -> bool {
        self.unit == Unit::Week && self.every == 2 && self.weekdays.len() == 1
    }

    /// Returns whether a date is one of the days of the rule, whatever its interval.
    fn has_day(&self, date: Date) -> bool {
        let is_nth = |weekday: &NthWeekday| {
            let nth = |nth: i8| date.nth_weekday_of_month(nth, weekday.day).is_ok_and(|day| day == date);
            weekday.day == date.weekday() && weekday.nth.is_none_or(nth)
        };
        let from_end = date.day() - date.days_in_month() - 1;
        let is_month_day = |day: &i8| *day == date.day() || *day == from_end;
        let fits_position = self.position.is_none_or(|position| (position == 1) == (date.day() < 8));
        let lists = [
            self.months.is_empty() || self.months.contains(&date.month()),
            self.month_days.is_empty() || self.month_days.iter().any(is_month_day),
            self.weekdays.is_empty() || self.weekdays.iter().any(is_nth),
        ];
        lists.into_iter().all(|fits| fits) && fits_position
    }
}

impl Recurrence {
    /// Returns whether a date can be one of the series, whatever its interval.
    fn can_be_on(&self, date: Date, start: Start) -> bool {
        let has_days = !self.weekdays.is_empty() || !self.month_days.is_empty();
        let is_like_start = match self.unit {
            _ if has_days => true,
            Unit::Week => date.weekday() == start.date.weekday(),
            Unit::Month => date.day() == start.date.day(),
            Unit::Year => (date.month(), date.day()) == (start.date.month(), start.date.day()),
            _ => true,
        };
        let is_before_end = !matches!(self.end, Some(End::Until(last)) if date > last);
        self.has_day(date) && is_like_start && is_before_end
    }
}

/// Reads a recurrence in words.
///
/// `start` decides what `for 10 weeks` and `of each quarter` mean, and a time in the text has to be its time. `order` is
/// the order of numbers in dates, if it is known.
///
/// # Errors
///
/// Returns an error if a word is not understood, or the text contradicts itself or the start, is not one rule, or could be
/// several.
pub fn parse(text: &str, start: Start, order: Option<DateOrder>) -> Result<Recurrence, RecurrenceError> {
    read(text, start, order).map_err(|error| error.with_texts_that_work(start, order))
}

fn read(text: &str, start: Start, order: Option<DateOrder>) -> Result<Recurrence, RecurrenceError> {
    let outcome = read_clauses(text, start, order);
    match diagnosis::vague(text) {
        // `tous les 15 jours le mardi`: the weekday says that it is two weeks.
        Some(vague) if vague.is_fortnight && outcome.as_ref().is_ok_and(Recurrence::is_fortnightly) => {
            outcome
        }
        Some(vague) => Err(vague.error),
        None => outcome,
    }
}

fn read_clauses(text: &str, start: Start, order: Option<DateOrder>) -> Result<Recurrence, RecurrenceError> {
    let Some(reader) = Reader::new(text) else {
        return Err(help::too_long(start));
    };
    if diagnosis::mixes_languages(text) {
        return Err(help::mixed_languages());
    }
    let grammar = Grammar { reader: &reader, start, order };
    let mut rules: Vec<Recurrence> = Vec::new();
    let mut has_year = true;
    let mut contradiction = None;
    for draft in grammar.whole() {
        match draft.rule(start) {
            Ok(rule) => add_new(&mut rules, rule),
            Err(Refusal::Yearless(rule)) => {
                has_year = false;
                add_new(&mut rules, rule);
            }
            // Something else that the text can mean.
            Err(Refusal::Meaning(error)) => return Err(error),
            Err(Refusal::Contradiction(error)) => contradiction = contradiction.or(Some(error)),
        }
    }
    match rules.len() {
        1.. if !has_year => Err(help::end_without_year(&rules)),
        0 => Err(contradiction
            .or_else(|| diagnosis::two_rhythms(&grammar))
            .unwrap_or_else(|| diagnosis::unknown(text, &grammar))),
        1 => Ok(rules.remove(0)),
        _ => Err(help::ambiguous(&rules)),
    }
}

fn add_new(rules: &mut Vec<Recurrence>, rule: Recurrence) {
    if !rules.contains(&rule) {
        rules.push(rule);
    }
}
