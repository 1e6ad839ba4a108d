//! `.xlsx` workbooks to rows.
//!
//! A date becomes text as in ISO 8601, a cell that is merged downwards is repeated in each of its rows, a formula is its
//! last result.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::Unit;
use jiff::civil::{Date, DateTime};

use super::archive::{self, no_such_sheet, unreadable};
use super::raw_row::{RowVisitor, TableError};
use super::row_builder::RowBuilder;

/// The most merged areas of a sheet.
const MAX_MERGED: usize = 100_000;
/// The most bytes of text of a sheet, plus [`TEXT_PER_BYTE`] for each byte of the file. A shared text may be in every cell.
const MAX_TEXT: u64 = 256 << 20;
const TEXT_PER_BYTE: u64 = 64;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Visits the rows of a sheet: the named one, or the first that is visible.
///
/// # Errors
///
/// Returns an error if the workbook cannot be read, is above a limit, or has no such sheet.
pub fn rows(bytes: &[u8], sheet: Option<&str>, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
    archive::check_limits(bytes).map_err(unreadable)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| {
        unreadable(match error {
            XlsxError::Password => "a password on the workbook".to_owned(),
            error => error.to_string(),
        })
    })?;
    let name = find_sheet(&book, sheet)?;
    let merged = book.merge_cells_by_sheet_name(&name).map_err(|error| unreadable(error.to_string()))?;
    if merged.len() > MAX_MERGED {
        return Err(unreadable(format!("{} merged areas", merged.len())));
    }
    let rows = RowBuilder::new(MAX_TEXT + TEXT_PER_BYTE * bytes.len() as u64, visit);
    read_cells(&mut book, &name, &merged, rows).map_err(unreadable)
}

fn find_sheet(book: &Book<'_>, wanted: Option<&str>) -> Result<String, TableError> {
    let sheets = book.sheets_metadata();
    let found = sheets.iter().find(|sheet| match wanted {
        Some(wanted) => sheet.name.eq_ignore_ascii_case(wanted),
        None => sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet,
    });
    let no_sheet = || no_such_sheet(wanted, sheets.iter().map(|sheet| sheet.name.as_str()));
    found.map(|sheet| sheet.name.clone()).ok_or_else(no_sheet)
}

/// Reads the cells of a sheet; text of merged areas is repeated downwards.
fn read_cells(
    book: &mut Book<'_>,
    name: &str,
    merged: &[Dimensions],
    mut rows: RowBuilder<'_, '_>,
) -> Result<(), String> {
    let last_rows: BTreeMap<(u32, u32), u32> = merged.iter().map(|area| (area.start, area.end.0)).collect();
    let mut reader = book.worksheet_cells_reader(name).map_err(|error| error.to_string())?;
    let mut current = 0;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|error| error.to_string())? {
        let (row, column) = cell.pos;
        if row < current {
            return Err(format!("row {} after row {}", row + 1, current + 1));
        }
        if row > current {
            if rows.end_row(current, 1)?.is_break() {
                return Ok(());
            }
            current = row;
        }
        let has_no_result = cell.formula.is_some() && cell.value == DataRef::Empty;
        let text = if has_no_result { "#CALC!".to_owned() } else { cell_text(&cell.value) };
        let last_row = last_rows.get(&cell.pos).copied().unwrap_or(row);
        rows.set(row, column as usize, &text, last_row)?;
    }
    rows.end_row(current, 1).map(drop)
}

fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string().to_uppercase(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(at) => {
            let days = at.as_f64();
            let form = match days {
                0.0..1.0 => "%H:%M:%S",
                _ if days.fract() == 0.0 => "%Y-%m-%d",
                _ => "%Y-%m-%dT%H:%M:%S",
            };
            date_time(at).map_or_else(|| days.to_string(), |at| at.strftime(form).to_string())
        }
    }
}

/// Returns the date and time of a cell, to the second. Times are binary fractions of a day: 59.9999 seconds are the next
/// minute.
fn date_time(at: &ExcelDateTime) -> Option<DateTime> {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let (hour, minute, second) = (hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?);
    date.at(hour, minute, second, i32::from(milli) * 1_000_000).round(Unit::Second).ok()
}
