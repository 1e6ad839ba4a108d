//! Times of day as people write them: `6pm`, `18h30`, `18.30 Uhr`, `noon`.

use jiff::civil::Time;

use super::errors::DateError;
use super::language;
use crate::read::cell;

fn no_time(help: Option<String>) -> DateError {
    let expected = "a time from 00:00 to 23:59, such as 18:00 or 6 pm".to_owned();
    DateError::Time { expected, help }
}

/// Returns whether a text in lower case begins as a time of day, not as a date.
#[must_use]
pub fn begins_with_time(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].trim_start();
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    (1..=2).contains(&digits)
        && (rest.starts_with([':', ';'])
            || rest.is_empty()
            || matches!(word.as_str(), "am" | "pm" | "a" | "p" | "h" | "uhr" | "hrs")
            || is_pointed_time(text))
}

/// Returns whether a text begins as `18.30` or `6.30 pm`, with one point.
fn is_pointed_time(text: &str) -> bool {
    let head: Vec<&str> =
        text.split([' ', 'a', 'p', 'u', 'h']).next().unwrap_or_default().split('.').collect();
    matches!(head[..], [_, minutes] if minutes.len() == 2 && minutes.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns whether a text is a time of day and nothing else.
#[must_use]
pub fn is_time(text: &str) -> bool {
    let plain = text.trim().to_lowercase();
    (begins_with_time(&plain) || is_named_time(&plain)) && read(&plain).is_ok()
}

/// Returns whether a text is a word for a time of day.
#[must_use]
pub fn is_named_time(text: &str) -> bool {
    let word = text.trim();
    language::is_in(word, |l| &l.noon) || language::is_in(word, |l| &l.midnight)
}

/// Reads a time of day: `18:00`, `6pm`, `6.30 p.m.`, `18h30`, `18 Uhr`, `noon`.
///
/// # Errors
///
/// Returns an error if no clock shows it. The help says what to type if that is sure.
pub fn read(text: &str) -> Result<Time, DateError> {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}'], " ");
    let text = text.trim();
    plain(text).map_err(|help| {
        let mended = || {
            let mended = text.replace([';', ','], ":");
            let time = (mended != text).then(|| plain(&mended).ok()).flatten()?;
            Some(format!("type {}", shown(time)))
        };
        no_time(help.or_else(mended).or_else(|| half_range(text)))
    })
}

/// Reads a time of day in lower case. The error is what to type, if that is sure.
fn plain(text: &str) -> Result<Time, Option<String>> {
    if let Some(time) = cell::clock(text) {
        return Ok(time);
    }
    let word = text.strip_prefix("12 ").unwrap_or(text);
    if language::is_in(word, |l| &l.noon) {
        return Ok(Time::constant(12, 0, 0, 0));
    }
    if language::is_in(word, |l| &l.midnight) {
        return Ok(Time::midnight());
    }
    let (numbers, is_pm) = half_of_day(text);
    let numbers =
        ["uhr", "hrs", "h"].iter().find_map(|unit| numbers.strip_suffix(unit)).unwrap_or(numbers).trim();
    let bare = numbers.len() == text.len();
    let number =
        |part: &str| part.parse::<i8>().ok().filter(|_| part.len() <= 2 && !part.starts_with(['+', '-']));
    let read: Option<Vec<i8>> =
        numbers.split([':', '.', 'h']).map(|part| number(part.trim())).take(4).collect();
    let read = read.filter(|read| read.len() <= 3 && !(bare && read.len() == 1)).ok_or(None)?;
    let (hour, minute, second) =
        (read[0], read.get(1).copied().unwrap_or(0), read.get(2).copied().unwrap_or(0));
    let hour = match (is_pm, hour) {
        (Some(false), 12) => 0,
        (Some(false), 13..) => {
            let time = Time::new(hour, minute, second, 0).ok();
            return Err(time.map(|time| format!("type {} if the evening is meant", shown(time))));
        }
        (Some(true), 1..=11) => hour + 12,
        (_, hour) => hour,
    };
    Time::new(hour, minute, second, 0).map_err(|_| None)
}

/// Reads two times of day with a hyphen or a word between them: `18:00 - 20:00`, `6pm to 8pm`. Both need their own am or
/// pm, so `6-8pm` is no range.
#[must_use]
pub fn range(text: &str) -> Option<(Time, Time)> {
    let text = text.to_lowercase().replace(['–', '—'], "-").replace(" to ", "-").replace(" bis ", "-");
    let (start, end) = text.split_once('-')?;
    let whole = |text: &str| {
        Some(text.trim()).filter(|text| begins_with_time(text)).and_then(|text| plain(text).ok())
    };
    whole(start).zip(whole(end))
}

/// Formats a time as `18:00`.
#[must_use]
pub fn shown(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Returns what to type for `6-8pm`, if the same half of the day is meant for both.
fn half_range(text: &str) -> Option<String> {
    let (start, end) = text.split_once(['-', '–'])?;
    let (_, is_pm) = half_of_day(end.trim());
    let mark = if is_pm? { "pm" } else { "am" };
    let whole = format!("{}{mark} - {}", start.trim(), end.trim());
    let (from, to) = range(&whole)?;
    Some(format!("type {whole}, or the hours of the day: {} - {}", shown(from), shown(to)))
}

/// Splits am or pm from a time. The second part is whether it is pm.
fn half_of_day(text: &str) -> (&str, Option<bool>) {
    for (end, half) in [
        ("a.m.", false),
        ("p.m.", true),
        ("a. m.", false),
        ("p. m.", true),
        ("am", false),
        ("pm", true),
        ("a.m", false),
        ("p.m", true),
    ] {
        if let Some(rest) = text.strip_suffix(end) {
            return (rest.trim_end().trim_end_matches(':'), Some(half));
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (text, expected) in [
            ("6pm", "18:00"),
            ("6.30 p.m.", "18:30"),
            ("12 am", "00:00"),
            ("12:30 PM", "12:30"),
            ("18h", "18:00"),
            ("18.30 Uhr", "18:30"),
            ("7:30:AM", "07:30"),
            ("13:01 PM", "13:01"),
            ("noon", "12:00"),
            ("Mitternacht", "00:00"),
        ] {
            assert_eq!(read(text).map(shown), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn two_times_in_one_cell() {
        let shown = |text| range(text).map(|(start, end)| (super::shown(start), super::shown(end)));
        assert_eq!(shown("18:00 - 20:00"), Some(("18:00".into(), "20:00".into())));
        assert_eq!(shown("6 pm to 8:30 pm"), Some(("18:00".into(), "20:30".into())));
        assert_eq!(shown("18–20 Uhr"), None);
        assert_eq!(shown("6-8pm"), None);
        let Err(DateError::Time { help, .. }) = read("6-8pm") else { panic!() };
        assert_eq!(help.as_deref(), Some("type 6pm - 8pm, or the hours of the day: 18:00 - 20:00"));
    }

    #[test]
    fn a_long_row_of_times_is_no_time_and_takes_no_time() {
        // Each hyphen once doubled the work.
        assert!(read(&"1;00a-".repeat(3_000)).is_err());
        assert_eq!(range(&"1:00-".repeat(3_000)), None);
    }

    #[test]
    fn errors_say_what_to_type() {
        for (text, expected) in [
            ("20:00 AM", Some("type 20:00 if the evening is meant")),
            ("17;00", Some("type 17:00")),
            ("25:00", None),
            ("-1:00", None),
            ("soon", None),
            ("7", None),
        ] {
            let Err(DateError::Time { help, .. }) = read(text) else { panic!("{text}") };
            assert_eq!(help.as_deref(), expected, "{text}");
        }
    }
}
