//! Weekdays: `Mon, Wed & Fri`, `von Montag bis Freitag`, `dienstags`, `MWF`, `weekends`, and every second one:
//! `every other Tuesday`, `un mardi sur deux`, `martes alternos`.

use super::draft::{Days, Draft, Rhythm, WeekdaySet};
use super::grammar::{Grammar, add};
use super::help;
use crate::dates::lexicon::{Meaning, Unit, Word};
use crate::dates::reader::Parses;

/// Weekdays that are joined by `and`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WeekdayList {
    pub set: WeekdaySet,
    /// It is one weekday or the weekend, of which every second one can be meant.
    pub is_single: bool,
    /// The word of a range in it is also that of an end: `Tuesday until Friday`.
    pub has_until: bool,
    /// `every` is before one that is not the first: `Tuesday and every Thursday`.
    pub has_every: bool,
    /// The last is a word for several days: `weekdays`, `weekend`.
    pub is_group: bool,
}

impl WeekdayList {
    fn of(set: WeekdaySet) -> WeekdayList {
        WeekdayList { set, is_single: false, has_until: false, has_every: false, is_group: false }
    }

    fn with(self, other: WeekdayList) -> WeekdayList {
        WeekdayList {
            set: self.set.or(other.set),
            is_single: false,
            has_until: self.has_until || other.has_until,
            has_every: self.has_every || other.has_every,
            is_group: other.is_group,
        }
    }
}

