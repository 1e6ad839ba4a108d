//! Reloads while editors, deployments and file systems change the folder: whole states are served soon, partial ones
//! never.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Scratch, Server, serve};

const SETTINGS: &str =
    "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n";

fn table(title: &str) -> String {
    format!("id,title,start,end\ngroup,{title},2027-06-09T18:00,20:00\n")
}

fn site(folder: &Path, title: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("calcast.toml"), SETTINGS).unwrap();
    fs::write(folder.join("events.csv"), table(title)).unwrap();
}

/// A folder in a folder, so that it can be moved.
fn start(scratch: &Scratch) -> Server {
    let folder = scratch.path().join("site");
    if !folder.exists() {
        site(&folder, "First");
    }
    Server::start(&mut serve(), &folder)
}

/// Waits until a title is served.
fn served(server: &Server, title: &str) {
    let wanted = format!("SUMMARY:{title}\r\n");
    server.until("/calendar.ics", |answer| answer.text().contains(&wanted));
}

/// Waits until an error is reported, while the last good title stays served.
fn degraded(server: &Server, title: &str) {
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"degraded\""));
    served(server, title);
}

#[test]
fn saves_in_place_and_by_renaming_are_served() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let file = scratch.path().join("site/events.csv");
    for round in 0..3 {
        let (in_place, renamed) = (format!("In place {round}"), format!("Renamed {round}"));
        fs::write(&file, table(&in_place)).unwrap();
        served(&server, &in_place);
        let beside = scratch.path().join("site/.events.csv.tmp");
        fs::write(&beside, table(&renamed)).unwrap();
        fs::rename(&beside, &file).unwrap();
        served(&server, &renamed);
    }
}

/// As Kubernetes mounts a ConfigMap: the files are links through a link that is swapped.
#[test]
fn a_link_that_is_swapped_is_followed() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("site");
    fs::create_dir_all(&folder).unwrap();
    for (name, title) in [("..one", "One"), ("..two", "Two"), ("..three", "Three")] {
        site(&folder.join(name), title);
    }
    symlink("..one", folder.join("..data")).unwrap();
    for file in ["events.csv", "calcast.toml"] {
        symlink(format!("..data/{file}"), folder.join(file)).unwrap();
    }
    let server = start(&scratch);
    served(&server, "One");
    for (name, title) in [("..two", "Two"), ("..three", "Three")] {
        symlink(name, folder.join("..data_tmp")).unwrap();
        fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
        served(&server, title);
    }
}

/// As deployments do it: the folder that is served is a link to one of several.
#[test]
fn a_folder_that_is_a_link_is_followed_to_the_next() {
    let scratch = Scratch::new();
    site(&scratch.path().join("release-1"), "One");
    site(&scratch.path().join("release-2"), "Two");
    let link = scratch.path().join("site");
    symlink("release-1", &link).unwrap();
    let server = start(&scratch);
    served(&server, "One");
    symlink("release-2", scratch.path().join("next")).unwrap();
    fs::rename(scratch.path().join("next"), &link).unwrap();
    served(&server, "Two");
    fs::write(scratch.path().join("release-2/events.csv"), table("Edited")).unwrap();
    served(&server, "Edited");
}

/// The link is swapped again and again: a snapshot has the files of one release, never some of each.
#[test]
fn no_snapshot_mixes_two_releases() {
    let scratch = Scratch::new();
    for name in ["A", "B"] {
        let folder = scratch.path().join(name);
        site(&folder, name);
        fs::write(folder.join("calcast.toml"), SETTINGS.replace("Sample", name)).unwrap();
    }
    let link = scratch.path().join("site");
    symlink("A", &link).unwrap();
    let server = start(&scratch);
    let mut seen = [false; 2];
    for round in 0..40 {
        let next = ["B", "A"][round % 2];
        symlink(next, scratch.path().join("next")).unwrap();
        fs::rename(scratch.path().join("next"), &link).unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(if round % 10 == 0 { 1_200 } else { 40 }) {
            let calendar = server.get("/calendar.ics");
            let is = |name: &str| {
                [format!("\r\nNAME:{name}\r\n"), format!("\r\nSUMMARY:{name}\r\n")]
                    .map(|line| calendar.text().contains(&line))
            };
            let (a, b) = (is("A"), is("B"));
            assert!(
                matches!((a, b), ([true, true], [false, false]) | ([false, false], [true, true])),
                "{a:?} {b:?}"
            );
            seen[usize::from(b[0])] = true;
        }
    }
    assert_eq!(seen, [true, true]);
}

