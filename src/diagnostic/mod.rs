//! Diagnostics: mistakes in the author's files, with their place and what to type instead.
//!
//! A [`Diagnostic`] has a [`Code`] (the rule), a [`Place`] (the cell or line), what was *found*, what was *expected*, and
//! often a `help:` line. Reading collects them in [`Diagnostics`] and continues. [`Code`] is the catalogue of all rules.

mod catalogue;

pub use catalogue::Code;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::SerializeStruct as _;

/// The severity of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row, article or setting is left out.
    Error,
    /// The content is published, but probably not as intended.
    Warning,
    /// The content is left out as intended by the author.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}

/// A position in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The file as a whole.
    Whole,
    /// A cell of a table; row and column from 1, the header included.
    Cell {
        /// The row, as in a spreadsheet.
        row: u32,
        /// The column: 1 is A.
        column: u32,
    },
    /// A character of a text; line and column from 1.
    Text {
        /// The line of the file.
        line: u32,
        /// The character in the line.
        column: u32,
    },
}

/// A file and a position in it, printed as `events.csv:14:3 (C14)` or `calcast.toml:3:1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path inside the site folder, with `/`.
    pub file: Arc<str>,
    /// The position in it.
    pub spot: Spot,
}

impl Place {
    /// Returns the place of a whole file.
    #[must_use]
    pub fn whole(file: &Arc<str>) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Whole }
    }

    /// Returns the place of a cell; row and column from 1.
    #[must_use]
    pub fn cell(file: &Arc<str>, row: u32, column: u32) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Cell { row, column } }
    }

    /// Returns the place of another cell of the same row, by its index from 0.
    #[must_use]
    pub fn in_column(&self, position: usize) -> Place {
        match self.spot {
            Spot::Cell { row, .. } => Place::cell(&self.file, row, count(position + 1)),
            Spot::Whole | Spot::Text { .. } => self.clone(),
        }
    }

    /// Returns the row or line, or 0 for a whole file.
    #[must_use]
    pub fn row(&self) -> u32 {
        match self.spot {
            Spot::Whole => 0,
            Spot::Cell { row, .. } | Spot::Text { line: row, .. } => row,
        }
    }

    /// Returns the place of the character at a byte offset of a text.
    #[must_use]
    pub fn offset(file: &Arc<str>, text: &str, offset: usize) -> Place {
        let before = &text[..text.floor_char_boundary(offset)];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        Place { file: Arc::clone(file), spot: Spot::Text { line: count(line), column: count(column) } }
    }

    /// Returns the place of a line, from 1.
    #[must_use]
    pub fn line(file: &Arc<str>, line: u32) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Text { line, column: 1 } }
    }
}

/// Converts a count to `u32`, saturating.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.file))?;
        match self.spot {
            Spot::Whole => Ok(()),
            Spot::Cell { row, column } => {
                write!(f, ":{row}:{column} ({}{row})", column_letters(column))
            }
            Spot::Text { line, column } => write!(f, ":{line}:{column}"),
        }
    }
}

/// Returns the letters of a column in a spreadsheet: 1 is `A`, 27 is `AA`.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        letters.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|b| char::from(*b)).collect()
}

/// The cell or line that a diagnostic is about, with control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The header of the column, or the number of the line.
    pub label: String,
    /// The text of the cell or line.
    pub text: String,
    /// The offset and length of the marked part, in characters.
    pub mark: (usize, usize),
}

impl Excerpt {
    /// Creates the excerpt of a cell, and marks the quoted part of `found` in it.
    #[must_use]
    pub fn cell(label: &str, text: &str, found: &str) -> Excerpt {
        let text = visible(text.trim());
        let part = found.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let part = part.trim_end_matches('…');
        let at = (!part.is_empty()).then(|| text.find(part)).flatten();
        let mark = match at {
            Some(at) => (text[..at].chars().count(), part.chars().count()),
            None => (0, text.chars().count().max(1)),
        };
        Excerpt { label: visible(label), text, mark }
    }

