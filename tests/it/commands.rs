//! The commands as people run them: the real binary, its exit codes, its log, its reload.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use rustix::process::Resource;

use crate::process::{Scratch, Server, calcast, serve, through_shell};

const GOOD: &str = "id,title,start,end\ngroup,Support group,2027-06-09T18:00,20:00\nwalk,Walk,2027-06-10,\n";
const ZONE: &str =
    "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://calendar.example.org\"\n";

fn site() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("events.csv", GOOD);
    scratch.write("calcast.toml", ZONE);
    scratch
}

#[test]
fn check_says_what_to_type_and_how_it_ended() {
    let folder = site();
    let check = |more: &[&str]| calcast().arg("check").arg(folder.path()).args(more).output().unwrap();
    let clean = check(&[]);
    assert_eq!(clean.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(clean.stdout).unwrap(),
        "events.csv is read as UTF-8 text with commas between cells, with its header in row 1.\n  \
         2 rows, 2 events, 0 left out\n2 events, 0 articles, 0 left out, 0 errors, 0 warnings\n"
    );

    folder.write("events.csv", format!("{GOOD}late,Late,1/5/2027,\n"));
    let faulty = check(&[]);
    assert_eq!(faulty.status.code(), Some(1));
    let report = String::from_utf8(faulty.stdout).unwrap();
    assert!(report.contains("events.csv:4:3 (C4): error[ambiguous-date]: found \"1/5/2027\""), "{report}");
    assert!(
        report.contains("    start | 1/5/2027\n          | ^^^^^^^^\n    help: write date_order"),
        "{report}"
    );

    let json: serde_json::Value = serde_json::from_slice(&check(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["diagnostics"][0]["cell"], "C4");
    assert_eq!(json["errors"], 1);
    let github = String::from_utf8(check(&["--format", "github"]).stdout).unwrap();
    assert!(github.starts_with("::error file=events.csv,line=4,"), "{github}");

    let nowhere = calcast().args(["check", "/nowhere/at/all"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8(nowhere.stderr).unwrap().contains("/nowhere/at/all"));
}

/// A zone without changes, as `zic` writes it (RFC 9636): an empty first part, and one type of local time.
pub fn zone_file(offset: i32, rule: &str) -> Vec<u8> {
    let header =
        |types: u8| [&b"TZif2"[..], &[0; 15], &[0; 12], &[0; 4], &[0, 0, 0, types, 0, 0, 0, 4]].concat();
    let local = [&offset.to_be_bytes()[..], &[0, 0], b"HRE\0"].concat();
    [header(1), local.clone(), header(1), local, format!("\n{rule}\n").into_bytes()].concat()
}

#[test]
fn zones_come_from_a_folder_when_asked() {
    let (folder, zones) = (site(), Scratch::new());
    std::fs::create_dir(zones.path().join("Europe")).unwrap();
    zones.write("Europe/Atlantis", zone_file(5 * 3600 + 900, "<+0515>-5:15"));
    zones.write("tzdata.zi", "# version 2099z\n");
    zones.write("leapseconds", "no zone");
    folder.write("calcast.toml", "base_url = \"https://a.example.org\"\npast = \"all\"\n");
    folder.write(
        "events.csv",
        "id,title,start,timezone\na,A,2027-05-12T18:00,europe/atlantis\nb,B,2027-05-12T18:00,Europe/Paris\n",
    );
    let asked = |path: &std::path::Path| {
        calcast().arg("check").arg(folder.path()).arg("--zoneinfo").arg(path).output().unwrap()
    };
    let report = String::from_utf8(asked(zones.path()).stdout).unwrap();
    assert!(report.contains("error[unknown-zone]: found \"Europe/Paris\""), "{report}");
    assert!(report.contains("2 rows, 1 event, 1 left out"), "{report}");

    let server = Server::start(serve().arg("--zoneinfo").arg(zones.path()), folder.path());
    assert!(server.get("/healthz").text().contains("\"tzdata\": \"2099z\""));
    let calendar = server.get("/calendar.ics");
    assert!(calendar.text().contains("TZID:Europe/Atlantis"), "{}", calendar.text());
    assert!(calendar.text().contains("TZOFFSETTO:+0515"), "{}", calendar.text());

    zones.write("Europe/Atlantis", "TZif2 but no more");
    for (path, wanted) in [
        (zones.path().to_owned(), "is no time zone"),
        (zones.path().join("nowhere"), "has no time zones"),
        (folder.path().to_owned(), "has no time zones, expected a folder such as"),
    ] {
        let refused = asked(&path);
        assert_eq!(refused.status.code(), Some(2));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn every_rule_has_a_page() {
    for code in calcast::diagnostic::Code::ALL {
        let page = calcast().args(["check", "--explain", code.name()]).output().unwrap();
        let text = String::from_utf8(page.stdout).unwrap();
        assert!(
            page.status.success() && text.starts_with(code.name()) && text.contains(code.explanation()),
            "{code}"
        );
    }
    let unknown = calcast().args(["check", "--explain", "bad-dat"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("did you mean bad-date?"));
}

#[test]
fn check_says_how_a_table_was_read_and_what_a_series_comes_to() {
    let folder = site();
    folder.write(
        "events.csv",
        "Betreff;Datum;Uhrzeit;repeat\nTreffen;9.3.2027;18.30 Uhr;monthly on the 2nd Tuesday, 5 times\n",
    );
    let check =
        |format: &str| calcast().arg("check").arg(folder.path()).args(["--format", format]).output().unwrap();
    let human = String::from_utf8(check("human").stdout).unwrap();
    for line in [
        "events.csv is read as UTF-8 text with semicolons between cells, with its header in row 1.",
        "  title = Betreff · start = Datum · start_time = Uhrzeit",
        "  events.csv:2:4 (D2) \"Treffen\": every month on the 2nd Tuesday, 5 times; next Tue 9 Mar 2027, Tue 13 Apr 2027, Tue 11 May 2027",
        "1 event, 0 articles, 0 left out, 0 errors, 1 warning",
    ] {
        assert!(human.lines().any(|known| known == line), "{line} in\n{human}");
    }
    // Colour and links are for terminals.
    assert!(!human.contains('\u{1b}'), "{human}");
    let json: serde_json::Value = serde_json::from_slice(&check("json").stdout).unwrap();
    assert_eq!(json["tables"][0]["columns"][0]["headers"][0], "Betreff");
    assert_eq!(json["tables"][0]["rows"], 1);
    assert_eq!(json["series"][0]["rule"], "FREQ=MONTHLY;COUNT=5;BYDAY=2TU");
    assert_eq!(json["series"][0]["next"][2], "2027-05-11");
    assert_eq!(json["diagnostics"][0]["code"], "missing-id");
}

#[test]
fn check_writes_nothing() {
    let folder = site();
    assert!(calcast().arg("check").arg(folder.path()).status().unwrap().success());
    assert!(!folder.path().join("calcast.lock").exists());
}

#[test]
fn help_has_an_example_for_each_command() {
    for command in [&["--help"][..], &["serve", "--help"], &["check", "--help"]] {
        let help = calcast().args(command).output().unwrap();
        assert!(String::from_utf8(help.stdout).unwrap().contains("Example: calcast "), "{command:?}");
    }
    let version = calcast().arg("--version").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().contains("tz database 20"));
}

#[test]
fn a_broken_save_keeps_the_events_as_they_were() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let old = server.get("/calendar.ics");
    assert_eq!(old.text().matches("BEGIN:VEVENT").count(), 2);

    folder.write("events.csv", GOOD.replace("2027-06-10", "31/02/2027"));
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"degraded\""));
    let health: serde_json::Value = serde_json::from_slice(&server.get("/healthz").body).unwrap();
    assert_eq!(health["faults"][0]["code"], "bad-date");
    assert_eq!(health["faults"][0]["cell"], "C3");
    // The log is written beside the answers.
    server.until("/healthz", |_| server.log().contains("events.csv:3:3 (C3): error[bad-date]"));
    let kept = server.get("/calendar.ics");
    assert_eq!((kept.body, kept.status), (old.body.clone(), 200));

    folder.write("events.csv", GOOD.replace("2027-06-10", "2027-06-12"));
    let took = server.until("/calendar.ics", |answer| answer.text().contains("20270612"));
    assert!(took < Duration::from_secs(2), "{took:?}");
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"ok\""));
}

