//! One row of a table before its cells are parsed, and the errors that end the reading of a table.

use std::ops::ControlFlow;

use csv::StringRecord;

use super::quotes::QuoteError;

/// The cells of one row and where the row is.
#[derive(Clone, Debug, Default)]
pub struct RawRow {
    /// The row of a sheet, from 1, or the line of a calendar on which the event begins.
    pub number: u32,
    /// Whether `number` counts lines.
    pub is_line: bool,
    /// The cells, unquoted.
    pub cells: StringRecord,
    /// The first misplaced quotation mark.
    pub quote_error: Option<QuoteError>,
}

impl RawRow {
    /// Whether every cell is empty or white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.as_slice().trim_start().is_empty()
    }
}

/// A function that receives each row of a table in order and says whether to go on.
pub type RowVisitor<'v> = dyn FnMut(&RawRow) -> ControlFlow<()> + 'v;

/// Why a table was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A quotation mark that is never closed takes up the rest of the file.
    UnclosedQuote {
        /// The row, from 1.
        row: u32,
        /// The cell, from 0.
        cell: usize,
        /// The beginning of the text after the mark.
        text: String,
    },
    /// The file does not have the format that it seems to have.
    Unreadable {
        /// What was found, in words.
        found: String,
        /// What was expected, in words.
        expected: String,
    },
}
