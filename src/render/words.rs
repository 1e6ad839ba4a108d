//! Dates, times and series in English words.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::ical::rule::{ByDay, Frequency, Rule};
use crate::model::repeat::Repeat;
use crate::model::when::When;

const MONTHS: [&str; 12] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
];

/// `May`.
#[must_use]
pub fn month(date: Date) -> &'static str {
    month_name(date.month())
}

fn month_name(number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
}

/// `Tuesday`.
#[must_use]
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// `Tuesday 12 May 2026`.
#[must_use]
pub fn date(date: Date) -> String {
    format!("{} {} {} {}", weekday(date.weekday()), date.day(), month(date), date.year())
}

/// `Tue 12 May 2026`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{} {} {} {}", &weekday(date.weekday())[..3], date.day(), &month(date)[..3], date.year())
}

/// `18:00`.
#[must_use]
pub fn time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `18:00–20:00 CDT`, `all day`; the last day is said when it is not the first.
#[must_use]
pub fn hours(when: &When) -> String {
    match when {
        When::Days { first, last } if first == last => "all day".to_owned(),
        When::Days { last, .. } => format!("until {}", date(*last)),
        When::Hours { start, end } => clock(start, end),
    }
}

fn clock(start: &ZonedDateTime, end: &ZonedDateTime) -> String {
    let zone = start.time_zone();
    let name = zone.to_offset_info(start.timestamp()).abbreviation().to_owned();
    let name = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name };
    if end <= start {
        return format!("{} {name}", time(start.time()));
    }
    // A meeting that ends after midnight is said by the clock; one that lasts for days is said by the day.
    let overnight = end.date() == start.date()
        || start.date().tomorrow().is_ok_and(|next| next == end.date() && end.time() < start.time());
    if overnight {
        format!("{}–{} {name}", time(start.time()), time(end.time()))
    } else {
        format!("{} to {} {}, {name}", time(start.time()), date(end.date()), time(end.time()))
    }
}

/// The whole of it: `Tuesday 12 May 2026, 18:00–20:00 CDT`.
#[must_use]
pub fn when(when: &When) -> String {
    match when {
        When::Days { first, last } if first == last => date(*first),
        When::Days { first, last } => format!("{} to {}", date(*first), date(*last)),
        When::Hours { .. } => format!("{}, {}", date(when.first_day()), hours(when)),
    }
}

/// The same instants on another clock.
#[must_use]
pub fn elsewhere(when: &When, zone: &TimeZone) -> Option<When> {
    match when {
        When::Days { .. } => None,
        When::Hours { start, end } => Some(When::Hours {
            start: start.with_time_zone(zone.clone()),
            end: end.with_time_zone(zone.clone()),
        }),
    }
}

/// An instant as the day it is in a zone: `12 May 2026`.
#[must_use]
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    let date = zone.to_datetime(at).date();
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `Every month on the 2nd Tuesday, until 30 June 2027`.
#[must_use]
pub fn series(repeat: &Repeat, first: &When) -> String {
    let Repeat { clock: _, rule, except: _, also: _ } = repeat;
    if rule.count == Some(1) {
        return "On several dates".to_owned();
    }
    let mut words = period(rule);
    if let Some(days) = days(rule, first) {
        words.push_str(&days);
    }
    match (rule.count, rule.until) {
        (Some(count), _) => words.push_str(&format!(", {count} times")),
        (None, Some(_)) => {
            if let Some(last) = repeat.last_day(first) {
                words.push_str(&format!(", until {} {} {}", last.day(), month(last), last.year()));
            }
        }
        (None, None) => {}
    }
    words
}

fn period(rule: &Rule) -> String {
    let unit = match rule.frequency {
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    };
    match rule.interval {
        1 => format!("Every {unit}"),
        2 => format!("Every other {unit}"),
        n => format!("Every {n} {unit}s"),
    }
}

