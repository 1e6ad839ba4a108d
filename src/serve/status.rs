//! `/healthz`: the result of the last reload, as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::respond::RouteLabel;
use super::responses::uncached;
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use crate::history::TableHistory;
use crate::ical::zone;
use crate::model::report::LoadReport;
use crate::read::settings;

/// The most faults listed.
const MAX_FAULTS: usize = 100;

/// The result of the last reload.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// `ok`, or `degraded` while the folder has errors or cannot be read, or events are held back.
    pub status: &'static str,
    /// The version of calcast.
    pub version: &'static str,
    /// The version of its tz database.
    pub tzdata: &'static str,
    /// When the folder was last read.
    pub read: Timestamp,
    /// When the current snapshot was made.
    pub snapshot: Timestamp,
    /// The contents of the current snapshot.
    #[serde(flatten)]
    pub counts: SnapshotCounts,
    /// Tables that cannot be read, or lost most of their events: what they had stays published.
    pub held_tables: Vec<HeldTable>,
    /// Since when the oldest of them is not read.
    #[serde(skip)]
    pub oldest: Option<Timestamp>,
    /// How old it may be before a strict check fails.
    #[serde(skip)]
    pub stale_after: SignedDuration,
    /// Errors and warnings of the last reload, errors first.
    pub faults: Vec<Diagnostic>,
    /// The number of faults beyond those listed.
    pub more_faults: usize,
    /// Why the folder could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Why `calcast.lock` could not be written. Until it is, the history is only in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

/// A table whose events stay as they were published.
#[derive(Clone, Debug, Serialize)]
pub struct HeldTable {
    /// Its name in the settings, its path, or a hash of its address.
    pub table: String,
    /// `unreadable`, or `shrunk` if most of its events are missing.
    pub state: &'static str,
    /// Since when.
    pub since: Timestamp,
}

/// The contents of a snapshot.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SnapshotCounts {
    /// Published events.
    pub events: usize,
    /// Published articles.
    pub articles: usize,
    /// Published events that are as they were at an earlier load, because their rows or tables cannot be read.
    pub held: usize,
    /// Rows and articles that are not published.
    pub left_out: usize,
}

impl Health {
    /// Returns the health after a reload whose snapshot is published.
    #[must_use]
    pub fn published(report: &LoadReport, counts: SnapshotCounts, diagnostics: &Diagnostics) -> Health {
        let health = Health {
            status: if diagnostics.has_errors() || counts.held > 0 { "degraded" } else { "ok" },
            version: env!("CARGO_PKG_VERSION"),
            tzdata: zone::database_version(),
            read: report.at,
            snapshot: report.at,
            counts,
            held_tables: Vec::new(),
            oldest: None,
            stale_after: SignedDuration::MAX,
            faults: Vec::new(),
            more_faults: 0,
            failure: None,
            lock: None,
        };
        health.with_faults(report, diagnostics)
    }

    /// Returns the health after a reload with errors; the previous snapshot stays published.
    #[must_use]
    pub fn rejected(&self, report: &LoadReport, diagnostics: &Diagnostics) -> Health {
        Health { status: "degraded", read: report.at, failure: None, ..self.clone() }
            .with_faults(report, diagnostics)
    }

    /// Returns the health after a reload that could not read the folder.
    #[must_use]
    pub fn failed(&self, at: Timestamp, failure: String) -> Health {
        Health { status: "degraded", read: at, failure: Some(failure), ..self.clone() }
    }

    /// Returns the health once `calcast.lock` could be written.
    #[must_use]
    pub fn lock_written(&self) -> Health {
        Health { lock: None, ..self.clone() }
    }

    fn with_faults(mut self, report: &LoadReport, diagnostics: &Diagnostics) -> Health {
        let mut faults: Vec<&Diagnostic> =
            diagnostics.iter().filter(|fault| fault.code.severity() != Severity::Note).collect();
        faults.sort_by_key(|fault| fault.code.severity());
        let total = diagnostics.count(Severity::Error) + diagnostics.count(Severity::Warning);
        self.faults = faults.into_iter().take(MAX_FAULTS).map(|fault| public(fault, report)).collect();
        self.more_faults = total - self.faults.len();
        self
    }

    /// Adds how the tables were read.
    #[must_use]
    pub fn with_tables(
        mut self,
        tables: &BTreeMap<Arc<str>, TableHistory>,
        stale_after: SignedDuration,
    ) -> Health {
        self.held_tables = tables.values().filter_map(HeldTable::new).collect();
        self.oldest = self.held_tables.iter().map(|table| table.since).min();
        self.stale_after = stale_after;
        self
    }

    /// Returns whether all is well at an instant: nothing is held back, and every table was read lately.
    fn is_well(&self, now: Timestamp) -> bool {
        let is_stale = self.oldest.is_some_and(|since| now.duration_since(since) > self.stale_after);
        self.status == "ok" && !is_stale
    }

    /// Returns the answer to `/healthz?strict`: 503 unless all is well.
    #[must_use]
    pub fn strict_response(&self, now: Timestamp) -> Response<Bytes> {
        let mut response = self.response();
        if !self.is_well(now) {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    }

    /// Returns the answer to `/healthz`: 200 as long as anything is served.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let text = serde_json::to_string_pretty(self).expect("strings, numbers and lists are always JSON");
        let mut response = uncached("application/json", text + "\n");
        response.extensions_mut().insert(RouteLabel("process"));
        response
    }
}

/// Returns a diagnostic without addresses of tables, which often work as their keys, and without text of the settings,
/// where they stand.
fn public(fault: &Diagnostic, report: &LoadReport) -> Diagnostic {
    let place = Place { file: Arc::from(report.without_addresses(&fault.place.file)), ..fault.place.clone() };
    if *place.file == *settings::FILE {
        return Diagnostic { found: "what is not shown here".to_owned(), excerpt: None, ..fault.clone() };
    }
    Diagnostic { place, found: report.without_addresses(&fault.found), ..fault.clone() }
}

impl HeldTable {
    fn new(table: &TableHistory) -> Option<HeldTable> {
        let unreadable = table.unreadable.map(|since| ("unreadable", since));
        let (state, since) = unreadable.or(table.shrunk.map(|since| ("shrunk", since)))?;
        Some(HeldTable { table: table.table.to_string(), state, since })
    }
}
