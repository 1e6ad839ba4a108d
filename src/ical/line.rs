//! Content lines (RFC 5545 §3.1): a name, parameters, a value; folded at 75 octets and unfolded again.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::text::{escape, parameter, unparameter};
use super::value;

/// The longest line without its line break, in octets (RFC 5545 §3.1).
pub const LONGEST: usize = 75;

/// Writes content lines. It is the last gate: no name, parameter or value can carry a line break or a
/// control character out, because [`Writer::line`] drops them.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    /// A line that is to be folded.
    line: String,
}

impl Writer {
    /// An empty one.
    #[must_use]
    pub fn new() -> Writer {
        Writer::default()
    }

    /// An empty one with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { out: String::with_capacity(bytes), line: String::new() }
    }

    /// Writes whole lines that are always the same, each with its line break.
    pub fn constant(&mut self, lines: &'static str) {
        debug_assert!(lines.ends_with("\r\n") && lines.lines().all(|line| line.len() <= LONGEST));
        self.out.push_str(lines);
    }

    /// Writes what another has written.
    pub fn append(&mut self, lines: &Writer) {
        self.out.push_str(&lines.out);
    }

    /// Writes `NAME:value`; the value is in its value type's form already.
    pub fn line(&mut self, name: &str, value: &str) {
        self.line_with(name, &[], value);
    }

    /// Writes `NAME;PARAM=value:value`. Parameter values are quoted and escaped as needed (RFC 6868).
    pub fn line_with(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.compose(name, parameters, |line| line.push_str(value));
    }

    /// The same with a value that is appended to what it is given.
    fn compose(&mut self, name: &str, parameters: &[(&str, &str)], value: impl FnOnce(&mut String)) {
        let start = self.begin(name, parameters);
        value(&mut self.out);
        self.end(start);
    }

    /// The same with a value of parts none of which can carry anything out: nobody has to look at the line again.
    // Where it is called the name is known, and is written without a look at its length.
    #[inline(always)]
    pub fn write(
        &mut self,
        name: &'static str,
        parameters: &[(&'static str, &str)],
        value: impl FnOnce(&mut Value<'_>),
    ) {
        let start = self.begin(name, parameters);
        value(&mut Value(&mut self.out));
        self.end_clean(start);
    }

    /// Writes several TEXT values in one line, with what stands between them.
    pub fn texts<'t>(
        &mut self,
        name: &'static str,
        between: &'static str,
        texts: impl Iterator<Item = &'t str>,
    ) {
        self.write(name, &[], |value| {
            for (number, text) in texts.enumerate() {
                if number > 0 {
                    value.fixed(between);
                }
                value.text(text);
            }
        });
    }

    /// Begins a line; answers where it begins.
    #[inline(always)]
    fn begin(&mut self, name: &str, parameters: &[(&str, &str)]) -> usize {
        let start = self.out.len();
        self.out.push_str(name);
        for (key, value) in parameters {
            self.out.push(';');
            self.out.push_str(key);
            self.out.push('=');
            parameter(value, &mut self.out);
        }
        self.out.push(':');
        start
    }

    /// Ends the line that begins at a place, in which nothing is forbidden.
    #[inline]
    fn end_clean(&mut self, start: usize) {
        match self.out.len() - start <= LONGEST {
            true => self.out.push_str("\r\n"),
            false => self.fold_from(start),
        }
    }

    /// Folds the line that begins at a place, and ends it.
    fn fold_from(&mut self, start: usize) {
        self.line.clear();
        self.line.push_str(&self.out[start..]);
        self.out.truncate(start);
        fold(&self.line, &mut self.out);
    }

    /// Ends the line that begins at a place: most are in order as they are.
    fn end(&mut self, start: usize) {
        if self.out.as_bytes()[start..].iter().any(|byte| is_forbidden(*byte)) {
            let clean: String =
                self.out[start..].chars().filter(|c| !u8::try_from(*c).is_ok_and(is_forbidden)).collect();
            self.out.truncate(start);
            self.out.push_str(&clean);
        }
        self.end_clean(start);
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// What was written since it was empty; it is again.
    pub fn take(&mut self) -> Arc<str> {
        let text = Arc::from(self.out.as_str());
        self.out.clear();
        text
    }
}

/// A value of parts that are in order by themselves.
#[derive(Debug)]
pub struct Value<'w>(&'w mut String);

impl Value<'_> {
    /// Appends what is always the same.
    pub fn fixed(&mut self, part: &'static str) {
        debug_assert!(!part.bytes().any(is_forbidden));
        self.0.push_str(part);
    }

    /// Appends a text as a TEXT value (RFC 5545 §3.3.11).
    pub fn text(&mut self, text: &str) {
        escape(text, self.0);
    }

    /// Appends a number that is not negative.
    pub fn number(&mut self, number: u32) {
        self.0.push_str(&number.to_string());
    }

    /// Appends a DATE (RFC 5545 §3.3.4).
    pub fn date(&mut self, date: Date) {
        value::push_date(date, self.0);
    }

    /// Appends a DATE-TIME in UTC (RFC 5545 §3.3.5).
    pub fn utc(&mut self, at: Timestamp) {
        value::push_utc(at, self.0);
    }

    /// Appends a local DATE-TIME (RFC 5545 §3.3.5).
    pub fn local(&mut self, at: DateTime) {
        value::push_local(at, self.0);
    }
}

