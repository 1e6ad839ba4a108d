//! Reports events to come that are in the history and no longer in any table. People may still go to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::folder::Folder;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::history::record::start_text;
use crate::history::{EventHistory, History};
use crate::model::event::{EventId, Status};
use crate::model::report::LoadReport;

/// Days for which a removed row is reported.
const REPORTED_DAYS: i64 = 7;

/// Returns a diagnostic for each event whose row went lately, placed in the first table.
///
/// An event that is new and starts at the same time may be the one that went, under another title and region.
pub(super) fn diagnostics(
    before: &History,
    after: &History,
    report: &LoadReport,
    withdrawn: &BTreeSet<EventId>,
    today: Date,
) -> Vec<Diagnostic> {
    let now = report.at;
    let since = now.checked_sub((REPORTED_DAYS * 24).hours()).unwrap_or(now);
    let file = Folder::name(report.tables.first().map_or("events.csv", |table| &table.file));
    let start = |known: &EventHistory| start_text(&known.event.when, known.event.repeat.as_deref());
    let is_new = |id: &EventId| !before.events.contains_key(id);
    let new: BTreeSet<String> =
        after.events.iter().filter(|(id, _)| is_new(id)).map(|(_, known)| start(known)).collect();
    let is_gone = |known: &&EventHistory| {
        known.removed.is_some_and(|removed| removed >= since)
            && !known.event.id.is_sample()
            && !known.withdrawn
            && !withdrawn.contains(&known.event.id)
            && known.event.status != Status::Cancelled
            && !known.event.is_over_before(today)
            && !new.contains(&start(known))
    };
    after
        .events
        .values()
        .map(|known| &**known)
        .filter(is_gone)
        .map(|known| diagnostic(&file, known))
        .collect()
}

fn diagnostic(file: &Arc<str>, known: &EventHistory) -> Diagnostic {
    let event = &known.event;
    let title = quoted(&event.title);
    let day = event.when.first_day();
    let on = if event.repeat.is_some() { "which began" } else { "on" };
    let found = match &known.base {
        Some(_) => format!("no row for {title} {on} {day}"),
        None => format!("no row for {title}, id {}, {on} {day}", quoted(event.id.as_str())),
    };
    Diagnostic::new(Code::VanishedEvent, Place::whole(file), found, "a row for each event to come")
        .help("when it does not take place, put the row back with status = cancelled, so that people see it")
}
