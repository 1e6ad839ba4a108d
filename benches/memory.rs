//! What remembering costs: `cargo bench --bench memory`.
//!
//! A sheet of 100,000 events is loaded as `serve` does it: read, compared with what is remembered, remembered,
//! printed. The figure is the share of all that goes into the memory: reading the lock, comparing, writing it.
//! Then one row is edited while the program serves; the figure is the time from the save to the first good
//! answer, which holds the time for which calcast waits whether the editor is done. At last it is edited while wrk
//! asks as fast as it can.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use calcast::diagnostic::Diagnostics;
use calcast::history::diff::CurrentState;
use calcast::history::{self, History, TableHistory};
use calcast::model::event::Event;
use calcast::publish::snapshot::Snapshot;
use calcast::read::folder::Folder;
use calcast::read::{self, lock};
use calcast::site::Site;
use calcast::source::disk::SiteFolder;
use jiff::Timestamp;
use server::{Server, median};

mod server;

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

/// The memory after a reading that saw the events of a site.
fn after(memory: History, site: &Site, events: &[Arc<Event>]) -> History {
    let (now, config_hash) = (Timestamp::now(), site.history.site.as_ref().unwrap().config_hash);
    let tags = site.history.tags.iter().map(|(key, tag)| (key.clone(), tag.name.clone())).collect();
    let current = CurrentState {
        events,
        bases: BTreeMap::new(),
        tables: vec![TableHistory { table: "events.csv".into(), ..TableHistory::default() }],
        table_of: &vec![0; events.len()],
        held: BTreeMap::new(),
        withdrawn: &std::collections::BTreeSet::new(),
        articles: site.articles(),
        tags,
        uid_domain: "example.org",
        config_hash,
        today: read::today(&site.settings, now),
        has_all_articles: true,
        is_reload: true,
    };
    memory.updated(&current, now).0
}

/// One load, with the lock as it lies there: the time of each step, in the order in which `serve` takes them.
fn load(disk: &SiteFolder) -> Steps {
    let mut steps = Steps::default();
    let folder: Folder = steps.time(Step::Fetch, || disk.read().unwrap());
    let known = steps.time(Step::ReadLock, || lock::read(&folder, &mut Diagnostics::default()));
    // What was just read is not read again.
    let mut again = folder.clone();
    again.remember(known.clone());
    let mut loaded = steps.time(Step::Read, || read::load(again, Timestamp::now())).value;
    let (before, memory) = (std::mem::take(&mut loaded.before), loaded.site.history.clone());
    let write = || disk.write_lock(history::lock::chunks(&memory)).unwrap();
    // The disk is waited for while the snapshot is made.
    let snapshot = steps.time(Step::Print, || {
        std::thread::scope(|scope| {
            if memory != before {
                scope.spawn(write);
            }
            Snapshot::new(loaded.site, jiff::civil::date(2026, 11, 25))
        })
    });
    // As they stand in the table.
    let site = snapshot.site();
    let mut events = site.events().to_vec();
    events.sort_by(|a, b| a.id.cmp(&b.id));
    steps.time(Step::Compare, || after(known, site, &events));
    steps
}

/// The steps of a load; comparing is a part of reading.
#[derive(Clone, Copy)]
enum Step {
    Fetch,
    ReadLock,
    Read,
    Compare,
    Print,
}

#[derive(Clone, Copy, Default)]
struct Steps([Duration; 5]);

impl Steps {
    fn time<T>(&mut self, step: Step, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = black_box(work());
        self.0[step as usize] += start.elapsed();
        result
    }

    fn of(&self, steps: &[Step]) -> Duration {
        steps.iter().map(|step| self.0[*step as usize]).sum()
    }
}

fn millis(times: Vec<Duration>) -> f64 {
    median(times.into_iter().map(|time| time.as_secs_f64() * 1e3).collect())
}

