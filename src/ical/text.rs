//! TEXT values (RFC 5545 §3.3.11) and parameter values (RFC 6868): escape beside unescape.

use crate::text::each;

/// Appends text as a TEXT value. Every kind of line end, also U+0085, U+2028 and U+2029 at which some
/// programs split lines, becomes `\n`; other control characters are dropped.
#[inline]
pub fn escape(text: &str, out: &mut String) {
    // Most texts are short and have nothing to escape.
    match text.len() < SHORT && text.bytes().fold(true, |all, byte| all & CLEAN[usize::from(byte)]) {
        true => out.push_str(text),
        false => escape_marks(text, out),
    }
}

/// [`escape`] of a text that may have something to escape.
fn escape_marks(text: &str, out: &mut String) {
    let mut from = 0;
    each(
        text.as_bytes(),
        |byte| is_odd(byte) | is_mark(byte),
        |at| {
            if is_mark(text.as_bytes()[at]) {
                out.push_str(&text[from..at]);
                out.push('\\');
                from = at;
            } else if at >= from {
                from = escape_odd(text, from, at, out);
            }
        },
    );
    out.push_str(&text[from..]);
}

/// Appends what is between two places of a text, and what is at the second unless it is taken as it is. Answers where
/// what follows begins.
fn escape_odd(text: &str, from: usize, at: usize, out: &mut String) -> usize {
    let (before, rest) = text[from..].split_at(at - from);
    let Some(c) = rest.chars().next() else { return from };
    let said = match c {
        '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\\n",
        _ if c.is_control() && c != '\t' => "",
        _ => return from,
    };
    out.push_str(before);
    out.push_str(said);
    at + if rest.starts_with("\r\n") { 2 } else { c.len_utf8() }
}

/// Whether a byte is, or may begin, a character that is not taken as it is and not escaped with a backslash
/// alone: controls, U+0080 to U+009F (C2), U+2028 and U+2029 (E2).
const fn is_odd(byte: u8) -> bool {
    // Without branches, so that many bytes are compared at once.
    (byte < 0x20) | (byte == 0x7f) | (byte == 0xc2) | (byte == 0xe2)
}

/// Whether a byte is escaped with a backslash.
const fn is_mark(byte: u8) -> bool {
    (byte == b'\\') | (byte == b';') | (byte == b',')
}

/// Below so many bytes a text is looked at byte by byte, which is sooner done than a block.
const SHORT: usize = 32;

/// The bytes that are taken as they are.
static CLEAN: [bool; 256] = {
    let (mut clean, mut byte) = ([false; 256], 0u8);
    loop {
        clean[byte as usize] = !is_odd(byte) && !is_mark(byte);
        if byte == u8::MAX {
            break clean;
        }
        byte += 1;
    }
};

/// [`escape`] into a new string.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(text, &mut out);
    out
}

/// A TEXT value as the text it stands for.
#[must_use]
pub fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, true) => match rest.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            _ => out.push(c),
        }
    }
    out
}

/// Appends a parameter value, in quotes when it needs them; `"`, `^` and line breaks as RFC 6868 §3 has it.
pub fn parameter(value: &str, out: &mut String) {
    // Most are a name of a zone, or a word.
    if value.bytes().fold(true, |all, byte| all & PLAIN[usize::from(byte)]) {
        out.push_str(value);
        return;
    }
    let quotes = value.contains([';', ':', ',']);
    if quotes {
        out.push('"');
    }
    for c in value.chars() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("^n"),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    if quotes {
        out.push('"');
    }
}

/// The bytes of names, which are a parameter value as they are.
static PLAIN: [bool; 256] = {
    let (mut plain, mut byte) = ([false; 256], 0u8);
    while byte < 128 {
        plain[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b' ');
        byte += 1;
    }
    plain
};

/// A parameter value as the text it stands for.
#[must_use]
pub fn unparameter(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        let escaped = if c == '^' { rest.peek().copied() } else { None };
        let plain = match escaped {
            Some('^') => '^',
            Some('\'') => '"',
            Some('n') => '\n',
            _ => {
                out.push(c);
                continue;
            }
        };
        rest.next();
        out.push(plain);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_end_is_one_line_end() {
        assert_eq!(escaped("a\r\nb\rc\u{2028}d\u{85}e\u{0}f"), "a\\nb\\nc\\nd\\nef");
    }

    proptest! {
        #[test]
        fn many_bytes_at_once_are_escaped_as_one_by_one(
            text in "([a-z ,;\\\\]{0,40}|[\r\n]{0,3}|[\u{1}-\u{9f}é\u{2028}\u{2029}–]{0,5}|.{0,9}){0,8}",
        ) {
            let one_by_one: String = text
                .replace("\r\n", "\n")
                .chars()
                .map(|c| match c {
                    '\\' | ';' | ',' => format!("\\{c}"),
                    '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\\n".to_owned(),
                    _ if c.is_control() && c != '\t' => String::new(),
                    _ => c.to_string(),
                })
                .collect();
            prop_assert_eq!(escaped(&text), one_by_one);
        }

        #[test]
        fn unescape_undoes_escape(text in "[^\\p{Cc}\u{2028}\u{2029}]{0,80}") {
            prop_assert_eq!(unescape(&escaped(&text)), text);
        }
    }
}
