//! What an export costs beside a copy of it: `cargo bench --bench export`, with a number of rows after `--`.
//!
//! A sheet of 100,000 events is exported to an empty folder, then again with no change; `cp -r` copies the result. The
//! first figure is the ratio to the copy, the second that of the second export to the first.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn table(rows: usize) -> String {
    let mut table = String::from("id,title,start,end,timezone,location,url,description,region,topic\n");
    for row in 0..rows {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let _ = writeln!(
            table,
            "ev{row:06},Support group {},2027-{month:02}-{day:02} {hour:02}:30,{:02}:00,America/Chicago,\"Library, room {}\",https://example.org/e/{row},\"{}\",State {}/City {},Topic {}",
            row % 977,
            hour + 2,
            row % 40,
            "Bring a friend, and nobody needs to sign up. ".repeat(8),
            row % 48 / 6,
            row % 48,
            row % 6
        );
    }
    table
}

fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    assert!(command.status().unwrap().success());
    start.elapsed()
}

fn size(folder: &Path) -> (u64, u64) {
    std::fs::read_dir(folder).unwrap().map(Result::unwrap).fold((0, 0), |(files, bytes), entry| {
        let known = entry.metadata().unwrap();
        let (more, length) = if known.is_dir() { size(&entry.path()) } else { (1, known.len()) };
        (files + more, bytes + length)
    })
}

fn main() {
    let rows = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(100_000);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export");
    let (site, out, copy) = (home.join("site"), home.join("out"), home.join("copy"));
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("calcast.toml"), "base_url = \"https://example.org\"\n").unwrap();
    std::fs::write(site.join("events.csv"), table(rows)).unwrap();
    let export = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_calcast"));
        command.arg("export").arg(&site).arg("--to").arg(&out);
        timed(&mut command)
    };
    let (first, second) = (export(), export());
    let copied = timed(Command::new("cp").arg("-r").arg(&out).arg(&copy));
    let (files, bytes) = size(&out);
    let _ = std::fs::remove_dir_all(&home);
    println!(
        "{rows} events: {files} files, {} MB\nfirst export   {:8.1} s, {:.0} MB/s, {:.2} times cp -r ({:.1} s)\nwith no change {:8.1} s, {:.3} of the first",
        bytes / 1_000_000,
        first.as_secs_f64(),
        bytes as f64 / 1e6 / first.as_secs_f64(),
        first.as_secs_f64() / copied.as_secs_f64(),
        copied.as_secs_f64(),
        second.as_secs_f64(),
        second.as_secs_f64() / first.as_secs_f64()
    );
}
