//! Normalises text from tables and articles: line ends, white space, characters that no feed may carry.

use std::borrow::Cow;

/// First characters that make spreadsheets take a cell for a formula, full-width forms included.
pub const FORMULA: [char; 10] =
    ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Returns whether XML 1.0 (§2.2) forbids the character, or it is a C1 control.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Returns whether the bytes hold no `#` and nothing that could begin a forbidden character, a line separator, a carriage
/// return or U+FFFD. May return `false` for harmless text, never `true` for other text.
#[must_use]
pub fn is_plain(bytes: &[u8]) -> bool {
    let is_odd = |byte: u8| {
        ((byte < 0x20) & (byte != b'\n'))
            | (byte == b'#')
            | (byte == 0x7f)
            | (byte & 0xdf == 0xc2)
            | (byte == 0xef)
    };
    position(bytes, is_odd).is_none()
}

/// Returns the offset of the first byte of a kind. Blocks without one are skipped by a loop without an early exit, which
/// the compiler vectorises.
pub fn position(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, _) = bytes.as_chunks::<32>();
    let has_none = |block: &&[u8; 32]| !block.iter().fold(false, |any, byte| any | is_wanted(*byte));
    let skipped = 32 * blocks.iter().take_while(has_none).count();
    bytes[skipped..].iter().position(|byte| is_wanted(*byte)).map(|at| skipped + at)
}

/// Returns multi-line text: trimmed, every line end as `\n`, without forbidden characters.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if is_plain(text.as_bytes())
        || !text.contains(|c| is_forbidden(c) || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Cow::Borrowed(text);
    }
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    Cow::Owned(lines.chars().filter(|c| !is_forbidden(*c)).collect())
}

/// Returns single-line text: runs of white space as one space, without forbidden characters.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let odd = |c: char| is_forbidden(c) || (c.is_whitespace() && c != ' ');
    let is_printable = position(text.as_bytes(), |byte| !(b' '..=b'~').contains(&byte)).is_none();
    let has_runs = || text.as_bytes().windows(2).any(|pair| pair == b"  ");
    if (is_printable || !text.contains(odd)) && !has_runs() {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Cow::Owned(words.join(" ").chars().filter(|c| !is_forbidden(*c)).collect())
}

/// Returns the first `longest` characters of the text as one line, cut between words; `…` marks an omission.
#[must_use]
pub fn excerpt(text: &str, longest: usize) -> String {
    let text = line(text);
    if text.chars().count() <= longest {
        return text.into_owned();
    }
    let head: String = text.chars().take(longest).collect();
    let words = head.rsplit_once(' ').map_or(head.as_str(), |(words, _)| words);
    format!("{} …", words.trim_end_matches([',', ';', ':', '-', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forbidden_characters_are_dropped() {
        assert_eq!(block(" a\r\nb\u{0}\u{b}c\u{2028}d\u{ffff} "), "a\nbc\nd");
        assert_eq!(line(" a \n b\u{7}  c"), "a b c");
    }

    proptest! {
        #[test]
        fn a_line_has_single_spaces(words in prop::collection::vec("[a-z~!]{1,70}|[ -~é\u{7f}\u{7}]{0,5}", 0..6), between in "  ?| \n|\t") {
            let text = words.join(&between);
            let words: Vec<&str> = text.split_whitespace().collect();
            let expected: String = words.join(" ").chars().filter(|c| !is_forbidden(*c)).collect();
            prop_assert_eq!(&*line(&text), &expected);
        }

        #[test]
        fn plain_text_has_no_forbidden_character(text in "[a-z #\u{1}-\u{ff}é\u{2028}\u{ffff}\n]{0,9}") {
            let odd = |c: char| is_forbidden(c) || matches!(c, '#' | '\u{2028}' | '\u{fffd}');
            prop_assert!(!is_plain(text.as_bytes()) || !text.contains(odd));
        }
    }

    #[test]
    fn an_excerpt_ends_between_words() {
        assert_eq!(excerpt("one two, three four", 12), "one two …");
        assert_eq!(excerpt("one two", 12), "one two");
    }
}
