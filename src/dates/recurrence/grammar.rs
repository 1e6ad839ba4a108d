//! The sequence of clauses that a cell is, and the clauses that say how often: `every two weeks`, `monthly`, `twice a
//! week`, `of each quarter`.

use super::draft::{Draft, Times};
use super::{Start, help};
use crate::dates::lexicon::{Meaning, Unit, Word};
use crate::dates::order::DateOrder;
use crate::dates::reader::{Parses, Reader};
use crate::dates::token::Kind;

/// The most ways to read the beginning of a cell. A cell with more is refused.
pub(super) const MOST_PARSES: usize = 200;

/// The longest interval.
const LONGEST: u16 = 999;

/// Reader of the clauses of one cell.
pub(super) struct Grammar<'r> {
    pub reader: &'r Reader,
    pub start: Start,
    pub order: Option<DateOrder>,
}

/// Adds a parse if it is new.
pub(super) fn add<T: PartialEq>(found: &mut Parses<T>, value: T, end: usize) {
    if !found.iter().any(|(known, known_end)| *known_end == end && *known == value) {
        found.push((value, end));
    }
}

impl Grammar<'_> {
    /// Returns every way to read the whole cell.
    pub fn whole(&self) -> Vec<Draft> {
        let mut all = self.drafts(0);
        all.pop().unwrap_or_default()
    }

    /// Returns every way to read the tokens from `from` up to each token.
    pub fn drafts(&self, from: usize) -> Vec<Vec<Draft>> {
        let last = self.reader.len();
        let mut found: Vec<Vec<Draft>> = vec![Vec::new(); last + 1];
        // The drafts before which only signs are.
        let mut starts: Vec<Vec<Draft>> = vec![Vec::new(); last + 1];
        for at in self.gaps(from) {
            starts[at].push(Draft::EMPTY);
        }
        for at in from..last {
            let drafts = std::mem::take(&mut starts[at]);
            if drafts.is_empty() {
                continue;
            }
            for (clause, end) in self.clauses(at) {
                for draft in drafts.iter().filter_map(|draft| draft.and(&clause)) {
                    for next in self.gaps(end) {
                        push(&mut starts[next], &draft);
                        push(&mut found[next], &draft);
                    }
                    push(&mut found[end], &draft);
                }
            }
        }
        // Too many ways to be sure of any.
        if found.iter().any(|drafts| drafts.len() > MOST_PARSES) { vec![Vec::new(); last + 1] } else { found }
    }

    /// Returns every clause at a token.
    fn clauses(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let sorts: [Parses<Draft>; 5] = [
            self.rhythms(at),
            self.times_per(at),
            self.day_clauses(at),
            self.month_clauses(at),
            self.bound_clauses(at),
        ];
        for (draft, end) in sorts.into_iter().flatten().chain(self.scopes(at)) {
            add(&mut found, draft, end);
        }
        found
    }

    /// Returns a token, and the ends of what can be between clauses: signs, and words such as `repeats`.
    fn gaps(&self, at: usize) -> Vec<usize> {
        let mut ends = vec![at];
        let mut from = 0;
        while from < ends.len() {
            let end = ends[from];
            from += 1;
            let point = self
                .reader
                .sign(end, ".")
                .filter(|next| *next == self.reader.len() || self.reader.is_spaced(*next));
            let next = self.reader.sign(end, ",;:()[]-").or(point);
            for next in next.into_iter().chain(self.reader.word(end, Word::Repeats)) {
                if !ends.contains(&next) {
                    ends.push(next);
                }
            }
        }
        ends
    }

    /// Returns the ends of what is between two equal things: `,`, `and`, `, and`, `&`, `/`, `+`.
    pub fn joints(&self, at: usize) -> Vec<usize> {
        let mut ends = self.reader.word(at, Word::And);
        if let Some(end) = self.reader.sign(at, ",/&+;") {
            ends.extend(self.reader.word(end, Word::And));
            ends.push(end);
        }
        ends
    }

    /// Reads a number in digits or letters.
    pub fn count(&self, at: usize) -> Parses<u16> {
        let mut found = self
            .reader
            .pick(at, |meaning| if let Meaning::Number(count) = meaning { Some(count) } else { None });
        let digits = self.reader.number(at).and_then(|(count, _)| u16::try_from(count).ok());
        found.extend(digits.map(|count| (count, at + 1)));
        found.retain(|(count, _)| (1..=LONGEST).contains(count));
        found
    }

    pub fn unit(&self, at: usize) -> Parses<Unit> {
        self.reader.pick(at, |meaning| if let Meaning::Unit(unit) = meaning { Some(unit) } else { None })
    }

    /// Reads an ordinal: `2nd`, `second`, `2.`, `2º`, `last`, `second to last`.
    pub fn ordinal(&self, at: usize) -> Parses<i8> {
        let mut found = self
            .reader
            .pick(at, |meaning| if let Meaning::Ordinal(nth) = meaning { Some(nth) } else { None });
        if let Some(nth) = self.reader.short_number(at).filter(|_| !self.reader.is_spaced(at + 1)) {
            let end = at + 1;
            found.extend(self.reader.sign(end, ".°").map(|end| (nth, end)));
            found.extend(self.reader.word(end, Word::Suffix).into_iter().map(|end| (nth, end)));
        }
        for (nth, end) in found.clone() {
            if nth < 2 {
                continue;
            }
            let end = self.reader.skip_sign(end, "-");
            found.extend(self.reader.word(end, Word::ToLast).into_iter().map(|end| (-nth, end)));
        }
        found.retain(|(nth, _)| (-31..=31).contains(nth) && *nth != 0);
        found.dedup();
        found
    }

    /// Reads `every two weeks`, `every other month`, `monthly`, `alternate weeks`, `une semaine sur deux`.
    fn rhythms(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let adverbs = self.adverb(at).into_iter();
        found.extend(adverbs.map(|(rhythm, end)| (Draft::rhythm(rhythm.unit, rhythm.count), end)));
        for start in self.reader.maybe(at, &[Word::On, Word::In]) {
            let units = self.every_unit(start).into_iter().chain(self.alternate_unit(start));
            for (rhythm, end) in units {
                let is_short = matches!(rhythm.unit, Unit::Minute | Unit::Hour);
                let draft = if is_short {
                    Draft::fault(help::too_often(self.start))
                } else {
                    Draft::rhythm(rhythm.unit, rhythm.count)
                };
                add(&mut found, draft, end);
            }
        }
        for end in self.reader.word(at, Word::Once) {
            for (rhythm, end) in self.every_unit(end) {
                let draft = if rhythm.count == 1 {
                    Draft { times: Some(rhythm), ..Draft::EMPTY }
                } else {
                    Draft::rhythm(rhythm.unit, rhythm.count)
                };
                add(&mut found, draft, end);
            }
        }
        found
    }

    fn adverb(&self, at: usize) -> Parses<Times> {
        self.reader.pick(at, |meaning| match meaning {
            Meaning::Adverb(unit, count) => Some(Times { count, unit }),
            _ => None,
        })
    }

    /// Reads `every week`, `every other week`, `every 2nd week`, `every two weeks`, `every fortnight`. The count is the
    /// interval.
    pub fn every_unit(&self, at: usize) -> Parses<Times> {
        let mut found: Parses<Times> = Vec::new();
        for every in self.reader.word(at, Word::Every) {
            for every in self.reader.maybe(every, &[Word::Article]) {
                for (count, end) in self.interval(every) {
                    found.extend(self.unit(end).into_iter().map(|(unit, end)| (Times { count, unit }, end)));
                }
                found.extend(self.unit(every).into_iter().map(|(unit, end)| (Times { count: 1, unit }, end)));
                // `every fortnight` is a noun, unlike other adverbs.
                let fortnight = Times { count: 2, unit: Unit::Week };
                found.extend(self.adverb(every).into_iter().filter(|(adverb, _)| *adverb == fortnight));
            }
        }
        found
    }

    /// Reads the interval behind `every`: `other`, `2nd`, `second`, `two`.
    pub fn interval(&self, at: usize) -> Parses<u16> {
        let mut found = self.count(at);
        found.extend(self.reader.any(at, &[Word::Other, Word::Alternate]).into_iter().map(|end| (2, end)));
        for (nth, end) in self.ordinal(at) {
            found.extend(u16::try_from(nth).ok().filter(|nth| *nth > 1).map(|nth| (nth, end)));
        }
        found
    }

    /// Reads `alternate weeks`, `semanas alternas`, `une semaine sur deux`.
    fn alternate_unit(&self, at: usize) -> Parses<Times> {
        let mut found: Parses<Times> = Vec::new();
        for end in self.reader.word(at, Word::Alternate) {
            found.extend(self.unit(end).into_iter().map(|(unit, end)| (Times { count: 2, unit }, end)));
        }
        for (unit, end) in self.unit(at) {
            found.extend(
                self.reader.word(end, Word::Alternate).into_iter().map(|end| (Times { count: 2, unit }, end)),
            );
        }
        for (one, end) in self.count(at) {
            for (unit, end) in self.unit(end).into_iter().filter(|_| one == 1) {
                found.extend(self.out_of(end).into_iter().map(|(count, end)| (Times { count, unit }, end)));
            }
        }
        found
    }

    /// Reads `sur deux`, `de cada dos`.
    pub fn out_of(&self, at: usize) -> Parses<u16> {
        let ends = self.reader.word(at, Word::OfN).into_iter();
        ends.flat_map(|end| self.count(end)).filter(|(count, _)| *count > 1).collect()
    }

    /// Reads `twice a week`, `3x/week`, `dreimal wöchentlich`, `deux fois par mois`.
    fn times_per(&self, at: usize) -> Parses<Draft> {
        let mut counts: Parses<u16> = Vec::new();
        for (word, count) in [(Word::Once, 1), (Word::Twice, 2), (Word::Thrice, 3)] {
            counts.extend(self.reader.word(at, word).into_iter().map(|end| (count, end)));
        }
        for (count, end) in self.count(at) {
            counts.extend(self.times_ends(end).into_iter().map(|end| (count, end)));
        }
        let mut found: Parses<Draft> = Vec::new();
        for (count, end) in counts {
            for (unit, end) in self.units_per(end) {
                let is_often = matches!(unit, Unit::Minute | Unit::Hour) || (unit == Unit::Day && count > 1);
                let draft = match (is_often, unit) {
                    (true, _) => Draft::fault(help::too_often(self.start)),
                    (false, Unit::Day) => Draft::rhythm(Unit::Day, 1),
                    (false, _) => Draft { times: Some(Times { count, unit }), ..Draft::EMPTY },
                };
                add(&mut found, draft, end);
            }
        }
        found
    }

    /// Reads the unit behind a number of times: `a week`, `/week`, `weekly`.
    pub fn units_per(&self, at: usize) -> Parses<Unit> {
        let per = self.reader.word(at, Word::Per).into_iter().chain(self.reader.sign(at, "/"));
        let mut units: Parses<Unit> = per.flat_map(|end| self.unit(end)).collect();
        let adverbs = self.adverb(at).into_iter().filter(|(adverb, _)| adverb.count == 1);
        units.extend(adverbs.map(|(adverb, end)| (adverb.unit, end)));
        units
    }

    /// Returns the ends of a word such as `times`, or a sign for it.
    pub fn times_ends(&self, at: usize) -> Vec<usize> {
        let mut ends = self.reader.word(at, Word::Times);
        ends.extend(self.reader.sign(at, "×*"));
        let dashed = self.reader.sign(at, "-").filter(|_| !self.reader.is_spaced(at));
        ends.extend(dashed.into_iter().flat_map(|end| self.reader.word(end, Word::Times)));
        ends
    }

    /// Reads `of the month`, `of every other month`, `im Quartal`, `de cada año`.
    pub fn scopes(&self, at: usize) -> Parses<Draft> {
        let mut found: Parses<Draft> = Vec::new();
        let every = self.reader.word(at, Word::Every);
        let mut starts = self.reader.any(at, &[Word::Of, Word::In, Word::Per]);
        starts.extend(self.reader.sign(at, "/"));
        starts.retain(|end| !every.contains(end));
        for start in starts {
            for end in self.reader.maybe(start, &[Word::Article]) {
                let single = self.unit(end).into_iter().map(|(unit, end)| (Times { count: 1, unit }, end));
                for (rhythm, end) in single.chain(self.every_unit(end)) {
                    let Times { count: every, unit } = rhythm;
                    if matches!(unit, Unit::Minute | Unit::Hour | Unit::Day) {
                        continue;
                    }
                    let draft = if every == 1 { Draft::EMPTY } else { Draft::rhythm(unit, every) };
                    add(&mut found, Draft { within: Some(unit), ..draft }, end);
                }
            }
        }
        found
    }

    /// Returns whether a token is a word of at least so many letters.
    pub fn is_long_word(&self, at: usize, letters: usize) -> bool {
        self.reader.token(at).is_some_and(|token| token.kind == Kind::Word && token.text.len() >= letters)
    }
}

fn push(drafts: &mut Vec<Draft>, draft: &Draft) {
    if drafts.len() <= MOST_PARSES && !drafts.contains(draft) {
        drafts.push(draft.clone());
    }
}