/// Control characters other than TAB have no place in a content line (RFC 5545 §3.1, `CONTROL`).
const fn is_forbidden(byte: u8) -> bool {
    ((byte < 0x20) & (byte != b'\t')) | (byte == 0x7f)
}

/// Appends one line, folded: no piece is longer than 75 octets, and no cut falls inside a character, a
/// backslash escape or a circumflex escape.
pub fn fold(line: &str, out: &mut String) {
    let mut rest = line;
    let mut room = LONGEST;
    while rest.len() > room {
        let mut cut = rest.floor_char_boundary(room);
        if escapes_before(rest, cut) % 2 == 1 {
            cut -= 1;
        }
        out.push_str(&rest[..cut]);
        out.push_str("\r\n ");
        rest = &rest[cut..];
        room = LONGEST - 1;
    }
    out.push_str(rest);
    out.push_str("\r\n");
}

fn escapes_before(text: &str, cut: usize) -> usize {
    let before = &text.as_bytes()[..cut];
    match before.last() {
        Some(mark @ (b'\\' | b'^')) => before.iter().rev().take_while(|b| *b == mark).count(),
        _ => 0,
    }
}

/// The lines of a calendar with folds undone; CRLF or LF, as readers must be lenient.
pub fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for raw in text.split('\n') {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        match (raw.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(line)) => line.push_str(more),
            _ if raw.is_empty() => {}
            _ => lines.push(raw.to_owned()),
        }
    }
    lines
}

/// One content line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentLine {
    /// The name as written.
    pub name: String,
    /// Parameters in order, values without quotes and escapes.
    pub parameters: Vec<(String, String)>,
    /// The value in its value type's form.
    pub value: String,
}

impl ContentLine {
    /// Takes an unfolded line apart; `None` when it has no name or no value.
    #[must_use]
    pub fn parse(line: &str) -> Option<ContentLine> {
        let name_end = line.find([';', ':'])?;
        let name = line[..name_end].to_owned();
        let mut parameters = Vec::new();
        let mut rest = &line[name_end..];
        while let Some(after) = rest.strip_prefix(';') {
            let (key, after) = after.split_once('=')?;
            let end = parameter_end(after)?;
            parameters.push((key.to_owned(), unparameter(&after[..end])));
            rest = &after[end..];
        }
        let value = rest.strip_prefix(':')?.to_owned();
        (!name.is_empty()).then_some(ContentLine { name, parameters, value })
    }

    /// Writes it as one folded line.
    pub fn write(&self, out: &mut Writer) {
        let parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        out.line_with(&self.name, &parameters, &self.value);
    }
}

fn parameter_end(text: &str) -> Option<usize> {
    let mut in_quotes = false;
    text.char_indices().find_map(|(position, c)| match c {
        '"' => {
            in_quotes = !in_quotes;
            None
        }
        ';' | ':' if !in_quotes => Some(position),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(name: &str, value: &str) -> String {
        let mut writer = Writer::new();
        writer.line(name, value);
        writer.finish()
    }

    #[test]
    fn a_fold_never_splits_an_escape_or_a_character() {
        let value = format!("{}\\n{}", "x".repeat(LONGEST - "SUMMARY:".len() - 1), "é".repeat(80));
        let text = written("SUMMARY", &value);
        assert!(text.starts_with("SUMMARY:xxx"));
        assert!(text.lines().nth(1).unwrap().starts_with(" \\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= LONGEST));
    }

    #[test]
    fn no_value_carries_a_line_break_out() {
        assert_eq!(written("URL", "https://a\r\nATTENDEE:x\u{0}"), "URL:https://aATTENDEE:x\r\n");
    }

    proptest! {
        #[test]
        fn unfold_undoes_fold(value in "[^\\p{Cc}]{0,300}") {
            let text = written("X-A", &value);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= LONGEST));
            prop_assert_eq!(unfold(&text), vec![format!("X-A:{value}")]);
        }

        #[test]
        fn parse_undoes_write(key in "[A-Z]{1,8}", param in "[^\\p{Cc}\u{2028}\u{2029}]{0,120}", value in "[^\\p{Cc}]{0,200}") {
            let line = ContentLine { name: "X-A".into(), parameters: vec![(key, param)], value };
            let mut writer = Writer::new();
            line.write(&mut writer);
            let lines = unfold(&writer.finish());
            prop_assert_eq!(lines.len(), 1);
            prop_assert_eq!(ContentLine::parse(&lines[0]), Some(line));
        }
    }
}
