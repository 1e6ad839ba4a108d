//! A row together with its header: cells by column, and faults of the row as a whole.

use std::borrow::Cow;
use std::sync::Arc;

use super::columns::{Column, Merge, Separators};
use super::header::Header;
use super::quotes::QuoteError;
use super::raw_row::RawRow;
use crate::dates::moment;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Excerpt, Place, Spot, quoted};
use crate::text::{block, is_forbidden, is_plain, line};

/// The longest cell, in bytes.
pub const MAX_CELL: usize = 1 << 20;

/// The values of formulas without a result.
const FORMULA_ERRORS: [&str; 12] = [
    "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#CALC!", "#SPILL!", "#BLOCKED!",
    "#FIELD!", "#GETTING_DATA",
];

/// One row with its header.
#[derive(Clone, Copy)]
pub struct RowView<'a> {
    raw: &'a RawRow,
    header: &'a Header,
    file: &'a Arc<str>,
    /// The time of day in a row of its own below.
    continued: Option<&'a str>,
    /// Whether [`RowView::check`] found the whole row [plain](is_plain).
    is_plain: bool,
}

impl<'a> RowView<'a> {
    /// Creates the view of a row of a file.
    #[must_use]
    pub fn new(raw: &'a RawRow, header: &'a Header, file: &'a Arc<str>) -> RowView<'a> {
        RowView { raw, header, file, continued: None, is_plain: false }
    }

    /// Returns multi-line text, normalized by [`block`].
    #[must_use]
    pub fn block(&self, text: Cow<'_, str>) -> Box<str> {
        if self.is_plain { text.trim().into() } else { block(&text).into() }
    }

    /// Returns single-line text, normalized by [`line()`].
    #[must_use]
    pub fn line(&self, text: Cow<'_, str>) -> Box<str> {
        line(&text).into()
    }

    /// Returns the row with the time of day that the row below has.
    #[must_use]
    pub fn continued_by(self, time: Option<&'a str>) -> RowView<'a> {
        RowView { continued: time, ..self }
    }

    /// Returns the number of the row.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.raw.number
    }

    /// Returns whether the row is an event of a calendar, not of a table.
    #[must_use]
    pub fn is_of_calendar(&self) -> bool {
        self.raw.is_line
    }

    /// Returns whether the row replaces an occurrence of a series.
    #[must_use]
    pub fn replaces_one(&self) -> bool {
        self.get(Column::Occurrence).is_some()
    }

    /// Returns a cell as it is, by its position from 0.
    #[must_use]
    pub fn raw(&self, position: usize) -> &'a str {
        self.raw.cells.get(position).unwrap_or_default()
    }

    /// Returns whether the cell of a place is not blank, or the place is no cell.
    #[must_use]
    pub fn holds(&self, place: &Place) -> bool {
        position_of(place).is_none_or(|position| !self.raw(position).trim().is_empty())
    }

