//! Exports: complete, only what changed, in an order in which no link is broken, and resumed after a failure at any
//! moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bytes::Bytes;
use calcast::export::directory::Directory;
use calcast::export::layout::{Layout, encoded_path};
use calcast::export::{self, ExportError, ExportOptions, ExportReport, Target, TargetError};
use calcast::publish::document::{Document, Encoding};
use calcast::publish::snapshot::Snapshot;

use crate::process::{Scratch, calcast};
use crate::site::Sheet;

const SETTINGS: &str = "title = \"Circle\"\nbase_url = \"https://example.org\"\n";
const HEAD: &str = "id,title,start,region,topic\n";
const THREE: &str =
    "a,Walk,2026-07-01,USA/Ohio,Walks\nb,Talk,2026-07-02,USA/Iowa,Talks\nc,Run,2026-08-03,USA/Ohio,Walks\n";

fn table(rows: &str) -> String {
    format!("{HEAD}{rows}")
}

/// A request that changes a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Put(String),
    Delete(String),
}

/// An object store in memory that records the calls, and can be made to fail after a number of them.
#[derive(Default)]
struct MemoryTarget {
    objects: Mutex<BTreeMap<String, Bytes>>,
    calls: Mutex<Vec<(Call, Bytes)>>,
    calls_left: Mutex<Option<usize>>,
}

impl MemoryTarget {
    fn called(&self, call: Call, bytes: Bytes) -> Result<(), TargetError> {
        if let Some(left) = self.calls_left.lock().unwrap().as_mut() {
            *left = left.checked_sub(1).ok_or("no more")?;
        }
        match &call {
            Call::Put(path) => drop(self.objects.lock().unwrap().insert(path.clone(), bytes.clone())),
            Call::Delete(path) => drop(self.objects.lock().unwrap().remove(path)),
        }
        self.calls.lock().unwrap().push((call, bytes));
        Ok(())
    }

    fn objects(&self) -> BTreeMap<String, Bytes> {
        self.objects.lock().unwrap().clone()
    }

    /// Takes the calls since the last time, without those for the export's own files.
    fn take_calls(&self) -> Vec<(Call, Bytes)> {
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.retain(|(Call::Put(path) | Call::Delete(path), _)| !path.starts_with(".calcast"));
        calls
    }

    fn fail_after(&self, calls: Option<usize>) {
        *self.calls_left.lock().unwrap() = calls;
    }
}

impl Target for MemoryTarget {
    fn layout(&self) -> Layout {
        Layout::Keys
    }

    fn concurrency(&self) -> usize {
        3
    }

    fn write_document(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), TargetError> {
        self.called(Call::Put(path.to_owned()), document.body(encoding).clone())
    }

