//! Splits a text into tokens for the oracle, and finds names, words and phrases among them.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::date_patterns::{LANGUAGES, Language};

/// A value and the index of the token after it.
pub type Value = (u32, usize);

/// A name and its number, such as that of a month.
type Name = (String, u32);

/// The folded names in all languages, with their numbers from 1.
pub struct Names {
    pub months: Vec<Name>,
    pub weekdays: Vec<Name>,
    pub hours: Vec<Name>,
}

pub static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let all = |lists: &[fn(&'static Language) -> &'static [&'static str]]| -> Vec<Name> {
        let lists = lists.iter().flat_map(|list| LANGUAGES.iter().map(list));
        lists
            .flat_map(|names| names.iter().zip(1..))
            .map(|(name, number)| (fold(name).replace('.', ""), number))
            .collect()
    };
    let mut hours = all(&[|language| &language.hours]);
    hours.extend(["ein", "eine", "un", "une", "uno", "premier"].map(|one| (one.to_owned(), 1)));
    Names {
        months: all(&[|language| &language.months, |language| &language.short_months]),
        weekdays: all(&[|language| &language.weekdays, |language| &language.short_weekdays]),
        hours,
    }
});

/// A number, a word or a sign, in lower case and without accents.
struct Token {
    text: String,
    /// Whether no space precedes it.
    is_glued: bool,
}

/// The tokens of a text.
pub struct Tokens(Vec<Token>);

fn fold(name: &str) -> String {
    Tokens::new(name).0.iter().map(|token| token.text.as_str()).collect()
}

/// Returns a letter without its accent.
fn without_accent(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ä' => "a",
        'é' | 'è' | 'ê' => "e",
        'í' => "i",
        'ñ' => "n",
        'ó' | 'ö' | 'ô' => "o",
        'ú' | 'û' | 'ü' | 'ù' => "u",
        'ß' => "ss",
        _ => return None,
    })
}

impl Tokens {
    /// Splits a text into numbers, words and signs, without accents.
    pub fn new(text: &str) -> Tokens {
        let text = text
            .to_lowercase()
            .replace("l'après-midi", "apresmidi")
            .replace("l'après - midi", "apresmidi")
            .replace("o'clock", "oclock")
            .replace(['–', '—'], "-");
        let mut found: Vec<Token> = Vec::new();
        let mut last = ' ';
        for c in text.chars() {
            let class = if c.is_ascii_digit() {
                '0'
            } else if c.is_alphabetic() {
                'a'
            } else {
                c
            };
            if !c.is_whitespace() {
                if class != last || !class.is_ascii_alphanumeric() {
                    found.push(Token { text: String::new(), is_glued: last != ' ' });
                }
                let token = &mut found.last_mut().unwrap().text;
                match without_accent(c) {
                    Some(plain) => token.push_str(plain),
                    None => token.push(c),
                }
            }
            last = if c.is_whitespace() { ' ' } else { class };
        }
        Tokens(found)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the text of a token, or an empty one after the last token.
    pub fn text(&self, at: usize) -> &str {
        self.0.get(at).map_or("", |token| token.text.as_str())
    }

    /// Returns whether there is a token that no space precedes.
    pub fn is_glued(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|token| token.is_glued)
    }

    /// Returns whether a token is a full stop that no space precedes, as after an abbreviation.
    pub fn is_full_stop(&self, at: usize) -> bool {
        self.text(at) == "." && self.is_glued(at)
    }

    /// Returns the number at a token and how many digits it has.
    pub fn number(&self, at: usize) -> Option<(u32, usize)> {
        let text = self.text(at);
        Some((text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?, text.len()))
    }

    /// Returns the number at a token if its count of digits and its value are within these bounds.
    pub fn number_in(
        &self,
        at: usize,
        digits: RangeInclusive<usize>,
        values: RangeInclusive<u32>,
    ) -> Option<Value> {
        let (value, count) = self.number(at)?;
        (digits.contains(&count) && values.contains(&value)).then_some((value, at + 1))
    }

    /// Returns the number of each name that stands at a token, in full or abbreviated to at least `fewest` letters. The
    /// full stop of an abbreviation may be a part of it or not.
    pub fn name(&self, at: usize, names: &[Name], fewest: usize) -> Vec<Value> {
        let text = self.text(at);
        let is_name =
            |name: &String| name == text || (text.chars().count() >= fewest && name.starts_with(text));
        let numbers: BTreeSet<u32> =
            names.iter().filter(|(name, _)| is_name(name)).map(|(_, number)| *number).collect();
        let ends = [Some(at + 1), self.is_full_stop(at + 1).then_some(at + 2)];
        numbers
            .into_iter()
            .flat_map(|number| ends.into_iter().flatten().map(move |end| (number, end)))
            .collect()
    }

    /// Returns the hour of 12 that is written as a word at a token.
    pub fn hour_name(&self, at: usize) -> Vec<Value> {
        self.name(at, &NAMES.hours, 9)
    }

    /// Returns the index of the token after the first of these phrases that stands at a token.
    pub fn phrase(&self, at: usize, phrases: &[&str]) -> Option<usize> {
        let is_here =
            |phrase: &&&str| phrase.split(' ').enumerate().all(|(index, word)| self.text(at + index) == word);
        let end = phrases.iter().find(is_here).map(|phrase| at + phrase.split(' ').count())?;
        let is_name = self.text(end - 1).chars().all(char::is_alphabetic)
            && phrases.iter().all(|phrase| phrase.len() > 3);
        Some(if is_name && self.is_full_stop(end) { end + 1 } else { end })
    }

    /// Returns the index of the token after one of these words, and of the token after its full stop.
    pub fn word(&self, at: usize, words: &[&str]) -> Vec<usize> {
        let is_word = words.contains(&self.text(at));
        let has_stop = self.text(at).chars().all(char::is_alphabetic) && self.is_full_stop(at + 1);
        [is_word.then_some(at + 1), (is_word && has_stop).then_some(at + 2)].into_iter().flatten().collect()
    }
}