    /// Returns the header of the table.
    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// Returns the start, if all other cells are blank.
    #[must_use]
    pub fn only_start(&self) -> Option<&'a str> {
        let mut filled = self.raw.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        let (position, text) = filled.next()?;
        let alone = filled.next().is_none() && self.header.positions(Column::Start).any(|at| at == position);
        alone.then(|| text.trim())
    }

    /// Returns the trimmed text of a column, or `None` if it is blank or missing. Of several such columns the first that is
    /// not blank.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<&'a str> {
        self.at(column).map(|(_, text)| text)
    }

    /// Returns the position and the text of a column.
    fn at(&self, column: Column) -> Option<(usize, &'a str)> {
        self.header.positions(column).find_map(|position| Some((position, self.cell(position)?)))
    }

    fn cell(&self, position: usize) -> Option<&'a str> {
        let text = self.raw.cells.get(position)?;
        // Most cells are not surrounded by white space.
        let text = match text.as_bytes() {
            [first, .., last] if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => {
                return Some(text);
            }
            _ => text.trim(),
        };
        (!text.is_empty()).then(|| unquoted(text))
    }

    /// Returns the texts of all columns of the table that are this column.
    pub fn each(&self, column: Column) -> impl Iterator<Item = &'a str> {
        self.separated(column).map(|(text, _)| text)
    }

    /// Returns the texts of a column with the separators of their values.
    pub fn separated(&self, column: Column) -> impl Iterator<Item = (&'a str, Separators)> {
        let row = *self;
        let parts = self.header.separated(column);
        parts.filter_map(move |(position, separators)| Some((row.cell(position)?, separators)))
    }

    /// Returns the joined texts of a column, equal ones once: `Library, Room 2`.
    #[must_use]
    pub fn joined(&self, column: Column) -> Option<Cow<'a, str>> {
        if self.header.positions(column).nth(1).is_none() {
            return self.get(column).map(Cow::Borrowed);
        }
        let between = match &column.spec().merge {
            Merge::Joined(between) => between,
            Merge::First if column == Column::Title => " – ",
            Merge::First | Merge::Each => " ",
        };
        let mut texts: Vec<&str> = Vec::new();
        for text in self.each(column) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        match texts[..] {
            [] => None,
            [text] => Some(Cow::Borrowed(text)),
            _ => Some(Cow::Owned(texts.join(between))),
        }
    }

    /// Returns the text of a column: joined if the settings join columns, else that of [`RowView::get`].
    #[must_use]
    pub fn text(&self, column: Column) -> Option<Cow<'a, str>> {
        if self.header.is_joined(column) { self.joined(column) } else { self.get(column).map(Cow::Borrowed) }
    }

    /// Returns the start as one text, also if date and time are in two columns or two rows.
    #[must_use]
    pub fn start(&self) -> Option<Cow<'a, str>> {
        match (self.day_and_time().or_else(|| self.text(Column::Start)), self.continued) {
            (Some(day), Some(time)) => Some(Cow::Owned(format!("{day} {time}"))),
            (day, _) => day,
        }
    }

    /// Returns the start of two columns such as `Date` and `Start`, of which one is a time of day.
    fn day_and_time(&self) -> Option<Cow<'a, str>> {
        if self.header.positions(Column::Start).nth(1).is_none() || self.header.is_joined(Column::Start) {
            return None;
        }
        let mut parts = self.each(Column::Start);
        let (one, other) = (parts.next()?, parts.next()?);
        match (moment::is_time(one), moment::is_time(other)) {
            (true, false) => Some(Cow::Owned(format!("{other} {one}"))),
            (false, true) => Some(Cow::Owned(format!("{one} {other}"))),
            _ => None,
        }
    }

    /// Returns the place of the cell of a column, or of the first cell of the row if the table has no such column.
    #[must_use]
    pub fn place(&self, column: Column) -> Place {
        let read = self.at(column).map(|(position, _)| position);
        let position = read.or_else(|| self.header.positions(column).next()).unwrap_or(0);
        self.place_at(position)
    }

    fn place_at(&self, position: usize) -> Place {
        if self.raw.is_line {
            return Place::line(self.file, self.raw.number);
        }
        Place::cell(self.file, self.raw.number, u32::try_from(position + 1).unwrap_or(u32::MAX))
    }

    /// Adds the cell of a diagnostic as its excerpt.
    pub fn excerpt(&self, fault: &mut Diagnostic) {
        let is_missing =
            fault.excerpt.is_none() && fault.place.row() == self.raw.number && self.holds(&fault.place);
        if let Some(position) = position_of(&fault.place).filter(|_| is_missing) {
            let label = self.header.label(position);
            fault.excerpt = Some(Excerpt::cell(&label, self.raw(position), &fault.found));
        }
    }

    /// Reports faults of the whole row. Returns whether the row can be used.
    pub fn check(&mut self, out: &mut Diagnostics) -> bool {
        if let Some(error) = self.raw.quote_error {
            out.push(self.quote_fault(error));
        }
        let whole = self.raw.cells.as_slice();
        let mut is_usable = whole.len() <= MAX_CELL || self.check_length(out);
        self.report_extra_cells(out);
        self.is_plain = is_plain(whole.as_bytes());
        if self.is_plain {
            return is_usable;
        }
        self.report_characters(out);
        for position in Column::ALL.into_iter().flat_map(|column| self.header.positions(column)) {
            let text = self.raw(position);
            if FORMULA_ERRORS.contains(&text.trim_end()) {
                let fault =
                    self.fault(Code::FormulaError, position, quoted(text), "the value of the formula");
                out.push(fault.help("mend the formula, or type the value in its place"));
                is_usable = false;
            }
        }
        is_usable
    }

    fn fault(&self, code: Code, position: usize, found: String, expected: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.place_at(position), found, expected)
    }

    fn quote_fault(&self, error: QuoteError) -> Diagnostic {
        let code = Code::StrayQuote;
        match error {
            QuoteError::SpaceBefore(cell) => {
                let found = format!("a space before the quotation mark of {}", quoted(self.raw(cell)));
                self.fault(code, cell, found, "the quotation mark first").help(
                    "remove the space: until then the mark is part of the text, and a comma inside ends the cell",
                )
            }
            QuoteError::TextAfter(cell) | QuoteError::Unclosed(cell) => {
                let found = format!("text after the closing quotation mark of {}", quoted(self.raw(cell)));
                self.fault(code, cell, found, "the next cell").help(
                    "put the whole cell between quotation marks and double those inside: \"the \"\"big\"\" walk\"",
                )
            }
        }
    }

    /// Reports a cell that is too long. Returns `true` if there is none.
    fn check_length(&self, out: &mut Diagnostics) -> bool {
        let long = self.raw.cells.iter().enumerate().find(|(_, cell)| cell.len() > MAX_CELL);
        let Some((position, cell)) = long else { return true };
        let found = format!("a cell of {} bytes", cell.len());
        let most = format!("at most {MAX_CELL}");
        let help = "if a quotation mark before it is not closed, close it; else shorten the text";
        out.push(self.fault(Code::TooLarge, position, found, most).help(help));
        false
    }

    fn report_characters(&self, out: &mut Diagnostics) {
        for (position, cell) in self.raw.cells.iter().enumerate() {
            if cell.contains('\u{fffd}') {
                let fault = self.fault(Code::DamagedText, position, quoted(cell), "whole letters");
                out.push(fault.help("type the letter again where \u{fffd} stands"));
            }
            if cell.contains(|c| is_forbidden(c) && !matches!(c, '\r' | '\u{85}')) {
                let expected = "text without control characters";
                let fault = self.fault(Code::ControlCharacter, position, quoted(cell), expected);
                out.push(fault.help("it is read without them; type the cell again"));
            }
        }
    }

    fn report_extra_cells(&self, out: &mut Diagnostics) {
        let width = self.header.width();
        let mut extra = (width..self.raw.cells.len()).map(|position| (position, self.raw(position)));
        if let Some((position, cell)) = extra.find(|(_, cell)| !cell.trim().is_empty()) {
            let found = format!("{} beyond the last column", quoted(cell));
            let most = format!("at most {width} cells");
            let help = "a cell that holds a comma stands between quotation marks: \"Chicago, Illinois\"";
            out.push(self.fault(Code::RaggedRow, position, found, most).help(help));
        }
    }
}

/// Returns the position, from 0, of the cell of a place.
fn position_of(place: &Place) -> Option<usize> {
    let Spot::Cell { column, .. } = place.spot else { return None };
    usize::try_from(column).ok()?.checked_sub(1)
}

/// Removes the apostrophe that keeps a cell from being a formula.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(crate::text::FORMULA) => rest,
        _ => text,
    }
}
