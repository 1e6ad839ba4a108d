//! Days that are counted: `2nd and 4th Tuesday`, `first working day`, `the 1st and 15th`, `last day`, `5 May`,
//! `December 21st and 31st`.

use super::draft::{Days, Draft, MonthSet, WeekdaySet};
use super::grammar::{Grammar, add};
use super::{NthWeekday, help};
use crate::dates::day::DayForm;
use crate::dates::lexicon::{Unit, Word};
use crate::dates::reader::Parses;

/// Ordinals and what they count.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NthList {
    weekdays: Vec<NthWeekday>,
    /// The ordinals of the last weekday.
    ordinals: Vec<i8>,
    is_every: bool,
}

/// Days of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MonthDayList {
    days: Vec<i8>,
    /// `day` is behind one of the numbers.
    has_unit: bool,
    /// The first is a number and nothing else: `15`.
    is_bare: bool,
}

impl Grammar<'_> {
    /// Reads weekdays with ordinals, and other things that ordinals count.
    pub(super) fn nth_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (list, end) in self.nth_list(at) {
            let (fault, is_every) = (help::impossible_nth(&list.weekdays), list.is_every);
            let days = Days::Nth(list.weekdays.clone());
            add(&mut found, Draft { fault, is_every, ..Draft::days(days) }, end);
            for start in self
                .joints(end)
                .into_iter()
                .flat_map(|joint| self.reader.maybe(joint, &[Word::On, Word::Article]))
            {
                for (plain, end) in self.weekday_list(start) {
                    let fault = help::nth_and_plain(&list.weekdays, &list.ordinals, plain.set);
                    add(&mut found, Draft::fault(fault), end);
                }
            }
        }
        for (is_every, start) in self.leads(at) {
            for (ordinals, end) in self.ordinals(start) {
                for (draft, end) in self.positions(&ordinals, end) {
                    // `every second working day` is an interval as well.
                    let is_interval = is_every && ordinals[0] > 1;
                    let fault =
                        draft.fault.clone().or(is_interval.then(|| help::several_positions(ordinals[0])));
                    add(&mut found, Draft { is_every, fault, ..draft }, end);
                }
                for end in self.reader.word(end, Word::Weekend) {
                    add(&mut found, Draft::fault(help::which_day_of_weekend(ordinals[0])), end);
                }
                for (_, end) in self.unit(end).into_iter().filter(|(unit, _)| *unit == Unit::Week) {
                    if !is_every || ordinals.iter().any(|nth| *nth < 2) || !self.scopes(end).is_empty() {
                        add(&mut found, Draft::fault(help::which_day_of_week(ordinals[0])), end);
                    }
                }
                found.extend(self.ordinal_range(&ordinals, end));
            }
        }
        found
    }

    /// Reads `first working day`.
    fn positions(&self, ordinals: &[i8], at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for end in self.reader.word(at, Word::WorkingDay) {
            let draft = match ordinals {
                [nth] => Draft::days(Days::Position(*nth, WeekdaySet::WORKING)),
                _ => Draft::fault(help::several_positions(ordinals[0])),
            };
            add(&mut found, draft, end);
        }
        found
    }

    /// Reads `1st-3rd Tuesday`, which could be a run of weeks.
    fn ordinal_range(&self, ordinals: &[i8], at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let [first] = ordinals else { return found };
        let joints = self.reader.word(at, Word::To).into_iter().chain(self.reader.sign(at, "-"));
        for (last, end) in joints.flat_map(|joint| self.ordinal(joint)) {
            for (list, end) in self.weekday_list(end) {
                if *first > 0 && *first < last && last <= 5 {
                    add(&mut found, Draft::fault(help::ordinal_range(*first, last, list.set)), end);
                }
            }
        }
        found
    }

    /// Reads ordinals that are joined by signs or `and`.
    fn ordinals(&self, at: usize) -> Parses<Vec<i8>> {
        let mut found: Parses<Vec<i8>> =
            self.ordinal(at).into_iter().map(|(nth, end)| (vec![nth], end)).collect();
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from].clone();
            from += 1;
            for start in
                self.joints(end).into_iter().flat_map(|joint| self.leads(joint)).map(|(_, start)| start)
            {
                for (nth, end) in self.ordinal(start).into_iter().filter(|(nth, _)| !list.contains(nth)) {
                    add(&mut found, [list.as_slice(), &[nth]].concat(), end);
                }
            }
        }
        found
    }

    /// Reads `1st and 3rd Tuesday`, `first Monday and third Thursday`.
    fn nth_list(&self, at: usize) -> Parses<NthList> {
        let mut found = self.nth_item(at);
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from].clone();
            from += 1;
            for (item, end) in self.joints(end).into_iter().flat_map(|joint| self.nth_item(joint)) {
                let weekdays = [list.weekdays.as_slice(), &item.weekdays].concat();
                let is_every = list.is_every || item.is_every;
                add(&mut found, NthList { weekdays, ordinals: item.ordinals, is_every }, end);
            }
        }
        found
    }

    fn nth_item(&self, at: usize) -> Parses<NthList> {
        let mut found: Parses<NthList> = Vec::new();
        for (is_every, start) in self.leads(at) {
            for (ordinals, end) in self.ordinals(start) {
                for (day, end) in self.reader.weekday(end) {
                    let weekdays = ordinals.iter().map(|nth| NthWeekday { nth: Some(*nth), day }).collect();
                    add(&mut found, NthList { weekdays, ordinals: ordinals.clone(), is_every }, end);
                }
            }
        }
        found
    }

    /// Reads days of a month: `on the 1st and 15th`, `le 15`, `los días 1 y 15`, `last day`.
    pub(super) fn month_day_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (is_every, start) in self.leads(at) {
            for (list, end) in self.month_day_list(start) {
                let has_scope = !self.scopes(end).is_empty();
                // `every 15` could be of anything.
                if list.is_bare && (start == at || is_every) && !has_scope {
                    continue;
                }
                // `every 3rd day` is an interval, and `every 2nd day of the month` could be one.
                let is_interval =
                    is_every && list.has_unit && !list.is_bare && matches!(list.days[..], [2..=12]);
                if is_interval && !has_scope {
                    continue;
                }
                let fault = is_interval.then(|| help::interval_of_days(list.days[0]));
                add(&mut found, Draft { fault, is_every, ..Draft::days(Days::OfMonth(list.days)) }, end);
            }
        }
        found
    }

    fn month_day_list(&self, at: usize) -> Parses<MonthDayList> {
        let mut found = self.month_day(at);
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from].clone();
            from += 1;
            let is_slash = self.reader.sign(end, "/").is_some();
            for start in
                self.joints(end).into_iter().flat_map(|joint| self.leads(joint)).map(|(_, start)| start)
            {
                // `12/25` is a date.
                for (item, end) in
                    self.month_day(start).into_iter().filter(|(item, _)| !(is_slash && item.is_bare))
                {
                    let days = [list.days.as_slice(), &item.days].concat();
                    add(
                        &mut found,
                        MonthDayList {
                            days,
                            has_unit: list.has_unit || item.has_unit,
                            is_bare: list.is_bare,
                        },
                        end,
                    );
                }
            }
        }
        found
    }

    fn month_day(&self, at: usize) -> Parses<MonthDayList> {
        let mut found: Parses<MonthDayList> = Vec::new();
        let is_day = |(unit, end): (Unit, usize)| (unit == Unit::Day).then_some(end);
        for (nth, end) in self.ordinal(at) {
            let item = MonthDayList { days: vec![nth], has_unit: false, is_bare: false };
            for end in self.unit(end).into_iter().filter_map(is_day) {
                add(&mut found, MonthDayList { has_unit: true, ..item.clone() }, end);
            }
            add(&mut found, item, end);
        }
        for (day, end) in self.bare_day(at) {
            add(&mut found, MonthDayList { days: vec![day], has_unit: false, is_bare: true }, end);
        }
        for (day, end) in self.unit(at).into_iter().filter_map(is_day).flat_map(|end| self.bare_day(end)) {
            add(&mut found, MonthDayList { days: vec![day], has_unit: false, is_bare: false }, end);
        }
        found
    }

    fn bare_day(&self, at: usize) -> Parses<i8> {
        let days = self.count(at).into_iter().filter_map(|(day, end)| Some((i8::try_from(day).ok()?, end)));
        days.filter(|(day, _)| *day <= 31).collect()
    }

    /// Reads days of one month: `4 July`, `July 4th`, `20 and 30 Aug`, `December 21st and 31st`, `24.12.`
    pub(super) fn year_day_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (is_every, start) in self.leads(at) {
            let mut days: Parses<(Vec<i8>, i8)> = Vec::new();
            for (list, end) in self.month_day_list(start) {
                let ends = self.reader.maybe(end, &[Word::Of]).into_iter();
                days.extend(
                    ends.flat_map(|end| self.reader.month(end))
                        .map(|(month, end)| ((list.days.clone(), month), end)),
                );
            }
            for (month, end) in self.reader.month(start) {
                for end in self.reader.maybe(end, &[Word::On, Word::Article]) {
                    days.extend(
                        self.month_day_list(end).into_iter().map(|(list, end)| ((list.days, month), end)),
                    );
                }
            }
            let mut orders = Vec::new();
            for (day, end) in self.days_at(start) {
                let is_numeric = !matches!(day.form, DayForm::Named | DayForm::Bare);
                if let (true, None, None, Some(month @ 1..=12)) =
                    (is_numeric, day.year, day.weekday, day.month)
                {
                    orders.push((day.orders, days.len()));
                    days.push(((vec![day.day], month), end));
                }
            }
            for (at, ((days, month), end)) in days.into_iter().enumerate() {
                let orders = orders
                    .iter()
                    .find(|(_, of)| *of == at)
                    .map_or(Draft::EMPTY.orders, |(orders, _)| *orders);
                let rhythm = if is_every { Draft::rhythm(Unit::Year, 1).rhythm } else { None };
                let months = Some(MonthSet::single(month));
                add(
                    &mut found,
                    Draft { months, orders, rhythm, is_every, ..Draft::days(Days::OfMonth(days)) },
                    end,
                );
            }
        }
        found
    }
}
