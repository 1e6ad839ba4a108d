//! The meanings of words in several languages. The words are data, in `lexicon.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Weekday;
use serde::Deserialize;

use super::token::{Kind, Token, tokenize};

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Quarters of a year.
    Quarter,
    /// Years.
    Year,
}

/// A word whose meaning has no value. `lexicon.toml` says what each is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Word {
    Article,
    On,
    Of,
    In,
    At,
    To,
    Through,
    ThroughMonth,
    And,
    Or,
    Between,
    From,
    Open,
    Late,
    Onwards,
    Hour,
    Oclock,
    Suffix,
    Noon,
    Midnight,
    HalfPast,
    HalfBefore,
    HalfAfter,
    QuarterPast,
    QuarterAfter,
    QuarterTo,
    HalfHour,
    QuarterHour,
    ThreeQuarterHour,
    AndAHalf,
    OneAndAHalf,
    TwoAndAHalf,
    ASingle,
    AllDay,
    Pending,
    Every,
    Other,
    Until,
    EndOf,
    Except,
    Times,
    For,
    Per,
    Once,
    Twice,
    Thrice,
    OfN,
    WorkingDay,
    Weekend,
    Repeats,
    Yes,
    No,
    Never,
    Alternate,
    ToLast,
    Lasting,
    Inclusive,
    InTotal,
}

/// What a word or phrase means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// 1 to 12.
    Month(i8),
    Weekday(Weekday),
    /// Several weekdays; bit 0 is Monday.
    Weekdays(u8),
    Number(u16),
    /// Negative numbers count from the end.
    Ordinal(i8),
    Unit(Unit),
    /// Every so many units.
    Adverb(Unit, u16),
    /// A part of the day: the first hour, and the hour after the last.
    Part(i8, i8),
    /// Parts of the day in words that only a series has: evenings.
    Parts(i8, i8),
    Word(Word),
}

/// The words of one language.
#[derive(Debug, Deserialize)]
struct Language {
    months: Vec<Vec<String>>,
    weekdays: Vec<Vec<String>>,
    numbers: BTreeMap<String, u16>,
    ordinals: BTreeMap<String, i8>,
    units: BTreeMap<Unit, Vec<String>>,
    adverbs: BTreeMap<String, (Unit, u16)>,
    parts: BTreeMap<String, (i8, i8)>,
    #[serde(default)]
    sets: BTreeMap<String, Vec<u8>>,
    #[serde(default, rename = "repeated-parts")]
    repeated_parts: BTreeMap<String, (i8, i8)>,
    words: BTreeMap<Word, Vec<String>>,
}

/// A phrase: the tokens behind its first one, and what it means.
type Phrase = (Vec<String>, Meaning);

/// The words of all languages.
#[derive(Default)]
struct Lexicon {
    /// The phrases, by their first token.
    phrases: BTreeMap<String, Vec<Phrase>>,
    /// The languages in which a token is part of a phrase, one bit for each.
    languages: BTreeMap<String, u8>,
    /// The languages in which a token of two letters is a weekday.
    short_weekdays: BTreeMap<String, u8>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut file: BTreeMap<String, Vec<Language>> =
        toml::from_str(include_str!("lexicon.toml")).expect("lexicon.toml is part of the program");
    let mut lexicon = Lexicon::default();
    for (language, at) in file.remove("language").unwrap_or_default().iter().zip(0u8..) {
        language.add_to(&mut lexicon, 1 << at);
    }
    lexicon
});

impl Language {
    fn add_to(&self, lexicon: &mut Lexicon, bit: u8) {
        let mut add = |text: &str, meaning: Meaning| {
            let tokens = tokenize(text).unwrap_or_default();
            for token in tokens.iter().filter(|token| token.kind == Kind::Word) {
                *lexicon.languages.entry(token.text.clone()).or_default() |= bit;
            }
            if matches!(meaning, Meaning::Weekday(_) | Meaning::Weekdays(_)) {
                for token in tokens.iter().filter(|token| token.text.len() == 2) {
                    *lexicon.short_weekdays.entry(token.text.clone()).or_default() |= bit;
                }
            }
            let mut tokens = tokens.into_iter().map(|token| token.text);
            let Some(first) = tokens.next() else { return };
            let phrase = (tokens.collect(), meaning);
            let known: &mut Vec<Phrase> = lexicon.phrases.entry(first).or_default();
            if !known.contains(&phrase) {
                known.push(phrase);
            }
        };
        for (names, number) in self.months.iter().zip(1..) {
            names.iter().for_each(|name| add(name, Meaning::Month(number)));
            shortened(&self.months, &names[0]).for_each(|short| add(short, Meaning::Month(number)));
        }
        for (names, day) in self.weekdays.iter().zip(Weekday::Monday.cycle_forward()) {
            shortened(&self.weekdays, &names[0]).for_each(|short| add(short, Meaning::Weekday(day)));
            for name in names {
                add(name, Meaning::Weekday(day));
                if name.len() > 2 && !name.ends_with('s') {
                    add(&format!("{name}s"), Meaning::Weekday(day));
                }
            }
        }
        self.numbers.iter().for_each(|(name, number)| add(name, Meaning::Number(*number)));
        self.ordinals.iter().for_each(|(name, number)| add(name, Meaning::Ordinal(*number)));
        self.adverbs.iter().for_each(|(name, (unit, every))| add(name, Meaning::Adverb(*unit, *every)));
        self.parts.iter().for_each(|(name, (from, to))| add(name, Meaning::Part(*from, *to)));
        for (name, days) in &self.sets {
            let bits = days.iter().fold(0, |bits, day| bits | 1 << (day - 1));
            add(name, Meaning::Weekdays(bits));
        }
        self.repeated_parts.iter().for_each(|(name, (from, to))| add(name, Meaning::Parts(*from, *to)));
        for (unit, names) in &self.units {
            names.iter().for_each(|name| add(name, Meaning::Unit(*unit)));
        }
        for (word, names) in &self.words {
            names.iter().for_each(|name| add(name, Meaning::Word(*word)));
        }
    }
}

