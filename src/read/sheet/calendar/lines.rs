//! Content lines of a calendar (RFC 5545 §3.1), unfolded, as programs write them.

use crate::ical::line::ContentLine;

/// The most bytes of an unfolded line; the rest is dropped.
const MAX_LINE: usize = 4 << 20;

/// Returns the unfolded lines of a text with the number of the first line of each, from 1.
pub fn lines(text: &str) -> impl Iterator<Item = (u32, String)> + '_ {
    // Some programs write blank lines, also between a line and its continuation.
    let is_blank = |line: &str| line.is_empty() || line == "\r";
    let mut raw = (1u32..).zip(text.split('\n')).filter(move |(_, line)| !is_blank(line)).peekable();
    std::iter::from_fn(move || {
        loop {
            let (number, first) = raw.next()?;
            let mut line = first.strip_suffix('\r').unwrap_or(first).to_owned();
            while let Some((_, more)) = raw.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                let more = &more[1..];
                if line.len() + more.len() <= MAX_LINE {
                    line.push_str(more.strip_suffix('\r').unwrap_or(more));
                }
            }
            if !line.trim().is_empty() {
                return Some((number, line));
            }
        }
    })
}

/// Returns the content lines of a text, with names in capitals and values trimmed. Other lines are skipped.
pub fn content_lines(text: &str) -> impl Iterator<Item = (u32, ContentLine)> + '_ {
    lines(text).filter_map(|(number, line)| {
        let line = ContentLine::parse(line.trim_end())?;
        let (name, value) = (line.name.to_ascii_uppercase(), line.value.trim().to_owned());
        Some((number, ContentLine { name, value, ..line }))
    })
}

/// Returns the value of a parameter.
#[must_use]
pub fn parameter<'a>(property: &'a ContentLine, name: &str) -> Option<&'a str> {
    let mut parameters = property.parameters.iter();
    parameters.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
