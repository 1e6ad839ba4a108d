//! A table as records, whatever file it came in: CSV (RFC 4180), a workbook, or a calendar.
//!
//! Rows are counted as a spreadsheet counts them: a blank line is a row, a line break inside a quoted cell
//! is none. A [`Grid`] can be gone through more than once, and never fails: how it ended is an [`Ending`].

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::calendar;
use super::opendocument;
use super::plain;
use super::quotes::{self, Quote};
use super::record::{Record, Room};
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
    pub cells: Record<'r>,
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

/// The last record of a text, when no line end ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEnd {
    /// Its row, from 1.
    pub row: u32,
    /// How many cells it has.
    pub cells: usize,
    /// How many cells the record above it has.
    pub above: usize,
    /// What stands in its last cell.
    pub last: String,
}

impl Grid<'_> {
    /// The last record of a text that stops within a line. Most programs end each line; some, not the last.
    #[must_use]
    pub fn open_end(&self) -> Option<OpenEnd> {
        let Grid::Text { text, .. } = self else { return None };
        if text.is_empty() || text.ends_with(['\n', '\r']) {
            return None;
        }
        let mut end = OpenEnd { row: 0, cells: 0, above: 0, last: String::new() };
        self.rows(&mut |line| {
            (end.row, end.above, end.cells) = (line.row, end.cells, line.cells.len());
            end.last.clear();
            end.last.push_str(line.cells.iter().last().unwrap_or_default());
            Flow::On
        });
        Some(end)
    }

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

/// The records of a text, one by one: the plain ones are cut out of it, and from the first other one on the
/// `csv` crate reads them.
pub struct TextRows<'a> {
    text: &'a str,
    delimiter: u8,
    reader: Option<CsvReader<'a>>,
    start: usize,
    row: u32,
    ending: Ending,
}

/// The reader of the `csv` crate, and where in the text it began.
struct CsvReader<'a> {
    reader: csv::Reader<&'a [u8]>,
    base: usize,
}

impl<'a> CsvReader<'a> {
    fn new(text: &'a str, base: usize, delimiter: u8) -> CsvReader<'a> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(64 << 10)
            .from_reader(&text.as_bytes()[base..]);
        CsvReader { reader, base }
    }

    /// Reads the next record; answers where it ends.
    fn next(&mut self, cells: &mut StringRecord) -> Option<usize> {
        // What is text is records; the reader over bytes in memory has nothing else to refuse.
        if !self.reader.read_record(cells).unwrap_or(false) {
            return None;
        }
        let position = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        Some(self.base.saturating_add(position))
    }
}

impl<'a> TextRows<'a> {
    /// Over a text.
    #[must_use]
    pub fn new(text: &'a str, delimiter: u8) -> TextRows<'a> {
        TextRows { text, delimiter, reader: None, start: 0, row: 0, ending: Ending::Whole }
    }

    /// Reads the next record; answers its row, and a cell with an odd quotation mark. `None` at the end.
    pub fn next(&mut self, room: &mut Room) -> Option<(u32, Option<(usize, Quote)>)> {
        let bytes = self.text.as_bytes();
        let blank = blank_lines(bytes, self.start);
        if self.reader.is_none() {
            let ends = bytes[self.start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            let begin = self.start + ends;
            room.is_cut = true;
            if let Some(next) = plain::read(self.text, begin, self.delimiter, &mut room.cuts) {
                self.start = next;
                self.row = self.row.saturating_add(1).saturating_add(blank);
                return Some((self.row, None));
            }
        }
        room.is_cut = false;
        let (text, start, delimiter) = (self.text, self.start, self.delimiter);
        let reader = self.reader.get_or_insert_with(|| CsvReader::new(text, start, delimiter));
        let end = reader.next(&mut room.own)?.min(bytes.len());
        self.row = self.row.saturating_add(1).saturating_add(blank);
        let raw = &bytes[self.start..end];
        self.start = end;
        match quotes::first_odd(raw, self.delimiter) {
            Some((cell, Quote::Unclosed)) => {
                let text = room.own.iter().next_back().unwrap_or_default();
                let end = text.floor_char_boundary(LONGEST_SHOWN);
                self.ending = Ending::Unclosed(self.row, cell, text[..end].to_owned());
                None
            }
            odd => Some((self.row, odd)),
        }
    }

    /// The record that a room has of this text.
    #[must_use]
    pub fn record<'r>(&self, room: &'r Room) -> Record<'r>
    where
        'a: 'r,
    {
        room.record(self.text)
    }

    /// The offset of the next record in the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.start
    }

    /// The bytes from an offset to the next record.
    #[must_use]
    pub fn since(&self, offset: usize) -> &'a [u8] {
        &self.text.as_bytes()[offset..self.start]
    }

    /// How it ended, once there is no next.
    #[must_use]
    pub fn ending(self) -> Ending {
        self.ending
    }
}

fn text_rows(text: &str, delimiter: u8, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
    let mut rows = TextRows::new(text, delimiter);
    let mut room = Room::default();
    while let Some((row, stray)) = rows.next(&mut room) {
        if take(Line { row, cells: rows.record(&room), stray }) == Flow::Stop {
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
    use proptest::prelude::*;

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

    type Read = (Vec<(u32, Vec<String>, Option<(usize, Quote)>)>, Ending);

    fn all(mut rows: TextRows<'_>) -> Read {
        let mut room = Room::default();
        let mut read = Vec::new();
        while let Some((row, stray)) = rows.next(&mut room) {
            read.push((row, rows.record(&room).iter().map(str::to_owned).collect(), stray));
        }
        (read, rows.ending())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// The plain records are what the `csv` crate makes of them.
        #[test]
        fn records_are_those_of_the_csv_crate(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "bé", ",", ",", ",", "\"", "\"\"", "\"c\"", "\"d,e\"", "\"f\ng\"", "\n", "\n", "\r\n", "\r", " ", ";",
        ]), 0..40)) {
            let text: String = pieces.concat();
            let by_csv = TextRows {
                reader: Some(CsvReader::new(&text, 0, b',')),
                ..TextRows::new(&text, b',')
            };
            prop_assert_eq!(all(TextRows::new(&text, b',')), all(by_csv), "{:?}", text);
        }
    }

    #[test]
    fn a_line_without_an_end_is_known() {
        let end = |text| {
            let grid = Grid::Text { text: Cow::Borrowed(text), delimiter: b',' };
            grid.open_end().map(|end| (end.row, end.cells, end.above, end.last))
        };
        for closed in ["", "a,b\n", "a,b\r\n1,2\r", "a,b\n1,2\n\n"] {
            assert_eq!(end(closed), None, "{closed:?}");
        }
        assert_eq!(end("a,b\n\n\"1\n1\",2\n3"), Some((4, 1, 2, "3".to_owned())));
        assert_eq!(end("a,b"), Some((1, 2, 0, "b".to_owned())));
        assert_eq!(end("a,b\n1,2\n "), Some((3, 1, 2, " ".to_owned())));
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