/// Prints the steps of some loads; writing the lock costs what printing takes longer than it does alone.
fn report(what: &str, loads: &[Steps], alone: f64) -> f64 {
    use Step::{Compare, Fetch, Print, Read, ReadLock};
    let of = |steps: &[Step]| millis(loads.iter().map(|load| load.of(steps)).collect());
    let all = of(&[Fetch, ReadLock, Read, Print]);
    let memory = of(&[ReadLock, Compare]) + (of(&[Print]) - alone).max(0.0);
    println!("{what}: {all:.0} ms, of that for the memory {memory:.0} ms ({:.0} %)", memory * 100.0 / all);
    for (name, step) in
        [("read the lock", ReadLock), ("read the rows", Read), ("of that compare", Compare), ("print", Print)]
    {
        println!("  {name:<16} {:>5.0} ms", of(&[step]));
    }
    of(&[Print])
}

fn edits(folder: &Path) -> Vec<Duration> {
    let server = Server::calcast(folder, &[], None);
    let target = format!("/events/ev{:06}.ics", ROWS / 2);
    (0..ROUNDS)
        .map(|round| {
            let (table, wanted) = (table(100 + round), format!("SUMMARY:Edit {}\r\n", 100 + round));
            std::fs::write(folder.join("events.csv"), table).unwrap();
            let start = Instant::now();
            while !String::from_utf8_lossy(&server.get(&target)).contains(&wanted) {
                assert!(start.elapsed() < Duration::from_secs(60), "the edit is not served");
                std::thread::sleep(Duration::from_millis(5));
            }
            start.elapsed()
        })
        .collect()
}

/// What many clients see of edits while they ask: the 99th percentile in milliseconds, and answers that failed.
fn p99(address: &str, target: &str, seconds: &str) -> (f64, u64) {
    let url = format!("http://{address}{target}");
    let wrk = Command::new("wrk").args(["--latency", "-c8", "-t1", "-d", seconds, &url]).output();
    let said = String::from_utf8(wrk.unwrap().stdout).unwrap();
    let field = |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name).map(str::trim));
    let p99 = field("99%").unwrap();
    let digits: f64 = p99.trim_end_matches(char::is_alphabetic).parse().unwrap();
    let millis = match p99.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "us" => digits / 1e3,
        "ms" => digits,
        _ => digits * 1e3,
    };
    let errors =
        |line: &str| line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u64>().ok()).sum();
    (millis, field("Socket errors:").map_or(0, errors) + field("Non-2xx or 3xx responses:").map_or(0, errors))
}

/// Edits one row again and again until told to stop; answers how often that was served.
fn edit_until(folder: &Path, server: &Server, over: &AtomicBool) -> usize {
    let target = format!("/events/ev{:06}.ics", ROWS / 2);
    let mut edits = 0;
    while !over.load(Ordering::Relaxed) {
        edits += 1;
        let (table, wanted) = (table(200 + edits), format!("SUMMARY:Edit {}\r\n", 200 + edits));
        std::fs::write(folder.join("events.csv"), table).unwrap();
        while !String::from_utf8_lossy(&server.get(&target)).contains(&wanted) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    edits
}

fn beside_load(folder: &Path) {
    let server = Server::calcast(folder, &[], None);
    for target in ["/regions/usa/state-3.ics", "/events/ev000100.ics"] {
        server.get(target);
        let (before, _) = p99(&server.address, target, "4");
        let over = AtomicBool::new(false);
        let ((during, failed), edits) = std::thread::scope(|scope| {
            let editor = scope.spawn(|| edit_until(folder, &server, &over));
            let seen = p99(&server.address, target, "8");
            over.store(true, Ordering::Relaxed);
            (seen, editor.join().unwrap())
        });
        println!(
            "{target} under load: p99 {before:.2} ms, {during:.2} ms during {edits} edits ({:.1} times), {failed} failed",
            during / before
        );
    }
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
    // By turns, so that both have the same moods of the machine.
    let (mut unchanged, mut edited) = (Vec::new(), Vec::new());
    for edit in 1..=ROUNDS {
        unchanged.push(load(&disk));
        save(edit);
        edited.push(load(&disk));
    }
    let alone = report("nothing changed since", &unchanged, f64::INFINITY);
    report("one row changed since", &edited, alone);
    println!("one row edited while serving: {:.0} ms from the save to the answer", millis(edits(&folder)));
    beside_load(&folder);
    let lock = std::fs::metadata(folder.join("calcast.lock")).unwrap().len();
    println!("the lock is {} MB, the table {} MB", lock / 1_000_000, table(0).len() / 1_000_000);
    std::fs::remove_dir_all(&folder).unwrap();
}
