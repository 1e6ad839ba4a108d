//! Recurrences in words: `every other Tuesday until June 2027`, `on the 2nd and 4th Monday of each month`. The words are
//! in [`super::language`].
//!
//! Nothing is guessed: `every second Tuesday` is every other Tuesday to some and the second of the month to others, so
//! the error names both.

use jiff::civil::Weekday;

use super::end::last_day;
use super::errors::RecurrenceError;
use super::language::{LanguageWords, RecurrenceWords, has, languages};
use super::tokens::{Token, split_until, token};
use crate::ical::rule::{ByDay, Frequency, Rule, Until};

const HELP: &str = "type it like one of these: every Tuesday; every other Tuesday; every two weeks, 10 times; monthly on the 2nd Tuesday until June 2027; monthly on the 15th; yearly";

/// Reads words as a recurrence rule.
///
/// # Errors
///
/// Returns an error if a word is not known, or the words are no rule, or could be several.
pub fn read(text: &str) -> Result<Rule, RecurrenceError> {
    let plain = text.to_lowercase().replace(['\u{a0}', '\u{202f}', '\n', '\t'], " ");
    let mut last = None;
    for language in languages() {
        let Some(words) = &language.recurrence else { continue };
        match read_in(&plain, language, words) {
            Ok(rule) => return Ok(rule),
            // The error of the language that knows most of the words is reported.
            Err((known, error)) => {
                let best = last.as_ref().is_none_or(|(most, _)| known > *most);
                if best {
                    last = Some((known, error));
                }
            }
        }
    }
    Err(last.map_or_else(|| RecurrenceError::new("no rule", HELP), |(_, error)| error))
}

/// Reads words of one language. The error has the number of words that are known.
fn read_in(
    plain: &str,
    language: &LanguageWords,
    known_words: &RecurrenceWords,
) -> Result<Rule, (usize, RecurrenceError)> {
    let (words, until) = split_until(plain, known_words);
    let mut tokens = Vec::new();
    for word in
        words.split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | '&' | ';' | '(' | ')' | '–' | '-'))
    {
        if word.is_empty() || has(&known_words.fillers, word) {
            continue;
        }
        match token(word, language, known_words) {
            Some(token) => tokens.push(token),
            None => {
                let found = format!("the word {}", crate::diagnostic::quoted(word));
                return Err((tokens.len(), RecurrenceError::new(found, help_for(word))));
            }
        }
    }
    let known = tokens.len() + 1;
    let mut rule = Words { tokens }.rule().map_err(|error| (known, error))?;
    if let Some(until) = until {
        if rule.count.is_some() {
            return Err((
                known,
                RecurrenceError::new("both a last date and a number of times", "keep one of them"),
            ));
        }
        rule.until = Some(Until::Date(last_day(until).map_err(|error| (known, error))?));
    }
    Ok(rule)
}

fn help_for(word: &str) -> &'static str {
    match word {
        "except" | "excluding" | "not" | "ausser" | "außer" => "dates left out go to the column `except`",
        "from" | "starting" | "beginning" | "since" | "ab" => "the first date goes to the column `start`",
        _ => HELP,
    }
}

/// The tokens of a recurrence that are not interpreted yet.
struct Words {
    tokens: Vec<Token>,
}

impl Words {
    fn rule(mut self) -> Result<Rule, RecurrenceError> {
        let mut count = self.count()?;
        let span = self.span();
        let (frequency, interval) = match self.unit()? {
            Some(unit) => unit,
            None => self.unit_of_days()?,
        };
        if let Some((number, unit)) = span {
            if unit != frequency || interval != 1 || count.is_some() || self.days().len() > 1 {
                return Err(RecurrenceError::new(
                    "a span of time",
                    "type how many times instead, such as 10 times, or until and a date",
                ));
            }
            count = Some(number);
        }
        let mut rule = Rule { count, interval, ..Rule::every(frequency) };
        self.check_leftovers(frequency, interval)?;
        let ordinals = self.ordinals();
        rule.by_month = self.months();
        let days = self.days();
        match frequency {
            Frequency::Daily | Frequency::Weekly if ordinals.is_empty() => {
                rule.by_day = by_days(&days);
                Ok(rule)
            }
            Frequency::Monthly | Frequency::Yearly => monthly(rule, &ordinals, &days),
            Frequency::Daily | Frequency::Weekly => Err(RecurrenceError::new(
                "the nth day of a week",
                "type monthly on the 2nd Tuesday, or every other Tuesday",
            )),
        }
    }

