//! `.ods` spreadsheets (OpenDocument 1.3, part 3 §9) to records, cell by cell.
//!
//! Read as the XML it is: a reader that expands repeated cells in memory, or waits for an end that a cut
//! file does not have, must not meet a file that a stranger made.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read};

use csv::StringRecord;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::archive;
use super::record::Record;
use super::table::{Ending, Flow, Line};
use super::workbook::{MOST_COLUMNS, no_sheet};

/// Rows and cells that repeat, in all: this, and so many times the file in bytes.
const MOST_REPEATED: (u64, u64) = (4 << 20, 64);
/// The longest text of one cell, in bytes; longer ones are cut here and refused as cells.
const LONGEST: usize = (1 << 20) + 1;

/// Hands the rows of a sheet over: the one that is named, or the first.
pub fn rows(bytes: &[u8], sheet: Option<&str>, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
    let broken = |why: String| Ending::Broken(why, "a workbook that opens".to_owned());
    if let Err(why) = archive::weigh(bytes) {
        return broken(why);
    }
    match sheet_rows(bytes, sheet, take) {
        Ok(Found::Sheet) => Ending::Whole,
        Ok(Found::Others(names)) => no_sheet(sheet, &names.iter().map(String::as_str).collect::<Vec<_>>()),
        Err(why) => broken(why),
    }
}

enum Found {
    Sheet,
    Others(Vec<String>),
}

type Xml<'a> = Reader<BufReader<&'a mut dyn Read>>;

fn sheet_rows(
    bytes: &[u8],
    sheet: Option<&str>,
    take: &mut dyn FnMut(Line<'_>) -> Flow,
) -> Result<Found, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut entry = archive.by_name("content.xml").map_err(|_| "no content.xml".to_owned())?;
    let mut xml: Xml<'_> = Reader::from_reader(BufReader::new(&mut entry as &mut dyn Read));
    xml.config_mut().expand_empty_elements = true;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut others = Vec::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match next(&mut xml, &mut buffer)? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                let name = attribute(&element, "name").unwrap_or_default();
                if sheet.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&name)) {
                    let left = MOST_REPEATED.0 + MOST_REPEATED.1 * size;
                    let sheet = Sheet {
                        row: 0,
                        texts: Vec::new(),
                        held: BTreeMap::new(),
                        record: StringRecord::new(),
                        left,
                        take,
                    };
                    sheet.read(&mut xml)?;
                    return Ok(Found::Sheet);
                }
                others.push(name);
            }
            Event::Eof => return Ok(Found::Others(others)),
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

fn times(element: &BytesStart<'_>, local: &str) -> u32 {
    attribute(element, local).and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

struct Sheet<'t> {
    row: u32,
    texts: Vec<String>,
    /// What cells that span rows hold, by column, until their last row.
    held: BTreeMap<usize, (u32, String)>,
    record: StringRecord,
    left: u64,
    take: &'t mut dyn FnMut(Line<'_>) -> Flow,
}

