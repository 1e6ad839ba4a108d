//! Events that stay as they were last published, although the tables do not have them now: the rows have errors, or
//! tables cannot be read as a whole. What is known of them is in the history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexSet;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::id_assignment::Assignment;
use super::left_out_row::{LeftOutRow, RowKey};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::history::{EventHistory, History, TableHistory};
use crate::model::event::{Event, EventId, Status};
use crate::model::report::TableReport;

/// Fewest events to come that are held when a table loses more than half of them.
const FEWEST_SHRUNK: usize = 10;
/// Time after which a second reading that finds them missing is believed.
const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// A load, as far as it matters to the comparison with the history.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoadInstant {
    pub today: Date,
    pub now: Timestamp,
    /// Whether the user confirmed that what is missing is to go.
    pub is_accepted: bool,
    /// Whether settings that decide what every table means cannot be read, so that it is not known which tables there
    /// are.
    pub holds_all: bool,
}

/// How a table was read.
#[derive(Debug)]
pub(super) struct TableState {
    /// The file or address, for diagnostics.
    pub file: Arc<str>,
    /// What is known about it after this load.
    pub history: TableHistory,
    /// Whether the table was read as a whole before.
    pub is_known: bool,
    /// Whether it cannot be read as a whole. It then has no events of this load.
    pub is_unreadable: bool,
    /// Whether its events stay that have no row.
    pub holds_missing: bool,
}

impl TableState {
    pub fn new(key: Arc<str>, file: &Arc<str>, before: &History) -> TableState {
        let known = before.tables.get(&key);
        let history =
            known.cloned().unwrap_or_else(|| TableHistory { table: key, ..TableHistory::default() });
        TableState {
            file: Arc::clone(file),
            history,
            is_known: known.is_some_and(|known| !known.never_read),
            is_unreadable: false,
            holds_missing: false,
        }
    }

    /// Adds to a report since when the table is not read, and how many of its events stay as they were.
    pub fn complete<'e>(&self, report: &mut TableReport, held: impl Iterator<Item = &'e Arc<EventHistory>>) {
        report.unreadable = self.history.unreadable;
        report.shrunk = self.history.shrunk;
        report.held = held.filter(|known| known.table.as_ref() == Some(&self.history.table)).count();
    }

    fn holds(&self) -> bool {
        self.is_unreadable || self.holds_missing
    }
}

/// Why the event of the history stays, or goes.
#[derive(Debug, Default)]
pub(super) struct HeldEvents {
    /// The events that stay, with their status if their row says it.
    pub events: BTreeMap<EventId, Option<Status>>,
    /// Those of rows with errors, by the index of the row among those that are left out.
    pub of_rows: BTreeMap<usize, EventId>,
    /// Events whose rows say that they are not to be published.
    pub withdrawn: BTreeSet<EventId>,
    /// When to read the tables again, although they have not changed.
    pub read_again: Option<Timestamp>,
}

/// Compares the rows of all tables with the history.
pub(super) struct HoldingRules<'a> {
    pub before: &'a History,
    pub events: &'a [Arc<Event>],
    pub left_out: &'a [LeftOutRow],
    pub assignment: &'a Assignment,
    pub at: &'a LoadInstant,
}

