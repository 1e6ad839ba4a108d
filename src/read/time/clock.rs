//! Times of day as people write them: `6pm`, `18h30`, `18.30 Uhr`, `noon`.

use jiff::civil::Time;

use super::errors::DateError;
use super::language;
use crate::read::cell;

fn time_error(help: Option<String>) -> DateError {
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
            || is_dotted_time(text))
}

/// Returns whether a text begins as `18.30` or `6.30 pm`, with one point.
fn is_dotted_time(text: &str) -> bool {
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
/// Returns an error if there is no such time. The help says what to type, if that is certain.
pub fn read(text: &str) -> Result<Time, DateError> {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}'], " ");
    let text = text.trim();
    read_lower(text).map_err(|help| {
        let corrected = || {
            let corrected = text.replace([';', ','], ":");
            let time = (corrected != text).then(|| read_lower(&corrected).ok()).flatten()?;
            Some(format!("type {}", format_time(time)))
        };
        time_error(help.or_else(corrected).or_else(|| range_help(text)))
    })
}

/// Reads a time of day in lower case. The error is what to type, if that is certain.
fn read_lower(text: &str) -> Result<Time, Option<String>> {
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
    let (numbers, is_pm) = split_meridiem(text);
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
            return Err(time.map(|time| format!("type {} if the evening is meant", format_time(time))));
        }
        (Some(true), 1..=11) => hour + 12,
        (_, hour) => hour,
    };
    Time::new(hour, minute, second, 0).map_err(|_| None)
}

/// Reads two times of day with a hyphen or a word between them: `18:00 - 20:00`, `6pm to 8pm`. Both need their own am or
/// pm, so `6-8pm` is not a range.
#[must_use]
pub fn range(text: &str) -> Option<(Time, Time)> {
    let text = text.to_lowercase().replace(['–', '—'], "-").replace(" to ", "-").replace(" bis ", "-");
    let (start, end) = text.split_once('-')?;
    let whole = |text: &str| {
        Some(text.trim()).filter(|text| begins_with_time(text)).and_then(|text| read_lower(text).ok())
    };
    whole(start).zip(whole(end))
}

/// Formats a time as `18:00`.
#[must_use]
pub fn format_time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Returns what to type for `6-8pm`, if both times can be am or both pm.
fn range_help(text: &str) -> Option<String> {
    let (start, end) = text.split_once(['-', '–'])?;
    let (_, is_pm) = split_meridiem(end.trim());
    let mark = if is_pm? { "pm" } else { "am" };
    let whole = format!("{}{mark} - {}", start.trim(), end.trim());
    let (from, to) = range(&whole)?;
    Some(format!("type {whole}, or the hours of the day: {} - {}", format_time(from), format_time(to)))
}

/// Splits am or pm from a time. The second part is whether it is pm.
fn split_meridiem(text: &str) -> (&str, Option<bool>) {
    for (endings, is_pm) in [(["a.m.", "a. m.", "am", "a.m"], false), (["p.m.", "p. m.", "pm", "p.m"], true)]
    {
        if let Some(rest) = endings.iter().find_map(|ending| text.strip_suffix(ending)) {
            return (rest.trim_end().trim_end_matches(':'), Some(is_pm));
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
            assert_eq!(read(text).map(format_time), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn ranges_of_times() {
        let format_time =
            |text| range(text).map(|(start, end)| (super::format_time(start), super::format_time(end)));
        assert_eq!(format_time("18:00 - 20:00"), Some(("18:00".into(), "20:00".into())));
        assert_eq!(format_time("6 pm to 8:30 pm"), Some(("18:00".into(), "20:30".into())));
        assert_eq!(format_time("18–20 Uhr"), None);
        assert_eq!(format_time("6-8pm"), None);
        let Err(DateError::Time { help, .. }) = read("6-8pm") else { panic!() };
        assert_eq!(help.as_deref(), Some("type 6pm - 8pm, or the hours of the day: 18:00 - 20:00"));
    }

    #[test]
    fn long_rows_of_times_are_refused_quickly() {
        // The time must not be exponential in the number of hyphens.
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
