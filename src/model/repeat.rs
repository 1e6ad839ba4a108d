//! A series: a rule, dates left out, dates added; and the occurrences they give.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::when::When;
use crate::ical::recur;
use crate::ical::rule::{Rule, Until};

/// The most occurrences one series shows on pages.
pub const MOST_SHOWN: usize = 1_000;

/// A series whose first occurrence is its event's [`When`]. Local times are the event's zone's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The time of day of each start by the rule. Where the clock skips it an occurrence begins later, the
    /// first one as well; midnight for whole days.
    pub clock: Time,
    /// The rule; its UNTIL is a date for whole days, an instant for events with a clock.
    pub rule: Rule,
    /// Local starts that do not take place, sorted.
    pub except: Vec<DateTime>,
    /// Local starts added to the rule's, sorted.
    pub also: Vec<DateTime>,
}

impl Repeat {
    /// The local starts from the first on, in order, without the ones left out.
    pub fn starts<'a>(&'a self, first: &'a When) -> impl Iterator<Item = DateTime> + 'a {
        self.starts_from(first, first.first_day())
    }

    /// The same without most of those before a day; the years before it cost nothing.
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

    /// Whether a local start is one of them, left out or not.
    #[must_use]
    pub fn has_start(&self, first: &When, start: DateTime) -> bool {
        let by_rule = start.time() == self.clock
            && self.last_start(first.zone()).is_none_or(|until| start <= until)
            && recur::names(&self.rule, first.first_day(), start.date());
        by_rule || self.also.binary_search(&start).is_ok()
    }

    fn last_start(&self, zone: Option<&TimeZone>) -> Option<DateTime> {
        match self.rule.until? {
            Until::Date(date) => Some(date.at(23, 59, 59, 0)),
            Until::Local(at) => Some(at),
            Until::Utc(at) => Some(zone.unwrap_or(&TimeZone::UTC).to_datetime(at)),
        }
    }

    /// Whether it goes on for ever.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.rule.count.is_none() && self.rule.until.is_none()
    }

    /// Whether it is over before a day. It is followed to its end only where its rule says no date.
    #[must_use]
    pub fn is_over_before(&self, first: &When, day: Date) -> bool {
        !self.may_reach(day) && self.last_day(first).is_some_and(|last| last < day)
    }

    /// Whether its rule says nothing against a date as late as this: it has no end, or a later one.
    #[must_use]
    pub fn may_reach(&self, day: Date) -> bool {
        match (self.rule.count, self.rule.until) {
            (Some(_), _) => false,
            (None, None) => true,
            (None, Some(Until::Date(date))) => date >= day,
            (None, Some(Until::Local(at))) => at.date() >= day,
            (None, Some(Until::Utc(at))) => TimeZone::UTC.to_datetime(at).date() >= day,
        }
    }

    /// The occurrences that touch the days from one to another, both inclusive, each with the local start that
    /// the rule gives it: where the clock skips that, it begins later.
    #[must_use]
    pub fn occurrences(&self, first: &When, from: Date, to: Date) -> Vec<(DateTime, When)> {
        // One that began before may reach into the days.
        let length = first.first_day().until(first.last_day()).map_or(0, |span| span.get_days());
        let earliest = from.checked_sub((i64::from(length) + 1).days()).unwrap_or(from);
        self.starts_from(first, earliest)
            .take_while(|start| start.date() <= to)
            .filter_map(|start| Some((start, first.at(start)?)))
            .filter(|(_, when)| when.last_day() >= from)
            .take(MOST_SHOWN)
            .collect()
    }

    /// The last day of the last occurrence; `None` when there is no last one.
    #[must_use]
    pub fn last_day(&self, first: &When) -> Option<Date> {
        if self.is_endless() {
            return None;
        }
        let last = self.last_of_all(first).and_then(|start| first.at(start));
        Some(last.map_or(first.last_day(), |when| when.last_day()))
    }

    /// The last local start, looked for from the end backwards, further back each time.
    fn last_of_all(&self, first: &When) -> Option<DateTime> {
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
    fn dates_are_left_out_and_added() {
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
