//! `calcast.lock`: its format, damaged files and `calcast lock --rebuild`, and concurrent writers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use calcast::diagnostic::Diagnostics;
use calcast::read::lock;

use crate::commands::zone_file;
use crate::process::{PATIENCE, Scratch, Server, calcast, serve, through_shell};
use crate::site::{Sheet, made_of};

const SETTINGS: &str =
    "title = \"Lock\"\nbase_url = \"https://example.org\"\ntimezone = \"America/Chicago\"\n";
const TABLE: &str =
    "id,title,start,region\ngroup,Support group,2027-06-09T18:00,USA/Ohio\nwalk,Walk,2027-07-01,USA/Iowa\n";

#[test]
fn parse_inverts_to_bytes() {
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(TABLE);
    sheet.save(&TABLE.replace("2027-06-09", "2027-06-10"));
    let folder = sheet.folder(TABLE);
    let mut faults = Diagnostics::default();
    let memory = lock::read(&folder, &mut faults);
    assert!(!faults.has_errors());
    assert_eq!(calcast::history::lock::to_bytes(&memory), sheet.lock().as_bytes());
    // One line per event, sorted. Unknown keys are ignored.
    let events: Vec<&str> = sheet.lock().lines().filter(|line| line.starts_with("{\"event\":")).collect();
    assert_eq!(events.len(), 2);
    assert!(events.is_sorted());
    let mut later = made_of(SETTINGS, TABLE);
    later.insert("calcast.lock", sheet.lock().replace("\"sequence\":", "\"mood\":\"good\",\"sequence\":"));
    assert_eq!(lock::read(&later, &mut faults), memory);
    assert!(!faults.has_errors());
}

#[test]
fn a_damaged_lock_is_reported_by_line_and_rebuilt() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    drop(Server::start(&mut serve(), scratch.path()));
    let moved = TABLE.replace("2027-06-09", "2027-06-10");
    scratch.write("events.csv", &moved);
    drop(Server::start(&mut serve(), scratch.path()));
    let whole = scratch.read("calcast.lock");
    let place = whole.lines().position(|line| line.starts_with("{\"event\":\"group\"")).unwrap();
    let damaged: Vec<String> = whole
        .lines()
        .enumerate()
        .map(|(n, line)| if n == place { line[..40].to_owned() } else { line.to_owned() })
        .collect();
    scratch.write("calcast.lock", damaged.join("\n"));
    let run = |arguments: &[&str]| {
        let output = calcast().args(arguments).arg(scratch.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, told, _) = run(&["lock"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!("calcast.lock:{}:1", place + 1)) && told.contains("calcast lock --rebuild"),
        "{told}"
    );
    let (code, _, told) = run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == Some(1) && told.contains("calcast lock --rebuild"), "{told}");
    assert_eq!(scratch.read("calcast.lock"), damaged.join("\n"), "nothing is written over a damaged lock");
    let (code, told, _) = run(&["lock", "--rebuild"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains(&format!("calcast.lock:{}: lost", place + 1))
            && told.contains("event group: remembered anew")
    );
    assert_eq!(scratch.read("calcast.lock.damaged"), damaged.join("\n"));
    // Undamaged lines are kept. Lost events get a sequence above all known ones.
    let mended = scratch.read("calcast.lock");
    let line = |text: &str, id: &str| {
        text.lines().find(|line| line.starts_with(&format!("{{\"event\":\"{id}\""))).unwrap().to_owned()
    };
    assert_eq!(line(&mended, "walk"), line(&whole, "walk"));
    assert!(line(&mended, "group").contains("\"sequence\":1"), "{mended}");
    assert!(run(&["lock"]).1.contains("remembers 2 events"));
}

