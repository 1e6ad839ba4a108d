//! Words of dates and recurrences in several languages. The words are in `words.toml`, one table for each language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Weekday;
use serde::Deserialize;

use crate::ical::rule::Frequency;

/// The words of one language, in lower case.
#[derive(Debug, Deserialize)]
pub struct LanguageWords {
    /// January to December.
    months: [String; 12],
    /// Monday to Sunday.
    weekdays: [String; 7],
    /// Other names that are not the beginning of the name.
    short: BTreeMap<String, String>,
    /// 12:00.
    pub noon: Vec<String>,
    /// 00:00.
    pub midnight: Vec<String>,
    /// Words between the parts of a date: `12th of May at 6 pm`.
    pub fillers: Vec<String>,
    /// Words between the first and the last day.
    pub until: Vec<String>,
    yes: Vec<String>,
    no: Vec<String>,
    /// Words of recurrences, in the languages in which they are read.
    pub recurrence: Option<RecurrenceWords>,
}

/// The words of one language for how often an event takes place.
#[derive(Debug, Deserialize)]
pub struct RecurrenceWords {
    /// Every.
    pub every: Vec<String>,
    /// Every second: `other`.
    pub other: Vec<String>,
    /// Day, week, month, year, with their plurals.
    pub units: BTreeMap<String, Frequency>,
    /// Words for a unit and its interval: `fortnightly`.
    pub adverbs: BTreeMap<String, (Frequency, u16)>,
    /// Monday to Friday.
    pub working_days: Vec<String>,
    /// Saturday and Sunday.
    pub weekend: Vec<String>,
    /// First, second …; the last is −1.
    pub ordinals: BTreeMap<String, i8>,
    /// Endings of ordinals: `2nd`.
    pub suffixes: Vec<String>,
    /// Two, three …
    pub numbers: BTreeMap<String, u16>,
    /// Words before the last date.
    pub until: Vec<String>,
    /// Words after the number of dates.
    pub times: Vec<String>,
    /// Words before the length of a series: `for 10 weeks`.
    pub spans: Vec<String>,
    /// Words between the first and the last of several weekdays.
    pub through: Vec<String>,
    /// Words without a meaning.
    pub fillers: Vec<String>,
}

/// The languages of `words.toml`.
static LANGUAGES: LazyLock<Vec<LanguageWords>> = LazyLock::new(|| {
    let mut file: BTreeMap<String, Vec<LanguageWords>> =
        toml::from_str(include_str!("words.toml")).expect("words.toml is part of the program");
    file.remove("language").unwrap_or_default()
});

/// Returns the words of all languages; where two share a word, the first one decides.
pub fn languages() -> &'static [LanguageWords] {
    &LANGUAGES
}

/// Returns the month of a word, 1 to 12.
#[must_use]
pub fn month(word: &str) -> Option<i8> {
    languages().iter().find_map(|language| language.month(word))
}

/// Returns the weekday of a word.
#[must_use]
pub fn weekday(word: &str) -> Option<Weekday> {
    languages().iter().find_map(|language| language.weekday(word))
}

/// Reads yes or no, as spreadsheets and people spell them.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    if is_in(&word, |language| &language.yes) {
        return Some(true);
    }
    is_in(&word, |language| &language.no).then_some(false)
}

/// Returns whether a word is in one of the lists that `list` picks of each language.
#[must_use]
pub fn is_in(word: &str, list: fn(&LanguageWords) -> &Vec<String>) -> bool {
    languages().iter().any(|language| has(list(language), word))
}

/// Returns whether a list has a word.
#[must_use]
pub fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == word)
}

impl LanguageWords {
    fn weekday(&self, word: &str) -> Option<Weekday> {
        let found = self.find(&self.weekdays, word)?;
        Weekday::from_monday_zero_offset(i8::try_from(found).ok()?).ok()
    }

    /// Returns the weekday of a word, also in the plural: `tuesdays`.
    #[must_use]
    pub fn weekday_or_plural(&self, word: &str) -> Option<Weekday> {
        self.weekday(word).or_else(|| self.weekday(word.strip_suffix('s')?))
    }

    /// Returns the month of a word, 1 to 12.
    #[must_use]
    pub fn month(&self, word: &str) -> Option<i8> {
        i8::try_from(self.find(&self.months, word)? + 1).ok()
    }

    /// Returns the position of the only name that begins with a word of three letters or more, or that equals it.
    fn find(&self, names: &[String], word: &str) -> Option<usize> {
        let word = self.short.get(word).map_or(word, String::as_str);
        if let Some(exact) = names.iter().position(|name| name == word) {
            return Some(exact);
        }
        if word.chars().count() < 3 {
            return None;
        }
        let mut alike = names.iter().enumerate().filter(|(_, name)| name.starts_with(word));
        let (found, _) = alike.next()?;
        alike.next().is_none().then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_weekdays_in_four_languages() {
        for (word, number) in [
            ("may", 5),
            ("sept", 9),
            ("mrz", 3),
            ("dez", 12),
            ("févr", 2),
            ("août", 8),
            ("dic", 12),
            ("mai", 5),
        ] {
            assert_eq!(month(word), Some(number), "{word}");
        }
        for word in ["ma", "jui", "x", ""] {
            assert_eq!(month(word), None, "{word}");
        }
        for (word, day) in [
            ("tue", Weekday::Tuesday),
            ("sa", Weekday::Saturday),
            ("jeudi", Weekday::Thursday),
            ("dom", Weekday::Sunday),
        ] {
            assert_eq!(weekday(word), Some(day), "{word}");
        }
    }
}
