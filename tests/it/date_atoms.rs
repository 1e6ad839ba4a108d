//! The atoms of the oracle's rules: which tokens each stands for, and which role it gives them.

use crate::date_tokens::{NAMES, Tokens, Value};

/// A role and the value of the token that has it.
pub type Role = (char, u32);

/// The role that some tokens have, if they have one, and the index of the token after them.
pub type Match = (Option<Role>, usize);

const FILLERS: &[&str] = &[
    "the", "of", "on", "at", "in", "um", "am", "im", "den", "der", "dem", "des", "die", "das", "le", "la",
    "les", "l", "el", "los", "las", "de", "del", "du", "d", "a", "en", "von", "vom", "zum", "al", "por",
    "dia", "dias",
];
const FROM: &[&str] = &["from", "von", "vom", "du", "de", "del", "desde", "ab", "des", "depuis"];
const TO: &[&str] = &["to", "until", "till", "through", "bis", "au", "a", "al", "hasta"];
const HOURS: &[&str] = &["h", "hr", "hrs", "hours", "uhr", "heure", "heures", "hora", "horas", "hs"];
pub const ZONES: &[&str] = &["cet", "cest", "et", "pt", "mez", "mesz", "pdt", "gmt"];
const MINUTES: &[(&str, u32)] = &[
    ("thirty", 30),
    ("fifteen", 15),
    ("dreissig", 30),
    ("trente", 30),
    ("treinta", 30),
    ("quince", 15),
    ("twenty", 20),
];
const ORDINALS: &[&str] =
    &["st", "nd", "rd", "th", "er", "e", "º", "°", ".", "o", "te", "ten", "a", "re", "ro", "do", "to"];

/// Phrases that stand for one value, and its role.
type Phrases = (char, u32, &'static [&'static str]);

/// What precedes an hour: minutes after it (`q`), or minutes after the hour before it (`Q`).
const BEFORE_HOURS: &[Phrases] = &[
    ('q', 30, &["half past"]),
    ('q', 15, &["quarter past", "viertel nach"]),
    ('Q', 45, &["quarter to", "viertel vor"]),
    ('Q', 30, &["halb"]),
];
const AFTER_HOURS: &[Phrases] =
    &[('q', 30, &["et demie", "et demi", "y media"]), ('q', 15, &["et quart", "y cuarto"])];
const NAMED_HOURS: &[Phrases] = &[
    ('X', 12, &["al mediodia", "noon", "mittag", "mittags", "midi", "mediodia"]),
    ('X', 0, &["midnight", "mitternacht", "minuit", "medianoche"]),
];

/// Returns the number of a date without separators, such as `20270605`.
const fn compact_date(year: u32, month: u32, day: u32) -> u32 {
    (year * 100 + month) * 100 + day
}

/// Gives one role to all values.
fn all(role: char, values: impl IntoIterator<Item = Value>) -> Vec<Match> {
    values.into_iter().map(|(value, end)| (Some((role, value)), end)).collect()
}

impl Tokens {
    /// Returns each way to give the role of an atom to the tokens at `at`.
    pub fn atom(&self, atom: &str, at: usize) -> Vec<Match> {
        self.date_atom(atom, at)
            .or_else(|| self.clock_atom(atom, at))
            .or_else(|| self.phrase_atom(atom, at))
            .unwrap_or_else(|| self.word_atom(atom, at))
    }

    /// Matches an atom of a date. `None` is for other atoms.
    fn date_atom(&self, atom: &str, at: usize) -> Option<Vec<Match>> {
        Some(match atom {
            // A date of numbers alone.
            "O" => vec![(Some(('O', 0)), at)],
            // A day of the month: in digits, or in digits or words.
            "d" => all('d', self.day(at)),
            "D" => all('d', self.day(at).into_iter().chain(self.hour_name(at))),
            // An ordinal.
            "i" => all('i', self.day(at).into_iter().filter(|(_, end)| *end > at + 1)),
            // A month, in digits or as a name, and a weekday.
            "m" => all('m', self.number_in(at, 1..=2, 1..=12)),
            "L" => all('m', self.name(at, &NAMES.months, 3)),
            "W" => all('W', self.name(at, &NAMES.weekdays, 3)),
            // A year, of four digits or of two.
            "y" => ["y4", "y2"].iter().flat_map(|atom| self.atom(atom, at)).collect(),
            "y4" => all('y', self.number_in(at, 1..=4, 1900..=2200)),
            "y2" => {
                let short = self.number_in(at, 2..=2, 0..=99);
                all('y', short.map(|(year, end)| (year + if year < 70 { 2000 } else { 1900 }, end)))
            }
            // A date without separators.
            "c" => all('c', self.number_in(at, 1..=8, compact_date(1900, 1, 1)..=compact_date(2200, 12, 31))),
            _ => return None,
        })
    }

