//! The local dates of a recurrence rule (RFC 5545 §3.3.10).
//!
//! A rule without BYHOUR never changes the time of day, so dates are enough; callers add times and zones.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::rule::{ByDay, Frequency, Rule};

/// The number of periods without a date after which a rule counts as ended. 29 February on a Monday comes every 28
/// years, 31 February never.
const MAX_EMPTY_PERIODS: u32 = 1_000;

/// The last year with dates; tables have dates up to 2200.
const LAST_YEAR: i16 = 2_300;

/// An iterator over the dates of a rule in order, from the first date of the series on.
///
/// It applies `COUNT`, but not `UNTIL`, which depends on the zone. The first date is included only if the rule matches
/// it.
#[derive(Debug)]
pub struct Dates<'a> {
    rule: &'a Rule,
    first: Date,
    period: Option<Date>,
    ready: std::vec::IntoIter<Date>,
    left: u32,
}

/// Returns the dates of a rule for a series that begins on a date.
#[must_use]
pub fn dates(rule: &Rule, first: Date) -> Dates<'_> {
    let period = match rule.frequency {
        Frequency::Daily => first,
        Frequency::Weekly => week_of(first, rule.week_start),
        Frequency::Monthly => first.first_of_month(),
        Frequency::Yearly => first.first_of_year(),
    };
    let left = rule.count.map_or(u32::MAX, u32::from);
    Dates { rule, first, period: Some(period), ready: Vec::new().into_iter(), left }
}

/// Returns the number of whole periods from one date to another.
fn periods_between(frequency: Frequency, from: Date, to: Date) -> i64 {
    let span = |unit: jiff::Unit| from.until((unit, to)).unwrap_or_default();
    match frequency {
        Frequency::Daily => span(jiff::Unit::Day).get_days().into(),
        Frequency::Weekly => span(jiff::Unit::Week).get_weeks().into(),
        Frequency::Monthly => span(jiff::Unit::Month).get_months().into(),
        Frequency::Yearly => span(jiff::Unit::Year).get_years().into(),
    }
}

/// Returns whether a date is among the dates of a rule. Without `COUNT`, only the period of the date is examined.
#[must_use]
pub fn contains(rule: &Rule, first: Date, date: Date) -> bool {
    if date < first {
        return false;
    }
    if rule.count.is_some() {
        return dates(rule, first).take_while(|known| *known <= date).any(|known| known == date);
    }
    let all = dates(rule, first);
    let (from, to) = match (all.period, dates(rule, date).period) {
        (Some(from), Some(to)) => (from, to),
        _ => return false,
    };
    let periods = periods_between(rule.frequency, from, to);
    periods % i64::from(rule.interval) == 0 && all.within(to).contains(&date)
}

fn week_of(date: Date, week_start: Weekday) -> Date {
    let back = i64::from(week_start.until(date.weekday()));
    date.checked_sub(back.days()).unwrap_or(date)
}

impl Iterator for Dates<'_> {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        if self.left == 0 {
            return None;
        }
        let mut empty_periods = 0;
        loop {
            if let Some(date) = self.ready.next() {
                self.left -= 1;
                return Some(date);
            }
            empty_periods += 1;
            if empty_periods > self.max_empty_periods() {
                return None;
            }
            let period = self.period.filter(|period| period.year() <= LAST_YEAR)?;
            self.period = self.later(period, i64::from(self.rule.interval));
            let mut found = self.within(period);
            found.retain(|date| *date >= self.first);
            self.ready = found.into_iter();
        }
    }
}

