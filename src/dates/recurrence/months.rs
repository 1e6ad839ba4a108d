//! Months: `in June`, `Sept-May`, `every January and July`.

use super::draft::{Draft, MonthSet};
use super::grammar::{Grammar, add};
use super::help;
use crate::dates::lexicon::{Unit, Word};
use crate::dates::reader::Parses;

/// Months that are joined by `and`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MonthList {
    pub set: MonthSet,
    /// It is one month and nothing else.
    pub is_single: bool,
    /// The word of a range in it is also that of an end: `June until August`.
    pub has_until: bool,
}

impl Grammar<'_> {
    /// Reads the clauses that say in which months.
    pub(super) fn month_clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let after = self
            .reader
            .any(at, &[Word::In, Word::Of])
            .into_iter()
            .flat_map(|end| self.reader.maybe(end, &[Word::Article]));
        for start in after {
            for (list, end) in self.month_list(start) {
                let fault = list.has_until.then(help::months_until);
                add(&mut found, Draft { months: Some(list.set), fault, ..Draft::EMPTY }, end);
            }
        }
        for start in std::iter::once(at).chain(self.reader.word(at, Word::From)) {
            for (list, end) in self.month_list(start) {
                // A month alone could be the last, or the only one.
                let fault = list.has_until.then(help::months_until);
                let draft = Draft { months: Some(list.set), fault, ..Draft::EMPTY };
                if !list.is_single {
                    add(&mut found, draft, end);
                } else if at == 0 && end == self.reader.len() {
                    add(&mut found, Draft { fault: Some(help::which_day_of_month()), ..draft }, end);
                }
            }
        }
        for (first, end) in
            self.reader.word(at, Word::Between).into_iter().flat_map(|start| self.reader.month(start))
        {
            for (last, end) in
                self.reader.word(end, Word::And).into_iter().flat_map(|start| self.reader.month(start))
            {
                add(&mut found, Draft { months: Some(MonthSet::range(first, last)), ..Draft::EMPTY }, end);
            }
        }
        for start in self.reader.word(at, Word::Every) {
            for (list, end) in self.month_list(start) {
                let rhythm = Draft::rhythm(Unit::Year, 1);
                let fault = list.has_until.then(help::months_until);
                add(&mut found, Draft { months: Some(list.set), is_every: true, fault, ..rhythm }, end);
            }
        }
        found
    }

    /// Reads months and ranges of months that are joined by signs or `and`.
    pub(super) fn month_list(&self, at: usize) -> Parses<MonthList> {
        let mut found = self.month_item(at);
        let mut from = 0;
        while from < found.len() {
            let (list, end) = found[from];
            from += 1;
            let starts = self.joints(end).into_iter().flat_map(|joint| {
                let mut starts = self.reader.maybe(joint, &[Word::Article]);
                starts.extend(self.reader.any(joint, &[Word::In, Word::Of]));
                starts
            });
            for (item, end) in starts.flat_map(|start| self.month_item(start)) {
                let has_until = list.has_until || item.has_until;
                add(&mut found, MonthList { set: list.set.or(item.set), is_single: false, has_until }, end);
            }
        }
        found
    }

    fn month_item(&self, at: usize) -> Parses<MonthList> {
        let mut found: Parses<MonthList> = Vec::new();
        for (first, end) in self.reader.month(at) {
            let set = MonthSet::single(first);
            add(&mut found, MonthList { set, is_single: true, has_until: false }, end);
            let ends = self.reader.word(end, Word::Until);
            let ranges = self.reader.word(end, Word::ThroughMonth);
            for joint in self.reader.word(end, Word::To).into_iter().chain(self.reader.sign(end, "-~")) {
                let has_until = ends.contains(&joint) && !ranges.contains(&joint);
                for (last, end) in self.reader.month(joint).into_iter().filter(|(last, _)| *last != first) {
                    let set = MonthSet::range(first, last);
                    add(&mut found, MonthList { set, is_single: false, has_until }, end);
                }
            }
        }
        found
    }
}
