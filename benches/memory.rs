//! What remembering costs: `cargo bench --bench memory`.
//!
//! A sheet of 100,000 events is loaded as `serve` does it: read, compared with what is remembered, remembered,
//! printed. The figure is the share of all that goes into the memory: reading the lock, comparing, writing it.
//! Then one row is edited while the program serves; the figure is the time from the save to the first good
//! answer, which holds the quarter of a second for which calcast waits whether the editor is done.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use calcast::diagnostic::Diagnostics;
use calcast::model::event::Event;
use calcast::model::memory::{Completeness, Memory, Seen};
use calcast::model::site::Site;
use calcast::publish::edition::Edition;
use calcast::read::folder::Folder;
use calcast::read::{self, Edited, lock};
use calcast::render;
use calcast::source::disk::SiteFolder;
use jiff::Timestamp;

const ROWS: usize = 100_000;
const ROUNDS: usize = 7;

/// A table of many rows, one of which was edited so many times.
fn table(edits: usize) -> String {
    let mut table =
        String::from("id,title,start,end,timezone,location,url,description,region,topic,organizer,status\n");
    for row in 0..ROWS {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let title =
            if row == ROWS / 2 { format!("Edit {edits}") } else { format!("Support group {}", row % 977) };
        let _ = writeln!(
            table,
            "ev{row:06},{title},2027-{month:02}-{day:02}T{hour:02}:30,{:02}:00,America/Chicago,\"Library, room {}\",https://example.org/e/{row},\"Bring a friend, and nobody needs to sign up.\",USA/State {},Topic {},Dystonia Circle,confirmed",
            hour + 2,
            row % 40,
            row % 50,
            row % 20
        );
    }
    table
}

fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    *sum += start.elapsed();
    result
}

/// The memory after a reading that saw the events of a site.
fn after(memory: Memory, site: &Site, events: &[Event]) -> Memory {
    let (now, frame) = (Timestamp::now(), site.memory.site.as_ref().unwrap().frame);
    let tags = site.memory.tags.iter().map(|(key, tag)| (key.clone(), tag.name.clone())).collect();
    let seen = Seen {
        events,
        bases: BTreeMap::new(),
        articles: site.articles(),
        tags,
        uid_domain: "example.org",
        frame,
        today: read::today(&site.settings, now),
        complete: Completeness::Whole,
    };
    memory.after(&seen, now)
}

/// One load, with the lock as it lies there: all of it, and what of it is the memory's.
fn load(disk: &SiteFolder) -> (Duration, Duration, Memory) {
    let (mut all, mut memory) = (Duration::ZERO, Duration::ZERO);
    let folder: Folder = timed(&mut all, || disk.read().unwrap());
    let known = timed(&mut memory, || lock::read(&folder, &mut Diagnostics::default()));
    let Edited { site, before, .. } = timed(&mut all, || read::site(&folder, Timestamp::now()).value);
    // As they stand in the table.
    let mut events = site.events().to_vec();
    events.sort_by(|a, b| a.id.cmp(&b.id));
    timed(&mut memory, || after(known, &site, &events));
    if site.memory != before {
        let mut writing = Duration::ZERO;
        timed(&mut writing, || disk.write_lock(&render::lock::text(&site.memory)).unwrap());
        memory += writing;
        all += writing;
    }
    let kept = site.memory.clone();
    timed(&mut all, || Edition::new(site, jiff::civil::date(2026, 11, 25)));
    (all, memory, kept)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn report(what: &str, loads: &[(Duration, Duration)]) {
    let all = median(loads.iter().map(|load| load.0).collect());
    let memory = median(loads.iter().map(|load| load.1).collect());
    println!("{what:<34} {all:>7.0} ms {memory:>7.0} ms {:>6.0} %", memory * 100.0 / all);
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_calcast"))
            .arg("serve")
            .arg(folder)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("http://127.0.0.1:")).unwrap();
        let at = line.find("127.0.0.1:").unwrap();
        Server { child, address: line[at..].split('/').next().unwrap().to_owned() }
    }

    fn get(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn edits(folder: &Path) -> Vec<Duration> {
    let server = Server::start(folder);
    let target = format!("/events/ev{:06}.ics", ROWS / 2);
    (0..ROUNDS)
        .map(|round| {
            let (table, wanted) = (table(100 + round), format!("SUMMARY:Edit {}\r\n", 100 + round));
            std::fs::write(folder.join("events.csv"), table).unwrap();
            let start = Instant::now();
            while !server.get(&target).contains(&wanted) {
                assert!(start.elapsed() < Duration::from_secs(60), "the edit is not served");
                std::thread::sleep(Duration::from_millis(5));
            }
            start.elapsed()
        })
        .collect()
}

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("calcast.toml"), "title = \"Bench\"\ntimezone = \"America/Chicago\"\n")
        .unwrap();
    let save = |edits: usize| std::fs::write(folder.join("events.csv"), table(edits)).unwrap();
    save(0);
    let disk = SiteFolder::open(&folder).unwrap();
    load(&disk);
    println!("{ROWS} events; medians of {ROUNDS}");
    println!("{:<34} {:>10} {:>10} {:>8}", "load", "all", "memory", "share");
    let unchanged: Vec<_> = (0..ROUNDS).map(|_| load(&disk)).map(|(all, memory, _)| (all, memory)).collect();
    report("nothing changed since", &unchanged);
    let changed: Vec<_> = (1..=ROUNDS)
        .map(|edit| {
            save(edit);
            load(&disk)
        })
        .map(|(all, memory, _)| (all, memory))
        .collect();
    report("one row changed since", &changed);
    println!("one row edited while serving: {:.0} ms from the save to the answer", median(edits(&folder)));
    let lock = std::fs::metadata(folder.join("calcast.lock")).unwrap().len();
    println!("the lock is {} MB, the table {} MB", lock / 1_000_000, table(0).len() / 1_000_000);
    std::fs::remove_dir_all(&folder).unwrap();
}
