//! What it takes from rows to a served edition: `cargo bench --bench read`, or with numbers of rows,
//! `-- 1000 100000`.
//!
//! A process of calcast starts over a table of rows of about 1 kB, without a lock, and is asked for one event and
//! for the whole calendar. Beside it, in the same run: a process that reads the same file with the bare `csv`
//! crate; one that makes a calendar of it with the `icalendar` crate; one that does so with Python's `icalendar`
//! (over 1,000 rows, where the tests' Python is installed). The figures are processor time, all threads and the
//! start of the process included, means over the starts.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use icalendar::{Calendar, Component as _, Event, EventLike as _};
use server::{Server, cpu_of_the_ended, median, peak_of};

mod server;

/// Numbers of rows, unless others are asked for.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// So many rows are read in all for one figure, in at least [`FEWEST`] starts.
const ROWS_A_FIGURE: usize = 300_000;
const FEWEST: usize = 3;
const MOST: usize = 40;
/// The Python that the tests install.
const PYTHON: &str = "target/clients/venv/bin/python";

/// A table of rows of about 1 kB, with what such rows have: names, places, links, some sentences.
fn table(rows: usize) -> String {
    const WORDS: [&str; 24] = [
        "People who live with dystonia meet to talk and to listen;",
        "bring a friend, a neighbour or nobody at all.",
        "Nobody needs to sign up, and there is coffee.",
        "The lift is to the left of the entrance,",
        "the room has a hearing loop,",
        "and parking is free after six.",
        "A neurologist answers questions for the last half hour.",
        "We end with ten minutes of quiet breathing.",
        "Doors open a quarter of an hour before.",
        "Please tell us if you come with an assistance dog.",
        "If the weather is bad we meet online instead.",
        "The entrance is around the corner, beside the café.",
        "Newcomers are met at the door by Åsa.",
        "Slides are sent to everybody afterwards.",
        "Tea, water and something sweet are on the table.",
        "You may leave and come back as you like.",
        "Caregivers have a circle of their own next door.",
        "The bus stops in front of the house.",
        "Tell the desk that you come to the group.",
        "We keep what is said among ourselves.",
        "There is a quiet room if you need one.",
        "Some of us speak Spanish and some French.",
        "Chairs with arms are there, and cushions too.",
        "It costs nothing.",
    ];
    let mut text = String::from(
        "id,title,start,end,timezone,location,address,url,description,region,topic,organizer,contact,status\n",
    );
    for row in 0..rows {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let zone = ["America/Chicago", "America/New_York", "Europe/Berlin"][row % 3];
        let _ = write!(
            text,
            "ev{row:07},Support group {} of the circle,2027-{month:02}-{day:02}T{hour:02}:30,2027-{month:02}-{day:02}T{:02}:00,{zone},\"Library, room {}\",\"{} Main Street, Springfield\",https://example.org/events/{row},\"",
            row % 977,
            hour + 2,
            row % 40,
            row % 900 + 1,
        );
        for sentence in 0..15 {
            text.push_str(WORDS[(row * 7 + sentence * 5) % WORDS.len()]);
            text.push(' ');
        }
        let _ = writeln!(
            text,
            "\",USA/State {}; Online,Topic {},Dystonia Circle,circle{}@example.org,confirmed",
            row % 50,
            row % 20,
            row % 30,
        );
    }
    text
}

/// Reads a file with the bare crate.
fn bare(file: &Path) -> usize {
    let bytes = std::fs::read(file).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).unwrap() {
        cells += record.len();
    }
    cells
}

/// The same rows as a calendar by the crate that most Rust programs use.
fn crated(file: &Path) -> usize {
    let bytes = std::fs::read(file).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    let mut calendar = Calendar::new();
    for record in reader.records() {
        let record = record.unwrap();
        let mut event = Event::new();
        let compact = |cell: &str| format!("{}00", cell.replace([':', '-'], ""));
        event.uid(&record[0]).summary(&record[1]).description(&record[8]);
        event.location(&format!("{}, {}", &record[5], &record[6])).url(&record[7]);
        for (name, cell) in [("DTSTART", &record[2]), ("DTEND", &record[3])] {
            let mut property = icalendar::Property::new(name, compact(cell));
            property.add_parameter("TZID", &record[4]);
            event.append_property(property);
        }
        event.add_property("CATEGORIES", format!("{},{}", &record[9], &record[10]));
        event.add_property("CONTACT", format!("{} ({})", &record[11], &record[12]));
        event.add_property("STATUS", "CONFIRMED");
        calendar.push(event.done());
    }
    calendar.to_string().len()
}