fn days(rule: &Rule, first: &When) -> Option<String> {
    let weekdays = |by_day: &[ByDay]| -> String {
        let names: Vec<String> = by_day
            .iter()
            .map(|by| match by.nth {
                Some(nth) => format!("the {} {}", ordinal(i16::from(nth)), weekday(by.day)),
                None => weekday(by.day).to_owned(),
            })
            .collect();
        names.join(" and ")
    };
    let months: Vec<&str> = rule.by_month.iter().map(|number| month_name(*number)).collect();
    let in_months = if months.is_empty() { String::new() } else { format!(" in {}", listed(&months)) };
    if let [position] = rule.by_set_pos[..] {
        let of = weekdays(&rule.by_day).replace(" and ", ", ");
        return Some(format!(" on the {} of {of}{in_months}", ordinal(position)));
    }
    if !rule.by_day.is_empty() {
        return Some(format!(" on {}{in_months}", weekdays(&rule.by_day)));
    }
    match (&rule.by_month_day[..], &months[..]) {
        ([], []) => {}
        ([], _) => return Some(in_months),
        ([day], [month]) if *day > 0 => return Some(format!(" on {day} {month}")),
        (days, _) => {
            let days: Vec<String> = days.iter().map(|day| month_day(*day)).collect();
            return Some(format!(" on the {}{in_months}", days.join(" and ")));
        }
    }
    match rule.frequency {
        Frequency::Daily => None,
        Frequency::Weekly => Some(format!(" on {}", weekday(first.first_day().weekday()))),
        Frequency::Monthly => Some(format!(" on the {}", ordinal(i16::from(first.first_day().day())))),
        Frequency::Yearly => Some(format!(" on {} {}", first.first_day().day(), month(first.first_day()))),
    }
}

/// `15th`, `last day`.
fn month_day(day: i8) -> String {
    let ordinal = ordinal(i16::from(day));
    if day < 0 { format!("{ordinal} day") } else { ordinal }
}

/// `June, July and August`.
#[must_use]
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match &names[..] {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn ordinal(n: i16) -> String {
    match n {
        -1 => "last".to_owned(),
        n if n < -1 => format!("{} to last", ordinal(-n)),
        11..=13 => format!("{n}th"),
        n if n % 10 == 1 => format!("{n}st"),
        n if n % 10 == 2 => format!("{n}nd"),
        n if n % 10 == 3 => format!("{n}rd"),
        n => format!("{n}th"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day_of;

    #[test]
    fn a_series_reads_as_one_says_it() {
        let first = When::Days { first: day_of(2026, 5, 12), last: day_of(2026, 5, 12) };
        let said = |rule: &str| {
            let clock = jiff::civil::Time::midnight();
            series(&Repeat { clock, rule: rule.parse().unwrap(), except: vec![], also: vec![] }, &first)
        };
        assert_eq!(
            said("FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260630"),
            "Every month on the 2nd Tuesday, until 9 June 2026"
        );
        assert_eq!(said("FREQ=WEEKLY;INTERVAL=2;COUNT=10"), "Every other week on Tuesday, 10 times");
        assert_eq!(said("FREQ=MONTHLY;BYDAY=-1TU"), "Every month on the last Tuesday");
        assert_eq!(said("FREQ=YEARLY"), "Every year on 12 May");
        assert_eq!(said("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=12"), "Every year on 12 May");
        assert_eq!(said("FREQ=YEARLY;BYMONTH=5;BYDAY=2TU"), "Every year on the 2nd Tuesday in May");
        assert_eq!(said("FREQ=MONTHLY;BYMONTHDAY=-1"), "Every month on the last day");
        assert_eq!(said("FREQ=DAILY;BYMONTH=5,6,7"), "Every day in May, June and July");
    }

    #[test]
    fn a_time_says_its_zone() {
        let zone = crate::ical::zone::named("America/Chicago").unwrap();
        let at = |hour| crate::model::when::place(day_of(2026, 5, 12).at(hour, 0, 0, 0), &zone).unwrap();
        let event = When::Hours { start: at(18), end: at(20) };
        assert_eq!(when(&event), "Tuesday 12 May 2026, 18:00–20:00 CDT");
        assert_eq!(hours(&elsewhere(&event, &TimeZone::UTC).unwrap()), "23:00–01:00 UTC");
    }
}
