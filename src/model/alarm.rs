//! How long before an event a subscriber's calendar rings, where the subscriber asked for that.

use std::fmt;

/// The longest: four weeks.
const LONGEST: u32 = 28 * DAY;
const DAY: u32 = 24 * 60;
const HOUR: u32 = 60;

/// A reminder before each event, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm(u32);

impl Alarm {
    /// One hour before.
    pub const HOUR: Alarm = Alarm(HOUR);
    /// One day before.
    pub const DAY: Alarm = Alarm(DAY);

    /// From `30m`, `1h`, `1d` or `1w`. `None` when it is none of these, or longer than four weeks.
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
        let good = (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let minutes = number.parse::<u32>().ok().filter(|_| good)? * unit;
        (1..=LONGEST).contains(&minutes).then_some(Alarm(minutes))
    }

    /// The `TRIGGER` of an event with a clock (RFC 5545 §3.8.6.3).
    #[must_use]
    pub fn before_start(self) -> String {
        match self.0 {
            minutes if minutes % DAY == 0 => format!("-P{}D", minutes / DAY),
            minutes if minutes % HOUR == 0 => format!("-PT{}H", minutes / HOUR),
            minutes => format!("-PT{minutes}M"),
        }
    }

    /// The `TRIGGER` of an event of whole days, which begins at midnight, when people sleep: at nine in the
    /// morning, as many days before as whole days were asked for, and on the day before for less.
    #[must_use]
    pub fn before_day(self) -> String {
        let days = (self.0 / DAY).max(1);
        match days {
            1 => "-PT15H".to_owned(),
            days => format!("-P{}DT15H", days - 1),
        }
    }

    /// Whole days, or else whole hours, or else minutes.
    #[must_use]
    pub fn parts(self) -> (u32, AlarmUnit) {
        match self.0 {
            minutes if minutes % DAY == 0 => (minutes / DAY, AlarmUnit::Days),
            minutes if minutes % HOUR == 0 => (minutes / HOUR, AlarmUnit::Hours),
            minutes => (minutes, AlarmUnit::Minutes),
        }
    }
}

/// What an alarm is counted in.
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
    fn an_alarm_has_one_form() {
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
