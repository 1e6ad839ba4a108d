//! Events to come that the tables no longer have: people may go to them all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::event::Entry;
use super::folder::Folder;
use super::ids::Ids;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::history::snapshot::{self, EventSnapshot};
use crate::history::{EventHistory, History};
use crate::model::event::{EventId, Status};
use crate::model::report::TableReport;

/// For how many days a row that is gone is missed.
const MISSED: i64 = 7;

/// Calls the roll of those who are known by title and region alone, while the tables are read.
pub(super) struct Roll {
    today: Date,
    /// Rows that went before are not missed any more.
    since: Timestamp,
    /// Whether anybody can be missed.
    is_awaited: bool,
    /// The rows of each title and region that is remembered.
    called: BTreeMap<Arc<str>, Called>,
    /// The starts of rows whose title and region are not.
    strangers: BTreeSet<String>,
}

#[derive(Default)]
struct Called {
    rows: usize,
    starts: BTreeSet<String>,
}

impl Roll {
    pub(super) fn of(memory: &History, today: Date, now: Timestamp) -> Roll {
        let since = now.checked_sub((MISSED * 24).hours()).unwrap_or(now);
        let bases = memory.events.values().filter_map(|known| known.base.clone());
        let called = bases.map(|base| (base, Called::default())).collect();
        Roll { today, since, is_awaited: !memory.events.is_empty(), called, strangers: BTreeSet::new() }
    }

    pub(super) fn call(&mut self, entry: &Entry<'_>) {
        let Some(base) = entry.base.as_deref().filter(|_| self.is_awaited) else { return };
        let start = snapshot::start_text(&entry.checked.timing.when(), entry.checked.repeat.as_deref());
        match self.called.get_mut(base) {
            Some(called) => {
                called.rows += 1;
                called.starts.insert(start);
            }
            None => {
                self.strangers.insert(start);
            }
        }
    }

    /// Tells of those who are not there. Where rows were refused one cannot say.
    pub(super) fn tell(&self, memory: &History, ids: &Ids, tables: &[TableReport], out: &mut Diagnostics) {
        if out.has_errors() {
            return;
        }
        let file = tables.first().map_or_else(|| Arc::from("events.csv"), |table| Folder::name(&table.file));
        for (id, event) in self.gone(memory, ids) {
            out.push(missed(&file, id, event));
        }
    }

    /// Those who are not there.
    pub(super) fn gone<'m>(&self, memory: &'m History, ids: &Ids) -> Vec<(&'m EventId, &'m EventHistory)> {
        let mut gone = Vec::new();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for base in
            memory.events.values().filter(|known| is_there(known)).filter_map(|known| known.base.as_deref())
        {
            *known.entry(base).or_default() += 1;
        }
        for (id, event) in memory.events.iter().filter(|(id, _)| !ids.has(id)) {
            let row = event.row.snapshot();
            // A row of another name at the same time may be the same event.
            if !self.is_missed(event, &row) || self.strangers.contains(&row.start) {
                continue;
            }
            if let Some(base) = &event.base {
                let Some(called) = self.called.get(base) else { continue };
                let count = known.entry(base).or_default();
                let is_enough = is_there(event) && called.rows >= *count;
                if is_enough || called.starts.contains(&row.start) {
                    continue;
                }
                *count = count.saturating_sub(1);
            }
            gone.push((id, &**event));
        }
        gone
    }

    fn is_missed(&self, event: &EventHistory, row: &EventSnapshot) -> bool {
        event.removed.is_none_or(|removed| removed >= self.since)
            && row.status != Status::Cancelled
            && !row.is_over_before(self.today)
    }
}

/// Whether its row was there at the last reading.
pub(super) fn is_there(event: &EventHistory) -> bool {
    event.removed.is_none()
}

fn missed(file: &Arc<str>, id: &EventId, event: &EventHistory) -> Diagnostic {
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
