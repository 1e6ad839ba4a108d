//! Events that are held back: no error of a row, a table or the settings takes a published event away.

use calcast::publish::snapshot::Snapshot;
use calcast::read::folder::Folder;

use crate::site::{Sheet, text_at, unfold};

const SETTINGS: &str =
    "title = \"Held\"\nbase_url = \"https://example.org\"\ntimezone = \"America/Chicago\"\npast = \"all\"\n";
const HEADER: &str = "id,title,start,region,status,private";
const ROWS: [&str; 4] = [
    "walk,A walk,2026-07-01T18:00,Ohio,,", "tea,Tea,2026-07-02T18:00,Ohio,,",
    "song,Songs,2026-07-03T18:00,Ohio,,", "tea-2,More tea,2026-07-04T18:00,Ohio,,",
];

fn table(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// Returns what calendars show of each event: title and sequence.
fn shown(snapshot: &Snapshot) -> Vec<String> {
    let lines = unfold(&text_at(snapshot, "/calendar.ics"));
    let values = |name: &str| {
        let values = lines.iter().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(':'));
        values.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut shown: Vec<String> = values("SUMMARY")
        .into_iter()
        .zip(values("SEQUENCE"))
        .map(|(title, sequence)| format!("{title} {sequence}"))
        .collect();
    shown.sort();
    shown
}

/// Publishes the rows, then saves a table with errors, twice; returns what calendars show after it.
fn after(text: &str) -> Vec<String> {
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&table(&ROWS));
    let (snapshot, _) = sheet.save_folder(sheet.folder(text));
    let (again, _) = sheet.save_folder(sheet.folder(text));
    assert_eq!(shown(&snapshot), shown(&again));
    shown(&again)
}

const ALL: [&str; 4] = ["A walk 0", "More tea 0", "Songs 0", "Tea 0"];

#[test]
fn an_upload_that_stops_takes_nothing_away_whatever_other_rows_are_like() {
    let whole = table(&ROWS);
    let faulty = whole.replace("2026-07-01T18:00", "2026-07-32T18:00");
    for text in [&whole, &faulty] {
        for cut in HEADER.len() + 1..text.len() {
            let part = &text[..cut];
            let last = part.lines().next_back().unwrap_or_default();
            // Whole rows may be all that somebody left, and a date may be another one, but for the last row.
            if ROWS.contains(&last)
                || part.ends_with('\n')
                || last.starts_with("walk,") && part.contains("32T")
            {
                continue;
            }
            let now = after(part);
            let is_edit = last.starts_with("tea-2") && last.matches(',').count() == 5;
            assert!(is_edit || now == ALL, "{part}\n{now:?}");
        }
    }
}

#[test]
fn an_id_that_another_row_has_holds_the_events_without_a_row() {
    let other = ROWS[1].replace("tea,", "walk,");
    assert_eq!(after(&table(&[ROWS[0], &other, ROWS[2], ROWS[3]])), ALL);
    let faulty = ROWS[0].replace("07-01", "07-99");
    assert_eq!(after(&table(&[&faulty, &other, ROWS[2], ROWS[3]])), ALL);
    // A row that is there twice is no reason to keep another that was deleted before it.
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&table(&ROWS));
    sheet.save(&table(&ROWS[..3]));
    let (snapshot, _) = sheet.save_folder(sheet.folder(&table(&[ROWS[0], ROWS[0], ROWS[1], ROWS[2]])));
    assert_eq!(shown(&snapshot), ["A walk 0", "Songs 0", "Tea 0"]);
}

/// Returns a folder of two tables, with the lock of a sheet.
fn two_tables(sheet: &Sheet, settings: &str) -> Folder {
    // Beside them is a table that the settings do not name.
    let mut folder = sheet.folder(&table(&ROWS));
    folder.insert("calcast.toml", format!("{SETTINGS}{settings}"));
    folder.insert("a.csv", format!("{HEADER},approved\n{},yes\n{},no\n", ROWS[0], ROWS[1]));
    folder.insert("b.csv", table(&ROWS[2..]));
    folder
}

const TABLES: &str = "[[events]]\nfile = \"a.csv\"\n[[events]]\nfile = \"b.csv\"\n";
const PUBLIC: [&str; 3] = ["A walk 0", "More tea 0", "Songs 0"];

