//! Reads every table that the settings name: opens the file, finds the header, parses the rows in parallel and adds
//! them in order.

use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::contacts::ContactCache;
use super::dialect_summary::summary;
use super::folder::Folder;
use super::held_events::{LoadInstant, TableState};
use super::overrides::OverrideRows;
use super::row_parser::RowParser;
use super::sheet::dialect::{self, OpenedTable};
use super::sheet::header::Header;
use super::sheet::raw_row::{RawRow, TableError};
use super::sheet::row_view::RowView;
use super::table_contents::TableContents;
use super::table_rows::TableRows;
use super::tags::TagRegistry;
use super::time::context::{DateContext, DateReader};
use super::truncation::LastRow;
use crate::dates::moment;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::history::History;
use crate::model::report::TableReport;
use crate::model::settings::{Settings, Source};

/// Most rows of one table.
pub(super) const MOST_ROWS: usize = 2_000_000;
/// Rows that are parsed at a time.
const BATCH: usize = 512;
/// Fewest rows that are worth a thread.
const PER_THREAD: usize = 128;

/// A row, and the row below it if that has nothing but a time of day.
struct RowGroup {
    raw: RawRow,
    below: Option<RawRow>,
}

impl RowGroup {
    /// Returns the view of the row with the time of day of the row below.
    fn view<'r>(&'r self, table: &'r TableRows<'_>) -> RowView<'r> {
        let time = self.below.as_ref().and_then(|below| table.view(below).only_start());
        table.view(&self.raw).continued_by(time)
    }
}

/// Reads tables one after another and collects their events.
pub(super) struct TableReader<'a> {
    pub settings: &'a Settings,
    pub at: LoadInstant,
    pub tags: &'a mut TagRegistry,
    pub out: &'a mut Diagnostics,
    /// Called for each row.
    pub progress: &'a mut dyn FnMut(),
    pub before: &'a History,
    pub contacts: ContactCache,
    pub contents: TableContents,
    /// Rows of the current table that replace one date of a series.
    pub overrides: OverrideRows,
}

