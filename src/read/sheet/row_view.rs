//! A row together with its header: cells by column, and faults of the row as a whole.

use std::borrow::Cow;
use std::sync::Arc;

use super::columns::{Column, Merge, Separators};
use super::header::Header;
use super::quotes::QuoteError;
use super::raw_row::RawRow;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Excerpt, Place, Spot, quoted};
use crate::read::time::clock;
use crate::text::{block, is_forbidden, is_plain, line};

/// The longest cell, in bytes.
pub const LONGEST_CELL: usize = 1 << 20;

/// What a spreadsheet shows when a formula has no result.
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
}

impl<'a> RowView<'a> {
    /// Creates the view of a row of a file.
    #[must_use]
    pub fn new(raw: &'a RawRow, header: &'a Header, file: &'a Arc<str>) -> RowView<'a> {
        RowView { raw, header, file, continued: None }
    }

    /// Returns a text of several lines, as [`block`] has it.
    #[must_use]
    pub fn block(&self, text: Cow<'_, str>) -> Box<str> {
        block(&text).into()
    }

    /// Returns a text of one line, as [`line()`] has it.
    #[must_use]
    pub fn line(&self, text: Cow<'_, str>) -> Box<str> {
        line(&text).into()
    }

    /// Returns the row with the time of day that the row below has.
    #[must_use]
    pub fn continued_by(self, time: Option<&'a str>) -> RowView<'a> {
        RowView { continued: time, ..self }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.raw.number
    }

    /// Whether it replaces an occurrence of a series.
    #[must_use]
    pub fn replaces_one(&self) -> bool {
        self.get(Column::Occurrence).is_some()
    }

    /// A cell as it is, by its position from 0.
    #[must_use]
    pub fn raw(&self, position: usize) -> &'a str {
        self.raw.cells.get(position).unwrap_or_default()
    }

    /// Whether the cell of a place is in it and holds anything; a place that is no cell is.
    #[must_use]
    pub fn holds(&self, place: &Place) -> bool {
        match place.spot {
            Spot::Cell { column, .. } => {
                let position = usize::try_from(column).unwrap_or(1).saturating_sub(1);
                !self.raw(position).trim().is_empty()
            }
            _ => true,
        }
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// Whether no cell holds anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.raw.is_blank()
    }

    /// The text of the only cell that holds anything, when it is that of the start.
    #[must_use]
    pub fn only_start(&self) -> Option<&'a str> {
        let mut filled = self.raw.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        let (position, text) = filled.next()?;
        let alone = filled.next().is_none() && self.header.positions(Column::Start).any(|at| at == position);
        alone.then(|| text.trim())
    }

