//! TEXT values (RFC 5545 §3.3.11) and parameter values (RFC 6868): escaped and unescaped.

use crate::text::position;

/// Appends text as a TEXT value.
///
/// Every line end becomes `\n`, including U+0085, U+2028 and U+2029, at which some programs split lines. Other control
/// characters are dropped.
pub fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = position(rest.as_bytes(), may_need_escape) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(c) = rest.chars().next() else { return };
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            _ if c.is_control() && c != '\t' => {}
            _ => out.push(c),
        }
        rest = &rest[if rest.starts_with("\r\n") { 2 } else { c.len_utf8() }..];
    }
    out.push_str(rest);
}

/// Returns whether the byte is, or may begin, a character that [`escape`] changes: marks, controls, U+0080 to
/// U+009F (C2), U+2028 and U+2029 (E2).
const fn may_need_escape(byte: u8) -> bool {
    (byte < 0x20)
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == b'\\')
        | (byte == b';')
        | (byte == b',')
}

/// Returns text as a TEXT value; see [`escape`].
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(text, &mut out);
    out
}

/// Returns the text of a TEXT value.
#[must_use]
pub fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        out.push(match c {
            '\\' => match rest.next() {
                Some('n' | 'N') => '\n',
                Some(other) => other,
                None => '\\',
            },
            _ => c,
        });
    }
    out
}

/// Appends a parameter value, quoted if needed; `"`, `^` and line breaks are escaped (RFC 6868 §3).
pub fn parameter(value: &str, out: &mut String) {
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

/// Returns the text of a parameter value, with or without quotes.
#[must_use]
pub fn unparameter(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match rest.peek() {
            Some('^') if c == '^' => '^',
            Some('\'') if c == '^' => '"',
            Some('n') if c == '^' => '\n',
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
    fn line_ends_are_normalized() {
        assert_eq!(escaped("a\r\nb\rc\u{2028}d\u{85}e\u{0}f"), "a\\nb\\nc\\nd\\nef");
    }

    proptest! {
        #[test]
        fn long_and_short_texts_are_escaped_alike(
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
        fn unescape_inverts_escape(text in "[^\\p{Cc}\u{2028}\u{2029}]{0,80}") {
            prop_assert_eq!(unescape(&escaped(&text)), text);
        }
    }
}