    /// Takes out `10 times`.
    fn count(&mut self) -> Result<Option<u16>, RecurrenceError> {
        let Some(at) = self.tokens.iter().position(|token| *token == Token::Times) else { return Ok(None) };
        match at.checked_sub(1).map(|before| self.tokens[before]) {
            Some(Token::Number(count)) => {
                self.tokens.drain(at - 1..=at);
                Ok(Some(count))
            }
            _ => Err(RecurrenceError::new("times without a number", "type how many, such as 10 times")),
        }
    }

    /// Takes out `for 10 weeks`.
    fn span(&mut self) -> Option<(u16, Frequency)> {
        let at = self.tokens.iter().position(|token| *token == Token::For)?;
        self.tokens.remove(at);
        match (self.tokens.get(at).copied(), self.tokens.get(at + 1).copied()) {
            (Some(Token::Number(number)), Some(Token::Unit(unit))) => {
                self.tokens.drain(at..=at + 1);
                Some((number, unit))
            }
            _ => None,
        }
    }

    /// Returns an error for tokens that are left without a meaning.
    fn check_leftovers(&self, frequency: Frequency, interval: u16) -> Result<(), RecurrenceError> {
        let of_month = matches!(frequency, Frequency::Monthly | Frequency::Yearly);
        let leftover = self.tokens.iter().find_map(|token| match token {
            Token::Number(n) if !of_month => Some(n.to_string()),
            Token::Other if interval == 1 || of_month => Some("other".to_owned()),
            Token::Unit(_) if !of_month => Some("day".to_owned()),
            _ => None,
        });
        leftover.map_or(Ok(()), |leftover| {
            Err(RecurrenceError::new(
                format!("{} in a place where it says nothing", crate::diagnostic::quoted(&leftover)),
                HELP,
            ))
        })
    }

    /// Takes out the unit and its interval: `every 2 weeks`, `monthly`, `of each month`.
    fn unit(&mut self) -> Result<Option<(Frequency, u16)>, RecurrenceError> {
        let mut found: Option<(Frequency, u16)> = None;
        let mut at = 0;
        while at < self.tokens.len() {
            let (unit, mut interval) = match self.tokens[at] {
                // The last day of the month is a day, not every day.
                Token::Unit(Frequency::Daily)
                    if matches!(before(&self.tokens, at), Some(Token::Ordinal(-1))) =>
                {
                    at += 1;
                    continue;
                }
                Token::Unit(unit) => (unit, 1),
                Token::Adverb(unit, interval) => (unit, interval),
                _ => {
                    at += 1;
                    continue;
                }
            };
            let mut start = at;
            let number = match before(&self.tokens, at) {
                Some(Token::Number(n)) => Some(n),
                Some(Token::Ordinal(n)) => u16::try_from(n).ok(),
                Some(Token::Other) => Some(2),
                _ => None,
            };
            if let Some(number) = number {
                interval *= number;
                start -= 1;
            }
            if before(&self.tokens, start) == Some(Token::Every) {
                start -= 1;
            }
            self.tokens.drain(start..=at);
            at = start;
            found = match found {
                None => Some((unit, interval)),
                // `monthly, on the 2nd Tuesday of the month` has the unit twice.
                Some((known, number)) if known == unit => Some((known, number.max(interval))),
                Some((Frequency::Yearly, n)) | Some((Frequency::Monthly, n)) if unit == Frequency::Daily => {
                    Some((Frequency::Daily, n))
                }
                Some(_) => return Err(RecurrenceError::new("two rhythms at once", HELP)),
            };
        }
        Ok(found.filter(|(_, interval)| (1..=999).contains(interval)))
    }

