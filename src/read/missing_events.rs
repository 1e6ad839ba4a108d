//! Finds events to come that are in the history and no longer in any table. People may still go to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::folder::Folder;
use super::ids::Ids;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::history::snapshot::{self, EventSnapshot};
use crate::history::{EventHistory, History};
use crate::model::event::{EventId, Status};
use crate::model::repeat::Repeat;
use crate::model::report::TableReport;
use crate::model::when::When;

/// Days for which a removed row is reported as missing.
const REPORTED_DAYS: i64 = 7;

/// Collects the rows without an id while the tables are read, by what identifies them: title, region and start.
#[derive(Debug)]
pub(super) struct MissingTracker {
    today: Date,
    /// Rows removed before this instant are not reported.
    since: Timestamp,
    /// Whether the history has any event.
    has_history: bool,
    /// Rows of each title and region in the history.
    known: BTreeMap<Arc<str>, PresentRows>,
    /// Starts of rows whose title and region are not in the history.
    unknown_starts: BTreeSet<String>,
}

/// Rows of one title and region that the tables have.
#[derive(Debug, Default)]
struct PresentRows {
    count: usize,
    starts: BTreeSet<String>,
}

impl MissingTracker {
    pub(super) fn new(history: &History, today: Date, now: Timestamp) -> MissingTracker {
        let since = now.checked_sub((REPORTED_DAYS * 24).hours()).unwrap_or(now);
        let bases = history.events.values().filter_map(|known| known.base.clone());
        let known = bases.map(|base| (base, PresentRows::default())).collect();
        let has_history = !history.events.is_empty();
        MissingTracker { today, since, has_history, known, unknown_starts: BTreeSet::new() }
    }

    /// Adds a row without an id. `base` is made of its title and region.
    pub(super) fn add(&mut self, base: &str, when: &When, repeat: Option<&Repeat>) {
        if !self.has_history {
            return;
        }
        let start = snapshot::start_text(when, repeat);
        match self.known.get_mut(base) {
            Some(rows) => {
                rows.count += 1;
                rows.starts.insert(start);
            }
            None => {
                self.unknown_starts.insert(start);
            }
        }
    }

    /// Returns a diagnostic for each missing event, placed in the first table.
    pub(super) fn diagnostics(
        &self,
        history: &History,
        ids: &Ids,
        tables: &[TableReport],
    ) -> Vec<Diagnostic> {
        let file = tables.first().map_or("events.csv", |table| &table.file);
        let file = Folder::name(file);
        self.missing(history, ids).into_iter().map(|(id, event)| diagnostic(&file, id, event)).collect()
    }

    /// Returns the events to come that no row is.
    pub(super) fn missing<'m>(
        &self,
        history: &'m History,
        ids: &Ids,
    ) -> Vec<(&'m EventId, &'m EventHistory)> {
        let mut missing = Vec::new();
        let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
        let present = history.events.values().filter(|known| is_present(known));
        for base in present.filter_map(|known| known.base.as_deref()) {
            *expected.entry(base).or_default() += 1;
        }
        for (id, event) in history.events.iter().filter(|(id, _)| !ids.has(id)) {
            let row = event.row.snapshot();
            // A row of another title at the same time may be this event.
            if !self.matters(event, &row) || self.unknown_starts.contains(&row.start) {
                continue;
            }
            if let Some(base) = &event.base {
                let Some(rows) = self.known.get(base) else { continue };
                let count = expected.entry(base).or_default();
                let is_enough = is_present(event) && rows.count >= *count;
                if is_enough || rows.starts.contains(&row.start) {
                    continue;
                }
                *count = count.saturating_sub(1);
            }
            missing.push((id, &**event));
        }
        missing
    }

    /// Returns whether people should hear that the event is missing: it is to come and its row went lately.
    fn matters(&self, event: &EventHistory, row: &EventSnapshot) -> bool {
        event.removed.is_none_or(|removed| removed >= self.since)
            && row.status != Status::Cancelled
            && !row.is_over_before(self.today)
    }
}

/// Returns whether the row of the event was in a table at the last load.
pub(super) fn is_present(event: &EventHistory) -> bool {
    event.removed.is_none()
}

fn diagnostic(file: &Arc<str>, id: &EventId, event: &EventHistory) -> Diagnostic {
    let row = event.row.snapshot();
    let title = quoted(&row.title);
    let day = row.start.get(..10).unwrap_or_default();
    let on = if row.repeat.is_some() { "which began" } else { "on" };
    let found = match &event.base {
        Some(_) => format!("no row for {title} {on} {day}"),
        None => format!("no row for {title}, id {}, {on} {day}", quoted(id.as_str())),
    };
    Diagnostic::new(Code::VanishedEvent, Place::whole(file), found, "a row for each event to come")
        .help("when it does not take place, put the row back with status = cancelled, so that people see it")
}
