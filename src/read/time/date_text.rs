//! Dates and times as people write them: `5/2/2026`, `2.5.26`, `2 May 2026 6pm`, `18h30`, `23-25/01/2024`.
//!
//! Nothing is guessed. If the order of day and month matters and is not known, the result is [`DateError::Ambiguous`];
//! the caller looks for a value of the same file that can be read in one way only.

use jiff::ToSpan;
use jiff::civil::Date;

use super::clock;
use super::errors::{A_DATE, DateError};
use super::scan::Scan;
use crate::model::settings::DateOrder;
use crate::read::cell::{self, Moment};

/// The value of a cell with a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateValue {
    /// A point in time.
    At(Moment),
    /// Whole days, both inclusive: `23-25/01/2024`.
    Days(Date, Date),
}

/// Reads a date, a time of day, both, or several days.
///
/// # Errors
///
/// Returns an error if it is not an existing date or time, or is ambiguous.
pub fn read(text: &str, order: Option<DateOrder>) -> Result<DateValue, DateError> {
    if let Some(moment) = cell::moment(text) {
        return Ok(DateValue::At(moment));
    }
    let plain = text.to_lowercase().replace(['\u{a0}', '\u{202f}', '\n', '\t'], " ");
    let plain = plain.trim();
    let is_word = !plain.contains(is_digit);
    if is_word && !clock::is_named_time(plain) {
        return Err(DateError::no_date(A_DATE));
    }
    if is_word || clock::begins_with_time(plain) {
        return Ok(DateValue::At(Moment::Clock(clock::read(plain)?)));
    }
    if let Some(moment) = serial(plain) {
        return Ok(DateValue::At(moment));
    }
    let mut scan = Scan::new(plain, order);
    let (first, last) = scan.days()?;
    scan.skip_fillers();
    if scan.rest().is_empty() {
        return Ok(last.map_or(DateValue::At(Moment::Day(first)), |last| DateValue::Days(first, last)));
    }
    if last.is_some() {
        return Err(extra_text(first, scan.rest()));
    }
    moment(first, scan.rest())
}

/// Returns the order of a date that can be read in one way only, such as `13/5/2026`: two numbers of at most two digits,
/// a slash or hyphen between them, and a year. Whole tables are searched with this.
#[must_use]
pub fn order_of(text: &str) -> Option<DateOrder> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let start = text.find(is_digit)?;
    let rest = &text[start..];
    let (first, after) = rest.split_at(digits(rest));
    let separator = after.chars().next().filter(|c| matches!(c, '/' | '-'))?;
    let after = &after[1..];
    let (second, after) = after.split_at(digits(after));
    let year = after.strip_prefix(separator)?;
    if !(1..=2).contains(&first.len()) || !(1..=2).contains(&second.len()) || digits(year) < 2 {
        return None;
    }
    // In a leap year, so that 29 February counts as well.
    let exists = |month: i8, day: i8| Date::new(2024, month, day).is_ok();
    let (first, second): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
    match (exists(second, first), exists(first, second)) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// Returns the error of a date with more text, such as `onwards`.
fn extra_text(first: Date, rest: &str) -> DateError {
    let expected = format!("a date alone, without \"{}\"", rest.trim());
    let help =
        format!("type {first}; an end goes to `end`, a rhythm to `repeat`, anything else to `description`");
    DateError::Date { expected, help: Some(help) }
}

fn moment(day: Date, rest: &str) -> Result<DateValue, DateError> {
    if !rest.contains(is_digit) && !clock::is_named_time(rest) {
        return Err(extra_text(day, rest));
    }
    match clock::read(rest) {
        Ok(time) => Ok(DateValue::At(Moment::Local(day.to_datetime(time)))),
        Err(error) => with_offset(day, rest).ok_or_else(|| with_day(day, error)),
    }
}

/// Completes the help for a time to the whole cell.
fn with_day(day: Date, error: DateError) -> DateError {
    match error {
        DateError::Time { expected, help } => {
            let help = help.map(|help| help.replacen("type ", &format!("type {day}T"), 1));
            DateError::Time { expected, help }
        }
        other => other,
    }
}

fn with_offset(day: Date, rest: &str) -> Option<DateValue> {
    let at = rest.rfind(['+', '-', '−']).or_else(|| rest.rfind(" utc")).or_else(|| rest.rfind('z'))?;
    let (time, offset) = rest.split_at(at);
    let time = clock::read(time.trim()).ok()?;
    Some(DateValue::At(Moment::Offset(day.to_datetime(time), cell::offset(offset.trim())?)))
}