    fn write_internal(&self, path: &str, bytes: Bytes) -> Result<(), TargetError> {
        self.called(Call::Put(path.to_owned()), bytes)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, TargetError> {
        Ok(self.objects().get(path).cloned())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, TargetError> {
        Ok(self.objects().into_keys().filter(|path| path.starts_with(folder)).collect())
    }

    fn delete(&self, path: &str) -> Result<(), TargetError> {
        self.called(Call::Delete(path.to_owned()), Bytes::new())
    }
}

const OPTIONS: ExportOptions = ExportOptions { max_combinations: 100, overwrite: false, dry_run: false };

fn write(
    snapshot: &Snapshot,
    target: &dyn Target,
    options: ExportOptions,
) -> Result<ExportReport, ExportError> {
    let before = export::read_manifest(target, options)?;
    export::export(snapshot, target, before, options, &|_, _| {})
}

/// Returns the objects without the export's own, which are not the same twice.
fn visible(target: &MemoryTarget) -> BTreeMap<String, Bytes> {
    target.objects().into_iter().filter(|(path, _)| !path.starts_with(".calcast")).collect()
}

#[test]
fn every_route_is_written_in_every_encoding() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let target = MemoryTarget::default();
    let report = write(&snapshot, &target, OPTIONS).unwrap();
    let objects = visible(&target);
    for route in snapshot.export_routes(100).routes {
        let (path, document) = (Layout::Keys.path(&route), snapshot.document(&route).unwrap());
        for encoding in [Encoding::Identity, Encoding::Gzip] {
            let is_there = encoding == Encoding::Identity || document.is_compressible();
            let body = is_there.then(|| document.body(encoding));
            assert_eq!(objects.get(&encoded_path(&path, encoding)), body, "{route} {encoding:?}");
        }
        assert_eq!(
            objects.contains_key(&encoded_path(&path, Encoding::Brotli)),
            document.language.is_some(),
            "{route}"
        );
    }
    let bytes: usize = objects.values().map(Bytes::len).sum();
    assert_eq!(report.bytes, bytes as u64);
    // Only combinations with events are written.
    assert!(objects.contains_key("f/region=usa/ohio;topic=walks.ics"));
    assert!(!objects.contains_key("f/region=usa/iowa;topic=walks.ics"));
    assert!(objects.contains_key("regions/usa/2026-08.html"));
    assert!(objects.contains_key("f/topic=walks;alarm=1d.ics"));
    assert!(objects.contains_key("404.html"));
}

#[test]
fn only_what_changed_is_written() {
    let mut sheet = Sheet::new(SETTINGS);
    let target = MemoryTarget::default();
    let first = sheet.save(&table(THREE));
    write(&first, &target, OPTIONS).unwrap();
    let (before, _) = (visible(&target), target.take_calls());
    let manifest = export::read_manifest(&target, OPTIONS).unwrap();
    assert!(export::is_current(&manifest, export::fingerprint(&first, OPTIONS), &target));
    write(&first, &target, OPTIONS).unwrap();
    assert_eq!(target.take_calls(), []);
    // An event moves, another goes.
    let next = sheet.save(&table(
        &THREE.replace("2026-07-02", "2026-07-09").replace("c,Run,2026-08-03,USA/Ohio,Walks\n", ""),
    ));
    let dry_run = write(&next, &target, ExportOptions { dry_run: true, ..OPTIONS }).unwrap();
    assert_eq!((target.take_calls(), visible(&target)), (vec![], before.clone()));
    assert_eq!(write(&next, &target, OPTIONS).unwrap(), dry_run);
    let after = visible(&target);
    // What differs by its time alone is as it was in a bucket, which has times of its own; only bytes are compared.
    let changed: BTreeSet<Call> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| Call::Put(path.clone()))
        .collect();
    let gone = before.keys().filter(|path| !after.contains_key(*path)).map(|path| Call::Delete(path.clone()));
    let wanted: BTreeSet<Call> = changed.into_iter().chain(gone).collect();
    let called: BTreeSet<Call> = target.take_calls().into_iter().map(|(call, _)| call).collect();
    assert!(called.contains(&Call::Delete("events/c.ics.gz".to_owned())));
    assert!(called.is_superset(&wanted), "{:?}", wanted.difference(&called).collect::<Vec<_>>());
    let beyond: Vec<&Call> = called.difference(&wanted).collect();
    assert_eq!(beyond, Vec::<&Call>::new());
    let fresh = MemoryTarget::default();
    write(&next, &fresh, OPTIONS).unwrap();
    assert_eq!(after, visible(&fresh));
}

/// Returns the targets of the links of a page, as keys.
fn links(path: &str, page: &Bytes) -> Vec<String> {
    if path.contains('.') && !path.ends_with(".html") {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(page).into_owned();
    let hrefs = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned));
    hrefs
        .filter_map(|href| {
            let inner = href.strip_prefix('/')?;
            let inner = inner.split(['#', '?']).next().unwrap_or_default();
            Some(if inner.is_empty() { "index.html".to_owned() } else { inner.to_owned() })
        })
        .collect()
}

/// Checks that following links from known pages finds every document that exists before or after the export.
fn is_sound(
    state: &BTreeMap<String, Vec<String>>,
    known: &BTreeSet<String>,
    ever: &BTreeSet<String>,
) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = known.iter().filter(|path| state.contains_key(*path)).cloned().collect();
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        for link in &state[&path] {
            match state.contains_key(link) {
                true if !seen.contains(link) => open.push(link.clone()),
                false if ever.contains(link) => return Err(format!("{path} leads to {link}")),
                _ => {}
            }
        }
    }
    Ok(())
}

