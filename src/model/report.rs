//! The report of a load, for the editor of the spreadsheet: how each table and each series was understood.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::event::{Event, EventId};
use super::repeat::Repeat;
use super::when::When;
use crate::diagnostic::Place;
use crate::link::Link;

/// A column and the headers of the table it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// The name of the column.
    pub column: &'static str,
    /// The headers, or letters of columns in a table without a header.
    pub headers: Vec<String>,
}

/// How one table was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The file, or the address.
    pub file: String,
    /// The detected format, in one sentence.
    pub assumed: String,
    /// The columns that were found.
    pub columns: Vec<Mapped>,
    /// Headers that are not used.
    pub unread: Vec<String>,
    /// Number of rows that are not empty.
    pub rows: usize,
    /// Number of rows that are events.
    pub events: usize,
    /// Number of rows that replace an occurrence of a series.
    pub replaced: usize,
    /// Number of other rows; each has a diagnostic.
    pub left_out: usize,
    /// Number of events that are published as they were, because their rows, or the table, cannot be read.
    pub held: usize,
    /// Since when the table cannot be read as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Timestamp>,
    /// Since when most of its events to come are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shrunk: Option<Timestamp>,
    /// The name of the table, for people.
    #[serde(skip)]
    pub name: String,
    /// Where people edit it.
    #[serde(skip)]
    pub edit_url: Option<Link>,
}

impl TableReport {
    /// Returns the name of the table for people: as in the settings, or its path. Of an address, which may be known to few
    /// people, only the host.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        match self.name.split_once("://") {
            None => &self.name,
            Some((_, rest)) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                authority.rsplit('@').next().unwrap_or_default()
            }
        }
    }
}

/// A row with errors, which has diagnostics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyRow {
    /// The cell of its title.
    pub place: Place,
    /// Its title, if that can be read.
    pub title: Option<Box<str>>,
    /// Its event, which is published as it was before the row had errors; `None` if it was never published.
    pub event: Option<EventId>,
}

/// How a folder was read, beside the site itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// When it was read.
    pub at: Timestamp,
    /// The tables.
    pub tables: Vec<TableReport>,
    /// Rows with errors, in the order of the tables.
    pub faulty_rows: Vec<FaultyRow>,
    /// Events that are published as they were, although no row has them now.
    pub held: BTreeSet<EventId>,
    /// Number of rows and articles that are not published.
    pub left_out: usize,
}

impl LoadReport {
    /// Returns the report of the table that is read from a file or address.
    #[must_use]
    pub fn table(&self, file: &str) -> Option<&TableReport> {
        self.tables.iter().find(|table| table.file == file)
    }

    /// Returns a text in which the names of tables stand instead of their addresses.
    #[must_use]
    pub fn without_addresses(&self, text: &str) -> String {
        let remote = self.tables.iter().filter(|table| table.file.contains("://"));
        remote.fold(text.to_owned(), |text, table| text.replace(&table.file, table.shown_name()))
    }
}

/// A series as it was understood.
#[derive(Clone, Debug)]
pub struct Series {
    /// The cell with the rule.
    pub place: Place,
    /// The title of its event.
    pub title: String,
    /// The rule.
    pub repeat: Repeat,
    /// The first occurrence.
    pub first: When,
    /// The next three dates from today on.
    pub next: Vec<Date>,
}

impl Series {
    /// Creates the report of a series on a day. `place` is the cell with its rule.
    #[must_use]
    pub fn new(place: Place, event: &Event, repeat: &Repeat, today: Date) -> Series {
        let next = if event.overrides.is_empty() {
            let starts = repeat.starts_from(&event.when, today).map(|start| start.date());
            starts.skip_while(|date| *date < today).take(3).collect()
        } else {
            let horizon = today.checked_add(2.years()).unwrap_or(today);
            event.occurrences(today, horizon).iter().take(3).map(|(when, _)| when.first_day()).collect()
        };
        let (title, first) = (event.title.to_string(), event.when.clone());
        Series { place, title, repeat: repeat.clone(), first, next }
    }
}

/// The report of a load.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The tables.
    pub tables: Vec<TableReport>,
    /// The first series, in the order of their rows.
    pub series: Vec<Series>,
    /// Number of further series.
    pub more_series: usize,
    /// Number of published events.
    pub events: usize,
    /// Number of those that are published as they were, because their rows or tables cannot be read.
    pub held: usize,
    /// Number of published articles.
    pub articles: usize,
    /// Number of rows and articles that are not published.
    pub left_out: usize,
}
