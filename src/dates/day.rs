//! A calendar day, in every order that people write it.

use jiff::civil::{Date, Weekday};

use super::error::DateError;
use super::lexicon::{Meaning, Unit, Word};
use super::order::{DateOrder, Orders};
use super::reader::{Parses, Reader};
use super::token::Kind;

/// Years that a date may have.
pub const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// How a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayForm {
    /// Numbers with points between them.
    Dotted,
    /// Numbers with hyphens between them.
    Hyphened,
    /// Numbers with anything else between them, or with the whole year first.
    Numeric,
    /// The month is a word.
    Named,
    /// A number alone, or with a year behind it: a part of a range.
    Bare,
}

/// A day as it is written, perhaps without its month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayText {
    pub year: Option<i16>,
    pub month: Option<i8>,
    pub day: i8,
    pub weekday: Option<Weekday>,
    pub orders: Orders,
    pub form: DayForm,
}

impl DayText {
    fn named(day: i8, month: i8, year: Option<i16>) -> DayText {
        let (month, orders) = (Some(month), Orders::ALL);
        DayText { year, month, day, weekday: None, orders, form: DayForm::Named }
    }

    fn bare(day: i8, year: Option<i16>) -> DayText {
        DayText { year, month: None, day, weekday: None, orders: Orders::ALL, form: DayForm::Bare }
    }

    /// Returns the date.
    ///
    /// # Errors
    ///
    /// Returns an error if the month or year is missing, the day does not exist, or is another weekday than the text says.
    pub fn date(&self) -> Result<Date, DateError> {
        let Some(month) = self.month else { return Err(DateError::date("a month and a year as well")) };
        let Some(year) = self.year else { return Err(DateError::date("the year as well")) };
        let date = Date::new(year, month, self.day).ok().filter(|date| YEARS.contains(&date.year()));
        let date = date.ok_or_else(|| {
            let day = self.day;
            DateError::date(format!("a day that exists; there is no {day} in month {month} of {year}"))
        })?;
        match self.weekday {
            Some(said) if said != date.weekday() => {
                let expected =
                    format!("a weekday that fits: {date} is a {:?}, not a {said:?}", date.weekday());
                Err(DateError::date(expected).or_type(format!("type {date} if the date is right")))
            }
            _ => Ok(date),
        }
    }
}

impl Reader {
    /// Reads a day, perhaps with its weekday before or behind it.
    pub(super) fn day(&self, at: usize) -> Parses<DayText> {
        let mut found = Vec::new();
        for start in self.maybe(at, &[Word::Article, Word::On]) {
            found.extend(self.day_alone(start));
            for (weekday, end) in self.single_weekday(start) {
                let end = self.skip_sign(end, ",");
                for end in self.maybe(end, &[Word::Article, Word::On]) {
                    let days = self.day_alone(end).into_iter();
                    found.extend(days.map(|(day, end)| (DayText { weekday: Some(weekday), ..day }, end)));
                }
            }
        }
        for (day, end) in found.clone() {
            if day.weekday.is_some() {
                continue;
            }
            let open = self.sign(end, "([");
            let start = open.unwrap_or_else(|| self.skip_sign(end, ","));
            for (weekday, end) in self.weekday(start) {
                let end = if open.is_some() { self.sign(end, ")]") } else { Some(end) };
                found.extend(end.map(|end| (DayText { weekday: Some(weekday), ..day }, end)));
            }
        }
        found
    }

    fn day_alone(&self, at: usize) -> Parses<DayText> {
        let mut found = self.numeric_day(at);
        found.extend(self.compact_day(at));
        found.extend(self.day_then_month(at));
        found.extend(self.month_then_day(at));
        found.extend(self.year_then_month(at));
        found.extend(self.nth_weekday(at));
        found
    }

    /// Reads a weekday: `Tuesday`, `Sa.`
    pub(super) fn weekday(&self, at: usize) -> Parses<Weekday> {
        self.pick(at, |meaning| if let Meaning::Weekday(day) = meaning { Some(day) } else { None })
    }

