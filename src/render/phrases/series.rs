//! Recurrences: `Every month on the 2nd Tuesday, until June 9, 2026`.

use jiff::civil::Date;

use crate::i18n::{Localizer, Period, fill};
use crate::ical::rule::{ByDay, Frequency, Rule};
use crate::model::repeat::Repeat;
use crate::model::when::When;

impl Localizer {
    /// Describes a recurrence. An `UNTIL` is shown as the date of the last occurrence.
    #[must_use]
    pub fn series(&self, repeat: &Repeat, first: &When) -> String {
        let Repeat { clock: _, rule, except: _, also: _ } = repeat;
        if rule.count == Some(1) {
            return self.several_dates.to_owned();
        }
        let mut text = self.period(rule);
        text.push_str(&self.days_of(rule, first));
        match (rule.count, rule.until) {
            (Some(count), _) => text.push_str(&fill(self.times, &[("n", &count.to_string())])),
            (None, Some(_)) => {
                let last = repeat.last_day(first);
                text.extend(last.map(|last| fill(self.until_date, &[("date", &self.day(last))])));
            }
            (None, None) => {}
        }
        text
    }

    fn period(&self, rule: &Rule) -> String {
        let Period { every, second, nth } = match rule.frequency {
            Frequency::Daily => self.days,
            Frequency::Weekly => self.weeks,
            Frequency::Monthly => self.months,
            Frequency::Yearly => self.years,
        };
        match rule.interval {
            1 => every.to_owned(),
            2 => second.to_owned(),
            n => fill(nth, &[("n", &n.to_string())]),
        }
    }

    fn days_of(&self, rule: &Rule, first: &When) -> String {
        let day = first.first_day();
        let on_month_days = |days: &[i8]| {
            let days: Vec<String> = days.iter().map(|day| self.month_day(*day)).collect();
            fill(self.on_month_days, &[("days", &self.list(&days))])
        };
        let on_date = |date: Date| fill(self.on_date, &[("date", &self.day_of_month(date))]);
        let days = match (&rule.by_month_day[..], &rule.by_month[..], rule.frequency) {
            _ if rule.by_set_pos.len() == 1 => self.on_nth_of(rule.by_set_pos[0], &rule.by_day),
            _ if !rule.by_day.is_empty() => self.on_weekdays(&rule.by_day),
            ([], [], Frequency::Daily) => String::new(),
            ([], [], Frequency::Weekly) => fill(self.on_weekdays, &[("days", &self.weekday(day.weekday()))]),
            ([], [], Frequency::Monthly) => on_month_days(&[day.day()]),
            ([], [], Frequency::Yearly) => on_date(day),
            ([], _, _) => String::new(),
            // The leap year 2024 has every date.
            ([day], [month], _) if *day > 0 => {
                return Date::new(2024, *month, *day).map(on_date).unwrap_or_default();
            }
            (days, _, _) => on_month_days(days),
        };
        let months: Vec<String> = rule.by_month.iter().map(|month| self.month_name(*month)).collect();
        if months.is_empty() {
            days
        } else {
            days + &fill(self.in_months, &[("months", &self.list(&months))])
        }
    }

    fn on_nth_of(&self, position: i16, by_day: &[ByDay]) -> String {
        let names: Vec<String> = by_day.iter().map(|by| self.weekday(by.day)).collect();
        fill(self.on_nth_of, &[("nth", &self.nth(position)), ("days", &names.join(", "))])
    }

    fn on_weekdays(&self, by_day: &[ByDay]) -> String {
        let any_nth = by_day.iter().any(|by| by.nth.is_some());
        let name = |by: &ByDay| match by.nth {
            Some(nth) => {
                let (nth, day) = (self.nth(i16::from(nth)), self.weekday(by.day));
                fill(self.nth_weekday, &[("nth", &nth), ("day", &day)])
            }
            None => self.weekday(by.day),
        };
        let names: Vec<String> = by_day.iter().map(name).collect();
        let phrase = if any_nth { self.on_nth_weekdays } else { self.on_weekdays };
        fill(phrase, &[("days", &self.list(&names))])
    }

    fn month_day(&self, day: i8) -> String {
        if day == -1 { self.last_day.to_owned() } else { self.nth(i16::from(day)) }
    }

    fn nth(&self, n: i16) -> String {
        match n {
            -1 => self.last.to_owned(),
            -2 => self.last_but_one.to_owned(),
            n if n < 0 => fill(self.nth_from_end, &[("nth", &self.ordinal_number(n.unsigned_abs()))]),
            n => self.ordinal_number(n.unsigned_abs()),
        }
    }
}