#[test]
fn another_format_is_refused() {
    for (text, found) in [
        ("{\"calcast_lock\":9,\"moon\":1}\n", "a format this version of calcast knows"),
        ("{\"event\":\"a\"}\n", "a line as calcast wrote it"),
        ("", "what calcast wrote last"),
    ] {
        let mut folder = made_of(SETTINGS, TABLE);
        folder.insert("calcast.lock", text);
        let mut faults = Diagnostics::default();
        lock::read(&folder, &mut faults);
        assert!(faults.iter().any(|fault| fault.expected.contains(found)), "{text}");
    }
}

/// Returns a command that serves with a file size limit of zero, so that not even root can write.
fn serve_without_writing() -> Command {
    through_shell("trap '' XFSZ; ulimit -f 0; exec \"$0\" serve \"$@\"")
}

#[test]
fn a_later_format_is_not_rebuilt() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    drop(Server::start(&mut serve(), scratch.path()));
    let later = scratch.read("calcast.lock").replace("\"calcast_lock\":3", "\"calcast_lock\":9");
    scratch.write("calcast.lock", &later);
    let output = calcast().args(["lock", "--rebuild"]).arg(scratch.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("another calcast"), "{told}");
    assert_eq!(scratch.read("calcast.lock"), later);
    assert!(!scratch.path().join("calcast.lock.damaged").exists());
}

#[test]
fn a_read_only_folder_is_served() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    drop(Server::start(&mut serve(), scratch.path()));
    let lock = scratch.read("calcast.lock");
    let server = Server::start(&mut serve_without_writing(), scratch.path());
    let event = |id: &str| {
        let text = server.get(&format!("/events/{id}.ics")).text().to_owned();
        let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        [line("SEQUENCE"), line("DTSTAMP"), line("DTSTART")]
    };
    let moved = TABLE.replace("2027-06-09", "2027-06-10");
    scratch.write("events.csv", &moved);
    server.until("/events/group.ics", |answer| answer.text().contains("20270610"));
    let group = event("group");
    assert_eq!(group[0], "SEQUENCE:1");
    // A change to another event does not change the first one again.
    scratch.write("events.csv", moved.replace("2027-07-01", "2027-07-05"));
    server.until("/events/walk.ics", |answer| answer.text().contains("20270705"));
    assert_eq!(event("group"), group);
    assert_eq!(event("walk")[0], "SEQUENCE:1");
    assert_eq!(scratch.read("calcast.lock"), lock);
    let mut names: Vec<_> =
        std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".calcast", "calcast.lock", "calcast.toml", "events.csv"]);
}

#[test]
fn a_lock_removed_while_serving_is_rewritten() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    let server = Server::start(&mut serve(), scratch.path());
    let lock = scratch.read("calcast.lock");
    std::fs::remove_file(scratch.path().join("calcast.lock")).unwrap();
    server.until("/healthz", |_| scratch.path().join("calcast.lock").exists());
    assert_eq!(scratch.read("calcast.lock"), lock);
    std::fs::remove_file(scratch.path().join("calcast.lock")).unwrap();
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10"));
    server.until("/events/group.ics", |answer| answer.text().contains("SEQUENCE:1"));
    assert_eq!(server.get("/events/walk.ics").text().matches("SEQUENCE:0").count(), 1);
    assert!(scratch.read("calcast.lock").contains("\"sequence\":1"));
}

#[test]
fn an_edit_during_a_reload_is_not_lost() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    let server = Server::start(&mut serve(), scratch.path());
    let edit = |n: usize| scratch.write("events.csv", TABLE.replace("Support group", &format!("Edit {n}")));
    for round in 0..12 {
        let lock = scratch.read("calcast.lock");
        edit(2 * round);
        // The next edit comes as soon as the lock is written, while the reload still runs.
        let start = std::time::Instant::now();
        while scratch.read("calcast.lock") == lock {
            assert!(start.elapsed() < PATIENCE);
        }
        edit(2 * round + 1);
        let wanted = format!("SUMMARY:Edit {}\r\n", 2 * round + 1);
        server.until("/events/group.ics", |answer| answer.text().contains(&wanted));
    }
}

