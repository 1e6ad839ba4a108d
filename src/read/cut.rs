//! Tables that stop too early: a copy or an upload that was cut off leaves what reads well and is not all.

use std::sync::Arc;

use super::event::Entry;
use super::folder::Folder;
use super::ids::Ids;
use super::sheet::table::UnterminatedRow;
use super::vanished::{Roll, is_there};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::history::History;
use crate::model::event::EventId;
use crate::model::report::TableReport;

/// A table whose last row no line end ends: some programs leave it out, or the rest of the table is missing.
pub(super) struct End {
    place: Place,
    /// What stands in the last cell.
    found: String,
    /// Whether the row has fewer cells than the one above it.
    is_short: bool,
    /// The event of the row, with its fingerprint.
    event: Option<(EventId, u128)>,
}

impl End {
    pub(super) fn of(end: UnterminatedRow, file: &Arc<str>) -> End {
        let column = u32::try_from(end.cells).unwrap_or(u32::MAX).max(1);
        let is_short = end.cells < end.cells_before;
        End { place: Place::cell(file, end.row, column), found: end.last, is_short, event: None }
    }

    /// Remembers the event, if it is that of the last row.
    pub(super) fn note(&mut self, entry: &Entry<'_>) {
        if entry.row.number() == self.place.row() && entry.base.is_none() {
            let event = entry.event();
            self.event = Some((event.id.clone(), event.fingerprint()));
        }
    }

    /// Whether the last row is known and says something else now.
    fn is_another(&self, memory: &History) -> bool {
        self.event.as_ref().is_some_and(|(id, print)| {
            memory.events.get(id).is_some_and(|known| is_there(known) && known.hash != *print)
        })
    }
}

/// Tells of each table that stops too early, by what is gone since the last reading. Where rows were refused one
/// cannot say, and nothing new is served in any case.
pub(super) fn tell(
    ends: &[End],
    tables: &[TableReport],
    (roll, memory, ids): (&Roll, &History, &Ids),
    out: &mut Diagnostics,
) {
    let is_empty = tables.iter().all(|table| table.rows == 0);
    if out.has_errors() || (ends.is_empty() && !is_empty) {
        return;
    }
    let gone = roll.gone(memory, ids).iter().filter(|(_, event)| is_there(event)).count();
    let counted = match gone {
        0 => String::new(),
        1 => ", and an event to come is gone".to_owned(),
        _ => format!(", and {gone} events to come are gone"),
    };
    if is_empty {
        if let Some(table) = tables.first().filter(|_| gone > 0) {
            let place = Place::whole(&Folder::name(&table.file));
            let fault = Diagnostic::new(
                Code::CutOff,
                place,
                format!("no row below the header{counted}"),
                "a row for each event to come",
            );
            out.push(fault.help(
                "save or copy the table again; when nothing takes place, put the rows back with status = cancelled",
            ));
        }
        return;
    }
    let known = memory.events.values().filter(|event| is_there(event)).count();
    let rows: usize = tables.iter().map(|table| table.events).sum();
    let is_less_than_half = rows * 2 < known;
    for end in ends {
        let is_another = end.is_another(memory);
        let is_cut = match gone {
            0 => end.is_short && is_another,
            _ => end.is_short || is_another || is_less_than_half,
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
