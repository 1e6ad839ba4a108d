//! CSV (RFC 4180) to rows with their places. Rows are counted as a spreadsheet counts them: the header is
//! row 1, a blank line is a row, a line break inside a quoted cell is none.

use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};

use super::columns::{Column, Header};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};

/// The longest cell, in bytes.
pub const LONGEST_CELL: usize = 1 << 20;

/// A table, record by record.
pub struct Table<'a> {
    reader: csv::Reader<&'a [u8]>,
    bytes: &'a [u8],
    file: Arc<str>,
    row: u32,
    is_cut: bool,
}

/// One row with its header, so that its cells can be asked for by column.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    record: &'a ByteRecord,
    header: &'a Header,
    file: &'a Arc<str>,
    number: u32,
}

impl<'a> Table<'a> {
    /// Over the bytes of a file; a byte order mark is passed over.
    #[must_use]
    pub fn new(bytes: &'a [u8], file: &Arc<str>) -> Table<'a> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        Table { reader, bytes, file: Arc::clone(file), row: 0, is_cut: false }
    }

    /// Reads the next record into `record` and answers its row number; `None` at the end. A quotation mark
    /// that is never closed swallows the rest of the file: that is told, and ends the table.
    pub fn next(&mut self, record: &mut ByteRecord, out: &mut Diagnostics) -> Option<u32> {
        let start = self.offset();
        let blank = blank_lines(self.bytes, start);
        let found = self.reader.read_byte_record(record).ok()?;
        if !found {
            return None;
        }
        self.row = self.row.saturating_add(1).saturating_add(blank);
        let raw = &self.bytes[start..self.offset()];
        if self.offset() == self.bytes.len() && is_unclosed(raw) {
            self.is_cut = true;
            let column = u32::try_from(record.len()).unwrap_or(u32::MAX);
            let place = Place::cell(&self.file, self.row, column);
            let cell = record.iter().next_back().map(String::from_utf8_lossy).unwrap_or_default();
            let found = format!("a quotation mark that is never closed, before {}", quoted(&cell));
            out.push(
                Diagnostic::new(Code::UnclosedQuote, place, found, "a second one at the end of the cell")
                    .help("close the cell with \"; inside a cell type \"\" for one quotation mark"),
            );
            return None;
        }
        Some(self.row)
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    /// Whether it ended in a cell that was never closed.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
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

fn is_unclosed(raw: &[u8]) -> bool {
    raw.iter().filter(|b| **b == b'"').count() % 2 == 1 && raw.contains(&b'"')
}

impl<'a> Row<'a> {
    /// A record at its number.
    #[must_use]
    pub fn new(record: &'a ByteRecord, header: &'a Header, file: &'a Arc<str>, number: u32) -> Row<'a> {
        Row { record, header, file, number }
    }

    /// Whether no cell holds anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.record.iter().all(|cell| cell.iter().all(|b| b.is_ascii_whitespace()))
    }

    /// Tells what makes a row unreadable, or doubtful, as a whole. `false` when it cannot be used.
    pub fn is_sound(&self, out: &mut Diagnostics) -> bool {
        let mut sound = true;
        for (column, cell) in (1u32..).zip(self.record.iter()) {
            let place = || Place::cell(self.file, self.number, column);
            if cell.len() > LONGEST_CELL {
                let found = format!("a cell of {} bytes", cell.len());
                out.push(Diagnostic::new(Code::TooLarge, place(), found, format!("at most {LONGEST_CELL}")));
                sound = false;
            } else if std::str::from_utf8(cell).is_err() {
                out.push(not_text(place(), cell));
                sound = false;
            }
        }
        let extra = self
            .record
            .iter()
            .enumerate()
            .skip(self.header.width())
            .find(|(_, cell)| !cell.trim_ascii().is_empty());
        if let Some((column, cell)) = extra {
            let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
            let found = format!("{} beyond the last column", quoted(&String::from_utf8_lossy(cell)));
            out.push(
                Diagnostic::new(
                    Code::RaggedRow,
                    Place::cell(self.file, self.number, column),
                    found,
                    format!("at most {} cells", self.header.width()),
                )
                .help("a cell that holds a comma stands between quotation marks: \"Chicago, Illinois\""),
            );
        }
        sound
    }

    /// The text of a cell without the space around it; `None` when the column or the text is missing.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<&'a str> {
        let cell = self.record.get(self.header.position(column)?)?;
        let text = std::str::from_utf8(cell).ok()?.trim();
        (!text.is_empty()).then(|| unquoted(text))
    }

    /// The place of a cell; of the row's first cell when the table has no such column.
    #[must_use]
    pub fn place(&self, column: Column) -> Place {
        let position = self.header.position(column).unwrap_or(0);
        Place::cell(self.file, self.number, u32::try_from(position + 1).unwrap_or(u32::MAX))
    }

    /// Its number, as a spreadsheet counts.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }
}

fn not_text(place: Place, cell: &[u8]) -> Diagnostic {
    let shown = String::from_utf8_lossy(cell);
    Diagnostic::new(Code::NotText, place, format!("{}, which is not UTF-8", quoted(&shown)), "UTF-8 text")
        .help("save the file again as \"CSV UTF-8\"")
}

/// An imported cell that would be a formula carries an apostrophe, which is not part of the text.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        let file: Arc<str> = Arc::from("events.csv");
        let mut table = Table::new(text.as_bytes(), &file);
        let mut out = Diagnostics::default();
        let mut record = ByteRecord::new();
        std::iter::from_fn(|| table.next(&mut record, &mut out)).collect()
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        assert_eq!(numbers("a,b\n1,2\n\n3,4\n"), [1, 2, 4]);
        assert_eq!(numbers("a,b\r\n1,2\r\n\r\n\r\n3,4\r\n"), [1, 2, 5]);
        assert_eq!(numbers("a,b\n\"1\n1\",2\n3,4"), [1, 2, 3]);
        assert_eq!(numbers("\u{feff}a\r1\r\r2"), [1, 2, 4]);
        assert_eq!(numbers("\n\na\n1\n"), [3, 4]);
    }

    #[test]
    fn an_unclosed_quotation_mark_is_told() {
        let file: Arc<str> = Arc::from("events.csv");
        let mut table = Table::new(b"a,b\n1,\"2\n3,4\n", &file);
        let mut out = Diagnostics::default();
        let mut record = ByteRecord::new();
        assert_eq!(table.next(&mut record, &mut out), Some(1));
        assert_eq!(table.next(&mut record, &mut out), None);
        assert_eq!(out.count_of(Code::UnclosedQuote), 1);
    }
}
