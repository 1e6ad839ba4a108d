//! `.ods` spreadsheets (OpenDocument 1.3, part 3 §9) to rows.
//!
//! The XML is read as a stream: libraries expand repeated cells in memory, or wait for an end that a truncated file does
//! not have.

use std::io::{BufReader, Cursor, Read};

use jiff::civil::Time;
use jiff::{Span, Unit};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::archive::{self, no_such_sheet, unreadable};
use super::raw_row::{RowVisitor, TableError};
use super::row_builder::RowBuilder;

/// The most bytes of text of a sheet with its repeated rows and cells, plus [`TEXT_PER_BYTE`] for each byte of the file.
const MAX_TEXT: u64 = 4 << 20;
const TEXT_PER_BYTE: u64 = 64;
/// The most bytes of one cell that are read. Longer cells are refused later.
const MAX_CELL: usize = (1 << 20) + 1;

type Xml<'a> = Reader<BufReader<&'a mut dyn Read>>;

/// Visits the rows of a sheet: the named one, or the first.
///
/// # Errors
///
/// Returns an error if the spreadsheet cannot be read, is above a limit, or has no such sheet.
pub fn rows(bytes: &[u8], sheet: Option<&str>, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
    archive::check_limits(bytes).map_err(unreadable)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(error.to_string()))?;
    let mut entry = archive.by_name("content.xml").map_err(|_| unreadable("no content.xml".to_owned()))?;
    let mut xml: Xml<'_> = Reader::from_reader(BufReader::new(&mut entry as &mut dyn Read));
    xml.config_mut().expand_empty_elements = true;
    let mut others = Vec::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match next(&mut xml, &mut buffer).map_err(unreadable)? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                let name = attribute(&element, "name").unwrap_or_default();
                if sheet.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&name)) {
                    let most = MAX_TEXT + TEXT_PER_BYTE * bytes.len() as u64;
                    let reader = SheetReader { xml, rows: RowBuilder::new(most, visit), row: 0, column: 0 };
                    return reader.read().map_err(unreadable);
                }
                others.push(name);
            }
            Event::Eof => return Err(no_such_sheet(sheet, others.iter().map(String::as_str))),
            _ => {}
        }
    }
}

fn next<'b>(xml: &mut Xml<'_>, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, String> {
    xml.read_event_into(buffer).map_err(|error| error.to_string())
}

fn attribute(element: &BytesStart<'_>, local: &str) -> Option<String> {
    element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == local).and_then(
        |attribute| {
            attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .ok()
                .map(|value| value.into_owned())
        },
    )
}

fn repeat_count(element: &BytesStart<'_>, local: &str) -> u32 {
    attribute(element, local).and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// Reader of the rows of one sheet.
struct SheetReader<'x, 'b, 'v> {
    xml: Xml<'x>,
    rows: RowBuilder<'b, 'v>,
    /// The current row and column, from 0.
    row: u32,
    column: usize,
}

impl SheetReader<'_, '_, '_> {
    fn read(mut self) -> Result<(), String> {
        let mut buffer = Vec::new();
        let mut repeated = 1;
        loop {
            buffer.clear();
            match next(&mut self.xml, &mut buffer)? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => repeated = repeat_count(&element, "number-rows-repeated"),
                    "table-cell" | "covered-table-cell" => self.read_cell(&element)?,
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "table-row" => {
                        if self.rows.end_row(self.row, repeated)?.is_break() {
                            return Ok(());
                        }
                        self.row = self.row.saturating_add(repeated);
                        self.column = 0;
                    }
                    "table" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err("a sheet that is cut short".to_owned()),
                _ => {}
            }
        }
    }

    fn read_cell(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let repeated = repeat_count(element, "number-columns-repeated") as usize;
        let last_row = self.row.saturating_add(repeat_count(element, "number-rows-spanned") - 1);
        let shown = paragraphs(element.local_name().as_ref(), &mut self.xml)?;
        let text = value(element, shown);
        let end = self.column.saturating_add(repeated);
        if !text.is_empty() {
            for column in self.column..end {
                self.rows.set(self.row, column, &text, last_row)?;
            }
        }
        self.column = end;
        Ok(())
    }
}

/// Reads the paragraphs of a cell as lines, up to the end tag `end`. Annotations are skipped.
fn paragraphs(end: &str, xml: &mut Xml<'_>) -> Result<String, String> {
    let mut text = String::new();
    let mut annotations = 0u32;
    let mut has_paragraph = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let mut add = |piece: &str| {
            if annotations == 0 && text.len() < MAX_CELL {
                text.push_str(piece);
            }
        };
        match next(xml, &mut buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "annotation" => annotations += 1,
                "p" if annotations == 0 => {
                    if has_paragraph {
                        add("\n");
                    }
                    has_paragraph = true;
                }
                "s" => {
                    let spaces = repeat_count(&element, "c").min(1_000) as usize;
                    add(&" ".repeat(spaces));
                }
                "line-break" => add("\n"),
                "tab" => add("\t"),
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "annotation" => annotations = annotations.saturating_sub(1),
                name if name == end => return Ok(text),
                _ => {}
            },
            Event::Text(piece) if has_paragraph => {
                add(&piece.xml10_content());
            }
            Event::GeneralRef(name) => add(&entity(&name)),
            Event::Eof => return Err("a cell that is cut short".to_owned()),
            _ => {}
        }
    }
}

/// Returns the text of an entity or character reference.
fn entity(name: &str) -> String {
    match name.strip_prefix('#') {
        None => resolve_predefined_entity(name).unwrap_or_default().to_owned(),
        Some(digits) => {
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
                None => digits.parse().ok(),
            };
            number.and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
    }
}

/// Returns the value of a cell as a CSV export would have it, or its text if it has no value.
fn value(element: &BytesStart<'_>, shown: String) -> String {
    if attribute(element, "value-type").is_none() {
        // A formula has a type as soon as it has a result.
        let is_pending = shown.is_empty() && attribute(element, "formula").is_some();
        return if is_pending { "#CALC!".to_owned() } else { shown };
    }
    let get = |local: &str| attribute(element, local);
    match get("value-type").as_deref() {
        Some("date") => get("date-value").map_or(shown, |date| date.trim_end_matches("T00:00:00").to_owned()),
        Some("time") => get("time-value").and_then(|time| clock(&time)).unwrap_or(shown),
        Some("boolean") => get("boolean-value").map_or(shown, |flag| flag.to_uppercase()),
        Some("float") => get("value").unwrap_or(shown),
        _ => shown,
    }
}

/// Formats a duration such as `PT18H30M00S` as `18:30:00`.
fn clock(duration: &str) -> Option<String> {
    let time = Time::midnight().checked_add(duration.parse::<Span>().ok()?).ok()?;
    Some(time.round(Unit::Second).ok()?.strftime("%H:%M:%S").to_string())
}
