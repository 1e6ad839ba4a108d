//! Text as it enters the model: what no feed could carry is taken out once, here.

use std::borrow::Cow;

/// Whether XML 1.0 (§2.2) forbids a character, so that no feed reader would accept a document with it.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Text of several lines: every line end is `\n`, nothing a feed forbids, no space at the ends.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains(|c| is_forbidden(c) || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Cow::Borrowed(text);
    }
    let plain = text.replace("\r\n", "\n");
    let lines = plain.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    Cow::Owned(lines.chars().filter(|c| !is_forbidden(*c)).collect())
}

/// Text of one line: runs of white space are one space, nothing a feed forbids.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let odd = |c: char| is_forbidden(c) || (c.is_whitespace() && c != ' ');
    if !text.contains(odd) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Cow::Owned(words.join(" ").chars().filter(|c| !is_forbidden(*c)).collect())
}

/// The first sentences of a text, cut between words, with `…` where something is left out.
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

    #[test]
    fn what_xml_forbids_is_gone() {
        assert_eq!(block(" a\r\nb\u{0}\u{b}c\u{2028}d\u{ffff} "), "a\nbc\nd");
        assert_eq!(line(" a \n b\u{7}  c"), "a b c");
    }

    #[test]
    fn an_excerpt_ends_between_words() {
        assert_eq!(excerpt("one two, three four", 12), "one two …");
        assert_eq!(excerpt("one two", 12), "one two");
    }
}