    /// Reads a weekday that is not in the plural: `Mondays 7 June` is a series.
    fn single_weekday(&self, at: usize) -> Parses<Weekday> {
        const SINGULAR: [&str; 8] =
            ["tues", "thurs", "weds", "lunes", "martes", "miercoles", "jueves", "viernes"];
        let text = self.token(at).map_or("", |token| token.text.as_str());
        let is_plural = text.ends_with('s') && !SINGULAR.contains(&text);
        self.weekday(at).into_iter().filter(|_| !is_plural).collect()
    }

    /// Reads a month: `May`, `Sept.`
    pub(super) fn month(&self, at: usize) -> Parses<i8> {
        self.pick(at, |meaning| if let Meaning::Month(month) = meaning { Some(month) } else { None })
    }

    /// Reads a number of one or two digits.
    pub(super) fn short_number(&self, at: usize) -> Option<i8> {
        let (number, _) = self.number(at).filter(|(_, digits)| *digits <= 2)?;
        i8::try_from(number).ok()
    }

    /// Reads a day alone, or with the year behind it, as the part of a range that shares the month of the other part.
    pub(super) fn bare_day(&self, at: usize) -> Parses<DayText> {
        let mut found = Vec::new();
        for start in self.maybe(at, &[Word::Article, Word::On]) {
            found
                .extend(self.day_number(start).into_iter().map(|(day, end)| (DayText::bare(day, None), end)));
            for (weekday, end) in self.weekday(start) {
                let end = self.skip_sign(end, ",");
                let days = self.maybe(end, &[Word::Article]).into_iter().flat_map(|end| self.day_number(end));
                let with = |day| DayText { weekday: Some(weekday), ..DayText::bare(day, None) };
                found.extend(days.map(|(day, end)| (with(day), end)));
            }
        }
        for (day, end) in found.clone() {
            // `10.04` and `03-26` have no year.
            let year_at = self.skip_sign(self.skip_sign(end, ","), "'");
            let is_year = self
                .number(year_at)
                .is_some_and(|(_, digits)| digits == 4 || self.sign(year_at - 1, "'").is_some());
            let years = self.year(end).into_iter().filter(|_| is_year);
            found.extend(years.map(|(year, end)| (DayText { year: Some(year), ..day }, end)));
        }
        found
    }

    /// Reads the number of a day: `12`, `12th`, `12.`, `twelfth`, `doce`.
    pub(super) fn day_number(&self, at: usize) -> Parses<i8> {
        let mut found = self.pick(at, |meaning| match meaning {
            Meaning::Ordinal(day @ 1..) => Some(day),
            Meaning::Number(day) => i8::try_from(day).ok(),
            _ => None,
        });
        if let Some(day) = self.short_number(at) {
            let end = at + 1;
            found.push((day, end));
            found.extend(self.sign(end, ".°").filter(|_| !self.is_spaced(end)).map(|end| (day, end)));
            if !self.is_spaced(end) {
                found.extend(self.word(end, Word::Suffix).into_iter().map(|end| (day, end)));
            }
        }
        found.retain(|(day, _)| (1..=99).contains(day));
        found
    }

    /// Reads a year behind a day or month: `2027`, `'27`, `, 2027`, `de 2027`.
    pub(super) fn year(&self, at: usize) -> Parses<i16> {
        let mut found = Vec::new();
        let start = self.skip_sign(at, ",.-/");
        for start in self.maybe(start, &[Word::Of]) {
            let (start, is_short) = self.sign(start, "'").map_or((start, false), |end| (end, true));
            let Some((year, digits)) = self.number(start) else { continue };
            let year = i16::try_from(year).ok();
            match (digits, year) {
                (4, Some(year)) if !is_short && YEARS.contains(&year) => found.push((year, start + 1)),
                (2, Some(year)) => found.push((whole_year(year), start + 1)),
                _ => {}
            }
        }
        found
    }

