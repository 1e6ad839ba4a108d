//! Real spreadsheets: files of the shared folder, which are not copied here, and exports of three programs with their
//! exact headers.
//!
//! `tests/spreadsheets.txt` has the result of each file; `CALCAST_BLESS=1` rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use calcast::diagnostic::{Diagnostics, Severity, Spot};
use calcast::publish::survey::survey;
use calcast::read::folder::Folder;

use crate::site::{in_repository, noon, snapshot, text_at};
use crate::workbook::{self, Cell};

/// Files of the shared folder, their settings, and the number of records of their headers.
const FILES: &[(&str, &str, usize)] = &[
    ("12-step-meetings/template.csv", "timezone = \"America/Los_Angeles\"\nweekly_from = 2026-01-05\n", 1),
    ("confstech/confstech-all.csv", "past = \"all\"\n", 1),
    (
        "coworking-festival/events.emails-masked.csv",
        "timezone = \"Europe/Berlin\"\nweek_of = 2024-09-16\n[columns]\nstart = \"weekday\"\nlocation = \"space_name\"\n\
         image = \"Link zum Event Foto / Link to Event Photo\"\n",
        1,
    ),
    ("derived-encodings/python-2023.excel-csv-utf8-bom.us-dates.csv", "", 1),
    ("derived-encodings/python-2023.excel-german.cp1252.semicolon.csv", "", 1),
    ("derived-encodings/python-2023.excel-unicode-text.utf16le.tab.txt", "", 1),
    ("digitalgov/digitalgov-events.csv", "past = \"all\"\n", 1),
    ("newcastle-rse/events-older-copy.csv", "timezone = \"Europe/London\"\n", 1),
    ("newcastle-rse/events.csv", "timezone = \"Europe/London\"\n", 1),
    ("python-organizers/2017.csv", "", 1),
    ("python-organizers/2018.csv", "", 1),
    ("python-organizers/2019.csv", "", 1),
    ("python-organizers/2020.csv", "", 1),
    ("python-organizers/2021.csv", "", 1),
    ("python-organizers/2022.csv", "", 1),
    ("python-organizers/2023.csv", "", 1),
    ("python-organizers/2024.csv", "", 1),
    ("python-organizers/2025.csv", "", 1),
    ("python-organizers/2026.csv", "", 1),
    ("python-organizers/2027.csv", "", 1),
    ("python-organizers/2028.csv", "", 1),
    ("small-sites/acm-w-events.csv", "timezone = \"America/New_York\"\n", 1),
    ("small-sites/jaws-ug-events.csv", "", 1),
    ("small-sites/lugod-events.csv", "timezone = \"America/Los_Angeles\"\n", 1),
    ("small-sites/schach-langenzenn-termine.csv", "", 1),
    ("small-sites/teu-academic-calendar-gcal.csv", "", 1),
    ("small-sites/the-events-calendar-csv-test-events.csv", "timezone = \"America/New_York\"\n", 1),
    (
        "volleyball-spielplan/damen1-cp1252.csv",
        "timezone = \"Europe/Berlin\"\nheader_row = 0\n[columns]\nstart = \"A\"\ntitle = [\"C\", \"D\"]\n",
        0,
    ),
    (
        "volleyball-spielplan/import-mixed-utf8-and-cp1252.csv",
        "timezone = \"Europe/Berlin\"\nheader_row = 0\n[columns]\ntitle = \"B\"\nstart = [\"C\", \"E\"]\n\
         topic = \"A\"\nlocation = \"I\"\n",
        0,
    ),
    (
        "volleyball-spielplan/spielplan-utf8-replacement-chars.csv",
        "timezone = \"Europe/Berlin\"\nheader_row = 0\n[columns]\nstart = \"A\"\ntitle = [\"C\", \"D\"]\n",
        0,
    ),
    (
        "volleyball-spielplan/spielplan2-cp1252-header.csv",
        "timezone = \"Europe/Berlin\"\n[columns]\ntitle = [\"Team A\", \"Team B\"]\n",
        1,
    ),
];

fn shared(path: &str) -> PathBuf {
    let path = in_repository("../shared/data").join(path);
    assert!(path.exists(), "{} is needed for this test", path.display());
    path
}

fn tables_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            tables_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "csv" || ending == "txt") {
            found.push(path);
        }
    }
}

/// Counts the records below the header that are not blank, with the csv crate and without calcast.
fn records(bytes: &[u8], header: usize) -> usize {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect()
        }
        // The encoding does not matter for counting.
        _ => bytes.iter().map(|byte| char::from(*byte)).collect::<String>(),
    };
    let first = text.lines().find(|line| !line.is_empty()).unwrap();
    let delimiter = *b";\t,".iter().max_by_key(|mark| first.matches(char::from(**mark)).count()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let filled = |record: &csv::StringRecord| record.iter().any(|cell| !cell.trim().is_empty());
    reader.records().map(Result::unwrap).filter(filled).count() - header
}

