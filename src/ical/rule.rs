//! Recurrence rules (RFC 5545 §3.3.10): parsed and written.
//!
//! Supported are the parts that calendar programs share: FREQ from DAILY to YEARLY, INTERVAL, COUNT, UNTIL, BYDAY,
//! BYMONTHDAY, BYMONTH, BYSETPOS and WKST.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use serde::Deserialize;

use super::value;

/// The period of a rule (`FREQ`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// A weekday, or its nth occurrence in a month or year; negative numbers count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByDay {
    /// 1 to 53 or −53 to −1; `None` is every occurrence.
    pub nth: Option<i8>,
    /// The weekday.
    pub day: Weekday,
}

/// The last time at which an occurrence may begin, inclusive (`UNTIL`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A day.
    Date(Date),
    /// A local date-time.
    Local(DateTime),
    /// An instant.
    Utc(Timestamp),
}

/// A recurrence rule with all parts in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The period.
    pub frequency: Frequency,
    /// The number of periods from one to the next, 1 to 999.
    pub interval: u16,
    /// The number of occurrences, 1 to 1,000; never set together with `until`.
    pub count: Option<u16>,
    /// The end; never set together with `count`.
    pub until: Option<Until>,
    /// `BYMONTH`, 1 to 12.
    pub by_month: Vec<i8>,
    /// `BYMONTHDAY`, 1 to 31 or −31 to −1.
    pub by_month_day: Vec<i8>,
    /// `BYDAY`.
    pub by_day: Vec<ByDay>,
    /// `BYSETPOS`, not 0.
    pub by_set_pos: Vec<i16>,
    /// The first day of a week (`WKST`); Monday by default.
    pub week_start: Weekday,
}

/// The reason why a text is not a supported rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// `FREQ` is missing.
    #[error("no FREQ")]
    NoFrequency,
    /// A part is not `KEY=VALUE`, or its key is not in the RFC.
    #[error("the part \"{}\"", .0.escape_debug())]
    NotAPart(String),
    /// A key is repeated.
    #[error("{0} twice")]
    Repeated(String),
    /// The value of a key is out of range.
    #[error("{0}={value}, which is out of range", value = .1.escape_debug())]
    OutOfRange(String, String),
    /// Some calendar programs do not support a key or frequency.
    #[error("{0}, which calendar programs do not share")]
    NotShared(String),
    /// `COUNT` and `UNTIL` are both set, which the RFC forbids.
    #[error("both COUNT and UNTIL")]
    CountAndUntil,
    /// `BYDAY` mixes plain and numbered weekdays, or has numbered ones in a daily or weekly rule.
    #[error("a BYDAY that mixes or misplaces numbered weekdays")]
    MixedDays,
}

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// Returns the abbreviation of a weekday, such as `TU`.
#[must_use]
pub fn day_letters(day: Weekday) -> &'static str {
    DAYS[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)].0
}

fn parse_weekday(text: &str) -> Option<Weekday> {
    DAYS.iter().find(|(letters, _)| *letters == text).map(|(_, day)| *day)
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Rule, RuleError> {
        let upper = text.trim().to_ascii_uppercase();
        let body = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut rule = Rule::every(Frequency::Daily);
        let mut seen: Vec<&str> = Vec::new();
        for part in body.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| RuleError::NotAPart(part.to_owned()))?;
            if seen.contains(&key) {
                return Err(RuleError::Repeated(key.to_owned()));
            }
            seen.push(key);
            rule.set(key, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(RuleError::NoFrequency);
        }
        rule.checked()
    }
}

impl Rule {
    /// Creates a rule that repeats every period without an end.
    #[must_use]
    pub fn every(frequency: Frequency) -> Rule {
        Rule {
            frequency,
            interval: 1,
            count: None,
            until: None,
            by_month: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), RuleError> {
        let wrong = || RuleError::OutOfRange(key.to_owned(), value.to_owned());
        match key {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    "HOURLY" | "MINUTELY" | "SECONDLY" => {
                        return Err(RuleError::NotShared(format!("FREQ={value}")));
                    }
                    _ => return Err(wrong()),
                }
            }
            "INTERVAL" => self.interval = number(value, 1, 999).ok_or_else(wrong)?,
            "COUNT" => self.count = Some(number(value, 1, 1000).ok_or_else(wrong)?),
            "UNTIL" => self.until = Some(parse_until(value).ok_or_else(wrong)?),
            "BYMONTH" => self.by_month = list(value, |v| number(v, 1, 12)).ok_or_else(wrong)?,
            "BYMONTHDAY" => self.by_month_day = list(value, |v| signed(v, 31)).ok_or_else(wrong)?,
            "BYDAY" => self.by_day = list(value, parse_by_day).ok_or_else(wrong)?,
            "BYSETPOS" => self.by_set_pos = list(value, |v| signed(v, 366)).ok_or_else(wrong)?,
            "WKST" => self.week_start = parse_weekday(value).ok_or_else(wrong)?,
            "BYWEEKNO" | "BYYEARDAY" | "BYHOUR" | "BYMINUTE" | "BYSECOND" | "RSCALE" | "SKIP" => {
                return Err(RuleError::NotShared(key.to_owned()));
            }
            _ => return Err(RuleError::NotAPart(format!("{key}={value}"))),
        }
        Ok(())
    }

    fn checked(self) -> Result<Rule, RuleError> {
        if self.count.is_some() && self.until.is_some() {
            return Err(RuleError::CountAndUntil);
        }
        let numbered = self.by_day.iter().filter(|day| day.nth.is_some()).count();
        // RFC 5545 §3.3.10: numbers belong to MONTHLY and YEARLY; a mix is read differently everywhere.
        let misplaced = matches!(self.frequency, Frequency::Daily | Frequency::Weekly);
        if numbered > 0 && (misplaced || numbered < self.by_day.len()) {
            return Err(RuleError::MixedDays);
        }
        // Thunderbird's reader looks for such a day for ever.
        let from_the_end = self.by_month_day.iter().any(|day| *day < 0);
        if self.frequency == Frequency::Daily && self.interval > 1 && from_the_end {
            return Err(RuleError::NotShared(
                "BYMONTHDAY from the end in a rule of every few days".to_owned(),
            ));
        }
        if self.frequency == Frequency::Weekly && !self.by_month_day.is_empty() {
            return Err(RuleError::NotShared("BYMONTHDAY in a weekly rule".to_owned()));
        }
        let by_any = !(self.by_day.is_empty() && self.by_month_day.is_empty() && self.by_month.is_empty());
        if !self.by_set_pos.is_empty() && !by_any {
            return Err(RuleError::NotShared("BYSETPOS alone".to_owned()));
        }
        Ok(self)
    }
}