    /// Reads `13/5/2026`, `5-13-26`, `2. 5. 2026`, `09 25 2027`, `2027-05-12`, and day and month without a year.
    fn numeric_day(&self, at: usize) -> Parses<DayText> {
        let mut found = Vec::new();
        let Some(first) = self.digits(at) else { return found };
        let Some((separator, second_at)) = self.separator(at + 1) else { return found };
        let Some(second) = self.digits(second_at).filter(|second| second.count <= 2) else { return found };
        let form = match separator {
            '.' => DayForm::Dotted,
            '-' => DayForm::Hyphened,
            _ => DayForm::Numeric,
        };
        let end = second_at + 1;
        if let Some((same, third_at)) = self.separator(end)
            && (same == separator || (separator, same) == ('年', '月'))
        {
            let third_at = self.skip_sign(third_at, "'");
            let is_day_word = self.token(third_at + 1).is_some_and(|token| token.text == "日");
            if let Some(third) = self.digits(third_at) {
                let end = third_at + 1 + usize::from(is_day_word);
                found.extend(with_year(form, [first, second, third]).into_iter().map(|day| (day, end)));
            }
        }
        if first.count <= 2 && matches!(separator, '.' | '/') {
            let point = self.sign(end, ".").filter(|_| separator == '.');
            let exists = |day: &DayText| {
                (1..=31).contains(&day.day) && day.month.is_some_and(|month| (1..=12).contains(&month))
            };
            let days: Vec<DayText> = without_year(form, first, second).into_iter().filter(exists).collect();
            found.extend(
                std::iter::once(end).chain(point).flat_map(|end| days.iter().map(move |day| (*day, end))),
            );
        }
        found
    }

    fn digits(&self, at: usize) -> Option<Digits> {
        self.number(at).map(|(value, count)| Digits { value, count })
    }

    /// Returns what is between two numbers of a date, and the number behind it.
    fn separator(&self, at: usize) -> Option<(char, usize)> {
        let token = self.token(at)?;
        match token.kind {
            Kind::Number if token.is_spaced => Some((' ', at)),
            Kind::Sign('.') if !token.is_spaced => Some(('.', at + 1)),
            Kind::Sign('/') => Some(('/', at + 1)),
            Kind::Sign('-') if !token.is_spaced && !self.is_spaced(at + 1) => Some(('-', at + 1)),
            Kind::Word if matches!(token.text.as_str(), "年" | "月") => {
                Some((token.text.chars().next()?, at + 1))
            }
            _ => None,
        }
    }

    /// Reads `20270512`.
    fn compact_day(&self, at: usize) -> Parses<DayText> {
        let Some((number, 8)) = self.number(at) else { return Vec::new() };
        let part = |number: u32| i8::try_from(number % 100).unwrap_or_default();
        let year = i16::try_from(number / 10_000).unwrap_or_default();
        let day = DayText::named(part(number), part(number / 100), Some(year));
        vec![(DayText { form: DayForm::Numeric, ..day }, at + 1)]
    }

    /// Reads `12 May 2026`, `the 12th of May, 2026`, `den 3. März`, `05JUN2027`.
    fn day_then_month(&self, at: usize) -> Parses<DayText> {
        let mut found = Vec::new();
        for (day, end) in self.day_number(at) {
            let end = self.skip_sign(end, "-/");
            for end in self.maybe(end, &[Word::Of]) {
                for (month, end) in self.month(end) {
                    found.push((DayText::named(day, month, None), end));
                    let years = self.year(end).into_iter();
                    found.extend(years.map(|(year, end)| (DayText::named(day, month, Some(year)), end)));
                }
            }
        }
        found
    }

    /// Reads `May 12, 2026`, `February the 15th`, `Dec-5-2026`.
    fn month_then_day(&self, at: usize) -> Parses<DayText> {
        let mut found = Vec::new();
        for (month, end) in self.month(at) {
            let end = self.skip_sign(end, "-/");
            for end in self.maybe(end, &[Word::Article]) {
                for (day, end) in self.day_number(end) {
                    found.push((DayText::named(day, month, None), end));
                    let years = self.year(end).into_iter();
                    found.extend(years.map(|(year, end)| (DayText::named(day, month, Some(year)), end)));
                }
            }
        }
        found
    }

    /// Reads `2027 March 18`.
    fn year_then_month(&self, at: usize) -> Parses<DayText> {
        let Some((year, 4)) = self.number(at) else { return Vec::new() };
        let Ok(year) = i16::try_from(year) else { return Vec::new() };
        let mut found = Vec::new();
        for (month, end) in self.month(self.skip_sign(at + 1, ",-/.")) {
            let days = self.day_number(self.skip_sign(end, "-/")).into_iter();
            found.extend(days.map(|(day, end)| (DayText::named(day, month, Some(year)), end)));
        }
        found
    }

