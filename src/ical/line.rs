//! Content lines (RFC 5545 §3.1): a name, parameters, a value; folded at 75 octets and unfolded again.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::text::{escape, parameter, unparameter};
use super::value;

/// The maximum length of a line without its line break, in octets (RFC 5545 §3.1).
pub const LONGEST: usize = 75;

/// A writer of content lines.
///
/// Control characters other than TAB are dropped or escaped, so that no value can begin another line.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// Creates an empty writer.
    #[must_use]
    pub fn new() -> Writer {
        Writer::default()
    }

    /// Writes constant lines, each with its line break.
    pub fn constant(&mut self, lines: &'static str) {
        debug_assert!(lines.ends_with("\r\n") && lines.lines().all(|line| line.len() <= LONGEST));
        self.out.push_str(lines);
    }

    /// Writes `NAME:value`; the value is already in the form of its value type.
    pub fn line(&mut self, name: &str, value: &str) {
        self.line_with(name, &[], value);
    }

    /// Writes `NAME;PARAM=value:value`. Parameter values are quoted and escaped as needed (RFC 6868).
    pub fn line_with(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        let start = self.begin(name, parameters);
        self.out.push_str(value);
        if self.out.as_bytes()[start..].iter().any(|byte| is_forbidden(*byte)) {
            let line = self.out.split_off(start);
            self.out.extend(line.chars().filter(|c| !u8::try_from(*c).is_ok_and(is_forbidden)));
        }
        self.end(start);
    }

    /// Writes a line whose value consists of parts that are escaped one by one.
    pub fn write(
        &mut self,
        name: &'static str,
        parameters: &[(&'static str, &str)],
        value: impl FnOnce(&mut ValueWriter<'_>),
    ) {
        let start = self.begin(name, parameters);
        value(&mut ValueWriter(&mut self.out));
        self.end(start);
    }

    /// Writes several TEXT values with a separator between them.
    pub fn texts<'t>(
        &mut self,
        name: &'static str,
        separator: &'static str,
        texts: impl Iterator<Item = &'t str>,
    ) {
        self.write(name, &[], |value| {
            for (number, text) in texts.enumerate() {
                if number > 0 {
                    value.fixed(separator);
                }
                value.text(text);
            }
        });
    }

    /// Begins a line and returns its offset.
    #[inline]
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

    /// Ends the line that begins at an offset, folding it if it is too long.
    #[inline]
    fn end(&mut self, start: usize) {
        if self.out.len() - start <= LONGEST {
            self.out.push_str("\r\n");
        } else {
            let line = self.out.split_off(start);
            fold(&line, &mut self.out);
        }
    }

    /// Returns the lines.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// Returns the lines and leaves the writer empty.
    pub fn take(&mut self) -> Arc<str> {
        let text = Arc::from(self.out.as_str());
        self.out.clear();
        text
    }
}

/// Writes the parts of one value, each escaped or checked by its type.
#[derive(Debug)]
pub struct ValueWriter<'w>(&'w mut String);

impl ValueWriter<'_> {
    /// Appends a constant part.
    pub fn fixed(&mut self, part: &'static str) {
        debug_assert!(!part.bytes().any(is_forbidden));
        self.0.push_str(part);
    }

    /// Appends a text as a TEXT value (RFC 5545 §3.3.11).
    pub fn text(&mut self, text: &str) {
        escape(text, self.0);
    }

    /// Appends a number.
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

/// Returns whether the byte is a control character other than TAB (RFC 5545 §3.1, `CONTROL`).
const fn is_forbidden(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

/// Appends a line, folded into pieces of at most 75 octets. No character, backslash escape or circumflex escape is
/// split.
pub fn fold(line: &str, out: &mut String) {
    let mut rest = line;
    let mut most = LONGEST;
    while rest.len() > most {
        let mut cut = rest.floor_char_boundary(most);
        if escapes_before(rest, cut) % 2 == 1 {
            cut -= 1;
        }
        out.push_str(&rest[..cut]);
        out.push_str("\r\n ");
        rest = &rest[cut..];
        most = LONGEST - 1;
    }
    out.push_str(rest);
    out.push_str("\r\n");
}

/// Returns the number of equal escape characters directly before an offset.
fn escapes_before(text: &str, cut: usize) -> usize {
    let before = &text.as_bytes()[..cut];
    match before.last() {
        Some(mark @ (b'\\' | b'^')) => before.iter().rev().take_while(|b| *b == mark).count(),
        _ => 0,
    }
}

/// A parsed content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentLine {
    /// The name as written.
    pub name: String,
    /// Parameters in order, their values without quotes and escapes.
    pub parameters: Vec<(String, String)>,
    /// The value, in the form of its value type.
    pub value: String,
}

impl ContentLine {
    /// Parses an unfolded line. Returns `None` if it has no name or no value.
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

    /// Writes the line, folded.
    pub fn write(&self, out: &mut Writer) {
        let parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        out.line_with(&self.name, &parameters, &self.value);
    }
}

/// Returns the end of a parameter value, at the first `;` or `:` outside quotes.
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
    fn folds_split_no_escape_or_character() {
        let value = format!("{}\\n{}", "x".repeat(LONGEST - "SUMMARY:".len() - 1), "é".repeat(80));
        let text = written("SUMMARY", &value);
        assert!(text.starts_with("SUMMARY:xxx"));
        assert!(text.lines().nth(1).unwrap().starts_with(" \\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= LONGEST));
    }

    #[test]
    fn line_breaks_in_values_are_escaped() {
        assert_eq!(written("URL", "https://a\r\nATTENDEE:x\u{0}"), "URL:https://aATTENDEE:x\r\n");
    }

    fn unfold(text: &str) -> Vec<String> {
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

    proptest! {
        #[test]
        fn unfold_inverts_fold(value in "[^\\p{Cc}]{0,300}") {
            let text = written("X-A", &value);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= LONGEST));
            prop_assert_eq!(unfold(&text), vec![format!("X-A:{value}")]);
        }

        #[test]
        fn parse_inverts_write(key in "[A-Z]{1,8}", param in "[^\\p{Cc}\u{2028}\u{2029}]{0,120}", value in "[^\\p{Cc}]{0,200}") {
            let line = ContentLine { name: "X-A".into(), parameters: vec![(key, param)], value };
            let mut writer = Writer::new();
            line.write(&mut writer);
            let lines = unfold(&writer.finish());
            prop_assert_eq!(lines.len(), 1);
            prop_assert_eq!(ContentLine::parse(&lines[0]), Some(line));
        }
    }
}