impl TableReader<'_> {
    /// Reads every table that the settings name.
    pub fn read_all(&mut self, folder: &Folder) -> Vec<TableReport> {
        let sources = self.settings.tables(|name| folder.get(name).is_some());
        sources.iter().map(|source| self.read(folder, source)).collect()
    }

    fn read(&mut self, folder: &Folder, source: &Source) -> TableReport {
        let file = Folder::name(&source.file);
        let mut report = TableReport {
            file: source.file.clone(),
            name: source.name.clone().unwrap_or_else(|| source.file.clone()),
            edit_url: source.edit_url.clone(),
            ..TableReport::default()
        };
        self.contents.ids.begin_file(&file);
        let key = self.contents.unused_key(source.key());
        self.contents.tables.push(TableState::new(key, &file, self.before));
        let bytes = folder.get(&source.file);
        // Without settings that can be read, it is not known which file is a table.
        let is_assumed = self.at.holds_all && self.settings.sources.is_empty();
        if bytes.is_none() && !is_assumed {
            self.report_failure(&file, folder.failure(&source.file));
        }
        let is_read = match bytes.map(|bytes| dialect::open(bytes, &source.writing)) {
            None => false,
            Some(Ok(opened)) => self.read_table(&opened, &file, source, &mut report),
            Some(Err((found, help))) => {
                let expected = "a table: CSV, .xlsx, .ods or .ics";
                let fault = Diagnostic::new(Code::NotText, Place::whole(&file), found, expected);
                self.out.push(fault.help(help));
                false
            }
        };
        // Settings that cannot be read may say that all of it means something else.
        if !is_read || self.at.holds_all || source.is_held {
            self.table_state().is_unreadable = true;
            self.contents.forget_last_table();
            (report.events, report.replaced, report.left_out) = (0, 0, report.rows);
        }
        report
    }

    /// Returns the state of the table that is being read.
    pub(super) fn table_state(&mut self) -> &mut TableState {
        self.contents.tables.last_mut().expect("a table is added before it is read")
    }

    /// Reads a table. Returns `false` if it cannot be read as a whole, which is reported.
    fn read_table(
        &mut self,
        opened: &OpenedTable<'_>,
        file: &Arc<str>,
        source: &Source,
        report: &mut TableReport,
    ) -> bool {
        report.assumed = format!("{} is read as {}.", source.file, opened.nature);
        self.report_mixed_encoding(opened.mixed, file);
        let head = match dialect::header(&opened.table, &source.writing) {
            Ok(Some(head)) => head,
            result => {
                match result {
                    Err(error) => self.report_error(&error, file, &opened.table, report),
                    Ok(_) => self.report_empty(file),
                }
                report.left_out = report.rows;
                return false;
            }
        };
        let place = Place::cell(file, head.number.max(1), 1);
        let Some(header) = Header::read(&head, &place, &source.writing, self.out) else {
            // The header is reported; errors below it would not help.
            let _ = opened.table.rows(&mut |raw| {
                report.rows += usize::from(raw.number > head.number && !raw.is_blank());
                ControlFlow::Continue(())
            });
            report.left_out = report.rows;
            return false;
        };
        let dates = DateContext {
            zone: source.zone.as_ref().unwrap_or(&self.settings.zone).clone(),
            zone_is_set: source.zone.is_some() || self.settings.zone_is_set,
            order: DateReader::new(&opened.table, &header, source.writing.date_order),
            weekdays: source.writing.weekdays,
        };
        self.report_missing_id_column(&header, &place);
        let table = TableRows { table: &opened.table, header: &header, file, source, dates: &dates };
        self.overrides = OverrideRows::collect(&table);
        let last_row = opened.table.unterminated_row().map(|row| LastRow::new(row, file));
        self.contents.last_rows.extend(last_row);
        let is_visibility_lost = self.check_visibility(&header, &place);
        report.rows += self.overrides.len();
        let result = self.read_rows(&table, report);
        std::mem::take(&mut self.overrides).report_rest(&table, self.out);
        if let Err(error) = result {
            self.report_error(&error, file, &opened.table, report);
            self.table_state().holds_missing = true;
        }
        report.left_out = report.rows - report.events - report.replaced;
        report.columns = header.mapping();
        report.unread = header.unread().to_vec();
        report.assumed = summary(&source.file, &opened.nature, &header, &dates);
        !is_visibility_lost
    }

    fn read_rows(&mut self, table: &TableRows<'_>, report: &mut TableReport) -> Result<(), TableError> {
        let has_continuations = table.has_continuations();
        let mut batch: Vec<RowGroup> = Vec::new();
        let mut count = report.rows;
        let result = table.each(&mut |raw, row| {
            if row.replaces_one() {
                return ControlFlow::Continue(());
            }
            if has_continuations
                && row.only_start().is_some_and(moment::is_time)
                && let Some(RowGroup { below: below @ None, .. }) = batch.last_mut()
            {
                *below = Some(raw.clone());
                return ControlFlow::Continue(());
            }
            if count >= MOST_ROWS {
                self.report_too_many(table.file);
                return ControlFlow::Break(());
            }
            if batch.len() == BATCH {
                self.add_rows(table, &batch, report);
                batch.clear();
            }
            count += 1;
            batch.push(RowGroup { raw: raw.clone(), below: None });
            ControlFlow::Continue(())
        });
        self.add_rows(table, &batch, report);
        result
    }

    /// Parses rows in parallel and adds them in order.
    fn add_rows(&mut self, table: &TableRows<'_>, batch: &[RowGroup], report: &mut TableReport) {
        let parse = |group: &RowGroup| {
            let (row, mut out) = (group.view(table), Diagnostics::default());
            let parsed = RowParser { row, dates: table.dates, out: &mut out }.parse();
            out.since(0).for_each(|fault| row.excerpt(fault));
            (parsed, out)
        };
        let parsed: Vec<_> = batch.par_iter().with_min_len(PER_THREAD).map(parse).collect();
        for (group, (parsed, mut out)) in batch.iter().zip(parsed) {
            let row = group.view(table);
            self.out.absorb(&mut out);
            report.rows += 1;
            (self.progress)();
            let mark = self.out.mark();
            self.add_row(table, row, parsed, report);
            self.out.since(mark).for_each(|fault| row.excerpt(fault));
            if let Some(below) = &group.below {
                report.rows += 1;
                self.report_continuation(&table.view(below), group.raw.number);
            }
        }
    }
}