#[test]
fn one_edit_changes_one_event() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let event = |id: &str| {
        let text = server.get("/calendar.ics").text().to_owned();
        let events = text.split("BEGIN:VEVENT").map(str::to_owned);
        events.into_iter().find(|event| event.contains(&format!("UID:{id}@calendar.example.org"))).unwrap()
    };
    let (group, walk) = (event("group"), event("walk"));
    assert!(group.contains("SEQUENCE:0"));
    folder.write("events.csv", GOOD.replace("T18:00,20:00", "T19:00,21:00"));
    server.until("/calendar.ics", |answer| answer.text().contains("T190000"));
    let (moved, same) = (event("group"), event("walk"));
    assert_eq!(walk, same);
    assert!(moved.contains("SEQUENCE:1"), "{moved}");
    let stamp =
        |event: &str| event.lines().find(|line| line.starts_with("LAST-MODIFIED:")).unwrap().to_owned();
    assert!(stamp(&moved) > stamp(&group));

    // What it remembers outlives it: the next process says the same.
    let before = server.get("/calendar.ics").header("etag").unwrap().to_owned();
    assert!(server.stop("TERM").success());
    let again = Server::start(&mut serve(), folder.path());
    assert_eq!(again.get("/calendar.ics").header("etag"), Some(before.as_str()));
}

