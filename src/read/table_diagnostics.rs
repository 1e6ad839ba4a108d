//! Diagnostics about a table as a whole.

use std::sync::Arc;

use super::sheet::columns::Column;
use super::sheet::header::Header;
use super::sheet::raw_row::TableError;
use super::sheet::row_view::RowView;
use super::sheet::table::TableFile;
use super::tables::{MOST_ROWS, TableReader};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::model::report::TableReport;

impl TableReader<'_> {
    /// Reports a file that is not there or could not be fetched.
    pub(super) fn report_failure(&mut self, file: &Arc<str>, failure: Option<&str>) {
        let place = Place::whole(file);
        let (is_known, is_address) = (self.table_state().is_known, file.contains("://"));
        let fault = match failure {
            None => Diagnostic::new(Code::NoEvents, place, "no such file", "the table of events").help(
                "save the spreadsheet as CSV UTF-8 under this name, or name another file in calcast.toml",
            ),
            Some(why) if is_known && is_address => {
                Diagnostic::new(Code::StaleSource, place, why, "an answer with the table")
                    .help("what was published stays; calcast asks again")
            }
            Some(why) if is_address => {
                Diagnostic::new(Code::Unreachable, place, why, "an answer with the table")
                    .help("open the address in a browser: it must give the table itself to everybody")
            }
            Some(why) => Diagnostic::new(Code::Unreachable, place, why, "a file that can be read"),
        };
        self.out.push(fault);
    }

    /// Reports the first line in another encoding than the lines before it.
    pub(super) fn report_mixed_encoding(&mut self, line: Option<u32>, file: &Arc<str>) {
        let Some(line) = line else { return };
        let place = Place::line(file, line);
        let found = format!("another encoding from line {line} on");
        self.out.push(
            Diagnostic::new(Code::MixedEncoding, place, found, "one encoding in one file")
                .help("each line is read in its own; save the file once as \"CSV UTF-8\""),
        );
    }

    pub(super) fn report_no_zone(&mut self, row: &RowView<'_>) {
        let found = format!("{} without a time zone", quoted(&row.start().unwrap_or_default()));
        let expected = "a zone for times of day; UTC is assumed";
        self.out.push(Diagnostic::new(Code::NoZone, row.place(Column::Start), found, expected).help(
            "write timezone = \"America/Chicago\" (or yours) in calcast.toml, or add a column timezone",
        ));
    }

    pub(super) fn report_missing_id_column(&mut self, header: &Header, place: &Place) {
        if !header.has(Column::Id) {
            let expected = "an id for each event, so that it stays the same when its title changes";
            self.out.push(Diagnostic::new(Code::MissingId, place.clone(), "no column `id`", expected).help(
                "add a column `id` with a short name in each row; until then title and first region stand in",
            ));
        }
    }

    /// Returns whether a column is gone that said which rows are published, which is reported: nobody can tell now.
    /// Notes whether the table has a column `approved`.
    pub(super) fn check_visibility(&mut self, header: &Header, place: &Place) -> bool {
        let is_accepted = self.at.is_accepted;
        let known = &mut self.table_state().history;
        let is_gone = |was: bool, column: Column| was && !header.has(column) && !is_accepted;
        let gone = [(known.approval, Column::Approved), (known.private, Column::Private)];
        let gone: Vec<Column> = gone
            .into_iter()
            .filter(|(was, column)| is_gone(*was, *column))
            .map(|(_, column)| column)
            .collect();
        known.approval = header.has(Column::Approved) || gone.contains(&Column::Approved);
        known.private = gone.contains(&Column::Private) || (known.private && header.has(Column::Private));
        for column in &gone {
            let found = format!("no column `{}`", column.name());
            let expected = "the column that says which rows are published, as before";
            let fault = Diagnostic::new(Code::MissingApproval, place.clone(), found, expected);
            self.out.push(fault.help(
                "put the column back, or run `calcast lock --accept` if every row is to be published from now on",
            ));
        }
        !gone.is_empty()
    }

    pub(super) fn report_continuation(&mut self, row: &RowView<'_>, number: u32) {
        let found = quoted(&row.start().unwrap_or_default());
        let mut fault =
            Diagnostic::new(Code::ContinuedRow, row.place(Column::Start), found, "a row with an event")
                .help(format!("it is taken for the time of row {number}"));
        row.excerpt(&mut fault);
        self.out.push(fault);
    }

    pub(super) fn report_too_many(&mut self, file: &Arc<str>) {
        let found = format!("more than {MOST_ROWS} rows");
        let most = format!("at most {MOST_ROWS}");
        self.out.push(Diagnostic::new(Code::TooLarge, Place::whole(file), found, most));
    }

    pub(super) fn report_empty(&mut self, file: &Arc<str>) {
        let fault =
            Diagnostic::new(Code::MissingColumn, Place::whole(file), "an empty file", "a header in row 1");
        self.out.push(fault.help("type the names of the columns in row 1: id,title,start,end,region,topic"));
    }

    /// Reports why a table was not read to its end.
    pub(super) fn report_error(
        &mut self,
        error: &TableError,
        file: &Arc<str>,
        table: &TableFile<'_>,
        report: &mut TableReport,
    ) {
        match error {
            TableError::UnclosedQuote { row, cell, text } => {
                report.rows += 1;
                let column = u32::try_from(cell + 1).unwrap_or(u32::MAX);
                let found =
                    format!("a quotation mark that is never closed, before {}", quoted(text.trim_end()));
                let (place, expected) =
                    (Place::cell(file, *row, column), "a second one at the end of the cell");
                self.out.push(
                    Diagnostic::new(Code::UnclosedQuote, place, found, expected)
                        .help("close the cell with \"; inside a cell type \"\" for one quotation mark"),
                );
            }
            TableError::Unreadable { found, expected } => {
                let (code, help) = match table {
                    TableFile::Calendar(_) => {
                        (Code::BadCalendar, "export it again from the calendar program")
                    }
                    _ => (Code::BadWorkbook, "open it and save it again, or as CSV UTF-8"),
                };
                self.out.push(
                    Diagnostic::new(code, Place::whole(file), found.as_str(), expected.as_str()).help(help),
                );
            }
        }
    }
}
