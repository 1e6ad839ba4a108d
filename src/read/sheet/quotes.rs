//! Quotation marks in a row of CSV that do not follow RFC 4180 §2.

/// A misplaced quotation mark, with the index of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteError {
    /// It opens a cell and nothing closes it.
    Unclosed(usize),
    /// A space precedes it, so that it opens nothing.
    SpaceBefore(usize),
    /// Text follows the mark that closes the cell.
    TextAfter(usize),
}

/// Returns the first misplaced quotation mark in the bytes of one row, or the one that is never closed.
#[must_use]
pub fn quote_error(row: &[u8], delimiter: u8) -> Option<QuoteError> {
    let begin = row.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut rest = &row[begin..];
    let mut error = None;
    let mut cell = 0;
    memchr::memchr(b'"', rest)?;
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(end) = closing_quote(quoted) else { return Some(QuoteError::Unclosed(cell)) };
            rest = &quoted[end + 1..];
            if !rest.first().is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n')) {
                error = error.or(Some(QuoteError::TextAfter(cell)));
            }
        }
        let end = memchr::memchr(delimiter, rest);
        let bare = &rest[..end.unwrap_or(rest.len())];
        let spaces = bare.iter().take_while(|byte| **byte == b' ').count();
        if spaces > 0 && bare.get(spaces) == Some(&b'"') {
            error = error.or(Some(QuoteError::SpaceBefore(cell)));
        }
        let Some(end) = end else { return error };
        rest = &rest[end + 1..];
        cell += 1;
    }
}

/// Returns the offset of the mark that closes a quoted cell; a doubled mark closes nothing.
fn closing_quote(quoted: &[u8]) -> Option<usize> {
    let mut marks = memchr::memchr_iter(b'"', quoted).peekable();
    while let Some(mark) = marks.next() {
        if marks.next_if_eq(&(mark + 1)).is_none() {
            return Some(mark);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_misplaced_marks_are_found() {
        for sound in
            ["a,b\n", "\"a\",\"b\"\r\n", "\"a \"\"b\"\" c\",\"\"", "37°36'37.8\"N 121,x", "\"a\nb\",c"]
        {
            assert_eq!(quote_error(sound.as_bytes(), b','), None, "{sound}");
        }
        assert_eq!(quote_error(b"a,\"Zoo\" walk,b\n", b','), Some(QuoteError::TextAfter(1)));
        assert_eq!(quote_error(b"a, \"Chicago, Illinois\",b\n", b','), Some(QuoteError::SpaceBefore(1)));
        assert_eq!(quote_error(b"a;\"b\n", b';'), Some(QuoteError::Unclosed(1)));
        assert_eq!(quote_error(b"a,\"b\"\"", b','), Some(QuoteError::Unclosed(1)));
        assert_eq!(quote_error(b"\"a\"b,\"c\n", b','), Some(QuoteError::Unclosed(1)));
    }
}
