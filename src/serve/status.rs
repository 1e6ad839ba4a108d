//! `/healthz`: the result of the last reload, as JSON.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::respond::RouteLabel;
use super::responses::uncached;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::ical::zone;

/// The most faults listed.
const MAX_FAULTS: usize = 100;

/// The result of the last reload.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// `ok`, or `degraded` while the folder has errors or cannot be read.
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

/// The contents of a snapshot.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SnapshotCounts {
    /// Published events.
    pub events: usize,
    /// Published articles.
    pub articles: usize,
    /// Rows and articles that are not published.
    pub left_out: usize,
}

impl Health {
    /// Returns the health after a reload whose snapshot is published.
    #[must_use]
    pub fn published(at: Timestamp, counts: SnapshotCounts, diagnostics: &Diagnostics) -> Health {
        let health = Health {
            status: if diagnostics.has_errors() { "degraded" } else { "ok" },
            version: env!("CARGO_PKG_VERSION"),
            tzdata: zone::database_version(),
            read: at,
            snapshot: at,
            counts,
            faults: Vec::new(),
            more_faults: 0,
            failure: None,
            lock: None,
        };
        health.with_faults(diagnostics)
    }

    /// Returns the health after a reload with errors; the previous snapshot stays published.
    #[must_use]
    pub fn rejected(&self, at: Timestamp, diagnostics: &Diagnostics) -> Health {
        Health { status: "degraded", read: at, failure: None, ..self.clone() }.with_faults(diagnostics)
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

    fn with_faults(mut self, diagnostics: &Diagnostics) -> Health {
        let mut faults: Vec<&Diagnostic> =
            diagnostics.iter().filter(|fault| fault.code.severity() != Severity::Note).collect();
        faults.sort_by_key(|fault| fault.code.severity());
        let total = diagnostics.count(Severity::Error) + diagnostics.count(Severity::Warning);
        self.faults = faults.into_iter().take(MAX_FAULTS).cloned().collect();
        self.more_faults = total - self.faults.len();
        self
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