    /// Returns the unit that the weekdays imply: `every Tuesday` is weekly, `the 2nd Tuesday` monthly.
    fn unit_of_days(&self) -> Result<(Frequency, u16), RecurrenceError> {
        let has = |wanted: fn(&Token) -> bool| self.tokens.iter().any(wanted);
        let days = self.days();
        if days.is_empty() && has(|token| matches!(token, Token::Month(_))) {
            return Ok((Frequency::Yearly, 1));
        }
        if days.is_empty() {
            return Err(RecurrenceError::new("no day, week, month or year", HELP));
        }
        let ordinal = |token: &Token| if let Token::Ordinal(n) = token { Some(*n) } else { None };
        let number = |token: &Token| if let Token::Number(n) = token { Some(*n) } else { None };
        let ordinals: Vec<i8> = self.tokens.iter().filter_map(ordinal).collect();
        if has(|token| matches!(token, Token::Other)) {
            return Ok((Frequency::Weekly, 2));
        }
        match ordinals[..] {
            [] => match self.tokens.iter().find_map(number) {
                None => Ok((Frequency::Weekly, 1)),
                Some(n) => Err(RecurrenceError::new(
                    format!("{n} without a unit"),
                    format!("type every {n} weeks, or {n} times"),
                )),
            },
            [n] if n >= 2 && has(|token| matches!(token, Token::Every)) => {
                let day = day_word(days[0]);
                let weeks =
                    if n == 2 { format!("every other {day}") } else { format!("every {n} weeks on {day}") };
                Err(RecurrenceError::new(
                    "what could be two rhythms",
                    format!("type {weeks}, or monthly on the {} {day}", ordinal_word(n)),
                ))
            }
            _ => Ok((Frequency::Monthly, 1)),
        }
    }

    fn months(&self) -> Vec<i8> {
        let mut found = Vec::new();
        for token in &self.tokens {
            if let Token::Month(month) = token
                && !found.contains(month)
            {
                found.push(*month);
            }
        }
        found
    }

    /// Returns the ordinals in their order, each once.
    fn ordinals(&self) -> Vec<i8> {
        let mut found = Vec::new();
        for token in &self.tokens {
            let ordinal = match token {
                Token::Ordinal(n) => Some(*n),
                // `yearly on 12 May`: with a month, a number is a day.
                Token::Number(n) => i8::try_from(*n).ok().filter(|n| *n <= 31),
                _ => None,
            };
            found.extend(ordinal.filter(|n| !found.contains(n)));
        }
        found
    }

    /// Returns the weekdays, with those between Monday and Friday in `Monday to Friday`.
    fn days(&self) -> Vec<Weekday> {
        let mut days: Vec<Weekday> = Vec::new();
        let mut run = false;
        for token in &self.tokens {
            match token {
                Token::Day(day) => {
                    if let Some(last) = days.last().copied().filter(|_| run) {
                        let mut next = last.next();
                        while next != *day && days.len() < 7 {
                            days.push(next);
                            next = next.next();
                        }
                    }
                    days.push(*day);
                }
                Token::WorkingDays => days.extend(Weekday::Monday.cycle_forward().take(5)),
                Token::Weekend => days.extend([Weekday::Saturday, Weekday::Sunday]),
                _ => {}
            }
            run = *token == Token::Through;
        }
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        days
    }
}

fn before(tokens: &[Token], at: usize) -> Option<Token> {
    at.checked_sub(1).and_then(|before| tokens.get(before)).copied()
}

fn by_days(days: &[Weekday]) -> Vec<ByDay> {
    days.iter().map(|day| ByDay { nth: None, day: *day }).collect()
}

fn monthly(mut rule: Rule, ordinals: &[i8], days: &[Weekday]) -> Result<Rule, RecurrenceError> {
    let of_year = rule.frequency == Frequency::Yearly;
    if of_year && rule.by_month.is_empty() && !(ordinals.is_empty() && days.is_empty()) {
        return Err(RecurrenceError::new(
            "a day of the year without its month",
            "type yearly on 12 May, or the 2nd Sunday of May every year",
        ));
    }
    match (ordinals, days) {
        (ordinals, []) => rule.by_month_day = ordinals.to_vec(),
        ([], [day, ..]) => {
            return Err(RecurrenceError::new(
                "a weekday of a month without which one",
                format!("type monthly on the 2nd {0}, or every {0}", day_word(*day)),
            ));
        }
        (ordinals, days) if days.len() > 1 && ordinals.len() == 1 => {
            // The last working day: BYSETPOS among several weekdays.
            rule.by_day = by_days(days);
            rule.by_set_pos = ordinals.iter().map(|n| i16::from(*n)).collect();
        }
        (ordinals, _) if ordinals.iter().any(|n| *n > 5) => {
            return Err(RecurrenceError::new(
                "a weekday that no month has so often", "type a number from 1st to 5th, or last",
            ));
        }
        (ordinals, days) => {
            rule.by_day = ordinals
                .iter()
                .flat_map(|n| days.iter().map(|day| ByDay { nth: Some(*n), day: *day }))
                .collect();
        }
    }
    Ok(rule)
}