fn number<T: FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|n| *n >= least && *n <= most)
}

fn signed<T: FromStr + PartialOrd + From<i8> + std::ops::Neg<Output = T> + Copy>(
    text: &str,
    most: T,
) -> Option<T> {
    number(text, -most, most).filter(|n| *n != T::from(0))
}

fn list<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    const MAX_ITEMS: usize = 50;
    let items: Option<Vec<T>> = text.split(',').map(parse).collect();
    items.filter(|items| items.len() <= MAX_ITEMS)
}

fn parse_by_day(text: &str) -> Option<ByDay> {
    let (nth, letters) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(signed(nth.strip_prefix('+').unwrap_or(nth), 53i8)?) };
    Some(ByDay { nth, day: parse_weekday(letters)? })
}

fn parse_until(text: &str) -> Option<Until> {
    value::parse_utc(text)
        .map(Until::Utc)
        .or_else(|| value::parse_local(text).map(Until::Local))
        .or_else(|| value::parse_date(text).map(Until::Date))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            frequency,
            interval,
            count,
            until,
            by_month,
            by_month_day,
            by_day,
            by_set_pos,
            week_start,
        } = self;
        write!(f, "FREQ={}", format!("{frequency:?}").to_uppercase())?;
        if *interval != 1 {
            write!(f, ";INTERVAL={interval}")?;
        }
        if let Some(count) = count {
            write!(f, ";COUNT={count}")?;
        }
        match until {
            None => {}
            Some(Until::Date(date)) => write!(f, ";UNTIL={}", value::date(*date))?,
            Some(Until::Local(at)) => write!(f, ";UNTIL={}", value::local(*at))?,
            Some(Until::Utc(at)) => write!(f, ";UNTIL={}", value::utc(*at))?,
        }
        part(f, "BYMONTH", by_month, ToString::to_string)?;
        part(f, "BYMONTHDAY", by_month_day, ToString::to_string)?;
        part(f, "BYDAY", by_day, |by| {
            format!("{}{}", by.nth.map(|n| n.to_string()).unwrap_or_default(), day_letters(by.day))
        })?;
        part(f, "BYSETPOS", by_set_pos, ToString::to_string)?;
        if *week_start != Weekday::Monday {
            write!(f, ";WKST={}", day_letters(*week_start))?;
        }
        Ok(())
    }
}

fn part<T>(f: &mut fmt::Formatter<'_>, key: &str, items: &[T], print: impl Fn(&T) -> String) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    let printed: Vec<String> = items.iter().map(print).collect();
    write!(f, ";{key}={}", printed.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string(), text);
        assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule);
    }

    #[test]
    fn parse_inverts_write() {
        round_trip("FREQ=MONTHLY;BYDAY=2TU");
        round_trip("FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=3,11;BYDAY=-1SU");
        round_trip("FREQ=WEEKLY;UNTIL=20270630T230000Z;BYDAY=MO,TH;WKST=SU");
        round_trip("FREQ=MONTHLY;UNTIL=20270630;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
    }

    #[test]
    fn rules_that_programs_read_differently_are_errors() {
        let refused = |text: &str| text.parse::<Rule>().unwrap_err();
        assert_eq!(refused("COUNT=2"), RuleError::NoFrequency);
        assert_eq!(refused("FREQ=DAILY;COUNT=2;UNTIL=20260101"), RuleError::CountAndUntil);
        assert_eq!(refused("FREQ=MONTHLY;BYDAY=MO,1TU"), RuleError::MixedDays);
        assert_eq!(refused("FREQ=WEEKLY;BYDAY=1TU"), RuleError::MixedDays);
        assert!(matches!(refused("FREQ=SECONDLY"), RuleError::NotShared(_)));
        assert!(matches!(refused("FREQ=DAILY;INTERVAL=4;BYMONTHDAY=-1"), RuleError::NotShared(_)));
        assert!(matches!(refused("FREQ=DAILY;INTERVAL=0"), RuleError::OutOfRange(..)));
        assert!(matches!(refused("FREQ=DAILY;FREQ=DAILY"), RuleError::Repeated(_)));
        assert!(matches!(refused("FREQ=DAILY;BYMONTHDAY=0"), RuleError::OutOfRange(..)));
        assert!(matches!(refused("every tuesday"), RuleError::NotAPart(_)));
    }
}