#[test]
fn strict_refuses_what_has_errors() {
    let folder = site();
    folder.write("events.csv", "id,title,start\na,Walk,soon\n");
    let run = calcast()
        .arg("serve")
        .arg(folder.path())
        .args(["--listen", "127.0.0.1:0", "--strict"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8(run.stderr).unwrap().contains("bad-date"));
}

#[test]
fn where_nobody_can_listen_it_is_said_what_to_type() {
    let site = site();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, help) in [
        (&*taken, "another program listens there; stop it or use another port"),
        ("8080", "expected a host and a port, such as "),
        ("127.0.0.1:http", "expected a host and a port, such as "),
        ("192.0.2.1:0", "this machine has no such address; 0.0.0.0 listens on all of its addresses"),
    ] {
        let out = calcast().args(["serve", "--listen", address]).arg(site.path()).output().unwrap();
        let told = String::from_utf8_lossy(&out.stderr);
        assert!(told.contains(&format!("cannot listen on {address}: {help}")), "{told}");
        assert_eq!(out.status.code(), Some(2));
    }
}

#[test]
fn a_damaged_lock_is_never_passed_over() {
    let folder = site();
    drop(Server::start(&mut serve(), folder.path()));
    let lock = folder.read("calcast.lock");
    folder.write("calcast.lock", &lock[..lock.len() - 20]);
    let run = serve().arg(folder.path()).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    let log = String::from_utf8(run.stderr).unwrap();
    assert!(log.contains("calcast.lock:") && log.contains("bad-lock"), "{log}");
    assert_eq!(folder.read("calcast.lock"), lock[..lock.len() - 20]);
}

#[test]
fn a_folder_that_takes_no_lock_is_served_from_memory() {
    // Whoever may write everywhere is not refused by permissions; that no file may have a byte is as good as a full
    // disk.
    let folder = site();
    let mut full = through_shell("trap '' XFSZ; ulimit -S -f 0; exec \"$0\" serve \"$@\"");
    let server = Server::start(&mut full, folder.path());
    assert_eq!(server.get("/calendar.ics").status, 200);
    // What is served is good; that it is forgotten with the process is told where others look.
    let health: serde_json::Value = serde_json::from_slice(&server.get("/healthz").body).unwrap();
    assert_eq!(health["status"], "ok", "{health}");
    let why = health["lock"].as_str().unwrap_or_default();
    assert!(why.contains("calcast.lock: File too large") && why.ends_with("in memory only"), "{health}");
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains("lock")).collect();
    assert!(left.is_empty(), "{left:?}");

    // Once there is room, it is written without anybody's doing.
    server.lift(Resource::Fsize);
    server.until("/healthz", |answer| !answer.text().contains("\"lock\""));
    let tag = |server: &Server| server.get("/calendar.ics").header("etag").map(str::to_owned);
    let before = tag(&server);
    assert!(folder.read("calcast.lock").contains("\"group\""));
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert_eq!(tag(&Server::start(&mut serve(), folder.path())), before);
}

#[test]
fn h2c_is_spoken_when_asked_only() {
    // RFC 9113 §3.4: the preface of a client with prior knowledge; the server's begins with SETTINGS.
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let folder = site();
    let first_frame = |server: &Server, cut: usize| {
        let mut stream = server.connect();
        stream.write_all(&PREFACE[..cut]).unwrap();
        // The server has read the first part by the time it has answered somebody else.
        server.get("/calendar.ics");
        stream.write_all(&PREFACE[cut..]).unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).map(|()| head[3])
    };
    let with = Server::start(serve().arg("--h2c"), folder.path());
    for cut in [0, 1, 3, 20, PREFACE.len()] {
        assert_eq!(first_frame(&with, cut).unwrap(), 4, "{cut}");
    }
    assert_eq!(with.get("/calendar.ics").status, 200);
    drop(with);
    let without = Server::start(&mut serve(), folder.path());
    assert_ne!(first_frame(&without, 0).unwrap_or(0), 4);
}

#[test]
fn stopping_finishes_what_was_begun() {
    let folder = site();
    for signal in ["TERM", "INT"] {
        let server = Server::start(&mut serve(), folder.path());
        let idle = server.connect();
        assert_eq!(server.get("/").status, 200);
        assert_eq!(server.stop(signal).code(), Some(0), "{signal}");
        drop(idle);
    }
}

#[test]
fn a_malformed_head_closes_one_connection_only() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    assert_eq!(server.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").status, 400);
    assert_eq!(server.send("GARBAGE\r\n\r\n").status, 400);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(150));
    assert_eq!(server.send(&many).status, 431);
    assert_eq!(server.get("/").status, 200);
}
