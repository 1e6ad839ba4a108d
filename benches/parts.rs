//! What the parts cost, each alone and in one process: `cargo bench --bench parts`.
//!
//! Reading beside the bare `csv` crate, rendering beside the `icalendar` crate and Python's (where the tests' Python is
//! installed), putting filters together beside copying as many bytes, and answering. The figures are processor time,
//! of all threads.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use calcast::model::route::Route;
use calcast::publish::document::Encoding;
use calcast::publish::snapshot::Snapshot;
use calcast::read;
use calcast::read::folder::Folder;
use calcast::serve::respond::respond;
use http::Request;
use mimalloc::MiMalloc;
use process::cpu_of;
use rows::{PYTHON, SNAKE, calendar, records, table};

mod process;
mod rows;

/// As the program has it; for all that is measured alike.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ROWS: usize = 10_000;
/// How long each part is measured at a time, in processor time: a tick is a hundredth of a second.
const LONG: Duration = Duration::from_millis(500);
/// How often each is measured, in turn with its peer: the machine has moods.
const TURNS: usize = 5;

/// Microseconds of processor time for each of so many items that one round of work has.
fn micros(items: usize, mut work: impl FnMut()) -> f64 {
    work();
    let (me, mut rounds) = (std::process::id(), 0);
    let before = cpu_of(me);
    while cpu_of(me) - before < LONG {
        work();
        rounds += 1;
    }
    (cpu_of(me) - before).as_secs_f64() * 1e6 / f64::from(rounds) / items as f64
}

/// The same of two kinds of work in turns, the middle of each.
fn in_turns(items: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> [f64; 2] {
    let mut turns = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        turns[0].push(micros(items, &mut ours));
        turns[1].push(micros(items, &mut theirs));
    }
    turns.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[TURNS / 2]
    })
}

fn line(what: &str, [ours, theirs]: [f64; 2], peer: &str) {
    println!("| {what} | {ours:.2} | {peer} {theirs:.2} | {:.2} |", theirs / ours);
}

fn snapshot(folder: &Folder) -> Snapshot {
    let now = jiff::Timestamp::constant(1_780_000_000, 0);
    let site = read::load(folder.clone(), now).value.site;
    let today = read::today(&site.settings, now);
    Snapshot::new(site, today)
}

fn body(snapshot: &Snapshot, address: &str) -> usize {
    let document = snapshot.document(&Route::parse(address, None).unwrap()).unwrap();
    document.body(Encoding::Identity).len()
}

/// Filters of three regions and two topics, each another.
fn filter(number: usize) -> String {
    let (a, b, x, y) = (number % 48, number / 48 % 47, number / 2_256 % 19, number / 42_864 % 18);
    format!(
        "/f/region=usa/state-{a},usa/state-{},usa/state-{};topic=topic-{x},topic-{}.ics",
        a + 1,
        (a + 2 + b) % 50,
        (x + 1 + y) % 20
    )
}

fn python() -> Option<f64> {
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("parts.csv");
    std::fs::write(&file, table(1_000)).unwrap();
    let said =
        Path::new(PYTHON).exists().then(|| Command::new(PYTHON).args(["-c", SNAKE]).arg(&file).output());
    std::fs::remove_file(&file).unwrap();
    let said = String::from_utf8(said?.unwrap().stdout).unwrap();
    Some(said.trim().parse::<f64>().unwrap() * 1e6 / 1e3)
}

fn main() {
    let text = table(ROWS);
    let mut folder = Folder::new();
    folder.insert("events.csv", text.clone());
    folder.insert(
        "calcast.toml",
        "title = \"Bench\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n",
    );
    println!("| part | calcast µs | peer µs | peer / calcast |");
    println!("| --- | --- | --- | --- |");

    let now = jiff::Timestamp::constant(1_780_000_000, 0);
    let bare = || {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).unwrap() {
            black_box(record.len());
        }
    };
    line("read a row", in_turns(ROWS, || drop(black_box(read::load(folder.clone(), now))), bare), "bare csv");

    // What is rendered is rendered once: the same events, each time in a new snapshot.
    let made = snapshot(&folder);
    let site = made.site().clone();
    let render = || {
        let snapshot = Snapshot::new(site.clone(), made.today());
        black_box(body(&snapshot, "/calendar.ics"));
    };
    let known = records(text.as_bytes());
    let rendered = in_turns(ROWS, render, || drop(black_box(calendar(&known))));
    line("render an event, whole calendar", rendered, "icalendar crate");
    match python() {
        Some(theirs) => line("render an event, whole calendar", [rendered[0], theirs], "Python icalendar"),
        None => println!("({PYTHON} is not there: not compared with Python)"),
    }

    made.prerender();
    assembling(&made);
    answering(&made);
}

/// Filters that nobody asked for before.
fn assembling(made: &Snapshot) {
    let (mut number, mut bytes) = (0, 0);
    const FILTERS: usize = 200;
    let assembled = micros(FILTERS, || {
        for _ in 0..FILTERS {
            bytes += body(made, &filter(number));
            number += 1;
        }
    });
    let copied = vec![b'x'; bytes / number];
    let copying = micros(FILTERS, || {
        for _ in 0..FILTERS {
            black_box(copied.clone());
        }
    });
    line("put a filter together", [assembled, copying], "copying it");
}

/// What is known.
fn answering(made: &Snapshot) {
    let ask = |tag: Option<&str>| {
        let request = Request::get("/regions/usa/state-3.ics").header("host", "a");
        tag.iter().fold(request, |request, tag| request.header("if-none-match", *tag)).body(()).unwrap()
    };
    let first = respond(made, &ask(None));
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    const ASKED: usize = 10_000;
    for (what, request) in [("answer with 200", ask(None)), ("answer with 304", ask(Some(&tag)))] {
        let took = micros(ASKED, || (0..ASKED).for_each(|_| drop(black_box(respond(made, &request)))));
        println!("| {what} | {took:.2} | | |");
    }
}
