//! The rows below the header of one table, one by one or some at a time.

use std::sync::Arc;

use csv::StringRecord;

use super::draft::{Draft, RowReader};
use super::row_cache::Rows;
use super::sheet::header::Header;
use super::sheet::quotes::Quote;
use super::sheet::record::{Record, Room};
use super::sheet::row::{Counted, Row};
use super::sheet::table::{Ending, Flow, Grid, Line, TextRows};
use super::time::clock;
use super::time::when::DateContext;
use crate::diagnostic::Diagnostics;
use crate::model::placed::OffsetCache;
use crate::model::settings::Source;

/// How many rows are looked at to see whether rows continue the one above.
const LOOK_AHEAD: usize = 60;
/// How many rows are read at a time by one hand.
const BATCH: usize = 128;

/// Where a row is, the hash of its text, and a cell with an odd quotation mark.
#[derive(Clone, Copy)]
struct Spot {
    row: u32,
    hash: u128,
    stray: Option<(usize, Quote)>,
}

/// Some rows of a text, and what was read of them.
#[derive(Default)]
pub(super) struct Batch {
    records: Vec<Room>,
    places: Vec<Spot>,
    drafts: Vec<Option<Draft>>,
    zones: OffsetCache,
    pub(super) faults: Diagnostics,
    count: usize,
}

impl Batch {
    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Empties it, to be filled again.
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// What was read of one of its rows.
    pub(super) fn drafted(&self, index: usize) -> Option<&Draft> {
        self.drafts[index].as_ref()
    }

    /// Takes the next rows that hold anything; `left` is how many a table may still have.
    pub(super) fn fill(&mut self, rows: &mut TextRows<'_>, body: &Body<'_>, left: &mut usize) {
        self.places.clear();
        while self.count < BATCH && *left > 0 {
            if self.records.len() == self.count {
                self.records.push(Room::default());
            }
            let room = &mut self.records[self.count];
            let start = rows.offset();
            let Some((row, stray)) = rows.next(room) else { return };
            let line = Line { row, cells: rows.record(room), stray };
            let is_above = row <= body.header.row();
            let read = Row::new(line, body.header, body.file, Counted::Cells);
            if is_above || read.is_blank() || read.replaces_one() {
                continue;
            }
            self.places.push(Spot { row, hash: crate::digest::of(rows.since(start)), stray });
            self.count += 1;
            *left -= 1;
        }
    }

    /// One of its rows.
    pub(super) fn row<'b>(&'b self, index: usize, body: &'b Body<'_>) -> Row<'b> {
        let Spot { row, stray, .. } = self.places[index];
        let line = Line { row, cells: self.records[index].record(body.text()), stray };
        let row = Row::new(line, body.header, body.file, Counted::Cells);
        if body.is_plain { row.of_plain_file() } else { row }
    }

    /// The hash of the text of one of its rows.
    pub(super) fn hash(&self, index: usize) -> u128 {
        self.places[index].hash
    }

    /// Reads each row as far as it can be read without the others, unless it stands.
    pub(super) fn draft(&mut self, body: &Body<'_>, standing: Option<Rows<'_>>) {
        let mut faults = Diagnostics::default();
        let mut zones = std::mem::take(&mut self.zones);
        let mut drafts = std::mem::take(&mut self.drafts);
        drafts.clear();
        drafts.reserve(self.count);
        for index in 0..self.count {
            let Spot { hash, stray, .. } = self.places[index];
            if let Some(stood) = standing.and_then(|standing| standing.get(hash)) {
                drafts.push(Some(Draft::of(stood)));
                continue;
            }
            let row = self.row(index, body);
            let mark = faults.mark();
            let mut reader =
                RowReader { row, reckoning: body.reckoning, zones: &mut zones, out: &mut faults };
            drafts.push(reader.draft(stray));
            for fault in faults.since(mark) {
                row.excerpt(fault);
            }
        }
        self.drafts = drafts;
        self.zones = zones;
        self.faults = faults;
    }
}

/// The rows below the header of one table.
pub(super) struct Body<'a> {
    pub(super) grid: &'a Grid<'a>,
    pub(super) header: &'a Header,
    pub(super) file: &'a Arc<str>,
    pub(super) source: &'a Source,
    pub(super) reckoning: &'a DateContext<'a>,
    /// Whether nothing in the whole file is odd, so that no row has to be searched for it.
    pub(super) is_plain: bool,
}

impl Body<'_> {
    /// The text of which rows are cut out; empty for a table that is no text.
    pub(super) fn text(&self) -> &str {
        match self.grid {
            Grid::Text { text, .. } => text,
            Grid::Workbook(..) | Grid::OpenDocument(..) | Grid::Calendar(_) => "",
        }
    }

    pub(super) fn counted(&self) -> Counted {
        if matches!(self.grid, Grid::Calendar(_)) { Counted::Lines } else { Counted::Cells }
    }

    /// Every row that holds anything.
    pub(super) fn each(&self, take: &mut dyn FnMut(Line<'_>, Row<'_>) -> Flow) -> Ending {
        self.grid.rows(&mut |line| {
            if line.row <= self.header.row() {
                return Flow::On;
            }
            let row = Row::new(line, self.header, self.file, self.counted());
            // An event of a calendar that says nothing is an event all the same.
            let is_nothing = self.counted() == Counted::Cells && row.is_blank();
            if is_nothing { Flow::On } else { take(line, row) }
        })
    }

    /// Whether one of the first rows holds nothing but a time of day where the start is.
    pub(super) fn continues(&self) -> bool {
        let mut seen = 0;
        let mut found = false;
        self.each(&mut |_, row| {
            seen += 1;
            found = row.only_start().is_some_and(clock::is_time);
            if found || seen >= LOOK_AHEAD { Flow::Stop } else { Flow::On }
        });
        found
    }
}

/// A row that is held until others are read.
pub(super) struct Held {
    pub(super) number: u32,
    record: StringRecord,
    pub(super) stray: Option<(usize, Quote)>,
}

impl From<Line<'_>> for Held {
    fn from(line: Line<'_>) -> Held {
        Held { number: line.row, record: line.cells.kept(), stray: line.stray }
    }
}

impl Held {
    /// The row.
    pub(super) fn row<'h>(&'h self, body: &Body<'h>) -> Row<'h> {
        self.row_of(&self.record, body)
    }

    /// The row with other cells.
    pub(super) fn row_of<'h>(&self, cells: &'h StringRecord, body: &Body<'h>) -> Row<'h> {
        let line = Line { row: self.number, cells: Record::Own(cells), stray: self.stray };
        Row::new(line, body.header, body.file, body.counted())
    }
}