impl Grammar<'_> {
    /// Reads the clauses that say on which days.
    pub(super) fn day_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for (is_every, start) in self.leads(at) {
            for (list, end) in self.weekday_list(start) {
                let fault = (is_every && list.has_until).then(help::weekday_as_end);
                add(&mut found, Draft { is_every, fault, ..Draft::days(Days::Weekdays(list.set)) }, end);
            }
        }
        found.extend(self.alternating(at));
        found.extend(self.nth_clauses(at));
        found.extend(self.month_day_clauses(at));
        found.extend(self.year_day_clauses(at));
        found
    }

    /// Returns the ends of what can be before days, and whether it has `every` in it: `on the`, `every`, `on each`.
    pub(super) fn leads(&self, at: usize) -> Parses<bool> {
        let mut found: Parses<bool> = Vec::new();
        for start in self.reader.maybe(at, &[Word::On, Word::Article]) {
            add(&mut found, false, start);
            for end in self.reader.word(start, Word::Every) {
                for end in self.reader.maybe(end, &[Word::Article]) {
                    add(&mut found, true, end);
                }
            }
        }
        found
    }

    /// Reads weekdays that are joined by signs or `and`, or are next to each other.
    pub(super) fn weekday_list(&self, at: usize) -> Parses<WeekdayList> {
        let mut found = self.weekday_item(at);
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from];
            from += 1;
            // `every weekday Saturday` could be either.
            for (item, end) in self.weekday_item(end) {
                if !list.is_group && !item.is_group {
                    add(&mut found, list.with(item), end);
                }
            }
            for (has_every, start) in self.joints(end).into_iter().flat_map(|joint| self.leads(joint)) {
                for (item, end) in self.weekday_item(start) {
                    add(&mut found, list.with(WeekdayList { has_every, ..item }), end);
                }
            }
        }
        found
    }

    /// Reads a weekday, a range of weekdays, working days or the weekend.
    fn weekday_item(&self, at: usize) -> Parses<WeekdayList> {
        let mut found: Parses<WeekdayList> = Vec::new();
        let single = |set| WeekdayList { is_single: true, ..WeekdayList::of(set) };
        for (day, end) in self.reader.weekday(at) {
            add(&mut found, single(WeekdaySet::single(day)), end);
        }
        let starts = std::iter::once(at).chain(self.reader.any(at, &[Word::From, Word::Between]));
        for (first, end) in starts.flat_map(|start| self.reader.weekday(start)) {
            let is_between = !self.reader.word(at, Word::Between).is_empty();
            let mut joints = self.reader.word(end, if is_between { Word::And } else { Word::To });
            joints.extend(self.reader.sign(end, "-~"));
            let ends = self.reader.word(end, Word::Until);
            let ranges = self.reader.word(end, Word::Through);
            for joint in joints {
                let has_until = ends.contains(&joint) && !ranges.contains(&joint);
                let starts = self.reader.maybe(joint, &[Word::Article]).into_iter();
                let lasts = starts.flat_map(|start| self.reader.weekday(start));
                for (last, end) in lasts.filter(|(last, _)| *last != first) {
                    let set = WeekdaySet::range(first, last);
                    add(&mut found, WeekdayList { has_until, ..WeekdayList::of(set) }, end);
                }
            }
        }
        for end in self.reader.word(at, Word::WorkingDay) {
            add(&mut found, WeekdayList { is_group: true, ..WeekdayList::of(WeekdaySet::WORKING) }, end);
        }
        for end in self.reader.word(at, Word::Weekend) {
            add(&mut found, WeekdayList { is_group: true, ..single(WeekdaySet::WEEKEND) }, end);
        }
        let sets = self.reader.pick(at, |meaning| {
            if let Meaning::Weekdays(bits) = meaning { Some(WeekdaySet(bits)) } else { None }
        });
        for (set, end) in sets {
            add(&mut found, WeekdayList::of(set), end);
        }
        found
    }

    /// Reads every second, or so, of a weekday.
    fn alternating(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let mut lists: Vec<(u16, WeekdayList, usize)> = Vec::new();
        for start in self.reader.maybe(at, &[Word::On, Word::Article]) {
            let every = self
                .reader
                .word(start, Word::Every)
                .into_iter()
                .flat_map(|end| self.reader.maybe(end, &[Word::Article]));
            let mut intervals: Parses<u16> =
                every.flat_map(|end| self.interval(end)).filter(|(every, _)| *every > 1).collect();
            intervals.extend(self.reader.word(start, Word::Alternate).into_iter().map(|end| (2, end)));
            for (every, end) in intervals {
                lists.extend(self.weekday_list(end).into_iter().map(|(list, end)| (every, list, end)));
            }
            for (list, end) in self.weekday_list(start) {
                lists.extend(self.reader.word(end, Word::Alternate).into_iter().map(|end| (2, list, end)));
            }
            for (list, end) in self
                .count(start)
                .into_iter()
                .filter(|(one, _)| *one == 1)
                .flat_map(|(_, end)| self.weekday_list(end))
            {
                lists.extend(self.out_of(end).into_iter().map(|(every, end)| (every, list, end)));
            }
            for (every, end) in self
                .count(start)
                .into_iter()
                .filter(|(one, _)| *one == 1)
                .flat_map(|(_, end)| self.out_of(end))
            {
                lists.extend(self.weekday_list(end).into_iter().map(|(list, end)| (every, list, end)));
            }
        }
        for (every, list, end) in lists {
            let rhythm = Rhythm { unit: Unit::Week, every };
            let draft = Draft { rhythm: Some(rhythm), ..Draft::days(Days::Weekdays(list.set)) };
            let fault = match list {
                WeekdayList { has_every: true, .. } => Some(help::row_for_each()),
                WeekdayList { has_until: true, .. } => Some(help::weekday_as_end()),
                WeekdayList { is_single: false, .. } => Some(help::alternating_several(every, list.set)),
                _ => None,
            };
            add(&mut found, Draft { fault, ..draft }, end);
        }
        found.extend(self.counted_singulars(at));
        found
    }

    /// Reads `every 2 Tuesday`, which could be every other one or the second of the month.
    fn counted_singulars(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        for start in self.reader.maybe(at, &[Word::On, Word::Article]) {
            let counts = self.reader.word(start, Word::Every).into_iter().flat_map(|end| self.count(end));
            for (every, end) in counts.filter(|(every, _)| (2..=5).contains(every)) {
                for (day, end) in self.reader.weekday(end) {
                    let is_plural = self.reader.token(end - 1).is_some_and(|token| is_plural(&token.text));
                    if !is_plural {
                        add(&mut found, Draft::fault(help::interval_or_nth(every, day)), end);
                    }
                }
            }
        }
        found
    }
}

/// Returns whether the name of a weekday says that there are several: `Tuesdays`, `Dienstage`, `martes`.
fn is_plural(name: &str) -> bool {
    let is_abbreviation = matches!(name, "tues" | "weds" | "thurs");
    !is_abbreviation && (name.ends_with('s') || name.ends_with("tage") || name == "mittwoche")
}
