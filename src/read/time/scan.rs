//! The date or dates at the beginning of a text, in every order that people write them.

use jiff::civil::Date;

use super::errors::{A_DATE, DateError};
use super::language;
use crate::model::settings::DateOrder;
use crate::read::cell::YEARS;

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Scanner of a text from its beginning.
pub(super) struct Scan<'a> {
    rest: &'a str,
    order: Option<DateOrder>,
}

impl<'a> Scan<'a> {
    /// Creates a scanner of a text in lower case.
    pub(super) fn new(text: &'a str, order: Option<DateOrder>) -> Scan<'a> {
        Scan { rest: text, order }
    }

    /// Returns the text that is not scanned yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    fn number(&mut self) -> Option<&'a str> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        (digits > 0).then(|| {
            self.rest = rest;
            number
        })
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn skip(&mut self, these: &[char]) {
        self.rest = self.rest.trim_start_matches(these);
    }

    /// Skips words and marks without a meaning: `Tuesday, the 12th of …`.
    pub(super) fn skip_fillers(&mut self) {
        loop {
            self.skip(&[' ', ',', '@', '.']);
            let before = self.rest;
            let word = self.word();
            let is_filler = language::is_in(word, |l| &l.fillers) || word == "t";
            if word.is_empty() || !is_filler {
                self.rest = before;
                return;
            }
        }
    }

    fn skip_weekday(&mut self) {
        self.skip_fillers();
        let before = self.rest;
        let word = self.word();
        // `mar 12` is 12 March; a weekday is one before a whole date.
        let is_weekday = language::weekday(word).is_some();
        self.skip(&[' ', ',', '.']);
        let is_month = language::month(word).is_some() && self.rest.starts_with(is_digit);
        let month_follows =
            self.rest.contains(|c: char| c.is_alphabetic()) || self.rest.contains(['/', '.', '-']);
        if !is_weekday || (is_month && !month_follows) {
            self.rest = before;
        }
        self.skip_fillers();
    }

    /// Reads a date, or the first and the last of several days.
    pub(super) fn days(&mut self) -> Result<(Date, Option<Date>), DateError> {
        let (first, last) = self.date()?;
        let before = self.rest;
        self.skip(&[' ']);
        let word_start = self.rest;
        let word = self.word();
        let joins = language::is_in(word, |l| &l.until);
        if !joins {
            self.rest = word_start;
        }
        let dash = self.rest.starts_with(['-', '–']);
        if last.is_none() && (joins || dash) {
            self.skip(&[' ', '-', '–']);
            if let Ok((end, None)) = self.date()
                && end >= first
            {
                return Ok((first, Some(end)));
            }
        }
        self.rest = before;
        Ok((first, last))
    }

    fn date(&mut self) -> Result<(Date, Option<Date>), DateError> {
        self.skip_weekday();
        match self.number() {
            Some(year) if year.len() == 4 => self.year_first(year),
            Some(day) if day.len() <= 2 => self.day_or_month_first(day),
            Some(_) => Err(DateError::no_date(A_DATE)),
            None => self.month_word_first(),
        }
    }

    /// Reads `2013.3.15`, `2013/3/15-16`, `2026 May 12`.
    fn year_first(&mut self, year: &str) -> Result<(Date, Option<Date>), DateError> {
        self.skip(&[' ', '/', '.', '-', '年']);
        let month = match self.number() {
            Some(number) => number.to_owned(),
            None => language::month(self.word()).ok_or_else(|| DateError::no_date(A_DATE))?.to_string(),
        };
        self.skip(&[' ', '/', '.', '-', '月']);
        let day = self.number().ok_or_else(|| DateError::no_date(A_DATE))?;
        self.skip(&['日']);
        let last = self.range_end();
        make_date(year, &month, day, last)
    }

    /// Reads the `-25` of `23-25`, if a day follows the hyphen and nothing that makes it something else.
    fn range_end(&mut self) -> Option<&'a str> {
        let before = self.rest;
        self.skip(&['.']);
        if self.rest.starts_with(['-', '–']) {
            self.skip(&['-', '–']);
            if let Some(number) = self.number().filter(|number| number.len() <= 2)
                && !self.rest.starts_with(':')
            {
                return Some(number);
            }
        }
        self.rest = before;
        None
    }

    /// Reads `12/5/2026`, `12.5.26`, `23-25/01/2024`, `12 May 2026`.
    fn day_or_month_first(&mut self, first: &'a str) -> Result<(Date, Option<Date>), DateError> {
        let start = self.rest;
        let last = self.range_end();
        if last.is_some() && self.rest.starts_with(['-', '–']) {
            // `05-06-2016`: what looked like a range is a date with hyphens.
            self.rest = start;
            return self.numeric_date(first, None);
        }
        let joined = self.rest.strip_prefix(['/', '-']).is_some_and(|rest| rest.starts_with(is_digit));
        if joined || self.is_dotted_date() {
            return self.numeric_date(first, last);
        }
        self.skip_ordinal();
        let word = self.word();
        let month = language::month(word).ok_or_else(|| DateError::no_date(A_DATE))?;
        self.skip_fillers();
        let year = self.year_after(first, month)?;
        make_date(year, &month.to_string(), first, last)
    }

    fn is_dotted_date(&self) -> bool {
        let rest = self.rest.trim_start_matches(['.', ' ']);
        self.rest.starts_with('.') && rest.starts_with(is_digit)
    }

    fn skip_ordinal(&mut self) {
        for ending in ["st", "nd", "rd", "th", "er", "º", "."] {
            if let Some(rest) = self.rest.strip_prefix(ending)
                && !rest.starts_with(char::is_alphabetic)
            {
                self.rest = rest;
                break;
            }
        }
        self.skip_fillers();
        self.skip(&['-', '/']);
    }

    fn year_after(&mut self, day: &str, month: i8) -> Result<&'a str, DateError> {
        self.skip(&[' ', ',', '.', '-', '/']);
        let before = self.rest;
        match self.number() {
            Some(year) if matches!(year.len(), 2 | 4) && !self.rest.starts_with(':') => Ok(year),
            _ => {
                self.rest = before;
                Err(DateError::no_date(format!("a year as well, such as 2026-{month:02}-{day:0>2}")))
            }
        }
    }

    fn numeric_date(&mut self, first: &str, last: Option<&str>) -> Result<(Date, Option<Date>), DateError> {
        let is_dotted = self.rest.starts_with('.');
        self.skip(&['/', '.', '-', ' ']);
        let second = self.number().ok_or_else(|| DateError::no_date(A_DATE))?;
        self.skip(&['/', '.', '-', ' ']);
        let year = self.number().filter(|year| matches!(year.len(), 2 | 4));
        let year = year.ok_or_else(|| DateError::no_date("a date with its year, such as 2026-05-12"))?;
        let day_first = make_date(year, second, first, last);
        let month_first = match last {
            Some(_) => Err(DateError::no_date(A_DATE)),
            None => make_date(year, first, second, None),
        };
        match (day_first, month_first, self.order) {
            (Ok(day), Ok(month), _) if day == month => Ok(day),
            (Ok(day), Ok(_), Some(DateOrder::DayFirst)) => Ok(day),
            (Ok(_), Ok(month), Some(DateOrder::MonthFirst)) => Ok(month),
            // No country writes the month first with points.
            (Ok(day), Ok(_), None) if is_dotted => Ok(day),
            (Ok(day), Ok(month), None) => {
                Err(DateError::Ambiguous { day_first: day.0, month_first: month.0 })
            }
            (Ok(one), Err(_), _) | (Err(_), Ok(one), _) => Ok(one),
            (Err(error), Err(_), _) => Err(error),
        }
    }

    /// Reads `May 12, 2026`, `May 12-14, 2026`.
    fn month_word_first(&mut self) -> Result<(Date, Option<Date>), DateError> {
        let month = language::month(self.word()).ok_or_else(|| DateError::no_date(A_DATE))?;
        self.skip(&[' ', '.', '-']);
        let day = self.number().filter(|day| day.len() <= 2).ok_or_else(|| DateError::no_date(A_DATE))?;
        let last = self.range_end();
        self.skip_ordinal();
        let year = self.year_after(day, month)?;
        make_date(year, &month.to_string(), day, last)
    }
}

/// Makes a date of its parts. Two-digit years 70 to 99 are 1970 to 1999, as in POSIX.
fn make_date(
    year: &str,
    month: &str,
    day: &str,
    last: Option<&str>,
) -> Result<(Date, Option<Date>), DateError> {
    let number = |text: &str| text.parse::<i16>().map_err(|_| DateError::no_date(A_DATE));
    let year = match (number(year)?, year.len()) {
        (short @ 0..70, 2) => 2000 + short,
        (short, 2) => 1900 + short,
        (year, _) => year,
    };
    let (month, day) = (number(month)?, number(day)?);
    let date = |day: i16| -> Result<Date, DateError> {
        let parts = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        Date::new(year, parts.0, parts.1).ok().filter(|date| YEARS.contains(&date.year())).ok_or_else(|| {
            DateError::no_date(format!("a day that exists; there is no {day} in month {month} of {year}"))
        })
    };
    let first = date(day)?;
    let last = match last {
        None => None,
        Some(last) => Some(date(number(last)?)?),
    };
    match last {
        Some(last) if last < first => Err(DateError::no_date("a last day that is not before the first")),
        last => Ok((first, last.filter(|last| *last > first))),
    }
}
