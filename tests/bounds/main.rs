//! What no bytes can do to a reading: make it panic, hang, or take much more memory than the bytes do.
//!
//! A program of its own, because it counts every allocation: no other test may run beside it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests read the clock")]

#[path = "../it/workbook.rs"]
#[expect(dead_code, reason = "the other tests make more of it")]
mod workbook;

use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use zip::write::SimpleFileOptions;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A build without optimisation reads a tenth as fast, so its files are a tenth as large.
const MANY: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
/// And it has ten times the time for each byte.
const SLOWER: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

/// Memory beyond the input's: so many times its size, and so many bytes.
const TIMES: usize = 8;
const BEYOND: usize = 64 << 20;

/// Surveys a folder and holds what that took against the bounds; answers the errors and the time.
fn within_bounds(name: &str, files: Vec<(&str, Vec<u8>)>) -> Duration {
    let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    // What is in memory before counts for the input: the folder holds its bytes.
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let mut folder = Folder::new();
    for (path, bytes) in files {
        folder.insert(path, bytes);
    }
    let start = Instant::now();
    let reading = survey(&folder, jiff::Timestamp::constant(1_780_000_000, 0), &mut || {});
    let took = start.elapsed();
    for table in &reading.value.tables {
        assert_eq!(table.rows, table.events + table.replaced + table.left_out, "{name}");
    }
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert!(peak <= TIMES * size + BEYOND, "{name}: {peak} bytes for {size}");
    // Generous, because machines are shared: a hang is minutes.
    let bound = Duration::from_secs(5) + Duration::from_micros(4) * u32::try_from(size).unwrap() * SLOWER;
    assert!(took <= bound, "{name}: {took:?} for {size} bytes");
    took
}

/// Pieces that tables are made of, and that break them.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "title", "start", "end", "repeat", "except", "occurrence", "region", "topic", "timezone", "id",
        "private", ",", ";", "\t", "\"", "\"\"", "\n", "\r\n", "2026-06-09", "1/5/2026", "13.05.2026 18 Uhr",
        "23-25/01/2024", "18:00", "noon", "every Tuesday until June 2027", "FREQ=DAILY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "America/Chicago", "#REF!", "Monday", "a;b/c;d", "\u{fffd}",
        "\u{0}", "\u{2028}", "'=1", "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\n",
        "DTSTART:20260609T180000Z\r\n", "RRULE:FREQ=WEEKLY\r\n", "END:VEVENT\r\n", "PK\u{3}\u{4}",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => "\\PC{0,40}".prop_map(String::into_bytes),
    ]
}

fn any_bytes(runner: &mut TestRunner) {
    let table = prop::collection::vec(piece(), 0..400).prop_map(|pieces| pieces.concat());
    let strategy = (
        table,
        any::<bool>(),
        prop::sample::select(vec!["events.csv", "events.xlsx", "events.ods", "events.ics"]),
    );
    runner
        .run(&strategy, |(mut bytes, marked, name)| {
            if marked {
                bytes.splice(0..0, b"\xff\xfe".iter().copied());
            }
            within_bounds(name, vec![(name, bytes)]);
            Ok(())
        })
        .unwrap();
}

/// Sound workbooks with bytes changed at random: the zip, or the sheet inside.
fn changed_workbooks(runner: &mut TestRunner) {
    let text = |text: &str| workbook::Cell::Text(text.to_owned());
    let rows: Vec<Vec<workbook::Cell>> = vec![
        vec![text("title"), text("start")],
        vec![text("Walk"), workbook::Cell::Date(46_182.5)],
        vec![text("Tea"), workbook::Cell::Covered],
    ];
    let books = [("events.xlsx", workbook::xlsx(&rows)), ("events.ods", workbook::ods(&rows))];
    let strategy = (0..2usize, prop::collection::vec((any::<u16>(), any::<u8>()), 0..6), any::<bool>());
    runner
        .run(&strategy, |(which, changes, cut)| {
            let (name, book) = &books[which];
            let mut book = book.clone();
            for (at, byte) in changes {
                let at = usize::from(at) % book.len();
                book[at] = byte;
            }
            if cut {
                book.truncate(book.len() - book.len() / 7);
            }
            within_bounds(name, vec![(*name, book)]);
            Ok(())
        })
        .unwrap();
}

fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook with another sheet and other strings inside.
fn with_inside(book: &[u8], sheet: &str, strings: Option<&str>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        if name.ends_with("sheet1.xml") || name == "content.xml" {
            bytes = sheet.as_bytes().to_vec();
        }
        if let (true, Some(strings)) = (name.ends_with("sharedStrings.xml"), strings) {
            bytes = strings.as_bytes().to_vec();
        }
        files.push((name, bytes));
    }
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    zipped(&files)
}

/// A name, and the files of a folder.
type Case = (&'static str, Vec<(&'static str, Vec<u8>)>);

/// Files made to be large in memory, or slow.
fn hostile() -> Vec<Case> {
    [tables(), encodings(), series(), workbooks(), calendars(), texts()].into_iter().flatten().collect()
}

fn csv(text: String) -> Vec<(&'static str, Vec<u8>)> {
    vec![("events.csv", text.into_bytes())]
}

