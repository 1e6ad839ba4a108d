//! A month of the calendar on pages.

use std::fmt;

use jiff::civil::Date;

/// The years with pages.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A month of a year from 1900 to 2200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Parses a month such as `2026-12`. Returns `None` for a year outside 1900 to 2200.
    #[must_use]
    pub fn parse(text: &str) -> Option<Month> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        Month::from_date(Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?)
    }

    /// Returns the month of a day.
    #[must_use]
    pub fn from_date(day: Date) -> Option<Month> {
        YEARS.contains(&day.year()).then(|| Month { year: day.year(), month: day.month() })
    }

    /// Returns the first day.
    #[must_use]
    pub fn first(self) -> Date {
        Date::new(self.year, self.month, 1).expect("a month has a first day")
    }

    /// Returns the last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.first().last_of_month()
    }

    /// Returns whether a day is in this month.
    #[must_use]
    pub fn has(self, day: Date) -> bool {
        (day.year(), day.month()) == (self.year, self.month)
    }

    /// Returns the next month, if it has a page.
    #[must_use]
    pub fn next(self) -> Option<Month> {
        Month::from_date(self.last().tomorrow().ok()?)
    }

    /// Returns the previous month, if it has a page.
    #[must_use]
    pub fn previous(self) -> Option<Month> {
        Month::from_date(self.first().yesterday().ok()?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_without_pages_are_none() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(month.to_string(), "2026-12");
        assert_eq!(month.next().unwrap().to_string(), "2027-01");
        assert_eq!(month.previous().unwrap().to_string(), "2026-11");
        assert_eq!(month.last().day(), 31);
        assert_eq!(Month::parse("1900-01").unwrap().previous(), None);
        assert_eq!(Month::parse("2200-12").unwrap().next(), None);
        for text in
            ["2026-13", "2026-00", "1899-12", "2201-01", "2026-1", "26-01", "2026", "+026-01", "2026-12-01"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
