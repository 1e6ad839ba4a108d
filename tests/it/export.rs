//! A snapshot written out: all of it, only what changed, in an order in which no link leads to nothing, and again
//! after a refusal at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bytes::Bytes;
use calcast::export::directory::Directory;
use calcast::export::layout::{Layout, beside};
use calcast::export::manifest::Entry;
use calcast::export::{self, ExportError, Mode, OverwritePolicy, Refusal, Report, Target};
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

/// One request to a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Put(String),
    Delete(String),
}

/// A bucket in memory that writes down what is asked of it, and refuses after so many calls.
#[derive(Default)]
struct Shelf {
    objects: Mutex<BTreeMap<String, Bytes>>,
    calls: Mutex<Vec<(Call, Bytes)>>,
    patience: Mutex<Option<usize>>,
}

impl Shelf {
    fn called(&self, call: Call, bytes: Bytes) -> Result<(), Refusal> {
        if let Some(left) = self.patience.lock().unwrap().as_mut() {
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

    /// What was asked since the last time, but for what the export keeps for itself.
    fn calls(&self) -> Vec<(Call, Bytes)> {
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.retain(|(Call::Put(path) | Call::Delete(path), _)| !path.starts_with(".calcast"));
        calls
    }

    fn refuse_after(&self, calls: Option<usize>) {
        *self.patience.lock().unwrap() = calls;
    }
}

impl Target for Shelf {
    fn layout(&self) -> Layout {
        Layout::Keys
    }

    fn hands(&self) -> usize {
        3
    }

    fn put(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), Refusal> {
        self.called(Call::Put(path.to_owned()), document.body(encoding).clone())
    }

    fn keep(&self, path: &str, bytes: Bytes) -> Result<(), Refusal> {
        self.called(Call::Put(path.to_owned()), bytes)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, Refusal> {
        Ok(self.objects().get(path).cloned())
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        Ok(self.objects().into_keys().filter(|path| path.starts_with(prefix)).collect())
    }

    fn delete(&self, path: &str) -> Result<(), Refusal> {
        self.called(Call::Delete(path.to_owned()), Bytes::new())
    }

    fn has(&self, _: &str, _: &Entry) -> bool {
        true
    }

    fn settle(&self) -> Result<(), Refusal> {
        Ok(())
    }
}

fn write(snapshot: &Snapshot, target: &dyn Target, mode: Mode) -> Result<Report, ExportError> {
    let known = export::look(target, OverwritePolicy::Careful)?;
    export::export((snapshot, snapshot.hash()), 100, (target, known), mode, &|_, _| {})
}

/// What lies on a shelf beside the export's own, which is not the same twice.
fn visible(shelf: &Shelf) -> BTreeMap<String, Bytes> {
    shelf.objects().into_iter().filter(|(path, _)| !path.starts_with(".calcast")).collect()
}

#[test]
fn every_route_is_there_in_every_encoding() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let shelf = Shelf::default();
    let report = write(&snapshot, &shelf, Mode::Write).unwrap();
    let objects = visible(&shelf);
    for route in snapshot.export_routes(100).routes {
        let (path, document) = (Layout::Keys.path(&route), snapshot.document(&route).unwrap());
        for encoding in [Encoding::Identity, Encoding::Gzip] {
            let is_there = encoding == Encoding::Identity || document.is_compressible();
            let body = is_there.then(|| document.body(encoding));
            assert_eq!(objects.get(&beside(&path, encoding)), body, "{route} {encoding:?}");
        }
        assert_eq!(
            objects.contains_key(&beside(&path, Encoding::Brotli)),
            document.language.is_some(),
            "{route}"
        );
    }
    let bytes: usize = objects.values().map(Bytes::len).sum();
    assert_eq!(report.bytes, bytes as u64);
    // The pair that has events is there, and the one that has none is not.
    assert!(objects.contains_key("f/region=usa/ohio;topic=walks.ics"));
    assert!(!objects.contains_key("f/region=usa/iowa;topic=walks.ics"));
    assert!(objects.contains_key("regions/usa/2026-08.html"));
    assert!(objects.contains_key("f/topic=walks;alarm=1d.ics"));
    assert!(objects.contains_key("404.html"));
}

#[test]
fn only_what_changed_is_written() {
    let mut sheet = Sheet::new(SETTINGS);
    let shelf = Shelf::default();
    let first = sheet.save(&table(THREE));
    write(&first, &shelf, Mode::Write).unwrap();
    let (before, _) = (visible(&shelf), shelf.calls());
    assert!(export::look(&shelf, OverwritePolicy::Careful).unwrap().is_all_of(first.hash(), &shelf));
    write(&first, &shelf, Mode::Write).unwrap();
    assert_eq!(shelf.calls(), []);
    // An event moves, another goes.
    let next = sheet.save(&table(
        &THREE.replace("2026-07-02", "2026-07-09").replace("c,Run,2026-08-03,USA/Ohio,Walks\n", ""),
    ));
    let pretended = write(&next, &shelf, Mode::Pretend).unwrap();
    assert_eq!((shelf.calls(), visible(&shelf)), (vec![], before.clone()));
    assert_eq!(write(&next, &shelf, Mode::Write).unwrap(), pretended);
    let after = visible(&shelf);
    // What differs by its time alone is as it was in a bucket, which has times of its own; only bytes are compared.
    let changed: BTreeSet<Call> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| Call::Put(path.clone()))
        .collect();
    let gone = before.keys().filter(|path| !after.contains_key(*path)).map(|path| Call::Delete(path.clone()));
    let wanted: BTreeSet<Call> = changed.into_iter().chain(gone).collect();
    let called: BTreeSet<Call> = shelf.calls().into_iter().map(|(call, _)| call).collect();
    assert!(called.contains(&Call::Delete("events/c.ics.gz".to_owned())));
    assert!(called.is_superset(&wanted), "{:?}", wanted.difference(&called).collect::<Vec<_>>());
    let beyond: Vec<&Call> = called.difference(&wanted).collect();
    assert_eq!(beyond, Vec::<&Call>::new());
    let fresh = Shelf::default();
    write(&next, &fresh, Mode::Write).unwrap();
    assert_eq!(after, visible(&fresh));
}

/// The addresses that a page leads to, as keys.
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

/// Whether whoever follows links from pages that people know finds everything that ever is there.
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
fn no_page_leads_to_what_is_not_there_yet() {
    let mut sheet = Sheet::new(SETTINGS);
    let shelf = Shelf::default();
    let mut state = BTreeMap::new();
    let more = "d,New,2026-07-20,Canada/Quebec,Gala\n";
    for rows in [THREE.to_owned(), format!("{THREE}{more}"), more.to_owned()] {
        let known: BTreeSet<String> = state
            .keys()
            .cloned()
            .chain(["index.html".to_owned()])
            .filter(|path| !path.ends_with(".br"))
            .collect();
        write(&sheet.save(&table(&rows)), &shelf, Mode::Write).unwrap();
        let ever: BTreeSet<String> = state.keys().cloned().chain(visible(&shelf).into_keys()).collect();
        let calls = shelf.calls();
        assert!(calls.len() > 50);
        let stays: BTreeSet<String> =
            known.iter().filter(|path| visible(&shelf).contains_key(*path)).cloned().collect();
        let mut known = &known;
        for (call, bytes) in calls {
            match call {
                Call::Put(path) => drop(state.insert(path.clone(), links(&path, &bytes))),
                Call::Delete(path) => {
                    // Who is on a page that goes may find that others went before it.
                    known = &stays;
                    state.remove(&path);
                }
            }
            is_sound(&state, known, &ever).unwrap();
        }
        assert!(state.keys().eq(visible(&shelf).keys()));
    }
    // The rule finds what it is for.
    let dangling = BTreeMap::from([(
        "index.html".to_owned(),
        links("index.html", &Bytes::from("<a href=\"/events/x\">")),
    )]);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert!(is_sound(&dangling, &names(&["index.html"]), &names(&["events/x"])).is_err());
}

#[test]
fn an_export_that_ended_anywhere_is_brought_to_its_end() {
    let mut sheet = Sheet::new(SETTINGS);
    let first = sheet.save(&table("a,Walk,2026-06-03,,\n"));
    let next = sheet.save(&table("a,Walk,2026-06-04,,\nb,Talk,2026-06-05,,\n"));
    let whole = |snapshot: &Snapshot| {
        let shelf = Shelf::default();
        write(snapshot, &shelf, Mode::Write).unwrap();
        visible(&shelf)
    };
    let (first_whole, next_whole) = (whole(&first), whole(&next));
    for stop in (0..140).step_by(13) {
        let shelf = Shelf::default();
        // It ends in the first export, in the one after it, and in one that is taken back before it came to its end.
        let cut = |snapshot: &Snapshot| {
            shelf.refuse_after(Some(stop));
            let written = write(snapshot, &shelf, Mode::Write);
            assert!(written.is_ok() || matches!(written, Err(ExportError::Refused(..))));
            shelf.refuse_after(None);
        };
        for (ended, snapshot, wanted) in [
            (&first, &next, &next_whole),
            (&first, &first, &first_whole),
            (&next, &first, &first_whole),
            (&first, &first, &first_whole),
            (&next, &next, &next_whole),
            (&first, &next, &next_whole),
        ] {
            cut(ended);
            write(snapshot, &shelf, Mode::Write).unwrap();
            assert_eq!(&visible(&shelf), wanted, "after {stop} calls");
        }
        let own: Vec<String> =
            shelf.objects().into_keys().filter(|path| path.starts_with(".calcast")).collect();
        assert_eq!(own, [".calcast/manifest"]);
    }
}

#[test]
fn what_no_export_wrote_is_left_alone() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let scratch = Scratch::new();
    scratch.write("family.jpg", "a picture");
    let directory = Directory::open(scratch.path()).unwrap();
    let refused = write(&snapshot, &directory, Mode::Write).unwrap_err();
    assert!(refused.to_string().contains("family.jpg is there"), "{refused}");
    let known = export::look(&directory, OverwritePolicy::Overwrite).unwrap();
    export::export((&snapshot, 1), 0, (&directory, known), Mode::Write, &|_, _| {}).unwrap();
    assert_eq!(scratch.read("family.jpg"), "a picture");
    // A second export at the same time is refused.
    assert!(Directory::open(scratch.path()).unwrap_err().to_string().contains("another export"));
    // A damaged manifest is named, never guessed at.
    scratch.write(".calcast/manifest", "calcast export 1\nedition ?\n");
    assert!(matches!(export::look(&directory, OverwritePolicy::Careful), Err(ExportError::Damaged(2))));
}

