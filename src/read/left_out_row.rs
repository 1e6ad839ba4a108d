//! Rows that are not published, as far as they can be read: their events may be published already.

use std::sync::Arc;

use crate::diagnostic::Place;
use crate::model::event::{Event, EventId, Status};
use crate::model::report::FaultyRow;

/// A row that is not published.
#[derive(Debug)]
pub(super) struct LeftOutRow {
    /// Index of its table.
    pub table: usize,
    /// The cell of its title.
    pub place: Place,
    pub title: Option<Box<str>>,
    pub key: RowKey,
    /// Text of its start, if that can be read.
    pub start: Option<String>,
    /// Its status, if that can be read.
    pub status: Option<Status>,
    /// Whether it says that it is not to be published, and has no error.
    pub is_withdrawn: bool,
}

impl LeftOutRow {
    /// Returns the row for reports, if it has errors. `event` is the event of the row, if it stays published.
    pub fn into_faulty(self, event: Option<EventId>) -> Option<FaultyRow> {
        (!self.is_withdrawn).then_some(FaultyRow { place: self.place, title: self.title, event })
    }

    /// Returns the row of an event that is known by its id.
    pub fn of_event(table: usize, place: Place, event: &Event) -> LeftOutRow {
        LeftOutRow {
            table,
            place,
            title: Some(event.title.clone()),
            key: RowKey::Id(event.id.clone()),
            start: None,
            status: Some(event.status),
            is_withdrawn: false,
        }
    }
}

/// What identifies the event of a row.
#[derive(Debug)]
pub(super) enum RowKey {
    /// Its id.
    Id(EventId),
    /// Title and first region as a slug, for a row without an id.
    Base(Arc<str>),
    /// Nothing: they cannot be read.
    Unknown,
}
