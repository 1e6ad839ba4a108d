//! What a reading understood, for the person who keeps the spreadsheet: how each table was read, and what
//! its series come to.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::event::Event;
use super::repeat::Repeat;
use super::when::When;
use crate::diagnostic::Place;

/// One of our columns and the headers that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// Our name of it.
    pub column: &'static str,
    /// The headers of the table, or their letters.
    pub headers: Vec<String>,
}

/// How one table was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The file, or the address.
    pub file: String,
    /// What was assumed about it, in one sentence.
    pub assumed: String,
    /// Which column was read from which headers.
    pub columns: Vec<Mapped>,
    /// The headers that are not read.
    pub unread: Vec<String>,
    /// Rows below the header that hold anything.
    pub rows: usize,
    /// Rows that became an event.
    pub events: usize,
    /// Rows that replace an occurrence of a series.
    pub replaced: usize,
    /// Rows that are neither, each with a diagnostic that says why.
    pub left_out: usize,
}

/// A series as it was understood.
#[derive(Clone, Debug)]
pub struct Series {
    /// The cell that says it.
    pub place: Place,
    /// The title of its event.
    pub title: String,
    /// The rule.
    pub repeat: Repeat,
    /// Its first occurrence.
    pub first: When,
    /// The next three dates from today on.
    pub next: Vec<Date>,
}

impl Series {
    /// Creates the report of a series, whose cell is at a place, on a day.
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

/// What a reading understood.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each table.
    pub tables: Vec<TableReport>,
    /// The series, in the order of the rows.
    pub series: Vec<Series>,
    /// Series beyond those.
    pub more_series: usize,
    /// Events that are published.
    pub events: usize,
    /// Articles that are published.
    pub articles: usize,
    /// Rows and articles that are not.
    pub left_out: usize,
}