#[test]
fn no_link_is_broken_during_an_export() {
    let mut sheet = Sheet::new(SETTINGS);
    let target = MemoryTarget::default();
    let mut state = BTreeMap::new();
    let more = "d,New,2026-07-20,Canada/Quebec,Gala\n";
    for rows in [THREE.to_owned(), format!("{THREE}{more}"), more.to_owned()] {
        let known: BTreeSet<String> = state
            .keys()
            .cloned()
            .chain(["index.html".to_owned()])
            .filter(|path| !path.ends_with(".br"))
            .collect();
        write(&sheet.save(&table(&rows)), &target, OPTIONS).unwrap();
        let ever: BTreeSet<String> = state.keys().cloned().chain(visible(&target).into_keys()).collect();
        let calls = target.take_calls();
        assert!(calls.len() > 50);
        let stays: BTreeSet<String> =
            known.iter().filter(|path| visible(&target).contains_key(*path)).cloned().collect();
        let mut known = &known;
        for (call, bytes) in calls {
            match call {
                Call::Put(path) => drop(state.insert(path.clone(), links(&path, &bytes))),
                Call::Delete(path) => {
                    // Links of a page that is about to be deleted may be broken.
                    known = &stays;
                    state.remove(&path);
                }
            }
            is_sound(&state, known, &ever).unwrap();
        }
        assert!(state.keys().eq(visible(&target).keys()));
    }
    // The check finds a broken link.
    let dangling = BTreeMap::from([(
        "index.html".to_owned(),
        links("index.html", &Bytes::from("<a href=\"/events/x\">")),
    )]);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert!(is_sound(&dangling, &names(&["index.html"]), &names(&["events/x"])).is_err());
}

#[test]
fn an_interrupted_export_is_completed_by_the_next() {
    let mut sheet = Sheet::new(SETTINGS);
    let first = sheet.save(&table("a,Walk,2026-06-03,,\n"));
    let next = sheet.save(&table("a,Walk,2026-06-04,,\nb,Talk,2026-06-05,,\n"));
    let whole = |snapshot: &Snapshot| {
        let target = MemoryTarget::default();
        write(snapshot, &target, OPTIONS).unwrap();
        visible(&target)
    };
    let (first_whole, next_whole) = (whole(&first), whole(&next));
    for stop in (0..140).step_by(13) {
        let target = MemoryTarget::default();
        // The first export is interrupted, or the second, or one that goes back to the first state.
        let interrupt = |snapshot: &Snapshot| {
            target.fail_after(Some(stop));
            let written = write(snapshot, &target, OPTIONS);
            assert!(written.is_ok() || matches!(written, Err(ExportError::Write(..))));
            target.fail_after(None);
        };
        for (ended, snapshot, wanted) in [
            (&first, &next, &next_whole),
            (&first, &first, &first_whole),
            (&next, &first, &first_whole),
            (&first, &first, &first_whole),
            (&next, &next, &next_whole),
            (&first, &next, &next_whole),
        ] {
            interrupt(ended);
            write(snapshot, &target, OPTIONS).unwrap();
            assert_eq!(&visible(&target), wanted, "after {stop} calls");
        }
        let own: Vec<String> =
            target.objects().into_keys().filter(|path| path.starts_with(".calcast")).collect();
        assert_eq!(own, [".calcast/manifest"]);
    }
}