    /// The text of a cell without the space around it; `None` when the column or the text is missing.
    /// Where several columns are one, the first that is not blank.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<&'a str> {
        self.at(column).map(|(_, text)| text)
    }

    /// The same with its position.
    fn at(&self, column: Column) -> Option<(usize, &'a str)> {
        self.header.positions(column).find_map(|position| Some((position, self.cell(position)?)))
    }

    fn cell(&self, position: usize) -> Option<&'a str> {
        let text = self.raw.cells.get(position)?.trim();
        (!text.is_empty()).then(|| unquoted(text))
    }

    /// All texts of a column that is several columns here.
    pub fn each(&self, column: Column) -> impl Iterator<Item = &'a str> {
        let row = *self;
        self.header.positions(column).filter_map(move |position| row.cell(position))
    }

    /// All texts of a column with what separates values in each.
    pub fn separated(&self, column: Column) -> impl Iterator<Item = (&'a str, Separators)> {
        let row = *self;
        let parts = self.header.separated(column);
        parts.filter_map(move |(position, separators)| Some((row.cell(position)?, separators)))
    }

    /// The texts of a column put together, equal ones once: `Library, Room 2`.
    #[must_use]
    pub fn joined(&self, column: Column) -> Option<Cow<'a, str>> {
        let between = match &column.spec().merge {
            Merge::Joined(between) => between,
            Merge::First if column == Column::Title => " – ",
            Merge::First | Merge::Each => " ",
        };
        let mut texts = self.each(column);
        let first = texts.next()?;
        let mut others = texts.filter(|text| *text != first).peekable();
        if others.peek().is_none() {
            return Some(Cow::Borrowed(first));
        }
        let mut parts: Vec<&str> = vec![first];
        for text in others {
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        Some(Cow::Owned(parts.join(between)))
    }

    /// The text of a column: put together of several where the settings say so, else as [`RowView::get`] has it.
    #[must_use]
    pub fn text(&self, column: Column) -> Option<Cow<'a, str>> {
        if self.header.is_joined(column) { self.joined(column) } else { self.get(column).map(Cow::Borrowed) }
    }

    /// The start as one text: a date and a time in two columns, or in two rows, are put together.
    #[must_use]
    pub fn start(&self) -> Option<Cow<'a, str>> {
        match (self.day_and_time().or_else(|| self.text(Column::Start)), self.continued) {
            (Some(day), Some(time)) => Some(Cow::Owned(format!("{day} {time}"))),
            (day, _) => day,
        }
    }

    /// `Date` and `Start` side by side, the hour alone in one of them, mean both together.
    fn day_and_time(&self) -> Option<Cow<'a, str>> {
        if self.header.positions(Column::Start).nth(1).is_none() || self.header.is_joined(Column::Start) {
            return None;
        }
        let mut parts = self.each(Column::Start);
        let (one, other) = (parts.next()?, parts.next()?);
        match (clock::is_time(one), clock::is_time(other)) {
            (true, false) => Some(Cow::Owned(format!("{other} {one}"))),
            (false, true) => Some(Cow::Owned(format!("{one} {other}"))),
            _ => None,
        }
    }

    /// The place of a cell: the one that is read, or where it would be; of the row's first cell when the
    /// table has no such column.
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

    /// Shows a diagnostic's cell in it.
    pub fn excerpt(&self, fault: &mut Diagnostic) {
        if fault.excerpt.is_some() || fault.place.row() != self.raw.number {
            return;
        }
        if let Spot::Cell { column, .. } = fault.place.spot {
            let position = usize::try_from(column).unwrap_or(1).saturating_sub(1);
            let text = self.raw.cells.get(position).unwrap_or_default();
            if text.trim().is_empty() {
                return;
            }
            fault.excerpt = Some(Excerpt::cell(&self.header.label(position), text, &fault.found));
        }
    }

    /// Reports what makes a row unreadable, or doubtful, as a whole. Returns whether it can be used.
    pub fn check(&self, out: &mut Diagnostics) -> bool {
        if let Some(error) = self.raw.quote_error {
            self.tell_quote(error, out);
        }
        let whole = self.raw.cells.as_slice();
        let mut sound = whole.len() <= LONGEST_CELL || self.tell_long(out);
        self.tell_extra(out);
        if is_plain(whole.as_bytes()) {
            return sound;
        }
        self.tell_odd(out);
        for column in Column::ALL {
            for position in self.header.positions(column) {
                let text = self.raw.cells.get(position).unwrap_or_default();
                if text.starts_with('#') && FORMULA_ERRORS.contains(&text.trim()) {
                    let place = self.place_at(position);
                    let fault =
                        Diagnostic::new(Code::FormulaError, place, quoted(text), "the value of the formula");
                    out.push(fault.help("mend the formula, or type the value in its place"));
                    sound = false;
                }
            }
        }
        sound
    }

    fn tell_quote(&self, error: QuoteError, out: &mut Diagnostics) {
        let shown = |cell| quoted(self.raw.cells.get(cell).unwrap_or_default());
        let (cell, found, expected, help) = match error {
            QuoteError::SpaceBefore(cell) => (
                cell,
                format!("a space before the quotation mark of {}", shown(cell)),
                "the quotation mark first",
                "remove the space: until then the mark is part of the text, and a comma inside ends the cell",
            ),
            QuoteError::TextAfter(cell) | QuoteError::Unclosed(cell) => (
                cell,
                format!("text after the closing quotation mark of {}", shown(cell)),
                "the next cell",
                "put the whole cell between quotation marks and double those inside: \"the \"\"big\"\" walk\"",
            ),
        };
        out.push(Diagnostic::new(Code::StrayQuote, self.place_at(cell), found, expected).help(help));
    }

    fn tell_long(&self, out: &mut Diagnostics) -> bool {
        let long = self.raw.cells.iter().enumerate().find(|(_, cell)| cell.len() > LONGEST_CELL);
        let Some((position, cell)) = long else { return true };
        let found = format!("a cell of {} bytes", cell.len());
        out.push(
            Diagnostic::new(
                Code::TooLarge,
                self.place_at(position),
                found,
                format!("at most {LONGEST_CELL}"),
            )
            .help("if a quotation mark before it is not closed, close it; else shorten the text"),
        );
        false
    }

    fn tell_odd(&self, out: &mut Diagnostics) {
        for (position, cell) in self.raw.cells.iter().enumerate() {
            let place = || self.place_at(position);
            if cell.contains('\u{fffd}') {
                let fault = Diagnostic::new(Code::DamagedText, place(), quoted(cell), "whole letters");
                out.push(fault.help("type the letter again where \u{fffd} stands"));
            }
            let control = |c: char| is_forbidden(c) && !matches!(c, '\r' | '\u{85}');
            if cell.contains(control) {
                let fault = Diagnostic::new(
                    Code::ControlCharacter,
                    place(),
                    quoted(cell),
                    "text without control characters",
                );
                out.push(fault.help("it is read without them; type the cell again"));
            }
        }
    }

    fn tell_extra(&self, out: &mut Diagnostics) {
        let width = self.header.width();
        if self.raw.cells.len() <= width {
            return;
        }
        let extra = self.raw.cells.iter().enumerate().skip(width).find(|(_, cell)| !cell.trim().is_empty());
        if let Some((position, cell)) = extra {
            let found = format!("{} beyond the last column", quoted(cell));
            out.push(
                Diagnostic::new(
                    Code::RaggedRow,
                    self.place_at(position),
                    found,
                    format!("at most {width} cells"),
                )
                .help("a cell that holds a comma stands between quotation marks: \"Chicago, Illinois\""),
            );
        }
    }
}

/// An imported cell that would be a formula carries an apostrophe, which is not part of the text.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(crate::text::FORMULA) => rest,
        _ => text,
    }
}
