//! What an author did that calcast cannot take as it is, said so that the author can mend it.
//!
//! A [`Diagnostic`] has a [`Code`] (which rule), a [`Place`] (which cell), what was *found*, what was
//! *expected*, and often a `help:` line that says what to type. Reading never stops at one: it collects
//! them in [`Diagnostics`] and goes on. [`Code`] is the catalogue of every rule there is.

mod catalogue;

pub use catalogue::Code;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// How much it matters: an error leaves the row, the article or the setting out; a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What is at the place cannot be published.
    Error,
    /// It is published, but somebody should look.
    Warning,
    /// It is as the author wants it; it is said so that nothing is left out in silence.
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

/// Where in a file: nowhere in particular, a cell of a table, or a character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The file as a whole.
    Whole,
    /// A cell: row (the header is row 1) and column, both from 1.
    Cell {
        /// Row as a spreadsheet counts them.
        row: u32,
        /// Column as a spreadsheet counts them: 1 is A.
        column: u32,
    },
    /// A character: line and column, both from 1.
    Text {
        /// Line of the file.
        line: u32,
        /// Character in the line.
        column: u32,
    },
}

/// A file and a spot in it; prints as `events.csv:14:3 (C14)` or `calcast.toml:3:1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path inside the site folder, with `/`.
    pub file: Arc<str>,
    /// The spot in it.
    pub spot: Spot,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn whole(file: &Arc<str>) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Whole }
    }

    /// A cell of a table, row and column from 1.
    #[must_use]
    pub fn cell(file: &Arc<str>, row: u32, column: u32) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Cell { row, column } }
    }

    /// Another cell of the same row, by its position from 0.
    #[must_use]
    pub fn in_column(&self, position: usize) -> Place {
        match self.spot {
            Spot::Cell { row, .. } => Place::cell(&self.file, row, count(position + 1)),
            Spot::Whole | Spot::Text { .. } => self.clone(),
        }
    }

    /// The row or line; 0 for the file as a whole.
    #[must_use]
    pub fn row(&self) -> u32 {
        match self.spot {
            Spot::Whole => 0,
            Spot::Cell { row, .. } | Spot::Text { line: row, .. } => row,
        }
    }

    /// The character at a byte offset of a text.
    #[must_use]
    pub fn offset(file: &Arc<str>, text: &str, offset: usize) -> Place {
        let before = &text[..text.floor_char_boundary(offset)];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        Place { file: Arc::clone(file), spot: Spot::Text { line: count(line), column: count(column) } }
    }

    /// A line of a text, from 1.
    #[must_use]
    pub fn line(file: &Arc<str>, line: u32) -> Place {
        Place { file: Arc::clone(file), spot: Spot::Text { line, column: 1 } }
    }
}

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

/// The letters a spreadsheet gives a column: 1 is `A`, 27 is `AA`.
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

/// What stands at a place: the name of the column or the number of the line, and the text, both as they may
/// be printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The header of the column, or the number of the line.
    pub label: String,
    /// The cell or the line, in one line.
    pub text: String,
    /// The part of it that is meant: where it begins and how long it is, in characters.
    pub mark: (usize, usize),
}

impl Excerpt {
    /// Of a cell; what was found is marked where it stands in it.
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

    /// Of a line of a text, from a column (from 1) on; `length` characters are marked.
    #[must_use]
    pub fn line(number: u32, text: &str, column: u32, length: usize) -> Excerpt {
        let text = visible(text.trim_end());
        let start = usize::try_from(column).unwrap_or(1).saturating_sub(1).min(text.chars().count());
        let rest = text.chars().count() - start;
        Excerpt { label: number.to_string(), text, mark: (start, length.min(rest).max(1)) }
    }
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// Which rule.
    pub code: Code,
    /// What stands there, in words.
    pub found: String,
    /// What should stand there, in words.
    pub expected: String,
    /// What to type instead.
    pub help: Option<String>,
    /// The cell or line itself.
    pub excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// A diagnostic without a `help:` line.
    pub fn new(
        code: Code,
        place: Place,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { place, code, found: found.into(), expected: expected.into(), help: None, excerpt: None }
    }

