//! `.xlsx` workbooks to records, cell by cell: a sheet is never in memory whole.
//!
//! A date cell becomes an ISO 8601 date, a cell merged downwards stands in each of its rows, a formula is
//! its last result.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use csv::StringRecord;

use super::archive;
use super::record::Record;
use super::table::{Ending, Flow, Line};

/// The most columns of a sheet that are looked at; [`super::header`] refuses fewer.
pub const MOST_COLUMNS: u32 = 1_024;
/// The most merged areas of a sheet.
const MOST_MERGED: usize = 100_000;
/// Bytes of text that a sheet may come to: this, and so many times the file. A shared text may stand in
/// every cell.
const MOST_TEXT: (usize, usize) = (256 << 20, 64);

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Hands the rows of a sheet over: the one that is named, or the first that is visible.
pub fn rows(bytes: &[u8], sheet: Option<&str>, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
    let broken = |why: String| Ending::Broken(why, "a workbook that opens".to_owned());
    if let Err(why) = archive::weigh(bytes) {
        return broken(why);
    }
    let mut book: Book<'_> = match Xlsx::new(Cursor::new(bytes)) {
        Ok(book) => book,
        Err(XlsxError::Password) => return broken("a password on the workbook".to_owned()),
        Err(error) => return broken(error.to_string()),
    };
    let name = match chosen(&book, sheet) {
        Ok(name) => name,
        Err(ending) => return ending,
    };
    let merged = match book.merge_cells_by_sheet_name(&name) {
        Ok(merged) if merged.len() <= MOST_MERGED => merged,
        Ok(merged) => return broken(format!("{} merged areas", merged.len())),
        Err(error) => return broken(error.to_string()),
    };
    let most = MOST_TEXT.0 + MOST_TEXT.1 * bytes.len();
    match cells(&mut book, &name, Assembly::new(&merged, most, take)) {
        Ok(()) => Ending::Whole,
        Err(why) => broken(why),
    }
}

fn chosen(book: &Book<'_>, sheet: Option<&str>) -> Result<String, Ending> {
    let sheets = book.sheets_metadata();
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let found = match sheet {
        Some(wanted) => names.iter().find(|name| name.eq_ignore_ascii_case(wanted)).copied(),
        None => sheets
            .iter()
            .find(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.as_str()),
    };
    found.map(str::to_owned).ok_or_else(|| no_sheet(sheet, &names))
}

/// The sheet that is asked for is not there.
pub fn no_sheet(wanted: Option<&str>, names: &[&str]) -> Ending {
    let shown: Vec<String> = names.iter().take(20).map(|name| crate::diagnostic::quoted(name)).collect();
    Ending::Broken(
        format!("no sheet {}", wanted.map_or("that is visible".to_owned(), crate::diagnostic::quoted)),
        if shown.is_empty() {
            "a workbook with a sheet".to_owned()
        } else {
            format!("one of {}", shown.join(", "))
        },
    )
}

fn cells(book: &mut Book<'_>, name: &str, mut assembly: Assembly<'_>) -> Result<(), String> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|error| error.to_string())?;
    loop {
        let cell = reader.next_cell_with_formula_metadata().map_err(|error| error.to_string())?;
        let Some(record) = cell else { break };
        let mut text = text_of(&record.value);
        if record.formula.is_some() && record.value == DataRef::Empty {
            "#CALC!".clone_into(&mut text);
        }
        if assembly.cell(record.pos, text)? == Flow::Stop {
            return Ok(());
        }
    }
    assembly.end_row();
    Ok(())
}

/// Puts cells together to rows.
struct Assembly<'t> {
    row: u32,
    texts: Vec<String>,
    record: StringRecord,
    /// Merged areas of more than one row, by their last row and their column.
    merged: BTreeMap<(u32, u32), Dimensions>,
    /// What such areas hold, by column, until their last row.
    held: BTreeMap<u32, (u32, String)>,
    left: usize,
    take: &'t mut dyn FnMut(Line<'_>) -> Flow,
    flow: Flow,
}

impl<'t> Assembly<'t> {
    fn new(merged: &[Dimensions], most: usize, take: &'t mut dyn FnMut(Line<'_>) -> Flow) -> Assembly<'t> {
        let downwards = merged.iter().filter(|area| area.end.0 > area.start.0);
        Assembly {
            row: 0,
            texts: Vec::new(),
            record: StringRecord::new(),
            merged: downwards.map(|area| (area.start, *area)).collect(),
            held: BTreeMap::new(),
            left: most,
            take,
            flow: Flow::On,
        }
    }

    fn cell(&mut self, (row, column): (u32, u32), text: String) -> Result<Flow, String> {
        if row < self.row {
            return Err(format!("row {} after row {}", row + 1, self.row + 1));
        }
        if row > self.row {
            self.end_row();
            self.row = row;
        }
        if text.is_empty() || self.flow == Flow::Stop {
            return Ok(self.flow);
        }
        if column >= MOST_COLUMNS {
            return Err(format!("a value in column {} of row {}", column + 1, row + 1));
        }
        self.left = self.left.checked_sub(text.len()).ok_or("more text than a file of this size has")?;
        if let Some(area) = self.merged.get(&(row, column)) {
            self.held.insert(column, (area.end.0, text.clone()));
        }
        self.put(column, text);
        Ok(self.flow)
    }

    fn put(&mut self, column: u32, text: String) {
        let at = column as usize;
        if self.texts.len() <= at {
            self.texts.resize(at + 1, String::new());
        }
        self.texts[at] = text;
    }

    fn end_row(&mut self) {
        if self.texts.iter().all(String::is_empty) || self.flow == Flow::Stop {
            self.texts.clear();
            return;
        }
        let row = self.row;
        self.held.retain(|_, (last, _)| *last >= row);
        let held: Vec<(u32, String)> = self
            .held
            .iter()
            .filter(|(column, _)| self.texts.get(**column as usize).is_none_or(String::is_empty))
            .map(|(column, (_, text))| (*column, text.clone()))
            .collect();
        for (column, text) in held {
            self.put(column, text);
        }
        self.record.clear();
        for text in self.texts.drain(..) {
            self.record.push_field(&text);
        }
        self.flow = (self.take)(Line { row: row + 1, cells: Record::Own(&self.record), stray: None });
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            serial(
                at.as_f64(),
                [year, month.into(), day.into(), hour.into(), minute.into(), second.into(), milli],
            )
        }
    }
}

/// Below one day it is a time of day; without a fraction a day; else both.
fn serial(value: f64, parts: [u16; 7]) -> String {
    let [year, month, day, hour, minute, second, milli] = parts;
    // Times are fractions of a day in binary: 59.9999 seconds are the next minute.
    let at = jiff::civil::DateTime::new(
        i16::try_from(year).unwrap_or(0),
        i8::try_from(month).unwrap_or(0),
        i8::try_from(day).unwrap_or(0),
        i8::try_from(hour).unwrap_or(0),
        i8::try_from(minute).unwrap_or(0),
        i8::try_from(second).unwrap_or(0),
        i32::from(milli) * 1_000_000,
    )
    .and_then(|at| at.round(jiff::Unit::Second));
    let Ok(at) = at else { return value.to_string() };
    if (0.0..1.0).contains(&value) {
        at.strftime("%H:%M:%S").to_string()
    } else if value.fract() == 0.0 {
        at.strftime("%Y-%m-%d").to_string()
    } else {
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}
