//! The format of a table file, recognized from its contents: kind of file, encoding, delimiter and header row. What cannot
//! be recognized is a setting.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::archive::{self, WorkbookFormat};
use super::delimited::DelimitedReader;
use super::encoding::{self, Decoded};
use super::header::{REQUIRED_BONUS, header_score};
use super::raw_row::{RawRow, TableError};
use super::table::TableFile;
use crate::model::settings::Writing;

/// The number of bytes that are searched for the delimiter.
const SAMPLE: usize = 64 << 10;
/// The most cells of a row: the columns of Excel.
const MAX_CELLS: usize = 16_384;
/// A text with more delimiters than this, plus a quarter of its bytes, is searched for a row that is too wide.
const MANY_DELIMITERS: usize = 2_000_000;
/// The number of rows that are searched for the header.
const MAX_HEADER_ROWS: usize = 40;
/// The number of known columns that makes a row a header.
const MIN_HEADER_COLUMNS: usize = 2;

/// A file opened as a table.
#[derive(Debug)]
pub struct OpenedTable<'a> {
    /// The table.
    pub table: TableFile<'a>,
    /// The format in words: `UTF-8 text with commas between cells`.
    pub nature: String,
    /// The first line in another encoding than a line before.
    pub mixed: Option<u32>,
}

/// Opens a file as a table.
///
/// # Errors
///
/// Returns the kind of file in words, and advice.
pub fn open<'a>(bytes: &'a [u8], writing: &Writing) -> Result<OpenedTable<'a>, (String, &'static str)> {
    let opened = |table, nature: &str, mixed| Ok(OpenedTable { table, nature: nature.to_owned(), mixed });
    if bytes.starts_with(b"PK\x03\x04") {
        let sheet = writing.sheet.clone();
        return match archive::format(bytes) {
            Some(WorkbookFormat::Xlsx) => {
                opened(TableFile::Workbook(bytes, sheet), "an Excel workbook", None)
            }
            Some(WorkbookFormat::Ods) => {
                opened(TableFile::OpenDocument(bytes, sheet), "an OpenDocument spreadsheet", None)
            }
            None => Err(("a zip that is no workbook".to_owned(), "take the table out of it first")),
        };
    }
    if let Some(what) = other_kind(bytes) {
        return Err(what);
    }
    let Decoded { text, name, mixed } = encoding::decode(bytes, writing.encoding.as_deref());
    if is_binary(&text) {
        let help = "save the table as \"CSV UTF-8\", .xlsx or .ods, or name its encoding in calcast.toml";
        return Err(("bytes that are no text".to_owned(), help));
    }
    let first = text.trim_start().get(..15).unwrap_or_default();
    if first.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
            Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
        };
        return opened(TableFile::Calendar(text), "an iCalendar file", mixed);
    }
    let delimiter = writing.delimiter.unwrap_or_else(|| delimiter(&text, writing));
    let delimiters = memchr::memchr_iter(delimiter, text.as_bytes()).count();
    if delimiters > text.len() / 4 + MANY_DELIMITERS && is_too_wide(text.as_bytes(), delimiter) {
        let help = "name what stands between cells in calcast.toml: delimiter = \";\"";
        return Err((format!("a row of more than {MAX_CELLS} cells"), help));
    }
    let nature = format!("{name} text with {} between cells", delimiter_name(delimiter));
    opened(TableFile::Text { text, delimiter }, &nature, mixed)
}

/// Recognizes files that people often mistake for tables.
fn other_kind(bytes: &[u8]) -> Option<(String, &'static str)> {
    let xls = "an old Excel file (.xls), or one with a password";
    let page = "fetch the table itself; a Google sheet is published as CSV with File, Share, Publish to web";
    let kinds: [(&[u8], &str, &str); 4] = [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", xls, "open it and save it as .xlsx or \"CSV UTF-8\""),
        (b"%PDF-", "a PDF", "save the table as \"CSV UTF-8\" or .xlsx instead"),
        (b"<!doctype html", "a web page", page),
        (b"<html", "a web page", page),
    ];
    let text = bytes.trim_ascii_start();
    let begins = |mark: &[u8]| text.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    kinds.into_iter().find(|(mark, ..)| begins(mark)).map(|(_, what, help)| (what.to_owned(), help))
}

/// Returns whether a row has more cells than any spreadsheet. Each would take memory before the row could be refused.
fn is_too_wide(bytes: &[u8], delimiter: u8) -> bool {
    let mut is_quoted = false;
    let mut cells = 0;
    for at in memchr::memchr3_iter(delimiter, b'"', b'\n', bytes) {
        match bytes[at] {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'\n' => cells = 0,
            _ => cells += 1,
        }
        if cells > MAX_CELLS {
            return true;
        }
    }
    false
}

/// Returns whether a text has many control characters.
fn is_binary(text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(SAMPLE)];
    let controls = head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r')).count();
    controls > 8 && controls * 20 > head.len()
}