/// Returns the beginnings of a name, from three letters, with which no other of the names begins.
fn shortened<'n>(names: &'n [Vec<String>], name: &'n str) -> impl Iterator<Item = &'n str> {
    let starts = name.char_indices().map(|(at, _)| &name[..at]).filter(|start| start.chars().count() >= 3);
    starts.filter(move |start| names.iter().filter(|other| other[0].starts_with(start)).count() == 1)
}

/// Calls a function with each meaning that a phrase at the beginning of `tokens` has, and its number of tokens.
pub(super) fn meanings(tokens: &[Token], mut each: impl FnMut(Meaning, usize)) {
    let Some(first) = tokens.first() else { return };
    for (rest, meaning) in LEXICON.phrases.get(&first.text).into_iter().flatten() {
        let end = 1 + rest.len();
        let is_here =
            tokens.len() >= end && tokens[1..end].iter().zip(rest).all(|(token, text)| token.text == *text);
        if is_here {
            each(*meaning, end);
        }
    }
}

/// Returns whether a weekday of two letters, such as `Di`, is beside a word of another language.
pub(super) fn mixes_languages(tokens: &[Token]) -> bool {
    let languages = |token: &Token| LEXICON.languages.get(&token.text).copied();
    tokens.iter().enumerate().any(|(at, token)| {
        // `2do martes`: the end of an ordinal.
        let is_ending = !token.is_spaced && at > 0 && tokens[at - 1].kind == Kind::Number;
        let own = LEXICON.short_weekdays.get(&token.text).filter(|_| !is_ending);
        own.is_some_and(|own| tokens.iter().filter_map(languages).any(|other| own & other == 0))
    })
}

/// Returns whether a text is a word and nothing else, in any language.
#[must_use]
fn is_word(text: &str, word: Word) -> bool {
    let Some(tokens) = tokenize(text) else {
        return false;
    };
    let mut found = false;
    meanings(&tokens, |meaning, end| found |= meaning == Meaning::Word(word) && end == tokens.len());
    found
}

/// Reads yes or no, as spreadsheets and people spell them.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    if is_word(text, Word::Yes) {
        return Some(true);
    }
    is_word(text, Word::No).then_some(false)
}

/// Returns whether a text says that an event does not repeat.
#[must_use]
pub fn is_never(text: &str) -> bool {
    flag(text) == Some(false) || is_word(text, Word::Never)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings_of(text: &str) -> Vec<Meaning> {
        let tokens = tokenize(text).unwrap();
        let mut found = Vec::new();
        meanings(&tokens, |meaning, end| {
            if end == tokens.len() {
                found.push(meaning)
            }
        });
        found
    }

    #[test]
    fn months_and_weekdays_in_four_languages() {
        for (word, number) in [
            ("may", 5),
            ("Sept", 9),
            ("mrz", 3),
            ("dez", 12),
            ("févr", 2),
            ("août", 8),
            ("dic", 12),
            ("mai", 5),
        ] {
            assert!(meanings_of(word).contains(&Meaning::Month(number)), "{word}");
        }
        for (word, day) in [
            ("tue", Weekday::Tuesday),
            ("Sa", Weekday::Saturday),
            ("jeudis", Weekday::Thursday),
            ("dom", Weekday::Sunday),
        ] {
            assert!(meanings_of(word).contains(&Meaning::Weekday(day)), "{word}");
        }
        for word in ["ma", "jui", "xyz", ""] {
            let names = |m: &Meaning| matches!(m, Meaning::Month(_) | Meaning::Weekday(_));
            assert!(!meanings_of(word).iter().any(names), "{word}");
        }
        assert_eq!(meanings_of("mar"), [Meaning::Month(3), Meaning::Weekday(Weekday::Tuesday)]);
    }
}
