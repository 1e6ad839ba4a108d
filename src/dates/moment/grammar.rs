//! Productions of a cell with a day, days, a time of day, or both.

use jiff::civil::Weekday;

use super::text::{MomentText, StampText, complete};
use crate::dates::clock::{ClockText, TimeForm};
use crate::dates::day::{DayForm, DayText};
use crate::dates::lexicon::Word;
use crate::dates::order::{DateOrder, Orders};
use crate::dates::reader::{Parses, Reader};

/// What is between the first and the last day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    To,
    /// The days are next to each other.
    And,
    /// The days are next to each other, or both have the year first.
    Slash,
}

impl Reader {
    /// Reads weekdays with a comma, a slash or a word between them.
    pub(super) fn weekday_list(&self, at: usize) -> Parses<Vec<Weekday>> {
        let mut found: Parses<Vec<Weekday>> = Vec::new();
        for (day, end) in self.weekday(at) {
            found.push((vec![day], end));
            let mut nexts: Vec<usize> = self.sign(end, ",/&+").into_iter().collect();
            nexts.extend(self.word(end, Word::And));
            for (mut days, end) in nexts.into_iter().flat_map(|next| self.weekday_list(next)) {
                days.push(day);
                days.sort_by_key(|day| day.to_monday_zero_offset());
                days.dedup();
                found.push((days, end));
            }
        }
        found
    }

    /// Returns whether nothing but a full stop follows.
    pub(in crate::dates) fn is_end(&self, at: usize) -> bool {
        self.skip_sign(at, ".,;") == self.len()
    }

    pub(super) fn whole_moments(&self) -> Vec<MomentText> {
        let whole = self.moments().into_iter().filter(|(_, end)| self.is_end(*end)).map(|(moment, _)| moment);
        let mut found: Vec<MomentText> = Vec::new();
        for moment in whole {
            if !found.contains(&moment) {
                found.push(moment);
            }
        }
        found
    }

    fn moments(&self) -> Parses<MomentText> {
        let mut found = Vec::new();
        for start in self.maybe(0, &[Word::From]) {
            let days = self.day(start);
            found.extend(days.iter().map(|(day, end)| (MomentText::Day(*day), *end)));
            found.extend(days.iter().flat_map(|(day, end)| {
                self.all_day(*end).into_iter().map(|end| (MomentText::Day(*day), end))
            }));
            found.extend(self.day_ranges(start, &days));
            found.extend(self.stamps(&days));
        }
        let clocks = self.clock(0);
        // `5, 6 June` has no hour.
        let is_time = |clock: &&(ClockText, usize)| {
            clock.0.start.form != TimeForm::Bare || clock.0.start.part.is_some() || clock.0.end.is_some()
        };
        for (clock, end) in clocks.iter().filter(is_time) {
            let start = self.skip_sign(*end, ",-");
            // The `am` of `12:15am` is not the German word for on.
            if start == *end && !self.is_spaced(start) {
                continue;
            }
            for start in self.maybe(start, &[Word::On, Word::Of]) {
                let days = self.day(start).into_iter();
                found.extend(days.map(|(day, end)| (MomentText::At(day, clock.clone()), end)));
            }
        }
        found.extend(clocks.into_iter().map(|(clock, end)| (MomentText::Clock(clock), end)));
        found
    }

    /// Reads the rest of `5 June 2027, 18:00` and of `5 June 2027 18:00 - 6 June 2027 14:00`.
    fn stamps(&self, days: &Parses<DayText>) -> Parses<MomentText> {
        let stamps = |days: &Parses<DayText>| -> Parses<StampText> {
            let mut found = Vec::new();
            for (day, end) in days {
                for time_at in self.before_time(*end) {
                    let clocks = self.clock(time_at).into_iter();
                    found.extend(clocks.map(|(clock, end)| (StampText { day: *day, clock }, end)));
                }
                if let Some(inside) = self.sign(*end, "([") {
                    let clocks = self.clock(inside).into_iter();
                    let closed = clocks.filter_map(|(clock, end)| Some((clock, self.sign(end, ")]")?)));
                    found.extend(closed.map(|(clock, end)| (StampText { day: *day, clock }, end)));
                }
            }
            found
        };
        let first = stamps(days);
        let mut found = Vec::new();
        for (start, end) in &first {
            for (_, last_at) in self.joints(*end).into_iter().filter(|(joint, _)| *joint == Joint::To) {
                let ends = stamps(&self.day(last_at)).into_iter();
                let ends = ends.filter(|(end, _)| !start.day.orders.and(end.day.orders).is_empty());
                found.extend(ends.map(|(end, after)| (MomentText::Between(start.clone(), end), after)));
            }
        }
        found.extend(first.into_iter().map(|(stamp, end)| (MomentText::At(stamp.day, stamp.clock), end)));
        found
    }

