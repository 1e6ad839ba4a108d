//! DATE, DATE-TIME, UTC-OFFSET and DURATION values (RFC 5545 §3.3): written and parsed.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// Returns a DATE such as `20260512` (RFC 5545 §3.3.4).
#[must_use]
pub fn date(date: Date) -> String {
    let mut text = String::with_capacity(8);
    push_date(date, &mut text);
    text
}

/// Returns a local DATE-TIME such as `20260512T180000` (RFC 5545 §3.3.5, forms 1 and 3).
#[must_use]
pub fn local(at: DateTime) -> String {
    let mut text = String::with_capacity(15);
    push_local(at, &mut text);
    text
}

/// Returns a DATE-TIME in UTC such as `20260512T230000Z` (RFC 5545 §3.3.5, form 2), cut to whole seconds.
#[must_use]
pub fn utc(at: Timestamp) -> String {
    let mut text = String::with_capacity(16);
    push_utc(at, &mut text);
    text
}

/// Appends what [`utc`] returns.
pub fn push_utc(at: Timestamp, text: &mut String) {
    push_local(TimeZone::UTC.to_datetime(at), text);
    text.push('Z');
}

/// Appends what [`date`] returns.
pub fn push_date(date: Date, text: &mut String) {
    if date.year() < 0 {
        text.push('-');
    }
    let year = date.year().unsigned_abs();
    push_two_digits(year / 100, text);
    push_two_digits(year % 100, text);
    push_two_digits(date.month().unsigned_abs().into(), text);
    push_two_digits(date.day().unsigned_abs().into(), text);
}

/// Appends what [`local`] returns.
pub fn push_local(at: DateTime, text: &mut String) {
    push_date(at.date(), text);
    text.push('T');
    for part in [at.hour(), at.minute(), at.second()] {
        push_two_digits(part.unsigned_abs().into(), text);
    }
}

/// Appends a number below 100. Half a dozen dates are written for each event, so it does without `write!`.
fn push_two_digits(number: u16, text: &mut String) {
    const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    text.push(DIGITS[usize::from(number / 10 % 10)]);
    text.push(DIGITS[usize::from(number % 10)]);
}

/// Returns a UTC-OFFSET such as `-0500` (RFC 5545 §3.3.14), rounded to the minute: readers refuse the seconds of
/// older offsets.
#[must_use]
pub fn offset(offset: Offset) -> String {
    let minutes = (f64::from(offset.seconds()) / 60.0).round().abs();
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", (minutes / 60.0).trunc(), minutes % 60.0)
}

/// Returns a DURATION such as `PT1H30M` (RFC 5545 §3.3.6) in hours, minutes and seconds. A negative length is `PT0S`.
#[must_use]
pub fn exact_duration(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let parts = [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
    let written: String =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if written.is_empty() { "PT0S".to_owned() } else { format!("PT{written}") }
}

/// Parses a DATE such as `20260512`.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// Parses a local DATE-TIME such as `20260512T180000`. A leap second becomes second 59.
#[must_use]
pub fn parse_local(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once(['T', 't'])?;
    if clock.len() != 6 || !clock.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| clock[range].parse::<i8>().ok();
    let time = Time::new(part(0..2)?, part(2..4)?, part(4..6)?.min(59), 0).ok()?;
    Some(parse_date(day)?.to_datetime(time))
}

/// Parses a DATE-TIME in UTC such as `20260512T230000Z`.
#[must_use]
pub fn parse_utc(text: &str) -> Option<Timestamp> {
    let at = parse_local(text.strip_suffix(['Z', 'z'])?)?;
    Offset::UTC.to_timestamp(at).ok()
}

/// Parses a DURATION such as `PT1H30M`, `P2D` or `P1W` (RFC 5545 §3.3.6), which has no years and months.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Span> {
    let upper = text.to_ascii_uppercase();
    let body = upper.strip_prefix('P')?;
    if body.is_empty() || body.ends_with('T') {
        return None;
    }
    let mut span = Span::new();
    let mut digits = String::new();
    let mut after_t = false;
    for c in body.chars() {
        if c.is_ascii_digit() && digits.len() < 5 {
            digits.push(c);
            continue;
        }
        if c == 'T' && digits.is_empty() && !after_t {
            after_t = true;
            continue;
        }
        let number: i64 = digits.parse().ok()?;
        digits.clear();
        span = match (c, after_t) {
            ('W', false) => span.weeks(number),
            ('D', false) => span.days(number),
            ('H', true) => span.hours(number),
            ('M', true) => span.minutes(number),
            ('S', true) => span.seconds(number),
            _ => return None,
        };
    }
    digits.is_empty().then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_are_whole_minutes() {
        let at = |seconds| offset(Offset::from_seconds(seconds).unwrap());
        assert_eq!(
            [at(-18000), at(20700), at(0), at(-5 * 3600 - 50 * 60 - 36)],
            ["-0500", "+0545", "+0000", "-0551"]
        );
    }

    #[test]
    fn durations_are_days_and_hours() {
        let span = parse_duration("PT1H30M").unwrap();
        assert_eq!((span.get_hours(), span.get_minutes()), (1, 30));
        assert!(parse_duration("P1M").is_none());
        assert!(parse_duration("PT").is_none());
        assert!(parse_duration("90").is_none());
    }

    proptest! {
        #[test]
        fn parse_inverts_write(seconds in -2_208_988_800i64..7_258_118_400) {
            let at = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(parse_utc(&utc(at)), Some(at));
            let civil = Offset::UTC.to_datetime(at);
            prop_assert_eq!(parse_local(&local(civil)), Some(civil));
            prop_assert_eq!(parse_date(&date(civil.date())), Some(civil.date()));
        }
    }
}
