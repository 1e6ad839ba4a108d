//! The rule that a draft is.

use jiff::Span;

use super::draft::{Days, Draft, Except, MonthSet, Rhythm, SpanForm, Times, WeekdaySet};
use super::{End, NthWeekday, Recurrence, RecurrenceError, Start, help};
use crate::dates::lexicon::Unit;

/// Why a draft is no rule.
pub(super) enum Refusal {
    /// The text can mean this, though no rule can say it, so another reading cannot be sure.
    Meaning(RecurrenceError),
    /// The clauses contradict each other: nobody means this.
    Contradiction(RecurrenceError),
    /// The rule is complete, except for the year of its end.
    Yearless(Recurrence),
}

impl Draft {
    /// Returns the rule.
    ///
    /// # Errors
    ///
    /// Returns an error if something is missing, contradictory, or not what one rule can say.
    pub fn rule(mut self, start: Start) -> Result<Recurrence, Refusal> {
        if let Some(fault) = self.fault.take() {
            return Err(Refusal::Meaning(self.of_part(fault)));
        }
        if let Some(SpanForm::Bare(unit)) = self.span
            && self.rhythm != Some(Rhythm { unit, every: 1 })
        {
            return Err(Refusal::Contradiction(help::no_rhythm(start)));
        }
        self.apply_quarters(start)?;
        self.apply_year()?;
        // `daily on Tuesdays and Thursdays`
        if let (Some(Rhythm { unit: Unit::Day, every: 1 }), Some(Days::Weekdays(set))) =
            (self.rhythm, &self.days)
            && !set.is_run()
        {
            return Err(Refusal::Contradiction(help::contradiction(start)));
        }
        self.apply_except(start)?;
        let mut rule = match self.days.clone() {
            None => self.rule_of_rhythm(start)?,
            Some(Days::Weekdays(set)) => self.weekly(set, start)?,
            Some(Days::Nth(weekdays)) => Recurrence { weekdays: sorted(weekdays), ..self.monthly(start)? },
            Some(Days::OfMonth(days)) => {
                Recurrence { month_days: self.checked_month_days(days, start)?, ..self.monthly(start)? }
            }
            Some(Days::Position(nth, set)) => {
                Recurrence { position: Some(nth), weekdays: plain(set), ..self.monthly(start)? }
            }
        };
        self.check_times(&rule, start)?;
        if let Some(Except::Dates(dates)) = &self.except {
            rule.except.clone_from(dates);
            rule.except.sort_unstable();
            rule.except.dedup();
        }
        rule.end = self.end.or(self.yearless_end.map(|end| End::Until(end.last)));
        self.check_bounds(&rule, start)?;
        check_skipped(&rule, start)?;
        if self.yearless_end.is_some() { Err(Refusal::Yearless(rule)) } else { Ok(rule) }
    }

    /// Returns an error of one clause. What it says to type does not have the other clauses, so it becomes prose.
    fn of_part(&self, error: RecurrenceError) -> RecurrenceError {
        let has_interval = self
            .rhythm
            .is_some_and(|rhythm| rhythm.every > 1 && (rhythm.unit != Unit::Week || self.days.is_none()));
        let is_bounded = self.end.is_some() || self.yearless_end.is_some() || self.except.is_some();
        let is_of_period = matches!(self.within, Some(Unit::Quarter | Unit::Year));
        let is_bounded = is_bounded || is_of_period;
        let is_part = has_interval || is_bounded || self.months.is_some() || self.times.is_some();
        match error.help.strip_prefix("type ").filter(|_| is_part) {
            Some(texts) => {
                let (texts, rest) = texts.split_once("; ").unwrap_or((texts, "keep the rest of the cell"));
                let help = format!("say {texts} there; {rest}");
                RecurrenceError { help, ..error }
            }
            None => error,
        }
    }

    /// Checks the end and the exceptions.
    fn check_bounds(&self, rule: &Recurrence, start: Start) -> Result<(), Refusal> {
        if rule.except.iter().any(|date| *date < start.date) {
            return Err(Refusal::Contradiction(help::except_before_start(start)));
        }
        if rule.except.contains(&start.date) {
            return Err(Refusal::Contradiction(help::except_start(start)));
        }
        if rule.except.iter().any(|date| !rule.can_be_on(*date, start)) {
            return Err(Refusal::Meaning(help::needless_except()));
        }
        let every = i64::from(rule.every);
        let interval = match rule.unit {
            Unit::Week => Span::new().weeks(every),
            Unit::Month => Span::new().months(every),
            Unit::Year => Span::new().years(every),
            _ => Span::new().days(every),
        };
        let second = start.date.saturating_add(interval);
        match rule.end {
            Some(End::Until(last)) if last < start.date => {
                Err(Refusal::Meaning(help::until_before_start(last, start)))
            }
            Some(End::Until(last)) if self.span.is_some() && last < second => {
                Err(Refusal::Meaning(help::short_span()))
            }
            Some(End::Count(_)) if !rule.except.is_empty() => {
                Err(Refusal::Meaning(help::count_with_except()))
            }
            _ => Ok(()),
        }
    }

