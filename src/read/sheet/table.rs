//! A table file of any supported format, to rows.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::calendar;
use super::delimited::DelimitedReader;
use super::opendocument;
use super::raw_row::{RawRow, RowVisitor, TableError};
use super::workbook;

/// The contents of a table file.
#[derive(Debug)]
pub enum TableFile<'a> {
    /// Delimited text.
    Text {
        /// The text.
        text: Cow<'a, str>,
        /// The byte between cells.
        delimiter: u8,
    },
    /// An `.xlsx` workbook and the name of the sheet.
    Workbook(&'a [u8], Option<String>),
    /// An `.ods` workbook and the name of the sheet.
    OpenDocument(&'a [u8], Option<String>),
    /// An `.ics` calendar. Its first row is a header of calcast's own columns.
    Calendar(Cow<'a, str>),
}

/// The last row of a text that does not end with a line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnterminatedRow {
    /// The row, from 1.
    pub row: u32,
    /// The number of its cells.
    pub cells: usize,
    /// The number of cells of the row before.
    pub cells_before: usize,
    /// The text of its last cell.
    pub last: String,
}

impl TableFile<'_> {
    /// Returns the last row of a text that does not end with a line end. Most programs end every line; some do not end
    /// the last one.
    #[must_use]
    pub fn unterminated_row(&self) -> Option<UnterminatedRow> {
        let TableFile::Text { text, .. } = self else { return None };
        if text.is_empty() || text.ends_with(['\n', '\r']) {
            return None;
        }
        let (mut last, mut cells_before) = (RawRow::default(), 0);
        // An unclosed quotation mark is reported when the rows are read.
        let _ = self.rows(&mut |row| {
            cells_before = last.cells.len();
            last.clone_from(row);
            ControlFlow::Continue(())
        });
        let text = last.cells.iter().next_back().unwrap_or_default().to_owned();
        Some(UnterminatedRow { row: last.number, cells: last.cells.len(), cells_before, last: text })
    }

    /// Calls a function with each row in order, until it breaks.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read to its end. Rows before the fault have been visited.
    pub fn rows(&self, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
        // Crafted files make the readers of workbooks panic.
        let read = AssertUnwindSafe(|| self.read_rows(visit));
        catch_unwind(read).unwrap_or_else(|_| {
            let (found, expected) =
                ("contents that no reader understands", "a file as a spreadsheet program saves it");
            Err(TableError::Unreadable { found: found.to_owned(), expected: expected.to_owned() })
        })
    }

    fn read_rows(&self, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
        match self {
            TableFile::Text { text, delimiter } => {
                let (mut reader, mut row) = (DelimitedReader::new(text, *delimiter), RawRow::default());
                while reader.read(&mut row)? {
                    if visit(&row).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            TableFile::Workbook(bytes, sheet) => workbook::rows(bytes, sheet.as_deref(), visit),
            TableFile::OpenDocument(bytes, sheet) => opendocument::rows(bytes, sheet.as_deref(), visit),
            TableFile::Calendar(text) => calendar::rows(text, visit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> TableFile<'_> {
        TableFile::Text { text: Cow::Borrowed(text), delimiter: b',' }
    }

    fn numbers(table: &str) -> Vec<u32> {
        let mut rows = Vec::new();
        let result = text(table).rows(&mut |row| {
            rows.push(row.number);
            ControlFlow::Continue(())
        });
        assert_eq!(result, Ok(()));
        rows
    }

    #[test]
    fn rows_have_the_numbers_of_a_spreadsheet() {
        assert_eq!(numbers("a,b\n1,2\n\n3,4\n"), [1, 2, 4]);
        assert_eq!(numbers("a,b\r\n1,2\r\n\r\n\r\n3,4\r\n"), [1, 2, 5]);
        assert_eq!(numbers("a,b\n\"1\n1\",2\n3,4"), [1, 2, 3]);
        assert_eq!(numbers("a,b\r\n\"1\r\n1\",2\r\n\r\n3,4"), [1, 2, 4]);
        assert_eq!(numbers("a\r1\r\r2"), [1, 2, 4]);
        assert_eq!(numbers("\n\na\n1\n"), [3, 4]);
    }

    #[test]
    fn unterminated_last_rows_are_found() {
        let end = |table| {
            let end = text(table).unterminated_row();
            end.map(|end| (end.row, end.cells, end.cells_before, end.last))
        };
        for closed in ["", "a,b\n", "a,b\r\n1,2\r", "a,b\n1,2\n\n"] {
            assert_eq!(end(closed), None, "{closed:?}");
        }
        assert_eq!(end("a,b\n\n\"1\n1\",2\n3"), Some((4, 1, 2, "3".to_owned())));
        assert_eq!(end("a,b"), Some((1, 2, 0, "b".to_owned())));
        assert_eq!(end("a,b\n1,2\n "), Some((3, 1, 2, " ".to_owned())));
    }

    #[test]
    fn an_unclosed_quotation_mark_is_an_error() {
        let mut rows = 0;
        let result = text("a,b\n1,\"2\n3,4\n").rows(&mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        });
        let error = TableError::UnclosedQuote { row: 2, cell: 1, text: "2\n3,4\n".to_owned() };
        assert_eq!((rows, result), (1, Err(error)));
    }
}