fn tables() -> Vec<Case> {
    let head = || "title,start\n".to_owned();
    let numbered = |row: &dyn Fn(usize) -> String| (0..3 * MANY).map(row).collect::<String>();
    vec![
        ("short rows", csv(head() + &"a,2026-06-09\n".repeat(3 * MANY))),
        (
            "short rows with ids",
            csv("id,".to_owned() + &head() + &numbered(&|n| format!("{n},a,2026-06-09\n"))),
        ),
        ("a fault in each row", csv(head() + &"a,soon\n".repeat(3 * MANY))),
        (
            "a tag in each row",
            csv("title,start,region\n".to_owned() + &numbered(&|n| format!("a,2026-06-09,r{n}\n"))),
        ),
        ("ambiguous in each row", csv(head() + &"a,1/5/2026\n".repeat(3 * MANY))),
        ("an unclosed quotation mark", csv(head() + "\"" + &"a,2026-06-09\n".repeat(3 * MANY))),
        ("nothing but separators", csv(head() + &",".repeat(80 * MANY))),
        ("nothing but lines", csv(head() + &"\n".repeat(80 * MANY))),
        ("nothing but quotation marks", csv(head() + &"\"".repeat(80 * MANY))),
        ("one long word", csv("x".repeat(80 * MANY))),
    ]
}

fn encodings() -> Vec<Case> {
    let high = [b"title,start\n".to_vec(), vec![0x80; 80 * MANY]].concat();
    let wide = "\u{feff}title,start\nä,2026-06-09\n".repeat(MANY);
    let wide = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![("letters of three bytes each", vec![("events.csv", high)]), ("UTF-16", vec![("events.csv", wide)])]
}

fn series() -> Vec<Case> {
    let head = || "title,start,repeat,except\n".to_owned();
    let century = "a,1900-01-01,FREQ=DAILY;UNTIL=22001231,2199-01-01\n";
    let many_ways = format!("a,2026-01-01,\"FREQ=YEARLY;BYDAY={}\"\n", ["53MO"; 50].join(","));
    vec![
        ("daily from 1900 to 2200", csv(head() + &century.repeat(MANY / 33))),
        ("never", csv(head() + &"a,2026-01-01,FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31\n".repeat(MANY / 33))),
        ("never, in many ways", csv(head() + &many_ways.repeat(MANY / 500))),
    ]
}

fn workbooks() -> Vec<Case> {
    let xlsx = |row: &str, strings: &str| {
        let sheet = format!("<worksheet><sheetData>{row}</sheetData></worksheet>");
        vec![("events.xlsx", with_inside(&workbook::xlsx(&[]), &sheet, Some(strings)))]
    };
    let ods = |content: &str| vec![("events.ods", with_inside(&workbook::ods(&[]), content, None))];
    let cells = "<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>0</v></c></row>".repeat(MANY);
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(30_000));
    let far = "<row r=\"1\"><c r=\"XFD1\" t=\"str\"><v>a</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\" t=\"str\"><v>b</v></c></row>";
    let table = "<d><table:table table:name=\"a\"><table:table-row";
    let repeated = format!(
        "{table} table:number-rows-repeated=\"1048576\"><table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"1000\"><text:p>title start</text:p></table:table-cell></table:table-row></table:table></d>"
    );
    vec![
        ("a text in every cell", xlsx(&cells, &long)),
        ("cells far apart", xlsx(far, "<sst/>")),
        ("nothing but strings", xlsx("", &format!("<sst>{}</sst>", "<si/>".repeat(30 * MANY)))),
        ("a sheet of spaces", xlsx(&" ".repeat(1_000 * MANY), "<sst/>")),
        ("cells that repeat", ods(&repeated)),
        ("a sheet that is cut", ods(&format!("{table}><table:table-cell/>"))),
    ]
}

fn calendars() -> Vec<Case> {
    let ics = |text: String| {
        vec![("events.ics", ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_owned() + &text).into_bytes())]
    };
    let event = "UID:a\nDTSTART:20260609\nEND:VEVENT\nBEGIN:VEVENT\n";
    vec![
        ("many events", ics(event.repeat(MANY))),
        ("a long folded line", ics("SUMMARY:".to_owned() + &"a\n ".repeat(20 * MANY))),
    ]
}

fn texts() -> Vec<Case> {
    let beside = |name: &'static str, text: String| {
        vec![("events.csv", b"title,start\n".to_vec()), (name, text.into_bytes())]
    };
    let article =
        |text: String| beside("articles/a.md", format!("+++\ntitle=\"a\"\ndate=2026-06-01\n+++\n{text}"));
    let settings = (0..MANY * 9 / 10).map(|n| format!("a{n}=1\n")).collect();
    vec![
        ("many settings", beside("calcast.toml", settings)),
        ("nested settings", beside("calcast.toml", format!("a={}", "[".repeat(5 * MANY)))),
        ("nested marks", article("> ".repeat(4 * MANY))),
        ("nested elements", article("<b>".repeat(3 * MANY))),
        ("aliases of aliases", beside("articles/a.md", bomb_of_aliases())),
    ]
}

fn bomb_of_aliases() -> String {
    let mut text = String::from("---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    text + "---\nText\n"
}

#[test]
fn no_bytes_make_a_reading_panic_hang_or_swell() {
    let cases = u32::try_from(MANY / 25).unwrap();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    any_bytes(&mut TestRunner::new(config.clone()));
    changed_workbooks(&mut TestRunner::new(config));
    for (name, files) in hostile() {
        let took = within_bounds(name, files);
        println!("{name}: {took:?}");
    }
}