    /// Makes `first Tuesday of each quarter` every three months, if the start is in such a month.
    fn apply_quarters(&mut self, start: Start) -> Result<(), Refusal> {
        let every = self.rhythm.map_or(1, |rhythm| rhythm.every);
        if let Some(Rhythm { unit: Unit::Quarter, every }) = self.rhythm {
            self.rhythm = Some(Rhythm { unit: Unit::Month, every: every.saturating_mul(3) });
        }
        if self.within != Some(Unit::Quarter) {
            return Ok(());
        }
        let unclear = || Refusal::Meaning(help::which_month_of_quarter(start));
        let is_rhythm = every == 1 && self.rhythm.is_none() && self.months.is_none();
        let month = self.edge_of_period().filter(|_| is_rhythm);
        let month = month.ok_or_else(|| Refusal::Meaning(help::day_of_quarter()))?;
        // Months 1, 4, 7, 10, or 3, 6, 9, 12.
        if (start.date.month() - month).rem_euclid(3) != 0 {
            return Err(unclear());
        }
        self.rhythm = Some(Rhythm { unit: Unit::Month, every: 3 });
        self.within = Some(Unit::Month);
        Ok(())
    }

    /// Makes `first Monday of the year` that of January.
    fn apply_year(&mut self) -> Result<(), Refusal> {
        if self.within != Some(Unit::Year) {
            return Ok(());
        }
        let is_yearly = self.rhythm.is_none_or(|rhythm| rhythm.unit == Unit::Year);
        if self.months.is_none() {
            let month = self.edge_of_period().filter(|_| is_yearly);
            let month = month.ok_or_else(|| Refusal::Meaning(help::which_month_of_year()))?;
            self.months = Some(MonthSet::single(month));
        }
        self.rhythm = self.rhythm.or(Some(Rhythm { unit: Unit::Year, every: 1 }));
        self.within = None;
        Ok(())
    }

    /// Returns the month of a quarter or year, 1 or 12, in which days that are counted in it always are.
    fn edge_of_period(&self) -> Option<i8> {
        let edge = |first: bool, last: bool| match (first, last) {
            (true, false) => Some(1),
            (false, true) => Some(12),
            _ => None,
        };
        match &self.days {
            Some(Days::Nth(weekdays)) => {
                let all = |range: std::ops::RangeInclusive<i8>| {
                    weekdays.iter().all(|day| day.nth.is_some_and(|nth| range.contains(&nth)))
                };
                edge(all(1..=4), all(-4..=-1))
            }
            Some(Days::OfMonth(days)) => edge(*days == [1], *days == [-1]),
            Some(Days::Position(nth, _)) => edge(*nth == 1, *nth == -1),
            _ => None,
        }
    }