impl Sheet<'_> {
    fn read(mut self, xml: &mut Xml<'_>) -> Result<(), String> {
        let mut buffer = Vec::new();
        let mut repeated = 1;
        loop {
            buffer.clear();
            match next(xml, &mut buffer)? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => repeated = times(&element, "number-rows-repeated"),
                    "table-cell" | "covered-table-cell" => self.cell(&element.into_owned(), xml)?,
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "table-row" if self.end_row(repeated)? == Flow::Stop => {
                        return Ok(());
                    }
                    "table" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err("a sheet that is cut short".to_owned()),
                _ => {}
            }
        }
    }

    fn cell(&mut self, element: &BytesStart<'_>, xml: &mut Xml<'_>) -> Result<(), String> {
        let repeated = times(element, "number-columns-repeated");
        let spanned = times(element, "number-rows-spanned");
        let shown = paragraphs(element.local_name().as_ref(), xml)?;
        let text = value(element, shown);
        let most = MOST_COLUMNS as usize;
        let count = (repeated as usize).min(most.saturating_sub(self.texts.len()));
        if !text.is_empty() {
            if self.texts.len() + repeated as usize > most {
                return Err(format!("a value beyond column {most} in row {}", self.row + 1));
            }
            self.spend(u64::from(repeated) * text.len() as u64)?;
            if spanned > 1 {
                self.held.insert(self.texts.len(), (self.row.saturating_add(spanned - 1), text.clone()));
            }
        }
        self.texts.extend(std::iter::repeat_n(text, count));
        Ok(())
    }

    fn spend(&mut self, amount: u64) -> Result<(), String> {
        let left = self.left.checked_sub(amount);
        self.left = left.ok_or("more repeated cells than a file of this size has")?;
        Ok(())
    }

    fn end_row(&mut self, repeated: u32) -> Result<Flow, String> {
        let row = self.row;
        self.row = self.row.saturating_add(repeated);
        self.held.retain(|_, (last, _)| *last >= row);
        if self.texts.iter().all(String::is_empty) {
            self.texts.clear();
            return Ok(Flow::On);
        }
        for (column, (_, text)) in &self.held {
            match self.texts.get_mut(*column) {
                Some(cell) if cell.is_empty() => text.clone_into(cell),
                _ => {}
            }
        }
        while self.texts.last().is_some_and(String::is_empty) {
            self.texts.pop();
        }
        self.record.clear();
        let mut length = 0;
        for text in self.texts.drain(..) {
            length += text.len() as u64 + 1;
            self.record.push_field(&text);
        }
        self.spend(length.saturating_mul(u64::from(repeated - 1)))?;
        for number in 0..repeated {
            let line =
                Line { row: row.saturating_add(number + 1), cells: Record::Own(&self.record), stray: None };
            if (self.take)(line) == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }
}

/// The paragraphs of a cell, a line each; notes that hang on it are no part of it.
fn paragraphs(end: &str, xml: &mut Xml<'_>) -> Result<String, String> {
    let mut text = String::new();
    let mut notes = 0u32;
    let mut any = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let mut add = |piece: &str| {
            if notes == 0 && text.len() < LONGEST {
                text.push_str(piece);
            }
        };
        match next(xml, &mut buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "annotation" => notes += 1,
                "p" if notes == 0 => {
                    if any {
                        add("\n");
                    }
                    any = true;
                }
                "s" => {
                    let spaces = times(&element, "c").min(1_000) as usize;
                    add(&" ".repeat(spaces));
                }
                "line-break" => add("\n"),
                "tab" => add("\t"),
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "annotation" => notes = notes.saturating_sub(1),
                name if name == end => return Ok(text),
                _ => {}
            },
            Event::Text(piece) if any => {
                add(&piece.xml10_content());
            }
            Event::GeneralRef(name) => add(&entity(&name)),
            Event::Eof => return Err("a cell that is cut short".to_owned()),
            _ => {}
        }
    }
}

fn entity(name: &str) -> String {
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => {
            let number = other.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
                None => digits.parse().ok(),
            });
            number.and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
    }
}

/// The value of a cell in a form that any program would write; its text where it has none.
fn value(element: &BytesStart<'_>, shown: String) -> String {
    if attribute(element, "value-type").is_none() {
        // A formula has a type as soon as it has a result.
        let waits = shown.is_empty() && attribute(element, "formula").is_some();
        return if waits { "#CALC!".to_owned() } else { shown };
    }
    let of = |local: &str| attribute(element, local);
    match of("value-type").as_deref() {
        Some("date") => of("date-value").map_or(shown, |date| date.trim_end_matches("T00:00:00").to_owned()),
        Some("time") => of("time-value").and_then(|time| clock(&time)).unwrap_or(shown),
        Some("boolean") => of("boolean-value").map_or(shown, |flag| flag.to_uppercase()),
        Some("float") => of("value").unwrap_or(shown),
        _ => shown,
    }
}

/// `PT18H30M00S` as a clock shows it.
fn clock(duration: &str) -> Option<String> {
    let span: jiff::Span = duration.parse().ok()?;
    let seconds = span.total(jiff::Unit::Second).ok().filter(|seconds| (0.0..86_400.0).contains(seconds))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "below 86,400 and not negative"
    )]
    let seconds = seconds.round() as u64;
    Some(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}