impl Dates<'_> {
    /// Skips whole periods that end before a day. A rule with `COUNT` skips nothing, since each date counts.
    #[must_use]
    pub fn from(mut self, day: Date) -> Self {
        let Some(period) = self.period.filter(|period| self.rule.count.is_none() && *period < day) else {
            return self;
        };
        // A rule steps by its interval from its own first period on, not from that of the day.
        let interval = i64::from(self.rule.interval);
        let periods = periods_between(self.rule.frequency, period, day);
        let steps = (periods / interval - 1).max(0) * interval;
        self.period = self.later(period, steps);
        self
    }

    fn max_empty_periods(&self) -> u32 {
        // A daily rule limited to one month is empty for eleven; ten thousand days are 27 years.
        if self.rule.frequency == Frequency::Daily { MAX_EMPTY_PERIODS * 10 } else { MAX_EMPTY_PERIODS }
    }

    /// Returns the beginning of the period that is a number of periods later.
    fn later(&self, period: Date, periods: i64) -> Option<Date> {
        let span = match self.rule.frequency {
            Frequency::Daily => periods.days(),
            Frequency::Weekly => periods.weeks(),
            Frequency::Monthly => periods.months(),
            Frequency::Yearly => periods.years(),
        };
        period.checked_add(span).ok()
    }

    /// Returns the dates of the rule in a period, in order.
    fn within(&self, period: Date) -> Vec<Date> {
        let rule = self.rule;
        let is_monthly = rule.frequency == Frequency::Monthly;
        if is_monthly && !rule.by_month.is_empty() && !rule.by_month.contains(&period.month()) {
            return Vec::new();
        }
        let mut found = match rule.frequency {
            Frequency::Daily => vec![period],
            Frequency::Weekly => self.of_week(period),
            Frequency::Monthly => self.of_month(period),
            Frequency::Yearly if rule.by_month.is_empty() => self.of_year(period),
            Frequency::Yearly => self.of_named_months(period),
        };
        found.retain(|date| rule.by_month.is_empty() || rule.by_month.contains(&date.month()));
        if rule.frequency == Frequency::Daily {
            found.retain(|date| rule.by_day.is_empty() || matches_weekday(&rule.by_day, *date));
            found.retain(|date| rule.by_month_day.is_empty() || matches_month_day(&rule.by_month_day, *date));
        }
        found.sort_unstable();
        found.dedup();
        if rule.by_set_pos.is_empty() { found } else { positions(&found, &rule.by_set_pos) }
    }

    fn of_week(&self, week: Date) -> Vec<Date> {
        let days = (0..7i64).filter_map(|n| week.checked_add(n.days()).ok());
        if self.rule.by_day.is_empty() {
            let day = self.first.weekday();
            days.filter(|date| date.weekday() == day).collect()
        } else {
            days.filter(|date| matches_weekday(&self.rule.by_day, *date)).collect()
        }
    }

    fn of_month(&self, month: Date) -> Vec<Date> {
        let rule = self.rule;
        let days = (1..=month.days_in_month()).filter_map(|day| month.with().day(day).build().ok());
        match (rule.by_month_day.is_empty(), rule.by_day.is_empty()) {
            (true, true) => days.filter(|date| date.day() == self.first.day()).collect(),
            (true, false) => days.filter(|date| matches_nth_weekday(&rule.by_day, *date)).collect(),
            (false, no_days) => days
                .filter(|date| matches_month_day(&rule.by_month_day, *date))
                .filter(|date| no_days || matches_nth_weekday(&rule.by_day, *date))
                .collect(),
        }
    }

    fn of_named_months(&self, year: Date) -> Vec<Date> {
        let months = self.rule.by_month.iter().filter_map(|month| year.with().month(*month).build().ok());
        months.flat_map(|month| self.of_month(month)).collect()
    }

    fn of_year(&self, year: Date) -> Vec<Date> {
        let rule = self.rule;
        if !rule.by_month_day.is_empty() {
            let months = (1..=12).filter_map(|month| year.with().month(month).build().ok());
            return months.flat_map(|month| self.of_month(month)).collect();
        }
        if rule.by_day.is_empty() {
            return self.first.with().year(year.year()).build().into_iter().collect();
        }
        rule.by_day.iter().flat_map(|by| of_weekday_in_year(*by, year)).collect()
    }
}

fn of_weekday_in_year(by: ByDay, year: Date) -> Vec<Date> {
    let ahead = i64::from(year.weekday().until(by.day));
    let first = year.checked_add(ahead.days()).unwrap_or(year);
    let all: Vec<Date> = (0..53i64)
        .filter_map(|week| first.checked_add((week * 7).days()).ok())
        .filter(|date| date.year() == year.year())
        .collect();
    match by.nth {
        None => all,
        Some(nth) => positions(&all, &[i16::from(nth)]),
    }
}