/// Returns the delimiter: the candidate with which a row looks most like a header, else the one with which most rows have
/// the same number of cells.
fn delimiter(text: &str, writing: &Writing) -> u8 {
    let end = text.floor_char_boundary(SAMPLE);
    let sample = match text[..end].rfind('\n') {
        Some(last) if end < text.len() => &text[..=last],
        _ => &text[..end],
    };
    let best = |candidates: &[u8]| {
        let found = candidates.iter().filter(|candidate| sample.as_bytes().contains(candidate));
        let scores = found.map(|candidate| (score(sample, *candidate, writing), *candidate));
        // Of equal candidates the first.
        let best = scores.rev().max_by_key(|(score, _)| *score);
        best.filter(|(score, _)| score.1 > 0 || score.0 > 0)
    };
    // Every time of day has a colon, so it counts only if nothing else is between cells.
    best(b",;\t|").or_else(|| best(b":")).map_or(b',', |(_, delimiter)| delimiter)
}

/// Returns the highest header score of a row, the number of rows of the most common width, and that width. A header
/// with title and start ends the search.
fn score(sample: &str, delimiter: u8, writing: &Writing) -> (usize, usize, usize) {
    let (mut reader, mut row) = (DelimitedReader::new(sample, delimiter), RawRow::default());
    let mut widths: Vec<usize> = Vec::new();
    let mut header = 0;
    while widths.len() < 200 && reader.read(&mut row) == Ok(true) {
        if row.cells.len() > 1 && widths.len() < MAX_HEADER_ROWS {
            header = header.max(header_score(&row.cells, writing));
        }
        if header > REQUIRED_BONUS {
            return (header, 1, row.cells.len());
        }
        widths.push(row.cells.len());
    }
    widths.sort_unstable();
    let most_common = widths
        .chunk_by(|a, b| a == b)
        .filter(|run| run[0] > 1)
        .map(|run| (run.len(), run[0]))
        .max()
        .unwrap_or_default();
    (header, most_common.0, most_common.1)
}

fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b':' => "colons".to_owned(),
        b'|' => "bars".to_owned(),
        other => format!("{:?}", char::from(other)),
    }
}

/// Finds the header: the row that the settings name, or of the first rows the one that names the most columns, or the
/// first that is not blank. Row 0 in the settings says that there is none; then the widest of the first rows is returned
/// with the number 0.
///
/// # Errors
///
/// Returns an error if the table ends in a fault before a header is found.
pub fn header(table: &TableFile<'_>, writing: &Writing) -> Result<Option<RawRow>, TableError> {
    let mut first: Option<RawRow> = None;
    let mut best: Option<(usize, RawRow)> = None;
    let mut seen = 0;
    let result = table.rows(&mut |row| {
        if let Some(wanted) = writing.header_row.filter(|wanted| *wanted > 0) {
            if row.number < wanted {
                return ControlFlow::Continue(());
            }
            first = Some(row.clone());
            return ControlFlow::Break(());
        }
        if row.is_blank() {
            return ControlFlow::Continue(());
        }
        seen += 1;
        let header_score = match writing.header_row {
            Some(_) => row.cells.len(),
            None => header_score(&row.cells, writing),
        };
        if header_score >= MIN_HEADER_COLUMNS && best.as_ref().is_none_or(|(known, _)| header_score > *known)
        {
            best = Some((header_score, row.clone()));
        }
        first.get_or_insert_with(|| row.clone());
        // A header with title and start ends the search.
        let is_header = writing.header_row.is_none() && header_score > REQUIRED_BONUS;
        if seen >= MAX_HEADER_ROWS || is_header { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match best.map(|(_, row)| row).or(first) {
        Some(row) if writing.header_row == Some(0) => Ok(Some(RawRow { number: 0, ..row })),
        Some(row) => Ok(Some(row)),
        None => result.map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (String, Option<u32>) {
        let opened = open(text.as_bytes(), &Writing::default()).unwrap();
        let row = header(&opened.table, &Writing::default()).unwrap();
        (opened.nature, row.map(|row| row.number))
    }

    #[test]
    fn the_delimiter_is_recognized() {
        for (text, words) in [
            ("title,start\na,2026-05-12T18:00\n", "commas"),
            ("title;start;place\na, b, c;2026-05-12;x\n", "semicolons"),
            ("Titel\tDatum\nWalk, long\t1.2.2026\n", "tabs"),
            ("x:y:z\n1:2:3\n4:5:6\n", "colons"),
            ("title\na\n", "commas"),
            ("Events of 2026, all of them;;\nSubject;Start Date\nWalk, talk;2026-01-01\n", "semicolons"),
        ] {
            assert_eq!(found(text).0, format!("UTF-8 text with {words} between cells"), "{text}");
        }
    }

    #[test]
    fn the_header_need_not_be_the_first_row() {
        assert_eq!(found("\n\nOur events,,\nas of May,,\nTitle,Start,Where\na,2026-05-12,b\n").1, Some(5));
        assert_eq!(found("a,b\n1,2\n").1, Some(1));
        assert_eq!(found("").1, None);
    }

    #[test]
    fn other_kinds_of_file_are_errors() {
        for (bytes, what) in [
            (&b"%PDF-1.7 ..."[..], "a PDF"),
            (b"  <!DOCTYPE html><html>", "a web page"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Excel file (.xls), or one with a password"),
            (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1], "bytes that are no text"),
        ] {
            assert_eq!(open(bytes, &Writing::default()).unwrap_err().0, what);
        }
    }
}
