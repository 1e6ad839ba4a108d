//! Detects tables that were cut off by an interrupted copy or upload: what is left reads well and is not all.

use std::sync::Arc;

use super::folder::Folder;
use super::missing_events::is_present;
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
    /// Id and fingerprint of its event.
    event: Option<(EventId, u128)>,
}

impl LastRow {
    pub(super) fn new(row: UnterminatedRow, file: &Arc<str>) -> LastRow {
        let column = u32::try_from(row.cells).unwrap_or(u32::MAX).max(1);
        let is_short = row.cells < row.cells_before;
        LastRow { place: Place::cell(file, row.row, column), found: row.last, is_short, event: None }
    }

    /// Keeps the fingerprint of an event if it is that of this row. Its id must be final.
    pub(super) fn add(&mut self, event: &Event, place: &Place) {
        if (&place.file, place.row()) == (&self.place.file, self.place.row()) {
            self.event = Some((event.id.clone(), event.fingerprint()));
        }
    }

    /// Returns whether the event of the row is in the history and has changed.
    fn has_changed(&self, history: &History) -> bool {
        self.event.as_ref().is_some_and(|(id, print)| {
            history.events.get(id).is_some_and(|known| is_present(known) && known.hash != *print)
        })
    }
}

/// Reports each table that seems to be cut off, by what is missing since the last load. `missing` counts the events to
/// come whose row is gone. Nothing can be said if rows were refused.
pub(super) fn report(
    last_rows: &[LastRow],
    tables: &[TableReport],
    history: &History,
    missing: &dyn Fn() -> usize,
    out: &mut Diagnostics,
) {
    let is_empty = tables.iter().all(|table| table.rows == 0);
    if out.has_errors() || (last_rows.is_empty() && !is_empty) {
        return;
    }
    let gone = missing();
    let counted = match gone {
        0 => String::new(),
        1 => ", and an event to come is gone".to_owned(),
        _ => format!(", and {gone} events to come are gone"),
    };
    if is_empty {
        if let Some(table) = tables.first().filter(|_| gone > 0) {
            let place = Place::whole(&Folder::name(&table.file));
            let found = format!("no row below the header{counted}");
            let fault = Diagnostic::new(Code::CutOff, place, found, "a row for each event to come");
            out.push(fault.help(
                "save or copy the table again; when nothing takes place, put the rows back with status = cancelled",
            ));
        }
        return;
    }
    let known = history.events.values().filter(|event| is_present(event)).count();
    let rows: usize = tables.iter().map(|table| table.events).sum();
    let is_less_than_half = rows * 2 < known;
    for end in last_rows {
        let has_changed = end.has_changed(history);
        let is_cut = match gone {
            0 => end.is_short && has_changed,
            _ => end.is_short || has_changed || is_less_than_half,
        };
        if is_cut {
            let found = format!("{} at the end of the table{counted}", quoted(&end.found));
            let fault =
                Diagnostic::new(Code::CutOff, end.place.clone(), found, "a table whose last row is whole");
            out.push(fault.help(
                "save or copy the table again; if that is all of it, end its last row with a line break",
            ));
        }
    }
}
