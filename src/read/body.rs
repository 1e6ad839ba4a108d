//! The rows below the header of one table, one by one or some at a time.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::draft::{Draft, RowReader};
use super::row_cache::Rows;
use super::sheet::delimited::DelimitedReader;
use super::sheet::header::Header;
use super::sheet::raw_row::{RawRow, TableError};
use super::sheet::row_view::RowView;
use super::sheet::table::TableFile;
use super::time::clock;
use super::time::when::DateContext;
use crate::diagnostic::Diagnostics;
use crate::digest::Digest;
use crate::model::placed::OffsetCache;
use crate::model::settings::Source;

/// How many rows are looked at to see whether rows continue the one above.
const LOOK_AHEAD: usize = 60;
/// How many rows are read at a time by one hand.
const BATCH: usize = 128;

/// Some rows of a text, and what was read of them.
#[derive(Default)]
pub(super) struct Batch {
    rows: Vec<RawRow>,
    drafts: Vec<Option<Draft>>,
    zones: OffsetCache,
    pub(super) faults: Diagnostics,
    count: usize,
}

impl Batch {
    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Empties it, to be filled again.
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// What was read of one of its rows.
    pub(super) fn drafted(&self, index: usize) -> Option<&Draft> {
        self.drafts[index].as_ref()
    }

    /// Reads the next rows that hold anything; `left` is how many a table may still have.
    pub(super) fn fill(
        &mut self,
        reader: &mut DelimitedReader<'_>,
        body: &Body<'_>,
        left: &mut usize,
    ) -> Result<(), TableError> {
        while self.count < BATCH && *left > 0 {
            if self.rows.len() == self.count {
                self.rows.push(RawRow::default());
            }
            let raw = &mut self.rows[self.count];
            if !reader.read(raw)? {
                break;
            }
            let is_above = raw.number <= body.header.row();
            if !is_above && !raw.is_blank() && !body.row(raw).replaces_one() {
                self.count += 1;
                *left -= 1;
            }
        }
        Ok(())
    }

    /// One of its rows.
    pub(super) fn row<'b>(&'b self, index: usize, body: &'b Body<'_>) -> RowView<'b> {
        body.row(&self.rows[index])
    }

    /// The hash of the cells of one of its rows.
    pub(super) fn hash(&self, index: usize) -> u128 {
        hash(&self.rows[index])
    }

    /// Reads each row as far as it can be read without the others, unless it stands.
    pub(super) fn draft(&mut self, body: &Body<'_>, standing: Option<Rows<'_>>) {
        let mut faults = Diagnostics::default();
        let mut zones = std::mem::take(&mut self.zones);
        let mut drafts = std::mem::take(&mut self.drafts);
        drafts.clear();
        drafts.reserve(self.count);
        for index in 0..self.count {
            let raw = &self.rows[index];
            let known = standing.filter(|_| raw.quote_error.is_none());
            if let Some(stood) = known.and_then(|standing| standing.get(hash(raw))) {
                drafts.push(Some(Draft::of(stood)));
                continue;
            }
            let row = body.row(raw);
            let mark = faults.mark();
            let mut reader =
                RowReader { row, reckoning: body.reckoning, zones: &mut zones, out: &mut faults };
            drafts.push(reader.draft());
            for fault in faults.since(mark) {
                row.excerpt(fault);
            }
        }
        self.drafts = drafts;
        self.zones = zones;
        self.faults = faults;
    }
}

/// The rows below the header of one table.
pub(super) struct Body<'a> {
    pub(super) table: &'a TableFile<'a>,
    pub(super) header: &'a Header,
    pub(super) file: &'a Arc<str>,
    pub(super) source: &'a Source,
    pub(super) reckoning: &'a DateContext<'a>,
}

impl<'a> Body<'a> {
    /// The view of a row.
    pub(super) fn row<'r>(&'r self, raw: &'r RawRow) -> RowView<'r>
    where
        'a: 'r,
    {
        RowView::new(raw, self.header, self.file)
    }

    /// Visits every row that holds anything.
    pub(super) fn each(
        &self,
        visit: &mut dyn FnMut(&RawRow, RowView<'_>) -> ControlFlow<()>,
    ) -> Result<(), TableError> {
        self.table.rows(&mut |raw| {
            // An event of a calendar that says nothing is an event all the same.
            let is_nothing = !raw.is_line && raw.is_blank();
            if is_nothing || raw.number <= self.header.row() {
                return ControlFlow::Continue(());
            }
            visit(raw, self.row(raw))
        })
    }

    /// Whether one of the first rows holds nothing but a time of day where the start is.
    pub(super) fn continues(&self) -> bool {
        let mut seen = 0;
        let mut found = false;
        // What cannot be read is reported when all rows are read.
        let _ = self.each(&mut |_, row| {
            seen += 1;
            found = row.only_start().is_some_and(clock::is_time);
            if found || seen >= LOOK_AHEAD { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found
    }
}

/// Returns the hash of the cells of a row.
fn hash(raw: &RawRow) -> u128 {
    let mut digest = Digest::new();
    raw.cells.iter().for_each(|cell| digest.text(cell));
    digest.finish()
}