    /// Matches an atom of a time of day that is a number or stands for one. `None` is for other atoms.
    fn clock_atom(&self, atom: &str, at: usize) -> Option<Vec<Match>> {
        Some(match atom {
            // An hour: in digits, as a word, or either.
            "h" => all('h', self.number_in(at, 1..=2, 0..=24)),
            "e" => all('w', self.hour_name(at)),
            "w" => all('w', self.hour_name(at).into_iter().chain(self.number_in(at, 1..=2, 0..=24))),
            // Minutes, glued minutes, and seconds.
            "g" if !self.is_glued(at) => Vec::new(),
            "n" | "g" => all('n', self.number_in(at, 2..=2, 0..=59)),
            "s" => all('s', self.number_in(at, 2..=2, 0..=59)),
            // Minutes in words.
            "N" => {
                let minute = MINUTES.iter().find(|(word, _)| *word == self.text(at));
                let from_ten = self.hour_name(at).into_iter().filter(|(number, _)| *number > 9);
                all('n', minute.map(|(_, minute)| (*minute, at + 1)).into_iter().chain(from_ten))
            }
            // Hours and minutes without a separator, of four digits or of three.
            "t" => {
                let mut found = all('t', self.number_in(at, 4..=4, 0..=2399));
                found.extend(all('u', self.number_in(at, 3..=3, 0..=2399)));
                found
            }
            // Glued hours, minutes and seconds without a separator.
            "x" => all('x', self.number_in(at, 6..=6, 0..=u32::MAX).filter(|_| self.is_glued(at))),
            // A fraction of a second.
            "f" => all('f', self.number_in(at, 1..=9, 0..=u32::MAX)),
            "p" => all('p', self.part(at)),
            "Z" => all('Z', self.zone(at)),
            _ => return None,
        })
    }

    /// Matches an atom of a spoken time of day. `None` is for other atoms.
    fn phrase_atom(&self, atom: &str, at: usize) -> Option<Vec<Match>> {
        let phrases = match atom {
            "q" => BEFORE_HOURS,
            "v" => AFTER_HOURS,
            "X" => NAMED_HOURS,
            _ => return None,
        };
        let found = phrases
            .iter()
            .filter_map(|(role, value, phrases)| Some((Some((*role, *value)), self.phrase(at, phrases)?)));
        Some(found.collect())
    }

    /// Matches an atom that is one of some words or a sign. With `=` before a sign, no space may precede it.
    fn word_atom(&self, atom: &str, at: usize) -> Vec<Match> {
        let word =
            |role: char, words: &[&str]| all(role, self.word(at, words).into_iter().map(|end| (0, end)));
        match atom {
            "F" => self.fillers(at),
            "U" => word('U', HOURS),
            "k" => word('k', &["oclock"]),
            "min" => word('_', &["min", "mins", "minutes", "mn"]),
            "from" => word('_', FROM),
            "between" => word('_', &["between", "zwischen", "entre"]),
            "and" => word('&', &["and", "und", "u", "et", "y", "e", "&", "+"]),
            "to" => word('>', TO).into_iter().chain(word('>', &["-"])).collect(),
            "open" => word('_', &["~", "+", "onwards"]),
            "T" => word('_', &["t"]),
            "[" => word('_', &["(", "["]),
            "]" => word('_', &[")", "]"]),
            "slash" => word('/', &["/"]),
            sign => match sign.strip_prefix('=') {
                Some(sign) if self.is_glued(at) => word('_', &[sign]),
                Some(_) => Vec::new(),
                None => word('_', &[sign]),
            },
        }
    }

    /// Matches up to three words without a meaning of their own.
    fn fillers(&self, at: usize) -> Vec<Match> {
        let mut found = vec![(None, at)];
        let mut end = at;
        while FILLERS.contains(&self.text(end)) && end < at + 3 {
            let is_marked = self.text(end + 1) == "'" || self.is_full_stop(end + 1);
            end += if is_marked { 2 } else { 1 };
            found.push((None, end));
        }
        found
    }