#[test]
fn settings_with_errors_take_no_table_away() {
    for wrong in [
        TABLES.replacen("]]", "]", 1),
        TABLES.replacen("file = ", "fil = ", 1),
        TABLES.replacen("\"a.csv\"", "7", 1),
        TABLES.replacen("a.csv", "../a.csv", 1),
        format!("uid_domain = 1\n{TABLES}"),
    ] {
        let mut sheet = Sheet::new(SETTINGS);
        assert_eq!(shown(&sheet.save_folder(two_tables(&sheet, TABLES)).0), PUBLIC);
        for _ in 0..3 {
            let (snapshot, faults) = sheet.save_folder(two_tables(&sheet, &wrong));
            assert_eq!(shown(&snapshot), PUBLIC, "{wrong}");
            let elsewhere =
                |fault: &&String| fault.contains(": error[") && !fault.starts_with("calcast.toml");
            assert_eq!(faults.iter().find(elsewhere), None);
        }
        // What is known about the tables stays: without the column, nobody knows which rows are approved.
        let mut unapproved = two_tables(&sheet, TABLES);
        unapproved.insert("a.csv", table(&ROWS[..2]));
        let (snapshot, faults) = sheet.save_folder(unapproved);
        assert_eq!(shown(&snapshot), PUBLIC);
        assert!(faults.iter().any(|fault| fault.contains("error[missing-approval]")), "{faults:?}");
        assert_eq!(shown(&sheet.save_folder(two_tables(&sheet, TABLES)).0), PUBLIC);
    }
}

#[test]
fn a_table_stays_until_the_one_that_takes_its_place_was_read() {
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save_folder(two_tables(&sheet, TABLES));
    let moved = TABLES.replace("a.csv", "c.csv");
    for _ in 0..3 {
        let (snapshot, faults) = sheet.save_folder(two_tables(&sheet, &moved));
        assert_eq!(shown(&snapshot), PUBLIC);
        assert!(faults.iter().any(|fault| fault.contains("c.csv: error[no-events]")), "{faults:?}");
    }
    let mut folder = two_tables(&sheet, &moved);
    folder.insert("c.csv", table(&[ROWS[1]]));
    assert_eq!(shown(&sheet.save_folder(folder).0), ["More tea 0", "Songs 0", "Tea 0"]);
    // A table that was read and is taken out is gone.
    let (snapshot, _) = sheet.save_folder(two_tables(&sheet, "[[events]]\nfile = \"b.csv\"\n"));
    assert_eq!(shown(&snapshot), ["More tea 0", "Songs 0"]);
}

#[test]
fn dates_of_a_series_with_errors_have_a_series() {
    const HEADER: &str = "id,title,start,repeat,occurrence,private";
    let rows = |series: &str| format!("{HEADER}\nw,{series}\nw,Other,2026-07-09T11:00,,2026-07-08,\n");
    let mut sheet = Sheet::new(SETTINGS);
    let good = rows("Walk,2026-07-01T10:00,every week,,");
    assert_eq!(shown(&sheet.save(&good)), ["Other 0", "Walk 0"]);
    let (snapshot, faults) = sheet.save_folder(sheet.folder(&rows("Walk,2026-07-32T10:00,every week,,")));
    assert_eq!(shown(&snapshot), ["Other 0", "Walk 0"]);
    assert!(faults.len() == 1 && faults[0].contains("error[bad-date]"), "{faults:?}");
    assert!(shown(&sheet.save(&rows("Walk,2026-07-01T10:00,every week,,yes"))).is_empty());
}

#[test]
fn a_withdrawn_event_is_not_shown_as_cancelled() {
    let settings = format!("{SETTINGS}removed = \"cancel\"\n");
    let mut sheet = Sheet::new(&settings);
    sheet.save(&table(&ROWS));
    let private = format!("{}yes", ROWS[0]);
    let now = sheet.save(&table(&[&private, ROWS[2], ROWS[3]]));
    assert_eq!(shown(&now), ["CANCELLED: Tea 1", "More tea 0", "Songs 0"]);
    // Nor when its row is deleted, and nobody waits for it.
    let told = sheet.check(&table(&ROWS[2..]));
    assert!(told.iter().all(|fault| !fault.contains("\"walk\"")), "{told:?}");
    assert_eq!(shown(&sheet.save(&table(&ROWS[2..]))), shown(&now));
    assert_eq!(shown(&sheet.save(&table(&ROWS))), ["A walk 2", "More tea 0", "Songs 0", "Tea 2"]);
}

#[test]
fn rows_that_cannot_be_told_apart_are_cancelled_together() {
    let rows = |rows: [&str; 2]| format!("title,start,region,status\n{}\n", rows.join("\n"));
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&rows(["Circle,2026-07-01,Ohio,", "Circle,2026-07-08,Ohio,"]));
    let cancelled = rows(["Circle,2026-07-O1,Ohio,cancelled", "Circle,2026-07-O8,Ohio,cancelled"]);
    let (snapshot, _) = sheet.save_folder(sheet.folder(&cancelled));
    assert_eq!(shown(&snapshot), ["CANCELLED: Circle 1", "CANCELLED: Circle 1"]);
    sheet.save(&rows(["Circle,2026-07-01,Ohio,", "Circle,2026-07-08,Ohio,"]));
    let one = rows(["Circle,2026-07-O1,Ohio,cancelled", "Circle,2026-07-O8,Ohio,"]);
    let (snapshot, _) = sheet.save_folder(sheet.folder(&one));
    assert_eq!(shown(&snapshot), ["Circle 2", "Circle 2"]);
}