    /// Takes out weekdays and months that are left out.
    fn apply_except(&mut self, start: Start) -> Result<(), Refusal> {
        match self.except {
            Some(Except::Months(without)) => {
                let months = self.months.unwrap_or(MonthSet::ALL);
                let left = months.without(without);
                if without.without(months).len() > 0 {
                    return Err(Refusal::Meaning(help::needless_except()));
                }
                if left.len() == 0 {
                    return Err(Refusal::Contradiction(help::nothing_left(start)));
                }
                self.months = Some(left);
            }
            Some(Except::Weekdays(without)) => {
                let is_daily =
                    self.rhythm.is_none_or(|rhythm| rhythm == Rhythm { unit: Unit::Day, every: 1 });
                let days = match &self.days {
                    Some(Days::Weekdays(set)) => Some(*set),
                    None if is_daily && self.rhythm.is_some() => Some(WeekdaySet::ALL),
                    _ => None,
                };
                if days.is_some_and(|days| without.without(days).len() > 0) {
                    return Err(Refusal::Meaning(help::needless_except()));
                }
                let left = days.map(|days| days.without(without)).filter(|left| left.len() > 0);
                let Some(left) = left else {
                    return Err(Refusal::Contradiction(help::nothing_left(start)));
                };
                self.days = Some(Days::Weekdays(left));
                if is_daily {
                    self.rhythm = Some(Rhythm { unit: Unit::Week, every: 1 });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn rule_of_rhythm(&self, start: Start) -> Result<Recurrence, Refusal> {
        if let Some(times) = self.times {
            return Err(Refusal::Meaning(help::which_days(times)));
        }
        let is_every_day = self.rhythm == Some(Rhythm { unit: Unit::Day, every: 1 });
        if self.within.is_some() && !(is_every_day && self.within == Some(Unit::Week)) {
            return Err(Refusal::Contradiction(help::no_days(start)));
        }
        let Some(rhythm) = self.rhythm else {
            // `Tue 1 Dec 2026 - 30 March 2027` is a range of days.
            let is_range = self.names_start && self.end.is_some() && self.months.is_none();
            let sort = if is_range { Refusal::Meaning } else { Refusal::Contradiction };
            return Err(sort(help::no_rhythm(start)));
        };
        let months = self.months.map_or(12, MonthSet::len);
        let is_unclear = match rhythm.unit {
            Unit::Year => self.months.is_some(),
            Unit::Month => months == 1 || (months < 12 && rhythm.every > 1),
            _ => false,
        };
        if is_unclear {
            return Err(Refusal::Meaning(help::which_day_of_month()));
        }
        Ok(self.base(rhythm))
    }

    fn weekly(&self, set: WeekdaySet, start: Start) -> Result<Recurrence, Refusal> {
        let monthly = || {
            Refusal::Contradiction(match self.of_part(help::which_weekday(set)) {
                error if error.help.starts_with("type ") => error,
                error => RecurrenceError { help: help::NAME_WHICH.to_owned(), ..error },
            })
        };
        if self.within.is_some() {
            return Err(monthly());
        }
        let rhythm = match self.rhythm {
            None => Rhythm { unit: Unit::Week, every: 1 },
            Some(Rhythm { unit: Unit::Week, every }) => Rhythm { unit: Unit::Week, every },
            Some(Rhythm { unit: Unit::Day, every }) if every.is_multiple_of(7) => {
                Rhythm { unit: Unit::Week, every: every / 7 }
            }
            Some(Rhythm { unit: Unit::Day, every: 1 }) if set.len() > 1 => {
                Rhythm { unit: Unit::Week, every: 1 }
            }
            Some(Rhythm { unit: Unit::Year, every: 1 }) if self.months.is_some() => {
                Rhythm { unit: Unit::Week, every: 1 }
            }
            Some(Rhythm { unit: Unit::Month | Unit::Year, .. }) => return Err(monthly()),
            Some(_) => return Err(Refusal::Contradiction(help::contradiction(start))),
        };
        // Nobody means every fourth week of one month.
        if rhythm.every > 2 && self.months.is_some_and(|months| months.len() == 1) {
            return Err(Refusal::Contradiction(help::contradiction(start)));
        }
        if set == WeekdaySet::ALL && rhythm.every == 1 {
            return Ok(self.base(Rhythm { unit: Unit::Day, every: 1 }));
        }
        Ok(Recurrence { weekdays: plain(set), ..self.base(rhythm) })
    }

    /// Returns the rule of days that are counted in each month.
    fn monthly(&self, start: Start) -> Result<Recurrence, Refusal> {
        let in_months = self.months.is_some();
        let is_weekday = !matches!(self.days, Some(Days::OfMonth(_)));
        let rhythm = match (self.rhythm, self.within) {
            (_, Some(Unit::Week)) => {
                return Err(Refusal::Contradiction(help::contradiction(start)));
            }
            (Some(rhythm @ Rhythm { unit: Unit::Month, .. }), _) if !in_months || rhythm.every == 1 => rhythm,
            (Some(rhythm @ Rhythm { unit: Unit::Year, .. }), None) if in_months => rhythm,
            (Some(rhythm @ Rhythm { unit: Unit::Year, every: 1 }), Some(Unit::Month)) if in_months => rhythm,
            (Some(Rhythm { unit: Unit::Year, .. }), _) if !in_months => {
                return Err(Refusal::Contradiction(help::which_month_of_year()));
            }
            (None, Some(Unit::Month)) => Rhythm { unit: Unit::Month, every: 1 },
            (None, None)
                if is_weekday
                    || (self.is_every && (in_months || self.has_clear_month_days()))
                    || self.times.is_some() =>
            {
                Rhythm { unit: Unit::Month, every: 1 }
            }
            (None, None) => return Err(Refusal::Contradiction(self.no_rhythm_of_days(start))),
            _ => return Err(Refusal::Contradiction(help::contradiction(start))),
        };
        let Some(months) = self.months.filter(|_| rhythm.every == 1) else {
            return Ok(self.base(rhythm));
        };
        // A day of one month is yearly, of several monthly: the same dates.
        let unit = if months.len() == 1 { Unit::Year } else { Unit::Month };
        Ok(self.base(Rhythm { unit, every: 1 }))
    }

    /// Returns the error of days without how often, with the rule that they are each month or year.
    fn no_rhythm_of_days(&self, start: Start) -> RecurrenceError {
        let unit = if self.months.is_some() { Unit::Year } else { Unit::Month };
        let rule = Draft { rhythm: Some(Rhythm { unit, every: 1 }), ..self.clone() }.rule(start).ok();
        help::no_rhythm_of_days(rule.as_ref(), start)
    }

    /// Returns whether `every 15th` is the 15th of each month, and not every fifteenth of something.
    fn has_clear_month_days(&self) -> bool {
        matches!(&self.days, Some(Days::OfMonth(days)) if !matches!(days[..], [2..=12]))
    }

    fn checked_month_days(&self, mut days: Vec<i8>, start: Start) -> Result<Vec<i8>, Refusal> {
        days.sort_unstable_by_key(|day| (*day < 0, *day));
        days.dedup();
        let longest = |month: i8| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let most = self.months.unwrap_or(MonthSet::ALL).months().map(longest).max().unwrap_or(31);
        match days.iter().find(|day| day.abs() > most) {
            Some(day) => Err(Refusal::Meaning(help::no_such_month_day(*day, start))),
            None => Ok(days),
        }
    }

    fn check_times(&self, rule: &Recurrence, start: Start) -> Result<(), Refusal> {
        let Some(Times { count, unit }) = self.times else {
            return Ok(());
        };
        let in_month = if rule.position.is_some() { 1 } else { rule.weekdays.len() + rule.month_days.len() };
        let months = rule.months.len();
        let said = usize::from(count);
        let is_equal = match (unit, rule.unit) {
            (Unit::Week, Unit::Week) => rule.every == 1 && in_month == said,
            (Unit::Month, Unit::Month) => rule.every == 1 && in_month == said,
            (Unit::Quarter, Unit::Month) => rule.every == 3 && in_month == said,
            (Unit::Year, Unit::Month | Unit::Year) => {
                rule.every == 1 && months > 0 && in_month * months == said
            }
            _ => false,
        };
        if is_equal { Ok(()) } else { Err(Refusal::Meaning(help::other_count(count, start))) }
    }

    fn base(&self, rhythm: Rhythm) -> Recurrence {
        let is_weekly = rhythm.unit == Unit::Day && rhythm.every.is_multiple_of(7);
        Recurrence {
            unit: if is_weekly { Unit::Week } else { rhythm.unit },
            every: if is_weekly { rhythm.every / 7 } else { rhythm.every },
            weekdays: Vec::new(),
            month_days: Vec::new(),
            months: self
                .months
                .filter(|months| months.len() < 12)
                .map(|months| months.months().collect())
                .unwrap_or_default(),
            position: None,
            end: None,
            except: Vec::new(),
        }
    }
}

/// Checks that the day of the start is in each month or year: `monthly` from the 31st leaves months out.
fn check_skipped(rule: &Recurrence, start: Start) -> Result<(), Refusal> {
    let day = start.date.day();
    let is_leap_day = start.date.month() == 2 && day == 29;
    let is_counted = rule.position.is_some() || !rule.weekdays.is_empty() || !rule.month_days.is_empty();
    let is_skipped = match rule.unit {
        Unit::Month if rule.every.is_multiple_of(12) => is_leap_day,
        Unit::Month => day > 28,
        Unit::Year => is_leap_day,
        _ => false,
    };
    if is_counted || !is_skipped {
        return Ok(());
    }
    let months = if rule.unit == Unit::Year { vec![2] } else { rule.months.clone() };
    let on = |day| Recurrence { month_days: vec![day], months: months.clone(), ..rule.clone() };
    let is_last = day == start.date.days_in_month();
    let rules = if is_last { vec![on(-1), on(day)] } else { vec![on(day)] };
    Err(Refusal::Meaning(help::skipped(&rules, start)))
}

fn plain(set: WeekdaySet) -> Vec<NthWeekday> {
    set.days().map(|day| NthWeekday { nth: None, day }).collect()
}

fn sorted(mut weekdays: Vec<NthWeekday>) -> Vec<NthWeekday> {
    weekdays.sort_unstable_by_key(|weekday| {
        let nth = weekday.nth.unwrap_or(0);
        (nth < 0, nth, weekday.day.to_monday_zero_offset())
    });
    weekdays.dedup();
    weekdays
}
