//! Reminders before events, which a subscriber requests in the address of a calendar.

use std::fmt;

/// Maximum in minutes: four weeks.
const MAX_MINUTES: u32 = 28 * DAY;
const DAY: u32 = 24 * 60;
const HOUR: u32 = 60;

/// A reminder a number of minutes before each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm(u32);

impl Alarm {
    /// One hour before.
    pub const HOUR: Alarm = Alarm(HOUR);
    /// One day before.
    pub const DAY: Alarm = Alarm(DAY);

    /// Parses a duration such as `30m`, `1h`, `1d` or `1w`. Returns `None` for zero and above four weeks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Alarm> {
        let text = text.trim().to_ascii_lowercase();
        let unit = match text.chars().last()? {
            'm' => 1,
            'h' => HOUR,
            'd' => DAY,
            'w' => 7 * DAY,
            _ => return None,
        };
        let number = &text[..text.len() - 1];
        let is_valid = (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let minutes = number.parse::<u32>().ok().filter(|_| is_valid)? * unit;
        (1..=MAX_MINUTES).contains(&minutes).then_some(Alarm(minutes))
    }

    /// Returns the `TRIGGER` of an event with a start time (RFC 5545 §3.8.6.3).
    #[must_use]
    pub fn before_start(self) -> String {
        match self.parts() {
            (days, AlarmUnit::Days) => format!("-P{days}D"),
            (hours, AlarmUnit::Hours) => format!("-PT{hours}H"),
            (minutes, AlarmUnit::Minutes) => format!("-PT{minutes}M"),
        }
    }

    /// Returns the `TRIGGER` of an all-day event: at 9:00, the given number of whole days before, at least one.
    #[must_use]
    pub fn before_day(self) -> String {
        let days = (self.0 / DAY).max(1);
        match days {
            1 => "-PT15H".to_owned(),
            days => format!("-P{}DT15H", days - 1),
        }
    }

    /// Returns the largest unit in which this is a whole number, and that number.
    #[must_use]
    pub fn parts(self) -> (u32, AlarmUnit) {
        match self.0 {
            minutes if minutes % DAY == 0 => (minutes / DAY, AlarmUnit::Days),
            minutes if minutes % HOUR == 0 => (minutes / HOUR, AlarmUnit::Hours),
            minutes => (minutes, AlarmUnit::Minutes),
        }
    }
}

/// The unit of a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmUnit {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = self.parts();
        let unit = match unit {
            AlarmUnit::Minutes => 'm',
            AlarmUnit::Hours => 'h',
            AlarmUnit::Days => 'd',
        };
        write!(f, "{number}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_have_a_canonical_text() {
        for (text, form, timed, whole) in [
            ("1h", "1h", "-PT1H", "-PT15H"),
            ("60m", "1h", "-PT1H", "-PT15H"),
            ("90m", "90m", "-PT90M", "-PT15H"),
            ("1D", "1d", "-P1D", "-PT15H"),
            ("48h", "2d", "-P2D", "-P1DT15H"),
            ("4w", "28d", "-P28D", "-P27DT15H"),
        ] {
            let alarm = Alarm::parse(text).unwrap();
            assert_eq!((alarm.to_string(), alarm.before_start()), (form.to_owned(), timed.to_owned()));
            assert_eq!(alarm.before_day(), whole, "{text}");
            assert_eq!(Alarm::parse(form), Some(alarm));
        }
        for text in ["", "h", "0m", "-1h", "+1h", "5w", "29d", "1.5h", "99999999999h", "1é", "one hour"] {
            assert_eq!(Alarm::parse(text), None, "{text}");
        }
    }
}