/// Returns the refused rows and the rule that refused each.
fn refusals(diagnostics: &Diagnostics) -> BTreeMap<u32, &'static str> {
    let refused = diagnostics.iter().filter(|fault| fault.code.severity() != Severity::Warning);
    let named = refused.filter_map(|fault| match fault.place.spot {
        Spot::Cell { row, .. } => Some((row, fault.code.name())),
        Spot::Whole | Spot::Text { .. } => None,
    });
    named.collect()
}

#[test]
fn every_row_is_published_or_reported() {
    let mut found = Vec::new();
    tables_below(&shared("events-csv"), &mut found);
    let names: BTreeSet<PathBuf> = FILES.iter().map(|(name, ..)| shared("events-csv").join(name)).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), names, "a case for each file");

    let mut table = String::from("file | rows | events | left out, and faults\n");
    for (name, settings, header) in FILES {
        assert!(settings.lines().count() <= 10, "{name}");
        let bytes = std::fs::read(shared("events-csv").join(name)).unwrap();
        let mut folder = Folder::new();
        folder.insert("calcast.toml", (*settings).to_owned());
        folder.insert("events.csv", bytes.clone());
        let reading = survey(&folder, noon(), &mut || {});
        let [report] = &reading.value.tables[..] else { panic!("{name}") };
        let refusals = refusals(&reading.diagnostics);
        assert_eq!(report.rows, records(&bytes, *header), "{name}: every record is a row");
        assert_eq!(report.rows, report.events + report.left_out, "{name}: {refusals:?}");
        // An event is published without an end that has a fault.
        assert!(report.left_out <= refusals.len(), "{name}: {refusals:?}");
        let mut reasons: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        refusals.iter().for_each(|(row, code)| reasons.entry(code).or_default().push(*row));
        let why: Vec<String> = reasons
            .iter()
            .map(|(code, rows)| match &rows[..] {
                few @ ([_] | [_, _] | [_, _, _]) => format!("{code} in rows {few:?}"),
                many => format!("{code} in {} rows", many.len()),
            })
            .collect();
        let why = if why.is_empty() {
            "none".to_owned()
        } else {
            format!("{}: {}", report.left_out, why.join(", "))
        };
        writeln!(table, "{name} | {} | {} | {why}", report.rows, report.events).unwrap();
    }
    let expected = in_repository("tests/spreadsheets.txt");
    if std::env::var_os("CALCAST_BLESS").is_some() {
        std::fs::write(&expected, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(expected).unwrap(), table);
}

/// The calendar of an export whose table is `name` with these bytes, with no settings but the zone.
fn calendar(name: &str, bytes: Vec<u8>) -> String {
    let mut folder = Folder::new();
    folder.insert("calcast.toml", "timezone = \"America/Chicago\"\n");
    folder.insert(name, bytes);
    text_at(&snapshot(&folder), "/calendar.ics")
}