    /// Creates the excerpt of a line, and marks `length` characters from a column (from 1) on.
    #[must_use]
    pub fn line(number: u32, text: &str, column: u32, length: usize) -> Excerpt {
        let text = visible(text.trim_end());
        let start = usize::try_from(column).unwrap_or(1).saturating_sub(1).min(text.chars().count());
        let rest = text.chars().count() - start;
        Excerpt { label: number.to_string(), text, mark: (start, length.min(rest).max(1)) }
    }
}

/// A mistake of the author.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The place of the mistake.
    pub place: Place,
    /// The rule.
    pub code: Code,
    /// What was found, in words.
    pub found: String,
    /// What was expected, in words.
    pub expected: String,
    /// What to type instead.
    pub help: Option<String>,
    /// The cell or line.
    pub excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// Creates a diagnostic without a `help:` line.
    pub fn new(
        code: Code,
        place: Place,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { place, code, found: found.into(), expected: expected.into(), help: None, excerpt: None }
    }

    /// Adds what to type instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { place, code, found, expected, help, excerpt: _ } = self;
        write!(f, "{place}: {}[{code}]: found {found}, expected {expected}", code.severity())?;
        help.as_ref().map_or(Ok(()), |help| write!(f, "\n    help: {help}"))
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (row, column, cell) = match self.place.spot {
            Spot::Whole => (None, None, None),
            Spot::Cell { row, column } => {
                (Some(row), Some(column), Some(format!("{}{row}", column_letters(column))))
            }
            Spot::Text { line, column } => (Some(line), Some(column), None),
        };
        let text = self.excerpt.as_ref().map(|excerpt| &excerpt.text);
        let mut object = serializer.serialize_struct("Diagnostic", 10)?;
        object.serialize_field("severity", &self.code.severity())?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("file", &*self.place.file)?;
        object.serialize_field("row", &row)?;
        object.serialize_field("column", &column)?;
        object.serialize_field("cell", &cell)?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("expected", &self.expected)?;
        object.serialize_field("help", &self.help)?;
        object.serialize_field("text", &text)?;
        object.end()
    }
}

/// The maximum number of diagnostics that are kept; the rest are counted.
pub const MAX_KEPT: usize = 10_000;

/// The diagnostics of a load.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    counts: BTreeMap<Code, usize>,
}

impl Diagnostics {
    /// Adds a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        *self.counts.entry(diagnostic.code).or_default() += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(diagnostic);
        }
    }

    /// Returns the number of kept diagnostics, as a mark for [`Self::since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.kept.len()
    }

    /// Returns the diagnostics kept since a mark.
    pub fn since(&mut self, mark: usize) -> impl Iterator<Item = &mut Diagnostic> {
        self.kept.iter_mut().skip(mark)
    }

    /// Moves the diagnostics of another list here, with its counts.
    pub fn absorb(&mut self, other: &mut Diagnostics) {
        for (code, count) in std::mem::take(&mut other.counts) {
            *self.counts.entry(code).or_default() += count;
        }
        let free = MAX_KEPT.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.drain(..).take(free));
    }

    /// Returns the kept diagnostics.
    pub fn into_kept(self) -> impl Iterator<Item = Diagnostic> {
        self.kept.into_iter()
    }

    /// Sorts by place, then by rule.
    pub fn sort(&mut self) {
        self.kept.sort();
    }

    /// Returns the kept diagnostics in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter()
    }

    /// Returns the number of diagnostics of a severity, kept or not.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.iter().filter(|(code, _)| code.severity() == severity).map(|(_, count)| count).sum()
    }

    /// Returns the number of diagnostics of a rule, kept or not.
    #[must_use]
    pub fn count_of(&self, code: Code) -> usize {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// Returns the number of diagnostics that were counted but not kept.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.counts.values().sum::<usize>() - self.kept.len()
    }

    /// Returns whether there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

