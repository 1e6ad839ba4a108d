//! Rows that replace a single occurrence of a series (RFC 5545 §3.8.4.4 `RECURRENCE-ID`): they have the id of
//! the series and say in `occurrence` which date they are about. A blank cell means what the series says.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use csv::StringRecord;
use jiff::civil::DateTime;

use super::body::Body;
use super::draft::RowReader;
use super::sheet::columns::Column;
use super::sheet::raw_row::RawRow;
use super::sheet::row_view::RowView;
use super::time::repeat;
use super::time::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::model::event::Event;
use crate::model::placed::OffsetCache;
use crate::model::repeat::Repeat;
use crate::model::when::When;

/// The most rows of one series.
const MOST: usize = 1_000;

/// What a row that replaces an occurrence says for itself, never the row of its series.
const OWN: [Column; 5] = [Column::Start, Column::StartTime, Column::End, Column::EndTime, Column::Duration];

/// What together says where: a row that says any of it says all of it, or people would be sent to a town hall in
/// the street of the library.
const WHERE: [Column; 4] = [Column::Location, Column::Address, Column::Latitude, Column::Longitude];

/// What is said of the series alone.
const OF_SERIES: [Column; 4] = [Column::Occurrence, Column::Repeat, Column::Except, Column::Also];

/// The rows of one table that replace an occurrence, until their series is read.
#[derive(Default)]
pub(super) struct Overrides {
    of: BTreeMap<String, Vec<RawRow>>,
}

impl Overrides {
    /// Those of a table, by the ids they have.
    pub(super) fn of(body: &Body<'_>) -> Overrides {
        let mut overrides = Overrides::default();
        if body.header.has(Column::Occurrence) {
            let _ = body.each(&mut |raw, row| {
                if row.replaces_one() {
                    let id = row.get(Column::Id).unwrap_or_default().to_owned();
                    overrides.of.entry(id).or_default().push(raw.clone());
                }
                ControlFlow::Continue(())
            });
        }
        overrides
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.of.values().map(Vec::len).sum()
    }

    /// Takes those of a series; most have none.
    pub(super) fn take(&mut self, series: &RowView<'_>) -> Vec<RawRow> {
        if self.of.is_empty() {
            return Vec::new();
        }
        series.get(Column::Id).and_then(|id| self.of.remove(id)).unwrap_or_default()
    }

    /// Tells of those whose series never came.
    pub(super) fn tell_rest(self, body: &Body<'_>, out: &mut Diagnostics) {
        for (id, rows) in self.of {
            for held in rows {
                let row = body.row(&held);
                let found = match id.as_str() {
                    "" => "no id".to_owned(),
                    id => format!("{}, which no series in {} has", quoted(id), body.file),
                };
                let fault = Diagnostic::new(
                    Code::OccurrenceWithoutSeries,
                    row.place(Column::Id),
                    found,
                    "the id of the series whose date this row replaces",
                );
                let mut fault = fault.help("type the id of the row with the series, or clear `occurrence`");
                row.excerpt(&mut fault);
                out.push(fault);
            }
        }
    }
}

/// What a row that replaces an occurrence comes to, without its regions and topics.
pub(super) struct Replacement {
    /// The local start of the occurrence.
    pub(super) start: DateTime,
    /// Its cells, the blank ones as the series has them.
    pub(super) raw: RawRow,
    /// When it takes place instead.
    pub(super) when: When,
    /// What else its cells say.
    pub(super) checked: super::draft::ParsedRow,
}

/// Reads rows that replace occurrences of one series.
pub(super) struct OverrideReader<'r> {
    /// The table.
    pub(super) body: &'r Body<'r>,
    /// The series, if its row is one, and its first time.
    pub(super) series: (Option<&'r Repeat>, &'r When),
    /// Its row.
    pub(super) series_row: RowView<'r>,
    /// The zones of the table.
    pub(super) zones: &'r mut OffsetCache,
    /// What was wrong.
    pub(super) out: &'r mut Diagnostics,
}

