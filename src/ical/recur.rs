//! The dates of a recurrence rule (RFC 5545 §3.3.10), on the calendar alone: a rule without BYHOUR never
//! changes the time of day, so a series is a set of local dates. Zones come in afterwards.

use jiff::civil::{Date, Weekday};

use super::rule::{ByDay, Frequency, Rule};
use jiff::ToSpan;

/// Periods without a date after which a rule counts as ended: `FREQ=YEARLY` on 29 February of leap years
/// that fall on a Monday needs 28 years; 31 February needs for ever.
const BARREN: u32 = 1_000;

/// No date is in a later year: rows have dates up to 2200.
const LAST_YEAR: i16 = 2_300;

/// The dates of a rule from its first on, in order. `COUNT` is obeyed; `UNTIL` is the caller's, who knows
/// the zone. The first date is in it only if the rule names it.
#[derive(Debug)]
pub struct Dates<'a> {
    rule: &'a Rule,
    first: Date,
    period: Option<Date>,
    ready: std::vec::IntoIter<Date>,
    left: u32,
}

/// Begins at the first date of a series.
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

fn unit(frequency: Frequency) -> jiff::Unit {
    match frequency {
        Frequency::Daily => jiff::Unit::Day,
        Frequency::Weekly => jiff::Unit::Week,
        Frequency::Monthly => jiff::Unit::Month,
        Frequency::Yearly => jiff::Unit::Year,
    }
}

/// Whether a rule names a date, from the first date of its series on. Without `COUNT` the date's own period
/// says so, however far off it is.
#[must_use]
pub fn names(rule: &Rule, first: Date, date: Date) -> bool {
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
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let days = || from.until(to).map_or(0, |span| i64::from(span.get_days()));
    let periods = match rule.frequency {
        Frequency::Daily => days(),
        Frequency::Weekly => days() / 7,
        Frequency::Monthly => months(to) - months(from),
        Frequency::Yearly => i64::from(to.year()) - i64::from(from.year()),
    };
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
        let mut barren = 0;
        loop {
            if let Some(date) = self.ready.next() {
                self.left -= 1;
                return Some(date);
            }
            barren += 1;
            if barren > self.patience() {
                return None;
            }
            let period = self.period.filter(|period| period.year() <= LAST_YEAR)?;
            self.period = self.after(period);
            let first = self.first;
            let found: Vec<Date> = self.within(period).into_iter().filter(|date| *date >= first).collect();
            self.ready = found.into_iter();
        }
    }
}

impl Dates<'_> {
    /// Passes over whole periods that end before a day. A `COUNT` has to be counted, so nothing is passed
    /// over then.
    #[must_use]
    pub fn from(mut self, day: Date) -> Self {
        let Some(period) = self.period.filter(|period| self.rule.count.is_none() && *period < day) else {
            return self;
        };
        let span = period.until((unit(self.rule.frequency), day)).unwrap_or_default();
        let whole = match self.rule.frequency {
            Frequency::Daily => i64::from(span.get_days()),
            Frequency::Weekly => i64::from(span.get_weeks()),
            Frequency::Monthly => i64::from(span.get_months()),
            Frequency::Yearly => i64::from(span.get_years()),
        };
        // A rule steps by its interval from its own first period on, not from that of the day.
        let interval = i64::from(self.rule.interval);
        let steps = (whole / interval - 1).max(0) * interval;
        let passed = match self.rule.frequency {
            Frequency::Daily => steps.days(),
            Frequency::Weekly => steps.weeks(),
            Frequency::Monthly => steps.months(),
            Frequency::Yearly => steps.years(),
        };
        self.period = period.checked_add(passed).ok();
        self
    }

    fn patience(&self) -> u32 {
        // A daily rule limited to one month is barren for eleven; ten thousand days are 27 years.
        if self.rule.frequency == Frequency::Daily { BARREN * 10 } else { BARREN }
    }

    fn after(&self, period: Date) -> Option<Date> {
        let interval = i64::from(self.rule.interval);
        let step = match self.rule.frequency {
            Frequency::Daily => interval.days(),
            Frequency::Weekly => (interval * 7).days(),
            Frequency::Monthly => interval.months(),
            Frequency::Yearly => interval.years(),
        };
        period.checked_add(step).ok()
    }

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
            found.retain(|date| rule.by_day.is_empty() || names_weekday(&rule.by_day, *date));
            found.retain(|date| rule.by_month_day.is_empty() || names_month_day(&rule.by_month_day, *date));
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
            days.filter(|date| names_weekday(&self.rule.by_day, *date)).collect()
        }
    }

    fn of_month(&self, month: Date) -> Vec<Date> {
        let rule = self.rule;
        let days = (1..=month.days_in_month()).filter_map(|day| month.with().day(day).build().ok());
        match (rule.by_month_day.is_empty(), rule.by_day.is_empty()) {
            (true, true) => days.filter(|date| date.day() == self.first.day()).collect(),
            (true, false) => days.filter(|date| names_in_month(&rule.by_day, *date)).collect(),
            (false, no_days) => days
                .filter(|date| names_month_day(&rule.by_month_day, *date))
                .filter(|date| no_days || names_in_month(&rule.by_day, *date))
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

/// The nth of a sorted set, from the end when negative (RFC 5545 BYSETPOS).
fn positions(set: &[Date], wanted: &[i16]) -> Vec<Date> {
    let mut picked: Vec<Date> = wanted
        .iter()
        .filter_map(|position| {
            let distance = usize::from(position.unsigned_abs());
            let index = if *position > 0 { distance - 1 } else { set.len().checked_sub(distance)? };
            set.get(index).copied()
        })
        .collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

fn names_weekday(by_day: &[ByDay], date: Date) -> bool {
    by_day.iter().any(|by| by.day == date.weekday())
}

fn names_in_month(by_day: &[ByDay], date: Date) -> bool {
    let from_start = (date.day() - 1) / 7 + 1;
    let from_end = -((date.days_in_month() - date.day()) / 7 + 1);
    by_day
        .iter()
        .any(|by| by.day == date.weekday() && by.nth.is_none_or(|nth| nth == from_start || nth == from_end))
}

fn names_month_day(by_month_day: &[i8], date: Date) -> bool {
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
    fn a_day_that_never_comes_ends_the_search() {
        assert_eq!(first_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", date(2026, 1, 1), 1), []);
        assert_eq!(first_of("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1), 1), []);
    }

    #[test]
    fn a_date_is_named_when_it_is_among_the_dates() {
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
                assert_eq!(names(&rule, first, day), all.contains(&day), "{text} {day}");
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn the_29th_of_february_waits_for_a_leap_year() {
        let found = first_of("FREQ=YEARLY", date(2024, 2, 29), 2);
        assert_eq!(found, [date(2024, 2, 29), date(2028, 2, 29)]);
    }

    #[test]
    fn the_week_start_decides_every_second_week() {
        // The example of RFC 5545 §3.8.5.3, both ways.
        let monday = first_of("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", date(1997, 8, 5), 9);
        let sunday = first_of("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", date(1997, 8, 5), 9);
        assert_eq!(monday.iter().map(|d| d.day()).collect::<Vec<_>>(), [5, 10, 19, 24]);
        assert_eq!(sunday.iter().map(|d| d.day()).collect::<Vec<_>>(), [5, 17, 19, 31]);
    }
}
