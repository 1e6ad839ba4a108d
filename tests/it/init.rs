//! A new site: it shows every column and every setting, and nothing in it is wrong.

use calcast::read::settings;
use calcast::read::sheet::columns::COLUMNS;

use crate::process::{Scratch, calcast};

#[test]
fn a_new_site_shows_everything_and_has_no_fault() {
    let scratch = Scratch::new();
    let place = scratch.path().join("site");
    let run = |command: &str| {
        let done = calcast().arg(command).arg(&place).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, told, _) = run("init");
    assert_eq!(code, Some(0));
    assert!(told.contains("calcast serve"), "{told}");
    let (code, told, _) = run("check");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.ends_with("4 events, 1 article, 1 left out, 0 errors, 0 warnings\n"), "{told}");
    let table = scratch.read("site/events.csv");
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    for column in COLUMNS {
        assert!(header.contains(&column.name), "{}", column.name);
    }
    let written = scratch.read("site/calcast.toml");
    for name in settings::names() {
        let is_there = [format!("{name} = "), format!("[{name}]"), format!("[[{name}]]")];
        assert!(is_there.iter().any(|form| written.contains(form)), "{name}");
    }
    // What is commented out may be put in force, all of it at once.
    let is_setting = |line: &&str| line.starts_with('[') || line.split(' ').nth(1) == Some("=");
    let all = written.lines().map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line));
    scratch.write("site/calcast.toml", all.map(|line| format!("{line}\n")).collect::<String>());
    let (_, told, _) = run("check");
    assert!(!told.contains("-setting") && told.contains("walks.csv"), "{told}");
    let (code, _, told) = run("init");
    assert_eq!(code, Some(2));
    assert!(told.contains("is there already"), "{told}");
    assert_eq!(scratch.read("site/events.csv"), table);
}
