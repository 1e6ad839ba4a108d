//! `tests/sites/<case>/` is a whole site folder; what `check` says of it and what stands at its addresses
//! lies beside it in `expected/`. Adding a case is adding a folder: write the site, run the tests with
//! `CALCAST_BLESS=1`, and read what was written.
//!
//! `expected/check.txt` is always there. Every other file in `expected/` is the document at that address.

use std::fs;
use std::path::{Path, PathBuf};

use calcast::publish::edition::Edition;
use calcast::read;

use crate::site;

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(site::in_repository("tests/sites"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// Compares, or writes when blessing.
fn agree(expected: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("CALCAST_BLESS").is_some() {
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        fs::write(expected, actual).unwrap();
        return Ok(());
    }
    let wanted = fs::read_to_string(expected).map_err(|error| format!("{}: {error}", expected.display()))?;
    if wanted == actual {
        return Ok(());
    }
    let line = wanted.lines().zip(actual.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| wanted.lines().count().min(actual.lines().count()));
    let nth = |text: &str| text.lines().nth(line).unwrap_or("the end").to_owned();
    Err(format!(
        "{}:{}\n  expected: {}\n  found:    {}",
        expected.display(),
        line + 1,
        nth(&wanted),
        nth(actual)
    ))
}

fn judge(case: &Path) -> Vec<String> {
    let reading = site::reading(&site::folder(case));
    let mut report: String = reading.diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    let value = reading.value;
    report.push_str(&format!("{} events, {} left out\n", value.site.events().len(), value.left_out));
    let today = read::today(&value.site.settings, site::noon());
    let edition = Edition::new(value.site, today);
    let expected = case.join("expected");
    let mut faults: Vec<String> = agree(&expected.join("check.txt"), &report).err().into_iter().collect();
    let mut files = Vec::new();
    files_below(&expected, &mut files);
    for file in files.iter().filter(|file| !file.ends_with("check.txt")) {
        let inner = file.strip_prefix(&expected).unwrap().to_str().unwrap();
        let address = if inner == "index.html" {
            "/".to_owned()
        } else {
            format!("/{}", inner.trim_end_matches(".html"))
        };
        faults.extend(agree(file, &site::text_at(&edition, &address)).err());
    }
    faults
}

#[test]
fn every_site_is_as_expected() {
    let faults: Vec<String> = cases().iter().flat_map(|case| judge(case)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
