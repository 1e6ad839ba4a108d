//! A table as records, whatever file it came in: CSV (RFC 4180), a workbook, or a calendar.
//!
//! Rows are counted as a spreadsheet counts them: a blank line is a row, a line break inside a quoted cell
//! is none. A [`Grid`] can be gone through more than once, and never fails: how it ended is an [`Ending`].

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::calendar;
use super::opendocument;
use super::quotes::{self, Quote};
use super::workbook;

/// How much of a cell that swallowed the rest of a file is shown.
const LONGEST_SHOWN: usize = 400;

/// A table in one of the forms it comes in.
#[derive(Debug)]
pub enum Grid<'a> {
    /// Text with something between cells.
    Text {
        /// The whole of it.
        text: Cow<'a, str>,
        /// What stands between cells.
        delimiter: u8,
    },
    /// An `.xlsx` workbook and the sheet that is wanted.
    Workbook(&'a [u8], Option<String>),
    /// An `.ods` workbook and the sheet that is wanted.
    OpenDocument(&'a [u8], Option<String>),
    /// An `.ics` calendar: its first record is a header of our own columns.
    Calendar(Cow<'a, str>),
}

/// One record where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Line<'r> {
    /// The row, from 1; the line of a calendar.
    pub row: u32,
    /// Its cells.
    pub cells: &'r StringRecord,
    /// A cell, from 0, with an odd quotation mark, and what is odd about it.
    pub stray: Option<(usize, Quote)>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next record.
    On,
    /// No more.
    Stop,
}

/// How a table ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of it was read, or as much as was wanted.
    Whole,
    /// A quotation mark that is never closed swallowed the rest: row, cell from 0, and what stands there.
    Unclosed(u32, usize, String),
    /// The file is none of what it claims to be; in words, and what would be.
    Broken(String, String),
}

impl Grid<'_> {
    /// Hands each record over, in order.
    pub fn rows(&self, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
        match self {
            Grid::Text { text, delimiter } => text_rows(text, *delimiter, take),
            Grid::Workbook(bytes, sheet) => workbook::rows(bytes, sheet.as_deref(), take),
            Grid::OpenDocument(bytes, sheet) => opendocument::rows(bytes, sheet.as_deref(), take),
            Grid::Calendar(text) => calendar::rows(text, take),
        }
    }
}

/// The records of a text, one by one.
pub struct TextRows<'a> {
    reader: csv::Reader<&'a [u8]>,
    bytes: &'a [u8],
    delimiter: u8,
    start: usize,
    row: u32,
    ending: Ending,
}

impl<'a> TextRows<'a> {
    /// Over a text.
    #[must_use]
    pub fn new(text: &'a str, delimiter: u8) -> TextRows<'a> {
        let bytes = text.as_bytes();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(64 << 10)
            .from_reader(bytes);
        TextRows { reader, bytes, delimiter, start: 0, row: 0, ending: Ending::Whole }
    }

    /// Reads the next record; answers its row, and a cell with an odd quotation mark. `None` at the end.
    pub fn next(&mut self, cells: &mut StringRecord) -> Option<(u32, Option<(usize, Quote)>)> {
        // What is text is records; the reader over bytes in memory has nothing else to refuse.
        if !self.reader.read_record(cells).unwrap_or(false) {
            return None;
        }
        let position = self.reader.position().byte();
        let end = usize::try_from(position).unwrap_or(usize::MAX).min(self.bytes.len());
        self.row = self.row.saturating_add(1).saturating_add(blank_lines(self.bytes, self.start));
        let raw = &self.bytes[self.start..end];
        self.start = end;
        match quotes::first_odd(raw, self.delimiter) {
            Some((cell, Quote::Unclosed)) => {
                let text = cells.iter().next_back().unwrap_or_default();
                let end = text.floor_char_boundary(LONGEST_SHOWN);
                self.ending = Ending::Unclosed(self.row, cell, text[..end].to_owned());
                None
            }
            odd => Some((self.row, odd)),
        }
    }

    /// How it ended, once there is no next.
    #[must_use]
    pub fn ending(self) -> Ending {
        self.ending
    }
}

fn text_rows(text: &str, delimiter: u8, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
    let mut rows = TextRows::new(text, delimiter);
    let mut cells = StringRecord::new();
    while let Some((row, stray)) = rows.next(&mut cells) {
        if take(Line { row, cells: &cells, stray }) == Flow::Stop {
            return Ending::Whole;
        }
    }
    rows.ending()
}

/// Blank lines from an offset on. A line feed right after a carriage return, also one read already, ends
/// the same line.
fn blank_lines(bytes: &[u8], start: usize) -> u32 {
    let mut before = start.checked_sub(1).map_or(0, |last| bytes[last]);
    let mut lines = 0;
    for end in bytes[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')) {
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

    fn numbers(text: &str) -> Vec<u32> {
        let mut rows = Vec::new();
        let grid = Grid::Text { text: Cow::Borrowed(text), delimiter: b',' };
        let ending = grid.rows(&mut |line| {
            rows.push(line.row);
            Flow::On
        });
        assert_eq!(ending, Ending::Whole);
        rows
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        assert_eq!(numbers("a,b\n1,2\n\n3,4\n"), [1, 2, 4]);
        assert_eq!(numbers("a,b\r\n1,2\r\n\r\n\r\n3,4\r\n"), [1, 2, 5]);
        assert_eq!(numbers("a,b\n\"1\n1\",2\n3,4"), [1, 2, 3]);
        assert_eq!(numbers("a\r1\r\r2"), [1, 2, 4]);
        assert_eq!(numbers("\n\na\n1\n"), [3, 4]);
    }

    #[test]
    fn an_unclosed_quotation_mark_is_told() {
        let grid = Grid::Text { text: Cow::Borrowed("a,b\n1,\"2\n3,4\n"), delimiter: b',' };
        let mut rows = 0;
        let ending = grid.rows(&mut |_| {
            rows += 1;
            Flow::On
        });
        assert_eq!((rows, ending), (1, Ending::Unclosed(2, 1, "2\n3,4\n".to_owned())));
    }
}