    /// Reads `first Tuesday of October 2027`, `last day of October 2027`.
    fn nth_weekday(&self, at: usize) -> Parses<DayText> {
        let ordinal = |meaning| if let Meaning::Ordinal(nth) = meaning { Some(nth) } else { None };
        let mut ordinals = self.pick(at, ordinal);
        ordinals.extend(self.day_number(at).into_iter().filter(|(_, end)| *end > at + 1));
        let mut found: Parses<DayText> = Vec::new();
        for (nth, end) in ordinals {
            let mut days: Parses<Option<Weekday>> =
                self.weekday(end).into_iter().map(|(weekday, end)| (Some(weekday), end)).collect();
            days.extend(self.pick(end, |meaning| (meaning == Meaning::Unit(Unit::Day)).then_some(None)));
            for (weekday, end) in days {
                for (first, end) in self.month_of_year(end) {
                    let date = match weekday {
                        Some(weekday) => first.nth_weekday_of_month(nth, weekday).ok(),
                        None if nth == -1 => Some(first.last_of_month()),
                        None => Date::new(first.year(), first.month(), nth).ok(),
                    };
                    let day =
                        date.map(|date| (DayText::named(date.day(), date.month(), Some(date.year())), end));
                    found.extend(day.filter(|day| !found.contains(day)));
                }
            }
        }
        found
    }

    /// Reads `of October 2027`. Returns the first day of the month.
    fn month_of_year(&self, at: usize) -> Parses<Date> {
        let mut found = Vec::new();
        for end in self.maybe(at, &[Word::Of, Word::In]) {
            for (month, end) in self.month(end) {
                let years = self.year(end).into_iter();
                found.extend(years.filter_map(|(year, end)| Some((Date::new(year, month, 1).ok()?, end))));
            }
        }
        found
    }
}

/// A number and how many digits it has.
#[derive(Clone, Copy)]
struct Digits {
    value: u32,
    count: usize,
}

impl Digits {
    /// Returns the year that a number of two or four digits is.
    fn year(self) -> Option<i16> {
        let year = i16::try_from(self.value).ok()?;
        match self.count {
            4 => Some(year).filter(|year| YEARS.contains(year)),
            2 => Some(whole_year(year)),
            _ => None,
        }
    }
}

/// Returns a day of two numbers in an order.
fn numeric(form: DayForm, orders: Orders, month: u32, day: u32) -> Option<DayText> {
    let (month, day) = (Some(i8::try_from(month).ok()?), i8::try_from(day).ok()?);
    Some(DayText { year: None, month, day, weekday: None, orders, form })
}

/// Returns each way to read two numbers without a year.
fn without_year(form: DayForm, first: Digits, second: Digits) -> Vec<DayText> {
    let day_first = numeric(form, Orders::only(DateOrder::DayFirst), second.value, first.value);
    let month_first = numeric(form, Orders::only(DateOrder::MonthFirst), first.value, second.value);
    day_first.into_iter().chain(month_first).collect()
}

/// Returns each way to read three numbers.
fn with_year(form: DayForm, numbers: [Digits; 3]) -> Vec<DayText> {
    let [first, second, third] = numbers;
    let in_year = |year: Option<i16>, day: Option<DayText>| {
        year.zip(day).map(|(year, day)| DayText { year: Some(year), ..day })
    };
    if first.count == 4 {
        let day = numeric(DayForm::Numeric, Orders::ALL, second.value, third.value);
        return in_year(first.year(), day).into_iter().collect();
    }
    let mut found = Vec::new();
    if first.count <= 2 {
        let days = without_year(form, first, second).into_iter();
        found.extend(days.filter_map(|day| in_year(third.year(), Some(day))));
    }
    if first.count == 2 && third.count <= 2 {
        let day = numeric(form, Orders::only(DateOrder::YearFirst), second.value, third.value);
        found.extend(in_year(first.year(), day));
    }
    found
}

/// Returns the year of two digits: 70 to 99 are 1970 to 1999, as in POSIX.
fn whole_year(short: i16) -> i16 {
    if short < 70 { 2000 + short } else { 1900 + short }
}
