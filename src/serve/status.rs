//! `/healthz`: how the process is. It is no document, so an export cannot hold it.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::respond::RouteLabel;
use super::responses::uncached;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::ical::zone;

/// The most faults that are told.
const MOST_FAULTS: usize = 100;

/// How the last reading went.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// `ok`, or `degraded` while the last good snapshot is served instead of what is in the folder.
    pub status: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The version of the tz database inside it.
    pub tzdata: &'static str,
    /// When the folder was last read.
    pub read: Timestamp,
    /// When the snapshot in force was made.
    pub snapshot: Timestamp,
    /// Events in force.
    pub events: usize,
    /// Articles in force.
    pub articles: usize,
    /// Rows and articles of that snapshot's folder that are not published.
    pub left_out: usize,
    /// What was wrong with the last reading, errors first.
    pub faults: Vec<Diagnostic>,
    /// How many faults are not told here.
    pub more_faults: usize,
    /// What the disk refused, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Why `calcast.lock` could not be written, in a sentence: what changed when is forgotten with the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

/// How much there is of each.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Events in force.
    pub events: usize,
    /// Articles in force.
    pub articles: usize,
    /// Rows and articles that are not published.
    pub left_out: usize,
}

impl Health {
    /// After a reading whose snapshot is in force.
    #[must_use]
    pub fn published(at: Timestamp, counts: Counts, diagnostics: &Diagnostics) -> Health {
        let Counts { events, articles, left_out } = counts;
        let status = if diagnostics.has_errors() { "degraded" } else { "ok" };
        let base = Health {
            status,
            version: env!("CARGO_PKG_VERSION"),
            tzdata: zone::database_version(),
            read: at,
            snapshot: at,
            events,
            articles,
            left_out,
            faults: Vec::new(),
            more_faults: 0,
            failure: None,
            lock: None,
        };
        base.with_faults(diagnostics)
    }

    /// After a reading with errors: the snapshot before it stays in force.
    #[must_use]
    pub fn kept(&self, at: Timestamp, diagnostics: &Diagnostics) -> Health {
        Health { status: "degraded", read: at, failure: None, ..self.clone() }.with_faults(diagnostics)
    }

    /// After a reading that the disk refused.
    #[must_use]
    pub fn failed(&self, at: Timestamp, failure: String) -> Health {
        Health { status: "degraded", read: at, failure: Some(failure), ..self.clone() }
    }

    /// After a lock that could not be written was.
    #[must_use]
    pub fn remembered(&self) -> Health {
        Health { lock: None, ..self.clone() }
    }

    fn with_faults(mut self, diagnostics: &Diagnostics) -> Health {
        let mut faults: Vec<&Diagnostic> =
            diagnostics.iter().filter(|fault| fault.code.severity() != Severity::Note).collect();
        faults.sort_by_key(|fault| fault.code.severity());
        let all = diagnostics.count(Severity::Error) + diagnostics.count(Severity::Warning);
        self.faults = faults.into_iter().take(MOST_FAULTS).cloned().collect();
        self.more_faults = all - self.faults.len();
        self
    }

    /// The answer to `/healthz`: 200 as long as anything is served.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let mut text =
            serde_json::to_string_pretty(self).expect("strings, numbers and lists are always JSON");
        text.push('\n');
        let mut response = uncached("application/json", text);
        response.extensions_mut().insert(RouteLabel("process"));
        response
    }
}
