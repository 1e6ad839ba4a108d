//! The rows below the header of one table, and what is needed to parse them.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::sheet::header::Header;
use super::sheet::raw_row::{RawRow, TableError};
use super::sheet::row_view::RowView;
use super::sheet::table::TableFile;
use super::time::context::DateContext;
use crate::dates::moment;
use crate::model::settings::Source;

/// Number of rows that are searched for a row that continues the one above.
const LOOK_AHEAD: usize = 60;

/// A table whose header is known.
pub(super) struct TableRows<'a> {
    pub(super) table: &'a TableFile<'a>,
    pub(super) header: &'a Header,
    pub(super) file: &'a Arc<str>,
    pub(super) source: &'a Source,
    pub(super) dates: &'a DateContext<'a>,
}

impl<'a> TableRows<'a> {
    /// Returns the view of a row of this table.
    pub(super) fn view<'r>(&'r self, raw: &'r RawRow) -> RowView<'r>
    where
        'a: 'r,
    {
        RowView::new(raw, self.header, self.file)
    }

    /// Calls a function with each row below the header that is not blank.
    pub(super) fn each(
        &self,
        visit: &mut dyn FnMut(&RawRow, RowView<'_>) -> ControlFlow<()>,
    ) -> Result<(), TableError> {
        self.table.rows(&mut |raw| {
            // An event of a calendar may have no property that calcast reads.
            let is_blank = !raw.is_line && raw.is_blank();
            if is_blank || raw.number <= self.header.row() {
                return ControlFlow::Continue(());
            }
            visit(raw, self.view(raw))
        })
    }

    /// Returns whether one of the first rows has nothing but a time of day in the column of the start: then such rows
    /// continue the row above.
    pub(super) fn has_continuations(&self) -> bool {
        let mut seen = 0;
        let mut found = false;
        // Errors are reported when all rows are read.
        let _ = self.each(&mut |_, row| {
            seen += 1;
            found = row.only_start().is_some_and(moment::is_time);
            if found || seen >= LOOK_AHEAD { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found
    }
}