fn day_word(day: Weekday) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    DAYS[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)]
}

fn ordinal_word(n: i8) -> String {
    match n {
        1 => "1st".to_owned(),
        2 => "2nd".to_owned(),
        3 => "3rd".to_owned(),
        n => format!("{n}th"),
    }
}

/// Returns the rule for every week on these days.
#[must_use]
pub fn weekly_on(days: &[Weekday]) -> Rule {
    Rule { by_day: by_days(days), ..Rule::every(Frequency::Weekly) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match read(text) {
            Ok(rule) => rule.to_string(),
            Err(RecurrenceError { found, help }) => format!("{found}: {help}"),
        }
    }

    #[test]
    fn words_are_parsed_to_rules() {
        for (text, rule) in [
            ("every Tuesday", "FREQ=WEEKLY;BYDAY=TU"),
            ("Tuesdays", "FREQ=WEEKLY;BYDAY=TU"),
            ("weekly", "FREQ=WEEKLY"),
            ("Weekly on Mon, Wed and Fri", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
            ("every other Tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
            ("every two weeks, 10 times", "FREQ=WEEKLY;INTERVAL=2;COUNT=10"),
            ("every 2nd week on Tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
            ("fortnightly", "FREQ=WEEKLY;INTERVAL=2"),
            ("Monday to Friday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            ("every weekday until 2027-06-30", "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO,TU,WE,TH,FR"),
            ("daily for 5 times", "FREQ=DAILY;COUNT=5"),
            ("monthly on the 2nd Tuesday until June 2027", "FREQ=MONTHLY;UNTIL=20270630;BYDAY=2TU"),
            ("2nd Tuesday of every month", "FREQ=MONTHLY;BYDAY=2TU"),
            ("the second Tuesday", "FREQ=MONTHLY;BYDAY=2TU"),
            ("every 1st and 3rd Monday", "FREQ=MONTHLY;BYDAY=1MO,3MO"),
            ("every last Friday", "FREQ=MONTHLY;BYDAY=-1FR"),
            ("last weekday of the month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
            ("the first Monday of every second month", "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO"),
            ("monthly on the 15th", "FREQ=MONTHLY;BYMONTHDAY=15"),
            ("on the last day of each month", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("quarterly", "FREQ=MONTHLY;INTERVAL=3"),
            ("yearly on the 2nd Sunday of May", "FREQ=YEARLY;BYMONTH=5;BYDAY=2SU"),
            ("yearly on 12 May and 12 May", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=12"),
            ("every year", "FREQ=YEARLY"),
            ("yearly on 12 May", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=12"),
            ("every Tuesday for 10 weeks", "FREQ=WEEKLY;COUNT=10;BYDAY=TU"),
            ("jeden 2. Dienstag im Monat bis Juni 2027", "FREQ=MONTHLY;UNTIL=20270630;BYDAY=2TU"),
            ("alle zwei Wochen", "FREQ=WEEKLY;INTERVAL=2"),
        ] {
            assert_eq!(parsed(text), rule, "{text}");
        }
    }

    #[test]
    fn ambiguous_recurrences_are_errors() {
        assert!(
            parsed("every second Tuesday")
                .ends_with("type every other Tuesday, or monthly on the 2nd Tuesday")
        );
        assert!(
            parsed("every 3rd Tuesday").contains("every 3 weeks on Tuesday, or monthly on the 3rd Tuesday")
        );
        assert!(parsed("monthly on Tuesday").contains("monthly on the 2nd Tuesday, or every Tuesday"));
        assert!(parsed("every Tuesday until 1/5/2027").contains("until 2027-05-01, or until 2027-01-05"));
    }

    #[test]
    fn other_texts_are_errors() {
        for (text, part) in [
            ("sometimes", "the word \"sometimes\""),
            ("every Tuesday except in July", "the column `except`"),
            ("every Tuesday starting June", "the column `start`"),
            ("weekly on every other Tuesday", "\"other\""),
            ("every Tuesday and Friday for 10 weeks", "a span of time"),
            ("every Tuesday at 6", "6 without a unit"),
            ("every", "no day, week, month or year"),
            ("every Tuesday until the cows come home", "the end"),
            ("10 times every Tuesday until 2027", "both"),
        ] {
            assert!(parsed(text).contains(part), "{text}: {}", parsed(text));
        }
    }
}