/// Reads a serial number of a spreadsheet: days since 30 December 1899, with the time of day as fraction.
fn serial(text: &str) -> Option<Moment> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    if days.len() != 5 || !days.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let day = jiff::civil::date(1899, 12, 30).checked_add(days.parse::<i64>().ok()?.days()).ok()?;
    let part: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    #[expect(clippy::cast_possible_truncation, reason = "below 86,400 by construction")]
    let seconds = (part * 86_400.0).round() as i64;
    if fraction.is_empty() {
        return Some(Moment::Day(day));
    }
    day.at(0, 0, 0, 0).checked_add(seconds.seconds()).ok().map(Moment::Local)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> String {
        match read(text, None) {
            Ok(DateValue::At(Moment::Day(day))) => day.to_string(),
            Ok(DateValue::At(Moment::Local(at))) => at.strftime("%Y-%m-%d %H:%M").to_string(),
            Ok(DateValue::At(Moment::Offset(at, offset))) => {
                format!("{} {offset}", at.strftime("%Y-%m-%d %H:%M"))
            }
            Ok(DateValue::At(Moment::Clock(time))) => clock::format_time(time),
            Ok(DateValue::Days(first, last)) => format!("{first} to {last}"),
            Err(DateError::Ambiguous { day_first, month_first }) => format!("{day_first} or {month_first}"),
            Err(DateError::Date { expected, help }) => {
                format!("date: {expected}; {}", help.unwrap_or_default())
            }
            Err(DateError::Time { help, .. }) => format!("time: {}", help.unwrap_or_default()),
        }
    }

    #[test]
    fn dates_as_people_write_them() {
        for (text, expected) in [
            ("13/5/2026", "2026-05-13"),
            ("5/13/26", "2026-05-13"),
            ("5/5/2026", "2026-05-05"),
            ("2.5.26", "2026-05-02"),
            ("2. 5. 2026", "2026-05-02"),
            ("Samstag, 07.10.2023", "2023-10-07"),
            ("2 May 2026", "2026-05-02"),
            ("Tuesday, 12th of May, 2026", "2026-05-12"),
            ("den 3. März 2026", "2026-03-03"),
            ("1er janvier 2027", "2027-01-01"),
            ("5 de mayo de 2026", "2026-05-05"),
            ("May 2, 2026 6pm", "2026-05-02 18:00"),
            ("Sat May 2 2026 at noon", "2026-05-02 12:00"),
            ("2-May-26", "2026-05-02"),
            ("2013.3.15", "2013-03-15"),
            ("13/05/2026 18h30", "2026-05-13 18:30"),
            ("13.05.2026 um 18 Uhr", "2026-05-13 18:00"),
            ("5/13/2026 6:05:00 PM", "2026-05-13 18:05"),
            ("13/05/2026 18:30 +02:00", "2026-05-13 18:30 +02"),
            ("2/8/16 13:01 PM", "2016-08-02 or 2016-02-08"),
            ("46154", "2026-05-12"),
            ("46154.75", "2026-05-12 18:00"),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_of_days() {
        for (text, expected) in [
            ("23-25/01/2024", "2024-01-23 to 2024-01-25"),
            ("2013.3.15-16", "2013-03-15 to 2013-03-16"),
            ("12-14 May 2026", "2026-05-12 to 2026-05-14"),
            ("12.–14. Mai 2026", "2026-05-12 to 2026-05-14"),
            ("May 12-14, 2026", "2026-05-12 to 2026-05-14"),
            ("13/05/2026 - 15/05/2026", "2026-05-13 to 2026-05-15"),
            ("13 May 2026 to 15 May 2026", "2026-05-13 to 2026-05-15"),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_type() {
        for (text, expected) in [
            ("1/5/2026", "2026-05-01 or 2026-01-05"),
            ("31/02/2026", "date: a day that exists; there is no 31 in month 2 of 2026; "),
            ("12 May", "date: a year as well, such as 2026-05-12; "),
            ("13/05/2026 17;00", "time: type 2026-05-13T17:00"),
            ("soon", "date: a date such as 2026-05-12, or 2026-05-12T18:00; "),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
        assert!(at("28/04/2025 onwards").contains("type 2025-04-28"), "{}", at("28/04/2025 onwards"));
        assert_eq!(
            read("1/5/2026", Some(DateOrder::MonthFirst)),
            Ok(DateValue::At(Moment::Day(date(2026, 1, 5))))
        );
    }
}
