//! Any text as a sheet inside a sound workbook, .xlsx or .ods.
#![no_main]

use std::io::{Cursor, Write as _};

use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>"#;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(*name, stored).expect("a name");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let cut = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let (sheet, strings) = (&rest[..cut], rest.get(cut + 1..).unwrap_or_default());
    let (name, book) = if kind % 2 == 0 {
        let files: [(&str, &[u8]); 5] = [
            ("_rels/.rels", ROOT.as_bytes()),
            ("xl/workbook.xml", BOOK.as_bytes()),
            ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet),
            ("xl/sharedStrings.xml", strings),
        ];
        ("events.xlsx", zipped(&files))
    } else {
        let kind = b"application/vnd.oasis.opendocument.spreadsheet";
        ("events.ods", zipped(&[("mimetype", kind), ("content.xml", sheet)]))
    };
    let mut folder = Folder::new();
    folder.insert(name, book);
    let reading = survey(&folder, jiff::Timestamp::constant(1_780_000_000, 0), &mut || {});
    for table in &reading.value.tables {
        assert_eq!(table.rows, table.events + table.replaced + table.left_out);
    }
});