    /// The same with what to type instead.
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
        use serde::ser::SerializeStruct;
        let Diagnostic { place, code, found, expected, help, excerpt } = self;
        let (row, column, cell) = match place.spot {
            Spot::Whole => (None, None, None),
            Spot::Cell { row, column } => {
                (Some(row), Some(column), Some(format!("{}{row}", column_letters(column))))
            }
            Spot::Text { line, column } => (Some(line), Some(column), None),
        };
        let mut object = serializer.serialize_struct("Diagnostic", 10)?;
        object.serialize_field("severity", &code.severity())?;
        object.serialize_field("code", code)?;
        object.serialize_field("file", &*place.file)?;
        object.serialize_field("row", &row)?;
        object.serialize_field("column", &column)?;
        object.serialize_field("cell", &cell)?;
        object.serialize_field("found", found)?;
        object.serialize_field("expected", expected)?;
        object.serialize_field("help", help)?;
        object.serialize_field("text", &excerpt.as_ref().map(|excerpt| &excerpt.text))?;
        object.end()
    }
}

/// How many diagnostics are kept in full; the rest are counted.
pub const KEPT: usize = 10_000;

/// The diagnostics of one reading: collected, bounded, sorted at the end.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    counts: BTreeMap<Code, usize>,
    all: usize,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        *self.counts.entry(diagnostic.code).or_default() += 1;
        self.all += 1;
        if self.kept.len() < KEPT {
            self.kept.push(diagnostic);
        }
    }

    /// How many were pushed so far, kept or not, of those that are kept: a mark for [`Self::since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.kept.len()
    }

    /// The ones kept since a mark.
    pub fn since(&mut self, mark: usize) -> impl Iterator<Item = &mut Diagnostic> {
        self.kept.iter_mut().skip(mark)
    }

    /// Adds those of another reading, the ones that it only counted as well.
    pub fn absorb(&mut self, other: &mut Diagnostics) {
        for (code, count) in std::mem::take(&mut other.counts) {
            *self.counts.entry(code).or_default() += count;
        }
        self.all += std::mem::take(&mut other.all);
        let room = KEPT.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.drain(..).take(room));
    }

    /// The ones that are kept.
    pub fn into_kept(self) -> impl Iterator<Item = Diagnostic> {
        self.kept.into_iter()
    }

    /// Sorts by place, then by rule.
    pub fn sort(&mut self) {
        self.kept.sort();
    }

    /// The ones kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter()
    }

    /// How many there were of one severity, kept or not.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.iter().filter(|(code, _)| code.severity() == severity).map(|(_, count)| count).sum()
    }

    /// How many there were of one rule, kept or not.
    #[must_use]
    pub fn count_of(&self, code: Code) -> usize {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// How many there were, kept or not.
    #[must_use]
    pub fn all(&self) -> usize {
        self.all
    }

    /// How many were counted but not kept.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.all - self.kept.len()
    }

    /// Whether anything could not be published.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

/// A value that was read, with everything that was wrong on the way. Reading never fails: where nothing
/// good was found the value is the empty one, and an error says why.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// What could be read.
    pub value: T,
    /// What could not, and what is doubtful.
    pub diagnostics: Diagnostics,
}

/// Text from a file as it may be printed: control and bidirectional characters are spelled out, so that a
/// cell cannot steer a terminal, and what is longer than a line is cut.
#[must_use]
pub fn visible(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut out = String::new();
    for (position, c) in text.chars().enumerate() {
        if position == LONGEST {
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

/// Text from a file, quoted for a sentence: `"31/02"`, or `nothing` when it is empty.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", visible(text)) }
}

/// An error with its causes; what an error already says of its cause is not said again.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// The known name nearest to what was typed, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_a_spreadsheets_letters() {
        let letters: Vec<String> = [1, 3, 26, 27, 52, 703].map(column_letters).to_vec();
        assert_eq!(letters, ["A", "C", "Z", "AA", "AZ", "AAA"]);
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn a_place_reads_as_people_click_it() {
        let file: Arc<str> = Arc::from("events.csv");
        assert_eq!(Place::cell(&file, 14, 3).to_string(), "events.csv:14:3 (C14)");
        assert_eq!(Place::offset(&file, "ä\nbc", 4).to_string(), "events.csv:2:2");
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let of = |outer: &str, cause| chain(&Told(outer.to_owned(), std::io::Error::other(cause)));
        assert_eq!(of("cannot connect: no route", "no route"), "cannot connect: no route");
        assert_eq!(of("cannot read", "too long"), "cannot read: too long");
    }

    /// An error with its cause.
    #[derive(Debug)]
    struct Told(String, std::io::Error);

    impl fmt::Display for Told {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl std::error::Error for Told {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.1)
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("tiemzone", ["title", "timezone", "start"]), Some("timezone"));
        assert_eq!(nearest("xyz", ["title", "timezone", "start"]), None);
    }
}
