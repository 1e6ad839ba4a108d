//! Parses one cell into one value: dates, times, durations, contacts. Each function returns `None` for text that it
//! does not accept; the caller reports it with its place.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Span, ToSpan};

use crate::ical::value;
use crate::link::Link;
use crate::model::event::Contact;

/// Years that a date may have.
pub const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A point in time as a cell may say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A date alone.
    Day(Date),
    /// A date and a time of day.
    Local(DateTime),
    /// A date and a time of day with an offset from UTC.
    Offset(DateTime, Offset),
    /// A time of day alone.
    Clock(Time),
}

/// Parses `2026-05-12`, `2026-05-12T18:00`, `2026-05-12 9:00:44 -0400`, `20260512T180000Z` or `18:00`.
#[must_use]
pub fn moment(text: &str) -> Option<Moment> {
    // Most tables have this form throughout.
    if let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _] = text.as_bytes()
        && let Ok(at) = text.parse::<DateTime>()
        && YEARS.contains(&at.year())
    {
        return Some(Moment::Local(at));
    }
    if let Some(time) = clock(text) {
        return Some(Moment::Clock(time));
    }
    let (day, rest) = leading_date(text)?;
    if rest.is_empty() {
        return Some(Moment::Day(day));
    }
    let rest = rest.strip_prefix(['T', 't']).or_else(|| rest.strip_prefix(' '))?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let at = day.to_datetime(clock(time).or_else(|| compact_clock(time))?);
    match zone.trim() {
        "" => Some(Moment::Local(at)),
        zone => Some(Moment::Offset(at, offset(zone)?)),
    }
}

fn leading_date(text: &str) -> Option<(Date, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (year, month, day, rest) = if digits == 8 {
        (&text[..4], &text[4..6], &text[6..8], &text[8..])
    } else {
        let (year, rest) = text.split_once('-')?;
        let (month, rest) = rest.split_once('-')?;
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        (year, month, &rest[..end], &rest[end..])
    };
    if year.len() != 4 || !matches!(month.len(), 1 | 2) || !matches!(day.len(), 1 | 2) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    YEARS.contains(&date.year()).then_some((date, rest))
}

/// Parses a time of day: `18:00`, `9:05:30`, `18:00:00.000`.
#[must_use]
pub fn clock(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("0").split(['.', ',']).next().unwrap_or("0");
    let good = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !good(hour) || minute.len() != 2 || !good(minute) || !good(second) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()
}

fn compact_clock(text: &str) -> Option<Time> {
    if !matches!(text.len(), 4 | 6) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = if text.len() == 6 { &text[4..] } else { "0" };
    Time::new(text[..2].parse().ok()?, text[2..4].parse().ok()?, seconds.parse().ok()?, 0).ok()
}

/// Parses an offset from UTC: `Z`, `+02:00`, `-0400`.
#[must_use]
pub fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("gmt")
    {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-" | "−", digits) => (-1, digits),
        _ => return None,
    };
    let plain: String = digits.split(':').collect();
    if !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match plain.len() {
        1 | 2 => (plain.as_str(), "0"),
        4 => plain.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Parses a duration: ISO 8601 (`PT1H30M`), `1:30`, or words: `90 min`, `1 h 30 min`, `2 days`. Days and
/// weeks are calendar days; the rest is exact.
#[must_use]
pub fn duration(text: &str) -> Option<Span> {
    let text = text.trim();
    if text.starts_with(['P', 'p']) {
        return value::parse_duration(text);
    }
    if let Some(time) = clock(text) {
        return Some(i64::from(time.hour()).hours().minutes(i64::from(time.minute())));
    }
    let mut span = Span::new();
    let mut rest = text;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok().filter(|number| *number <= 10_000)?;
        rest = rest[digits..].trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = rest[..letters].to_ascii_lowercase();
        rest = rest[letters..].trim_start_matches(['.', ',', ' ']).trim_start();
        rest = rest.strip_prefix("and ").unwrap_or(rest);
        span = match unit.as_str() {
            "w" | "week" | "weeks" => span.days(i64::from(span.get_days()) + number * 7),
            "d" | "day" | "days" => span.days(i64::from(span.get_days()) + number),
            "h" | "hr" | "hrs" | "hour" | "hours" => span.hours(number),
            "m" | "min" | "mins" | "minute" | "minutes" => span.minutes(number),
            "" if any && rest.is_empty() => span.minutes(number),
            _ => return None,
        };
        any = true;
    }
    any.then_some(span)
}

