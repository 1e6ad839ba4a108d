//! Rows that replace one date of a series (RFC 5545 §3.8.4.4, `RECURRENCE-ID`). They have the id of the series and
//! the date in the column `occurrence`. A blank cell has the value of the series.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use csv::StringRecord;
use jiff::civil::DateTime;

use super::row_parser::RowParser;
use super::sheet::columns::Column;
use super::sheet::raw_row::RawRow;
use super::sheet::row_view::RowView;
use super::table_rows::TableRows;
use super::time::repeat;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::model::event::Event;
use crate::model::when::When;

/// Most replaced dates of one series.
const MOST: usize = 1_000;

/// Columns that are never taken from the series.
const TIMES: [Column; 6] =
    [Column::Start, Column::StartTime, Column::End, Column::EndTime, Column::Duration, Column::Weekday];

/// Columns of the place. A row that fills in one of them replaces all, so that the venue of one place never gets the
/// street of another.
const PLACE: [Column; 4] = [Column::Location, Column::Address, Column::Latitude, Column::Longitude];

/// Columns that only the row of the series may fill in.
const SERIES_ONLY: [Column; 4] = [Column::Occurrence, Column::Repeat, Column::Except, Column::Also];

/// Rows of one table that replace a date, by the id of the series, until the series is read.
#[derive(Default)]
pub(super) struct OverrideRows {
    by_id: BTreeMap<String, Vec<RawRow>>,
}

impl OverrideRows {
    /// Collects the rows of a table.
    pub(super) fn collect(table: &TableRows<'_>) -> OverrideRows {
        let mut rows = OverrideRows::default();
        if table.header.has(Column::Occurrence) {
            // Errors are reported when all rows are read.
            let _ = table.each(&mut |raw, row| {
                if row.replaces_one() {
                    let id = row.get(Column::Id).unwrap_or_default().to_owned();
                    rows.by_id.entry(id).or_default().push(raw.clone());
                }
                ControlFlow::Continue(())
            });
        }
        rows
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.by_id.values().map(Vec::len).sum()
    }

    /// Removes and returns the rows of a series.
    pub(super) fn take(&mut self, series: &RowView<'_>) -> Vec<RawRow> {
        series.get(Column::Id).and_then(|id| self.by_id.remove(id)).unwrap_or_default()
    }

    /// Reports the rows whose series does not exist.
    pub(super) fn report_rest(self, table: &TableRows<'_>, out: &mut Diagnostics) {
        for (id, rows) in self.by_id {
            for raw in rows {
                let row = table.view(&raw);
                let found = match id.as_str() {
                    "" => "no id".to_owned(),
                    id => format!("{}, which no series in {} has", quoted(id), table.file),
                };
                let expected = "the id of the series whose date this row replaces";
                let place = row.place(Column::Id);
                let fault = Diagnostic::new(Code::OccurrenceWithoutSeries, place, found, expected);
                let mut fault = fault.help("type the id of the row with the series, or clear `occurrence`");
                row.excerpt(&mut fault);
                out.push(fault);
            }
        }
    }
}

/// A row that replaces a date of a series.
pub(super) struct Override {
    /// Local start of the date in the series.
    pub(super) start: DateTime,
    /// The row, its blank cells filled in from the series.
    pub(super) raw: RawRow,
    /// The event that takes place instead, without regions, topics and contacts.
    pub(super) event: Event,
}

/// Parses the rows that replace dates of one series.
pub(super) struct OverrideParser<'r> {
    pub(super) table: &'r TableRows<'r>,
    pub(super) series: &'r Event,
    pub(super) series_row: RowView<'r>,
    pub(super) out: &'r mut Diagnostics,
}

impl OverrideParser<'_> {
    /// Parses a row.
    ///
    /// # Errors
    ///
    /// The date that the row replaces, if it can be read but the row has errors, which are reported. No date if it
    /// cannot be read, or if the row is not to be published.
    pub(super) fn parse(
        &mut self,
        raw: &RawRow,
        known: &BTreeMap<DateTime, Event>,
    ) -> Result<Override, Option<DateTime>> {
        let row = self.table.view(raw);
        let start = self.occurrence(&row, known).ok_or(None)?;
        let raw = RawRow { cells: self.merged(&row, start), ..raw.clone() };
        let mut out = Diagnostics::default();
        let (merged, dates) = (self.table.view(&raw), self.table.dates);
        let parsed = RowParser { row: merged, dates, out: &mut out }.parse();
        // Faults in cells of the series are reported in its own row.
        for fault in out.into_kept().filter(|fault| row.holds(&fault.place)) {
            self.out.push(fault);
        }
        let mut event = parsed.event.map_err(|row| (!row.is_withdrawn).then_some(start))?;
        if [Column::End, Column::EndTime, Column::Duration].iter().all(|column| row.get(*column).is_none()) {
            event.when = event.when.lasting_as(&self.series.when);
        }
        Ok(Override { start, raw, event })
    }

    /// Parses the date that a row replaces. It must be a date of the series that no other row replaces.
    fn occurrence(&mut self, row: &RowView<'_>, known: &BTreeMap<DateTime, Event>) -> Option<DateTime> {
        let text = row.get(Column::Occurrence).unwrap_or_default();
        let place = row.place(Column::Occurrence);
        let first = &self.series.when;
        let Some(series) = self.series.repeat.as_deref() else {
            let found = format!("{}, and row {} is no series", quoted(text), self.series_row.number());
            let expected = "a row of a series before it, with a rhythm in `repeat`";
            self.out.push(
                Diagnostic::new(Code::OccurrenceWithoutSeries, place, found, expected)
                    .help("clear `occurrence` and give the row an id of its own, if it is another event"),
            );
            return None;
        };
        let moment = self.table.dates.order.read(text).ok();
        let Some(start) = moment.and_then(|at| repeat::local_start(&at, first, series.clock)) else {
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
            let expected = format!("a date of the series in row {}", self.series_row.number());
            let fault = Diagnostic::new(Code::OccurrenceWithoutSeries, place, quoted(text), expected);
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

    /// Returns the cells of a row with blank ones filled in from the series. Without a start of its own the row is on
    /// the date that it replaces.
    fn merged(&self, row: &RowView<'_>, start: DateTime) -> StringRecord {
        let header = self.table.header;
        let says = |column: Column| row.get(column).is_some();
        let mut cells: Vec<&str> = (0..header.width())
            .map(|position| Some(row.raw(position)).filter(|own| !own.trim().is_empty()))
            .enumerate()
            .map(|(position, own)| own.unwrap_or_else(|| self.series_row.raw(position)))
            .collect();
        let place: &[Column] = if PLACE.into_iter().any(says) { &PLACE } else { &[] };
        for position in TIMES.iter().chain(place).flat_map(|column| header.positions(*column)) {
            cells[position] = row.raw(position);
        }
        for position in SERIES_ONLY.iter().flat_map(|column| header.positions(*column)) {
            cells[position] = "";
        }
        let is_day = says(Column::StartTime) || matches!(self.series.when, When::Days { .. });
        let start = if is_day { start.date().to_string() } else { start.to_string() };
        if !says(Column::Start)
            && let Some(position) = header.positions(Column::Start).next()
        {
            cells[position] = &start;
        }
        StringRecord::from(cells)
    }
}
