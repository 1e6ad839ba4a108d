//! How long `check` takes beside what it cannot do without: `cargo bench --bench check`.
//!
//! The peer is the bare `csv` crate: it reads the same file from the disk, record by record, and writes the
//! same report. Both are measured in turn, in one run; the figure is the ratio of the medians. Arguments are
//! the lengths of descriptions: `cargo bench --bench check -- 0 850`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use calcast::publish::survey::survey;
use calcast::render::report::{self, OutputStyle};
use calcast::source::disk::SiteFolder;

const ROWS: usize = 100_000;
const FAULTS: usize = 1_000;
const ROUNDS: usize = 11;

/// A table of many rows, every hundredth of which has a fault, with descriptions of about so many bytes.
fn table(description: usize) -> String {
    let words = "People who live with dystonia meet to talk and to listen, and nobody needs to sign up. ";
    let text: String = words.chars().cycle().take(description).collect();
    let mut table =
        String::from("id,title,start,end,timezone,location,url,description,region,topic,organizer,status\n");
    for row in 0..ROWS {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let start = match row % (ROWS / FAULTS) {
            0 => match row / (ROWS / FAULTS) % 4 {
                0 => "2027-02-31T18:00".to_owned(),
                1 => "2027-06-09T25:00".to_owned(),
                2 => "soon".to_owned(),
                _ => "2027-06-09T17;00".to_owned(),
            },
            _ => format!("2027-{month:02}-{day:02}T{hour:02}:30"),
        };
        let _ = writeln!(
            table,
            "ev{row:06},Support group {},{start},{:02}:00,America/Chicago,\"Library, room {}\",https://example.org/e/{row},\"{text}\",USA/State {},Topic {},Dystonia Circle,confirmed",
            row % 977,
            hour + 2,
            row % 40,
            row % 50,
            row % 20
        );
    }
    table
}

fn bare(folder: &Path, report: &str) -> usize {
    let bytes = std::fs::read(folder.join("events.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..]);
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).unwrap() {
        cells += record.len();
    }
    std::fs::write(folder.with_extension("bare.txt"), report).unwrap();
    cells
}

fn check(folder: &Path) -> String {
    let site = SiteFolder::open(folder).unwrap().read().unwrap();
    let now = jiff::Timestamp::constant(1_780_000_000, 0);
    let reading = survey(&site, now, &mut || {});
    let text = report::human(&reading.value, &reading.diagnostics, &OutputStyle::Plain);
    std::fs::write(folder.with_extension("check.txt"), &text).unwrap();
    text
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-check");
    println!("{ROWS} rows, {FAULTS} faults; medians of {ROUNDS}");
    println!("{:>10} {:>12} {:>12} {:>7}", "file", "bare csv", "check", "ratio");
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![0, 250, 850] } else { asked };
    for description in sizes {
        std::fs::create_dir_all(&folder).unwrap();
        let table = table(description);
        std::fs::write(folder.join("events.csv"), &table).unwrap();
        let report = check(&folder);
        let told = report.lines().filter(|line| line.contains(": error[")).count();
        assert_eq!(told, FAULTS, "every fault is told");
        let (mut bares, mut checks) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bares.push(timed(|| bare(&folder, &report)));
            checks.push(timed(|| check(&folder)));
        }
        let (bare, check) = (median(bares), median(checks));
        println!(
            "{:>7} MB {:>9} ms {:>9} ms {:>7.2}",
            table.len() / 1_000_000,
            bare.as_millis(),
            check.as_millis(),
            check.as_secs_f64() / bare.as_secs_f64()
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
