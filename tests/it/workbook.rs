//! Minimal workbooks for tests, with what Excel and LibreOffice write and calcast reads.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use calcast::diagnostic::column_letters;
use zip::write::SimpleFileOptions;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Below a cell that is merged downwards.
    Covered,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A date, or a date and a time, in days since 30 December 1899.
    Date(f64),
    /// A time of day, in days.
    Time(f64),
    /// Yes or no.
    Flag(bool),
    /// A formula with its last result.
    Formula(Option<&'static str>),
    /// What a formula shows that has no result.
    Error(&'static str),
}

/// A text as a spreadsheet program takes it when it opens a CSV: dates, times and flags become such.
pub fn typed(text: &str) -> Cell {
    let number = |text: &str| text.parse::<f64>().ok();
    let parts: Vec<Option<f64>> = text.split('/').map(number).collect();
    if let [Some(month), Some(day), Some(year)] = parts[..] {
        return Cell::Date(serial(year, month, day));
    }
    let parts: Vec<Option<f64>> = text.split('-').map(number).collect();
    if let [Some(year), Some(month), Some(day)] = parts[..] {
        return Cell::Date(serial(year, month, day));
    }
    let (clock, half) = match text.split_once(' ') {
        Some((clock, "PM")) => (clock, 12.0),
        Some((clock, "AM")) => (clock, 0.0),
        _ => (text, -1.0),
    };
    let parts: Vec<Option<f64>> = clock.split(':').map(number).collect();
    if let [Some(hour), Some(minute), ..] = parts[..] {
        let hour = if half < 0.0 { hour } else { hour % 12.0 + half };
        return Cell::Time((hour * 60.0 + minute) / 1440.0);
    }
    match text {
        "" => Cell::Empty,
        "True" | "TRUE" => Cell::Flag(true),
        "False" | "FALSE" => Cell::Flag(false),
        _ => Cell::Text(text.to_owned()),
    }
}

fn serial(year: f64, month: f64, day: f64) -> f64 {
    let date = jiff::civil::date(year as i16, month as i8, day as i8);
    f64::from(jiff::civil::date(1899, 12, 30).until(date).unwrap().get_days())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\n', "&#10;")
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// An `.xlsx` workbook of one sheet.
pub fn xlsx(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut strings = String::new();
    let mut count = 0;
    let mut sheet = String::new();
    let mut merged = String::new();
    for (row, cells) in (1u32..).zip(rows) {
        let _ = write!(sheet, "<row r=\"{row}\">");
        for (column, cell) in (1u32..).zip(cells) {
            let at = format!("{}{row}", column_letters(column));
            let _ = match cell {
                Cell::Empty => Ok(()),
                Cell::Covered => {
                    let above = row - 1;
                    write!(merged, "<mergeCell ref=\"{}{above}:{at}\"/>", column_letters(column))
                }
                Cell::Text(text) => {
                    let _ = write!(strings, "<si><t xml:space=\"preserve\">{}</t></si>", escaped(text));
                    count += 1;
                    write!(sheet, "<c r=\"{at}\" t=\"s\"><v>{}</v></c>", count - 1)
                }
                Cell::Number(number) => write!(sheet, "<c r=\"{at}\"><v>{number}</v></c>"),
                Cell::Date(days) => write!(sheet, "<c r=\"{at}\" s=\"1\"><v>{days}</v></c>"),
                Cell::Time(days) => write!(sheet, "<c r=\"{at}\" s=\"2\"><v>{days}</v></c>"),
                Cell::Flag(flag) => write!(sheet, "<c r=\"{at}\" t=\"b\"><v>{}</v></c>", u8::from(*flag)),
                Cell::Formula(Some(text)) => {
                    write!(sheet, "<c r=\"{at}\" t=\"str\"><f>A1</f><v>{}</v></c>", escaped(text))
                }
                Cell::Formula(None) => write!(sheet, "<c r=\"{at}\"><f>A1</f></c>"),
                Cell::Error(error) => write!(sheet, "<c r=\"{at}\" t=\"e\"><f>A1</f><v>{error}</v></c>"),
            };
        }
        sheet.push_str("</row>");
    }
    let merged = if merged.is_empty() { merged } else { format!("<mergeCells>{merged}</mergeCells>") };
    let strings = format!("<sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\">{strings}</sst>");
    xlsx_of(&format!("<sheetData>{sheet}</sheetData>{merged}"), &strings)
}

/// An `.xlsx` workbook whose sheet has these elements.
pub fn xlsx_of(sheet: &str, strings: &str) -> Vec<u8> {
    let sheet = format!("<worksheet xmlns=\"{MAIN}\">{sheet}</worksheet>");
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Events\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let styles = format!(
        "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"18\"/></cellXfs></styleSheet>"
    );
    let of_book = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"r2\" Type=\"{OFFICE}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
         <Relationship Id=\"r3\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let of_package = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    zipped(&[
        ("_rels/.rels", &of_package),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &of_book),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", &styles),
    ])
}