#[test]
fn a_table_that_is_deleted_is_kept_until_it_is_there_again() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let file = scratch.path().join("site/events.csv");
    fs::remove_file(&file).unwrap();
    degraded(&server, "First");
    fs::write(&file, table("Again")).unwrap();
    served(&server, "Again");
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"ok\""));
}

#[test]
fn an_upload_that_stops_leaves_what_was_served() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("site");
    site(&folder, "First");
    let whole = format!("{}walk,Walk,2027-06-10T18:00,20:00\n", table("Last"));
    let file = folder.join("events.csv");
    fs::write(&file, &whole).unwrap();
    let server = start(&scratch);
    served(&server, "Last");
    // Within the second row, at its end, and with no row at all.
    for part in
        [whole.rfind(",20:00"), whole.find("\nwalk").map(|end| end - ",20:00".len()), whole.find("group")]
    {
        fs::write(&file, &whole[..part.unwrap()]).unwrap();
        degraded(&server, "Last");
        served(&server, "Walk");
        assert!(server.get("/healthz").text().contains("cut-off"));
        fs::write(&file, &whole).unwrap();
        server.until("/healthz", |answer| answer.text().contains("\"status\": \"ok\""));
    }
}

#[test]
fn a_folder_that_is_deleted_is_kept_until_it_is_there_again() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let folder = scratch.path().join("site");
    fs::rename(&folder, scratch.path().join("away")).unwrap();
    degraded(&server, "First");
    site(&folder, "Another folder");
    served(&server, "Another folder");
    // The new folder is watched, or polled.
    fs::write(folder.join("events.csv"), table("Edited")).unwrap();
    served(&server, "Edited");
}

#[test]
fn pipes_folders_and_devices_are_errors_not_hangs() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let file = scratch.path().join("site/events.csv");
    fs::remove_file(&file).unwrap();
    // Opening a pipe without a writer blocks.
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    degraded(&server, "First");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    degraded(&server, "First");
    fs::remove_dir(&file).unwrap();
    symlink("/dev/zero", &file).unwrap();
    degraded(&server, "First");
    fs::remove_file(&file).unwrap();
    fs::write(&file, table("Good")).unwrap();
    served(&server, "Good");
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"ok\""));
}

/// Small pieces, with pauses shorter than any editor makes between two saves.
#[test]
fn a_save_that_takes_long_is_served_when_it_is_done() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let file = scratch.path().join("site/events.csv");
    let rows: Vec<String> = (0..30).map(|row| format!("row-{row},Row {row},2027-06-09,\n")).collect();
    let mut written = String::from("id,title,start,end\n");
    for row in &rows {
        written += row;
        fs::write(&file, &written).unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(50) {
            let calendar = server.get("/calendar.ics");
            let count = calendar.text().matches("BEGIN:VEVENT").count();
            // The table from before, or the whole new one: writing ends within three seconds.
            assert!(count == 1 || count == rows.len(), "{count}");
        }
    }
    server.until("/calendar.ics", |answer| answer.text().matches("BEGIN:VEVENT").count() == rows.len());
}

#[test]
fn an_article_with_an_error_stays_as_it_was() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let folder = scratch.path().join("site/articles");
    fs::create_dir_all(&folder).unwrap();
    let article = |title: &str| format!("+++\ntitle = \"{title}\"\ndate = 2026-03-03\n+++\n\nText.\n");
    fs::write(folder.join("neck.md"), article("Neck")).unwrap();
    server.until("/articles/neck", |answer| answer.text().contains("Neck"));
    fs::write(folder.join("neck.md"), "+++\ntitle = Neck\n+++\n\nText.\n").unwrap();
    fs::write(folder.join("hand.md"), article("Hand")).unwrap();
    server.until("/articles/hand", |answer| answer.text().contains("Hand"));
    degraded(&server, "First");
    assert!(server.get("/articles/neck").text().contains("Neck"));
    fs::write(folder.join("neck.md"), article("Arm")).unwrap();
    server.until("/articles/neck", |answer| answer.text().contains("Arm"));
}
