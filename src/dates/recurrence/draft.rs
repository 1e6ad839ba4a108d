//! What the clauses of a cell say together, before it is known whether they are a rule.

use jiff::civil::{Date, Weekday};

use super::{End, NthWeekday, RecurrenceError};
use crate::dates::lexicon::Unit;
use crate::dates::order::Orders;

/// Every so many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    pub unit: Unit,
    pub every: u16,
}

/// So many times in each unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub count: u16,
    pub unit: Unit,
}

/// A set of weekdays; bit 0 is Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WeekdaySet(pub u8);

impl WeekdaySet {
    pub const WORKING: WeekdaySet = WeekdaySet(0b001_1111);
    pub const WEEKEND: WeekdaySet = WeekdaySet(0b110_0000);
    pub const ALL: WeekdaySet = WeekdaySet(0b111_1111);

    pub fn single(day: Weekday) -> WeekdaySet {
        WeekdaySet(1 << day.to_monday_zero_offset())
    }

    /// Returns the days from one to another; over the end of the week if the last is earlier.
    pub fn range(first: Weekday, last: Weekday) -> WeekdaySet {
        let mut set = WeekdaySet::single(last);
        let mut day = first;
        while day != last {
            set = set.or(WeekdaySet::single(day));
            day = day.next();
        }
        set
    }

    pub fn or(self, other: WeekdaySet) -> WeekdaySet {
        WeekdaySet(self.0 | other.0)
    }

    pub fn without(self, other: WeekdaySet) -> WeekdaySet {
        WeekdaySet(self.0 & !other.0)
    }

    pub fn has(self, day: Weekday) -> bool {
        self.0 & WeekdaySet::single(day).0 != 0
    }

    pub fn days(self) -> impl Iterator<Item = Weekday> {
        Weekday::Monday.cycle_forward().take(7).filter(move |day| self.has(*day))
    }

    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Returns whether it is three days or more without a gap, as `Tuesday to Sunday` is.
    pub fn is_run(self) -> bool {
        self.len() > 2 && self.days().filter(|day| !self.has(day.next())).count() <= 1
    }
}

/// A set of months; bit 1 is January.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MonthSet(u16);

impl MonthSet {
    pub const ALL: MonthSet = MonthSet(0b1_1111_1111_1110);

    pub fn single(month: i8) -> MonthSet {
        MonthSet(if (1..=12).contains(&month) { 1 << month } else { 0 })
    }

    /// Returns the months from one to another; over the end of the year if the last is earlier.
    pub fn range(first: i8, last: i8) -> MonthSet {
        let mut set = MonthSet::single(last);
        let mut month = first;
        while month != last {
            set = set.or(MonthSet::single(month));
            month = month % 12 + 1;
        }
        set
    }

    pub fn or(self, other: MonthSet) -> MonthSet {
        MonthSet(self.0 | other.0)
    }

    pub fn without(self, other: MonthSet) -> MonthSet {
        MonthSet(self.0 & !other.0)
    }

    pub fn has(self, month: i8) -> bool {
        self.0 & MonthSet::single(month).0 != 0
    }

    pub fn months(self) -> impl Iterator<Item = i8> {
        (1..=12).filter(move |month| self.has(*month))
    }

    pub fn len(self) -> u32 {
        self.0.count_ones()
    }
}

/// The days of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    Weekdays(WeekdaySet),
    /// Weekdays of a month, each with its ordinal.
    Nth(Vec<NthWeekday>),
    OfMonth(Vec<i8>),
    /// The nth of all days that are one of these weekdays.
    Position(i8, WeekdaySet),
}

/// What is left out of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Except {
    Months(MonthSet),
    Weekdays(WeekdaySet),
    Dates(Vec<Date>),
}

/// An end without its year: `until 31 March`, `until June`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct YearlessEnd {
    /// The first such day that is not before the start.
    pub last: Date,
    pub is_month: bool,
}

/// How a span is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanForm {
    /// `for 10 weeks`
    Led,
    /// `10 weeks`: an interval, unless the rhythm has the same unit.
    Bare(Unit),
}