impl OverrideReader<'_> {
    /// What a row comes to; `None` when it cannot be used, which is told.
    pub(super) fn read(&mut self, held: &RawRow, known: &BTreeMap<DateTime, Event>) -> Option<Replacement> {
        let row = self.body.row(held);
        let start = self.occurrence(&row, known)?;
        let raw = RawRow { cells: self.merged(&row, start), ..held.clone() };
        let mut faults = Diagnostics::default();
        let mut reader = RowReader {
            row: self.body.row(&raw),
            reckoning: self.body.reckoning,
            zones: self.zones,
            out: &mut faults,
        };
        let draft = reader.draft();
        // What the series says was told in its own row.
        for fault in faults.into_kept().filter(|fault| row.holds(&fault.place)) {
            self.out.push(fault);
        }
        let checked = draft?.checked?;
        let lasts = [Column::End, Column::EndTime, Column::Duration];
        let says_end = lasts.into_iter().any(|column| row.get(column).is_some());
        let when = checked.timing.when();
        let when = if says_end { when } else { when.lasting_as(self.series.1) };
        Some(Replacement { start, raw, when, checked })
    }

    /// The occurrence that a row is about, which must be one of the series, and nobody else's.
    fn occurrence(&mut self, row: &RowView<'_>, known: &BTreeMap<DateTime, Event>) -> Option<DateTime> {
        let text = row.get(Column::Occurrence).unwrap_or_default();
        let place = row.place(Column::Occurrence);
        let (Some(series), first) = self.series else {
            let found = format!("{}, and row {} is no series", quoted(text), self.series_row.number());
            let expected = "a row of a series before it, with a rhythm in `repeat`";
            self.out.push(
                Diagnostic::new(Code::OccurrenceWithoutSeries, place, found, expected)
                    .help("clear `occurrence` and give the row an id of its own, if it is another event"),
            );
            return None;
        };
        let moment = match self.body.reckoning.order.read(text) {
            Ok(Written::At(moment)) => Some(moment),
            _ => None,
        };
        let Some(start) = repeat::local_start(moment, (first, series.clock)) else {
            let expected = "the date of the occurrence, such as 2026-05-12";
            self.out.push(Diagnostic::new(Code::BadDate, place, quoted(text), expected));
            return None;
        };
        if !series.has_start(first, start) || series.except.binary_search(&start).is_ok() {
            let near: Vec<String> = series
                .starts_from(first, start.date().checked_sub(jiff::Span::new().days(40)).unwrap_or_default())
                .skip_while(|near| near.date().until(start.date()).is_ok_and(|span| span.get_days() > 31))
                .take_while(|near| start.date().until(near.date()).is_ok_and(|span| span.get_days() <= 31))
                .map(|near| near.date().to_string())
                .take(3)
                .collect();
            let fault = Diagnostic::new(
                Code::OccurrenceWithoutSeries,
                place,
                quoted(text),
                format!("a date of the series in row {}", self.series_row.number()),
            );
            self.out.push(match near[..] {
                [] => fault,
                _ => fault.help(format!("dates of it near that day are {}", near.join(", "))),
            });
            return None;
        }
        if known.len() >= MOST {
            let found = format!("more than {MOST} rows of one series");
            let fault = Diagnostic::new(Code::TooLarge, place, found, format!("at most {MOST}"));
            self.out.push(fault.help("give what follows a series, or rows, of its own"));
            return None;
        }
        if known.contains_key(&start) {
            let found = format!("{}, which a row before it replaces already", quoted(text));
            let fault = Diagnostic::new(Code::OccurrenceTwice, place, found, "one row for each date");
            self.out.push(fault.help("put both together in one row; the first is kept"));
            return None;
        }
        Some(start)
    }

    /// The cells of a row, the blank ones as its series has them. Without a date of its own it is on that of
    /// the occurrence.
    fn merged(&self, row: &RowView<'_>, start: DateTime) -> StringRecord {
        let header = self.body.header;
        let says = |column: Column| row.get(column).is_some();
        let mut cells: Vec<&str> = (0..header.width())
            .map(|position| Some(row.raw(position)).filter(|own| !own.trim().is_empty()))
            .enumerate()
            .map(|(position, own)| own.unwrap_or_else(|| self.series_row.raw(position)))
            .collect();
        let place: &[Column] = if WHERE.into_iter().any(says) { &WHERE } else { &[] };
        for position in OWN.iter().chain(place).flat_map(|column| header.positions(*column)) {
            cells[position] = row.raw(position);
        }
        for position in OF_SERIES.iter().flat_map(|column| header.positions(*column)) {
            cells[position] = "";
        }
        let is_day = says(Column::StartTime) || matches!(self.series.1, When::Days { .. });
        let start = if is_day { start.date().to_string() } else { start.to_string() };
        if !says(Column::Start)
            && let Some(position) = header.positions(Column::Start).next()
        {
            cells[position] = &start;
        }
        StringRecord::from(cells)
    }
}
