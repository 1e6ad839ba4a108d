//! DATE, DATE-TIME, UTC-OFFSET and DURATION values (RFC 5545 §3.3): write beside parse.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// `20260512` (RFC 5545 §3.3.4).
#[must_use]
pub fn date(date: Date) -> String {
    let mut text = String::with_capacity(8);
    push_date(date, &mut text);
    text
}

/// `20260512T180000`: a local date-time (RFC 5545 §3.3.5, form 1 and 3).
#[must_use]
pub fn local(at: DateTime) -> String {
    let mut text = String::with_capacity(16);
    push_local(at, &mut text);
    text
}

/// `20260512T230000Z`: a date-time in UTC (RFC 5545 §3.3.5, form 2), whole seconds.
#[must_use]
pub fn utc(at: Timestamp) -> String {
    let mut text = String::with_capacity(16);
    push_utc(at, &mut text);
    text
}

/// [`utc`], appended.
pub fn push_utc(at: Timestamp, text: &mut String) {
    push_local(TimeZone::UTC.to_datetime(at), text);
    text.push('Z');
}

/// [`date`], appended.
pub fn push_date(date: Date, text: &mut String) {
    match day(date) {
        Some(digits) => push_digits(&digits, text),
        None => {
            text.push_str(&format!("{:04}", date.year()));
            push_digits(&two(date.month()), text);
            push_digits(&two(date.day()), text);
        }
    }
}

/// [`local`], appended.
pub fn push_local(at: DateTime, text: &mut String) {
    let ([i, j], [k, l], [m, n]) = (two(at.hour()), two(at.minute()), two(at.second()));
    // Every event has half a dozen of them: all of one at once.
    match day(at.date()) {
        Some([a, b, c, d, e, f, g, h]) => {
            push_digits(&[a, b, c, d, e, f, g, h, b'T', i, j, k, l, m, n], text);
        }
        None => {
            push_date(at.date(), text);
            push_digits(&[b'T', i, j, k, l, m, n], text);
        }
    }
}

/// The digits of a day, in a year of four.
fn day(date: Date) -> Option<[u8; 8]> {
    let century = u8::try_from(date.year() / 100).ok().filter(|century| *century < 100)?;
    let [a, b] = two(century.cast_signed());
    let [c, d] = two(i8::try_from(date.year() % 100).unwrap_or(0));
    let ([e, f], [g, h]) = (two(date.month()), two(date.day()));
    Some([a, b, c, d, e, f, g, h])
}

/// A number below 100 in two digits.
fn two(number: i8) -> [u8; 2] {
    let number = number.unsigned_abs() % 100;
    [b'0' + number / 10, b'0' + number % 10]
}

fn push_digits(digits: &[u8], text: &mut String) {
    text.push_str(std::str::from_utf8(digits).expect("digits are ASCII"));
}

/// `-0500` (RFC 5545 §3.3.14), rounded to the minute: older offsets have seconds that readers refuse.
#[must_use]
pub fn offset(offset: Offset) -> String {
    let minutes = (f64::from(offset.seconds()) / 60.0).round().abs();
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", (minutes / 60.0).trunc(), minutes % 60.0)
}

/// `PT1H30M`: a DURATION (RFC 5545 §3.3.6) of hours and less, which is the same on every day; whole seconds,
/// not negative.
#[must_use]
pub fn exact_duration(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let parts = [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
    let said: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if said.is_empty() { "PT0S".to_owned() } else { format!("PT{said}") }
}

/// Reads `20260512`.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// Reads `20260512T180000`, without the `Z`.
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

/// Reads `20260512T230000Z`.
#[must_use]
pub fn parse_utc(text: &str) -> Option<Timestamp> {
    let at = parse_local(text.strip_suffix(['Z', 'z'])?)?;
    Offset::UTC.to_timestamp(at).ok()
}

/// Reads a DURATION such as `PT1H30M`, `P2D` or `P1W` (RFC 5545 §3.3.6); years and months are not in it.
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
        fn parse_undoes_write(seconds in -2_208_988_800i64..7_258_118_400) {
            let at = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(parse_utc(&utc(at)), Some(at));
            let civil = Offset::UTC.to_datetime(at);
            prop_assert_eq!(parse_local(&local(civil)), Some(civil));
            prop_assert_eq!(parse_date(&date(civil.date())), Some(civil.date()));
        }
    }
}