    /// Reads `all day` behind a day, perhaps in parentheses.
    fn all_day(&self, at: usize) -> Vec<usize> {
        let inside = self.sign(at, "([");
        let ends = self.word(inside.unwrap_or_else(|| self.skip_sign(at, ",-")), Word::AllDay).into_iter();
        ends.filter_map(|end| if inside.is_some() { self.sign(end, ")]") } else { Some(end) }).collect()
    }

    /// Returns where a time can begin behind a day: `, 18:00`, `T18:00`, `- 18:00`, ` at 6 pm`.
    fn before_time(&self, at: usize) -> Vec<usize> {
        let mut starts = vec![at, self.skip_sign(at, ",;-|·⋅•")];
        if self.token(at).is_some_and(|token| token.text == "t" && !token.is_spaced) {
            starts.push(at + 1);
        }
        starts.dedup();
        starts
    }

    fn joints(&self, at: usize) -> Parses<Joint> {
        let mut found: Parses<Joint> = self.sign(at, "-").map(|end| (Joint::To, end)).into_iter().collect();
        found.extend(self.sign(at, "&+").map(|end| (Joint::And, end)));
        found.extend(self.sign(at, "/").map(|end| (Joint::Slash, end)));
        found.extend(self.word(at, Word::And).into_iter().map(|end| (Joint::And, end)));
        found.extend(self.word(at, Word::To).into_iter().map(|end| (Joint::To, end)));
        found.extend(self.word(at, Word::Until).into_iter().map(|end| (Joint::To, end)));
        found
    }

    /// Reads the rest of `13 - 15 July 2027`, `July 13-15, 2027`, `5 and 6 June 2027`, `Dec 28 - Jan 2, 2028`.
    fn day_ranges(&self, start: usize, days: &Parses<DayText>) -> Parses<MomentText> {
        let mut found = Vec::new();
        let bare = self.bare_day(start);
        for (first, end) in days.iter().chain(&bare) {
            for (joint, last_at) in self.joints(*end) {
                let mut lasts = self.day(last_at);
                if first.form != DayForm::Bare {
                    lasts.extend(self.bare_day(last_at));
                }
                for (last, end) in lasts {
                    if fits(first, &last, joint) {
                        found.push((MomentText::Days(*first, last), end));
                    }
                }
            }
        }
        found
    }
}

/// Returns whether two days can be the first and the last of a range.
fn fits(first: &DayText, last: &DayText, joint: Joint) -> bool {
    // In `5-7/6/2027` the days are first.
    let is_month_first = last.orders == Orders::only(DateOrder::MonthFirst);
    if first.form == DayForm::Bare && (is_month_first || last.orders == Orders::only(DateOrder::YearFirst)) {
        return false;
    }
    if first.orders.and(last.orders).is_empty() {
        return false;
    }
    if joint == Joint::To {
        return true;
    }
    // `05/06/2027 and 06/06/2027` are next to each other in one order only.
    if first.month.is_some() && last.orders != Orders::ALL && last.form != DayForm::Dotted {
        return false;
    }
    let is_iso = |day: &DayText| day.form == DayForm::Numeric && day.orders == Orders::ALL;
    let are_iso = joint == Joint::Slash && is_iso(first) && is_iso(last);
    let (first, last) = complete(*first, *last);
    match (first.date(), last.date()) {
        (Ok(first), Ok(last)) => are_iso || first.tomorrow().is_ok_and(|next| next == last),
        _ => false,
    }
}