#[test]
fn foreign_files_are_left_alone() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let scratch = Scratch::new();
    scratch.write("family.jpg", "a picture");
    let directory = Directory::open(scratch.path(), OPTIONS).unwrap();
    let refused = write(&snapshot, &directory, OPTIONS).unwrap_err();
    assert!(refused.to_string().contains("family.jpg is there"), "{refused}");
    write(&snapshot, &directory, ExportOptions { overwrite: true, ..OPTIONS }).unwrap();
    assert_eq!(scratch.read("family.jpg"), "a picture");
    // A second export at the same time is refused.
    assert!(Directory::open(scratch.path(), OPTIONS).unwrap_err().to_string().contains("another export"));
    // A damaged manifest is an error.
    scratch.write(".calcast/manifest", "calcast export 1\nedition ?\n");
    assert!(matches!(export::read_manifest(&directory, OPTIONS), Err(ExportError::BadManifest(2))));
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let directory = Directory::open(scratch.path(), OPTIONS).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), scratch.path().join("events")).unwrap();
    let refused = write(&snapshot, &directory, ExportOptions { overwrite: true, ..OPTIONS }).unwrap_err();
    let output = calcast::diagnostic::chain(&refused);
    assert!(output.contains("events is in the way"), "{output}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn two_documents_with_one_path_are_an_error() {
    let rows = "a,Walk,2026-07-01,Ohio,Walks\na.ics.gz,Talk,2026-07-02,Ohio,Walks\n";
    let snapshot = Sheet::new(SETTINGS).save(&table(rows));
    let refused = write(&snapshot, &MemoryTarget::default(), OPTIONS).unwrap_err();
    assert!(matches!(refused, ExportError::Conflict(..)), "{refused}");
    assert!(refused.to_string().contains("/events/a.ics.gz"), "{refused}");
    // In folders, an id that ends in .ics keeps its percent-encoding.
    let rows =
        "a,Walk,2026-07-01,Ohio,Walks\na.ics,Talk,2026-07-02,Ohio,Walks\nb/c,Run,2026-07-03,Ohio,Walks\n";
    let snapshot = Sheet::new(SETTINGS).save(&table(rows));
    let scratch = Scratch::new();
    write(&snapshot, &Directory::open(scratch.path(), OPTIONS).unwrap(), OPTIONS).unwrap();
    assert!(scratch.read("events/a%2Eics/index.html").contains("Talk"));
    assert!(scratch.read("events/b%2Fc/index.html").contains("Run"));
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = calcast().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn the_command_writes_what_changed_and_keeps_the_last_good_export() {
    let (site, out) = (Scratch::new(), Scratch::new());
    let (folder, place) = (site.path().to_str().unwrap(), out.path().join("site"));
    let place = place.to_str().unwrap();
    site.write("events.csv", table(THREE));
    let export =
        |more: &[&str]| run(&[&["export", folder, "--to", place, "--combinations", "1"], more].concat());
    let (code, _, output) = export(&[]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("base_url"), "{output}");
    site.write("calcast.toml", SETTINGS);
    let (code, output, _) = export(&["--dry-run"]);
    assert_eq!((code, std::path::Path::new(place).exists()), (Some(0), false));
    assert!(output.contains("write events/a.ics\n") && output.contains("would be written"), "{output}");
    assert!(!site.path().join("calcast.lock").exists());
    let (code, output, faults) = export(&[]);
    assert_eq!(code, Some(0), "{faults}");
    assert!(output.contains("combinations of a region with a topic have no files of their own"), "{output}");
    assert!(export(&[]).1.contains("nothing changed"));
    let calendar = out.read("site/calendar.ics");
    assert!(calendar.contains("SUMMARY:Walk\r\n"));
    // A deleted file is noticed and written again.
    std::fs::remove_file(out.path().join("site/calendar.ics")).unwrap();
    assert!(export(&[]).1.contains("1 documents written"));
    // An error in a row keeps the event as it was.
    site.write("events.csv", table(&THREE.replace("2026-07-01", "some day")));
    let (code, _, output) = export(&[]);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("bad-date"), "{output}");
    assert_eq!(out.read("site/calendar.ics"), calendar);
    let (code, _, output) = run(&["export", folder, "--to", "ftp://example.org"]);
    assert_eq!(code, Some(2));
    assert!(output.contains("expected a folder, s3://…, gs://… or az://…"), "{output}");
}

#[test]
fn watch_exports_changes_until_stopped() {
    let (site, out) = (Scratch::new(), Scratch::new());
    site.write("calcast.toml", SETTINGS);
    site.write("events.csv", table("a,Walk,2026-07-01,,\n"));
    let place = out.path().join("site");
    let mut command = calcast();
    command.arg("export").arg(site.path()).arg("--to").arg(&place).args(["--watch", "--combinations", "0"]);
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let until = |wanted: &str| {
        let start = std::time::Instant::now();
        while !std::fs::read_to_string(place.join("calendar.ics")).is_ok_and(|text| text.contains(wanted)) {
            assert!(start.elapsed() < crate::process::PATIENCE, "{wanted}");
            std::thread::yield_now();
        }
    };
    until("SUMMARY:Walk");
    site.write("events.csv", table("a,Talk,2026-07-01,,\n"));
    until("SUMMARY:Talk");
    // An error keeps the last export; the next good save is exported.
    site.write("events.csv", table("a,Nothing,some day,,\n"));
    site.write("events.csv", table("a,Gala,2026-07-01,,\n"));
    until("SUMMARY:Gala");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
