//! Public collections of difficult CSV files: cells are compared, and faults must be reported with their place.

use std::ops::ControlFlow;
use std::path::PathBuf;

use calcast::diagnostic::Code;
use calcast::model::settings::Writing;
use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use calcast::read::sheet::dialect;

use crate::site::{in_repository, noon};
use crate::workbook;

fn shared(path: &str) -> PathBuf {
    let path = in_repository("../shared/data/csv-torture").join(path);
    assert!(path.exists(), "{} is needed for this test", path.display());
    path
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(shared(path)).unwrap()
}

/// Returns every row that calcast reads, with its number.
fn read(bytes: &[u8], writing: &Writing) -> Vec<(u32, Vec<String>)> {
    let opened = dialect::open(bytes, writing).unwrap();
    let mut records = Vec::new();
    let result = opened.table.rows(&mut |row| {
        records.push((row.number, row.cells.iter().map(str::to_owned).collect()));
        ControlFlow::Continue(())
    });
    assert_eq!(result, Ok(()));
    records
}

fn cells(path: &str) -> Vec<Vec<String>> {
    read(&bytes(path), &Writing::default()).into_iter().map(|(_, cells)| cells).collect()
}

#[test]
fn csv_spectrum_cell_for_cell() {
    let mut count = 0;
    for entry in std::fs::read_dir(shared("csv-spectrum")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let read = cells(&format!("csv-spectrum/{name}"));
        let json = std::fs::read(path.with_extension("json")).unwrap();
        let mut expected: serde_json::Value = serde_json::from_slice(&json).unwrap();
        if expected.is_object() {
            // One file of the collection has the record alone, and another telephone number than its CSV.
            assert_eq!(name, "location_coordinates.csv");
            expected["Contact Phone Number"] = "2095257564".into();
            expected = serde_json::Value::Array(vec![expected]);
        }
        let (header, rows) = read.split_first().unwrap();
        let rows: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                assert_eq!(row.len(), header.len(), "{name}");
                let pairs = header.iter().zip(row).map(|(key, cell)| (key.clone(), cell.as_str().into()));
                serde_json::Value::Object(pairs.collect())
            })
            .collect();
        assert_eq!(serde_json::Value::Array(rows), expected, "{name}");
    }
    assert_eq!(count, 12);
}

#[test]
fn the_files_of_rust_csv_cell_for_cell() {
    let plain = cells("rust-csv/smallpop.csv");
    assert_eq!(plain.len(), 11);
    assert_eq!(plain[0], ["city", "region", "country", "population"]);
    assert_eq!(plain[10], ["Concord", "NH", "United States", "42605"]);
    assert_eq!(cells("rust-csv/smallpop-colon.csv"), plain);
    assert_eq!(cells("rust-csv/smallpop-no-headers.csv"), plain[1..]);

    let nulls = cells("rust-csv/uspop-null.csv");
    let latin = cells("rust-csv/uspop-latin1.csv");
    assert_eq!((nulls.len(), latin.len()), (101, 101));
    assert_eq!((nulls[3][0].as_str(), latin[3][0].as_str()), ("Oakman", "\u{d5}akman"));
    let differ: Vec<usize> = (0..101).filter(|row| nulls[*row] != latin[*row]).collect();
    assert_eq!(differ, [3, 42, 54, 61]);
    assert!([42, 54, 61].iter().all(|row| nulls[*row][2] == "NULL" && latin[*row][2].is_empty()));

    // Backslashes before quotation marks and a line of comment are no CSV; each cell that they break is reported.
    let strange = bytes("rust-csv/strange.csv");
    let mut folder = Folder::new();
    folder.insert("events.csv", strange.clone());
    folder.insert("calcast.toml", "header_row = 0\n[columns]\ntitle = \"A\"\nstart = \"B\"\n");
    let reading = survey(&folder, noon(), &mut || {});
    let told: Vec<u32> = reading
        .diagnostics
        .iter()
        .filter(|fault| fault.code == Code::StrayQuote)
        .map(|fault| fault.place.row())
        .collect();
    assert_eq!(told, [1, 2, 5, 6, 7]);
    let records = read(&strange, &Writing { delimiter: Some(b';'), ..Writing::default() });
    assert_eq!(records[3], (4, vec!["Rafael Halperin".to_owned()]));
    assert_eq!(records[1].1[1], "1984");
}

#[test]
fn faults_are_reported_with_their_place() {
    for (text, place) in [
        ("title,start\nWalk,\"2026-06-09\nTea,2026-06-10\n", "events.csv:2:2 (B2): error[unclosed-quote]"),
        ("title,start\n\"Zoo\" walk,2026-06-09\n", "events.csv:2:1 (A2): warning[stray-quote]"),
        (
            "title,start,place\nWalk,2026-06-09, \"Park, north\"\n",
            "events.csv:2:3 (C2): warning[stray-quote]",
        ),
        ("title,start\nWalk,2026-06-09,Park\n", "events.csv:2:3 (C2): warning[ragged-row]"),
        ("title,start\nWa\u{0}lk,2026-06-09\n", "events.csv:2:1 (A2): warning[control-character]"),
        ("title,start\r\n\r\nWalk,soon\r\n", "events.csv:3:2 (B3): error[bad-date]"),
        ("title,start\r\n\"Wa\r\nlk\",2026-06-09\r\nTea,soon\r\n", "events.csv:3:2 (B3): error[bad-date]"),
    ] {
        let mut folder = Folder::new();
        folder.insert("events.csv", text.to_owned());
        let reading = survey(&folder, noon(), &mut || {});
        let told: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.starts_with(place)), "{text:?}: {told:#?}");
    }
}

/// Workbooks that make their reader panic or overflow are errors of one file.
#[test]
fn workbooks_that_no_program_saves_are_errors() {
    let text = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let rows = |cell: &str, merged: &str| {
        let header = format!("<row r=\"1\">{}{}</row>", text("A1", "title"), text("B1", "start"));
        let row = format!("<row r=\"2\">{}{}{cell}</row>", text("A2", "Walk"), text("B2", "2026-06-09"));
        format!("<sheetData>{header}{row}</sheetData>{merged}")
    };
    for (cell, merged) in [
        ("", "<mergeCells><mergeCell ref=\"A3:A1\"/></mergeCells>"),
        ("", "<mergeCells><mergeCell ref=\"A1:ZZZZZZZ3\"/></mergeCells>"),
        ("<c r=\"ZZZZZZZ3\"><v>1</v></c>", ""),
        ("<c r=\"A4294967296\"><v>1</v></c>", ""),
        ("<c r=\"A99999999999999999999\"><v>1</v></c>", ""),
        ("<c r=\"\"><v>1</v></c>", ""),
    ] {
        let mut folder = Folder::new();
        folder.insert("events.xlsx", workbook::xlsx_of(&rows(cell, merged), "<sst/>"));
        let reading = crate::site::reading(&folder);
        let events = reading.value.site.events().len();
        assert!(events == 1 || reading.diagnostics.has_errors(), "{cell}{merged}: {events} events");
    }
}
