//! TEXT values (RFC 5545 §3.3.11) and parameter values (RFC 6868): escape beside unescape.

use crate::text::first;

/// Appends text as a TEXT value. Every kind of line end, also U+0085, U+2028 and U+2029 at which some
/// programs split lines, becomes `\n`; other control characters are dropped.
pub fn escape(text: &str, out: &mut String) {
    // Most texts are short and have nothing to escape.
    let Some(at) = first(text.as_bytes(), |byte| is_odd(byte) | is_mark(byte)) else {
        return out.push_str(text);
    };
    if first(&text.as_bytes()[at..], is_odd).is_some() {
        return escape_odd(text, out);
    }
    let mut from = 0;
    for at in memchr::memchr3_iter(b'\\', b';', b',', text.as_bytes()) {
        out.push_str(&text[from..at]);
        out.push('\\');
        from = at;
    }
    out.push_str(&text[from..]);
}

/// [`escape`] of a text that has more than marks to escape.
fn escape_odd(text: &str, out: &mut String) {
    let mut text = text;
    while let Some(at) = first(text.as_bytes(), |byte| is_odd(byte) | is_mark(byte)) {
        let (plain, rest) = text.split_at(at);
        out.push_str(plain);
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { return };
        text = chars.as_str();
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\r' => {
                text = text.strip_prefix('\n').unwrap_or(text);
                out.push_str("\\n");
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out.push_str(text);
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
            text in "([a-z ,;\\\\]{0,40}|[\u{1}-\u{9f}é\u{2028}\u{2029}–]{0,5}|.{0,9}){0,8}",
        ) {
            let mut all = String::new();
            escape_odd(&text, &mut all);
            prop_assert_eq!(escaped(&text), all);
        }

        #[test]
        fn unescape_undoes_escape(text in "[^\\p{Cc}\u{2028}\u{2029}]{0,80}") {
            prop_assert_eq!(unescape(&escaped(&text)), text);
        }
    }
}
