//! A recurring event: a rule, excluded and added starts, and the occurrences they yield.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::when::When;
use crate::ical::recur;
use crate::ical::rule::{Rule, Until};

/// Maximum number of occurrences of a series on a page.
pub const MAX_SHOWN: usize = 1_000;

/// A series, whose first occurrence is the [`When`] of its event. Local times are in the time zone of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The local time of each start; midnight for whole days. An occurrence starts later if the clock skips that time.
    pub clock: Time,
    /// The rule. Its `UNTIL` is a date for whole days, else an instant.
    pub rule: Rule,
    /// Excluded local starts, sorted.
    pub except: Vec<DateTime>,
    /// Added local starts, sorted.
    pub also: Vec<DateTime>,
}

impl Repeat {
    /// Returns the local starts in order, without the excluded ones.
    pub fn starts<'a>(&'a self, first: &'a When) -> impl Iterator<Item = DateTime> + 'a {
        self.starts_from(first, first.first_day())
    }

    /// Returns the local starts in order, beginning near `day`; some of them may be earlier.
    pub fn starts_from<'a>(&'a self, first: &'a When, day: Date) -> impl Iterator<Item = DateTime> + 'a {
        let time = self.clock;
        let until = self.last_start(first.zone());
        let mut by_rule = recur::dates(&self.rule, first.first_day())
            .from(day)
            .map(move |date| date.to_datetime(time))
            .take_while(move |start| until.is_none_or(|until| *start <= until))
            .peekable();
        let mut added = self.also.iter().copied().peekable();
        let merged = std::iter::from_fn(move || {
            let next = match (by_rule.peek(), added.peek()) {
                (Some(rule), Some(also)) => (*rule).min(*also),
                (Some(rule), None) => *rule,
                (None, also) => **also.as_ref()?,
            };
            while by_rule.next_if_eq(&next).is_some() {}
            while added.next_if_eq(&next).is_some() {}
            Some(next)
        });
        merged.filter(|start| self.except.binary_search(start).is_err())
    }

    /// Returns whether the rule yields a local start, or it was added; excluded or not.
    #[must_use]
    pub fn has_start(&self, first: &When, start: DateTime) -> bool {
        let by_rule = start.time() == self.clock
            && self.last_start(first.zone()).is_none_or(|until| start <= until)
            && recur::contains(&self.rule, first.first_day(), start.date());
        by_rule || self.also.binary_search(&start).is_ok()
    }

    /// Returns the local time of `UNTIL`.
    fn last_start(&self, zone: Option<&TimeZone>) -> Option<DateTime> {
        match self.rule.until? {
            Until::Date(date) => Some(date.at(23, 59, 59, 0)),
            Until::Local(at) => Some(at),
            Until::Utc(at) => Some(zone.unwrap_or(&TimeZone::UTC).to_datetime(at)),
        }
    }

    /// Returns whether the series has no end.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.rule.count.is_none() && self.rule.until.is_none()
    }

    /// Returns whether the series ends before a day; `false` if its rule reaches that day, although its last occurrence
    /// may be earlier.
    #[must_use]
    pub fn is_over_before(&self, first: &When, day: Date) -> bool {
        !self.may_reach(day) && self.last_day(first).is_some_and(|last| last < day)
    }

    /// Returns whether the rule has no count and no `UNTIL` before a day.
    fn may_reach(&self, day: Date) -> bool {
        match (self.rule.count, self.rule.until) {
            (Some(_), _) => false,
            (None, None) => true,
            (None, Some(Until::Date(date))) => date >= day,
            (None, Some(Until::Local(at))) => at.date() >= day,
            (None, Some(Until::Utc(at))) => TimeZone::UTC.to_datetime(at).date() >= day,
        }
    }

    /// Returns the occurrences that overlap the days `from` to `to`, both inclusive, with their local starts by the rule;
    /// at most [`MAX_SHOWN`].
    #[must_use]
    pub fn occurrences(&self, first: &When, from: Date, to: Date) -> Vec<(DateTime, When)> {
        // An earlier occurrence may last into the range.
        let length = first.first_day().until(first.last_day()).map_or(0, |span| span.get_days());
        let earliest = from.checked_sub((i64::from(length) + 1).days()).unwrap_or(from);
        self.starts_from(first, earliest)
            .take_while(|start| start.date() <= to)
            .filter_map(|start| Some((start, first.at(start)?)))
            .filter(|(_, when)| when.last_day() >= from)
            .take(MAX_SHOWN)
            .collect()
    }

    /// Returns the last day of the last occurrence; `None` for a series without end.
    #[must_use]
    pub fn last_day(&self, first: &When) -> Option<Date> {
        if self.is_endless() {
            return None;
        }
        let last = self.last_local_start(first).and_then(|start| first.at(start));
        Some(last.map_or(first.last_day(), |when| when.last_day()))
    }

    /// Returns the last local start. Searches ever longer periods before the end, since a series may be long.
    fn last_local_start(&self, first: &When) -> Option<DateTime> {
        let end = self.last_start(first.zone()).map(|last| last.date());
        let backwards =
            [60, 600, 6_000].into_iter().filter_map(|days: i64| end?.checked_sub(days.days()).ok());
        backwards
            .filter(|from| *from > first.first_day())
            .find_map(|from| self.starts_from(first, from).filter(|start| start.date() >= from).last())
            .or_else(|| self.starts(first).last())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn starts_are_excluded_and_added() {
        let day = |d| date(2026, 5, d);
        let first = When::Days { first: day(5), last: day(5) };
        let repeat = Repeat {
            clock: Time::midnight(),
            rule: "FREQ=WEEKLY;UNTIL=20260526".parse().unwrap(),
            except: vec![day(12).at(0, 0, 0, 0)],
            also: vec![day(13).at(0, 0, 0, 0)],
        };
        let days: Vec<i8> = repeat.starts(&first).map(|start| start.day()).collect();
        assert_eq!(days, [5, 13, 19, 26]);
        assert_eq!(repeat.last_day(&first), Some(day(26)));
        assert_eq!(repeat.occurrences(&first, day(13), day(20)).len(), 2);
    }
}