#[test]
fn two_versions_do_not_rewrite_each_others_lock_forever() {
    // Another version of the time zone database, as during a rolling update.
    let zones = Scratch::new();
    zones.write("tzdata.zi", "# version 2099z\n");
    zones.write("UTC", zone_file(0, "UTC0"));
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS.replace("America/Chicago", "UTC"));
    scratch.write("events.csv", TABLE);
    let one = Server::start(&mut serve(), scratch.path());
    let other = Server::start(serve().arg("--zoneinfo").arg(zones.path()), scratch.path());
    let settled = |target: &str| {
        for server in [&one, &other] {
            server.until(target, |answer| answer.text().contains("SEQUENCE:1"));
        }
    };
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10"));
    settled("/events/group.ics");
    // Each reads what the other wrote, and does not write it again.
    let before = scratch.read("calcast.lock");
    scratch.write("events.csv", TABLE.replace("2027-06-09", " 2027-06-10"));
    let read =
        |server: &Server| server.get("/healthz").text().split("\"read\"").nth(1).unwrap()[..30].to_owned();
    let was = [read(&one), read(&other)];
    one.until("/healthz", |_| read(&one) != was[0] && read(&other) != was[1]);
    assert_eq!(scratch.read("calcast.lock"), before);
    for server in [one, other] {
        assert!(server.log().matches("new snapshot").count() < 8, "{}", server.log());
    }
}

/// Answers those who have a table already, and nobody else. Returns its address and the number of requests.
fn half_reachable_table(is_up: &Arc<AtomicBool>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/table.csv", listener.local_addr().unwrap());
    let (is_up, requests) = (Arc::clone(is_up), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let has_it = head.iter().any(|line| line.to_lowercase().starts_with("if-none-match"));
            let (status, body) = match (has_it, is_up.load(Ordering::SeqCst)) {
                (true, _) => ("304 Not Modified", ""),
                (false, true) => ("200 OK", TABLE),
                (false, false) => ("503 Service Unavailable", ""),
            };
            let fields = format!("etag: \"1\"\r\nconnection: close\r\ncontent-length: {}", body.len());
            write!(stream, "HTTP/1.1 {status}\r\n{fields}\r\n\r\n{body}").unwrap();
        }
    });
    (address, requests)
}

#[test]
fn two_servers_of_which_one_cannot_reach_a_table_do_not_rewrite_each_others_lock_forever() {
    let is_up = Arc::new(AtomicBool::new(true));
    let (address, requests) = half_reachable_table(&is_up);
    let scratch = Scratch::new();
    scratch.write("calcast.toml", format!("{SETTINGS}[[events]]\nfile = \"{address}\"\n"));
    let one = Server::start(&mut serve(), scratch.path());
    is_up.store(false, Ordering::SeqCst);
    let other = Server::start(&mut serve(), scratch.path());
    let begin = std::time::Instant::now();
    one.until("/healthz", |_| {
        requests.load(Ordering::SeqCst) >= 3 && begin.elapsed() > std::time::Duration::from_secs(2)
    });
    assert!(requests.load(Ordering::SeqCst) <= 4, "{requests:?}");
    let tags = [&one, &other].map(|server| server.get("/calendar.ics").header("etag").map(str::to_owned));
    assert_eq!(tags[0], tags[1]);
    assert!(other.get("/healthz").text().contains("unreadable"));
    assert!(!one.get("/healthz").text().contains("unreadable"));
}

#[test]
fn a_second_writer_waits_for_the_first() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    let folder = std::fs::File::open(scratch.path()).unwrap();
    folder.lock().unwrap();
    let mut child =
        serve().arg(scratch.path()).args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let (send, lines) = mpsc::channel();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        send.send(line).unwrap();
    });
    assert!(lines.recv_timeout(std::time::Duration::from_millis(700)).is_err(), "it did not wait");
    assert!(!scratch.path().join("calcast.lock").exists());
    folder.unlock().unwrap();
    assert!(lines.recv_timeout(PATIENCE).unwrap().contains("calcast serves"));
    reader.join().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}
