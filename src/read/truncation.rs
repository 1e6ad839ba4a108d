//! Detects tables that were cut off by an interrupted copy or upload: what is left reads well and is not all.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::held_events::{TableIndex, TableState, is_to_come};
use super::id_assignment::Assignment;
use super::left_out_row::{LeftOutRow, RowKey};
use super::sheet::table::UnterminatedRow;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::history::History;
use crate::model::event::{Event, EventId};
use crate::model::report::TableReport;

/// Last row of a table that does not end with a line end: some programs leave it out, or the table was cut off.
pub(super) struct LastRow {
    place: Place,
    /// Text of the last cell.
    found: String,
    /// Whether the row has fewer cells than the one above it.
    is_short: bool,
    /// Index of its event.
    event: Option<usize>,
}

impl LastRow {
    pub(super) fn new(row: UnterminatedRow, file: &Arc<str>) -> LastRow {
        let column = u32::try_from(row.cells).unwrap_or(u32::MAX).max(1);
        let is_short = row.cells < row.cells_before;
        LastRow { place: Place::cell(file, row.row, column), found: row.last, is_short, event: None }
    }

    /// Keeps the index of an event if it is that of this row.
    pub(super) fn add(&mut self, event: usize, place: &Place) {
        if (&place.file, place.row()) == (&self.place.file, self.place.row()) {
            self.event = Some(event);
        }
    }

    /// Returns whether a row that is not published is this one.
    fn is_of(&self, row: &LeftOutRow) -> bool {
        (&row.place.file, row.place.row()) == (&self.place.file, self.place.row())
    }

    /// Returns whether the event of the row is published, and is another now.
    fn has_changed(&self, events: &[Arc<Event>], history: &History) -> bool {
        let Some(event) = self.event.and_then(|index| events.get(index)) else { return false };
        history.events.get(&event.id).is_some_and(|known| known.is_present() && !known.is_of(event))
    }
}

/// Finds tables that are cut off, by what is missing since the last load.
pub(super) struct TruncationRules<'a> {
    pub last_rows: &'a [LastRow],
    pub events: &'a [Arc<Event>],
    pub left_out: &'a [LeftOutRow],
    pub assignment: &'a Assignment,
    pub reports: &'a [TableReport],
    pub before: &'a History,
    pub today: Date,
}

impl TruncationRules<'_> {
    /// Marks the tables that seem to be cut off as unreadable, and reports them. Events without a row stay where the
    /// last row has errors: it may be where the table was cut.
    pub(super) fn apply(&self, tables: &mut [TableState], out: &mut Diagnostics) {
        if self.last_rows.is_empty() && self.reports.iter().all(|report| report.rows > 0) {
            return;
        }
        for row in self.left_out.iter().filter(|row| !row.is_withdrawn) {
            tables[row.table].holds_missing |= self.last_rows.iter().any(|last| last.is_of(row));
        }
        let loaded: BTreeSet<&EventId> = self.events.iter().map(|event| &event.id).collect();
        let there: BTreeSet<&EventId> = loaded.iter().copied().chain(self.left_out_events()).collect();
        let index = TableIndex::new(tables);
        for (number, table) in tables.iter_mut().enumerate() {
            let mut rows = self.left_out.iter().enumerate();
            if table.is_unreadable
                || rows.any(|(at, row)| row.table == number && self.is_stray(at, row, &loaded))
            {
                continue;
            }
            let known = self.before.events.iter().filter(|(_, known)| index.of(known) == Some(number));
            let (mut gone, mut count) = (0, 0);
            for (id, known) in known.filter(|(_, known)| known.is_present()) {
                count += 1;
                gone += usize::from(!there.contains(id) && is_to_come(known, self.today));
            }
            if let Some(fault) = self.fault(&self.reports[number], &table.file, gone, count) {
                out.push(fault);
                table.is_unreadable = true;
            }
        }
    }

    /// Returns the events of the rows that are not published.
    fn left_out_events(&self) -> impl Iterator<Item = &EventId> {
        let rows = self.left_out.iter().enumerate();
        rows.filter_map(|(index, row)| self.event_of(index, row)).chain(self.assignment.claimed.keys())
    }

    fn event_of<'r>(&'r self, index: usize, row: &'r LeftOutRow) -> Option<&'r EventId> {
        match &row.key {
            RowKey::Id(id) => Some(id),
            RowKey::Base(_) | RowKey::Unknown => self.assignment.left_out.get(&index),
        }
    }

    /// Returns whether a row has errors and is no published event, or not a certain one. It may be one that seems to be
    /// missing, so nothing can be said of its table.
    fn is_stray(&self, index: usize, row: &LeftOutRow, loaded: &BTreeSet<&EventId>) -> bool {
        let is_published = |id: &EventId| self.before.events.get(id).is_some_and(|known| known.is_present());
        let event = self.event_of(index, row).filter(|id| is_published(id) && !loaded.contains(id));
        !row.is_withdrawn && event.is_none()
    }

    /// Returns whether the last row lacks cells, and is therefore withdrawn although its event is published.
    fn is_withdrawn(&self, last: &LastRow) -> bool {
        let mut rows = self.left_out.iter().enumerate();
        let row = rows.find(|(_, row)| row.is_withdrawn && last.is_of(row));
        let event = row.and_then(|(index, row)| self.event_of(index, row));
        let known = event.and_then(|id| self.before.events.get(id));
        last.is_short && known.is_some_and(|known| known.is_present())
    }

    /// Returns what is wrong with a table of which `gone` events to come are missing, of `known` in all.
    fn fault(&self, report: &TableReport, file: &Arc<str>, gone: usize, known: usize) -> Option<Diagnostic> {
        let counted = match gone {
            0 => String::new(),
            1 => ", and an event to come is gone".to_owned(),
            _ => format!(", and {gone} events to come are gone"),
        };
        if report.rows == 0 {
            let found = format!("no row below the header{counted}");
            let fault =
                Diagnostic::new(Code::CutOff, Place::whole(file), found, "a row for each event to come");
            return (gone > 0).then(|| fault.help(
                "save or copy the table again; when nothing takes place, put the rows back with status = cancelled",
            ));
        }
        let end = self.last_rows.iter().find(|end| end.place.file == *file)?;
        let has_changed = end.has_changed(self.events, self.before) || self.is_withdrawn(end);
        let is_cut = match gone {
            0 => end.is_short && has_changed,
            _ => end.is_short || has_changed || report.events * 2 < known,
        };
        let found = format!("{} at the end of the table{counted}", quoted(&end.found));
        let fault =
            Diagnostic::new(Code::CutOff, end.place.clone(), found, "a table whose last row is whole");
        is_cut.then(|| {
            fault.help(
                "save or copy the table again; if that is all of it, end its last row with a line break",
            )
        })
    }
}