#[test]
fn nothing_is_written_through_a_link() {
    let snapshot = Sheet::new(SETTINGS).save(&table(THREE));
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let directory = Directory::open(scratch.path()).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), scratch.path().join("events")).unwrap();
    let known = export::look(&directory, OverwritePolicy::Overwrite).unwrap();
    let refused =
        export::export((&snapshot, 1), 0, (&directory, known), Mode::Write, &|_, _| {}).unwrap_err();
    let told = calcast::diagnostic::chain(&refused);
    assert!(told.contains("events is in the way"), "{told}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn two_documents_of_one_place_are_named() {
    let rows = "a,Walk,2026-07-01,Ohio,Walks\na.ics.gz,Talk,2026-07-02,Ohio,Walks\n";
    let snapshot = Sheet::new(SETTINGS).save(&table(rows));
    let refused = write(&snapshot, &Shelf::default(), Mode::Write).unwrap_err();
    assert!(matches!(refused, ExportError::Conflict(..)), "{refused}");
    assert!(refused.to_string().contains("/events/a.ics.gz"), "{refused}");
    // An id that only looks like a calendar has a place of its own in a folder.
    let rows =
        "a,Walk,2026-07-01,Ohio,Walks\na.ics,Talk,2026-07-02,Ohio,Walks\nb/c,Run,2026-07-03,Ohio,Walks\n";
    let snapshot = Sheet::new(SETTINGS).save(&table(rows));
    let scratch = Scratch::new();
    write(&snapshot, &Directory::open(scratch.path()).unwrap(), Mode::Write).unwrap();
    assert!(scratch.read("events/a%2Eics/index.html").contains("Talk"));
    assert!(scratch.read("events/b%2Fc/index.html").contains("Run"));
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = calcast().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn the_command_writes_what_changed_and_keeps_what_was_good() {
    let (site, out) = (Scratch::new(), Scratch::new());
    let (folder, place) = (site.path().to_str().unwrap(), out.path().join("site"));
    let place = place.to_str().unwrap();
    site.write("events.csv", table(THREE));
    let export =
        |more: &[&str]| run(&[&["export", folder, "--to", place, "--combinations", "1"], more].concat());
    let (code, _, told) = export(&[]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("base_url"), "{told}");
    site.write("calcast.toml", SETTINGS);
    let (code, told, _) = export(&["--dry-run"]);
    assert_eq!((code, std::path::Path::new(place).exists()), (Some(0), false));
    assert!(told.contains("write events/a.ics\n") && told.contains("would be written"), "{told}");
    let (code, told, faults) = export(&[]);
    assert_eq!(code, Some(0), "{faults}");
    assert!(told.contains("combinations of a region with a topic have no files of their own"), "{told}");
    assert!(export(&[]).1.contains("nothing changed"));
    let calendar = out.read("site/calendar.ics");
    assert!(calendar.contains("SUMMARY:Walk\r\n"));
    // What is removed by somebody else is seen, and written again.
    std::fs::remove_file(out.path().join("site/calendar.ics")).unwrap();
    assert!(export(&[]).1.contains("1 documents written"));
    // A row that is wrong keeps what was exported.
    site.write("events.csv", table(&THREE.replace("2026-07-01", "some day")));
    let (code, _, told) = export(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("bad-date") && told.contains("what was exported before stays"), "{told}");
    assert_eq!(out.read("site/calendar.ics"), calendar);
    let (code, _, told) = run(&["export", folder, "--to", "ftp://example.org"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("expected a folder, s3://…, gs://… or az://…"), "{told}");
}

#[test]
fn who_watches_writes_what_changes_until_stopped() {
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
    // A mistake keeps what is there, and the next good save goes out.
    site.write("events.csv", table("a,Nothing,some day,,\n"));
    site.write("events.csv", table("a,Gala,2026-07-01,,\n"));
    until("SUMMARY:Gala");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
