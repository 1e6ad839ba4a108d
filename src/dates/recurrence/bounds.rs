//! The bounds of a series and what it shares with the start: `until 31 March 2027`, `10 times`, `for 10 weeks`, `except
//! August`, `starting 1 Dec 2026`, `at 6pm`.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::draft::{Draft, Except, SpanForm, YearlessEnd};
use super::grammar::{Grammar, MOST_PARSES, add};
use super::{End, RecurrenceError, help};
use crate::dates::clock::TimeForm;
use crate::dates::day::{DayForm, DayText, YEARS};
use crate::dates::lexicon::{Meaning, Unit, Word};
use crate::dates::order::{DateOrder, Orders};
use crate::dates::reader::Parses;

impl Grammar<'_> {
    /// Reads the clauses that bound a series.
    pub(super) fn bound_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found = self.until(at);
        found.extend(self.times(at));
        found.extend(self.spans(at));
        found.extend(self.excepts(at));
        found.extend(self.starts(at));
        found.extend(self.clocks(at));
        found
    }

    /// Reads `until 31 March 2027`, `until June 2027`, `bis Ende Juni 2027`.
    fn until(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for start in self
            .reader
            .word(at, Word::Until)
            .into_iter()
            .flat_map(|end| self.reader.maybe(end, &[Word::Inclusive]))
        {
            for (draft, end) in self.last_days(start) {
                for end in self.reader.maybe(end, &[Word::Inclusive]) {
                    add(&mut found, draft.clone(), end);
                }
            }
        }
        found
    }

    /// Reads the last day of a series.
    fn last_days(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (day, end) in self.days_at(at) {
            let draft = match day.date() {
                Ok(date) => Draft { orders: day.orders, ..Draft::end(End::Until(date)) },
                Err(_) if day.year.is_none() => self.yearless_end(&day),
                Err(_) => Draft::fault(help::no_such_day(&day)),
            };
            add(&mut found, draft, end);
        }
        found.extend(self.numeric_month(at));
        for start in self.reader.maybe(at, &[Word::Article]) {
            for after in self.reader.word(start, Word::EndOf) {
                for after in self.reader.maybe(after, &[Word::Of, Word::Article, Word::In]) {
                    for (year, end) in self.whole_year(after) {
                        let last = Date::new(year, 12, 31).ok();
                        found.extend(last.map(|last| (Draft::end(End::Until(last)), end)));
                    }
                    found.extend(self.last_of_month(after));
                }
            }
            found.extend(self.last_of_month(start));
        }
        found
    }

    /// Reads a month as the last of a series.
    fn last_of_month(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (month, after) in self.reader.month(at) {
            for (year, end) in self.whole_year(after) {
                let last = Date::new(year, month, 1).ok().map(Date::last_of_month);
                found.extend(last.map(|last| (Draft::end(End::Until(last)), end)));
            }
            let in_year = |year: i16| Date::new(year, month, 1).ok().map(Date::last_of_month);
            let last = self.first_after_start(in_year);
            let end = last.map(|last| YearlessEnd { last, is_month: true });
            add(&mut found, Draft { yearless_end: end, ..Draft::EMPTY }, after);
        }
        found
    }

    /// Reads `06/2027` and `2027-06` as the last month of a series.
    fn numeric_month(&self, at: usize) -> Parses<Draft> {
        let Some(end) = self.reader.sign(at + 1, "/.-").map(|next| next + 1) else {
            return Vec::new();
        };
        let is_longer = self.reader.sign(end, "/.-").is_some() && self.reader.number(end + 1).is_some();
        let numbers = (self.reader.number(at), self.reader.number(end - 1));
        let (year, month) = match numbers {
            (Some((year, 4)), Some((month, 2))) | (Some((month, 1 | 2)), Some((year, 4))) => (year, month),
            _ => return Vec::new(),
        };
        let year = i16::try_from(year).ok().filter(|year| YEARS.contains(year) && !is_longer);
        let first = year.and_then(|year| Date::new(year, i8::try_from(month).ok()?, 1).ok());
        first.map(|first| (Draft::end(End::Until(first.last_of_month())), end)).into_iter().collect()
    }

    fn yearless_end(&self, day: &DayText) -> Draft {
        let in_year = |year: i16| day.month.and_then(|month| Date::new(year, month, day.day).ok());
        // `06/27` could be June 2027.
        let is_clear = day.form == DayForm::Named || day.orders.has(DateOrder::DayFirst);
        if self.order.is_none() && !is_clear {
            return Draft::fault(help::unclear_end());
        }
        match self.first_after_start(in_year) {
            Some(last) => Draft { yearless_end: Some(YearlessEnd { last, is_month: false }), ..Draft::EMPTY },
            None => Draft::fault(help::no_such_day(day)),
        }
    }

    /// Returns the first of the days in several years that is not before the start.
    fn first_after_start(&self, in_year: impl Fn(i16) -> Option<Date>) -> Option<Date> {
        let year = self.start.date.year();
        // A leap day can be eight years away.
        (year..=year + 8).filter_map(in_year).find(|day| *day >= self.start.date)
    }

    /// Reads a year of four digits behind a month.
    fn whole_year(&self, at: usize) -> Parses<i16> {
        let mut found: Parses<i16> = Vec::new();
        for start in self.reader.maybe(self.reader.skip_sign(at, ",./-"), &[Word::Of]) {
            let year = self.reader.number(start).filter(|(_, digits)| *digits == 4);
            let year =
                year.and_then(|(year, _)| i16::try_from(year).ok()).filter(|year| YEARS.contains(year));
            found.extend(year.map(|year| (year, start + 1)));
        }
        found
    }

    /// Reads `10 times`, `for 5 occurrences`, `x 6`, `6x`, `8 Termine`.
    fn times(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for start in self.reader.maybe(at, &[Word::For, Word::InTotal]) {
            for (count, end) in self.count(start) {
                for end in self.times_ends(end) {
                    // `3 times a week` and `twice every two weeks` are no numbers of occurrences.
                    if count == 1 || !self.units_per(end).is_empty() || !self.every_unit(end).is_empty() {
                        continue;
                    }
                    for end in self.reader.maybe(end, &[Word::InTotal]) {
                        add(&mut found, Draft::end(End::Count(count)), end);
                    }
                }
            }
            let is_sign =
                self.reader.token(start).is_some_and(|token| matches!(token.text.as_str(), "x" | "×"));
            if is_sign {
                for (count, end) in self.count(start + 1) {
                    add(&mut found, Draft::end(End::Count(count)), end);
                }
            }
        }
        found
    }

    /// Reads `for 10 weeks`, `10 Wochen lang`.
    fn spans(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        // `weekly 2 weeks` could be every two weeks.
        let is_apart = at > 0 && self.reader.sign(at - 1, ",;:(").is_some();
        let starts = std::iter::once((false, at))
            .chain(self.reader.word(at, Word::For).into_iter().map(|end| (true, end)));
        for (has_for, start) in starts {
            let single = self.reader.word(start, Word::ASingle).into_iter().map(|end| (1, end));
            for (count, end) in self.count(start).into_iter().chain(single) {
                for (unit, end) in self.unit(end) {
                    let draft = self.span(count, unit);
                    for end in self.reader.word(end, Word::Lasting) {
                        add(&mut found, draft.clone(), end);
                    }
                    if has_for {
                        add(&mut found, draft, end);
                    } else if is_apart && count > 1 && draft.fault.is_none() {
                        add(&mut found, Draft { span: Some(SpanForm::Bare(unit)), ..draft }, end);
                    }
                }
            }
        }
        found
    }

    fn span(&self, count: u16, unit: Unit) -> Draft {
        let count = i32::from(count);
        let span = match unit {
            Unit::Minute | Unit::Hour => return Draft::fault(help::duration(self.start)),
            Unit::Day => count.days(),
            Unit::Week => count.weeks(),
            Unit::Month => count.months(),
            Unit::Quarter => (count * 3).months(),
            Unit::Year => count.years(),
        };
        let last = self.start.date.checked_add(span).and_then(|end| end.checked_sub(Span::new().days(1)));
        match last {
            Ok(last) => Draft { span: Some(SpanForm::Led), ..Draft::end(End::Until(last)) },
            Err(_) => {
                Draft::fault(RecurrenceError::new("a span that does not end", help::examples(self.start)))
            }
        }
    }

    /// Reads `except August`, `außer sonntags`, `sauf le 15 décembre 2026`.
    fn excepts(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let except = |except| Draft { except: Some(except), ..Draft::EMPTY };
        for after in self.reader.word(at, Word::Except) {
            for start in self.reader.maybe(after, &[Word::In, Word::Of, Word::On, Word::Article]) {
                for (list, end) in self.month_list(start) {
                    // `except August 2027`
                    for (_, end) in self.whole_year(end) {
                        add(&mut found, Draft::fault(help::excepted_range()), end);
                        let ranges = self.excepted_ranges(end).into_iter();
                        found.extend(ranges.map(|(_, end)| (Draft::fault(help::excepted_range()), end)));
                    }
                    let ranges = self.excepted_ranges(end);
                    if ranges.is_empty() {
                        let fault = list.has_until.then(help::months_until);
                        add(&mut found, Draft { fault, ..except(Except::Months(list.set)) }, end);
                    }
                    // `except July to August` is a range of months, without the year of an end.
                    found.extend(ranges.into_iter().filter(|(draft, _)| draft.fault.is_some()));
                }
                for (list, end) in self.weekday_list(start) {
                    add(&mut found, except(Except::Weekdays(list.set)), end);
                }
            }
            for (days, end) in self.date_list(after) {
                let dates: Result<Vec<Date>, _> = days.iter().map(DayText::date).collect();
                let orders = days.iter().fold(Orders::ALL, |orders, day| orders.and(day.orders));
                let draft = match (dates, days.iter().find(|day| day.date().is_err())) {
                    (Ok(dates), _) => Draft { orders, ..except(Except::Dates(dates)) },
                    (Err(_), Some(day)) if day.year.is_some() => Draft::fault(help::no_such_day(day)),
                    (Err(_), _) => Draft::fault(help::except_without_year()),
                };
                let ranges = self.excepted_ranges(end);
                if ranges.is_empty() {
                    add(&mut found, draft, end);
                }
                found.extend(ranges.into_iter().map(|(_, end)| (Draft::fault(help::excepted_range()), end)));
            }
            let froms = self.reader.any(after, &[Word::From, Word::Between]);
            for (_, end) in froms.into_iter().flat_map(|start| self.date_list(start)) {
                let ranges = self.excepted_ranges(end).into_iter();
                found.extend(ranges.map(|(_, end)| (Draft::fault(help::excepted_range()), end)));
            }
        }
        found
    }

    /// Reads the rest of a range behind its first date or month, which no rule can leave out: `until 5 January 2027`. A
    /// month without its year is no fault.
    fn excepted_ranges(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let joints =
            self.reader.any(at, &[Word::Until, Word::To]).into_iter().chain(self.reader.sign(at, "-~"));
        for (last, end) in joints.flat_map(|joint| self.last_days(joint)) {
            let is_month = last.yearless_end.is_some_and(|end| end.is_month);
            add(&mut found, Draft { fault: (!is_month).then(help::excepted_range), ..Draft::EMPTY }, end);
        }
        found
    }

    /// Reads days that may share their month and year: `15 and 22 Dec 2026`, `15.12. und 5.1.2027`.
    fn date_list(&self, at: usize) -> Parses<Vec<DayText>> {
        let mut found: Parses<Vec<DayText>> = Vec::new();
        let items = |at| self.days_at(at).into_iter().chain(self.reader.bare_day(at));
        for (day, end) in items(at) {
            add(&mut found, vec![day], end);
        }
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from].clone();
            from += 1;
            let orders = list.iter().fold(Orders::ALL, |orders, day| orders.and(day.orders));
            // A slash is in dates.
            let joints = if self.reader.sign(end, "/").is_some() { Vec::new() } else { self.joints(end) };
            for (day, end) in joints.into_iter().flat_map(items) {
                if !orders.and(day.orders).is_empty() {
                    add(&mut found, [list.as_slice(), &[day]].concat(), end);
                }
            }
            // Too many ways to be sure of any.
            if found.len() > MOST_PARSES {
                return Vec::new();
            }
        }
        found.into_iter().filter_map(|(days, end)| Some((shared(days)?, end))).collect()
    }

    /// Reads days in the order that is known, if there are any; else in an order that people use without a word.
    pub(super) fn days_at(&self, at: usize) -> Parses<DayText> {
        let all = self.reader.day(at);
        let mut found: Parses<DayText> = Vec::new();
        let is_real = |day: &DayText| match day.year {
            Some(_) => day.date().is_ok(),
            None => day.month.is_some_and(|month| Date::new(2028, month, day.day).is_ok()),
        };
        for (day, end) in &all {
            let same = || all.iter().filter(|(_, other)| other == end).map(|(day, _)| day);
            let known = |day: &DayText| self.order.is_some_and(|order| day.orders.has(order));
            let is_usual = |day: &DayText| {
                day.orders != Orders::only(DateOrder::YearFirst) || day.form == DayForm::Hyphened
            };
            // No country writes the month first with points.
            let is_dotted =
                |day: &DayText| day.form == DayForm::Dotted && day.orders.has(DateOrder::DayFirst);
            let is_kept = if same().any(|day| known(day) && is_real(day)) {
                known(day)
            } else if self.order.is_none() && same().any(|day| is_dotted(day) && is_real(day)) {
                is_dotted(day)
            } else {
                is_usual(day) && (is_real(day) || !same().any(|day| is_usual(day) && is_real(day)))
            };
            if is_kept {
                add(&mut found, *day, *end);
            }
        }
        found
    }

    /// Reads `starting 1 Dec 2026` and `from 1 Dec 2026 to 31 March 2027`. The first day has to be the start.
    fn starts(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let is_between = !self.reader.word(at, Word::Between).is_empty();
        let froms = self.reader.any(at, &[Word::From, Word::Open, Word::Between]);
        for (has_from, start) in std::iter::once((false, at)).chain(froms.into_iter().map(|end| (true, end)))
        {
            for (fault, end) in
                self.first_days(start).into_iter().filter(|(fault, _)| has_from || fault.is_none())
            {
                let draft = Draft { names_start: true, fault, ..Draft::EMPTY };
                let mut joints = self.reader.word(end, if is_between { Word::And } else { Word::To });
                // `yearly on 5 May until 2030` does not start on 5 May.
                let until = self.reader.word(end, Word::Until);
                joints.retain(|joint| !until.contains(joint));
                joints.extend(self.reader.sign(end, "-~"));
                for (last, end) in joints.into_iter().flat_map(|joint| self.last_days(joint)) {
                    found.extend(draft.and(&last).map(|draft| (draft, end)));
                }
                if has_from && !is_between {
                    add(&mut found, draft, end);
                }
            }
        }
        found
    }

    /// Reads a day or month, with what is wrong if the start is another.
    fn first_days(&self, at: usize) -> Parses<Option<RecurrenceError>> {
        let start = self.start.date;
        let mut found: Parses<Option<RecurrenceError>> = Vec::new();
        for (day, end) in self.days_at(at) {
            let is_same = match day.date() {
                Ok(date) => date == start,
                Err(_) => day.year.is_none() && day.month == Some(start.month()) && day.day == start.day(),
            };
            add(&mut found, (!is_same).then(|| help::other_start(self.start)), end);
        }
        for (month, end) in self.reader.month(at) {
            for (year, end) in self.whole_year(end) {
                let is_same = (year, month) == (start.year(), start.month());
                add(&mut found, (!is_same).then(|| help::other_start(self.start)), end);
            }
        }
        // One of several orders may be the start.
        let same = found.clone();
        found.retain(|(fault, end)| {
            fault.is_none() || !same.iter().any(|(fault, other)| fault.is_none() && other == end)
        });
        found
    }

    /// Reads a time or part of the day. It has to be the time of the start.
    fn clocks(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let said = Draft { names_time: true, ..Draft::EMPTY };
        let is_led = !self.reader.word(at, Word::At).is_empty() || self.reader.sign(at, "@").is_some();
        for (text, end) in self.reader.clock(at) {
            // `1.12.` is a date.
            let is_dotted = text.start.form == TimeForm::Dot && self.reader.number(end - 1).is_some();
            if (is_dotted || text.start.form == TimeForm::Military) && !is_led {
                continue;
            }
            let Ok(clock) = text.clock() else { continue };
            let is_same = clock.end.is_none() && clock.zone.is_none() && Some(clock.start) == self.start.time;
            let is_range = clock.end.is_some();
            let error = || {
                if is_range { help::range_of_times() } else { help::other_time(self.start) }
            };
            let fault = (!is_same).then(error);
            add(&mut found, Draft { fault, ..said.clone() }, end);
        }
        found.extend(self.parts_of_day(at));
        found
    }

    /// Reads `in the evening`, `evenings`, `every evening`. The start has to be in that part of the day.
    fn parts_of_day(&self, at: usize) -> Parses<Draft> {
        let mut starts: Parses<Draft> = Vec::new();
        starts.extend(
            self.reader.maybe(at, &[Word::On, Word::Article]).into_iter().map(|end| (Draft::EMPTY, end)),
        );
        starts.extend(
            self.reader.word(at, Word::Every).into_iter().map(|end| (Draft::rhythm(Unit::Day, 1), end)),
        );
        let part = |meaning| match meaning {
            Meaning::Part(from, to) | Meaning::Parts(from, to) => Some((from, to)),
            _ => None,
        };
        let mut found: Parses<Draft> = Vec::new();
        for (draft, start) in starts {
            for ((from, to), end) in self.reader.pick(start, part) {
                // Not `am` and `pm`, which stand behind a number.
                if self.is_long_word(end - 1, 4) {
                    let is_same = self.start.time.is_some_and(|time| (from..to).contains(&time.hour()));
                    let fault = (!is_same).then(|| help::other_time(self.start));
                    add(&mut found, Draft { names_time: true, fault, ..draft.clone() }, end);
                }
            }
        }
        found
    }
}

/// Gives each day the month and year that it shares with another. Returns `None` if it is not clear with which.
fn shared(mut days: Vec<DayText>) -> Option<Vec<DayText>> {
    let (mut year, mut month) = (None, None);
    for day in days.iter_mut().rev() {
        if day.form == DayForm::Bare {
            day.month = month;
        } else {
            month = day.month;
        }
        year = day.year.or(year);
        day.year = year;
    }
    // `Dec 15 and 22, 2026`: the month is before the days.
    let first = days.first()?.month;
    let is_shared = days.iter().skip(1).all(|day| day.form == DayForm::Bare);
    if is_shared && first.is_some() {
        days.iter_mut().for_each(|day| day.month = first);
    }
    days.iter().all(|day| day.month.is_some()).then_some(days)
}