/// Parses a contact: `Name <mail>`, an e-mail address, a phone number, a link, or a name.
#[must_use]
pub fn contact(text: &str) -> Contact {
    let text = crate::text::line(text);
    if let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'))
        && let Some(link) = parse_contact_link(address)
    {
        return Contact { name: name.trim().trim_matches('"').to_owned(), link: Some(link) };
    }
    match parse_contact_link(&text) {
        Some(link) => Contact { name: String::new(), link: Some(link) },
        None => Contact { name: text.into_owned(), link: None },
    }
}

fn parse_contact_link(text: &str) -> Option<Link> {
    let text = text.trim();
    let is_mail = || {
        let (user, host) = text.split_once('@')?;
        let good = !user.is_empty() && host.contains('.') && !text.contains([' ', ',', ';', ':', '/']);
        good.then(|| Link::parse(&format!("mailto:{text}"))).flatten()
    };
    let is_phone = || {
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b" +-().".contains(&byte)) {
            return None;
        }
        let plain: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        (plain.len() >= 6).then(|| Link::parse(&format!("tel:{plain}"))).flatten()
    };
    Link::parse(text).or_else(is_mail).or_else(is_phone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn moments_as_iso_8601_and_near_it() {
        let at = date(2026, 5, 12).at(18, 0, 0, 0);
        let west = Offset::from_seconds(-4 * 3600).unwrap();
        assert_eq!(moment("2026-05-12"), Some(Moment::Day(at.date())));
        assert_eq!(moment("2026-05-12T18:00"), Some(Moment::Local(at)));
        assert_eq!(moment("2026-05-12 18:00:00"), Some(Moment::Local(at)));
        assert_eq!(moment("20260512T180000"), Some(Moment::Local(at)));
        assert_eq!(moment("2026-05-12 18:00 -0400"), Some(Moment::Offset(at, west)));
        assert_eq!(moment("2026-05-12T18:00:00.000Z"), Some(Moment::Offset(at, Offset::UTC)));
        assert_eq!(moment("9:05"), Some(Moment::Clock(time(9, 5, 0, 0))));
        for bad in [
            "2026-02-30", "2026-13-01", "12.5.2026", "2026-05-12T25:00", "26-05-12", "1899-01-01", "",
            "20:00 AM", "17;00",
        ] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_in_words() {
        let hm = |text| duration(text).map(|span| (span.get_days(), span.get_hours(), span.get_minutes()));
        assert_eq!(hm("90 min"), Some((0, 0, 90)));
        assert_eq!(hm("1 h 30"), Some((0, 1, 30)));
        assert_eq!(hm("1:30"), Some((0, 1, 30)));
        assert_eq!(hm("2 hours and 15 minutes"), Some((0, 2, 15)));
        assert_eq!(hm("1 week 2 days"), Some((9, 0, 0)));
        assert_eq!(hm("soon"), None);
        assert_eq!(hm("90"), None);
    }

    #[test]
    fn contacts_have_a_link_where_the_text_has_an_address() {
        let shown = |text| (contact(text).name, contact(text).link.map(|link| link.to_string()));
        assert_eq!(
            shown("Ann B. <ann@example.org>"),
            ("Ann B.".into(), Some("mailto:ann@example.org".into()))
        );
        assert_eq!(shown("ann@example.org"), (String::new(), Some("mailto:ann@example.org".into())));
        assert_eq!(shown("+1 (555) 010-0000"), (String::new(), Some("tel:+15550100000".into())));
        assert_eq!(shown("The front desk"), ("The front desk".into(), None));
    }
}
