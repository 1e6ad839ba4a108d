//! Cells of a sheet, one after the other, to rows.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::raw_row::{RawRow, RowVisitor};

/// The most columns of a sheet that are read. [`super::header`] has a lower limit.
const MAX_COLUMNS: usize = 1_024;

/// Builder of the rows of a sheet. A sheet is never in memory as a whole.
pub struct RowBuilder<'b, 'v> {
    texts: Vec<String>,
    /// Texts of cells that span several rows, with the last of them, by column.
    spanning: BTreeMap<usize, (u32, String)>,
    row: RawRow,
    /// How many bytes of text the sheet may still have.
    left: u64,
    visit: &'b mut RowVisitor<'v>,
}

impl<'b, 'v> RowBuilder<'b, 'v> {
    /// Creates a builder for a sheet of at most `most` bytes of text.
    pub fn new(most: u64, visit: &'b mut RowVisitor<'v>) -> RowBuilder<'b, 'v> {
        RowBuilder { texts: Vec::new(), spanning: BTreeMap::new(), row: RawRow::default(), left: most, visit }
    }

    /// Sets a cell of the current row, a row from 0. `last_row` is its own row, or the last one that it spans.
    ///
    /// # Errors
    ///
    /// Returns an error if the column, or the text of the whole sheet, is above its limit.
    pub fn set(&mut self, row: u32, column: usize, text: &str, last_row: u32) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(format!("a value in column {} of row {}", column + 1, row + 1));
        }
        self.count_bytes(text.len() as u64)?;
        if last_row > row {
            self.spanning.insert(column, (last_row, text.to_owned()));
        }
        text.clone_into(cell(&mut self.texts, column));
        Ok(())
    }

    fn count_bytes(&mut self, bytes: u64) -> Result<(), String> {
        self.left = self.left.checked_sub(bytes).ok_or("more text than a file of this size has")?;
        Ok(())
    }

    /// Ends the current row, a row from 0, and visits it as often as it is repeated. A row without text is skipped.
    ///
    /// # Errors
    ///
    /// Returns an error if the text of the repeated rows is above the limit.
    pub fn end_row(&mut self, row: u32, repeated: u32) -> Result<ControlFlow<()>, String> {
        self.spanning.retain(|_, (last, _)| *last >= row);
        if self.texts.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        for (column, (_, text)) in &self.spanning {
            let cell = cell(&mut self.texts, *column);
            if cell.is_empty() {
                text.clone_into(cell);
            }
        }
        self.row.cells = self.texts.drain(..).collect();
        let bytes = self.row.cells.as_slice().len() + self.row.cells.len();
        self.count_bytes((bytes as u64).saturating_mul(u64::from(repeated - 1)))?;
        for number in 1..=repeated {
            self.row.number = row.saturating_add(number);
            if (self.visit)(&self.row).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Returns a cell of a row, which is extended as needed.
fn cell(texts: &mut Vec<String>, column: usize) -> &mut String {
    texts.resize(texts.len().max(column + 1), String::new());
    &mut texts[column]
}