fn rows(export: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(in_repository("tests/exports").join(export))
        .unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn written(rows: &[Vec<String>], delimiter: u8) -> String {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(delimiter)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// What these exports hold beyond ASCII is in ISO-8859-1, of which Windows-1252 has every letter.
fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn utf_16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// The cells as a spreadsheet program would have them after it opened the export: real dates and times.
fn cells(rows: &[Vec<String>]) -> Vec<Vec<Cell>> {
    let typed = |text: &String| workbook::typed(text);
    rows.iter().map(|row| row.iter().map(typed).collect()).collect()
}

#[test]
fn exports_of_three_programs_are_read_in_every_format() {
    for (export, events) in [("google.csv", 3), ("outlook.csv", 3), ("the-events-calendar.csv", 3)] {
        let rows = rows(export);
        let plain = calendar("events.csv", written(&rows, b',').into_bytes());
        assert_eq!(plain.matches("BEGIN:VEVENT").count(), events, "{export}");
        let forms = [
            ("events.csv", utf_16(&written(&rows, b'\t'))),
            ("events.csv", windows_1252(&written(&rows, b';'))),
            ("events.xlsx", workbook::xlsx(&cells(&rows))),
            ("events.ods", workbook::ods(&cells(&rows))),
        ];
        for (name, bytes) in forms {
            assert_eq!(calendar(name, bytes), plain, "{export} as {name}");
        }
    }
}

#[test]
fn exports_are_published_unchanged() {
    let google = calendar("events.csv", written(&rows("google.csv"), b',').into_bytes());
    let outlook = calendar("events.csv", written(&rows("outlook.csv"), b',').into_bytes());
    let events_calendar =
        calendar("events.csv", written(&rows("the-events-calendar.csv"), b',').into_bytes());
    for (calendar, whole_days) in [
        // Google's last day is inclusive, Outlook's is the midnight after it.
        (&google, ["DTSTART;VALUE=DATE:20260530", "DTEND;VALUE=DATE:20260601"]),
        (&outlook, ["DTSTART;VALUE=DATE:20260530", "DTEND;VALUE=DATE:20260601"]),
        // 05/06/2026 could be two days; The Events Calendar writes the month first.
        (&events_calendar, ["DTSTART;VALUE=DATE:20260506", "DTEND;VALUE=DATE:20260508"]),
    ] {
        for line in whole_days.into_iter().chain([
            "DTSTART;TZID=America/Chicago:20260512T183000",
            "DTEND;TZID=America/Chicago:20260512T200000",
            "SUMMARY:Café talk",
        ]) {
            assert!(calendar.contains(&format!("\r\n{line}\r\n")), "{line} in\n{calendar}");
        }
        for secret in ["Board meeting", "Doctor", "Surprise", "Members only", "ann@example.org"] {
            assert!(!calendar.contains(secret), "{secret}");
        }
    }
    assert!(outlook.contains("CATEGORIES:Support groups,Chicago"), "{outlook}");
    assert!(events_calendar.contains("CATEGORIES:Support groups,Chicago,evening"), "{events_calendar}");
    assert!(events_calendar.contains("DTSTART;TZID=Etc/GMT+5:20260603T100000"), "{events_calendar}");
}

#[test]
fn features_of_workbooks_are_understood() {
    let text = |text: &str| Cell::Text(text.to_owned());
    let sheet = vec![
        vec![text("Our events of 2026")],
        vec![],
        vec![text("id"), text("Subject"), text("Start Date"), text("Start Time"), text("Cost")],
        vec![text("a"), text("Walk"), Cell::Date(46_182.0), Cell::Time(0.75), Cell::Number(12.5)],
        vec![text("c"), text("Swim"), Cell::Covered, Cell::Time(0.770_833_333_333_333_3), Cell::Empty],
        vec![text("b"), text("Tea"), Cell::Date(46_182.75), Cell::Empty, Cell::Number(3.0)],
        vec![text("d"), Cell::Formula(Some("Talk")), Cell::Date(46_183.0), Cell::Empty, Cell::Empty],
        vec![text("e"), Cell::Formula(None), Cell::Date(46_183.0), Cell::Empty, Cell::Empty],
        vec![text("f"), Cell::Error("#REF!"), Cell::Date(46_183.0), Cell::Empty, Cell::Empty],
    ];
    for (name, bytes) in [("events.xlsx", workbook::xlsx(&sheet)), ("events.ods", workbook::ods(&sheet))] {
        let mut folder = Folder::new();
        folder.insert("calcast.toml", "timezone = \"America/Chicago\"\n");
        folder.insert(name, bytes);
        let reading = survey(&folder, noon(), &mut || {});
        let told: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
        let report = &reading.value.tables[0];
        assert_eq!((report.rows, report.events), (6, 4), "{name}: {told:#?}");
        assert_eq!(
            refusals(&reading.diagnostics),
            BTreeMap::from([(8, "formula-error"), (9, "formula-error")]),
            "{name}: {told:#?}"
        );
        let site = calcast::read::load(folder, noon()).value.site;
        let starts: Vec<String> =
            site.events().iter().map(|event| event.when.local_start().to_string()).collect();
        // A date merged downwards is that of each of its rows.
        assert_eq!(
            starts,
            ["2026-06-09T18:00:00", "2026-06-09T18:00:00", "2026-06-09T18:30:00", "2026-06-10T00:00:00"],
            "{name}"
        );
        assert_eq!(site.events()[0].cost.as_deref(), Some("12.5"), "{name}");
    }
}

fn calendars_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            calendars_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "ics") {
            found.push(path);
        }
    }
}

#[test]
fn every_event_of_other_calendars_is_published_or_reported() {
    let mut found = Vec::new();
    calendars_below(&shared("ics"), &mut found);
    assert!(found.len() > 50, "{}", found.len());
    let (mut rows, mut events) = (0, 0);
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let mut folder = Folder::new();
        folder.insert("calcast.toml", "timezone = \"Europe/London\"\npast = \"all\"\n");
        folder.insert("events.ics", bytes.clone());
        let reading = survey(&folder, noon(), &mut || {});
        let report = &reading.value.tables[0];
        let refused: BTreeSet<u32> = reading
            .diagnostics
            .iter()
            .filter(|fault| fault.code.severity() != Severity::Warning && fault.place.spot != Spot::Whole)
            .map(|fault| fault.place.row())
            .collect();
        let whole = reading
            .diagnostics
            .iter()
            .any(|fault| fault.place.spot == Spot::Whole && fault.code.severity() == Severity::Error);
        let left_out = report.rows - report.events;
        // An event is published without an end that has a fault.
        assert!(whole || left_out <= refused.len(), "{}: {report:?}", path.display());
        let text = String::from_utf8_lossy(&bytes);
        let begun = text.lines().filter(|line| line.trim_end() == "BEGIN:VEVENT").count();
        assert!(whole || report.rows == begun, "{}: {} of {begun}", path.display(), report.rows);
        rows += report.rows;
        events += report.events;
    }
    // Most reports are one UID for several events, or rules that not all programs support.
    assert!(events * 10 >= rows * 8, "{events} of {rows}");
}
