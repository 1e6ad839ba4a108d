//! Words about a rhythm to what each of them is, in one language.

use jiff::civil::Weekday;

use super::language::{self, Language, Rhythm};
use crate::ical::rule::Frequency;

/// What a word is.
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
    /// Before how long it goes on: `for 10 weeks`.
    For,
}

/// Cuts before the word for until; `until` is what follows.
pub(super) fn split_until<'a>(plain: &'a str, rhythm: &Rhythm) -> (&'a str, Option<&'a str>) {
    let mut at = 0;
    for word in plain.split(' ') {
        let bare = word.trim_matches([',', '(', ';']);
        let rest = plain[at + word.len()..].trim();
        // Monday through Friday is no end.
        let names_day = language::weekday(rest.split([' ', ',']).next().unwrap_or_default()).is_some();
        if rhythm.until.contains(&bare) && !(names_day && rhythm.through.contains(&bare)) {
            return (plain[..at].trim_end_matches([' ', ',', ';', '(']), Some(rest.trim_end_matches(')')));
        }
        at = (at + word.len() + 1).min(plain.len());
    }
    (plain, None)
}

/// `None` for a word that says nothing known.
pub(super) fn token(word: &str, language: &Language) -> Option<Token> {
    let Rhythm { every, other, units, adverbs, working_days, weekend, .. } = &language.rhythm;
    let Rhythm { ordinals, ordinal_endings, numbers, times, through, .. } = &language.rhythm;
    let bare = word.trim_end_matches('.');
    let number = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
    let ordinal = || {
        let digits = ordinal_endings.iter().find_map(|ending| word.strip_suffix(ending))?;
        i8::try_from(number(digits)?).ok().filter(|n| *n <= 31).map(Token::Ordinal)
    };
    if every.contains(&bare) {
        Some(Token::Every)
    } else if other.contains(&bare) {
        Some(Token::Other)
    } else if let Some((_, unit)) = units.iter().find(|(known, _)| *known == bare) {
        Some(Token::Unit(*unit))
    } else if let Some((_, unit, interval)) = adverbs.iter().find(|(known, ..)| *known == bare) {
        Some(Token::Adverb(*unit, *interval))
    } else if working_days.contains(&bare) {
        Some(Token::WorkingDays)
    } else if weekend.contains(&bare) {
        Some(Token::Weekend)
    } else if let Some((_, n)) = ordinals.iter().find(|(known, _)| *known == bare) {
        Some(Token::Ordinal(*n))
    } else if let Some((_, n)) = numbers.iter().find(|(known, _)| *known == bare) {
        Some(Token::Number(*n))
    } else if times.contains(&bare) {
        Some(Token::Times)
    } else if language.rhythm.spans.contains(&bare) {
        Some(Token::For)
    } else if through.contains(&bare) {
        Some(Token::Through)
    } else if let Some(day) = language.weekday_or_plural(bare) {
        Some(Token::Day(day))
    } else if let Some(month) = language.month(bare) {
        Some(Token::Month(month))
    } else {
        ordinal().or_else(|| number(bare).map(Token::Number))
    }
}