/// A value with the diagnostics of reading it. If nothing could be read, the value is empty and an error says why.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// The value.
    pub value: T,
    /// The diagnostics.
    pub diagnostics: Diagnostics,
}

/// Returns text from a file for a terminal: control and bidirectional characters are escaped, and text beyond 80
/// characters is cut.
#[must_use]
pub fn visible(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut out = String::new();
    for (position, c) in text.chars().enumerate() {
        if position == MAX_CHARS {
            out.push('…');
            break;
        }
        let hidden = c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if hidden {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns text from a file in quotes for a sentence, or `nothing` if it is empty.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", visible(text)) }
}

/// Returns the message of an error with its causes, without repetitions.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

/// Returns the known name that is most similar to what was typed, if one is similar enough.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// Returns whether two names are so alike that one may be a slip of the other: they differ by case, by one letter, or by
/// the ending of a plural. Names that differ by a digit are different things.
#[must_use]
pub fn is_near_spelling(one: &str, other: &str) -> bool {
    const FEWEST_LETTERS: usize = 4;
    let [one, other] = [one, other].map(str::to_lowercase);
    if one == other {
        return true;
    }
    let is_digit = |c: &char| c.is_ascii_digit();
    if !one.chars().filter(is_digit).eq(other.chars().filter(is_digit)) {
        return false;
    }
    let length = one.chars().count().min(other.chars().count());
    let plural = |single: &str, many: &str| {
        many.strip_prefix(single).is_some_and(|ending| matches!(ending, "s" | "es" | "e" | "n" | "en"))
            || single.strip_suffix('y').is_some_and(|stem| many.strip_suffix("ies") == Some(stem))
    };
    let is_plural = plural(&one, &other) || plural(&other, &one);
    // Short words differ by a letter as often as not: golf and gold.
    length >= FEWEST_LETTERS
        && (is_plural || (length > FEWEST_LETTERS && strsim::osa_distance(&one, &other) == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_spreadsheet_letters() {
        let letters: Vec<String> = [1, 3, 26, 27, 52, 703].map(column_letters).to_vec();
        assert_eq!(letters, ["A", "C", "Z", "AA", "AZ", "AAA"]);
    }

    #[test]
    fn terminal_controls_are_escaped() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn places_are_printed_as_links() {
        let file: Arc<str> = Arc::from("events.csv");
        assert_eq!(Place::cell(&file, 14, 3).to_string(), "events.csv:14:3 (C14)");
        assert_eq!(Place::offset(&file, "ä\nbc", 4).to_string(), "events.csv:2:2");
    }

    #[test]
    fn causes_are_not_repeated() {
        let message =
            |outer: &str, cause| chain(&ErrorWithCause(outer.to_owned(), std::io::Error::other(cause)));
        assert_eq!(message("cannot connect: no route", "no route"), "cannot connect: no route");
        assert_eq!(message("cannot read", "too long"), "cannot read: too long");
    }

    /// An error with its cause.
    #[derive(Debug)]
    struct ErrorWithCause(String, std::io::Error);

    impl fmt::Display for ErrorWithCause {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl std::error::Error for ErrorWithCause {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.1)
        }
    }

    #[test]
    fn near_spellings_are_slips_and_plurals() {
        for (one, other, is_near) in [
            ("Webinar", "Webinars", true),
            ("Class", "Classes", true),
            ("Party", "Parties", true),
            ("Gruppe", "Gruppen", true),
            ("Fund raising", "Fundraising", true),
            ("support", "Support", true),
            ("Treatment", "Teratment", true),
            ("Golf", "Gold", false),
            ("Room 12", "Room 13", false),
            ("Walks", "Webinars", false),
            ("Art", "Arts", false),
        ] {
            assert_eq!(is_near_spelling(one, other), is_near, "{one}, {other}");
        }
    }

    #[test]
    fn only_similar_names_are_suggested() {
        assert_eq!(nearest("tiemzone", ["title", "timezone", "start"]), Some("timezone"));
        assert_eq!(nearest("xyz", ["title", "timezone", "start"]), None);
    }
}
