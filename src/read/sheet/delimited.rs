//! Delimited text (CSV, RFC 4180) to rows. The `csv` crate splits and unquotes the cells.
//!
//! Rows are counted as a spreadsheet counts them: a blank line is a row, a line break inside a quoted cell does not begin one.
//! The crate reports lines of the text instead, so rows are counted here from its byte positions.

use csv::ReaderBuilder;

use super::quotes::{QuoteError, quote_error};
use super::raw_row::{RawRow, TableError};

/// Bytes of an unclosed cell that are reported.
const REPORTED: usize = 400;

/// Reader of the rows of a text.
pub struct DelimitedReader<'a> {
    text: &'a [u8],
    delimiter: u8,
    reader: csv::Reader<&'a [u8]>,
    /// The offset behind the last row.
    position: usize,
    number: u32,
}

impl<'a> DelimitedReader<'a> {
    /// Creates a reader that begins at the first row.
    #[must_use]
    pub fn new(text: &'a str, delimiter: u8) -> DelimitedReader<'a> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        DelimitedReader { text: text.as_bytes(), delimiter, reader, position: 0, number: 0 }
    }

    /// Reads the next row into `row`. Returns `false` at the end of the text.
    ///
    /// # Errors
    ///
    /// Returns an error if the row has a quotation mark that is never closed.
    pub fn read(&mut self, row: &mut RawRow) -> Result<bool, TableError> {
        // A text in memory has no I/O errors, its cells are UTF-8, and rows may have different lengths.
        if !self.reader.read_record(&mut row.cells).unwrap_or(false) {
            return Ok(false);
        }
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.text.len());
        let blank = blank_lines(self.text, self.position);
        self.number = self.number.saturating_add(blank).saturating_add(1);
        row.number = self.number;
        row.quote_error = quote_error(&self.text[self.position..end], self.delimiter);
        self.position = end;
        let Some(QuoteError::Unclosed(cell)) = row.quote_error else { return Ok(true) };
        let text = row.cells.iter().next_back().unwrap_or_default();
        let text = text[..text.floor_char_boundary(REPORTED)].to_owned();
        Err(TableError::UnclosedQuote { row: row.number, cell, text })
    }
}

/// Counts the blank lines at an offset. A line feed behind a carriage return, also one before the offset, ends the same
/// line.
fn blank_lines(text: &[u8], offset: usize) -> u32 {
    let mut before = offset.checked_sub(1).map_or(0, |last| text[last]);
    let mut lines = 0;
    for end in text[offset..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')) {
        if !(*end == b'\n' && before == b'\r') {
            lines += 1;
        }
        before = *end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::{QuoteStyle, WriterBuilder};
    use proptest::prelude::*;

    proptest! {
        /// Rows as a program writes them have their number, their cells and no misplaced quotation mark.
        #[test]
        fn written_rows_are_read_again(
            rows in prop::collection::vec(prop::collection::vec("[a\\\\ \",;\r\né]{0,6}", 2..5), 0..6),
            always in any::<bool>(),
        ) {
            let quotes = if always { QuoteStyle::Always } else { QuoteStyle::Necessary };
            let mut writer = WriterBuilder::new().flexible(true).quote_style(quotes).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (mut reader, mut row) = (DelimitedReader::new(&text, b','), RawRow::default());
            for (number, cells) in (1..).zip(&rows) {
                prop_assert_eq!(reader.read(&mut row), Ok(true));
                prop_assert_eq!((row.number, row.quote_error), (number, None), "{:?}", text);
                prop_assert!(row.cells.iter().eq(cells), "{:?}", text);
            }
            prop_assert_eq!(reader.read(&mut row), Ok(false));
        }
    }
}
