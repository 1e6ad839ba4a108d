//! Converts iCalendar files to rows of a table and counts what has no column.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::sheet::calendar::event::READ;
use super::sheet::calendar::lines::content_lines;
use super::sheet::calendar::{self, COLUMNS};
use super::sheet::encoding;
use super::sheet::raw_row::TableError;
use crate::ical::line::ContentLine;

/// Properties that calcast writes by itself, so that nothing is lost without them.
const BOOKKEEPING: [&str; 11] = [
    "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "TRANSP", "PRIORITY", "REQUEST-STATUS",
    "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-CDO-INTENDEDSTATUS",
    "X-MICROSOFT-CDO-IMPORTANCE",
];

/// Imported rows and counts of what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows with the columns [`COLUMNS`], without a header.
    pub rows: Vec<Vec<String>>,
    /// Number of properties and components without a column, by name.
    pub dropped: BTreeMap<String, usize>,
    /// Number of times without a zone.
    pub floating: usize,
    /// Number of moved dates of series, which become events of their own.
    pub moved: usize,
    /// Number of private events: they have a row and are not published.
    pub private: usize,
}

impl Imported {
    /// Adds the events of a calendar.
    ///
    /// # Errors
    ///
    /// Returns a sentence if the bytes are not a calendar. Events before the fault are added.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let text = encoding::decode(bytes, None).text;
        self.count(&text);
        let start = self.rows.len();
        let ids = self.rows.iter().map(|row| row[0].clone()).collect();
        let result = calendar::rows_beside(&text, ids, &mut |row| {
            if row.number > 1 {
                self.rows.push(row.cells.iter().map(str::to_owned).collect());
            }
            ControlFlow::Continue(())
        });
        let at = |name: &str| COLUMNS.iter().position(|column| *column == name).expect("a column of ours");
        for row in &self.rows[start..] {
            self.private += usize::from(!row[at("private")].is_empty());
            let is_timed = row[at("start")].contains(':');
            let has_offset =
                row[at("start")].rsplit_once([' ', 'T']).is_some_and(|(_, time)| time.contains(['+', '-']));
            self.floating += usize::from(is_timed && row[at("timezone")].is_empty() && !has_offset);
        }
        result.map_err(|error| match error {
            TableError::Unreadable { found, expected } => format!("{found}, expected {expected}"),
            TableError::UnclosedQuote { .. } => "a calendar that is cut short".to_owned(),
        })
    }

    /// Counts properties and components without a column.
    fn count(&mut self, text: &str) {
        let mut open: Vec<String> = Vec::new();
        for (_, ContentLine { name, value, .. }) in content_lines(text) {
            let value = value.to_ascii_uppercase();
            match name.as_str() {
                "BEGIN" => {
                    // A component without a column counts once, not with each of its properties.
                    let is_read = matches!(
                        value.as_str(),
                        "VCALENDAR" | "VEVENT" | "VTIMEZONE" | "STANDARD" | "DAYLIGHT"
                    );
                    if !is_read && open.iter().all(|outer| matches!(outer.as_str(), "VCALENDAR" | "VEVENT")) {
                        *self.dropped.entry(value.clone()).or_default() += 1;
                    }
                    open.push(value);
                }
                "END" => drop(open.pop()),
                "RECURRENCE-ID" => self.moved += 1,
                name if open.last().is_some_and(|inner| inner == "VEVENT") => {
                    let is_kept = READ.contains(&name) || BOOKKEEPING.contains(&name) || name == "X-ALT-DESC";
                    if !is_kept {
                        *self.dropped.entry(name.to_owned()).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
}
