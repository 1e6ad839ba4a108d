//! What it takes from rows to a served snapshot: `cargo bench --bench read`, or with numbers of rows,
//! `-- 1000 100000`.
//!
//! A process of calcast starts over a table of rows of about 1 kB, without a lock, and is asked for one event and
//! for the whole calendar. Beside it, in the same run: a process that reads the same file with the bare `csv`
//! crate; one that makes a calendar of it with the `icalendar` crate; one that does so with Python's `icalendar`
//! (over 1,000 rows, where the tests' Python is installed). The figures are processor time of all threads, medians of
//! single starts by turns: calcast's from the start of its process to its answer, the others' to their end.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use process::{cpu_of, cpu_of_the_ended, peak_of};
use rows::{PYTHON, SNAKE, calendar, table};
use server::{Server, median};

mod process;
mod rows;
mod server;

/// Numbers of rows, unless others are asked for.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// So many rows are read in all for one figure, in at least [`FEWEST`] turns: the machine has moods.
const ROWS_A_FIGURE: usize = 300_000;
const FEWEST: usize = 3;
const MOST: usize = 300;
/// In so many turns at the most those take part that take long.
const TURNS: usize = 5;

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
    calendar(&rows::records(&std::fs::read(file).unwrap())).len()
}

/// What one start took until the first answer: processor time and time in milliseconds, the most memory in bytes.
struct Start {
    cpu: f64,
    first: f64,
    peak: f64,
}

fn start(folder: &Path, target: &str) -> Start {
    let _ = std::fs::remove_file(folder.join("calcast.lock"));
    let begun = Instant::now();
    let server = Server::calcast(folder, &["--base-url", "https://example.org"], None);
    let answer = server.get(target);
    let (cpu, first) = (cpu_of(server.pid()), begun.elapsed());
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{target}");
    Start { cpu: in_ms(cpu), first: in_ms(first), peak: peak_of(server.pid()) }
}

fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Processor time of a child to its end, in milliseconds.
fn child(program: &Path, arguments: &[&str], file: &Path) -> f64 {
    let before = cpu_of_the_ended();
    let status = Command::new(program).args(arguments).arg(file).stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    in_ms(cpu_of_the_ended() - before)
}

fn measure(folder: &Path, rows: usize) -> f64 {
    let file = folder.join("events.csv");
    std::fs::write(&file, table(rows)).unwrap();
    let bytes = std::fs::metadata(&file).unwrap().len() as f64;
    let turns = (ROWS_A_FIGURE / rows).clamp(FEWEST, MOST);
    let of_the_crate = if rows > ROWS_A_FIGURE { 1 } else { TURNS };
    let me = std::env::current_exe().unwrap();
    let event = format!("/events/ev{:07}.ics", rows / 2);
    let (mut firsts, mut peaks) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    let mut costs = [const { Vec::new() }; 4];
    for turn in 0..turns {
        costs[0].push(child(&me, &["bare"], &file));
        if turn < of_the_crate {
            costs[1].push(child(&me, &["crate"], &file));
        }
        for (of, target) in [&*event, "/calendar.ics"].into_iter().enumerate() {
            let start = start(folder, target);
            costs[2 + of].push(start.cpu);
            firsts[of].push(start.first);
            peaks[of].push(start.peak);
        }
    }
    let [bare, crated, one, all] = costs.map(median);
    let ([first, _], [peak, peak_all]) = (firsts.map(median), peaks.map(median));
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
    let theirs = median((0..TURNS).map(|_| child(Path::new(PYTHON), &["-c", SNAKE], &file)).collect());
    let ours = median((0..MOST).map(|_| start(folder, "/calendar.ics").cpu).collect());
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