/// The same by Python.
const SNAKE: &str = r#"
import csv, datetime, sys, zoneinfo
from icalendar import Calendar, Event
calendar = Calendar()
for row in csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")):
    zone = zoneinfo.ZoneInfo(row["timezone"])
    event = Event()
    event.add("uid", row["id"])
    event.add("summary", row["title"])
    event.add("dtstart", datetime.datetime.fromisoformat(row["start"]).replace(tzinfo=zone))
    event.add("dtend", datetime.datetime.fromisoformat(row["end"]).replace(tzinfo=zone))
    event.add("location", row["location"] + ", " + row["address"])
    event.add("url", row["url"])
    event.add("description", row["description"])
    event.add("categories", [row["region"], row["topic"]])
    event.add("contact", row["organizer"] + " (" + row["contact"] + ")")
    event.add("status", "CONFIRMED")
    calendar.add_component(event)
assert len(calendar.to_ical()) > 1000
"#;

/// What one start took: processor time, the time until the first answer, the most memory in bytes.
struct Start {
    first: Duration,
    peak: f64,
}

fn start(folder: &Path, target: &str) -> Start {
    let _ = std::fs::remove_file(folder.join("calcast.lock"));
    let begun = Instant::now();
    let server = Server::calcast(folder, &["--base-url", "https://example.org"], None);
    let answer = server.get(target);
    let first = begun.elapsed();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{target}");
    Start { first, peak: peak_of(server.pid()) }
}

/// Processor time of each of some children, in milliseconds.
fn each(starts: usize, mut start: impl FnMut()) -> f64 {
    let before = cpu_of_the_ended();
    (0..starts).for_each(|_| start());
    (cpu_of_the_ended() - before).as_secs_f64() * 1e3 / starts as f64
}

fn child(mode: &str, file: &Path) {
    let me = std::env::current_exe().unwrap();
    assert!(Command::new(me).arg(mode).arg(file).stdout(Stdio::null()).status().unwrap().success());
}

fn measure(folder: &Path, rows: usize) -> f64 {
    let file = folder.join("events.csv");
    std::fs::write(&file, table(rows)).unwrap();
    let bytes = std::fs::metadata(&file).unwrap().len() as f64;
    let starts = (ROWS_A_FIGURE / rows).clamp(FEWEST, MOST);
    let bare = each(starts, || child("bare", &file));
    let crated = each(starts.min(5), || child("crate", &file));
    let event = format!("/events/ev{:07}.ics", rows / 2);
    let mut some = Vec::new();
    let one = each(starts, || some.push(start(folder, &event)));
    let first = median(some.iter().map(|start| start.first.as_secs_f64() * 1e3).collect());
    let peak = median(some.iter().map(|start| start.peak).collect());
    let mut some = Vec::new();
    let all = each(starts, || some.push(start(folder, "/calendar.ics")));
    let peak_all = median(some.iter().map(|start| start.peak).collect());
    println!(
        "| {rows} | {:.1} | {bare:.1} | {one:.1} | {:.1} | {all:.1} | {:.1} | {first:.0} | {:.1} | {:.1} | {:.0} | {:.1} |",
        bytes / 1e6,
        one / bare,
        all / bare,
        peak / bytes,
        peak_all / bytes,
        rows as f64 / all * 1e3,
        crated / all,
    );
    one
}

fn python(folder: &Path) {
    const ROWS: usize = 1_000;
    let file = folder.join("events.csv");
    std::fs::write(&file, table(ROWS)).unwrap();
    if !Path::new(PYTHON).exists() {
        println!("\n{PYTHON} is not there (make clients installs it): not compared with Python");
        return;
    }
    let run = || {
        let status = Command::new(PYTHON).args(["-c", SNAKE]).arg(&file).status().unwrap();
        assert!(status.success());
    };
    let theirs = each(5, run);
    let ours = each(MOST, || {
        start(folder, "/calendar.ics");
    });
    println!(
        "\n{ROWS} rows by Python's icalendar: {theirs:.0} ms, {:.0} times calcast's {ours:.1} ms",
        theirs / ours
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, file] = &arguments[..] {
        match mode.as_str() {
            "bare" => return println!("{}", bare(Path::new(file))),
            "crate" => return println!("{}", crated(Path::new(file))),
            _ => {}
        }
    }
    let asked: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("read-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("calcast.toml"), "title = \"Bench\"\ntimezone = \"America/Chicago\"\n")
        .unwrap();
    println!(
        "| rows | MB | bare csv CPU ms | to one event CPU ms | times bare | to the whole calendar CPU ms | times bare | first answer ms | peak times file | peak with calendar | events a CPU-s | times the icalendar crate |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let costs: Vec<f64> = sizes.iter().map(|rows| measure(&folder, *rows)).collect();
    if let [few, .., many] = &costs[..] {
        let exponent = (many / few).ln() / (sizes[sizes.len() - 1] as f64 / sizes[0] as f64).ln();
        println!("\ngrowth from the fewest rows to the most: exponent {exponent:.2}");
    }
    python(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
}