    /// Reads a day of the month in digits, with and without the ending of an ordinal.
    fn day(&self, at: usize) -> Vec<Value> {
        let Some((day, _)) = self.number_in(at, 1..=2, 1..=31) else { return Vec::new() };
        let is_ordinal = self.is_glued(at + 1) && ORDINALS.contains(&self.text(at + 1));
        let has_stop = is_ordinal && self.text(at + 1) != "." && self.is_full_stop(at + 2);
        let ends = [Some(at + 1), is_ordinal.then_some(at + 2), has_stop.then_some(at + 3)];
        ends.into_iter().flatten().map(|end| (day, end)).collect()
    }

    /// Reads am, pm and parts of the day: the first hour times 100, plus the hour after the last.
    fn part(&self, at: usize) -> Vec<Value> {
        let parts: [(u32, &[&str]); 6] = [
            (12, &["a . m", "a m", "am", "morning", "matin", "manana", "morgens", "vormittags"]),
            (1224, &["p . m", "p m", "pm"]),
            (1219, &["afternoon", "apresmidi", "nachmittags"]),
            (1624, &["evening", "soir", "abends"]),
            (1221, &["tarde"]),
            (1824, &["night", "noche"]),
        ];
        let letter = [("a", 12), ("p", 1224)].into_iter().filter(|(letter, _)| {
            self.text(at) == *letter && (self.is_glued(at) || self.text(at + 1) == ".")
        });
        let found = parts.into_iter().filter_map(|(hours, words)| Some((hours, self.phrase(at, words)?)));
        let with_stop = |(hours, end): Value| {
            let stop = self.is_full_stop(end).then_some((hours, end + 1));
            [Some((hours, end)), stop].into_iter().flatten()
        };
        found.chain(letter.map(|(_, hours)| (hours, at + 1))).flat_map(with_stop).collect()
    }

    /// Reads a zone: its index in [`ZONES`], 900 for Paris, or 10,000 plus the minutes of an offset.
    fn zone(&self, at: usize) -> Vec<Value> {
        let text = self.text(at);
        let is_utc = matches!(text, "utc" | "z" | "gmt");
        let mut found: Vec<Value> = Vec::new();
        found
            .extend(ZONES.iter().zip(0..).find(|(zone, _)| **zone == text).map(|(_, index)| (index, at + 1)));
        found.extend(matches!(text, "utc" | "z").then_some((10_000, at + 1)));
        found.extend(self.phrase(at, &["europe / paris"]).map(|end| (900, end)));
        found.extend(self.phrase(at, &["eastern time", "eastern"]).map(|end| (2, end)));
        let sign = if is_utc { at + 1 } else { at };
        found.extend(self.offset(sign).filter(|(minutes, _)| *minutes <= 840).and_then(|(minutes, end)| {
            match self.text(sign) {
                "+" => Some((10_000 + minutes, end)),
                "-" if is_utc || self.could_be_minus(sign) => Some((10_000 - minutes, end)),
                _ => None,
            }
        }));
        found
    }

    /// Reads the minutes of an offset after its sign.
    fn offset(&self, sign: usize) -> Option<Value> {
        let (number, count) = self.number(sign + 1).filter(|_| self.is_glued(sign + 1))?;
        match count {
            4 => Some((number / 100 * 60 + number % 100, sign + 2)),
            1 | 2 if self.text(sign + 2) == ":" => {
                let (minutes, _) = self.number(sign + 3).filter(|(_, count)| *count == 2)?;
                Some((number * 60 + minutes, sign + 4))
            }
            1 | 2 => Some((number * 60, sign + 2)),
            _ => None,
        }
    }

    /// Returns whether a hyphen could be a minus. Without a space before it, a hyphen after hours and minutes joins
    /// the end of a range.
    fn could_be_minus(&self, at: usize) -> bool {
        let is_before = |distance: usize, text: &str| at >= distance && self.text(at - distance) == text;
        !self.is_glued(at)
            || (at >= 5 && is_before(4, "t"))
            || (is_before(2, ":") && is_before(4, ":"))
            || is_before(2, "t")
    }
}
