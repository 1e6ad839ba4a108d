//! `calcast init`: the new site shows every setting and passes `check`.

use calcast::read::settings;
use calcast::read::sheet::columns::Column;

use crate::process::{Scratch, Server, calcast, serve};

#[test]
fn a_new_site_shows_everything_and_passes_check() {
    let scratch = Scratch::new();
    let place = scratch.path().join("site");
    let run = |command: &str| {
        let done = calcast().arg(command).arg(&place).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, output, _) = run("init");
    assert_eq!(code, Some(0));
    assert!(output.contains("calcast serve"), "{output}");
    let (code, output, _) = run("check");
    assert_eq!(code, Some(0), "{output}");
    assert!(output.ends_with("4 events, 1 article, 0 left out, 0 errors, 1 warning\n"), "{output}");
    assert_eq!(scratch.read("site/.gitignore"), "/.calcast/\n");
    let table = scratch.read("site/events.csv");
    let header = table.lines().next().unwrap().trim_start_matches('\u{feff}');
    for name in header.split(',') {
        assert!(Column::ALL.iter().any(|column| column.name() == name), "{name}");
    }
    let written = scratch.read("site/calcast.toml");
    for name in settings::names() {
        let is_there = [format!("{name} = "), format!("[{name}]"), format!("[[{name}]]")];
        assert!(is_there.iter().any(|form| written.contains(form)), "{name}");
    }
    // Every commented setting can be enabled, all of them at once.
    let is_setting = |line: &&str| line.starts_with('[') || line.split(' ').nth(1) == Some("=");
    let all = written.lines().map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line));
    scratch.write("site/calcast.toml", all.map(|line| format!("{line}\n")).collect::<String>());
    let (_, output, _) = run("check");
    assert!(!output.contains("-setting") && output.contains("walks.csv"), "{output}");
    let (code, _, output) = run("init");
    assert_eq!(code, Some(2));
    assert!(output.contains("is there already"), "{output}");
    assert_eq!(scratch.read("site/events.csv"), table);
}

#[test]
fn samples_that_make_room_for_events_are_not_missed() {
    let scratch = Scratch::new();
    let site = scratch.path().join("site");
    assert!(calcast().arg("init").arg(&site).output().unwrap().status.success());
    let server = Server::start(&mut serve(), &site);
    server.until("/calendar.ics", |answer| answer.text().contains("UID:sample-spring-walk@"));
    let table = scratch.read("site/events.csv");
    let own = format!("{}\r\nown,Our first meeting,2026-01-01\r\n", table.lines().next().unwrap());
    scratch.write("site/events.csv", own);
    server.until("/calendar.ics", |answer| !answer.text().contains("UID:sample-"));
    assert!(!server.get("/changes.rss").text().contains("Removed"));
    let done = calcast().arg("check").arg(&site).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(!text.contains("vanished"), "{text}");
}

#[test]
fn a_folder_that_is_no_site_is_left_alone() {
    let scratch = Scratch::new();
    scratch.write("notes.txt", "Something else.");
    for command in ["serve", "check", "export", "diff"] {
        let mut command_line = calcast();
        command_line.arg(command).arg(scratch.path());
        if command == "export" {
            command_line.arg("--to").arg(scratch.path().join("out"));
        }
        let done = command_line.output().unwrap();
        let text = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.code() == Some(2) && text.contains("is no site"), "{command}: {text}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn a_gitignore_that_exists_stays_as_it_is() {
    let scratch = Scratch::new();
    scratch.write(".gitignore", "/mine\n");
    assert!(calcast().arg("init").arg(scratch.path()).output().unwrap().status.success());
    assert_eq!(scratch.read(".gitignore"), "/mine\n");
    assert!(scratch.read("events.csv").contains("title"));
}