/// An `.ods` spreadsheet of one sheet.
pub fn ods(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut body = String::new();
    for (row, cells) in rows.iter().enumerate() {
        body.push_str("<table:table-row>");
        for (column, cell) in cells.iter().enumerate() {
            let below = rows.get(row + 1).and_then(|row| row.get(column));
            let spanned = if below == Some(&Cell::Covered) { " table:number-rows-spanned=\"2\"" } else { "" };
            let _ = match cell {
                Cell::Empty => write!(body, "<table:table-cell/>"),
                Cell::Covered => write!(body, "<table:covered-table-cell/>"),
                Cell::Text(text) => {
                    let lines: Vec<String> =
                        text.split('\n').map(|line| format!("<text:p>{}</text:p>", escaped(line))).collect();
                    write!(
                        body,
                        "<table:table-cell office:value-type=\"string\"{spanned}>{}</table:table-cell>",
                        lines.join("")
                    )
                }
                Cell::Number(n) => write!(
                    body,
                    "<table:table-cell office:value-type=\"float\" office:value=\"{n}\"><text:p>{n}</text:p></table:table-cell>"
                ),
                Cell::Date(days) => {
                    let date = moment(*days);
                    write!(
                        body,
                        "<table:table-cell office:value-type=\"date\" office:date-value=\"{date}\"{spanned}><text:p>shown</text:p></table:table-cell>"
                    )
                }
                Cell::Time(days) => {
                    let minutes = (days * 1440.0).round() as u32;
                    write!(
                        body,
                        "<table:table-cell office:value-type=\"time\" office:time-value=\"PT{:02}H{:02}M00S\"><text:p>shown</text:p></table:table-cell>",
                        minutes / 60,
                        minutes % 60
                    )
                }
                Cell::Flag(flag) => write!(
                    body,
                    "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"{flag}\"><text:p>shown</text:p></table:table-cell>"
                ),
                Cell::Formula(Some(text)) => write!(
                    body,
                    "<table:table-cell table:formula=\"of:=[.A1]\" office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
                    escaped(text)
                ),
                Cell::Formula(None) => write!(body, "<table:table-cell table:formula=\"of:=[.A1]\"/>"),
                Cell::Error(error) => write!(
                    body,
                    "<table:table-cell table:formula=\"of:=[.A1]\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"><text:p>{error}</text:p></table:table-cell>"
                ),
            };
        }
        body.push_str("<table:table-cell table:number-columns-repeated=\"16000\"/></table:table-row>");
    }
    body.push_str("<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>");
    let name = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        "<office:document-content xmlns:office=\"{name}:office:1.0\" xmlns:table=\"{name}:table:1.0\" xmlns:text=\"{name}:text:1.0\" xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\">\
         <office:body><office:spreadsheet><table:table table:name=\"Events\">{body}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn moment(days: f64) -> String {
    let day = jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(days as i64)).unwrap();
    let minutes = ((days - days.floor()) * 1440.0).round() as i64;
    if minutes == 0 {
        return day.to_string();
    }
    format!("{day}T{:02}:{:02}:00", minutes / 60, minutes % 60)
}