/// What the clauses of a cell say together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub rhythm: Option<Rhythm>,
    pub times: Option<Times>,
    pub days: Option<Days>,
    /// `every` is before the days or months.
    pub is_every: bool,
    pub months: Option<MonthSet>,
    /// The days are counted in each of these: `of the month`.
    pub within: Option<Unit>,
    pub end: Option<End>,
    /// The end is that of a span.
    pub span: Option<SpanForm>,
    /// The end without its year.
    pub yearless_end: Option<YearlessEnd>,
    pub except: Option<Except>,
    pub names_start: bool,
    pub names_time: bool,
    /// The orders in which all dates can be read.
    pub orders: Orders,
    /// What the text means, but no rule can say, or contradicts the start.
    pub fault: Option<RecurrenceError>,
}

impl Draft {
    pub const EMPTY: Draft = Draft {
        rhythm: None,
        times: None,
        days: None,
        is_every: false,
        months: None,
        within: None,
        end: None,
        span: None,
        yearless_end: None,
        except: None,
        names_start: false,
        names_time: false,
        orders: Orders::ALL,
        fault: None,
    };

    pub fn days(days: Days) -> Draft {
        Draft { days: Some(days), ..Draft::EMPTY }
    }

    pub fn rhythm(unit: Unit, every: u16) -> Draft {
        Draft { rhythm: Some(Rhythm { unit, every }), ..Draft::EMPTY }
    }

    pub fn end(end: End) -> Draft {
        Draft { end: Some(end), ..Draft::EMPTY }
    }

    pub fn fault(error: RecurrenceError) -> Draft {
        Draft { fault: Some(error), ..Draft::EMPTY }
    }

    /// Joins two drafts. Returns `None` if both say the same sort of thing.
    pub fn and(&self, other: &Draft) -> Option<Draft> {
        let mut other = other.clone();
        let counts = !matches!(self.days, None | Some(Days::Weekdays(_)));
        if counts && other.rhythm == Some(Rhythm { unit: Unit::Quarter, every: 1 }) {
            // `first Tuesday every quarter`: of the quarter, not every three months.
            other = Draft { rhythm: None, within: Some(Unit::Quarter), ..other };
        }
        let rhythm = if self.rhythm == other.rhythm { self.rhythm } else { one(self.rhythm, other.rhythm)? };
        let within = if self.within == other.within { self.within } else { one(self.within, other.within)? };
        let orders = self.orders.and(other.orders);
        let is_twice = (self.names_start && other.names_start) || (self.names_time && other.names_time);
        // `from September until May` are months of every year.
        let is_range = self.months.is_some() && other.yearless_end.is_some_and(|end| end.is_month);
        let is_bounded = |draft: &Draft| draft.end.is_some() || draft.yearless_end.is_some();
        let has_two_ends = is_bounded(self) && is_bounded(&other);
        // `except June, July and August`: all of them are left out.
        let is_excepted = match self.except {
            Some(Except::Months(_)) => other.months.is_some(),
            Some(Except::Weekdays(_)) => other.days.is_some(),
            _ => false,
        };
        if is_twice || is_range || has_two_ends || is_excepted || orders.is_empty() {
            return None;
        }
        Some(Draft {
            rhythm,
            within,
            orders,
            times: one(self.times, other.times)?,
            days: one(self.days.clone(), other.days)?,
            is_every: self.is_every || other.is_every,
            months: one(self.months, other.months)?,
            end: self.end.or(other.end),
            span: self.span.or(other.span),
            yearless_end: self.yearless_end.or(other.yearless_end),
            except: one(self.except.clone(), other.except)?,
            names_start: self.names_start || other.names_start,
            names_time: self.names_time || other.names_time,
            fault: self.fault.clone().or(other.fault),
        })
    }
}

/// Returns the value that there is, if there are not two.
fn one<T>(first: Option<T>, second: Option<T>) -> Option<Option<T>> {
    match (first, second) {
        (Some(_), Some(_)) => None,
        (value, None) | (None, value) => Some(value),
    }
}