impl HoldingRules<'_> {
    /// Returns the events that stay. Completes the states of the tables.
    pub fn apply(&self, tables: &mut [TableState], out: &mut Diagnostics) -> HeldEvents {
        let is_new = self.before.events.is_empty();
        let events = if is_new { &[] } else { self.events };
        let loaded: IndexSet<&EventId> = events.iter().map(|event| &event.id).collect();
        let HeldEvents { events: mut held, of_rows, withdrawn, .. } = self.by_row(&loaded, tables);
        let missing: Vec<&EventHistory> = self
            .before
            .events
            .iter()
            .filter(|(id, known)| known.is_present() && !loaded.contains(id) && !withdrawn.contains(*id))
            .filter(|(id, _)| !held.contains_key(*id))
            .map(|(_, known)| &**known)
            .collect();
        let index = TableIndex::new(tables);
        let gone = self.count_to_come(missing.iter().copied(), &index);
        let mut read_again = None;
        for (number, table) in tables.iter_mut().enumerate() {
            let gone = gone[number];
            if table.is_unreadable {
                table.history.unreadable.get_or_insert(self.at.now);
                table.history.never_read = !table.is_known;
                continue;
            }
            (table.history.unreadable, table.history.never_read) = (None, false);
            let all = self.before.events.values().map(|known| &**known);
            let known = if gone < FEWEST_SHRUNK { 0 } else { self.count_to_come(all, &index)[number] };
            let is_shrunk = gone >= FEWEST_SHRUNK && gone * 2 > known && !self.at.is_accepted;
            let since = table.history.shrunk.unwrap_or(self.at.now);
            let until = since.checked_add(CONFIRMED_AFTER).unwrap_or(Timestamp::MAX);
            table.history.shrunk = (is_shrunk && self.at.now < until).then_some(since);
            if table.history.shrunk.is_some() {
                table.holds_missing = true;
                read_again = read_again.into_iter().chain([until]).min();
                out.push(shrunk(&table.file, gone, known));
            }
        }
        let is_held = |known: &&&EventHistory| match index.of(known) {
            Some(index) => tables[index].holds(),
            // In a lock of format 2, events have no table.
            None if known.table.is_none() => tables.iter().any(TableState::holds),
            // The table is gone from the settings, unless its address changed and the new one is wrong.
            None => self.at.holds_all || tables.iter().any(|table| table.is_unreadable && !table.is_known),
        };
        held.extend(missing.iter().filter(is_held).map(|known| (known.event.id.clone(), None)));
        HeldEvents { events: held, of_rows, withdrawn, read_again }
    }

    /// Returns the events that stay because of a row with errors, and those whose rows are withdrawn. Notes which
    /// tables have rows with errors that are no known event.
    fn by_row(&self, loaded: &IndexSet<&EventId>, tables: &mut [TableState]) -> HeldEvents {
        let off = |status: Option<Status>| status.filter(|status| status.is_off());
        let claimed = self.assignment.claimed.iter();
        let mut held: BTreeMap<EventId, Option<Status>> =
            claimed.map(|(id, status)| (id.clone(), off(*status))).collect();
        let (mut withdrawn, mut of_rows) = (BTreeSet::new(), BTreeMap::new());
        for index in &self.assignment.unmatched {
            tables[self.left_out[*index].table].holds_missing = true;
        }
        for (index, row) in self.left_out.iter().enumerate() {
            let id = match &row.key {
                RowKey::Id(id) => Some(id),
                RowKey::Base(_) | RowKey::Unknown => self.assignment.left_out.get(&index),
            };
            let Some(id) = id else { continue };
            let is_known = self.before.events.get(id).is_some_and(|known| known.is_present());
            if row.is_withdrawn {
                withdrawn.insert(id.clone());
            } else if is_known && !loaded.contains(id) && !held.contains_key(id) {
                held.insert(id.clone(), off(row.status));
                of_rows.insert(index, id.clone());
            } else {
                // Also a row with the id of another one: it may be any event without a row.
                tables[row.table].holds_missing = true;
            }
        }
        withdrawn.retain(|id| !loaded.contains(id));
        held.retain(|id, _| !loaded.contains(id) && !withdrawn.contains(id));
        of_rows.retain(|_, id| held.contains_key(id));
        HeldEvents { events: held, of_rows, withdrawn, read_again: None }
    }

    /// Returns the number of events to come of each table.
    fn count_to_come<'e>(
        &self,
        events: impl Iterator<Item = &'e EventHistory>,
        index: &TableIndex,
    ) -> Vec<usize> {
        let mut counts = vec![0; index.count];
        for known in events.filter(|known| is_to_come(known, self.at.today)) {
            if let Some(table) = index.of(known) {
                counts[table] += 1;
            }
        }
        counts
    }
}

/// Returns whether subscribers expect the event: it is published, to come, and not cancelled.
pub(super) fn is_to_come(known: &EventHistory, today: Date) -> bool {
    known.is_present() && known.event.status != Status::Cancelled && !known.event.is_over_before(today)
}

/// Tables by their key.
pub(super) struct TableIndex {
    of_key: BTreeMap<Arc<str>, usize>,
    count: usize,
}

impl TableIndex {
    pub(super) fn new(tables: &[TableState]) -> TableIndex {
        let keys = tables.iter().map(|table| Arc::clone(&table.history.table));
        TableIndex { of_key: keys.zip(0..).collect(), count: tables.len() }
    }

    /// Returns the index of the table of an event. In a lock of format 2, only a single table is known to be that of all
    /// events.
    pub(super) fn of(&self, known: &EventHistory) -> Option<usize> {
        match &known.table {
            Some(key) => self.of_key.get(key).copied(),
            None => (self.count == 1).then_some(0),
        }
    }
}

fn shrunk(file: &Arc<str>, gone: usize, known: usize) -> Diagnostic {
    let found = format!("{gone} of {known} events to come without a row");
    let expected = "at most half of them gone at once";
    Diagnostic::new(Code::Shrunk, Place::whole(file), found, expected).help(
        "they stay published for half an hour; put the rows back, or run `calcast lock --accept` if they are to go",
    )
}
