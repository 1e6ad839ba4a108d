//! Tokens of a recurrence in words: the meaning of each word in one language.

use jiff::civil::Weekday;

use super::language::{self, LanguageWords, RecurrenceWords, has};
use crate::ical::rule::Frequency;

/// A word or number of a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Every,
    Other,
    Number(u16),
    Ordinal(i8),
    Unit(Frequency),
    Adverb(Frequency, u16),
    Day(Weekday),
    WorkingDays,
    Weekend,
    Month(i8),
    Through,
    Times,
    /// Precedes the length of a series: `for 10 weeks`.
    For,
}

/// Splits before the word for until; the second part is what follows the word.
pub(super) fn split_until<'a>(plain: &'a str, words: &RecurrenceWords) -> (&'a str, Option<&'a str>) {
    let mut at = 0;
    for word in plain.split(' ') {
        let bare = word.trim_matches([',', '(', ';']);
        let rest = plain[at + word.len()..].trim();
        // `Monday through Friday` has no end.
        let names_day = language::weekday(rest.split([' ', ',']).next().unwrap_or_default()).is_some();
        if has(&words.until, bare) && !(names_day && has(&words.through, bare)) {
            return (plain[..at].trim_end_matches([' ', ',', ';', '(']), Some(rest.trim_end_matches(')')));
        }
        at = (at + word.len() + 1).min(plain.len());
    }
    (plain, None)
}

/// Returns the token of a word, or `None` if it is not known.
pub(super) fn token(word: &str, language: &LanguageWords, words: &RecurrenceWords) -> Option<Token> {
    let bare = word.trim_end_matches('.');
    let number = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
    let ordinal = || {
        let digits = words.suffixes.iter().find_map(|suffix| word.strip_suffix(suffix.as_str()))?;
        i8::try_from(number(digits)?).ok().filter(|n| *n <= 31).map(Token::Ordinal)
    };
    let lists = [
        (&words.every, Token::Every),
        (&words.other, Token::Other),
        (&words.working_days, Token::WorkingDays),
        (&words.weekend, Token::Weekend),
        (&words.times, Token::Times),
        (&words.spans, Token::For),
        (&words.through, Token::Through),
    ];
    let listed = lists.into_iter().find(|(list, _)| has(list, bare)).map(|(_, token)| token);
    listed
        .or_else(|| words.units.get(bare).copied().map(Token::Unit))
        .or_else(|| words.adverbs.get(bare).map(|(unit, interval)| Token::Adverb(*unit, *interval)))
        .or_else(|| words.ordinals.get(bare).copied().map(Token::Ordinal))
        .or_else(|| words.numbers.get(bare).copied().map(Token::Number))
        .or_else(|| language.weekday_or_plural(bare).map(Token::Day))
        .or_else(|| language.month(bare).map(Token::Month))
        .or_else(ordinal)
        .or_else(|| number(bare).map(Token::Number))
}