/// Returns the nth dates of a sorted set, counted from the end if negative (RFC 5545 BYSETPOS).
fn positions(set: &[Date], wanted: &[i16]) -> Vec<Date> {
    let mut selected: Vec<Date> = wanted
        .iter()
        .filter_map(|position| {
            let distance = usize::from(position.unsigned_abs());
            let index = if *position > 0 { distance - 1 } else { set.len().checked_sub(distance)? };
            set.get(index).copied()
        })
        .collect();
    selected.sort_unstable();
    selected.dedup();
    selected
}

fn matches_weekday(by_day: &[ByDay], date: Date) -> bool {
    by_day.iter().any(|by| by.day == date.weekday())
}

fn matches_nth_weekday(by_day: &[ByDay], date: Date) -> bool {
    let from_start = (date.day() - 1) / 7 + 1;
    let from_end = -((date.days_in_month() - date.day()) / 7 + 1);
    by_day
        .iter()
        .any(|by| by.day == date.weekday() && by.nth.is_none_or(|nth| nth == from_start || nth == from_end))
}

fn matches_month_day(by_month_day: &[i8], date: Date) -> bool {
    let from_end = date.day() - date.days_in_month() - 1;
    by_month_day.iter().any(|day| *day == date.day() || *day == from_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn first_of(rule: &str, from: Date, most: usize) -> Vec<Date> {
        let rule: Rule = rule.parse().unwrap();
        dates(&rule, from).take(most).collect()
    }

    #[test]
    fn the_second_tuesday() {
        let found = first_of("FREQ=MONTHLY;BYDAY=2TU", date(2026, 5, 12), 3);
        assert_eq!(found, [date(2026, 5, 12), date(2026, 6, 9), date(2026, 7, 14)]);
    }

    #[test]
    fn the_last_working_day() {
        let found = first_of("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", date(2026, 1, 1), 3);
        assert_eq!(found, [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 31)]);
    }

    #[test]
    fn impossible_dates_end_the_search() {
        assert_eq!(first_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", date(2026, 1, 1), 1), []);
        assert_eq!(first_of("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1), 1), []);
    }

    #[test]
    fn contains_agrees_with_the_iterator() {
        let first = date(2026, 5, 12);
        for text in [
            "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "FREQ=MONTHLY;BYDAY=2TU,-1TU",
            "FREQ=MONTHLY;INTERVAL=5", "FREQ=YEARLY;BYMONTH=5,6;BYMONTHDAY=12", "FREQ=WEEKLY;COUNT=9",
        ] {
            let rule: Rule = text.parse().unwrap();
            let all: Vec<Date> = dates(&rule, first).take_while(|date| date.year() < 2028).collect();
            for from in [date(2026, 5, 11), date(2026, 12, 31), date(2027, 3, 1)] {
                let later: Vec<Date> = all.iter().copied().filter(|date| *date >= from).collect();
                let passed = dates(&rule, first).from(from).skip_while(|date| *date < from);
                assert_eq!(
                    passed.take_while(|date| date.year() < 2028).collect::<Vec<_>>(),
                    later,
                    "{text} {from}"
                );
            }
            let mut day = first;
            while day.year() < 2028 {
                assert_eq!(contains(&rule, first, day), all.contains(&day), "{text} {day}");
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn february_29_recurs_in_leap_years() {
        let found = first_of("FREQ=YEARLY", date(2024, 2, 29), 2);
        assert_eq!(found, [date(2024, 2, 29), date(2028, 2, 29)]);
    }

    #[test]
    fn the_week_start_affects_every_second_week() {
        // The example of RFC 5545 §3.8.5.3, both ways.
        let monday = first_of("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", date(1997, 8, 5), 9);
        let sunday = first_of("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", date(1997, 8, 5), 9);
        assert_eq!(monday.iter().map(|d| d.day()).collect::<Vec<_>>(), [5, 10, 19, 24]);
        assert_eq!(sunday.iter().map(|d| d.day()).collect::<Vec<_>>(), [5, 17, 19, 31]);
    }
}
